"""What a list reads of its address: repeated values once, none longer than a hundred signs, fifty of them at most."""

from flask import Flask

from app.web.reading import choices


def test_repeated_values_are_bounded(app: Flask) -> None:
    longest = "x" * 100
    with app.test_request_context(f"/?one={longest}&one={longest}y&one=&one=b&one=b&other=c"):
        assert choices("one") == [longest, "b"]
    with app.test_request_context("/?" + "&".join(f"one={number}" for number in range(60))):
        assert choices("one") == [str(number) for number in range(50)]
