"""What is in another file, by its first bytes and its name: whether it executes when it is loaded."""

from collections.abc import Sequence

from app.artifacts.formats import tensors
from app.artifacts.formats.format import Work
from app.artifacts.formats.names import is_unsafe_inside, may_be_unpickled
from app.artifacts.formats.pickles import is_pickle

INNER_BYTES = 4096
"""What is looked at of the beginning of each."""

NATIVE = (b"\x7fELF", b"MZ", b"\xca\xfe\xba\xbe", b"\xcf\xfa\xed\xfe", b"\xce\xfa\xed\xfe", b"\xfe\xed\xfa\xcf")
JAVA = b"\xac\xed\x00\x05"

_ARCHIVES = (
    b"PK\x03\x04", b"PK\x05\x06", b"\x1f\x8b", b"BZh", b"\xfd7zXZ\0", b"\x04\x22\x4d\x18", b"\x28\xb5\x2f\xfd",
    b"7z\xbc\xaf\x27\x1c", b"Rar!\x1a\x07",
)  # fmt: skip


_SLOW = 4
"""Bytes of an array's header that take about as long as a step of a pickle."""


def executed(names: Sequence[str], head: bytes, size: int, work: Work) -> str | None:
    """Why what is held may execute when it is loaded; None where it does not.

    Args:
        names: what it is called, by some or by others; empty where that is not known.
        head: its first bytes, at most `INNER_BYTES`. They are looked at once, however many names there are.
        size: of all of it, in bytes.
        work: what may still be done.

    Raises:
        BeyondLook: that is not enough.
    """
    if (unsafe := next((each for each in names if is_unsafe_inside(each)), None)) is not None:
        return f"{unsafe!r:.60}, which executes when it is loaded, or may"
    name = next((each for each in names if may_be_unpickled(each)), names[0])
    shown = f"{name!r:.60}" if name else "something"
    if head.startswith((*NATIVE, b"#!", JAVA)):
        return f"{shown}, which begins as a program does"
    if is_pickle(head, size=size, path=name, work=work):
        return f"{shown}, which is a pickle"
    if head.startswith(_ARCHIVES) or head[257:262] == b"ustar" or _is_lzma(head):
        return f"{shown}, an archive that is not looked through"
    array = tensors.array(head)
    if array is not None:
        work.spend(min(tensors.array_header(head)[1], len(head)) // _SLOW)
    return f"{shown}, an array that may hold pickled objects" if array is not None and array.unsafe else None


def _is_lzma(head: bytes) -> bool:
    """Whether LZMA's oldest files begin so, which have no magic: the length of a safetensors header may, too."""
    return head[:3] == b"]\0\0" and head[13:14] == b"\0" and head[8:9] != b"{"
