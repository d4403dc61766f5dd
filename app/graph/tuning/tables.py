"""Tables that the driver keeps in case its compiled codec is missing: 9 MB that nobody reads where it is there."""

from contextlib import suppress
from importlib import import_module
from typing import Any

_CODEC = "neo4j._codec.packstream.v1"
_TABLES = ("PACKED_UINT_16", "UNPACKED_UINT_16")
"""What every number of 16 bits looks like packed, and back, for the codec in Python."""


def drop_unused_tables() -> None:
    """Empties them, for this process. A driver of another make, or without its compiled codec, is left as it is."""
    with suppress(ModuleNotFoundError):
        codec = import_module(_CODEC)
        for name in _TABLES if getattr(codec, "_rust_pack", None) else ():
            table: Any = getattr(codec, name, None)
            if table is not None:
                table.clear()
