"""The page's pictures are whole files, tell what was found, and need nothing from elsewhere."""

import re
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from tests.bench import report
from tests.bench.machine import Machine
from tests.bench.pictures import GOALS, pictures
from tests.bench.results import Finding, Goal, Side
from tests.bench.scale import Scale
from tests.bench.svg import Drawing
from tests.bench.timing import Spread
from tests.bench.titles import TITLES

MACHINE = Machine(2, 16, "a processor", "Linux 6.1", {"python": "3.11.7"})
SVG = "{http://www.w3.org/2000/svg}"
AT_MOST = Goal(1.5, "≤", " ×")


def _finding(value: float, engine: str = "Neo4j 5.26", goal: Goal = AT_MOST, group: str = "driver") -> Finding:
    sides = {"Pedigree": Side.time([0.0012, 0.0013]), "Pedigree cold": Side.time([0.002]), "<driver>": Side.time([1])}
    return Finding(engine, "ours & theirs", goal, Spread(value, 1, 2, 9), sides, "a note", group)


def _parsed(svg: str) -> ET.Element:
    return ET.fromstring(svg)  # noqa: S314 - our own drawing


def _texts(svg: str) -> list[str]:
    return [each.text or "" for each in _parsed(svg).iter(f"{SVG}text")]


def _marks(svg: str) -> list[tuple[str, float]]:
    """Each mark that is drawn, with its ink and how far right it is, without those of the legend."""
    found: list[tuple[str, float]] = []
    for each in _parsed(svg).iter():
        if each.tag == f"{SVG}circle":
            found.append((each.attrib["class"], float(each.attrib["cx"])))
        elif each.tag == f"{SVG}polygon":
            found.append((each.attrib["class"], float(each.attrib["points"].split(",")[0])))
    return [(ink, x) for ink, x in found if x > 200]


def test_there_is_a_picture_of_all_goals_and_one_of_each_group_whose_sides_have_a_unit() -> None:
    count = Finding("Neo4j", "statements", Goal(1, "="), Spread.of([1]), {"impact": Side.of(1)}, group="statements")
    assert list(pictures([_finding(1.2), _finding(2, group="bulk"), count])) == [GOALS, "driver", "bulk"]
    assert pictures([]) == {}


@pytest.mark.parametrize("name", (GOALS, "driver"))
def test_a_picture_is_readable_on_light_and_dark_pages_and_asks_for_nothing(name: str) -> None:
    picture = pictures([_finding(1.2), _finding(2, "ArcadeDB 26")])[name]
    assert _parsed(picture).attrib["role"] == "img"
    assert "prefers-color-scheme: dark" in picture
    outside = re.findall(r"https?://[^\"]+|@import|url\(|<script|<image|href", picture)
    assert outside == ["http://www.w3.org/2000/svg"]
    root = _parsed(picture)
    inks = {each.attrib["class"] for each in root.iter() if "class" in each.attrib}
    style = next(root.iter(f"{SVG}style")).text or ""
    assert {ink for ink in inks if style.count(f".{ink} {{") != 2} == set(), "each ink has a colour in both lights"


def test_a_goal_is_right_of_the_middle_where_it_is_reached_and_left_where_missed() -> None:
    found = [_finding(1.0), _finding(3.0, "ArcadeDB 26"), _finding(-0.1, goal=Goal(0.05, "≤")), _finding(1.5)]
    drawn = pictures(found)[GOALS]
    (met, better), (missed, worse), (_, best), (_, middle) = _marks(drawn)
    assert (met, missed) == ("met", "missed")
    assert worse < middle < better < best
    assert {"Neo4j", "ArcadeDB", "1.00 ×", "3.00 ×", "-0.10"} <= {*_texts(drawn)}


def test_a_goal_that_must_be_exceeded_counts_the_other_way() -> None:
    at_least = Goal(100, "≥", " ×")
    (_, missed), (_, met), (_, least) = _marks(
        pictures([_finding(value, goal=at_least) for value in (50, 200, 0)])[GOALS]
    )
    assert least < missed < met


