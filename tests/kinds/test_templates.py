"""Every template stands on a written page: who changes one sees it in the diff of what its readers will see."""

import re

from app.engines.language import PACKAGES
from app.settings import HOUSE
from tests.kinds.written import TEMPLATES, read_back

WRITTEN = ("courses", "offices", "people", "safety", "shops")
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
