"""The letters accounts writes itself: codes, warnings about one's own account, invitations, the office's decisions."""

from collections.abc import Sequence

from app.accounts.queries.people import Reached
from app.accounts.rules.limits import CODE_LIFE
from app.accounts.rules.organisations import INVITATION_LIFE
from app.engines.language import speaking, translate
from app.engines.mail import post
from app.kernel.bounds import Unasked
from app.kernel.contacts import ContactValue
from app.kernel.text import msg

MINUTES = int(CODE_LIFE.total_seconds()) // 60


def write_code(contact: ContactValue, purpose: str, code: str, language: str) -> None:
    """The six digits, and what they are for."""
    with speaking(language):
        reasons = {
            "sign-up": translate("With this code you finish opening your account: %(code)s", code=code),
            "reset": translate("With this code you choose a new password: %(code)s", code=code),
            "contact": translate("With this code you add this contact to your account: %(code)s", code=code),
            "sign-in": translate("With this code you sign in: %(code)s", code=code),
        }
        strange = (
            translate("If it was not you, somebody knows your password: choose another one through “forgotten password”.")
            if purpose == "sign-in"
            else translate("Nobody from the office will ever ask you for it. If you did not ask for a code, do nothing.")
        )
        body = "\n\n".join(
            (
                reasons[purpose],
                translate("It is worth %(minutes)s minutes, in the browser where you asked for it.", minutes=MINUTES),
                strange,
            )
        )
        of_account = purpose in ("reset", "sign-in")
        unasked = None if of_account else Unasked("code", None)
        subject = translate("Your code: %(code)s", code=code)
        post(contact.kind, contact.value, subject, body, language, unasked=unasked, soon=True, secret=True)


def write_already_known(contact: ContactValue, language: str) -> None:
    """Somebody signed up with a contact that has its account; only its owner is told."""
    with speaking(language):
        body = "\n\n".join(
            (
                translate(
                    "Somebody, perhaps you, has just tried to open an account with this contact. You already have one."
                ),
                translate("Sign in with your password. If you have forgotten it, ask for a new one on the sign-in page."),
                translate("If it was not you, do nothing: your account is as it was."),
            )
        )
        post(contact.kind, contact.value, translate("You already have an account"), body, language)


def write_password_changed(reached: Sequence[Reached]) -> None:
    """A warning to every contact of the person."""
    for reader in reached:
        with speaking(reader.language):
            body = "\n\n".join(
                (
                    translate("The password of your account has just been changed. All other sessions were ended."),
                    translate(
                        "If it was not you, choose a new password at once through “forgotten password” "
                        "and write to the office."
                    ),
                    translate(
                        "Invitations you had sent and nobody has used yet are void. Send them again if they were yours."
                    ),
                )
            )
            post(reader.kind, reader.value, translate("Your password was changed"), body, reader.language)


def write_contact_changed(reached: Sequence[Reached], contact: str, added: bool) -> None:
    for reader in reached:
        with speaking(reader.language):
            body = (
                translate("%(contact)s now opens your account too.", contact=contact)
                if added
                else translate("%(contact)s no longer opens your account.", contact=contact)
            )
            warning = translate("If it was not you, change your password at once and write to the office.")
            post(reader.kind, reader.value, translate("Your contacts have changed"), f"{body}\n\n{warning}", reader.language)


def write_invitation(
    contact: ContactValue, organisation: str, role: str, inviter: str, inviter_id: int, link: str, language: str
) -> bool:
    """Who invites to what, and the secret link. False when it is beyond its bound."""
    with speaking(language):
        body = "\n\n".join(
            (
                translate(
                    "%(inviter)s invites you to “%(organisation)s” as %(role)s.",
                    inviter=inviter,
                    organisation=organisation,
                    role=translate(role),
                ),
                translate("Open this link and sign in, or open an account first:"),
                link,
                translate("The link is worth %(days)s days and can be used once.", days=INVITATION_LIFE.days),
            )
        )
        subject, unasked = translate("You are invited to an organisation"), Unasked("invitation", f"person:{inviter_id}")
        return post(contact.kind, contact.value, subject, body, language, unasked=unasked, secret=True)


def write_bank_changed(reached: Sequence[Reached], ending: str) -> None:
    """`ending` is the last four digits: enough to recognise, too little to use."""
    for reader in reached:
        with speaking(reader.language):
            body = "\n\n".join(
                (
                    translate(
                        "The bank details of your organisation were changed. The account now ends in %(ending)s.",
                        ending=ending,
                    ),
                    translate(
                        "If nobody among you did this, write to the office at once: money will be paid to this account."
                    ),
                )
            )
            post(reader.kind, reader.value, translate("Bank details were changed"), body, reader.language)


DECISIONS = {
    "verified": (
        msg("Your organisation is verified"),
        msg("“%(organisation)s” is verified. You can publish your goods now."),
    ),
    "returned": (
        msg("Your file needs a correction"),
        msg("The office has read the file of “%(organisation)s” and asks for a correction."),
    ),
    "suspended": (
        msg("Your organisation is suspended"),
        msg("The office has suspended “%(organisation)s”. Nothing of it is shown or sold."),
    ),
    "reinstated": (
        msg("Your organisation is back"),
        msg("“%(organisation)s” is no longer suspended. Your goods are shown again."),
    ),
}


def write_decision(reached: Sequence[Reached], decision: str, names: dict[str, str], reason: str, key: str) -> None:
    """What the office decided, to each head of the organisation; `key` makes the letter of one decision unique."""
    subject, sentence = DECISIONS[decision]
    for reader in reached:
        with speaking(reader.language):
            name = names.get(reader.language) or next(iter(names.values()), "")
            parts = [translate(sentence, organisation=name)]
            if reason:
                parts.append(translate("The office writes: %(reason)s", reason=reason))
            post(
                reader.kind,
                reader.value,
                translate(subject),
                "\n\n".join(parts),
                reader.language,
                unique_key=f"{key}:{reader.kind}:{reader.value}",
            )
