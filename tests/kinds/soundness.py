"""What must hold of every page: names that are referred to are there, fields have names, tables say what their parts are."""

from html.parser import HTMLParser

REFERS = ("for", "aria-labelledby", "aria-describedby", "aria-controls", "popovertarget", "list")
ROLES = {"tr": {"row"}, "thead": {"rowgroup"}, "tbody": {"rowgroup"}, "tfoot": {"rowgroup"}, "td": {"cell"}}
HEADS = {"col": "columnheader", "row": "rowheader"}
TYPED = ("input", "select", "textarea")
UNSEEN = ("hidden", "submit", "button")


class Checker(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.wanted: list[tuple[str, str]] = []
        self.fields: list[dict[str, str]] = []
        self.labelled: set[str] = set()
        self.faults: list[str] = []
        self._inside: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = {name: value or "" for name, value in attrs}
        self.ids += [said["id"]] if said.get("id") else []
        self.wanted += [(name, one) for name in REFERS if name in said for one in said[name].split()]
        if tag == "label":
            self.labelled.add(said.get("for", ""))
        if tag in ("label", "table"):
            self._inside.append(f"{tag} {said.get('role', '')}".strip())
        if tag in TYPED and said.get("type") not in UNSEEN and "label" not in self._inside:
            self.fields.append(said)
        if "table table" in self._inside:
            self._part(tag, said)
        if tag == "img" and "alt" not in said:
            self.faults.append(f"a picture without words: {said.get('src')}")
        if tag == "a" and said.get("target") == "_blank" and "noopener" not in said.get("rel", ""):
            self.faults.append(f"a link that leaves its page in another's hands: {said.get('href')}")

    def _part(self, tag: str, said: dict[str, str]) -> None:
        if said.get("role", "") not in ROLES.get(tag, {said.get("role", "")}):
            self.faults.append(f"<{tag}> of a table without its role")
        if tag == "th" and HEADS.get(said.get("scope", "")) != said.get("role"):
            self.faults.append(f"<th> whose scope and role differ: {said}")
        if tag == "td" and "data-label" not in said and "colspan" not in said:
            self.faults.append("<td> that does not repeat its column's name for small screens")

    def handle_endtag(self, tag: str) -> None:
        if tag in ("label", "table") and self._inside:
            self._inside.pop()

    def all_faults(self) -> list[str]:
        """What is wrong, when the page has been read to its end."""
        found = list(self.faults)
        found += [f"{name}={one} names nothing" for name, one in self.wanted if one not in self.ids]
        found += sorted({f"two things are called {one}" for one in self.ids if self.ids.count(one) > 1})
        for said in self.fields:
            if said.get("id") not in self.labelled and not said.keys() & {"aria-label", "aria-labelledby"}:
                found.append(f"a field without a name: {said.get('name')}")
        return found
