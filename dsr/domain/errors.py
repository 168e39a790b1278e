"""The root of all errors that a rule of the law or of this service raises.

Each error is a type with a stable `code` (public, kebab-case, never renamed); its docstring is the sentence that
people read. Its HTTP status stands in one table, `dsr/api/statuses.py`. Errors carry ids,
dates and codes, never personal data.
"""

from typing import ClassVar


class DomainError(Exception):
    """The rule that refused is named by `code`."""

    code: ClassVar[str]

    def __init__(self, detail: str = "", **facts: object) -> None:
        """`detail` says what to do next, in a sentence without personal data; `facts` are ids, dates, codes."""
        self.detail = detail or " ".join((type(self).__doc__ or "").split())
        self.facts = facts
        super().__init__(self.detail)


class StorageFull(DomainError):
    """The service has no room to write. Nothing was changed: make room on its disk, then send it again."""

    code = "storage-full"


def code_of(error: Exception) -> str:
    """What may be logged and stored of an error, whichever it is: its code, or its type; what it quotes may be personal
    data."""
    return error.code if isinstance(error, DomainError) else f"error-{type(error).__name__}"[:64]


def all_errors(root: type[DomainError] = DomainError) -> set[type[DomainError]]:
    """Every error type known to this process, `root` itself left out."""
    found: set[type[DomainError]] = set()
    for child in root.__subclasses__():
        found |= {child} | all_errors(child)
    return found
