"""A form of a rendered page is filled with what somebody typed before: whichever form of the house it is."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from html import escape
from html.parser import HTMLParser
from urllib.parse import urlsplit

Pair = tuple[str, str]
# Their value is what the page says now (tokens, versions), what nobody may read back, or a button's own.
NOT_FILLED = frozenset(("hidden", "password", "file", "submit", "button", "image", "reset"))
TICKED = frozenset(("checkbox", "radio"))


@dataclass
class _Control:
    """An element somebody types into or chooses: where its tag begins and ends; of a textarea, where its text ends."""

    tag: str
    attributes: dict[str, str | None]
    begin: int
    end: int
    text_end: int = 0
    options: list["_Control"] = field(default_factory=list)

    @property
    def name(self) -> str:
        return self.attributes.get("name") or ""

    @property
    def kind(self) -> str:
        return (self.attributes.get("type") or "text").lower() if self.tag == "input" else self.tag


@dataclass
class _Form:
    action: str
    id: str | None
    content: int
    controls: list[_Control] = field(default_factory=list)


class _Finder(HTMLParser):
    """The forms of a page that write, each with its controls, those outside that name it as well."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=False)
        self.forms: list[_Form] = []
        self._inside: _Form | None = None
        self._open: _Control | None = None
        self._lines = [0]
        for line in page.split("\n"):  # the parser's lines: it counts no other sign that ends one
            self._lines.append(self._lines[-1] + len(line) + 1)
        self._outside: list[_Control] = []
        self.feed(page)
        for one in self._outside:
            owner = next((form for form in self.forms if form.id == one.attributes.get("form")), None)
            if owner is not None:
                owner.controls.append(one)

    def _at(self) -> int:
        line, column = self.getpos()
        return self._lines[line - 1] + column

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given, begin = dict(attrs), self._at()
        end = begin + len(self.get_starttag_text() or "")
        if tag == "form":
            writes = (given.get("method") or "get").lower() == "post"
            self._inside = _Form(given.get("action") or "", given.get("id"), end) if writes else None
            self.forms += [self._inside] if self._inside is not None else []
        elif tag in ("input", "textarea", "select"):
            control = _Control(tag, given, begin, end)
            self._open = control if tag != "input" else self._open
            if given.get("form"):
                self._outside.append(control)
            elif self._inside is not None:
                self._inside.controls.append(control)
        elif tag == "option" and self._open is not None:
            self._open.options.append(_Control(tag, given, begin, end))

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._inside = None
        elif tag in ("textarea", "select") and self._open is not None:
            self._open.text_end = self._at()
            self._open = None


def fill(page: str, action: str, typed: Sequence[Pair], within: str = "") -> str | None:
    """The page with its form filled; `within` is HTML that is put at the form's beginning. None when the form is not there.

    `action` is where the form was sent, in any language; with "", the form whose fields fit is taken.
    """
    form = _form_of(_Finder(page).forms, action, typed)
    if form is None:
        return None
    edits = [(form.content, form.content, within)]
    left: dict[str, list[str]] = {}
    for name, value in typed:
        left.setdefault(name, []).append(value)
    chosen = {name: Counter(values) for name, values in left.items()}
    for control in form.controls:
        edits += _edits(control, left, chosen)
    filled, at = [], 0
    for begin, end, text in sorted(edits):
        filled += [page[at:begin], text]
        at = end
    return "".join([*filled, page[at:]])


def without_language(address: str) -> str:
    """The path of an address, whatever language it begins with."""
    path = urlsplit(address).path
    return path[3:] if path[3:4] in ("", "/") else path


def _form_of(forms: Iterable[_Form], action: str, typed: Sequence[Pair]) -> _Form | None:
    """The form that was sent. Several may have one action: that whose hidden fields say what was sent is taken."""
    sent, names = set(typed), {name for name, _value in typed}
    best, most = None, (0, 0)
    for form in forms:
        if action and without_language(form.action) != without_language(action):
            continue
        same = sum((one.name, one.attributes.get("value") or "") in sent for one in form.controls if one.kind == "hidden")
        asked = {one.name for one in form.controls if one.kind not in NOT_FILLED}
        if not asked & names:
            continue
        fits = (same, len(asked & names) - len(asked - names))
        if best is None or fits > most:
            best, most = form, fits
    return best


def _edits(control: _Control, left: dict[str, list[str]], chosen: dict[str, Counter[str]]) -> list[tuple[int, int, str]]:
    """What changes in the page: from where to where, and what stands there then."""
    values = left.get(control.name, [])
    if control.kind in TICKED:
        ticked = control.attributes.get("value") or "on"
        if control.kind == "radio" and not values:
            return []
        return [_tag(control, "checked", ticked in chosen.get(control.name, ()))]
    if control.tag == "select":
        if not values:
            return []
        wanted = set(values) if "multiple" in control.attributes else {values.pop(0)}
        if not wanted & {one.attributes.get("value") for one in control.options}:
            return []
        return [_tag(one, "selected", one.attributes.get("value") in wanted) for one in control.options]
    if control.kind in NOT_FILLED or not values:
        return []
    value = values.pop(0)
    if control.tag == "textarea":
        return [(control.end, control.text_end, "\n" + escape(value))]
    return [_tag(control, "value", value)]


def _tag(control: _Control, name: str, value: str | bool) -> tuple[int, int, str]:
    """The tag again with this attribute; True is one without a value, False none at all."""
    given: dict[str, str | bool | None] = {key: one for key, one in control.attributes.items() if key != name}
    if value is not False:
        given[name] = None if value is True else value
    written = "".join(f" {key}" if one is None else f' {key}="{escape(str(one))}"' for key, one in given.items())
    return control.begin, control.end, f"<{control.tag}{written}>"
