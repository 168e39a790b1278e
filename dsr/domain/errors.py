"""The root and the categories of all errors that a rule of the law or of this service raises.

Each error is a type with a stable `code` (public, kebab-case, never renamed); its docstring is the public sentence. Its
base class is its category, from which `dsr/api/statuses.py` derives the HTTP status. Errors carry ids, dates and codes,
never personal data.
"""

from typing import ClassVar


class DomainError(Exception):
    """Base of all errors; `code` names the rule. Each error type derives from a category, never from this class."""

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
    """A rule of the law or of this service refuses the command in the present state."""


class Unknown(DomainError):
    """The thing that the command or question names does not exist, or is outside the caller's scope."""


class Invalid(DomainError):
    """The input itself is wrong, in any state."""


class Denied(DomainError):
    """The caller is not authenticated, or not allowed to do this."""


class Gone(DomainError):
    """The thing existed, and has ended for good."""


class Unavailable(DomainError):
    """A condition that is temporary, or that the operator can fix, prevents this."""


class Broken(DomainError):
    """A defect of the service, or damage that its operator has to repair."""


class ServiceWide(Unavailable):
    """The trouble concerns the whole service: work waits, and no single case, letter or message is marked as failed."""


class StorageFull(ServiceWide):
    """The service has no room to write. Nothing was changed: make room on its disk, then send it again."""

    code = "storage-full"


class StorageUnavailable(ServiceWide):
    """A disk or folder of the service can't be read or written. Nothing was changed: look at the disk and at what is
    mounted, then send it again.
    """

    code = "storage-unavailable"


def code_of(error: Exception) -> str:
    """The code of an error, or the name of its type: all that may be logged, since its message may quote personal
    data.
    """
    return error.code if isinstance(error, DomainError) else f"error-{type(error).__name__}"[:64]


def categories_of_errors() -> set[type[DomainError]]:
    """The categories: the direct subclasses of `DomainError`, which have no code of their own."""
    return {each for each in DomainError.__subclasses__() if "code" not in vars(each)}


def all_errors() -> set[type[DomainError]]:
    """Every error type known to this process that has a code; categories have none."""
    found: set[type[DomainError]] = set()
    waiting: list[type[DomainError]] = [DomainError]
    while waiting:
        children = waiting.pop().__subclasses__()
        found |= {child for child in children if "code" in vars(child)}
        waiting.extend(children)
    return found
