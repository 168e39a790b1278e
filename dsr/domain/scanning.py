"""Port for a scanner of files for malware, and its errors (GDPR Art. 32(1)(b))."""

from collections.abc import Iterable, Iterator
from typing import Protocol

from dsr.domain.errors import Invalid, Unavailable


class MalwareFound(Invalid):
    """The scanner found malware in this file (`signature`), so it is neither taken nor shown. Ask the sender for a
    clean copy. What arrived stays sealed; `unscanned` opens it, where it can do no harm.
    """

    code = "malware-found"


class ScannerUnavailable(Unavailable):
    """The scanner for malware did not examine the file, so it is neither taken nor shown yet. Try again later; the
    operator checks that the scanner in DSR_SCANNER answers. What arrived can be opened with `unscanned`.
    """

    code = "scanner-unavailable"


class Scanner(Protocol):
    """Port: examines files."""

    @property
    def scans(self) -> bool:
        """Whether anything is examined at all."""

    def passing(self, chunks: Iterable[bytes]) -> Iterator[bytes]:
        """The unchanged chunks, examined while they pass.

        Raises MalwareFound or ScannerUnavailable, at the latest after the last chunk: until then, nothing is clean.
        """


class NoScanner:
    """Nothing is examined."""

    scans = False

    def passing(self, chunks: Iterable[bytes]) -> Iterator[bytes]:
        """The unchanged chunks."""
        yield from chunks


def examine(scanner: Scanner, chunks: Iterable[bytes]) -> None:
    """Examine a whole file. Raises MalwareFound, ScannerUnavailable."""
    if scanner.scans:
        for _ in scanner.passing(chunks):
            pass
