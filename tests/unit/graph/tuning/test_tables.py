"""Tables of the driver that nobody reads are emptied, where its compiled codec is there."""

from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from app.graph.tuning import tables


@pytest.fixture
def codec(monkeypatch: pytest.MonkeyPatch) -> Any:
    found = SimpleNamespace(PACKED_UINT_16=[b"00"], UNPACKED_UINT_16={b"00": 0}, _rust_pack=len)

    def find(name: str) -> Any:
        assert name.startswith("neo4j.")
        return found

    monkeypatch.setattr(tables, "import_module", find)
    return found


def test_they_are_emptied(codec: Any) -> None:
    tables.drop_unused_tables()
    assert (codec.PACKED_UINT_16, codec.UNPACKED_UINT_16) == ([], {})


def test_without_the_compiled_codec_they_stay(codec: Any) -> None:
    codec._rust_pack = None
    tables.drop_unused_tables()
    assert (codec.PACKED_UINT_16, codec.UNPACKED_UINT_16) == ([b"00"], {b"00": 0})


def test_a_driver_of_another_make_is_left_as_it_is(codec: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    del codec.PACKED_UINT_16
    tables.drop_unused_tables()
    assert codec.UNPACKED_UINT_16 == {}

    def missing(name: str) -> ModuleType:
        raise ModuleNotFoundError(name)

    monkeypatch.setattr(tables, "import_module", missing)
    tables.drop_unused_tables()


def test_the_driver_at_hand_has_them_emptied() -> None:
    tables.drop_unused_tables()
    codec: Any = pytest.importorskip("neo4j._codec.packstream.v1")
    assert [len(getattr(codec, name)) for name in ("PACKED_UINT_16", "UNPACKED_UINT_16")] == [0, 0]
