"""What is kept and what is on its way: bytes by their digest, uploads by a name that the service chose."""

import re
import secrets
from dataclasses import dataclass
from typing import Self
from urllib.parse import quote

MIB = 1024 * 1024
CHUNK = MIB
"""The bytes that are in memory of one stream at a time."""

PART_BYTES = 64 * MIB
"""The usual size of a part: what is sent again after a break."""

MOST_PARTS = 10_000
"""Of one multipart upload (S3, Multipart upload limits)."""

LARGEST = 5 * 1024 * 1024 * MIB
"""The most bytes of one file: S3's limit of an object, 5 TiB (S3, Multipart upload limits)."""

LONGEST_SECONDS = 7 * 24 * 60 * 60
"""The longest life of a signed address (Signature Version 4, X-Amz-Expires)."""

_SHA256 = re.compile(r"[0-9a-f]{64}", re.ASCII)
_UPLOAD_ID = re.compile(r"[0-9a-f]{32}", re.ASCII)


def is_sha256(text: str) -> bool:
    """Whether the text is a sha256 as stores have it: 64 lower-case hexadecimal digits, nothing before them."""
    return _SHA256.fullmatch(text) is not None


def new_upload_id() -> str:
    """A name for an upload of one or more files; it cannot be guessed."""
    return secrets.token_hex(16)


@dataclass(frozen=True, slots=True, order=True)
class Content:
    """What bytes are, whoever holds them.

    Attributes:
        sha256: 64 lower-case hexadecimal digits.
        bytes: how many.

    Raises:
        ValueError: no digest of that form, or a size that no file has.
    """

    sha256: str
    bytes: int

    def __post_init__(self) -> None:
        if not is_sha256(self.sha256):
            raise ValueError("a sha256 is 64 hexadecimal digits in lower case")
        if not 0 <= self.bytes <= LARGEST:
            raise ValueError(f"a file has between 0 and {LARGEST:,} bytes")


@dataclass(frozen=True, slots=True)
class Upload:
    """One file on its way in. The caller keeps it until the upload is finished or discarded.

    Attributes:
        upload_id: of the upload that it is a file of.
        number: which file of that upload, from 0.
        content: what was announced.
        part_bytes: the size of each part but the last, which has what is left.
        token: the store's own name for it; empty where the store needs none.
    """

    upload_id: str
    number: int
    content: Content
    part_bytes: int = PART_BYTES
    token: str = ""

    def __post_init__(self) -> None:
        if not _UPLOAD_ID.fullmatch(self.upload_id) or self.number < 0 or self.part_bytes < 1:
            raise ValueError("an upload is named by 32 hexadecimal digits and the number of a file")

    @property
    def key(self) -> str:
        """Where its bytes arrive."""
        return f"staging/{self.upload_id}/{self.number}"

    @property
    def parts(self) -> int:
        """How many parts it has, numbered from 1; none where the file is empty, for which nothing is sent."""
        return -(-self.content.bytes // self.part_bytes)

    def bytes_of(self, part: int) -> int:
        """The bytes of that part.

        Raises:
            ValueError: it has no such part.
        """
        if not 1 <= part <= self.parts:
            raise ValueError(f"the file has the parts 1 to {self.parts}, and not {part}")
        return min(self.part_bytes, self.content.bytes - (part - 1) * self.part_bytes)

    @classmethod
    def of(cls, upload_id: str, number: int, content: Content, token: str = "") -> Self:
        """The upload of that content, in parts as large as its size asks for."""
        return cls(upload_id, number, content, part_bytes_for(content.bytes), token)


def part_bytes_for(size: int, usual: int = PART_BYTES) -> int:
    """The size of the parts of a file: the usual, or whole MiB so that there are not too many parts."""
    return max(usual, -(-size // (MOST_PARTS * MIB)) * MIB)


@dataclass(frozen=True, slots=True)
class Part:
    """A part that has arrived.

    Attributes:
        number: from 1.
        bytes: how many it has.
    """

    number: int
    bytes: int


@dataclass(frozen=True, slots=True)
class Stored:
    """Bytes that the service has hashed and that have the name of their digest now.

    Attributes:
        content: what they are.
        new: whether they were not held before; equal bytes are kept once.
    """

    content: Content
    new: bool


@dataclass(frozen=True, slots=True)
class Held:
    """Bytes that a store holds under a digest; whether they still are those of the digest, only `read` tells.

    Attributes:
        content: the digest that names them, and how many there are.
        stored_at: since when, in microseconds since 1970 UTC.
    """

    content: Content
    stored_at: int


@dataclass(frozen=True, slots=True)
class Unfinished:
    """What arrived, or began to, and has no digest's name: of an upload under way, or left by one that broke off.

    Attributes:
        key: where it is; of an upload under way, its `Upload.key`.
        touched_at: when it began, or last changed, in microseconds since 1970 UTC: what is old is left over.
        token: the store's own name for it; empty where it needs none.
    """

    key: str
    touched_at: int
    token: str = ""


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of bytes.

    Attributes:
        first: from which byte on, the file's first being 0.
        bytes: how many at most; fewer come where the file ends.
    """

    first: int
    bytes: int

    def __post_init__(self) -> None:
        if self.first < 0 or self.bytes < 1:
            raise ValueError("a span begins at byte 0 or later and has at least one byte")


def content_key(sha256: str) -> str:
    """Where bytes of that digest are kept: in 65,536 folders, so that none grows large.

    Raises:
        ValueError: no digest, which must not become a path.
    """
    if not is_sha256(sha256):
        raise ValueError("a sha256 is 64 hexadecimal digits in lower case")
    return f"sha256/{sha256[:2]}/{sha256[2:4]}/{sha256}"


def disposition(name: str) -> str:
    """The header that has a browser save a file under a name (RFC 6266, section 4.3; RFC 8187)."""
    return f"attachment; filename*=UTF-8''{quote(name, safe='')}"
