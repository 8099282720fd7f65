"""Messages to phones are counted as a carrier counts them, and are two parts at the most."""

import pytest

from app.kernel.messages import parts_of, short_message

LINK = "https://tiwizi.example/fr/orders/T2026-ABCDEF?key=0123456789abcdef0123456789abcdef"


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("", 1),
        ("a" * 160, 1),
        ("a" * 161, 2),
        ("a" * 306, 2),
        ("a" * 307, 3),
        ("é" * 160, 1),  # in the alphabet of phones
        ("ê" + "a" * 69, 1),  # not in it: all letters are wide
        ("ê" + "a" * 70, 2),
        ("€" * 80, 1),  # two places each
        ("€" * 81, 2),
        ("a" * 152 + "€" + "a" * 10, 2),  # 164 places
        ("a" * 152 + "€" * 77, 3),  # one does not stand in two parts: 306 places are not enough
        ("س" * 70, 1),
        ("س" * 71, 2),
        ("س" * 134, 2),
        ("س" * 135, 3),
        ("🌿" * 35, 1),
        ("🌿" * 36, 2),
        ("🌿" * 66, 2),  # 33 in each part, one place is left over
        ("🌿" * 67, 3),
    ],
)
def test_parts_are_counted_as_a_carrier_counts_them(text: str, parts: int) -> None:
    assert parts_of(text) == parts


def test_words_that_fit_stay_as_they_are_but_for_marks_that_would_make_them_wide() -> None:
    assert short_message("Commande  « T1 » prête", LINK) == f'Commande " T1 " prête\n{LINK}'
    assert short_message("L’heure est passée…", LINK) == f"L'heure est passée...\n{LINK}"


@pytest.mark.parametrize("letter", ["a", "ê", "س", "€", "🌿"])
def test_too_many_words_are_cut_and_the_link_never_is(letter: str) -> None:
    message = short_message(letter * 400, LINK)
    assert parts_of(message) == 2
    assert message.endswith(f"...\n{LINK}")
    assert message.startswith(letter * 10)
    longer = message.replace("...", f"{letter}...")
    assert parts_of(longer) == 3, "no more was cut than had to be"


def test_a_link_that_leaves_no_place_for_words_goes_alone() -> None:
    assert short_message("words", f"{LINK}{'a' * 300}") == f"{LINK}{'a' * 300}"
