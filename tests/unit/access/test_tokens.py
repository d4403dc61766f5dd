"""API tokens as texts."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.access import tokens
from app.access.tokens import PREFIX, digest_of, new_token

LETTERS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
KNOWN = PREFIX + "0" * 43


def test_a_token_is_found_by_scanners_and_by_no_other_text() -> None:
    found = {new_token() for _ in range(1_000)}
    assert len(found) == 1_000
    assert all(re.fullmatch(r"pedigree_[0-9A-Za-z]{49}", each) for each in found)


def test_all_of_its_bits_are_in_it(monkeypatch: pytest.MonkeyPatch) -> None:
    numbers = (0, 1, 2**255, 2**256 - 1)
    made: list[str] = []
    for number in numbers:
        monkeypatch.setattr(tokens.secrets, "randbits", lambda bits, number=number: number if bits == 256 else None)
        made.append(new_token())
    assert len(set(made)) == len(numbers)
    payloads = [each.removeprefix(PREFIX)[:43] for each in made]
    assert [_number(each) for each in payloads] == list(numbers)


def _number(letters: str) -> int:
    found = 0
    for letter in letters:
        found = found * 62 + LETTERS.index(letter)
    return found


def test_a_digest_is_that_of_the_whole_text() -> None:
    token = new_token()
    assert digest_of(token) == digest_of(token)
    assert re.fullmatch(r"sha256:[0-9a-f]{64}", digest_of(token) or "")
    assert digest_of(token) != digest_of(new_token())


@given(st.integers(0, 48), st.sampled_from(LETTERS))
def test_one_letter_that_is_wrong_is_noticed(place: int, letter: str) -> None:
    token = new_token()
    place += len(PREFIX)
    changed = token[:place] + letter + token[place + 1 :]
    assert (digest_of(changed) is None) == (changed != token)


@pytest.mark.parametrize(
    "text",
    (
        "",
        PREFIX,
        KNOWN,
        f"{KNOWN}000000\n",
        "Pedigree_" + "0" * 49,
        PREFIX + "é" * 49,
        "x" * 1_000_000,
        PREFIX + "\u0660" * 49,  # a digit of another script
    ),
)
def test_what_is_no_token_has_no_digest(text: str) -> None:
    assert digest_of(text) is None
