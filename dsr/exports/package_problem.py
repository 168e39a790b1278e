"""Problems found by a check of a package."""

from dataclasses import dataclass

from dsr.exports.schemas import Violation


@dataclass(frozen=True)
class PackageProblem:
    """One problem of a package."""

    code: str
    """Stable, kebab-case."""
    path: str
    """The entry of the zip concerned, or empty."""
    message: str
    """Description, without content of the package."""
    pointer: str | None = None
    """Place in the file (JSON Pointer) that violates its schema; empty for the whole file."""
    rule: str | None = None
    """The violated keyword of the schema."""


def violated(code: str, path: str, what: str, violation: Violation) -> PackageProblem:
    """The problem that `what` violates its schema, with the place."""
    message = f"{what} does not follow its schema at {violation}."
    return PackageProblem(code, path, message, violation.pointer, violation.rule)
