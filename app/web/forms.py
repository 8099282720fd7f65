"""The base of every form: values read from the request, errors beside the fields in the reader's language."""

from collections.abc import Callable, Mapping
from datetime import date
from functools import cache
from typing import Any

from flask_wtf import FlaskForm
from markupsafe import Markup
from wtforms import Field, StringField
from wtforms.i18n import get_translations

from app.engines.language import Later, language
from app.kernel import typed
from app.kernel.errors import Invalid, Refusal
from app.kernel.text import one_line, paragraphs
from app.web.errors import refusal_text
from app.web.inputs import written


@cache
def _sentences(spoken: str) -> Any:
    """WTForms' own sentences: it looks for their file on the disk each time it is asked."""
    return get_translations([spoken, "en"])


class Form(FlaskForm):  # type: ignore[misc]  # WTForms has no types
    """CSRF is checked before any handler runs (web/safety), so forms carry no token of their own."""

    class Meta:
        csrf = False

        def get_translations(self, form: Any) -> Any:
            return _sentences(language())

        def render_field(self, field: Any, render_kw: Mapping[str, Any]) -> Markup:
            return written(self, field, render_kw)

    def show(self, refusal: Refusal) -> None:
        """Put a refusal beside its field, or above the form, and so with all else that is wrong."""
        for one in (refusal, *(refusal.also if isinstance(refusal, Invalid) else ())):
            text = refusal_text(one)
            field = self._fields.get(one.field or "")
            if field is not None:
                field.errors = [*field.errors, text]
            else:
                self.form_errors.append(text)

    def keeps(self, rule: Callable[[], object]) -> bool:
        """Does the rule let the values pass? Else what it says stands beside the fields that have no error yet."""
        try:
            rule()
        except Invalid as refusal:
            for one in (refusal, *refusal.also):
                field = self._fields.get(one.field or "")
                if field is None or not field.errors:
                    self.show(type(one)(one.code, one.field, **one.facts))
            return False
        return True


def stripped(text: Any) -> Any:
    """A filter: white space around what was typed says nothing, and a text in which nobody sees anything is none."""
    return paragraphs(text) if isinstance(text, str) else text


class Line(StringField):  # type: ignore[misc]  # WTForms has no types
    """One line of text, without white space around it and without what nobody sees."""

    def __init__(self, label: str = "", validators: Any = None, **kwargs: Any) -> None:
        super().__init__(label, validators, filters=[stripped], **kwargs)

    def process_formdata(self, valuelist: list[Any]) -> None:
        self.raw_data = [one_line(str(sent)) for sent in valuelist]  # validators ask it whether something was typed
        super().process_formdata(self.raw_data)


class Whole(Line):
    """A count in figures of any script: `data` is a whole number of at least zero, None when nothing was typed."""

    data: Any

    def __init__(self, label: str = "", validators: Any = None, **kwargs: Any) -> None:
        super().__init__(label, validators, **{"render_kw": {"inputmode": "numeric"}, **kwargs})

    def process_formdata(self, valuelist: list[Any]) -> None:
        super().process_formdata(valuelist)
        if not valuelist:
            return
        sent, self.data = self.data, None
        if sent:
            try:
                self.data = typed.whole(sent, self.short_name)
            except Invalid as refusal:
                raise ValueError(refusal_text(refusal)) from None

    def _value(self) -> str:
        return str(self.raw_data[0]) if self.raw_data else "" if self.data is None else str(self.data)


class Day(Line):
    """A day: the browser's own field where it has one, typed in figures of any script where it has none."""

    data: Any

    def __init__(self, label: str = "", validators: Any = None, **kwargs: Any) -> None:
        super().__init__(label, validators, **{"render_kw": {"type": "date"}, **kwargs})

    def process_formdata(self, valuelist: list[Any]) -> None:
        super().process_formdata(valuelist)
        sent, self.data = self.data, None
        if sent:
            try:
                self.data = typed.day(sent, self.short_name)
            except Invalid as refusal:
                raise ValueError(refusal_text(refusal)) from None

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        return self.data.isoformat() if isinstance(self.data, date) else ""


def word(text: str) -> Later:
    """A form's word, translated when it is shown."""
    return Later(text)


__all__ = ["Day", "Field", "Form", "Line", "Whole", "stripped", "word"]
