"""The findings as pictures: how far each is from its goal, and what each side of each measure needed."""

from collections.abc import Iterator, Sequence
from textwrap import wrap

from tests.bench.results import Finding, Goal, Side, figure
from tests.bench.scale import Scale
from tests.bench.svg import Drawing
from tests.bench.titles import TITLES

GOALS = "goals"
"""The name of the picture of all goals."""

_WIDTH = 920
_MARGIN = 16
_HEADING = 34
_LINE = 16
_ROW = 18
_FARTHEST = 10.0
"""So many times better or worse than the goal is where the axis ends."""

_HOW_TO_READ = (
    "A mark is the median of the turns; the line through it goes from their tenth to their ninetieth hundredth."
)


def pictures(findings: Sequence[Finding]) -> dict[str, str]:
    """SVG files by their names, without the ending: `goals`, and one for each group whose sides have a unit."""
    drawn = {GOALS: goals(findings)} if findings else {}
    for group in dict.fromkeys(each.group for each in findings):
        mine = [each for each in findings if each.group == group]
        unit = {side.unit for each in mine for side in each.sides.values()}
        if len(unit) == 1 and unit != {""}:
            drawn[group] = sides(mine, *unit)
    return drawn


def goals(findings: Sequence[Finding]) -> str:
    """All measures, a line for each engine: right of the middle a goal is reached, left of it missed."""
    left, right = 520, _WIDTH - 90
    scale = Scale(left, right, 1 / _FARTHEST, _FARTHEST, powers=True)
    drawing = Drawing("Each measure against its goal: reached to the right of the middle line", _WIDTH)
    middle = scale.at(1)
    drawing.text(middle, 22, "the goal", anchor="middle")
    drawing.text(left, 22, "10 × worse", ink="quiet", size=11)
    drawing.text(right, 22, "10 × better", ink="quiet", size=11, anchor="end")
    y = _HEADING
    for measure, mine in by_measure(findings):
        lines = wrap(f"{measure} ({mine[0].goal})", 62)
        drawing.line(_MARGIN, y, _WIDTH - _MARGIN, y, ink="grid")
        for number, words in enumerate(lines):
            drawing.text(_MARGIN, y + _LINE * (number + 1), words)
        for number, each in enumerate(mine):
            at = y + _ROW * (number + 1) - 5
            x = scale.at(_closeness(each.value.median, each.goal))
            drawing.text(left - 12, at + 4, _short(each.engine), ink="quiet", size=11, anchor="end")
            drawing.line(middle, at, x, at, ink="met" if each.met else "missed", width=2)
            mark = drawing.dot if each.met else drawing.diamond
            mark(x, at, ink="met" if each.met else "missed")
            drawing.text(right + 14, at + 4, f"{figure(each.value.median)}{each.goal.unit}", size=11)
        y += max(_LINE * len(lines), _ROW * len(mine)) + 8
    drawing.line(middle, 28, middle, y, ink="text")
    drawing.height = round(y + _LINE + 12)
    drawing.dot(_MARGIN + 6, y + 14, ink="met")
    drawing.text(_MARGIN + 16, y + 18, "reached", size=11)
    drawing.diamond(_MARGIN + 86, y + 14, ink="missed")
    drawing.text(_MARGIN + 96, y + 18, "missed", size=11)
    drawing.text(right, y + 18, "farther than ten times: at the edge", ink="quiet", size=11, anchor="end")
    return drawing.svg()


def sides(findings: Sequence[Finding], unit: str) -> str:
    """What each side needed in one group: its median, and a line from the tenth to the ninetieth hundredth."""
    left, right = 250, _WIDTH - 90
    shown = [side.spread for each in findings for side in each.sides.values()]
    scale = Scale.over([value for each in shown for value in (each.low, each.median, each.high)], left, right)
    group = findings[0].group
    drawing = Drawing(f"{TITLES.get(group, group)}: each side, in {unit}", _WIDTH)
    y = float(_HEADING)
    begun = y - 8
    rows: list[tuple[float, str, Side, bool]] = []
    for measure, mine in by_measure(findings):
        for words in wrap(measure, 120):
            y += _LINE
            drawing.text(_MARGIN, y, words)
        y += 4
        for each in mine:
            for name, side in each.sides.items():
                y += _ROW
                rows.append((y - 5, f"{_short(each.engine)} · {name}", side, name.startswith(next(iter(each.sides)))))
        y += 12
    for mark in scale.marks():
        drawing.text(scale.at(mark), 20, f"{mark:g}", ink="quiet", size=11, anchor="middle")
    drawing.text(_WIDTH - _MARGIN, 20, unit, ink="quiet", size=11, anchor="end")
    for at, label, side, ours in rows:
        _side(drawing, scale, at, label, side, ours=ours)
    drawing.line(_MARGIN, begun, _WIDTH - _MARGIN, begun, ink="grid")
    drawing.text(_MARGIN, y + 12, _HOW_TO_READ, ink="quiet", size=11)
    drawing.height = round(y + 24)
    return drawing.svg()


def _side(drawing: Drawing, scale: Scale, at: float, label: str, side: Side, *, ours: bool) -> None:
    ink = "ours" if ours else "theirs"
    spread = side.spread
    for mark in scale.marks():
        drawing.line(scale.at(mark), at - _ROW / 2, scale.at(mark), at + _ROW / 2, ink="grid")
    if not scale.powers:
        drawing.bar(scale.left, at - 5, scale.at(spread.median) - scale.left, 10, ink=ink)
    drawing.line(scale.at(spread.low), at, scale.at(spread.high), at, ink=ink, width=2)
    mark = drawing.dot if ours else drawing.diamond
    mark(scale.at(spread.median), at, ink=ink)
    drawing.text(scale.left - 12, at + 4, label, ink="quiet", size=11, anchor="end")
    drawing.text(scale.right + 14, at + 4, figure(spread.median), size=11)


def by_measure(findings: Sequence[Finding]) -> Iterator[tuple[str, list[Finding]]]:
    """The findings of each measure together, those of one engine beside those of the other."""
    for measure in dict.fromkeys(each.measure for each in findings):
        yield measure, [each for each in findings if each.measure == measure]


def _short(engine: str) -> str:
    """The engine without its release, which the page tells."""
    return engine.partition(" ")[0]


def _closeness(value: float, goal: Goal) -> float:
    """How many times better than the goal a value is; below 1, how much worse."""
    if goal.sense == "=":
        return 1.0 if goal.reached(value) else 1 / _FARTHEST
    if value <= 0:
        return _FARTHEST if goal.sense == "≤" else 1 / _FARTHEST
    return goal.limit / value if goal.sense == "≤" else value / goal.limit
