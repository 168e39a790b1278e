"""What the system says of a disk that is full, fails or is not mounted, as errors of the whole service; and names that
survive a power cut.
"""

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from dsr.domain.errors import StorageFull, StorageUnavailable

_NO_ROOM: Final = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_AWAY: Final = (
    *(errno.EIO, errno.EROFS, errno.ENOENT, errno.ENOTDIR, errno.EACCES, errno.EPERM),
    *(errno.ENXIO, errno.ENODEV, errno.ESTALE),
)
"""A disk that fails, or a folder that is not mounted, not there or not ours."""


@contextmanager
def named_errors() -> Iterator[None]:
    """Translate what the disk or the folder is to blame for: StorageFull, StorageUnavailable."""
    try:
        yield
    except OSError as error:
        if error.errno in _NO_ROOM:
            raise StorageFull from error
        if error.errno in _AWAY:
            raise StorageUnavailable from error
        raise


def sync_folder(folder: Path) -> None:
    """Sync the folder, so that a new, renamed or removed name survives a power cut. Raises OSError."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
