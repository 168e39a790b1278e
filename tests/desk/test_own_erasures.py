"""Erasures on own initiative at the desk: scope, what is sealed and opened, the list."""

from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest

from dsr.desk.caller import Call
from dsr.desk.errors import Forbidden, OwnErasureUnknown, RequestUnknown, VersionStale
from dsr.domain.errors import DomainError
from dsr.domain.own_erasure import HeldForAnswer, OwnErasure, OwnErasureKind, OwnErasureSettled, OwnErasureStatus
from dsr.domain.request.errors import ReasonRequired
from dsr.domain.request.message import MessageKind
from dsr.domain.request.values import DisclosurePurpose
from dsr.domain.rights import Right
from dsr.domain.sealed import KeyPurpose
from dsr.domain.staff import StaffUnknown
from dsr.projections.own_erasures import own_erasure_list, own_erasure_row
from tests.desk.office import Office

EXAMPLE = Path(__file__).parents[2] / "dsr" / "ropa" / "example.yaml"
SAID = "The girl said that she is twelve; call of 09:12."


def report(office: Office, who: Any = None, **facts: Any) -> UUID:
    said: dict[str, Any] = {
        "kind": OwnErasureKind.CHILD_DATA,
        "controller_id": "callcentre-de",
        "system": "recordings",
        "found_at": office.clock.now(),
        "description": SAID,
    }
    return UUID(office.desk.own_erasures.report(Call(who or office.ann), **(said | facts)).resource_id)


def carry_out(office: Office, erasure_id: UUID, call: Call | None = None, **facts: Any) -> Any:
    said: dict[str, Any] = {
        "deleted_at": None,
        "systems": ("recordings",),
        "recipients_told": (),
        "account": "Deleted with its copies.",
        "person_unknown": "email" not in facts,
    }
    return office.desk.own_erasures.carry_out(erasure_id, call or Call(office.bob), **(said | facts))


def row(office: Office, erasure_id: UUID) -> dict[str, Any]:
    with office.service.database.reading() as connection:
        found = own_erasure_row(connection, erasure_id)
    assert found is not None
    return found


def listed(office: Office, **asked: Any) -> list[UUID]:
    with office.service.database.reading() as connection:
        return [each["own_erasure_id"] for each in own_erasure_list(connection, **asked).rows]


def test_the_row_says_who_reported_who_deleted_and_when(office: Office) -> None:
    # given
    office.enrol("agnes")
    found_at = office.later(hours=-2)
    erasure_id = report(office, reported_by="agnes", found_at=found_at)
    office.clock.advance(hours=1)
    # when
    carry_out(office, erasure_id, deleted_at=office.later(minutes=-5), recipients_told=("telephony",))
    # then
    shown = row(office, erasure_id)
    assert (shown["status"], shown["reported_by"], shown["found_at"]) == ("carried-out", "agnes", found_at)
    assert (shown["settled_by"], shown["deleted_at"]) == ("bob", office.later(minutes=-5))
    assert (shown["systems"], shown["recipients_told"]) == (["recordings"], ["telephony"])
    assert shown["person_unknown"]
    assert office.differences() == []


def test_who_reports_it_came_upon_it_unless_somebody_who_works_here_is_named(office: Office) -> None:
    assert row(office, report(office))["reported_by"] == "ann"
    with pytest.raises(StaffUnknown):
        report(office, reported_by="nobody")


def test_a_case_that_led_to_it_has_to_be_in_scope(office: Office) -> None:
    case = office.arrived()
    assert row(office, report(office, request_id=case))["request_id"] == case
    french = office.member("eve", "callcentre-fr")
    for request_id in (case, uuid4()):
        with pytest.raises(RequestUnknown):
            report(office, french, controller_id="callcentre-fr", request_id=request_id)


def test_nobody_reports_for_a_controller_out_of_scope(office: Office) -> None:
    with pytest.raises(Forbidden):
        report(office, office.member("eve", "callcentre-fr"))


@pytest.mark.parametrize("blank", ["", " \n", "\u200b"])
def test_blank_text_says_nothing(office: Office, blank: str) -> None:
    with pytest.raises(ReasonRequired):
        report(office, description=blank)
    erasure_id = report(office)
    with pytest.raises(ReasonRequired):
        carry_out(office, erasure_id, account=blank)
    with pytest.raises(ReasonRequired):
        office.desk.own_erasures.cancel(erasure_id, Call(office.ann), reason=blank)
    assert row(office, erasure_id)["status"] == "reported"


def test_opening_shows_everything_and_is_on_record_first(office: Office) -> None:
    # given
    erasure_id = report(office)
    carry_out(office, erasure_id)
    # when
    opening = office.desk.own_erasures.open(erasure_id, Call(office.ann), purpose=DisclosurePurpose.ASSESSMENT)
    # then
    assert [(each.version, each.fields) for each in opening.opened] == [
        (1, {"description": SAID}),
        (2, {"account": "Deleted with its copies."}),
    ]
    event: Any = list(office.service.log.read())[-1].event
    assert (event.TOPIC, event.purpose, event.versions, event.actor) == (
        "dsr.own-erasure.opened",
        DisclosurePurpose.ASSESSMENT,
        (1, 2),
        "ann",
    )
    assert opening.version == row(office, erasure_id)["version"] == 3, "the version that the next command must name"


