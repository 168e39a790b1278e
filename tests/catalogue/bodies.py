"""Bodies of HTTP requests that are right in themselves."""

from typing import Any, Final

from dsr.domain.request.letters import REQUIRED_STATEMENTS, LetterKind


def letter(kind: LetterKind, *items: str, **facts: Any) -> dict[str, Any]:
    """A letter that says all it must."""
    statements: dict[str, Any] = dict.fromkeys(sorted(REQUIRED_STATEMENTS[kind]), "as the law asks")
    if "authority" in statements:
        statements["authority"] = "de-berlin"
    if "kept-and-why" in statements:
        statements["kept-and-why"] = {"says": "nothing"}
    body = {"kind": kind.value, "channel": "email", "language": "en", "text": "Dear Ada", "statements": statements}
    return body | {"item_ids": list(items)} | facts


def notice(kind: LetterKind = LetterKind.EXTENSION) -> dict[str, Any]:
    """A notice that belongs to a command of its own, by default that of an extension."""
    return {name: value for name, value in letter(kind).items() if name not in ("kind", "item_ids")}


def described(**facts: Any) -> dict[str, Any]:
    """Where a data set comes from and what it means."""
    return {
        "name": "calls",
        "system": "crm",
        "purpose": "Customer relations",
        "provenance": "observed",
        "fields": [{"name": "number", "description": "The number that called", "provenance": "observed"}],
    } | facts


def records(**facts: Any) -> dict[str, Any]:
    """A data set in a JSON body."""
    return described(records=[{"number": "0301234567"}]) | facts


def refusal(**facts: Any) -> dict[str, Any]:
    """A refusal of erasure that the law allows."""
    return {
        "ground": "legal-obligation",
        "reasons": "Invoices must be kept for ten years.",
        "facts": "The last invoice is of 2024.",
        "provision": "§ 147 AO",
        "extent": ["invoices"],
        "covers_all": not facts.get("in_part", False),
    } | facts


FEE: Final[dict[str, Any]] = {
    "item_ids": ["access"],
    "ground": "manifestly-excessive",
    "facts": "The fourth request for the same data this month.",
    "amount": 1000,
    "currency": "EUR",
    "cost_basis": [{"kind": "copying", "amount": 1000}],
    "offer_ends_on": "2026-03-31",
}
