"""A result that is a table: converts to Arrow, pandas and polars, and prints well in a terminal and a notebook."""

from __future__ import annotations

import html
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True)
class Answer:
    """Rows plus what they mean: `note` says it in a sentence, `query` is the SQL they came from."""

    table: pa.Table
    note: str = ""
    query: str = ""
    facts: Mapping[str, Any] = field(default_factory=dict)

    def __len__(self) -> int:
        return int(self.table.num_rows)

    def __iter__(self) -> Iterator[dict[str, Any]]:
        return iter(self.table.to_pylist())

    @property
    def columns(self) -> list[str]:
        return list(self.table.column_names)

    def to_arrow(self) -> pa.Table:
        return self.table

    def to_pandas(self) -> Any:
        """As a pandas DataFrame; needs pandas (``pip install 'dangol[frames]'``)."""
        return self.table.to_pandas()

    def to_polars(self) -> Any:
        """As a polars DataFrame; needs polars (``pip install 'dangol[frames]'``)."""
        import polars

        return polars.from_arrow(self.table)

    def to_json(self) -> str:
        return json.dumps(self.table.to_pylist(), ensure_ascii=False, default=str)

    def __repr__(self) -> str:
        rows = [list(map(_text, row.values())) for row in self.table.slice(0, 20).to_pylist()]
        widths = [max([len(c), *(len(r[i]) for r in rows)]) for i, c in enumerate(self.columns)]
        lines = ["  ".join(c.ljust(w) for c, w in zip(self.columns, widths, strict=True))]
        lines += ["  ".join(v.ljust(w) for v, w in zip(row, widths, strict=True)) for row in rows]
        if len(self) > 20:
            lines.append(f"… {len(self):,} rows")
        return "\n".join(([self.note] if self.note else []) + lines)

    def _repr_html_(self) -> str:
        head = "".join(f"<th>{html.escape(c)}</th>" for c in self.columns)
        body = "".join(
            "<tr>" + "".join(f"<td>{html.escape(_text(v))}</td>" for v in row.values()) + "</tr>"
            for row in self.table.slice(0, 50).to_pylist()
        )
        more = f"<p>{len(self):,} rows</p>" if len(self) > 50 else ""
        note = f"<p>{html.escape(self.note)}</p>" if self.note else ""
        return f"{note}<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>{more}"


def _text(value: object) -> str:
    return "" if value is None else str(value)
