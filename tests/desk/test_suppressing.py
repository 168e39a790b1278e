"""Who objected to direct marketing is left alone from then on, also once their case is forgotten (GDPR Art. 21(3))."""

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa

from dsr.desk.caller import Call
from dsr.desk.errors import Forbidden, IdentifierMissing, VersionStale
from dsr.desk.new_case import Person
from dsr.desk.unit_of_work import changing
from dsr.domain.request.values import DisclosurePurpose
from dsr.domain.rights import Right
from dsr.domain.ropa import ControllerUnknown
from dsr.domain.sealed import KeyDestroyed
from dsr.vault import IndexPurpose
from dsr.vault.suppression_list import suppressions
from tests.desk.office import Office

EMAIL, PHONE, NAME, IDENTIFIER = IndexPurpose.EMAIL, IndexPurpose.PHONE, IndexPurpose.NAME, IndexPurpose.IDENTIFIER
ADA = Person(name="Ada Lovelace", email="ada@example.org", phone="+49 30 1234567", identifiers=("K-4711",))
BY_MAIL = {EMAIL: ["ada@example.org"]}


def object_to_marketing(office: Office, request_id: UUID, at: datetime | None = None, **facts: Any) -> None:
    """Any command whose transaction suppresses the person."""
    if at is not None:
        office.clock.time = at
    repository = office.desk.repository
    with changing(repository, request_id, facts.pop("call", office.call(request_id))) as work:
        work.case.disclose(work.acting, purpose=DisclosurePurpose.ASSESSMENT, versions=(1,))
        work.effect(lambda: repository.suppressions.add_for_case(work.case, work.acting.at))


def objecting(office: Office, **facts: Any) -> UUID:
    request_id = office.arrived(**({"person": ADA} | facts))
    office.desk.triage.register(request_id, office.call(request_id), rights=(Right.OBJECTION,), direct_marketing=True)
    return UUID(str(request_id))


def since(office: Office, marks: Any, controller_id: str = "callcentre-de", who: Any = None) -> date | None:
    found: date | None = office.desk.repository.suppressions.since(
        who or office.ann, controller_id=controller_id, marks=marks
    )
    return found


@pytest.mark.parametrize(
    "marks",
    [
        {EMAIL: ["ADA@example.org"]},
        {PHONE: ["0049 (0)30 1234567"]},
        {IDENTIFIER: ["k4711"]},
        {EMAIL: ["new@example.org"], IDENTIFIER: ["K 4711"]},
    ],
)
def test_a_person_who_objected_is_known_again_by_each_of_their_identifiers(office: Office, marks: Any) -> None:
    object_to_marketing(office, objecting(office))
    assert since(office, marks) == date(2026, 3, 5)


def test_nobody_is_suppressed_before_they_objected(office: Office) -> None:
    objecting(office)
    assert since(office, BY_MAIL) is None


def test_the_sender_of_a_mail_is_suppressed(office: Office) -> None:
    request_id = office.case_by_mail(office.mail("I object to direct marketing.", sender="Ada <Ada@Example.org>"))
    object_to_marketing(office, request_id)
    assert since(office, BY_MAIL) == date(2026, 3, 5)


def test_a_person_known_by_name_alone_suppresses_nobody_else_of_that_name(office: Office) -> None:
    object_to_marketing(office, objecting(office, person=Person(name="Ada Lovelace")))
    with office.service.database.reading() as connection:
        assert connection.execute(sa.select(suppressions)).all() == []


def test_suppression_counts_from_the_local_date_of_the_objection(office: Office) -> None:
    late = datetime(2026, 3, 5, 23, 30, tzinfo=UTC)
    office.clock.time = late
    object_to_marketing(office, objecting(office), at=late)
    assert since(office, BY_MAIL) == date(2026, 3, 6)  # half past midnight in Berlin


def test_an_objection_binds_the_controller_that_it_was_made_to(office: Office) -> None:
    object_to_marketing(office, objecting(office, controller_id="callcentre-fr"))
    assert since(office, BY_MAIL, "callcentre-fr") == date(2026, 3, 5)
    assert since(office, BY_MAIL, "callcentre-de") is None


