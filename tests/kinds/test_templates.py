"""Every template stands on a written page: who changes one sees it in the diff of what its readers will see."""

import re

from jinja2 import Environment

from app.engines.language import PACKAGES
from app.settings import HOUSE
from tests.kinds.branches import conditions, read_sides
from tests.kinds.written import CONDITIONS, TEMPLATES, read_back

WRITTEN = ("courses", "offices", "people", "pieces", "proofs", "safety", "shops")
USES = re.compile(r"{%-?\s*(?:extends|include|from|import)\s+\"([^\"]+)\"")
OF_A_KIND = re.compile(r"{%-?\s*(?:include|import)\s+\"([^\"]+/)\" ~")  # one piece for each kind of a thing
# What no written page shows, and who looks at it.
ELSEWHERE = {
    "accounts/first_run.html": "written in safety.txt: read before there is an operator, and so before names are noted",
    "web/own_data.html": "a file to take away; tests/own_data/test_export.py reads it",
}


def templates() -> dict[str, str]:
    """{name: source} of every template of the product."""
    found = {}
    for package in PACKAGES:
        for path in sorted((HOUSE / package).rglob("templates/**/*.html")):
            found[path.as_posix().rpartition("/templates/")[2]] = path.read_text(encoding="utf-8")
    return found


def shown() -> set[str]:
    """Those that written pages were made of, with what these extend, include and take pieces from."""
    sources = templates()
    left = [name for page in WRITTEN for name in read_back(page)[TEMPLATES].splitlines()]
    found: set[str] = set()
    while left:
        name = left.pop()
        if name in sources and name not in found:
            found.add(name)
            left += USES.findall(sources[name])
            for folder in OF_A_KIND.findall(sources[name]):
                left += [one for one in sources if one.startswith(folder)]
    return found


def test_every_template_stands_on_a_written_page() -> None:
    assert sorted(set(templates()) - shown()) == sorted(ELSEWHERE)


# Conditions that no written page shows both ways.
ONE_WAY = {
    ("academy/lesson_frame.html", "words.title"): "a lesson that is read has words, and its title is that of the list",
    ("academy/workshop.html", "form.title_fr.errors"): "a part is refused by its title alone",
    ("catalog/office_edit.html", "line.form_errors"): "a size is refused beside its fields",
    (
        "orders/card_lot.html",
        "total > rows|length",
    ): "fifty-one buyers: tests/orders/test_lot_pages.py has more",
    ("web/base.html", "site_name"): "every house has a name",
    ("web/own_data.html", "loop.last"): "in no written page, see ELSEWHERE",
    ("web/own_data.html", "part.rows"): "in no written page, see ELSEWHERE",
}


def test_every_condition_of_a_template_is_seen_both_ways() -> None:
    """On a written page, or turned round on one in `pages/otherwise.txt`: `pages | title | template: condition`."""
    environment = Environment(autoescape=True, extensions=["jinja2.ext.i18n"])
    found = {name: conditions(environment, name, source) for name, source in templates().items()}
    seen: dict[tuple[str, str], set[bool]] = {(name, one): set() for name, ones in found.items() for one in ones}
    for page in WRITTEN:
        for name, sides in read_sides(read_back(page)[CONDITIONS]).items():
            assert len(sides) == len(found.get(name, ())), f"{page}.txt is older than {name}: --write-pages"
            for one, side in zip(found[name], sides, strict=True):
                seen[name, one] |= side
    one_way = {one: sides for one, sides in seen.items() if len(sides) < 2}
    unseen = [f"{name}: {one}" for name, one in sorted(one_way) if (name, one) not in ONE_WAY]
    assert unseen == []
    assert set(ONE_WAY) <= set(one_way)
