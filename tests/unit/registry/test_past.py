"""What a node was before it became what it is, told from its words and the relationships that touched it."""

import random

from hypothesis import given
from hypothesis import strategies as st

from app.registry.past import Record, Said, State, Touch, states
from app.registry.words import Word
from graph_schema.nodes import MODEL_VERSION, RUN

KEY = {"runSource": "r", "runId": "1"}


def said(source: str, at: int, until: int | None = None, *, by: str | None = None, **properties: object) -> Said:
    return Said(Word(source, f"{source}'s", at, dict(properties)), until, by)


def past(now: int, *words: Said, touched: tuple[Touch, ...] = ()) -> list[State]:
    return list(states(Record(RUN, "u", KEY, now, list(words), list(touched))))


def times(told: list[State]) -> list[tuple[int, int | None, bool]]:
    """Of each state but the last: from when to when, and whether the node was retracted then."""
    assert [state.until for state in told].index(None) == len(told) - 1
    for state in told:
        assert state.shown["recordedAt"] == state.standing.recorded_at
        assert state.shown.get("retractedAt") in {None, state.until}
    return [(state.standing.recorded_at, state.until, bool(state.shown.get("retractedAt"))) for state in told[:-1]]


def test_what_never_changed_has_no_past() -> None:
    assert times(past(5, said("a", 5, name="x"))) == []
    assert times(past(5)) == []


def test_a_word_shows_until_the_next() -> None:
    told = past(9, said("a", 7, 9, name="y"), said("a", 5, 7, name="x"), said("a", 9, name="z"))
    assert times(told) == [(5, 7, False), (7, 9, False)]
    assert [state.shown["name"] for state in told] == ["x", "y", "z"]


def test_words_are_kept_as_statements_since_two_sources_spoke_until_none_does() -> None:
    told = past(
        9,
        said("a", 1, 4, by="A", name="x"),
        said("b", 2, 3, by="B", name="y"),
        said("a", 5, 9, name="z"),
        said("a", 9, name="0"),
    )
    assert times(told) == [(1, 2, False), (2, 3, False), (3, 4, True), (5, 9, False)]
    assert [state.shown["statements"] for state in told] == [0, 2, 1, 0, 0]
    assert [state.shown["retractedBy"] for state in told] == [None, None, "A", None, None]


def test_what_only_a_relationship_named_shows_whose_that_is() -> None:
    told = past(9, said("a", 9, name="x"), touched=(Touch(4, None, "b", "B"), Touch(3, 6, "c", "C", "D")))
    assert times(told) == [(3, 9, False)]
    shown = told[0].shown
    assert shown["undescribed"]
    assert [shown[name] for name in ("source", "assertedBy", "method", "confidence")] == ["c", "C", "CLAIMED", 1.0]


def test_it_is_gone_between_two_relationships_and_there_again_with_the_next() -> None:
    touched = (Touch(5, 8, "b", "B", "E"), Touch(1, 3, "a", "A", "D"), Touch(8, 9, "c", "C", "F"))
    told = past(20, said("a", 20), touched=touched)
    assert times(told) == [(1, 3, True), (5, 9, True)]
    assert [state.shown.get("retractedBy") for state in told[:-1]] == ["D", "F"]
    assert [state.shown["source"] for state in told[:-1]] == ["a", "b"]


def test_a_shorter_relationship_within_a_longer_one_ends_nothing() -> None:
    touched = (
        Touch(1, 9, "a", "A", "D"),
        Touch(2, 3, "b", "B", "E"),
        Touch(12, None, "c", "C"),
        Touch(13, 14, "d", "D"),
    )
    told = past(20, said("a", 20), touched=touched)
    assert times(told) == [(1, 9, True), (12, 20, False)]
    assert told[0].shown["retractedBy"] == "D"


def test_what_is_taken_back_while_a_relationship_touches_it_stays_as_its_source_left_it() -> None:
    told = past(20, said("a", 1, 5, by="A", name="x"), said("a", 20), touched=(Touch(2, 9, "b", "B", "C"),))
    assert times(told) == [(1, 5, False), (5, 9, True)]
    assert (told[1].shown["source"], told[1].shown["assertedBy"], told[1].shown["name"]) == ("a", "a's", None)
    assert told[1].shown["retractedBy"] == "C"


def test_a_relationship_changes_nothing_of_what_is_described() -> None:
    told = past(9, said("a", 1, 9, name="x"), said("a", 9), touched=(Touch(2, 3, "b", "B"), Touch(3, None, "b", "B")))
    assert times(told) == [(1, 9, False)]


def test_each_state_has_the_snapshot_of_its_time() -> None:
    told = past(9, said("a", 1, 5, name="x"), said("a", 5, 9, name="y"), said("a", 9))
    assert len({state.snapshot for state in told}) == len(told)


def test_claims_add_up_as_long_as_it_is_described() -> None:
    words = [
        said("a", 1, 3, claimedStage="STAGING"),
        said("b", 2, 4, by="B", claimedStage="PRODUCTION", claimedStageSince=0),
        said("a", 3, 6, by="A", framework="f"),
        said("c", 8, claimedStage="RETIRED"),
    ]
    told = list(states(Record(MODEL_VERSION, "u", {"namespace": "n", "name": "m", "version": "1"}, 8, words)))
    assert [state.shown["claims"] for state in told] == [
        '{"a":[[1,"STAGING",1]]}',
        '{"a":[[1,"STAGING",1]],"b":[[0,"PRODUCTION",2]]}',
        '{"a":[[1,"STAGING",1],[3,null,3]],"b":[[0,"PRODUCTION",2]]}',
        '{"a":[[1,"STAGING",1],[3,null,3]]}',
        '{"c":[[8,"RETIRED",8]]}',
    ]


@given(st.lists(st.tuples(st.integers(0, 20), st.integers(1, 5)), max_size=6), st.randoms())
def test_it_lived_when_any_relationship_did(spans: list[tuple[int, int]], shuffled: random.Random) -> None:
    touched = [Touch(since, since + length, "s", "S", "R") for since, length in spans]
    shuffled.shuffle(touched)
    told = past(100, said("a", 100), touched=tuple(touched))[:-1]
    for at in range(30):
        lived = any(state.standing.recorded_at <= at < (state.until or 0) for state in told)
        assert lived == any(since <= at < since + length for since, length in spans)
