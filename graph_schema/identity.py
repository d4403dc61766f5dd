"""Who is who: the uid of a node or a relationship, the opaque id of the API, and the forms that keys are brought into.

The encodings are part of the contract: a client can name a thing before it exists, and two systems that speak of the
same thing meet.
"""

import base64
import binascii
import re
import unicodedata
from collections.abc import Iterable, Sequence
from hashlib import sha256
from json.encoder import encode_basestring

UNVERSIONED = "@unversioned"
"""The version of a dataset that is known without any."""

OWN_ISSUER = "pedigree"
"""Who vouches for the service itself: what is done by its actors, nobody did who came in by a token."""

SEPARATOR = "\x01"
"""What joins the parts of a sort key: it sorts before every character that a name is written in."""

SORT_LENGTH = 1_900
"""The longest sort key in characters: four bytes each stay below Neo4j's 8,167 bytes for an index entry."""

_DIGEST = re.compile(r"sha256:[0-9a-f]{64}", re.IGNORECASE)
_UID = re.compile(r"[0-9a-f]{64}")


def uid(label: str, key: Iterable[str | int]) -> str:
    """The hex sha256 of the canonical JSON array (RFC 8785) of the label and the key's flattened parts.

    Times are integers (microseconds since 1970 UTC), digests `sha256:<hex>`, repositories normalised first.

    Raises:
        UnicodeEncodeError: a part holds a lone surrogate, which UTF-8 cannot carry.
    """
    # For strings and integers below 2^53 the standard library writes RFC 8785's form; a test holds the two together.
    parts = [encode_basestring(part) if isinstance(part, str) else str(part) for part in (label, *key)]
    return sha256(f"[{','.join(parts)}]".encode()).hexdigest()


def relationship_uid(type_: str, from_uid: str, to_uid: str, source: str, *parts: str) -> str:
    """The uid of one source's assertion that two nodes are related; `parts` are what else identifies it (a path)."""
    return uid(type_, (from_uid, to_uid, source, *parts))


def is_own_issuer(issuer: str) -> bool:
    """Whether an issuer is the service's own, or is written so that it reads like it."""
    return unicodedata.normalize("NFKC", issuer).strip().casefold() == OWN_ISSUER


def to_id(label: str, node_uid: str) -> str:
    """The API's opaque id: base64url (RFC 4648, section 5) of `label:uid`."""
    # Of letters, digits and a colon no group of six bits is 62 or 63, where alone the two alphabets differ.
    return binascii.b2a_base64(f"{label}:{node_uid}".encode(), newline=False).decode()


def from_id(value: str) -> tuple[str, str]:
    """The label and uid that an id stands for; padding may be missing.

    Raises:
        ValueError: it is not an id that this service gives out.
    """
    try:
        text = base64.b64decode(value + "=" * (-len(value) % 4), altchars=b"-_", validate=True).decode("ascii")
    except (binascii.Error, ValueError) as error:
        message = "not an id of this service"
        raise ValueError(message) from error
    label, _, node_uid = text.partition(":")
    if not label.isidentifier() or not _UID.fullmatch(node_uid):
        message = "not an id of this service"
        raise ValueError(message)
    return label, node_uid


def normalise_digest(value: str) -> str:
    """The digest as `sha256:` and 64 lower-case hexadecimal digits.

    Raises:
        ValueError: it is not a sha256 digest in that form.
    """
    if not _DIGEST.fullmatch(value):
        message = "a digest is written sha256:<64 hexadecimal digits>"
        raise ValueError(message)
    return value.lower()


def sort_key(parts: Sequence[str | int], node_uid: str) -> str:
    """One text whose order is the order of its parts: integers of 64 bits sort as numbers do, below zero too.

    A key too long for an index entry is cut, and made unique again by the uid.
    """
    text = SEPARATOR.join(_sortable(part) if isinstance(part, int) else part for part in parts)
    return text if len(text) <= SORT_LENGTH else f"{text[:SORT_LENGTH]}{SEPARATOR}{node_uid}"


def _sortable(number: int) -> str:
    """Twenty characters; below zero the complement after a minus, which sorts before every digit."""
    return f"{number:020d}" if number >= 0 else f"-{10**19 + number:019d}"
