"""What people do on several pages, each as often as it can be done."""

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bench.browser import Browser, form_of

BUYER = {
    "name": "Nora Alaoui",
    "phone": "0612345678",
    "mail": "nora@example.org",
    "commune": "Agadir",
    "street": "12, rue des Tanneurs",
    "method": "cash",
    "terms": "y",
}
LEARNERS = ("learner", "buyer", "founder", "mentor")


@dataclass(frozen=True)
class Ware:
    """Something on sale of which there is much: the address of its page, and the variant."""

    path: str
    variant: int


def add_to_basket(port: int, wares: Iterator[Ware]) -> Browser:
    """The page of something, "into the basket", the basket."""
    guest, ware = Browser(port), next(wares)
    guest.get(ware.path)
    guest.send("/fr/basket/lines", {"variant": str(ware.variant), "quantity": "1"})
    return guest


def buy(port: int, wares: Iterator[Ware]) -> None:
    """A guest buys: product, add, basket, checkout, recap, place, the page of the order."""
    guest = add_to_basket(port, wares)
    form = form_of(guest.get("/fr/checkout"), "/checkout")
    typed = {**form, **BUYER, "region": form["region_shown"], "step": "recap"}
    recap = form_of(guest.send("/fr/checkout", typed), "/checkout")
    guest.send("/fr/checkout", {**recap, "step": "place"})
    if "/orders/" not in guest.at:
        raise RuntimeError(f"nothing was bought: {guest.at}")


class Learner:
    """Somebody in the middle of a quiz, who answers its questions again and again."""

    def __init__(self, port: int, person: str, quiz: str) -> None:
        self._browser = signed_in(port, person)
        page = self._browser.get(quiz)
        begun = self._browser.send(f"{quiz}/attempt", {"csrf_token": form_of(page, "/attempt")["csrf_token"]})
        attempt = begun[: begun.index('/hand-in"')].rsplit('action="', 1)[1]
        every = self._browser.get(f"{attempt}?all=1")
        self._answers = itertools.cycle(_answers(every))

    def answer(self) -> None:
        """An answer is sent and stored, and the next question is shown."""
        action, fields = next(self._answers)
        self._browser.send(action, fields)


def signed_in(port: int, person: str) -> Browser:
    """The browser of one of the demonstration's people."""
    browser = Browser(port)
    browser.send("/fr/demo/sign-in", {"person": person})
    return browser


def _answers(page: str) -> Sequence[tuple[str, dict[str, str]]]:
    """Every form of the page that answers a question, filled with its first choice."""
    found = []
    for piece in page.split('action="')[1:]:
        action = piece.split('"', 1)[0]
        if "/answers/" in action:
            fields = form_of(page, action)
            found.append((action, {name: value or "1" for name, value in fields.items() if name != "all"}))
    return found
