"""The law in one table: every command has its route, every guard its test, every code of the law its place.

That docs/commands.md is what the code says is held by test_documentation.py.
"""

import ast
from collections.abc import Callable, Iterable
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from docs.command_table import Row, rows
from docs.generate import import_everything
from dsr.domain.errors import DomainError, all_errors
from dsr.domain.events import event_types
from dsr.domain.own_file import FileForgotten
from dsr.domain.request.errors import CaseForgotten, NotRegistered, RequestIsClosed

ROOT = Path(__file__).parent.parent

LAW_CODES = frozenset(
    {
        "absolute-right",
        "access-before-erasure",
        "accuracy-unassessed",
        "already-authenticated",
        "already-extended",
        "authority-missing",
        "burden-of-proof",
        "clarification-not-permitted",
        "clock-reset-forbidden",
        "confirmation-required",
        "conflict-of-interest",
        "consent-not-found",
        "different-subject",
        "disproportionate-identification",
        "evidence-not-purged",
        "extension-too-late",
        "feasibility-unassessed",
        "fee-not-allowed",
        "fee-not-cost-based",
        "fee-notice-incomplete",
        "four-eyes",
        "ground-not-available",
        "human-review-required",
        "identity-unresolved",
        "invalid-extension-ground",
        "items-open",
        "legal-hold",
        "letter-incomplete",
        "no-ground",
        "no-reasonable-doubt",
        "no-right-identified",
        "notice-before-lift",
        "reason-required",
        "receipt-in-future",
        "redaction-pending",
        "regime-unknown",
        "response-not-sent",
        "summary-required",
        "target-unverified",
    }
)
"""The codes with which the law, as it was designed for this service, refuses something."""

OF_EVERY_COMMAND = {CaseForgotten, FileForgotten, NotRegistered, RequestIsClosed}
"""Tested for all commands at once, in tests/domain/request/test_case.py, test_forgetting.py and
tests/domain/test_own_file.py.
"""

NO_GUARD = {
    "blob-missing": "the store of files",
    "key-destroyed": "the store of keys: what was forgotten does not open again",
    "key-unknown": "the store of keys",
    "storage-full": "the disk",
    "storage-unavailable": "the disk, or what is not mounted",
    "malware-found": "the scanner",
    "scanner-unavailable": "the scanner",
    "reader-unavailable": "the reader of letters",
    "target-refused": "the interface of another controller",
    "target-unanswered": "the interface of another controller",
    "target-unreachable": "the network",
    "target-unsafe": "the network",
    "target-untrusted": "the network",
    "mail-oauth-refused": "the token server of the mail",
    "mail-oauth-unavailable": "the token server of the mail",
    "message-in-doubt": "the outgoing mail",
    "message-not-sent": "the outgoing mail",
    "message-refused": "the outgoing mail",
    "transport-unavailable": "the outgoing mail",
    "ropa-version-unknown": "a reading of the record of processing; cases pin versions that exist",
    "extension-before-receipt": "a deadline that somebody asks to be explained by hand",
    "regime-unknown": "a deadline that somebody asks to be explained by hand; of a controller it is `ropa-invalid`",
    "suspension-before-receipt": "a deadline that somebody asks to be explained by hand",
    "suspension-inverted": "a deadline that somebody asks to be explained by hand",
}
"""Errors of the domain that refuse no command, and where they come from instead."""

IMPOSSIBLE = {
    "examine_messages": ({"request-open", "request-closed"}, "it asks first whether the case is closed"),
    "send_fee_notice": ({"item-unknown"}, "the items of a fee that was proposed exist"),
    "discard_data": ({"item-unknown"}, "the item of a data set exists"),
    "discard_attachment": ({"item-unknown"}, "the item of an attachment exists"),
    "enrol": ({"staff-left"}, "it signs and trains whom it enrolled in the same command"),
    "adopt": ({"controller-unknown", "ropa-missing"}, "it looks up what the document itself names"),
    "record_announcement": ({"ropa-version-unknown"}, "a change that was announced has its version"),
    "review": ({"controller-unknown"}, "the version that was pinned has the controller"),
    "give": ({"controller-unknown"}, "the version that was pinned has the controller"),
    "carry_out": ({"controller-unknown"}, "the version that was pinned has the controller"),
}
"""What the sources can raise and the command has made impossible, by command: codes, and why."""


@pytest.fixture(scope="module")
def table() -> tuple[Row, ...]:
    import_everything()
    return rows()


def guards(table: Iterable[Row]) -> set[type[DomainError]]:
    return {error for row in table for error in row.errors}


def of_arithmetic(error: type[DomainError]) -> bool:
    """Checks on facts that every computed date passes, and few commands state."""
    return error.__module__.startswith("dsr.domain.deadlines")


def test_the_table_has_the_commands_of_every_aggregate(table: tuple[Row, ...]) -> None:
    assert len({(row.aggregate, row.name) for row in table}) == len(table)
    names = {(vars(row.aggregate).get("TOPIC", "dsr.own-file"), row.name) for row in table}
    assert {
        ("dsr.request", "receive"),
        ("dsr.request", "approve_refusal"),
        ("dsr.export", "redeem"),
        ("dsr.staff", "enrol"),
        ("dsr.ropa", "adopt"),
    } <= names


