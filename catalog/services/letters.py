"""What the catalogue tells the people of a cooperative: what the office decided about a proof, and when one ends."""

from collections.abc import Mapping, Sequence
from datetime import date

from app.engines.language import day, translate
from app.engines.mail import site_address
from app.engines.notice_kinds import NoticeKind
from app.kernel.text import best_language, msg
from app.notices.services import Reader, Words, path_of, tell

PROVED = "catalog.proof"
NOTICE_KINDS = (NoticeKind(PROVED, msg("Labels and permits of your cooperative")),)
DECISIONS = {
    "verified": (
        msg("The office has verified: %(name)s"),
        msg("The office has read your document. What it proves holds from now on, and a label is shown where it belongs."),
    ),
    "refused": (
        msg("The office could not verify: %(name)s"),
        msg("The office has read your document, and it does not prove it. Send another one."),
    ),
    "revoked": (
        msg("The office has taken back: %(name)s"),
        msg("It counts as proved no longer: no label is shown for it, and goods that need it are not sold."),
    ),
    "waived": (
        msg("The office does not ask you for: %(name)s"),
        msg("You need not send it. No label is shown for it."),
    ),
    "ended": (
        msg("No longer valid: %(name)s"),
        msg(
            "Its last day is over: no label is shown for it any more, and goods that need it are not sold. "
            "Send the document that follows it, and all is back."
        ),
    ),
}


def _page(slug: str, language: str) -> str:
    return site_address(f"/{language}/sell/{slug}/proofs")


def _named(names: Mapping[str, str], language: str) -> str:
    return names.get(best_language(names, language) or "", "")


def write_proof_decision(
    readers: Sequence[int], names: Mapping[str, str], decision: str, reason: str, proof_id: int, slug: str, territory: str
) -> None:
    """What became of a proof, to those who edit the cooperative's goods; `names` is the requirement's, by language."""
    subject, sentence = DECISIONS[decision]

    def write(language: str) -> Words:
        parts = [translate(sentence)]
        if reason:
            parts.append(translate("The office writes: %(reason)s", reason=reason))
        link = _page(slug, language)
        return Words(translate(subject, name=_named(names, language)), [*parts, link], path_of(link))

    for person_id in readers:
        tell(PROVED, f"proof:{proof_id}:{decision}", Reader(person_id), write, territory=territory)


def write_proof_ending(
    readers: Sequence[int], names: Mapping[str, str], last: date, proof_id: int, days: int, slug: str, territory: str
) -> None:
    """A proof ends soon; `last` is its last day, `days` which of the two warnings this is."""

    def write(language: str) -> Words:
        link, name = _page(slug, language), _named(names, language)
        said = translate("Its last day is %(day)s. Send the document that follows it before then.", day=day(last))
        return Words(translate("Ends soon: %(name)s", name=name), [said, link], path_of(link))

    for person_id in readers:
        tell(PROVED, f"proof:{proof_id}:ends-in-{days}", Reader(person_id), write, territory=territory)
