"""The base of every form: values read from the request, errors beside the fields in the reader's language."""

from typing import Any

from flask_wtf import FlaskForm
from wtforms import Field, StringField
from wtforms.i18n import get_translations

from app.engines.language import Later, language
from app.kernel.errors import Refusal
from app.web.errors import refusal_text


class Form(FlaskForm):  # type: ignore[misc]  # WTForms has no types
    """CSRF is checked before any handler runs (web/safety), so forms carry no token of their own."""

    class Meta:
        csrf = False

        def get_translations(self, form: Any) -> Any:
            return get_translations([language(), "en"])

    def show(self, refusal: Refusal) -> None:
        """Put a refusal beside its field, or above the form."""
        text = refusal_text(refusal)
        field = self._fields.get(refusal.field or "")
        if field is not None:
            field.errors = [*field.errors, text]
        else:
            self.form_errors.append(text)


def stripped(text: Any) -> Any:
    """A filter: white space around what was typed says nothing."""
    return text.strip() if isinstance(text, str) else text


class Line(StringField):  # type: ignore[misc]  # WTForms has no types
    """One line of text, without white space around it."""

    def __init__(self, label: str = "", validators: Any = None, **kwargs: Any) -> None:
        super().__init__(label, validators, filters=[stripped], **kwargs)


def word(text: str) -> Later:
    """A form's word, translated when it is shown."""
    return Later(text)


__all__ = ["Field", "Form", "Line", "stripped", "word"]