def test_the_sides_are_told_apart_by_ink_and_shape_and_named() -> None:
    drawn = pictures([_finding(1.2), _finding(2, "ArcadeDB 26")])["driver"]
    assert [ink for ink, _ in _marks(drawn)].count("theirs") == 2
    assert [ink for ink, _ in _marks(drawn)].count("ours") == 4
    assert {"ours & theirs", "Neo4j · <driver>", "ArcadeDB · Pedigree cold", "1.25", "ms"} <= {*_texts(drawn)}
    assert len(list(_parsed(drawn).iter(f"{SVG}polygon"))) == 2


def test_nothing_is_drawn_outside() -> None:
    for picture in pictures([_finding(value) for value in (0.0001, 1.2, 1e6)]).values():
        root = _parsed(picture)
        width, height = float(root.attrib["width"]), float(root.attrib["height"])
        for each in root.iter():
            across = [float(each.attrib[name]) for name in ("x", "x1", "x2", "cx") if name in each.attrib]
            down = [float(each.attrib[name]) for name in ("y", "y1", "y2", "cy") if name in each.attrib]
            assert all(0 <= value <= width for value in across)
            assert all(0 <= value <= height for value in down)


def test_an_axis_begins_at_zero_or_goes_by_powers_of_ten() -> None:
    near = Scale.over([2, 7], 0, 100)
    assert (near.low, near.high, near.marks()) == (0, 8, [0, 2, 4, 6, 8])
    assert (near.at(0), near.at(4), near.at(9)) == (0, 50, 100)
    far = Scale.over([2, 700], 0, 100)
    assert (far.low, far.high, far.marks()) == (1, 1000, [1, 10, 100, 1000])
    assert far.at(10) == pytest.approx(100 / 3)
    assert (far.at(0.1), far.at(1e9)) == (0, 100)
    assert Scale.over([5, 5], 0, 1).high == 6


def test_what_is_written_cannot_be_markup() -> None:
    drawing = Drawing('a "title" <b>', 10, 10)
    drawing.text(1, 1, "<b> & co")
    assert _texts(drawing.svg()) == ["<b> & co"]
    assert _parsed(drawing.svg()).attrib["aria-label"] == 'a "title" <b>'


def test_the_page_has_the_engines_side_by_side_and_its_pictures(tmp_path: Path) -> None:
    (tmp_path / "performance").mkdir()
    (tmp_path / "performance" / "of-an-earlier-run.svg").write_text("old")
    findings = [_finding(1.2), _finding(3, "ArcadeDB 26"), _finding(2, "ArcadeDB 26", group="bulk")]
    report.write(tmp_path, findings, MACHINE, ["Memory: cannot be had"])
    page = (tmp_path / "performance.md").read_text(encoding="utf-8")
    shown = re.findall(r"!\[.+\]\((.+)\)", page)
    assert [tmp_path / each for each in shown] == [
        tmp_path / "performance" / f"{name}.svg" for name in (GOALS, "driver", "bulk")
    ]
    assert {path.name for path in (tmp_path / "performance").iterdir()} == {Path(each).name for each in shown}
    assert "| measure | goal | Neo4j 5.26 | ArcadeDB 26 |" in page
    assert f"## {TITLES['bulk']}" in page
    assert "- Memory: cannot be had." in page


def test_engines_stand_side_by_side_where_they_share_a_measure() -> None:
    page = report.page([_finding(1.2), _finding(3, "ArcadeDB 26")], MACHINE)
    assert "| ours & theirs | ≤ 1.5 × | 1.20 ×, met | 3.00 ×, **missed** |" in page
    assert page.count("a note") == 1
    alone = report.page([_finding(1.2), Finding("ArcadeDB 26", "else", AT_MOST, Spread.of([1]))], MACHINE)
    assert "| ours & theirs | ≤ 1.5 × | 1.20 ×, met |  |" in alone


def test_a_side_is_told_with_its_spread_and_a_count_as_a_count() -> None:
    assert str(Side.time([0.00124, 0.00124, 0.00124])) == "1.24 ms (1.24 to 1.24)"
    assert str(Side.rate([0.5], 125, "versions")) == "250 versions/s"
    assert str(Side.of(1)) == "1"
