"""Letters about the safety of one's own account: the second factor, what the office decided."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from app.accounts.queries.people import Reached
from app.accounts.rules.acts import ACT_STATES
from app.accounts.rules.factors import CHANGES
from app.engines.language import moment, speaking, translate
from app.engines.mail import post, site_address
from app.kernel.text import msg

NOT_YOU = msg(
    "If it was not you, change your password at once, end the other sessions on your account’s pages "
    "and write to the office."
)


def write_factor_changed(reached: Sequence[Reached], change: str) -> None:
    """To every contact of the person: what was changed."""
    for reader in reached:
        with speaking(reader.language):
            body = "\n\n".join((translate(CHANGES[change]), translate(NOT_YOU)))
            post(reader.kind, reader.value, translate("Your second factor was changed"), body, reader.language)


LOST = {
    "asked": (
        msg("Somebody asks to remove your second factor"),
        msg(
            "Somebody who knows your password says that your second factor is lost. "
            "The office will get in touch with you and make sure that it is you who asks."
        ),
    ),
    "waiting": (
        msg("Your second factor will be removed"),
        msg("The office has agreed to remove your second factor: on %(moment)s, not before."),
    ),
    "refused": (
        msg("Your second factor stays"),
        msg("The office has not agreed to remove your second factor. It stays as it is."),
    ),
    "withdrawn": (
        msg("Your second factor stays"),
        msg("You have signed in with your second factor: it is not lost, and it stays as it is."),
    ),
}
STOP = msg(
    "If you did not ask for it, sign in with your second factor: that stops it. Then change your password. "
    "If you cannot sign in, write to the office at once."
)


def write_lost_factor(reached: Sequence[Reached], step: str, due_at: datetime | None) -> None:
    """To every contact of the person: how far it is with taking a lost factor away."""
    subject, sentence = LOST[step]
    for reader in reached:
        with speaking(reader.language):
            said = translate(sentence, moment=moment(due_at)) if due_at is not None else translate(sentence)
            body = "\n\n".join((said, translate(STOP))) if step in ("asked", "waiting") else said
            post(reader.kind, reader.value, translate(subject), body, reader.language)


DECIDED = {
    "block": (msg("Your account is blocked"), msg("The office has blocked your account. Nobody can sign in to it.")),
    "unblock": (msg("Your account is open again"), msg("The office has opened your account again. You can sign in.")),
    "end-sessions": (
        msg("Your sessions were ended"),
        msg("The office has ended all sessions of your account. Sign in again, and change your password."),
    ),
}


def write_account_decision(reached: Sequence[Reached], decision: str, reason: str) -> None:
    """To every contact of the person: what the office decided about the account, and why."""
    subject, sentence = DECIDED[decision]
    for reader in reached:
        with speaking(reader.language):
            body = "\n\n".join((translate(sentence), translate("The office writes: %(reason)s", reason=reason)))
            post(reader.kind, reader.value, translate(subject), body, reader.language)


def write_act_waiting(
    reached: Sequence[Reached], words: str, shown: Mapping[str, Mapping[str, str]], asker: str, due_at: datetime | None
) -> None:
    """To all whom it concerns: what somebody asks for, who has to agree, or when it is decided alone."""
    for reader in reached:
        with speaking(reader.language):
            waits = (
                translate(
                    "Nobody else may agree: it will be done on %(moment)s unless it is stopped.", moment=moment(due_at)
                )
                if due_at is not None
                else translate("It is done as soon as another entitled person agrees.")
            )
            body = "\n\n".join(
                (
                    translate(words, **shown[reader.language]),
                    translate("Asked for by %(name)s.", name=asker),
                    waits,
                    translate("Look at it, agree or stop it here:"),
                    site_address(f"/{reader.language}/account/acts"),
                )
            )
            post(reader.kind, reader.value, translate("This waits for a second person"), body, reader.language)


def write_act_ended(reached: Sequence[Reached], words: str, shown: Mapping[str, Mapping[str, str]], state: str) -> None:
    """To all whom it concerns: what became of it."""
    for reader in reached:
        with speaking(reader.language):
            body = "\n\n".join((translate(words, **shown[reader.language]), translate(ACT_STATES[state])))
            post(reader.kind, reader.value, translate("What waited for a second person is decided"), body, reader.language)
