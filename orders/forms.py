"""What buyers and cooperatives fill in about orders, read into plain values."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any

from wtforms import BooleanField, HiddenField, RadioField, SelectField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length, NumberRange, Optional, StopValidation, ValidationError

from app.engines.language import translate
from app.kernel import names
from app.kernel.contacts import mail_value, phone_value
from app.kernel.errors import Invalid
from app.kernel.text import msg
from app.kernel.typed import own_whole
from app.territories.records import Territory
from app.web.errors import refusal_text
from app.web.forms import Form, Line, Whole, stripped, word
from orders.rules import amounts, purchases

_KEY = re.compile(r"[A-Za-z0-9_-]{20,60}")
ASKED_LONGEST = 200
NEEDS_CONTACT = msg("Give a phone number or a mail address, so that the cooperative can reach you.")
NEEDS_TERMS = msg("Please accept the terms to go on.")


class CountForm(Form):
    """So many of a variant."""

    variant = Whole(word("Product"), [InputRequired(), NumberRange(1, 2**63 - 1)])
    quantity = Whole(word("Quantity"), [InputRequired(), NumberRange(0, amounts.MAX_COUNT)])


def _read(reader: Callable[..., str], *typed: str) -> str:
    """What was typed, as the reader gives it. Raises ValidationError with the refusal's sentence."""
    try:
        return reader(*typed)
    except Invalid as refusal:
        raise ValidationError(refusal_text(refusal)) from None


def _read_by(reader: Callable[..., str], *given: str) -> Callable[[Form, Line], None]:
    """A validator that keeps the text as the reader gives it."""

    def read(_form: Form, field: Line) -> None:
        field.data = _read(reader, field.data, *given)

    return read


ASKED = [InputRequired(), Length(2, ASKED_LONGEST), _read_by(names.place, "asked")]


class CheckoutForm(Form):
    """Who buys, where it goes, how it is paid. The regions and methods to choose from, and `delivery_<organisation>`, come
    with `checkout_form`.
    """

    name = Line(word("First and last name"), [InputRequired(), Length(2, 80), _read_by(names.name)])
    phone = Line(word("Phone"), [Length(max=40)])
    mail = Line(word("Mail address"), [Length(max=254)])
    region = SelectField(word("Region"), [InputRequired()])
    commune = Line(word("Town or village"), [InputRequired(), Length(2, 80), _read_by(names.name)])
    street = Line(
        word("Street and number, or how to find you"), [InputRequired(), Length(2, 200), _read_by(names.place, "street")]
    )
    method = RadioField(word("How do you want to pay?"), [InputRequired()])
    terms = BooleanField(word("I have read and accept the terms of sale"))
    key = HiddenField()
    region_shown = HiddenField()
    total_seen = HiddenField()
    country: str

    def validate_phone(self, field: Line) -> None:
        if field.data:
            field.data = _read(phone_value, field.data, self.country)
        elif not self.mail.data:
            raise ValidationError(translate(NEEDS_CONTACT))

    def validate_mail(self, field: Line) -> None:
        if field.data:
            field.data = _read(mail_value, field.data)

    def validate_terms(self, field: BooleanField) -> None:
        if not field.data:
            raise StopValidation(translate(NEEDS_TERMS))

    def deliveries(self) -> dict[int, str]:
        """{organisation: the key of the way chosen}."""
        return {
            int(name.removeprefix("delivery_")): field.data
            for name, field in self._fields.items()
            if name.startswith("delivery_") and field.data
        }

    def asked(self) -> dict[int, str]:
        """{organisation: the day that would suit the buyer}, of those with whom one is agreed on."""
        named = {
            name.removeprefix("asked_"): field.data for name, field in self._fields.items() if name.startswith("asked_")
        }
        return {int(id_): words for id_, words in named.items() if words}

    def wish(self, terms_version: str, deliveries: Mapping[int, str]) -> purchases.Wish:
        """What the buyer asks for, with the way of each cooperative; call it after `validate`."""
        seen = own_whole(self.total_seen.data)
        return purchases.Wish(
            idempotency_key=self.key.data,
            name=self.name.data,
            phone=self.phone.data or None,
            mail=self.mail.data or None,
            region=self.region.data,
            commune=self.commune.data,
            street=self.street.data,
            method=self.method.data,
            deliveries=deliveries,
            total_seen=-1 if seen is None else seen,
            terms_version=terms_version,
            asked=self.asked(),
        )

    def values(self) -> list[tuple[str, str]]:
        """Everything that was typed, for the hidden fields of the recap."""
        kept = [(name, field.data) for name, field in self._fields.items() if name not in ("total_seen", "terms")]
        return [(name, value) for name, value in kept if value] + ([("terms", "y")] if self.terms.data else [])


def good_key(key: str | None) -> bool:
    """Is this an idempotency key that a page of ours could have made?"""
    return bool(key and _KEY.fullmatch(key))


def _choices(pairs: Iterable[tuple[str, str]]) -> list[SelectChoice]:
    return [SelectChoice(value, label) for value, label in pairs]


def checkout_form(
    territory: Territory,
    regions: list[tuple[str, str]],
    methods: list[tuple[str, str]],
    ways: Mapping[int, list[tuple[str, str]]],
    labels: Mapping[int, str],
    data: Mapping[str, Any],
    agreeing: Sequence[int] = (),
) -> CheckoutForm:
    """The form with the ways to receive each cooperative's goods; `labels` names the cooperatives.

    `agreeing` are those with whom a day is agreed on: the buyer says what would suit.
    """
    form = _form_for(tuple(ways), tuple(agreeing))(data=dict(data))
    form.country = territory.country
    form.region.choices, form.method.choices = _choices(regions), _choices(methods)
    for id_, pairs in ways.items():
        field: RadioField = form[f"delivery_{id_}"]
        field.choices, field.label.text = _choices(pairs), labels[id_]
    return form


@lru_cache(200)
def _form_for(organisations: tuple[int, ...], agreeing: tuple[int, ...]) -> type[CheckoutForm]:
    """The form of a basket of these cooperatives: making the class takes longer than filling it."""
    fields: dict[str, Any] = {f"delivery_{id_}": RadioField("", [InputRequired()]) for id_ in organisations}
    fields |= {f"asked_{id_}": Line(word("Which day would suit you, and how many will you be?"), ASKED) for id_ in agreeing}
    return type("OwnCheckoutForm", (CheckoutForm,), fields)


class CodeForm(Form):
    """The digits by which a buyer confirms an order."""

    code = Line(
        word("Code of 6 digits"),
        [InputRequired(), Length(max=20)],
        render_kw={"autocomplete": "one-time-code", "inputmode": "numeric", "dir": "ltr"},
    )


class ReasonForm(Form):
    """Why a cooperative cannot deliver."""

    reason = TextAreaField(word("Reason, the buyer reads it"), [InputRequired(), Length(3, 500)], filters=[stripped])
    version = HiddenField()


class ParcelForm(Form):
    """How the parcel travels."""

    carrier = Line(word("Carrier"), [Optional(), Length(max=80)])
    tracking = Line(word("Tracking number"), [Optional(), Length(max=80)])
    version = HiddenField()
