"""The modules' own readers read every writing as the kernel does."""

from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Any

import pytest
from werkzeug.datastructures import MultiDict

from academy.rules.certificates import normal_code
from academy.rules.kinds import KINDS
from app.accounts.queries.typed import read_contact
from app.accounts.rules.identifiers import ice_value, identifier_value, rib_value
from app.accounts.rules.passwords import person_name
from app.kernel import typed
from app.kernel.contacts import ContactValue
from app.kernel.errors import Invalid
from app.territories.loading import territory_named
from app.web.forms import Form, Line, Whole
from app.web.reading import amount, whole
from catalog.forms.fields import PriceField
from catalog.gateway.goods import Reader
from catalog.gateway.table import Row
from catalog.rules.facts import checked_barcode
from catalog.rules.reading import base_quantity, measure_in, weight_in_grams
from projectbank.forms import ProposalForm
from projectbank.gateway import sheet_of
from tests.writings import WRITINGS

NEQ = next(kind for kind in territory_named("quebec").identifiers if kind.key == "neq")


def cell(read: str, *more: Any) -> Callable[[str], Any]:
    """What a reader of files makes of a cell."""
    return lambda text: getattr(Reader(Row(2, {"column": text}), "MAD"), read)("column", *more)


class TypedForm(Form):
    """The fields that read."""

    line = Line("")
    count = Whole("")
    price = PriceField("")


def field(name: str, value: str) -> Callable[[str], Any]:
    """What a field of a form makes of what is sent."""

    def read(text: str) -> Any:
        form = TypedForm(formdata=MultiDict({name: text}))
        assert form.validate(), form.errors
        return getattr(form[name], value)

    return read


READERS: dict[str, tuple[Callable[[str], Any], str, Any]] = {
    "ice_value": (ice_value, "003 114-533 000013", "003114533000013"),
    "rib_value": (rib_value, "225 010 0000000000261377-68", "225010000000000026137768"),
    "identifier_value": (partial(identifier_value, NEQ), "11 43-920 158", "1143920158"),
    "read_contact": (partial(read_contact, territory="morocco"), "06-12 34 56 78", ContactValue("phone", "+212612345678")),
    "normal_code": (normal_code, "abc2-efgh-jkm3", "ABC2EFGHJKM3"),
    "number answered": (lambda text: KINDS["numeric"].read([text], [])["number"], "-1 200,50", "-1200.50"),
    "number asked for": (lambda text: KINDS["numeric"].measure(text, "0")[0], "-1 200,50", "-1200.50"),
    "base_quantity": (partial(base_quantity, unit="kg"), "1 250,5", (1_250_500, "g")),
    "measure_in": (measure_in, "Pot-de-miel 250 g", (250, "g")),
    "checked_barcode": (checked_barcode, "6 111-242 106949", "6111242106949"),
    "price of a file": (cell("price"), "1 250,50 MAD", 125_050),
    "count of a file": (cell("whole"), "1 250", 1250),
    "stock of a file": (cell("stock"), "-1 250", 0),
    "yes of a file": (cell("flag"), "1", True),
    "weight of a file": (cell("weight", "kg"), "1 250,5", 1_250_500),
}
FIELDS: dict[str, tuple[Callable[[str], Any], str, Any]] = {
    "Whole": (field("count", "data"), "1 250", 1250),
    "PriceField": (field("price", "minor"), "1 250,50", 125_050),
}


@pytest.mark.parametrize("writing", WRITINGS)
@pytest.mark.parametrize("reader", READERS)
def test_a_module_reads_every_writing_alike(reader: str, writing: str) -> None:
    read, text, value = READERS[reader]
    assert read(WRITINGS[writing](text)) == value


@pytest.mark.parametrize("reader", FIELDS)
def test_a_field_reads_every_writing_alike(app: Any, reader: str) -> None:
    read, text, value = FIELDS[reader]
    with app.test_request_context("/fr/", method="POST"):
        assert {writing: read(write(text)) for writing, write in WRITINGS.items()} == dict.fromkeys(WRITINGS, value)


