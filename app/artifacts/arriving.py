"""Whether what arrived is what was announced."""

from collections.abc import AsyncIterable, AsyncIterator, Sequence

from app.artifacts.content import Content, Part, Upload
from app.artifacts.failures import UploadIncomplete, UploadMismatch

_SHOWN = 5
_ANEW = "Nothing of it was kept: begin the upload anew, with the size and the digest of the file as it is."


def check_parts(upload: Upload, arrived: Sequence[Part]) -> None:
    """Returns if every part is there.

    Raises:
        UploadIncomplete: one is missing, or has another size than it must.
    """
    sizes = {part.number: part.bytes for part in arrived}
    wrong = [number for number in range(1, upload.parts + 1) if sizes.get(number) != upload.bytes_of(number)]
    strange = sorted(set(sizes) - set(range(1, upload.parts + 1)))
    if wrong or strange:
        named = ", ".join(map(str, (wrong + strange)[:_SHOWN])) + (", …" if len(wrong + strange) > _SHOWN else "")
        raise UploadIncomplete(
            f"Of {upload.parts:,} parts of the file, {len(wrong + strange):,} are missing or of a wrong size: {named}.",
            remedy=f"Send them again, each of {upload.part_bytes:,} bytes but the last; the others are kept.",
        )


def check_content(announced: Content, size: int, sha256: str) -> None:
    """Returns if the bytes are those that were announced.

    Raises:
        UploadMismatch: they are not.
    """
    if size != announced.bytes:
        raise UploadMismatch(
            f"{size:,} bytes arrived, where {announced.bytes:,} were announced for sha256:{announced.sha256}.",
            remedy=_ANEW,
        )
    if sha256 != announced.sha256:
        raise UploadMismatch(
            f"What arrived is sha256:{sha256}, where sha256:{announced.sha256} was announced.", remedy=_ANEW
        )


async def in_pieces(source: AsyncIterable[bytes], size: int) -> AsyncIterator[bytes]:
    """The same bytes in pieces of that size, the last with what is left; no piece where there are no bytes."""
    gathered = bytearray()
    async for chunk in source:
        gathered += chunk
        while len(gathered) >= size:
            yield bytes(gathered[:size])
            del gathered[:size]
    if gathered:
        yield bytes(gathered)
