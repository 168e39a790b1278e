"""What is missing where: each test names the commands that an entry, a test's table or a machine leaves out."""

import inspect
from collections.abc import Collection, Set
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Final, cast, get_type_hints
from unittest.mock import MagicMock

from dsr.api import create_app
from dsr.bootstrap import Service
from dsr.desk.caller import Call
from dsr.desk.desk import Desk, Limits
from dsr.domain.acting import Acting
from dsr.domain.events import Aggregate
from dsr.domain.request import Request
from dsr.mailbox.limits import MailLimits
from dsr.settings import load_settings
from tests.api.routes import routes
from tests.catalogue.catalogue import ACTS, AT_DESK, COMMANDS, OVER_HTTP
from tests.traffic import TABLE, WRITTEN_BY, known_costs

TESTS: Final = Path(__file__).parents[1]

ELSEWHERE: Final = {
    # They show what they record.
    "access_information.open": "desk/test_telling.py",
    "bundles.prepare": "desk/test_bundles.py",
    "authority_disclosures.open": "desk/test_authority_disclosures.py",
    "disclosures.open": "desk/test_use_cases.py",
    "disclosures.original": "desk/test_receiving_mail.py",
    "disclosures.records": "api/console/test_grid.py",
    "exports.preview": "api/console/test_package.py",
    "dispatching.paper": "desk/dispatching/test_saying_what_stands.py",
    "matter_letters.paper": "desk/test_matter_letters.py",
    "dispatching.preview": "desk/dispatching/test_deciding.py",
    "matter_messages.original": "desk/test_matter_messages.py",
    "matters.open": "desk/test_matters.py",
    "own_erasures.open": "desk/test_own_erasures.py",
    "quarantine.open": "desk/test_quarantine_desk.py",
    # Each of their cases is a command of its own.
    "bulk.assign": "desk/test_bulk.py",
    "bulk.decide_forgetting": "desk/test_forgetting.py",
    "bulk.propose_forgetting": "desk/test_forgetting.py",
    "bulk.register": "desk/test_bulk.py",
    # Each of its steps is a command of its own.
    "finishing.finish": "desk/test_finishing.py",
    # What others sent, or are sent: done once for each message or package, whatever the key of the call.
    "dispatching.record_bounce": "desk/dispatching/test_bouncing.py",
    "hand_overs.hand_over": "desk/test_handing_over.py",
    "invitations.print_code": "desk/test_invitations.py",
    "mail.receive_message": "desk/test_receiving_mail.py",
    "mail.set_aside_failed": "desk/test_reading_the_inbox.py",
    "mail.set_aside_too_large": "desk/test_reading_the_inbox.py",
    "quarantine.put": "desk/test_quarantine_desk.py",
    "telling.record_bounce": "policies/test_tell_who_is_waited_for.py",
    # What the scheduler and the command line ask for: done once for each size of the log.
    "file_forgetting.purge": "desk/test_forgetting_files.py",
    "file_forgetting.put_back": "desk/test_forgetting_files.py",
    "forgetting.purge": "desk/test_forgetting.py",
    "forgetting.put_back": "backup/test_forgotten.py",
    "fences.forget_again": "backup/test_copies_from_before.py",
    "retention.carry_out": "desk/test_retention.py",
    "retention.draw_up": "desk/test_retention.py",
    "evidence.checkpoint": "desk/test_evidence.py",
    "evidence.checkpoint_if_due": "desk/test_evidence.py",
    # Parts of other use cases: they answer with a signature.
    "signing.declare": "desk/test_handing_over.py",
    "signing.signer": "desk/test_signing.py",
}
"""Use cases that the rules of all others do not fit, and the tests that hold theirs."""


def commands() -> set[str]:
    """The public methods of a case that are told who acts, and when."""
    return {
        name
        for name, method in inspect.getmembers(Request, inspect.isfunction)
        if not name.startswith("_") and getattr(Aggregate, name, None) is not method and takes(method, Acting)
    }


def use_cases() -> set[str]:
    """`room.method` for each public method of the desk that takes a call."""
    parts: dict[str, Any] = {name: MagicMock() for name in inspect.signature(Desk).parameters}
    parts["limits"] = Limits(MailLimits(), 1, 1, 1, 1, 1, 1, False, MagicMock())
    return {
        f"{room}.{name}"
        for room, each in vars(Desk(**parts)).items()
        for name, method in inspect.getmembers(type(each), inspect.isfunction)
        if not name.startswith("_") and room not in parts and takes(method, Call)
    }


def takes(function: Any, kind: type[Any]) -> bool:
    """Whether one of its parameters is of this kind."""
    hints = get_type_hints(function)
    return any(isinstance(hint, type) and issubclass(hint, kind) for name, hint in hints.items() if name != "return")


def taken_routes() -> set[str]:
    """Each path of the interface for programs that takes POST."""
    settings = load_settings({"DSR_HOME": "/nowhere"})
    app = create_app(cast(Service, SimpleNamespace(settings=settings)))
    return {
        name.removeprefix("POST ")
        for name, (_, said) in routes(app).items()
        if name.startswith("POST ") and not said.page
    }


def require_complete(there: Set[str], entered: Collection[str]) -> None:
    """Fail with the names that are missing, or left over."""
    missing, left = sorted(there - set(entered)), sorted(set(entered) - there)
    assert not missing, f"no entry in tests/catalogue: {', '.join(missing)}"
    assert not left, f"an entry of tests/catalogue for what is not there: {', '.join(left)}"


def test_a_name_means_one_command() -> None:
    names = [each.name for each in COMMANDS]
    assert sorted(names) == sorted(set(names))
    acts = [each.act.command for each in COMMANDS if each.act is not None]
    assert sorted(acts) == sorted(set(acts))


def test_every_command_of_a_case_has_an_entry() -> None:
    require_complete(commands(), ACTS)


def test_every_use_case_of_the_desk_has_an_entry_or_is_tested_elsewhere() -> None:
    entered = {each.method for each in AT_DESK.values()}
    require_complete(use_cases(), entered | ELSEWHERE.keys())
    assert entered.isdisjoint(ELSEWHERE)
    assert all((TESTS / where).is_file() for where in ELSEWHERE.values())


def test_every_route_that_takes_a_command_has_an_entry() -> None:
    require_complete(taken_routes(), {each.path for each in OVER_HTTP.values()})


def test_the_table_of_costs_holds_every_use_case_of_the_desk() -> None:
    known = known_costs("command")
    missing, left = sorted(AT_DESK.keys() - known), sorted(known - AT_DESK.keys())
    assert not missing, f"no cost in tests/{TABLE.name}: {', '.join(missing)}. Each is written by {WRITTEN_BY}"
    assert not left, f"remove the cost of what is no use case from tests/{TABLE.name}: {', '.join(left)}"
