"""The ways in which people write one and the same thing: digits, unseen marks, dashes, what a spreadsheet adds."""

from collections.abc import Callable

LATIN = "0123456789"
LRM, LRE, PDF, UNSEEN, HARD_SPACE, EN_DASH = "\u200e", "\u202a", "\u202c", "\u200b", "\u00a0", "\u2013"


def in_digits(digits: str) -> Callable[[str], str]:
    return lambda text: text.translate(str.maketrans(LATIN, digits))


def inside(mark: str) -> Callable[[str], str]:
    """The mark at both ends and in the middle."""
    return lambda text: f"{mark}{text[: len(text) // 2]}{mark}{text[len(text) // 2 :]}{mark}"


WRITINGS: dict[str, Callable[[str], str]] = {
    "Latin": lambda text: text,
    "Arabic-Indic": in_digits("٠١٢٣٤٥٦٧٨٩"),
    "Eastern": in_digits("۰۱۲۳۴۵۶۷۸۹"),
    "LRM": inside(LRM),
    "LRE…PDF": lambda text: f"{LRE}{text}{PDF}",
    "zero-width space": inside(UNSEEN),
    "no-break space": lambda text: f"{HARD_SPACE}{text.replace(' ', HARD_SPACE)}{HARD_SPACE}",
    "en dash": lambda text: text.replace("-", EN_DASH),
    "trailing comma": lambda text: f"{text},",
    "leading apostrophe": lambda text: f"'{text}",
}
