"""The state diagrams of docs/subsystems/orders.md, drawn from the tables: run as a program it writes them anew."""

import re
from pathlib import Path

from app.settings import HOUSE
from orders.rules.states import AXES

PAGE = HOUSE / "docs" / "subsystems" / "orders.md"
_BLOCK = re.compile(r"<!-- states: (\S+) -->\n.*?<!-- end -->", re.DOTALL)


def drawn(text: str) -> str:
    """The page with each marked block drawn from its table."""

    def block(found: re.Match[str]) -> str:
        table = AXES[found[1]]
        return f"<!-- states: {found[1]} -->\n```mermaid\n{table.mermaid()}\n```\n<!-- end -->"

    return _BLOCK.sub(block, text)


def axes_shown(text: str) -> set[str]:
    return set(_BLOCK.findall(text))


def main(page: Path = PAGE) -> None:
    page.write_text(drawn(page.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()
