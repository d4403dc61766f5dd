"""The files of a version: what sources say that its folder holds, by path."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from app.compiler.columns import Columns
from app.compiler.compiling import Compiler, Takes
from app.compiler.inputs import Inputs
from app.compiler.meanings import along, way
from app.compiler.paging import Order, Page, page_of
from app.compiler.selection import Field
from app.compiler.shaping import Piece, Shape
from app.registry.forward import Forward
from graph_schema.declare import Kind
from graph_schema.nodes import METHODS

_BY_PATH = Order("PATH", "path", Kind.TEXT)
_PLAIN = ("path", "kind", "source", "method", "recordedAt")


@dataclass(frozen=True, slots=True)
class Files:
    """The files of a version as a connection: a file of which two sources speak is there twice."""

    def compile(self, compiler: Compiler, field: Field, variable: str, columns: Columns) -> Piece:
        """The connection, from columns of the version's row."""
        with compiler.times.of(field):
            return _Files(compiler, field, variable, columns).piece()


class _Files:
    """One such list while it is compiled."""

    def __init__(self, compiler: Compiler, field: Field, variable: str, columns: Columns) -> None:
        self.compiler = compiler
        self.field = field
        self.columns = columns
        self.way = way(compiler, variable, (along("CONTAINS", "Artifact"),), named=True)
        self.link = self.way.link
        self.list = Forward(compiler, self.link, self._page, _BY_PATH)
        methods = compiler.parameter(lambda inputs: _methods(inputs.arguments(field)))
        self.limits = [f"{self.link}.method IN {methods}"]
        self.place = 0

    def piece(self) -> Piece:
        takes: Takes = {
            "edges": lambda of: self._rows(self.list.edges(of, {"node": self._file})),
            "pageInfo": lambda of: self._rows(self.list.page_info(of)),
            "totalCount": lambda _: self._count(),
        }
        shape = self.compiler.by_hand(self.field.selection, takes)
        if self.field.selection.asks("edges", "pageInfo"):
            found = self.way.match(*self.limits, *self.list.bounds(), carried=(self.link,))
            carried = f"{self.link}, {self.way.kept}"
            self.place = self.columns.add(
                f"COLLECT {{ {found} WITH {carried} {self.list.cut()} RETURN {self.list.row.text()} }}"
            )
        return Piece(self.field, shape=shape)

    def _rows(self, shape: Shape) -> Shape:
        return lambda values, answer: shape(values[self.place], answer)

    def _file(self, part: Field) -> Shape:
        """A file, from its row in the list."""
        takes: Takes = {**dict.fromkeys(_PLAIN, self._plain), "artifact": self._artifact}
        return self.compiler.by_hand(part.selection, takes)

    def _plain(self, of: Field) -> Shape:
        place = self.list.row.add(f"{self.link}.{of.name}")
        return lambda row, _answer: row[place]

    def _artifact(self, of: Field) -> Shape:
        compiled = self.compiler.compile_node(of.selection, self.way.end)
        place = self.list.row.add(compiled.expression)
        return lambda row, answer: compiled.shape(row[place], answer)

    def _count(self) -> Shape:
        found = self.way.match(*self.limits, carried=(self.link,))
        place = self.columns.add(f"COUNT {{ {found} RETURN {self.link} }}")
        return lambda values, _answer: values[place]

    def _page(self, inputs: Inputs) -> Page:
        def make(given: Inputs) -> Page:
            return page_of(given.arguments(self.field), f"{self.field.parent}.{self.field.name}", _BY_PATH)

        return inputs.once(self.field, make)


def _methods(arguments: Mapping[str, Any]) -> list[str]:
    """How the files are held that are listed."""
    verified = arguments.get("verified")
    return [method for method in METHODS if verified is None or (method == "VERIFIED") is verified]
