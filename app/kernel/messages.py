"""Messages to phones: how many parts one takes, and how the words of a letter become a short one with a link."""

MOST_PARTS = 2
# What travels in 7 bits each (GSM 03.38), and what takes two places there; one other letter, and all take 16 bits each.
GSM = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
GSM_TWICE = frozenset("^{}\\[~]|€\f")
ONE_GSM, EACH_GSM = 160, 153
ONE_WIDE, EACH_WIDE = 70, 67
PLAIN = str.maketrans(
    {"’": "'", "‘": "'", "“": '"', "”": '"', "«": '"', "»": '"', "–": "-", "…": "...", "\u00a0": " ", "\u202f": " "}
)


def parts_of(text: str) -> int:
    """How many parts the message takes; a letter of two places stands in one part."""
    if GSM.issuperset(text) or (GSM | GSM_TWICE).issuperset(text):
        places, one, each = [2 if letter in GSM_TWICE else 1 for letter in text], ONE_GSM, EACH_GSM
    else:
        places, one, each = [len(letter.encode("utf-16-le")) // 2 for letter in text], ONE_WIDE, EACH_WIDE
    if sum(places) <= one:
        return 1
    parts, filled = 1, 0
    for taken in places:
        if filled + taken > each:
            parts, filled = parts + 1, 0
        filled += taken
    return parts


def short_message(words: str, link: str) -> str:
    """The words and the link behind them, in two parts at the most: too many words are cut, the link never is."""
    words = " ".join(words.translate(PLAIN).split())
    said, message = words, f"{words}\n{link}"
    while parts_of(message) > MOST_PARTS and said:
        said = said[:-1]
        message = f"{said.rstrip()}...\n{link}"
    return message if said else link
