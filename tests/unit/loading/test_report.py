"""The report of a load stays small, whatever the source says."""

from app.loading.loader import Skipped
from app.loading.report import OTHERWISE, REASONS, LoadReport


def test_reasons_without_end_are_counted_together() -> None:
    report = LoadReport("load")
    for number in range(REASONS + 50):
        report.note([Skipped(f"It is {number}.", f"run {number}")])
    report.note([Skipped("It is 0.", "run again")])
    assert len(report.skipped) == REASONS + 1
    assert report.skipped["It is 0."] == 2
    assert report.skipped[OTHERWISE] == 50
    assert report.examples[OTHERWISE][0] == f"run {REASONS}: It is {REASONS}."
    assert sum(map(len, report.examples.values())) == REASONS + 1 + 3


def test_of_what_is_about_words_each_word_is_named_once_and_not_all_are() -> None:
    report = LoadReport("load")
    for word in ("first", "first", "second", *(f"word {number}" for number in range(1_000))):
        report.note([Skipped("It is odd.", f"“{word}” of a run", word)])
    assert report.skipped == {"It is odd.": 1_003}
    examples = report.examples["It is odd."]
    assert examples[:3] == ["“first” of a run", "“second” of a run", "“word 0” of a run"]
    assert len(examples) == 200


def test_a_long_row_is_cut() -> None:
    report = LoadReport("load")
    report.note([Skipped("It is odd.", "x" * 10_000)])
    assert len(report.examples["It is odd."][0]) == 1_000
