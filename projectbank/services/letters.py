"""What the project bank tells people, each in their language."""

from collections.abc import Callable, Mapping

from app.accounts.queries import ContactValue
from app.engines.language import translate
from app.engines.notice_kinds import NoticeKind
from app.kernel.bounds import Unasked
from app.kernel.text import best_language, msg
from app.notices.services import Reader, Words, path_of, tell
from projectbank.rules import INVITATION_LIFE

Address = Callable[[str], str]  # of a page, in a language
DECIDED, INVITED, JOINED = "projectbank.decided", "projectbank.invited", "projectbank.joined"
NOTICE_KINDS = (
    NoticeKind(DECIDED, msg("What the office decides about your ideas")),
    NoticeKind(INVITED, msg("Invitations to founding groups")),
    NoticeKind(JOINED, msg("New members of your groups"), "groups"),
)

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
    author_id: int, decision: str, titles: Mapping[str, str], reason: str, address: Address, decision_id: int
) -> None:
    """What the office decided, to the author."""
    subject, sentence = DECISIONS[decision]

    def write(language: str) -> Words:
        title, link = title_in(titles, language), address(language)
        parts = [translate(sentence, title=title)]
        if reason:
            parts.append(translate("The office writes: %(reason)s", reason=reason))
        return Words(translate(subject, title=title), [*parts, link], path_of(link))

    tell(DECIDED, f"sheet-decision:{decision_id}", Reader(author_id), write)


def write_group_invitation(
    contact: ContactValue, inviter: str, inviter_id: int, group: str, title: str, link: str, language: str, event: str
) -> bool:
    """The letter that brings the secret address of an invitation. False when it is beyond its bound."""

    def write(_language: str) -> Words:
        parts = (
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
            translate("By joining you owe nothing: a group may change its mind. If you do not know the sender, do nothing."),
        )
        return Words(translate("You are invited to a founding group"), parts, path_of(link))

    unasked = Unasked("invitation", f"person:{inviter_id}")
    return tell(INVITED, event, Reader(None, contact, language), write, unasked=unasked, secret=True)


def write_member_joined(founder_id: int, member: str, group: str, address: Address, event: str) -> None:
    """The founder hears of a new member."""

    def write(language: str) -> Words:
        link = address(language)
        said = translate("%(member)s has joined your group “%(group)s”.", member=member, group=group)
        return Words(translate("Your group has a new member"), (said, link), path_of(link))

    tell(JOINED, event, Reader(founder_id), write)
