"""Documents are read once, and held to the limits."""

import pytest

from app.operations import documents
from app.operations.documents import DocumentRefused, Documents
from app.operations.limits import DocumentLimits
from tests.unit.operations.small_schema import small_schema

INTROSPECTION = "{ __schema { types { fields { type { ofType { ofType { ofType { name } } } } } } } }"


def _documents(**limits: int) -> Documents:
    return Documents(small_schema(), DocumentLimits(**limits))


def _refusal(text: str, **limits: int) -> str:
    with pytest.raises(DocumentRefused) as caught:
        _documents(**limits).prepare(text)
    return str(caught.value)


def _nested(depth: int) -> str:
    return "{ deep " * (depth - 1) + "{ maybe }" + " }" * (depth - 1)


def test_the_same_text_is_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    kept = _documents()
    first = kept.prepare("{ maybe }")
    monkeypatch.setattr(documents, "parse", None)
    assert kept.prepare("{ maybe }") is first


def test_only_the_texts_used_last_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(documents, "_KEPT_DOCUMENTS", 2)
    kept = _documents()
    first, second = kept.prepare("{ a: maybe }"), kept.prepare("{ b: maybe }")
    assert kept.prepare("{ a: maybe }") is first
    kept.prepare("{ c: maybe }")
    assert kept.prepare("{ a: maybe }") is first
    assert kept.prepare("{ b: maybe }") is not second


def test_a_long_text_is_not_kept() -> None:
    kept = _documents()
    text = "{ maybe } #" + "x" * 40_000
    assert kept.prepare(text) is not kept.prepare(text)


def test_depth_is_counted_to_the_limit() -> None:
    assert _documents(depth=12).prepare(_nested(12))
    assert "13 deep, and 12 is the limit" in _refusal(_nested(13), depth=12)


def test_depth_goes_through_fragments() -> None:
    text = "{ deep { ...F } } fragment F on Query { deep { ... on Query { maybe } } }"
    assert _documents(depth=3).prepare(text)
    assert "3 deep" in _refusal(text, depth=2)


def test_introspection_is_not_counted_as_depth() -> None:
    assert _documents(depth=1).prepare(INTROSPECTION)


def test_aliases_are_counted_as_often_as_their_fragment_is_spread() -> None:
    text = "{ a: deep { ...F } b: deep { ...F } } fragment F on Query { c: maybe d: maybe }"
    assert _documents(aliases=6).prepare(text)
    assert "6 aliases" in _refusal(text, aliases=5)


def test_a_bomb_of_fragments_is_counted_and_not_run() -> None:
    spreads = [f"fragment F{i} on Query {{ a: deep {{ ...F{i + 1} }} b: deep {{ ...F{i + 1} }} }}" for i in range(40)]
    text = "{ ...F0 } " + " ".join(spreads) + " fragment F40 on Query { maybe }"
    assert "aliases" in _refusal(text, depth=100)


def test_what_is_too_large_or_too_deep_to_read_is_told_where_to_put_it() -> None:
    remedy = "Send large and deep values in `variables`."
    deep = "{ hello(name: " + "[" * 700 + "]" * 700 + ") }"
    assert _refusal(deep, tokens=2_000).endswith(f"nested too deeply. Parsing aborted. {remedy}")
    assert _refusal("{" + " maybe" * 30 + "}", tokens=20).endswith(f"20 tokens. Parsing aborted. {remedy}")


def test_what_asks_for_the_same_too_often_is_told_so() -> None:
    assert "Ask for each once." in _refusal("{" + " maybe" * 1_500 + "}", tokens=2_000)


def test_tokens_are_limited_and_so_are_comments() -> None:
    assert _documents(tokens=20).prepare("{ maybe }")
    assert "20 tokens" in _refusal("{" + " maybe" * 30 + "}", tokens=20)
    assert "comments" in _refusal("#\n" * 30 + "{ maybe }", tokens=20)


@pytest.mark.parametrize(
    "text", ("{ deep" * 5_000, "{ hello(name: " + "[" * 5_000, "{ maybe \ud800 }", "\x00", "{}", " ")
)
def test_odd_texts_are_refused(text: str) -> None:
    assert _refusal(text, tokens=100_000)


def test_a_circle_of_fragments_is_refused() -> None:
    assert "itself" in _refusal("{ ...A } fragment A on Query { ...B } fragment B on Query { ...A }")


def test_an_operation_knows_what_it_asks_for() -> None:
    prepared = _documents().prepare(
        "query A { maybe ... { x: hello } } mutation B { ...F ...F } fragment F on Mutation { change(to: 1) }"
    )
    asking, changing = prepared.operation("A"), prepared.operation("B")
    assert asking
    assert changing
    assert (asking.changes, asking.fields) == (False, {"maybe", "hello"})
    assert (changing.changes, changing.fields) == (True, {"change"})
    assert prepared.operation(None) is None
    assert prepared.operation("C") is None