def test_a_person_who_objects_to_several_controllers_is_left_alone_by_each_of_them(office: Office) -> None:
    request_id = office.arrived(person=ADA)
    office.desk.triage.register(
        request_id,
        office.call(request_id),
        rights=(Right.OBJECTION,),
        direct_marketing=True,
        controllers=("callcentre-fr", "callcentre-es"),
    )
    object_to_marketing(office, request_id)
    found = [since(office, BY_MAIL, f"callcentre-{country}") for country in ("fr", "es", "it")]
    assert found == [date(2026, 3, 5), date(2026, 3, 5), None]


def test_the_controller_that_has_the_case_is_bound_where_no_item_names_another(office: Office) -> None:
    request_id = office.registered(Right.OBJECTION, person=ADA, controller_id="callcentre-fr")
    object_to_marketing(office, request_id)
    assert since(office, BY_MAIL, "callcentre-fr") == date(2026, 3, 5)


def test_suppressing_again_keeps_the_first_date(office: Office) -> None:
    request_id = objecting(office)
    object_to_marketing(office, request_id)
    object_to_marketing(office, request_id, at=office.later(days=9))
    assert since(office, BY_MAIL) == date(2026, 3, 5)


def test_suppression_outlives_the_keys_and_the_index_of_its_case(office: Office) -> None:
    request_id = objecting(office)
    object_to_marketing(office, request_id)
    repository = office.desk.repository
    repository.keystore.destroy(office.case(request_id).keys.values())
    repository.index.delete(request_id)
    assert since(office, BY_MAIL) == date(2026, 3, 5)
    with pytest.raises(KeyDestroyed):
        repository.suppressions.marks_of_case(request_id)


def test_a_command_that_fails_suppresses_nobody(office: Office) -> None:
    request_id = objecting(office)
    version = office.case(request_id).version
    with pytest.raises(VersionStale):
        object_to_marketing(office, request_id, call=Call(office.ann, expected=version - 1))
    office.desk.repository.keystore.destroy(office.case(request_id).keys.values())
    with pytest.raises(KeyDestroyed):
        object_to_marketing(office, request_id)
    assert office.everything()["suppressions"] == []
    assert office.case(request_id).version == version


def test_suppressing_outside_of_a_command_is_a_bug_that_shows(office: Office) -> None:
    case = office.case(objecting(office))
    with pytest.raises(RuntimeError):
        office.desk.repository.suppressions.add_for_case(case, office.clock.now())


@pytest.mark.parametrize("marks", [{}, {EMAIL: [""]}, {EMAIL: ["  "], PHONE: ["ext."], IDENTIFIER: ["--"]}])
def test_a_question_about_nobody_is_refused_and_not_answered_with_no(office: Office, marks: Any) -> None:
    with pytest.raises(IdentifierMissing):
        since(office, marks)


def test_a_controller_that_was_never_named_is_refused_and_not_answered_with_no(office: Office) -> None:
    with pytest.raises(ControllerUnknown):
        since(office, BY_MAIL, "callcentre-xx")


def test_a_controller_that_is_gone_can_still_be_asked_about(office: Office, example_without_france: bytes) -> None:
    object_to_marketing(office, objecting(office, controller_id="callcentre-fr"))
    office.desk.ropa.adopt(example_without_france, office.call())
    assert since(office, BY_MAIL, "callcentre-fr") == date(2026, 3, 5)


def test_nobody_asks_for_a_controller_outside_their_scope(office: Office) -> None:
    with pytest.raises(Forbidden):
        since(office, BY_MAIL, who=office.member("fritz", "callcentre-fr"))


@pytest.fixture
def example_without_france() -> bytes:
    example = Path(__file__).parents[2] / "dsr" / "ropa" / "example.yaml"
    return example.read_text(encoding="utf-8").replace("callcentre-fr", "callcentre-ff").encode()
