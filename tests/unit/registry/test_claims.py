"""The stage of a version at each time, held against a log of claims that is read anew for each time."""

from hypothesis import given
from hypothesis import strategies as st

from app.registry.claims import Claim, claimed, read_claims, stored_claims, timeline
from app.registry.words import Word

STAGES = ("STAGING", "PRODUCTION", "RETIRED")
Said = tuple[str, str | None, int | None]
"""A source, the stage that it claims or None, and since when or None."""

SAID = st.tuples(
    st.sampled_from(("a", "b")), st.sampled_from((*STAGES, None)), st.one_of(st.none(), st.integers(0, 60))
)


def word(said: Said, at: int) -> Word:
    source, stage, since = said
    properties = {"claimedStage": stage, "claimedStageSince": since}
    return Word(source, "actor", at, {name: value for name, value in properties.items() if value is not None})


def expected(log: list[tuple[int, Said]], at: int) -> str:
    """Of each source the latest that it said of this time; of these the latest in the world."""
    latest: dict[str, tuple[int, int, str | None]] = {}
    for said_at, (source, stage, since) in log:
        begins = said_at if since is None or stage is None else since
        if begins <= at:
            latest[source] = (begins, said_at, stage)
    claims = [(-begins, -said_at, source, stage) for source, (begins, said_at, stage) in latest.items() if stage]
    return min(claims)[-1] if claims else "DEVELOPMENT"


@given(st.lists(SAID, max_size=12))
def test_the_timeline_says_of_each_time_what_a_replayed_log_says(log: list[Said]) -> None:
    claims: dict[str, list[Claim]] = {}
    words: dict[str, Word] = {}
    told: list[tuple[int, Said]] = []
    for at, said in enumerate(log, start=10):
        source, stage, _ = said
        before = words.get(source)
        if before is None and stage is None:
            continue  # nothing was claimed that could be taken back
        new = word(said, at)
        if before is None or before.properties != new.properties:
            words[source] = new
            told.append((at, said))
        # What was recorded is read again from what is stored of it.
        claims = read_claims(stored_claims(claimed(claims, list(words.values()), at), at)["claims"])
    times, stages = timeline(claims)
    for at in range(70):
        found = "DEVELOPMENT"
        for since, stage in zip(times, stages, strict=True):
            found = stage if since <= at else found
        assert found == expected(told, at)


def test_who_says_nothing_any_more_claims_nothing_of_any_time() -> None:
    both = claimed({}, [word(("a", "STAGING", 1), 10), word(("b", "PRODUCTION", 2), 11)], 11)
    assert timeline(both) == ([1, 2], ["STAGING", "PRODUCTION"])
    assert timeline(claimed(both, [word(("a", "STAGING", 1), 10)], 12)) == ([1], ["STAGING"])


def test_of_what_nobody_claims_nothing_is_kept() -> None:
    nothing = {"stageDue": None, "claims": None, "stageTimes": None, "stages": None}
    assert stored_claims({}, 5) == {"stage": "DEVELOPMENT", **nothing}
    assert read_claims(None) == {}


def test_what_is_claimed_of_a_time_to_come_counts_then() -> None:
    claims = claimed({}, [word(("a", "STAGING", 20), 10), word(("b", "PRODUCTION", 30), 10)], 10)
    found = [stored_claims(claims, now) for now in (19, 20, 29, 30)]
    assert [each["stage"] for each in found] == ["DEVELOPMENT", "STAGING", "STAGING", "PRODUCTION"]
    assert [each["stageDue"] for each in found] == [20, 30, 30, None]
