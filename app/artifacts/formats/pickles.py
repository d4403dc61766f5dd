"""Pickles: programs that build objects, and may build anything. They are told, and never run."""

import pickletools
import re
import warnings
from pathlib import PurePosixPath

from app.artifacts.formats.format import Format, Start, unsafe

SUFFIXES = frozenset({".ckpt", ".dill", ".joblib", ".p", ".pickle", ".pkl", ".pt", ".pth"})
"""Names of files that loaders unpickle, whatever is in them."""

_PROTO = b"\x80"
_PROTOCOLS = (b"\x02", b"\x03", b"\x04", b"\x05")
_MOST_STEPS = 4096
_STEPS = frozenset(step.code for step in pickletools.opcodes)
_CALLED = re.compile(r"[A-Za-z_][\w.]* [A-Za-z_][\w.]*")
WHY = "unpickling it executes what it says"


async def pickle(start: Start) -> Format | None:
    """Whether it is one, by its first steps."""
    if is_pickle(start.head, whole=start.size <= len(start.head)):
        return unsafe("pickle", f"begins as a pickle does; {WHY}")
    return None


def has_pickle_suffix(path: str) -> bool:
    """Whether a file of that name is usually unpickled."""
    return PurePosixPath(path.lower()).suffix in SUFFIXES


def is_pickle(head: bytes, *, whole: bool) -> bool:
    """Whether these are the first bytes of a pickle (PEP 3154; `pickletools`, which only reads).

    Args:
        head: the first bytes.
        whole: whether they are all that there are.
    """
    if head[:1] == _PROTO:
        # The length of a safetensors header may begin so, too, and goes on with a zero, which is no step.
        return head[1:2] in _PROTOCOLS and head[2:3].decode("latin-1") in _STEPS
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of odd escapes in texts, which are not ours to mend
            return _steps_are_of_one(head, whole=whole)
    except (ValueError, OverflowError):
        return False  # no step of a pickle, or one that goes on after these bytes


def _steps_are_of_one(head: bytes, *, whole: bool) -> bool:
    for count, (step, argument, place) in enumerate(pickletools.genops(head)):
        if step.name in {"GLOBAL", "INST"} and _CALLED.fullmatch(str(argument)):
            return True
        if step.name == "STOP":
            return whole and count > 0 and place == len(head) - 1
        if count > _MOST_STEPS:
            return True
    return False
