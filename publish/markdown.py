"""Markdown tables."""

from collections.abc import Sequence


def table(
    heads: Sequence[str], rows: Sequence[Sequence[object]], text_columns: int | None = None
) -> str:
    """Return a table; columns after the first `text_columns` (all by default) hold numbers."""
    left = len(heads) if text_columns is None else text_columns
    ruler = "|" + "---|" * left + "--:|" * (len(heads) - left)
    lines = [f"| {' | '.join(map(str, cells))} |" for cells in (heads, *rows)]
    return "\n".join([lines[0], ruler, *lines[1:]])
