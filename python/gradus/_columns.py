"""Columns: a table as a dict of NumPy arrays, and as a pandas DataFrame where pandas is installed."""
from __future__ import annotations

import html
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import pandas

_SHOWN_ROWS = 10


class Columns(dict[str, np.ndarray]):
    """Arrays of equal length by name, in order."""

    @classmethod
    def from_rows(cls, rows: Iterable[Mapping[str, Any]]) -> Columns:
        """Rows as columns; what a row lacks, or has as None, is NaN among numbers and None among others."""
        rows = list(rows)
        names = list(dict.fromkeys(name for row in rows for name in row))
        return cls({name: _array([row.get(name) for row in rows]) for name in names})

    @property
    def n_rows(self) -> int:
        return len(next(iter(self.values()))) if self else 0

    def rows(self) -> Iterator[dict[str, Any]]:
        """One dict per row."""
        for values in zip(*(column.tolist() for column in self.values()), strict=True):
            yield dict(zip(self, values, strict=True))

    def to_frame(self) -> pandas.DataFrame:
        """As a pandas DataFrame; ImportError without pandas."""
        import pandas
        return pandas.DataFrame({name: list(column) if column.dtype == object else column for name, column in self.items()})

    def __repr__(self) -> str:
        return f"<{self.n_rows} rows of {', '.join(self)}>"

    def _repr_html_(self) -> str:
        rows = list(self.rows())
        gap = len(rows) > 2 * _SHOWN_ROWS
        shown = rows[:_SHOWN_ROWS] + [dict.fromkeys(self, "...")] + rows[-_SHOWN_ROWS:] if gap else rows
        head = "".join(f"<th>{html.escape(name)}</th>" for name in self)
        body = "".join("<tr>" + "".join(f"<td>{html.escape(_text(value))}</td>" for value in row.values()) + "</tr>" for row in shown)
        return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def _array(values: list[Any]) -> np.ndarray:
    known = [value for value in values if value is not None]
    if known and all(isinstance(value, (int, float)) and not isinstance(value, bool) for value in known):
        return np.array([np.nan if value is None else value for value in values])
    if known and len(known) == len(values) and all(isinstance(value, bool) for value in known):
        return np.array(values)
    array = np.empty(len(values), dtype=object)
    array[:] = values
    return array


def _text(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:.6g}"
    return "" if value is None else str(value)
