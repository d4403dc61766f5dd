"""What the bench computes, says and makes up is right; what it measures is no test's business."""

import json
from io import StringIO

import pytest
from rich.console import Console

from tests.bench import diamonds, inventory, report
from tests.bench.bulk import Stored
from tests.bench.bulk_calls import ITEMS_A_VERSION, items
from tests.bench.machine import Machine
from tests.bench.registering import ITEMS_A_CALL, batches
from tests.bench.results import Finding, Goal, Side, figure
from tests.bench.timing import Effort, Pair, Spread, interleave

MACHINE = Machine(2, 16, "a processor", "Linux 6.1", {"python": "3.11.7"})


def _finding(value: float, goal: Goal) -> Finding:
    return Finding(
        "Neo4j 5.26", "ours ÷ theirs", goal, Spread(value, 1, 2, 9), {"Pedigree": Side.time([0.001])}, "a note"
    )


def test_a_spread_is_the_median_between_two_tenths() -> None:
    assert Spread.of([float(number) for number in range(100, -1, -1)]) == Spread(50, 10, 90, 101)
    assert Spread.of([3]) == Spread(3, 3, 3, 1)
    two = Spread.of([1, 2])
    assert (two.median, two.low, two.high) == pytest.approx((1.5, 1.1, 1.9))


def test_a_ratio_is_of_the_medians_and_its_spread_of_the_turns() -> None:
    pair = Pair(ours=(1, 2, 9), theirs=(1, 1, 3))
    assert pair.slower().median == 2
    assert pair.slower().high == pytest.approx(2.8)
    assert pair.faster().median == 0.5


def test_the_sides_take_turns_and_the_first_one_changes() -> None:
    said: list[str] = []
    pair = interleave(lambda: said.append("a"), lambda: said.append("b"), Effort(turns=4, least=4, warm_up=1))
    assert "".join(said) == "ab" + "baabbaab"
    assert len(pair.ours) == len(pair.theirs) == 4


def test_each_side_is_settled_before_what_counts() -> None:
    said: list[str] = []
    effort = Effort(turns=2, least=2, warm_up=0)
    pair = interleave(lambda: said.append("a"), lambda: said.append("b"), effort, settle=True)
    assert "".join(said) == "bbaaaabb"
    assert (len(pair.ours), len(pair.theirs), len(pair.first)) == (2, 2, 2)


def test_what_is_timed_beside_is_done_twice_at_the_end_of_each_turn() -> None:
    said: list[str] = []
    effort = Effort(turns=2, least=2, warm_up=0)
    pair = interleave(lambda: said.append("a"), lambda: said.append("b"), effort, beside=lambda: said.append("c"))
    assert "".join(said) == "baccabcc"
    assert len(pair.beside) == 2


def test_no_turn_begins_after_its_time_but_the_least() -> None:
    assert len(interleave(int, int, Effort(turns=100, seconds=0, least=3, warm_up=0)).ours) == 3


@pytest.mark.parametrize(
    ("value", "goal", "verdict"),
    (
        (1.5, Goal(1.5, "≤", " ×"), "met"),
        (1.504, Goal(1.5, "≤", " ×"), "met"),
        (1.51, Goal(1.5, "≤", " ×"), "missed: 1.51 ×"),
        (299.4, Goal(300, "≥", " ×"), "missed: 299 ×"),
        (301, Goal(300, "≥", " ×"), "met"),
        (1, Goal(1, "="), "met"),
        (2, Goal(1, "="), "missed: 2.00"),
    ),
)
def test_the_verdict_goes_by_the_figure_that_is_shown(value: float, goal: Goal, verdict: str) -> None:
    assert _finding(value, goal).verdict == verdict


def test_a_figure_has_the_digits_that_it_is_worth() -> None:
    assert [figure(value) for value in (0.567, 1.234, 12.34, 123.4)] == ["0.57", "1.23", "12.3", "123"]


def test_the_table_the_json_and_the_page_tell_the_same() -> None:
    findings = [_finding(1.2, Goal(1.5, "≤", " ×")), _finding(3, Goal(1.5, "≤", " ×"))]
    screen = StringIO()
    Console(file=screen, width=200).print(report.table(findings))
    page = report.page(findings, MACHINE)
    for text in (screen.getvalue(), page):
        assert "1.20 ×" in text
    assert "missed: 3.00 ×" in screen.getvalue()
    assert "1.20 ×, met" in report.page(findings[:1], MACHINE)
    assert "3.00 ×, **missed**" in page
    assert "2 cores (a processor), 16 GiB, Linux 6.1; python 3.11.7" in page
    told = json.loads(json.dumps(report.document(findings, MACHINE)))
    assert [each["met"] for each in told["findings"]] == [True, False]


def test_the_inventory_is_the_same_each_time_and_has_an_answer() -> None:
    made = inventory.make(1_000)
    assert made == inventory.make(1_000)
    assert 0 < len(made.answer) < sum(version.production for version in made.versions) == 50


def test_the_answer_needs_derived_data_and_tuned_versions() -> None:
    made = inventory.make(10_000)
    direct = {(each.model, each.number) for each in made.versions if inventory.ASKED in each.run.reads}
    assert made.answer - direct


def test_items_go_in_calls_of_five_hundred() -> None:
    told = list(items(0, 200))
    assert len(told) == 200 * ITEMS_A_VERSION
    sizes = [sum(len(each["input"][kind]) for kind in ("nodes", "relationships")) for each in batches(told)]
    assert sizes == [ITEMS_A_CALL, 300]


def test_diamonds_and_tree_are_as_many_and_as_deep() -> None:
    wide, narrow = diamonds.diamonds(), diamonds.tree()
    assert len(wide) == len(narrow) == 160
    assert diamonds.hops(wide) == diamonds.hops(narrow)
    assert max(diamonds.hops(wide).values()) == 80
    assert len(diamonds.hops(wide)) == 121


def test_rows_are_renamed_with_their_ends_but_not_what_was_there_before() -> None:
    stored = Stored(
        {"Run": [{"uid": "a"}, {"uid": "b"}]}, {("USED", "Run", "Data"): [("a", "b", {"uid": "c"})]}, frozenset("b")
    )
    assert stored.rows == 3
    again = stored.renamed("x")
    assert again.nodes == {"Run": [{"uid": "xa"}, {"uid": "b"}]}
    assert again.relationships == {("USED", "Run", "Data"): [("xa", "b", {"uid": "xc"})]}
