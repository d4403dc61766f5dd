"""What a load shows its source no longer to say, and what stays whatever the load named."""

import pytest

from app.registry.words import Speaker, Word, new_token

BEGAN = 1_000_000
EARLIER, MINE, LATER = (new_token(at) for at in (BEGAN - 1, BEGAN, BEGAN + 1))
SPEAKER = Speaker("s", "actor", 9_000_000, scope="x", load=MINE, began=BEGAN)


def _word(recorded_at: int = 1, scopes: tuple[str, ...] = ("x",), loads: tuple[str, ...] = ()) -> Word:
    return Word("s", "actor", recorded_at, {}, scopes=scopes, loads=loads)


@pytest.mark.parametrize(
    ("word", "gone"),
    (
        (_word(), True),
        (_word(loads=(EARLIER,)), True),
        (_word(loads=(EARLIER, MINE)), False),
        (_word(loads=(LATER, EARLIER)), False),
        (_word(recorded_at=BEGAN - 1), True),
        (_word(recorded_at=BEGAN), False),
        (_word(scopes=("x", "y")), False),
    ),
)
def test_what_a_load_did_not_name_is_gone_unless_it_was_named_or_said_since(word: Word, gone: bool) -> None:
    assert SPEAKER.no_longer_says(word) is gone
