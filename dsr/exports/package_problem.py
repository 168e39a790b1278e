"""What a check of a package finds."""

from dataclasses import dataclass

from dsr.exports.schemas import Violation


@dataclass(frozen=True)
class PackageProblem:
    """One thing that is wrong with a package."""

    code: str
    """Stable, kebab-case."""
    path: str
    """The entry of the zip that it concerns, or empty."""
    message: str
    """In words, without content of the package."""
    pointer: str | None = None
    """Place in the file (JSON Pointer) that does not follow its schema; empty for the whole of it."""
    rule: str | None = None
    """The keyword of the schema that it does not follow."""


def violated(code: str, path: str, what: str, violation: Violation) -> PackageProblem:
    """That something (`what`) does not follow its schema, and where."""
    message = f"{what} does not follow its schema at {violation}."
    return PackageProblem(code, path, message, violation.pointer, violation.rule)
