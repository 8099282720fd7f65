"""A text in short ends at a word."""

import pytest

from app.kernel.text import in_short


@pytest.mark.parametrize(
    ("text", "most", "short"),
    [
        ("Miel de thym", 12, "Miel de thym"),
        ("Miel de thym", 11, "Miel de…"),
        ("Miel, de thym", 7, "Miel…"),
        ("  Miel \n\n de  thym ", 12, "Miel de thym"),
        ("Anticonstitutionnellement", 10, "Anticonst…"),
        ("زيت أركان الغذائي", 10, "زيت أركان…"),
        ("", 10, ""),
    ],
)
def test_in_short(text: str, most: int, short: str) -> None:
    assert in_short(text, most) == short
    assert len(short) <= most
