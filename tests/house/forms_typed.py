"""A page's forms as somebody fills them: what can be typed or chosen in each, and what stands in them."""

from dataclasses import dataclass, field
from html.parser import HTMLParser

SECRET = ("password", "file")
PRESSED = ("submit", "button", "image", "reset")


@dataclass
class Control:
    """Something that is typed into or chosen; `options` are the values of a select."""

    name: str
    kind: str
    value: str
    ticked: bool = False
    options: list[str] = field(default_factory=list)
    code: bool = False
    wrong: bool = False  # an error stands beside it


@dataclass
class WrittenForm:
    """A form that is posted, with its controls in their order and the languages it goes on in without script."""

    action: str
    id: str | None
    controls: list[Control] = field(default_factory=list)
    languages: set[str] = field(default_factory=set)

    def hidden(self) -> list[tuple[str, str]]:
        return [(one.name, one.value) for one in self.controls if one.kind == "hidden"]

    def typable(self) -> list[Control]:
        """What is kept: no hidden fields, no passwords, codes and files."""
        return [one for one in self.controls if one.kind not in ("hidden", *SECRET) and not one.code]

    def standing(self) -> list[tuple[str, str]]:
        """What a browser would send of what can be typed."""
        return [(one.name, one.value) for one in self.typable() if one.ticked or one.kind not in ("checkbox", "radio")]


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[WrittenForm] = []
        self._form: WrittenForm | None = None
        self._owned: list[tuple[str, Control]] = []
        self._select: Control | None = None
        self._text: Control | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = dict(attrs)
        if tag == "form":
            self._form = WrittenForm(said.get("action") or "", said.get("id")) if said.get("method") == "post" else None
            self.forms += [self._form] if self._form else []
        elif tag == "button" and said.get("name") == "show_typed" and self._form is not None:
            self._form.languages.add(str(said["lang"]))
        elif tag in ("input", "textarea", "select") and said.get("name"):
            self._control(tag, said)
        elif tag == "option" and self._select is not None:
            value = said.get("value") or ""
            self._select.options.append(value)
            if "selected" in said or len(self._select.options) == 1:
                self._select.value = value

    def _control(self, tag: str, said: dict[str, str | None]) -> None:
        kind = (said.get("type") or "text") if tag == "input" else tag
        if kind in PRESSED:
            return
        value = said.get("value") or ("on" if kind == "checkbox" else "")
        code = said.get("autocomplete") == "one-time-code"
        control = Control(str(said["name"]), kind, value, "checked" in said, code=code, wrong="aria-invalid" in said)
        if said.get("form"):
            self._owned.append((str(said["form"]), control))
        elif self._form is not None:
            self._form.controls.append(control)
        self._select = control if tag == "select" else self._select
        self._text = control if tag == "textarea" else self._text

    def handle_data(self, data: str) -> None:
        if self._text is not None:
            self._text.value += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._form = None
        elif tag == "textarea" and self._text is not None:
            self._text.value = self._text.value.removeprefix("\n")
            self._text = None
        elif tag == "select":
            self._select = None

    def close(self) -> None:
        super().close()
        for owner, control in self._owned:
            for form in self.forms:
                if form.id == owner:
                    form.controls.append(control)


def forms_of(page: str, main_only: bool = True) -> list[WrittenForm]:
    """The forms of a page's main part, or of all of it, that are posted."""
    if main_only:
        page = page[page.find("<main") : page.find("</main>")]
        if 'method="post"' not in page:
            return []
    reader = _Reader()
    reader.feed(page)
    reader.close()
    return reader.forms


def type_into(form: WrittenForm) -> None:
    """Something of one's own in every control: words, the last choice, the ticks the other way round."""
    radios = {one.name: one for one in form.typable() if one.kind == "radio"}
    for number, one in enumerate(form.typable()):
        if one.kind == "radio":
            one.ticked = one is radios[one.name]
        elif one.kind == "checkbox":
            one.ticked = not one.ticked
        elif one.kind == "select":
            one.value = one.options[-1]
        else:
            one.value = f"Tapé <{number}> & «été»" + ("\nمن جديد" if one.kind == "textarea" else "")
