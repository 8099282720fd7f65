"""The project bank's letters, each in its reader's language."""

from collections.abc import Callable, Mapping, Sequence

from app.accounts.queries import ContactValue, Reached
from app.engines.language import speaking, translate
from app.engines.mail import post
from app.kernel.bounds import Unasked
from app.kernel.text import best_language, msg
from projectbank.rules import INVITATION_LIFE

DECISIONS = {
    "published": (
        msg("Your idea is published: %(title)s"),
        msg("The office has read “%(title)s” and published it. Everybody finds it now; you can start a group."),
    ),
    "returned": (
        msg("Your idea needs another look: %(title)s"),
        msg("The office has read “%(title)s” and returns it to you. It is not lost: change it and send it again."),
    ),
    "withdrawn": (
        msg("Your idea was withdrawn: %(title)s"),
        msg("The office has taken “%(title)s” off the public pages. Groups that began with it go on."),
    ),
}


def title_in(titles: Mapping[str, str], language: str) -> str:
    """A title in the reader's language, else in another."""
    spoken = best_language(titles, language)
    return titles[spoken] if spoken else ""


def write_decision(
    reached: Sequence[Reached],
    decision: str,
    titles: Mapping[str, str],
    reason: str,
    address: Callable[[str], str],
    key: str,
) -> None:
    """What the office decided; `key` makes the letter of one decision unique."""
    subject, sentence = DECISIONS[decision]
    for contact in reached:
        with speaking(contact.language):
            title = title_in(titles, contact.language)
            parts = [translate(sentence, title=title)]
            if reason:
                parts.append(translate("The office writes: %(reason)s", reason=reason))
            parts.append(address(contact.language))
            post(
                contact.kind,
                contact.value,
                translate(subject, title=title),
                "\n\n".join(parts),
                contact.language,
                unique_key=key,
            )


def write_group_invitation(
    contact: ContactValue, inviter: str, inviter_id: int, group: str, title: str, link: str, language: str
) -> bool:
    """The letter that brings the secret address of an invitation. False when it is beyond its bound."""
    with speaking(language):
        body = "\n\n".join(
            (
                translate(
                    "%(inviter)s invites you to join the group “%(group)s”. It wants to found a cooperative from this "
                    "project: %(title)s",
                    inviter=inviter,
                    group=group,
                    title=title,
                ),
                translate("Open this link and sign in, or open an account first:"),
                link,
                translate("The link is worth %(days)s days and can be used once.", days=INVITATION_LIFE.days),
                translate(
                    "By joining you owe nothing: a group may change its mind. If you do not know the sender, do nothing."
                ),
            )
        )
        subject, unasked = translate("You are invited to a founding group"), Unasked("invitation", f"person:{inviter_id}")
        return post(contact.kind, contact.value, subject, body, language, unasked=unasked, secret=True)


def write_member_joined(
    reached: Sequence[Reached], member: str, group: str, address: Callable[[str], str], key: str
) -> None:
    """The founder hears of a new member."""
    for contact in reached:
        with speaking(contact.language):
            body = "\n\n".join(
                (
                    translate("%(member)s has joined your group “%(group)s”.", member=member, group=group),
                    address(contact.language),
                )
            )
            subject = translate("Your group has a new member")
            post(contact.kind, contact.value, subject, body, contact.language, unique_key=key)
