"""A drawing as SVG text: alone in its file, in the reader's own fonts, on light and on dark pages alike."""

from dataclasses import dataclass, field
from html import escape
from typing import Literal

Ink = Literal["text", "quiet", "grid", "ours", "theirs", "met", "missed"]
"""What something is drawn in; which colour that is, the page's own light decides."""

Anchor = Literal["start", "middle", "end"]

_LIGHT: dict[Ink | Literal["page"], str] = {
    "page": "#ffffff",
    "text": "#1f2328",
    "quiet": "#59636e",
    "grid": "#d1d9e0",
    "ours": "#0b63ce",
    "theirs": "#a05a00",
    "met": "#0f7b4f",
    "missed": "#c4320a",
}
_DARK: dict[Ink | Literal["page"], str] = {
    "page": "#0d1117",
    "text": "#f0f6fc",
    "quiet": "#9198a1",
    "grid": "#3d444d",
    "ours": "#6cb0ff",
    "theirs": "#f0a94a",
    "met": "#4ecb8f",
    "missed": "#ff8a66",
}
_FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif"


@dataclass
class Drawing:
    """A picture, to which one thing after another is added; positions are in pixels from the upper left.

    Attributes:
        title: what it shows, for those who cannot see it.
        width: in pixels.
        height: in pixels; it may still grow while things are added.
    """

    title: str
    width: int
    height: int = 0
    _parts: list[str] = field(default_factory=list[str])

    def text(
        self, x: float, y: float, words: str, *, ink: Ink = "text", size: int = 12, anchor: Anchor = "start"
    ) -> None:
        """Words on one line, that is, on the base line at y."""
        place = f'x="{_n(x)}" y="{_n(y)}" font-size="{size}" text-anchor="{anchor}"'
        self._parts.append(f'<text class="{ink}" {place}>{escape(words, quote=False)}</text>')

    def line(self, x: float, y: float, to_x: float, to_y: float, *, ink: Ink, width: float = 1) -> None:
        """A straight line."""
        ends = f'x1="{_n(x)}" y1="{_n(y)}" x2="{_n(to_x)}" y2="{_n(to_y)}"'
        self._parts.append(f'<line class="{ink}-line" {ends} stroke-width="{_n(width)}"/>')

    def bar(self, x: float, y: float, width: float, height: float, *, ink: Ink) -> None:
        """A filled box, a little transparent, so that what lies on it shows."""
        box = f'x="{_n(x)}" y="{_n(y)}" width="{_n(width)}" height="{_n(height)}" rx="2"'
        self._parts.append(f'<rect class="{ink}" {box} fill-opacity="0.45"/>')

    def dot(self, x: float, y: float, *, ink: Ink, radius: float = 4) -> None:
        """A disc."""
        self._parts.append(f'<circle class="{ink}" cx="{_n(x)}" cy="{_n(y)}" r="{_n(radius)}"/>')

    def diamond(self, x: float, y: float, *, ink: Ink, radius: float = 5) -> None:
        """A square on its corner: what is not told from a disc by its colour, is by its shape."""
        corners = ((x, y - radius), (x + radius, y), (x, y + radius), (x - radius, y))
        points = " ".join(f"{_n(left)},{_n(top)}" for left, top in corners)
        self._parts.append(f'<polygon class="{ink}" points="{points}"/>')

    def svg(self) -> str:
        """The whole file."""
        size = f'width="{self.width}" height="{self.height}" viewBox="0 0 {self.width} {self.height}"'
        title = escape(self.title)
        lines = [
            f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img" aria-label="{title}">',
            f"<title>{title}</title>",
            f"<style>{_style()}</style>",
            f'<rect class="page" width="{self.width}" height="{self.height}"/>',
            *self._parts,
            "</svg>",
        ]
        return "\n".join(lines) + "\n"


def _style() -> str:
    dark = f"@media (prefers-color-scheme: dark) {{ {_rules(_DARK)} }}"
    return f"text {{ font-family: {_FONT} }} {_rules(_LIGHT)} {dark}"


def _rules(colours: dict[Ink | Literal["page"], str]) -> str:
    fills = (f".{ink} {{ fill: {colour} }}" for ink, colour in colours.items())
    lines = (f".{ink}-line {{ stroke: {colour} }}" for ink, colour in colours.items() if ink != "page")
    return " ".join((*fills, *lines))


def _n(value: float) -> str:
    """A number, short, and the same on every machine."""
    return f"{value:.1f}".removesuffix(".0")
