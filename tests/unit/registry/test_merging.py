"""What several sources say of one node, merged."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.registry.merging import revive, speak, withdraw
from app.registry.words import Refusal, Speaker, Standing, Word, new_token
from graph_schema.nodes import DATASET_VERSION, MODEL_VERSION, RUN

KEY = {"runSource": "r", "runId": "1"}
SHA = "sha256:" + "0" * 64


def word(source: str, at: int, method: str = "CLAIMED", **properties: Any) -> Word:
    return Word(source, "actor", at, properties, method=method)


def standing(*words: Word, node: str = "Run", kept: bool | None = None) -> Standing:
    latest = max((each.recorded_at for each in words), default=0)
    return Standing(node, "u" * 64, KEY, list(words), len(words) > 1 if kept is None else kept, latest)


def says(source: str, now: int = 100, **rest: Any) -> Speaker:
    return Speaker(source, "actor", now, **rest)


def test_the_first_word_makes_it_described() -> None:
    change = speak(RUN, standing(), [{"name": "x", "status": None}], says("a"))
    assert change.statuses == ["CREATED"]
    assert (change.properties["name"], change.properties["undescribed"], change.properties["statements"]) == (
        "x",
        False,
        0,
    )
    assert change.statements == []


def test_nothing_new_changes_nothing() -> None:
    change = speak(RUN, standing(word("a", 1, name="x")), [{"name": "x"}, {"status": None}], says("a"))
    assert change.statuses == ["UNCHANGED", "UNCHANGED"]
    assert (change.properties, change.statements) == ({}, [])


def test_each_of_several_items_is_told_what_it_changed() -> None:
    change = speak(RUN, standing(word("a", 1, name="x")), [{"name": "x"}, {"name": "y"}, {"name": "y"}], says("a"))
    assert change.statuses == ["UNCHANGED", "UPDATED", "UNCHANGED"]


def test_what_the_only_source_said_before_is_kept() -> None:
    change = speak(RUN, standing(word("a", 1, name="x", status="s")), [{"name": "y"}], says("a"))
    [kept] = change.statements
    assert (json.loads(kept["word"]), kept["recordedAt"], kept["supersededAt"]) == (
        {"name": "x", "status": "s"},
        1,
        100,
    )
    assert json.loads(change.properties["since"]) == {"status": 1}
    assert change.properties["recordedAt"] == 100


def test_a_second_source_has_both_words_kept() -> None:
    change = speak(RUN, standing(word("a", 1, name="x")), [{"status": "s"}], says("b"))
    assert [(row["source"], json.loads(row["word"])) for row in change.statements] == [
        ("a", {"name": "x"}),
        ("b", {"status": "s"}),
    ]
    assert (change.properties["name"], change.properties["status"], change.properties["source"]) == ("x", "s", "b")
    assert (change.properties["statements"], change.properties["scopes"]) == (2, None)


def test_verified_goes_before_claimed_and_then_the_newest_and_then_the_name() -> None:
    words = [word("a", 5, "VERIFIED", name="a"), word("b", 9, name="b", user="b"), word("c", 9, name="c", user="c")]
    change = speak(RUN, standing(*words), [{"status": "s"}], says("d"))
    assert (change.properties["name"], change.properties["user"], change.properties["source"]) == ("a", "b", "a")


def test_a_word_that_is_said_again_is_no_newer() -> None:
    words = [word("a", 1, name="a"), word("b", 2, name="b")]
    change = speak(RUN, standing(*words), [{"name": "a", "status": "s"}], says("a"))
    assert (change.statuses, change.properties["name"], change.properties["status"]) == (["UPDATED"], "b", "s")


def test_the_record_never_goes_back_in_time() -> None:
    change = speak(RUN, standing(word("a", 500, name="x")), [{"name": "y"}], says("a", now=100))
    assert change.properties["recordedAt"] == 501


def test_a_fixed_value_is_refused_with_both() -> None:
    words = standing(word("a", 1, digest="one"), node="DatasetVersion")
    for source, value in (("a", "two"), ("b", "two"), ("a", None)):
        [refused] = speak(DATASET_VERSION, words, [{"digest": value}], says(source)).statuses
        assert isinstance(refused, Refusal)
        assert (refused.code, refused.field) == ("FIXED_VALUE", "digest")
        assert "one" in refused.message
        assert (value or "null") in refused.message
    assert speak(DATASET_VERSION, words, [{"digest": "one"}], says("b")).statuses == ["UPDATED"]
    assert speak(DATASET_VERSION, words, [{"digest": None}], says("b")).statuses == ["UPDATED"]
    refused, taken = speak(DATASET_VERSION, words, [{"digest": "two"}, {"uri": "x"}], says("a")).statuses
    assert isinstance(refused, Refusal)
    assert taken == "UPDATED"


@pytest.mark.parametrize(
    ("before", "said", "field"),
    (
        ({"startedAt": 5}, {"endedAt": 4}, "endedAt"),
        ({"endedAt": 4}, {"startedAt": 5}, "startedAt"),
        ({"startedAt": 3, "endedAt": 4}, {"startedAt": 5}, "startedAt"),
    ),
)
def test_a_source_does_not_end_before_it_began_what_it_spoke_of_before(
    before: dict[str, Any], said: dict[str, Any], field: str
) -> None:
    stands = standing(word("a", 1, **before))
    [refused] = speak(RUN, stands, [said], says("a")).statuses
    assert isinstance(refused, Refusal)
    assert (refused.code, refused.field) == ("BAD_VALUE", field)
    assert refused.message.endswith("The other time was said before.")
    assert speak(RUN, stands, [said], says("b")).statuses == ["UPDATED"]  # two sources stand side by side
    assert speak(RUN, stands, [{"startedAt": 9, "endedAt": 9}], says("a")).statuses == ["UPDATED"]
    assert "UPDATED" in speak(RUN, stands, [{"startedAt": None}, {"endedAt": None}], says("a")).statuses


@pytest.mark.parametrize(
    ("claims", "stage", "since"),
    (
        ([("a", 1, "PRODUCTION", 50), ("b", 2, "STAGING", 40)], "PRODUCTION", 50),
        ([("a", 1, "PRODUCTION", None), ("b", 2, "STAGING", None)], "STAGING", None),
        ([("a", 1, "PRODUCTION", None), ("b", 2, "STAGING", 1)], "STAGING", 1),
        ([("a", 3, "PRODUCTION", None), ("b", 2, "STAGING", 1)], "PRODUCTION", None),
        ([("a", 2, "PRODUCTION", None), ("b", 2, "STAGING", None)], "PRODUCTION", None),
        ([], "DEVELOPMENT", None),
    ),
)
def test_the_later_claim_in_the_world_counts(claims: list[Any], stage: str, since: int | None) -> None:
    words = [
        word(source, at, claimedStage=claimed, **({"claimedStageSince": of} if of else {}))
        for source, at, claimed, of in claims
    ]
    change = speak(MODEL_VERSION, standing(*words, word("z", 9), kept=True), [{"framework": "x"}], says("z"))
    assert (change.properties["stage"], change.properties["claimedStageSince"]) == (stage, since)


def test_since_belongs_to_the_stage_that_was_claimed() -> None:
    words = standing(word("a", 1, claimedStage="PRODUCTION", claimedStageSince=1), node="ModelVersion")
    change = speak(MODEL_VERSION, words, [{"claimedStage": "ARCHIVED"}], says("a"))
    assert (change.properties["stage"], change.properties["claimedStageSince"]) == ("ARCHIVED", None)
    same = speak(MODEL_VERSION, words, [{"claimedStage": "PRODUCTION"}], says("a"))
    assert same.statuses == ["UNCHANGED"]


def test_a_word_said_again_in_another_scope_or_load_is_held_there() -> None:
    one = speak(RUN, standing(word("a", 1)), [{}], says("a", scope="x"))
    assert (one.statuses, one.properties) == (["UNCHANGED"], {}), "what merges the node itself notes it there"
    two = speak(RUN, standing(word("a", 1), word("b", 2)), [{}], says("a", scope="x", load="t"))
    [kept] = two.statements
    assert (two.properties, kept["scopes"], kept["loads"]) == ({}, ["x"], ["t"])
    said = Word("a", "actor", 1, {}, scopes=("x",), loads=("t",))
    again = speak(RUN, standing(said, word("b", 2)), [{}], says("a", scope="x", load="t"))
    assert (again.properties, again.statements) == ({}, [])


def test_the_last_word_that_goes_retracts_the_node() -> None:
    change = withdraw(RUN, standing(word("a", 1, name="x")), "a", says("a"), touched=False)
    assert change.properties == {"retractedAt": 100, "retractedBy": "actor"}
    assert change.statements == []


def test_what_is_still_touched_stays_undescribed() -> None:
    change = withdraw(MODEL_VERSION, standing(word("a", 1, claimedStage="PRODUCTION")), "a", says("a"), touched=True)
    assert (change.properties["undescribed"], change.properties["claimedStage"]) == (True, None)
    assert (change.properties["stage"], change.statements[0]["retractedAt"]) == ("DEVELOPMENT", 100)


def test_of_two_words_the_other_stays() -> None:
    change = withdraw(RUN, standing(word("a", 1, name="x"), word("b", 2, name="y")), "b", says("b"), touched=False)
    assert (change.properties["name"], change.properties["source"], change.properties["statements"]) == ("x", "a", 1)
    [kept] = change.statements
    assert (kept["source"], kept["retractedBy"]) == ("b", "actor")


def test_a_retracted_word_is_kept_once_something_else_is_said() -> None:
    gone = standing()
    gone.retired, gone.retracted_at, gone.retracted_by = word("a", 1, name="x"), 50, "who"
    for change in (speak(RUN, gone, [{"name": "y"}], says("a")), revive(RUN, gone, says("b"))):
        [kept] = change.statements
        assert (kept["retractedAt"], kept["retractedBy"]) == (50, "who")
        assert change.properties["retractedAt"] is None


def test_a_fact_remembers_every_load_that_is_under_way() -> None:
    hour = 3_600 * 1_000_000
    ended, going, late = new_token(0), new_token(1_000_000), new_token(2 * hour)
    speaker = says("a", now=2 * hour + 5_000_000, load=new_token(2 * hour), others=[going])
    assert speaker.marks([ended, going, late, speaker.load]) == [going, late, speaker.load]
    assert speaker.marks(()) == [speaker.load]
    assert says("a", now=2 * hour).marks([ended]) == [ended], "what is said outside of a load forgets nothing"
    assert len({len(each) for each in (ended, going, late, new_token(2**55))}) == 1
    assert ended < going < late < new_token(2**55)


VALUES = st.dictionaries(st.sampled_from(["name", "status", "user"]), st.sampled_from(["x", "y", None]))


def _of(source: str, said: dict[str, tuple[int, str]]) -> Word:
    since = {name: at for name, (at, _) in said.items()}
    properties: dict[str, Any] = {name: value for name, (_, value) in said.items()}
    return Word(source, "actor", max([1, *since.values()]), properties, since)


@given(st.lists(st.tuples(st.sampled_from("abc"), VALUES), min_size=1))
def test_what_shows_is_the_newest_that_somebody_still_says(said: list[tuple[str, dict[str, str | None]]]) -> None:
    state, latest = standing(), dict[str, dict[str, tuple[int, str]]]()
    for now, (source, values) in enumerate(said, 1):
        change = speak(RUN, state, [values], says(source, now))
        mine = latest.setdefault(source, {})
        for name, value in values.items():
            if value is None:
                mine.pop(name, None)
            elif mine.get(name, (0, None))[1] != value:
                mine[name] = (now, value)
        words = [_of(source, said_by) for source, said_by in latest.items()]
        state = standing(*words)
        state.recorded_at = 0
        if change.properties.get("undescribed") is False:
            for name in ("name", "status", "user"):
                saying = [(-of[name][0], each, of[name][1]) for each, of in latest.items() if name in of]
                assert change.properties[name] == (min(saying)[2] if saying else None)
