"""API tokens as texts: 256 random bits between a prefix, by which scanners find a lost one, and a checksum."""

import re
import secrets
import string
import zlib
from hashlib import sha256

PREFIX = "pedigree_"

_ALPHABET = string.digits + string.ascii_uppercase + string.ascii_lowercase
_BITS = 256
_LETTERS = 43
"""So many letters of this alphabet hold 256 bits."""

_CHECK_LETTERS = 6
"""So many hold 32."""

_FORM = re.compile(rf"{PREFIX}[0-9A-Za-z]{{{_LETTERS + _CHECK_LETTERS}}}", re.ASCII)


def new_token() -> str:
    """A token that nobody has had before."""
    text = PREFIX + _letters(secrets.randbits(_BITS), _LETTERS)
    return text + _checksum(text)


def digest_of(token: str) -> str | None:
    """The digest by which a token is known; None where the text is none, or was mistyped or cut.

    The checksum holds no secret: it spares a look-up, and whoever can read this file can compute it.
    """
    if not _FORM.fullmatch(token) or _checksum(token[:-_CHECK_LETTERS]) != token[-_CHECK_LETTERS:]:
        return None
    return f"sha256:{sha256(token.encode()).hexdigest()}"


def _checksum(text: str) -> str:
    return _letters(zlib.crc32(text.encode()), _CHECK_LETTERS)


def _letters(number: int, count: int) -> str:
    found: list[str] = []
    for _ in range(count):
        number, digit = divmod(number, len(_ALPHABET))
        found.append(_ALPHABET[digit])
    return "".join(reversed(found))
