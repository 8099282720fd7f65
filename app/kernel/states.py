"""States as tables: {state: {move: next state}}."""

from collections.abc import Mapping

from app.kernel.errors import Conflict


class States:
    """A state table that knows its moves and refuses all others."""

    def __init__(self, name: str, first: str, table: Mapping[str, Mapping[str, str]]) -> None:
        unknown = {target for moves in table.values() for target in moves.values()} - set(table)
        if unknown or first not in table:
            raise ValueError(f"{name}: states without a row: {sorted(unknown)}")
        self.name = name
        self.first = first
        self.table = {state: dict(moves) for state, moves in table.items()}

    def after(self, state: str, move: str) -> str:
        """The state after the move; a move that this state does not know is a Conflict."""
        try:
            return self.table[state][move]
        except KeyError:
            raise Conflict("move-not-possible", states=self.name, state=state, move=move) from None

    def knows(self, state: str, move: str) -> bool:
        return move in self.table.get(state, {})

    def moves(self, state: str) -> list[str]:
        return list(self.table[state])

    def pairs(self) -> list[tuple[str, str]]:
        """Every (state, move) there could be, for the test that walks them all."""
        moves = sorted({move for row in self.table.values() for move in row})
        return [(state, move) for state in self.table for move in moves]

    def mermaid(self) -> str:
        """The diagram of the documentation."""
        lines = ["stateDiagram-v2", f"    [*] --> {self.first}"]
        for state, moves in self.table.items():
            lines += [f"    {state} --> {target}: {move}" for move, target in moves.items()]
            if not moves:
                lines.append(f"    {state} --> [*]")
        return "\n".join(lines)