def test_each_opening_is_one_even_under_the_same_key(office: Office) -> None:
    erasure_id, call = report(office), Call(office.ann, idempotency=office.key())
    for _ in range(2):
        office.desk.own_erasures.open(erasure_id, call, purpose=DisclosurePurpose.ASSESSMENT)
    assert office.names().count("own-erasure.opened") == 2


def test_what_was_forgotten_is_named_and_the_rest_of_the_history_stays(office: Office) -> None:
    # given
    erasure_id = report(office)
    erasure = office.find(OwnErasure, erasure_id)
    office.service.keystore.destroy([erasure.keys[KeyPurpose.CASE_FILE.value]])
    # when
    opening = office.desk.own_erasures.open(erasure_id, Call(office.ann), purpose=DisclosurePurpose.COMPLAINT)
    # then
    assert [(each.fields, each.forgotten) for each in opening.opened] == [({}, ("description",))]
    assert row(office, erasure_id)["reported_by"] == "ann"


def test_what_is_out_of_scope_does_not_exist(office: Office) -> None:
    erasure_id, eve = report(office), office.member("eve", "callcentre-fr")
    for somebody, some_id in ((eve, erasure_id), (office.ann, uuid4()), (office.ann, office.arrived())):
        with pytest.raises(OwnErasureUnknown):
            office.desk.own_erasures.open(some_id, Call(somebody), purpose=DisclosurePurpose.ASSESSMENT)
    assert listed(office, scope=eve.scope) == []
    assert listed(office, scope=frozenset()) == []


def test_the_version_of_the_record_that_the_report_pinned_decides(office: Office) -> None:
    # given: a later version knows neither the system nor the recipient any more
    erasure_id = report(office)
    example = EXAMPLE.read_bytes().replace(b"  - id: quality\n", b"  - id: scoring\n")
    example = example.replace(b"systems: [recordings, quality]", b"systems: [recordings, scoring]")
    office.desk.ropa.adopt(example, Call(office.ann))
    # when, then
    carry_out(office, erasure_id, systems=("recordings", "quality"))
    with pytest.raises(DomainError) as refusal:
        report(office, system="quality")
    assert refusal.value.code == "system-unknown"


def test_lists_are_filtered_and_go_on_where_they_ended(office: Office) -> None:
    # given
    ids = []
    for number in range(5):
        office.clock.advance(minutes=1)
        ids.append(report(office, kind=list(OwnErasureKind)[number % 3]))
    other = report(office, controller_id="callcentre-fr")
    carry_out(office, ids[1])
    # then
    assert listed(office) == [*ids, other]
    assert listed(office, status=OwnErasureStatus.CARRIED_OUT) == [ids[1]]
    assert listed(office, kind=OwnErasureKind.NO_LEGAL_BASIS) == [ids[2]]
    assert listed(office, controller="callcentre-fr") == [other]
    assert listed(office, scope=frozenset({"callcentre-de"})) == ids
    with office.service.database.reading() as connection:
        first = own_erasure_list(connection, limit=4)
        rest = own_erasure_list(connection, limit=4, cursor=first.next)
    assert [each["own_erasure_id"] for page in (first, rest) for each in page.rows] == [*ids, other]
    assert rest.next is None


def test_who_decides_on_an_old_version_is_told(office: Office) -> None:
    erasure_id = report(office)
    office.desk.own_erasures.open(erasure_id, Call(office.ann), purpose=DisclosurePurpose.ASSESSMENT)
    with pytest.raises(VersionStale):
        carry_out(office, erasure_id, Call(office.bob, expected=1))
    carry_out(office, erasure_id, Call(office.bob, expected=2))
    with pytest.raises(OwnErasureSettled):
        office.desk.own_erasures.cancel(erasure_id, Call(office.ann, expected=3), reason="Too late.")


def test_deletion_before_the_finding_is_refused(office: Office) -> None:
    erasure_id = report(office)
    with pytest.raises(DomainError) as refusal:
        carry_out(office, erasure_id, deleted_at=office.clock.now() - timedelta(seconds=1))
    assert refusal.value.code == "own-erasure-dates-invalid"
    assert row(office, erasure_id)["status"] == "reported"


@pytest.mark.parametrize("by_mark", [True, False])
def test_a_message_that_suggests_a_copy_holds_the_data_from_its_arrival_until_it_is_examined(
    office: Office, by_mark: bool
) -> None:
    """Data was deleted on own initiative while a letter that asked for a copy of it lay unread."""
    # given
    request_id = office.case_by_mail(office.mail("Please erase all my data under Article 17 GDPR."))
    office.desk.triage.register(request_id, office.call(request_id), rights=(Right.ERASURE,))
    facts: dict[str, Any] = {} if by_mark else {"request_id": request_id}
    erasure_id = report(office, kind=OwnErasureKind.NO_LEGAL_BASIS, **facts)
    said = {"email": "ada@example.org"} if by_mark else {"person_unknown": False}
    message_id = office.reply(request_id, "I am requesting access to my personal data under Article 15 GDPR first.")
    # when, then
    with pytest.raises(HeldForAnswer):
        carry_out(office, erasure_id, **said)
    office.desk.messages.examine(
        request_id,
        office.call(request_id),
        message_ids=(message_id,),
        kind=MessageKind.NOTHING_TO_DO,
        reason="She has it.",
    )
    carry_out(office, erasure_id, **said)
    assert row(office, erasure_id)["status"] == "carried-out"