BY_ITSELF = {
    "dsr.domain.matter.matter: record_due": "the clock, of a date that approaches or was missed",
    "dsr.domain.matter.sending: record_letter_failed": "the worker, of a mail that can't leave",
    "dsr.domain.matter.sending: record_letter_returned": "the mailbox, of a letter that came back",
    "dsr.domain.own_file: attest_forgetting": "the worker, once all of a file is destroyed",
    "dsr.domain.own_file: restore_forgetting": "`dsr restore`, of what the fence journal names",
    "dsr.domain.request.claims: note_claim": "the service, of a message that claims the thread of the case",
    "dsr.domain.request.due: record_due": "the clock, of what came due",
    "dsr.domain.request.forgetting: attest_forgetting": "the worker, once all of a file is destroyed",
    "dsr.domain.request.forgetting: restore_forgetting": "`dsr restore`, of what the fence journal names",
    "dsr.domain.request.search_link: open_search_link": "the owner of a system, who has a link (`/console/task`)",
    "dsr.domain.request.sign_in: send_sign_in_code": "the worker, for who asked for a code",
    "dsr.domain.retention_batch: carry_out": "the worker, once each file of a batch was ordered or kept",
    "dsr.domain.retention_batch: draw_up": "the clock, of files whose period has ended",
    "dsr.domain.staff.member: note_returned_mail": "the mailbox, of a warning that came back",
}
"""Commands that no route gives, and why."""


def test_every_command_is_given_by_a_route(table: tuple[Row, ...]) -> None:
    without = {f"{row.part}: {row.name}" for row in table if not row.routes}
    assert without == set(BY_ITSELF), "give each command a route in dsr/api, or say in BY_ITSELF who gives it"


def test_every_error_of_the_domain_guards_a_command(table: tuple[Row, ...]) -> None:
    raised = {error.code for error in guards(table)}
    known = {error.code for error in all_errors() if error.__module__.startswith("dsr.domain.")}
    unused = sorted(known - raised - NO_GUARD.keys())
    assert not unused, f"no command names these errors: raise each, and name its class in the docstring: {unused}"
    stale = sorted(NO_GUARD.keys() - (known - raised))
    assert not stale, f"these guard a command, or are gone: remove them from NO_GUARD: {stale}"


def test_every_event_is_recorded_by_a_command(table: tuple[Row, ...]) -> None:
    recorded = {event for row in table for event in row.events}
    ours = {event for event in event_types().values() if event.__module__.startswith("dsr.")}
    unrecorded = sorted(event.TOPIC for event in ours - recorded)
    assert not unrecorded, f"no command records these events: {unrecorded}"


def test_every_code_of_the_law_has_its_place(table: tuple[Row, ...]) -> None:
    assert sorted(LAW_CODES - {error.code for error in guards(table)} - set(NO_GUARD)) == []


def test_a_command_says_with_which_errors_it_refuses(table: tuple[Row, ...]) -> None:
    silent = {
        row.name: codes
        for row in table
        if (codes := {error.code for error in row.reachable - row.announced if not of_arithmetic(error)})
    }
    impossible = {name: codes for name, (codes, _) in IMPOSSIBLE.items()}
    unsaid = {name: sorted(codes) for name, codes in silent.items() if codes != impossible.get(name)}
    assert not unsaid, f"name the classes of these errors in the docstring of the command, after 'Raises': {unsaid}"
    assert not impossible.keys() - silent.keys(), "remove from IMPOSSIBLE what a command can't raise any more"


def test_a_command_says_no_error_that_it_can_not_raise(table: tuple[Row, ...]) -> None:
    wrong = {f"{row.name}: {error.__name__}" for row in table for error in row.announced - row.reachable}
    assert not wrong, f"take these out of the docstrings, since the commands can't raise them: {sorted(wrong)}"


@cache
def said_in(folder: str) -> dict[Path, frozenset[str]]:
    """Names and texts in each test file of a folder; imports alone say nothing."""
    return {path: frozenset(_said(path)) for path in (ROOT / "tests" / folder).rglob("*.py") if path != Path(__file__)}


def _said(path: Path) -> Iterable[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        match node:
            case ast.Name(name) | ast.Attribute(attr=name) | ast.Constant(str(name)):
                yield name


def untested(table: Iterable[Row], is_tested: Callable[[Row, type[DomainError]], bool]) -> list[str]:
    return sorted(
        f"{row.part}: {row.name} → {error.code}" for row in table for error in row.errors if not is_tested(row, error)
    )


def test_every_guard_of_a_command_has_a_test(table: tuple[Row, ...]) -> Any:
    """A test of the domain names error and command, or stands in the file that mirrors the command's module."""

    def is_tested(row: Row, error: type[DomainError]) -> bool:
        if error in OF_EVERY_COMMAND or error not in row.reachable:
            return True
        mirror = f"test_{row.part.rpartition('.')[2]}"
        return any(
            error.__name__ in said and (row.name in said or path.stem == mirror)
            for path, said in said_in("domain").items()
        )

    missing = untested(table, is_tested)
    assert not missing, f"write a test in tests/domain that names error and command, for: {missing}"


def test_every_guard_of_a_use_case_has_a_test(table: tuple[Row, ...]) -> Any:
    def is_tested(row: Row, error: type[DomainError]) -> bool:
        return error in row.reachable or any({error.__name__, error.code} & said for said in said_in("").values())

    missing = untested(table, is_tested)
    assert not missing, f"write a test that names the error or its code, for: {missing}"
