"""Nothing that a source says makes a terminal do anything."""

import io
from pathlib import Path
from typing import Any

import pytest
from rich.table import Table
from rich.text import Text

from app.commands.answers import completeness, impact_edges, name_of, witness
from app.commands.reports import show_report
from app.commands.terminal import complain, err, out, told
from app.errors import ErrorCode, PedigreeError
from app.loading.loader import Skipped
from app.loading.report import LoadReport, Refusal

BAD = "ok\x1b]0;owned\x07\x1b[2J\r\x9b1A\u202e\nComplete: nothing"
RUN = {"__typename": "Run", "source": BAD, "runId": BAD, "runName": BAD}
MODEL = {"__typename": "ModelVersion", "namespace": BAD, "name": BAD, "version": BAD, "stage": "PRODUCTION"}
SAID = {"type": "GENERATED_BY", "source": BAD, "method": "CLAIMED", "confidence": 1}
STEP = {"from": RUN, "to": MODEL, "relationship": SAID}
SERVED = {"edges": [{"node": {"endpoint": {"environment": BAD, "name": BAD}}}]}

Printed = pytest.CaptureFixture[str]


WORDS = "山田\u3000太郎 v12, \U0001fa77\u00a0until 2031, \U0001f469\u200d\U0001f4bb, a\u200cb"
"""Spaces, letters and signs of which Python or a font may know nothing, and which no terminal obeys."""


def harmless(text: str) -> bool:
    """Whether it holds nothing but what is seen, in lines none of which a source began."""
    lines = text.split("\n")
    return all(each.isprintable() and not each.lstrip().startswith("Complete: nothing") for each in lines)


def test_names_in_an_answer(capsys: Printed) -> None:
    console = out()
    console.width = 1_000  # so that no name is folded
    impact_edges([{"hops": 1, "node": MODEL | {"deployments": SERVED}, "witness": [STEP]}], console)
    console.print(witness([STEP]))
    found: dict[str, Any] = {"complete": False, "truncatedBy": (), "hiddenCount": 0, "unknownAncestry": 0}
    completeness(found | {"staleSources": [{"name": BAD}]}, console)
    text = capsys.readouterr().out
    assert r"(ok\x1b]0;owned\x07\x1b[2J\r\x9b1A\u202e\nComplete: nothing)" in text
    assert harmless(text)


def test_what_a_load_reports(capsys: Printed) -> None:
    report = LoadReport("load")
    report.note([Skipped(BAD, BAD)])
    report.refusals.append(Refusal(BAD, BAD, BAD, BAD))
    report.refusals.append(Refusal("BAD_VALUE", "It is odd.", {"run": {"name": BAD}}))
    report.not_completed = BAD
    show_report(report, dry=False, file=None)
    printed = capsys.readouterr()
    assert printed.err.count("owned") == 8
    assert harmless(printed.out)
    assert harmless(printed.err)


def test_whatever_else_is_printed(capsys: Printed) -> None:
    complain("Line 1.\nLine 2\x1b[2J, a Модель – é.")
    table = Table("Name")
    table.add_row("a\x1b[2J")
    err().print(table, Text("b\x1b[2J", style="bold"), "c\x1b[2J\udcff", markup=False)
    text = capsys.readouterr().err
    assert text.startswith("Error: Line 1.\nLine 2\\x1b[2J, a Модель – é.\n")
    assert text.count(r"\x1b[2J") == 3
    assert r"a\x1" in text  # a cell is as wide as it was before
    assert r"\udcff" in text
    assert harmless(text)


def test_words_of_any_script_are_shown_as_they_are(capsys: Printed) -> None:
    table = Table("Reason", "Placed")
    table.add_row(WORDS, "x")
    out().print(table)
    out().print(told(WORDS))
    out().print(WORDS)
    out().print(name_of(RUN | {"source": "s", "runId": "r", "runName": WORDS}))
    assert capsys.readouterr().out.count(WORDS) == 4


def test_colours_stay() -> None:
    file = io.StringIO()
    console = type(out())(file=file, force_terminal=True, color_system="standard", highlight=False)
    console.print("[red]Refused[/]", Text("x\x1b[2J"))
    assert file.getvalue() == "\x1b[31mRefused\x1b[0m x\\x1b[2J\n"


def test_a_failure_is_told_as_well(tmp_path: Path, capsys: Printed) -> None:
    report = LoadReport("load", failure=PedigreeError(BAD.replace("\n", ""), code=ErrorCode.SOURCE_UNUSABLE))
    show_report(report, dry=False, file=tmp_path / "file.jsonl")
    printed = capsys.readouterr()
    assert "owned" in printed.err
    assert harmless(printed.err)
