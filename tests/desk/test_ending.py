"""The end of a case at the desk: links and pages of a person who has died (docs/law §3)."""

from uuid import UUID, uuid4

import pytest

from dsr.desk.caller import Call
from dsr.desk.errors import RequestUnknown
from dsr.desk.my import subject
from dsr.desk.sign_in_codes import Session
from dsr.domain.export import ExportIsRevoked
from dsr.domain.request.errors import SubjectDeceased
from dsr.domain.request.values import End
from dsr.domain.rights import Right
from tests.desk.office import Office
from tests.desk.test_replay import replayed


@pytest.fixture
def offered(office: Office) -> tuple[UUID, UUID]:
    """A case, and its package, to which a link was offered."""
    request_id = office.granted(Right.ACCESS)
    office.collect(request_id, "access")
    office.search(request_id, "access")
    export_id = UUID(office.desk.exports.prepare(request_id, "access", office.call(request_id)).resource_id)
    office.desk.exports.offer(export_id, Call(office.ann))
    office.done(request_id, "access")
    return request_id, export_id


def died(office: Office, request_id: UUID) -> None:
    office.desk.answers.propose_end(
        request_id, office.call(request_id, office.bob), end=End.DECEASED, reasons="Her daughter wrote."
    )
    office.desk.answers.decide_end(request_id, office.call(request_id), approve=True, reason="")


def test_no_link_opens_the_package_of_a_person_who_has_died(office: Office, offered: tuple[UUID, UUID]) -> None:
    request_id, export_id = offered
    link = office.desk.exports.link(office.desk.exports.offer(export_id, Call(office.ann)))
    died(office, request_id)
    with pytest.raises(ExportIsRevoked):
        office.desk.exports.redeem(link.token, link.password, network="")
    assert office.export(export_id)["revoked"] == "subject-deceased"
    with pytest.raises(SubjectDeceased):
        office.desk.exports.offer(export_id, Call(office.ann))


def test_nobody_acts_as_a_person_who_has_died(office: Office, offered: tuple[UUID, UUID]) -> None:
    request_id, _ = offered
    session = Session(request_id, uuid4(), office.later(minutes=30))
    office.desk.my.show(session)
    died(office, request_id)
    with pytest.raises(RequestUnknown):
        office.desk.my.show(session)
    with pytest.raises(RequestUnknown):
        office.desk.repository.request(request_id, subject(session))


def test_a_death_is_borne_out_by_a_replay(office: Office, offered: tuple[UUID, UUID]) -> None:
    request_id, _ = offered
    died(office, request_id)
    assert replayed(office).is_borne_out
    assert office.view(request_id)["items_unanswered"] == 0
    assert office.differences() == []