def test_a_filter_reads_every_writing_alike(app: Any) -> None:
    for writing, write in WRITINGS.items():
        with app.test_request_context("/fr/", query_string={"n": write("1 250")}):
            assert (whole("n"), amount("n", "MAD", 10**9)) == (1250, 125_000), writing


# Twelve of what? What may stand beside the number for each reader, and what it then means; all the rest is refused.
BESIDE = ("12 €", "$12", "12 CAD", "12 DH", "MAD 12", "12 %", "12 kg", "12 g", "12 ml", "12 oz", "12 pots", "n° 12", "12/3")
MEANT: dict[str, tuple[Callable[[str], Any], dict[str, Any]]] = {
    "whole": (typed.whole, {}),
    "decimal": (typed.decimal, {}),
    "scaled": (partial(typed.scaled, digits=3), {}),
    "a sum here": (partial(typed.amount, currency="MAD"), {"12 DH": 1200, "MAD 12": 1200}),
    "a sum there": (partial(typed.amount, currency="CAD"), {"$12": 1200, "12 CAD": 1200}),
    "number answered": (lambda text: KINDS["numeric"].read([text], []), {}),
    "number asked for": (lambda text: KINDS["numeric"].measure(text, "0"), {}),
    "pieces": (partial(base_quantity, unit="piece"), {}),
    "kilograms": (partial(base_quantity, unit="kg"), {"12 kg": (12_000, "g")}),
    "weight": (partial(weight_in_grams, unit="g"), {"12 kg": 12_000, "12 g": 12}),
    "price of a file": (cell("price"), {"12 DH": 1200, "MAD 12": 1200}),
    "count of a file": (cell("whole"), {}),
    "stock of a file": (cell("stock"), {}),
    "weight of a file": (cell("weight", "kg"), {"12 kg": 12_000, "12 g": 12}),
    "yes of a file": (cell("flag"), {}),
    "sheets of a file": (lambda text: sheet_of({"slug": "a", "titles": {"fr": "A"}, "jobs": text}).facts.jobs, {}),
}


@pytest.mark.parametrize("reader", MEANT)
def test_nothing_that_stands_beside_a_number_is_dropped(reader: str) -> None:
    read, meant = MEANT[reader]
    found = {}
    for text in BESIDE:
        with suppress(Invalid):
            found[text] = read(text)
    assert {text: value for text, value in found.items() if value is not None} == meant


def test_nothing_that_stands_beside_a_number_is_dropped_in_a_field(app: Any) -> None:
    def sound(form: Form, name: str) -> bool:
        form.validate()
        return not form[name].errors

    with app.test_request_context("/fr/", method="POST"):
        taken = {
            name: [text for text in BESIDE if sound(TypedForm(formdata=MultiDict({name: text})), name)]
            for name in ("count", "price")
        }
        investment = []
        for text in BESIDE:
            with suppress(Invalid):
                investment.append((text, ProposalForm(formdata=MultiDict({"investment": text})).facts("quebec").investment))
    assert taken == {"count": [], "price": ["12 DH", "MAD 12"]}
    assert investment == [("$12", 1200), ("12 CAD", 1200)]


@pytest.mark.parametrize(("text", "said"), [("12 €", "€"), ("12 CAD", "CAD")])
def test_a_filter_in_another_currency_is_refused_and_not_left_out(app: Any, text: str, said: str) -> None:
    with app.test_request_context("/fr/", query_string={"n": text}), pytest.raises(Invalid) as refused:
        amount("n", "MAD", 10**9)
    assert (refused.value.code, refused.value.facts) == ("sum-in-other-currency", {"written": said, "currency": "MAD"})


@pytest.mark.parametrize("writing", WRITINGS)
def test_a_name_stays_as_it_is_written(writing: str) -> None:
    kept = writing in ("Arabic-Indic", "Eastern", "en dash", "trailing comma", "leading apostrophe")
    written = WRITINGS[writing]("Aïcha Slimani-2")
    assert person_name(written) == (written if kept else "Aïcha Slimani-2")
