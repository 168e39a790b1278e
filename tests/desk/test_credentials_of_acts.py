"""Each event names the credential that its actor used (GDPR Art. 5(2), 32(1)(b))."""

import ast
import json
from pathlib import Path
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from dsr.bootstrap import FIRST_OPERATOR
from dsr.desk.caller import Call, service
from dsr.domain.export import Export
from dsr.domain.rights import Right
from dsr.domain.roles import Role
from dsr.eventstore.tables import events
from dsr.projections.timeline import timeline_of
from tests.catalogue.starts import offered
from tests.desk.office import Office
from tests.desk.test_use_cases import redeem, redeem_signed_in, send_code, sign_in, signed_in


def last(office: Office, name: str) -> dict[str, Any]:
    """The payload of the last event of this name, as the log holds it."""
    query = sa.select(events.c.payload).where(events.c.name == name).order_by(events.c.position.desc()).limit(1)
    with office.service.database.reading() as connection:
        found: dict[str, Any] = json.loads(connection.execute(query).scalar_one())
    return found


def test_an_act_of_staff_names_the_token(office: Office) -> None:
    # given
    issued = office.desk.staff.issue_token(FIRST_OPERATOR, Call(service("cli")))
    operator = office.desk.staff.authenticate(office.desk.staff.secret(issued))
    # when
    call = Call(operator)
    office.desk.staff.enrol(call, identifier="olga", roles=(Role.OPERATOR,), controllers=("*",))
    # then
    assert last(office, "dsr.staff.enrolled")["credential"] == f"token:{issued.resource_id}"


def test_an_act_of_the_service_or_on_the_machine_names_none(office: Office) -> None:
    office.desk.staff.issue_token(FIRST_OPERATOR, Call(service("cli")))
    assert "credential" not in last(office, "dsr.staff.token-issued")


def test_whoever_accepts_an_invitation_names_it(office: Office) -> None:
    code = office.desk.invitations.print_code(FIRST_OPERATOR, Call(service("cli")))
    invitation_id = last(office, "dsr.staff.invited")["invitation_id"]
    office.desk.invitations.accept(code)
    assert last(office, "dsr.staff.token-issued")["credential"] == f"invitation:{invitation_id}"


def test_a_person_names_the_code_that_they_signed_in_with(office: Office) -> None:
    # given
    request_id = office.registered(Right.ACCESS)
    send_code(office, request_id)
    # when
    sign_in(office, request_id)
    # then: the timeline shows it too
    code_id = last(office, "dsr.request.subject-signed-in")["code_id"]
    with office.service.database.reading() as connection:
        newest, *_ = timeline_of(connection, request_id, descending=True).rows
    assert (newest["actor"], newest["credential"]) == ("data-subject", f"sign-in:{code_id}")


def test_whoever_opens_a_package_names_the_link_or_the_code(office: Office) -> None:
    # given
    by_link, by_code = offered(office), signed_in(office)
    # when
    redeem(office, by_link)
    through_link = last(office, "dsr.export.redeemed")["credential"]
    redeem_signed_in(office, by_code)
    through_code = last(office, "dsr.export.redeemed")["credential"]
    # then
    assert through_link == f"link:{_token_id(office, by_link)}"
    assert through_code == f"sign-in:{last(office, 'dsr.request.subject-signed-in')['code_id']}"


def test_a_download_names_the_link_of_its_session(office: Office) -> None:
    # given
    export_id = offered(office)
    session = redeem(office, export_id)
    # when
    b"".join(office.desk.exports.download(session.secret, network=""))
    # then
    for name in ("dsr.export.downloaded", "dsr.export.sent"):
        assert last(office, name)["credential"] == f"link:{_token_id(office, export_id)}"


def _token_id(office: Office, export_id: UUID) -> UUID | None:
    return office.find(Export, export_id).latest


def test_one_place_hands_the_credential_to_the_acts() -> None:
    """Whoever made an acting context, or a caller, elsewhere would leave the credential out."""
    acting, callers = list[str](), list[str]()
    for path in sorted(Path("dsr").rglob("*.py")):
        for called in (each for each in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(each, ast.Call)):
            name, where = ast.unparse(called.func), f"{path.as_posix()}:{called.lineno}"
            if name in ("Acting", "CaseActing"):
                acting.append(path.as_posix())
            if name == "Caller" and "credential" not in {each.arg for each in called.keywords}:
                callers.append(where.rpartition(":")[0])
    # one for each command; those for whom a policy names who decided on a batch, in a request that the service makes
    # itself; one for each case; and one that computes dates again as a past event had them
    assert acting == [
        "dsr/desk/caller.py",
        "dsr/desk/file_forgetting.py",
        "dsr/desk/file_forgetting.py",
        "dsr/desk/forgetting.py",
        "dsr/domain/acting.py",
        "dsr/domain/request/recomputed.py",
    ]
    # parts of the service, and whoever runs a program on its machine
    assert callers == ["dsr/desk/caller.py", "dsr/desk/exports/purge.py", "dsr/desk/session_desk.py"]
