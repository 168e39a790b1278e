"""The root of all errors that a rule of the law or of this service raises, and their categories.

Each error is a type with a stable `code` (public, kebab-case, never renamed); its docstring is the sentence that
people read. Its base class is its category, from which `dsr/api/statuses.py` derives the HTTP status. Errors carry ids,
dates and codes, never personal data.
"""

from typing import ClassVar


class DomainError(Exception):
    """The rule that refused is named by `code`. Each error type derives from a category, never from this class."""

    code: ClassVar[str]

    def __init_subclass__(cls) -> None:
        """Raises TypeError for an error type without a category."""
        super().__init_subclass__()
        if "code" in vars(cls) and DomainError in cls.__bases__:
            categories = ", ".join(sorted(each.__name__ for each in categories_of_errors()))
            raise TypeError(
                f"{cls.__name__} has no category: derive it from one of {categories} (dsr/domain/errors.py)"
            )

    def __init__(self, detail: str = "", **facts: object) -> None:
        """`detail` says what to do next, in a sentence without personal data; `facts` are ids, dates, codes."""
        self.detail = detail or " ".join((type(self).__doc__ or "").split())
        self.facts = facts
        super().__init__(self.detail)


class Refused(DomainError):
    """A rule of the law, or of this service, refuses the command as things stand."""


class Unknown(DomainError):
    """The thing that the command or question names does not exist, or is outside the caller's scope."""


class Invalid(DomainError):
    """The input itself is wrong, however things stand."""


class Denied(DomainError):
    """The caller has not shown who they are, or has no right to do this."""


class Gone(DomainError):
    """The thing existed, and has ended for good."""


class Unavailable(DomainError):
    """A condition that may pass, or that the operator can end, keeps the service from doing this."""


class Broken(DomainError):
    """A defect or damage on the service's side that its operator has to mend."""


class StorageFull(Unavailable):
    """The service has no room to write. Nothing was changed: make room on its disk, then send it again."""

    code = "storage-full"


def code_of(error: Exception) -> str:
    """What may be logged and stored of an error, whichever it is: its code, or its type; what it quotes may be personal
    data."""
    return error.code if isinstance(error, DomainError) else f"error-{type(error).__name__}"[:64]


def categories_of_errors() -> set[type[DomainError]]:
    """The categories: the direct subclasses of `DomainError`, which have no code of their own."""
    return {each for each in DomainError.__subclasses__() if "code" not in vars(each)}


def all_errors() -> set[type[DomainError]]:
    """Every error type known to this process: those with a code, so no category."""
    found: set[type[DomainError]] = set()
    waiting: list[type[DomainError]] = [DomainError]
    while waiting:
        children = waiting.pop().__subclasses__()
        found |= {child for child in children if "code" in vars(child)}
        waiting.extend(children)
    return found
