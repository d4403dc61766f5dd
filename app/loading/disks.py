"""What a load meets where it keeps its own things: a disk that is full, a file that cannot be written."""

import errno
import sqlite3
from pathlib import Path

from app.errors import ErrorCode, PedigreeError


def stopped_by(error: OSError | sqlite3.Error, workspace: Path | None) -> PedigreeError:
    """What ended a load, in words.

    Args:
        error: as it was raised while rows were read, sent, or how far they came was kept.
        workspace: the folder in which the load keeps what it must remember; a reading does so in SQLite files there.
    """
    if _is_full(error):
        return PedigreeError(
            f"The disk of {workspace or 'the load'} is full, where the load keeps what it must remember.",
            code=ErrorCode.HOME_UNUSABLE,
            remedy="Make room there.",
        )
    if isinstance(error, sqlite3.Error):
        return PedigreeError(
            f"What the load keeps in {workspace or 'its folder'} cannot be used: {error}.", code=ErrorCode.HOME_UNUSABLE
        )
    return PedigreeError(f"The load stopped: {error}.", code=ErrorCode.SOURCE_UNREACHABLE)


def _is_full(error: OSError | sqlite3.Error) -> bool:
    if isinstance(error, OSError):
        return error.errno in {errno.ENOSPC, errno.EDQUOT}
    return getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_FULL
