"""JSON as it comes and goes: what is read is what was written, and what is written is what was meant.

RFC 8259 knows neither NaN nor infinities, and UTF-8 no lone surrogates. All of them, and integers of any size, are
carried all the same, in the words that Python and JavaScript use: who reads them refuses the one value, by its place. A
writer that makes null of them, or a reader that makes the nearest float of a long integer, would change what was said.
"""

import json
import re
from contextlib import suppress
from typing import Any

import orjson

_LONG_NUMBER = re.compile(rb"(?:^|[\[:,\s-])[0-9]{19}")
"""What may start an integer past 2^63, which orjson reads as the nearest float: another number than was sent."""

_DIGITS = bytes(byte in b"0123456789" for byte in range(256))
_MANY_DIGITS = b"\1" * 19
"""As many as such an integer has, each a 1: looked for so, far faster than by the pattern, in every text."""


def read_json(text: bytes) -> Any:
    """The value that a text stands for.

    Raises:
        ValueError: it is not JSON in UTF-8; the words say where and how.
        RecursionError: it is nested too deeply.
    """
    if _MANY_DIGITS not in text.translate(_DIGITS) or not _LONG_NUMBER.search(text):
        with suppress(orjson.JSONDecodeError):  # the slower reader takes more, or says what is wrong
            return orjson.loads(text)
    try:
        return json.loads(text.decode())
    except UnicodeDecodeError as error:
        raise ValueError(f"byte {error.start + 1} is not UTF-8") from error


def json_text(value: object) -> bytes:
    """The text that stands for a value, in UTF-8.

    Raises:
        TypeError: something in it has no JSON.
        RecursionError: it is nested too deeply.
    """
    with suppress(orjson.JSONEncodeError):
        text = orjson.dumps(value)
        if b"null" not in text:  # which may have been a NaN
            return text
    with suppress(UnicodeEncodeError):
        return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
    return json.dumps(value, separators=(",", ":")).encode()


def is_json(value: object) -> bool:
    """Whether RFC 8259 can say the value, and orjson too."""
    try:
        return b"null" not in orjson.dumps(value) or bool(json.dumps(value, allow_nan=False))
    except (ValueError, TypeError):
        return False
