"""Requests of authorities at the desk: scope, second person, what is sealed and opened, the list."""

from functools import partial
from typing import Any
from uuid import UUID, uuid4

import pytest

from dsr.desk.caller import Call
from dsr.desk.errors import AuthorityDisclosureUnknown, Forbidden, MatterUnknown, RequestUnknown
from dsr.domain.authority_disclosure import (
    AuthorityDisclosureStatus,
    DisclosureFinding,
    ExpressRequestRequired,
    ExtentExceeded,
    ReviewRequired,
)
from dsr.domain.errors import DomainError
from dsr.domain.matter.errors import MatterOfOtherKind
from dsr.domain.request.errors import FourEyes, ReasonRequired
from dsr.domain.request.values import Channel, DisclosurePurpose
from dsr.domain.roles import Role
from dsr.projections.authority_disclosures import authority_disclosure_list, authority_disclosure_row
from tests.catalogue.matters import complaint, written
from tests.desk.office import Office

LETTER = "Send us the recording of the call with Ada Lovelace."


def record(office: Office, who: Any = None, **facts: Any) -> UUID:
    said: dict[str, Any] = {
        "controller_id": "callcentre-de",
        "authority": "Staatsanwaltschaft Berlin",
        "country": "DE",
        "received_at": office.clock.now(),
        "channel": Channel.POST,
        "text": LETTER,
        "reference": "234 Js 567/26",
        "provision": "§ 95 StPO",
    }
    answer = office.desk.authority_disclosures.record_request(Call(who or office.ann), **(said | facts))
    return UUID(answer.resource_id)


def review(office: Office, disclosure_id: UUID, who: Any = None, **facts: Any) -> Any:
    said: dict[str, Any] = {
        "finding": DisclosureFinding.DISCLOSE,
        "provision": "§ 95 StPO",
        "agreement": "",
        "extent": ("recording", "call-details"),
        "reasons": "The order of the court is enclosed.",
    }
    return office.desk.authority_disclosures.review(disclosure_id, Call(who or office.bob), **(said | facts))


def give(office: Office, disclosure_id: UUID, who: Any = None, **facts: Any) -> Any:
    said: dict[str, Any] = {
        "given_at": None,
        "channel": Channel.IN_PERSON,
        "systems": ("recordings",),
        "categories": ("recording",),
        "content": "One recording, 4 minutes.",
        "contact": "Inspector Lestrade",
    }
    return office.desk.authority_disclosures.give(disclosure_id, Call(who or office.ann), **(said | facts))


def row(office: Office, disclosure_id: UUID) -> dict[str, Any]:
    with office.service.database.reading() as connection:
        found = authority_disclosure_row(connection, disclosure_id)
    assert found is not None
    return found


def listed(office: Office, **asked: Any) -> list[UUID]:
    with office.service.database.reading() as connection:
        return [each["authority_disclosure_id"] for each in authority_disclosure_list(connection, **asked).rows]


def test_the_row_says_who_asked_who_reviewed_and_what_was_given(office: Office) -> None:
    # given
    disclosure_id = record(office)
    asked_at = office.clock.now()
    office.clock.advance(hours=1)
    review(office, disclosure_id)
    reviewed_at = office.clock.now()
    office.clock.advance(hours=1)
    # when
    give(office, disclosure_id)
    # then
    shown = row(office, disclosure_id)
    assert (shown["authority"], shown["country"], shown["third_country"]) == ("Staatsanwaltschaft Berlin", "DE", False)
    assert (shown["recorded_by"], shown["received_at"], shown["channel"]) == ("ann", asked_at, "post")
    assert (shown["finding"], shown["reviewed_by"], shown["reviewed_at"]) == ("disclose", "bob", reviewed_at)
    assert (shown["provision"], shown["extent"]) == ("§ 95 StPO", ["recording", "call-details"])
    assert (shown["status"], shown["given_by"], shown["given_at"]) == ("given", "ann", office.clock.now())
    assert (shown["systems"], shown["categories"], shown["given_channel"]) == (
        ["recordings"],
        ["recording"],
        "in-person",
    )
    assert office.differences() == []


def test_a_refusal_is_kept_with_its_reviewer(office: Office) -> None:
    disclosure_id = record(office, provision="")
    review(office, disclosure_id, finding=DisclosureFinding.REFUSE, provision="", extent=())
    shown = row(office, disclosure_id)
    assert (shown["status"], shown["finding"], shown["extent"], shown["provision_cited"]) == (
        "refused",
        "refuse",
        [],
        "",
    )
    assert office.differences() == []


def test_the_one_who_recorded_it_does_not_review_it(office: Office) -> None:
    disclosure_id = record(office)
    with pytest.raises(FourEyes):
        review(office, disclosure_id, office.ann)
    assert row(office, disclosure_id)["status"] == "requested"


def test_a_dpo_advises_and_does_not_review(office: Office) -> None:
    disclosure_id = record(office)
    dpo = office.member("dana", roles=frozenset({Role.DPO, Role.APPROVER}))
    with pytest.raises(FourEyes):
        review(office, disclosure_id, dpo)


def test_a_letter_first_taken_for_a_request_is_linked_to_its_case(office: Office) -> None:
    case = office.arrived()
    assert row(office, record(office, request_id=case))["request_id"] == case
    with pytest.raises(RequestUnknown):
        record(office, office.member("eve", "callcentre-fr"), controller_id="callcentre-fr", request_id=case)


def test_nobody_records_for_a_controller_out_of_scope(office: Office) -> None:
    with pytest.raises(Forbidden):
        record(office, office.member("eve", "callcentre-fr"))


@pytest.mark.parametrize("blank", ["", " \n", "\u200b"])
def test_blank_text_says_nothing(office: Office, blank: str) -> None:
    with pytest.raises(ExpressRequestRequired):
        record(office, text=blank)
    disclosure_id = record(office)
    with pytest.raises(ReasonRequired):
        review(office, disclosure_id, reasons=blank)
    review(office, disclosure_id)
    for part in ("content", "contact"):
        with pytest.raises(ReasonRequired):
            give(office, disclosure_id, **{part: blank})
    assert row(office, disclosure_id)["status"] == "allowed"


def test_a_letter_without_a_file_number_is_a_request_too(office: Office) -> None:
    disclosure_id = record(office, reference=" ")
    opening = office.desk.authority_disclosures.open(
        disclosure_id, Call(office.ann), purpose=DisclosurePurpose.ASSESSMENT
    )
    assert [each.fields for each in opening.opened] == [{"request": LETTER}]


def test_opening_shows_everything_and_is_on_record_first(office: Office) -> None:
    # given
    disclosure_id = record(office)
    review(office, disclosure_id)
    give(office, disclosure_id)
    # when
    opening = office.desk.authority_disclosures.open(
        disclosure_id, Call(office.bob), purpose=DisclosurePurpose.ASSESSMENT
    )
    # then
    assert [(each.version, each.fields) for each in opening.opened] == [
        (1, {"reference": "234 Js 567/26", "request": LETTER}),
        (2, {"reasons": "The order of the court is enclosed."}),
        (3, {"content": "One recording, 4 minutes.", "contact": "Inspector Lestrade"}),
    ]
    event: Any = list(office.service.log.read())[-1].event
    assert (event.TOPIC, event.versions, event.actor) == ("dsr.authority-disclosure.opened", (1, 2, 3), "bob")
    assert opening.version == row(office, disclosure_id)["version"] == 4


def test_what_is_out_of_scope_does_not_exist(office: Office) -> None:
    disclosure_id, eve = record(office), office.member("eve", "callcentre-fr")
    for somebody, some_id in ((eve, disclosure_id), (office.ann, uuid4()), (office.ann, office.arrived())):
        with pytest.raises(AuthorityDisclosureUnknown):
            office.desk.authority_disclosures.open(some_id, Call(somebody), purpose=DisclosurePurpose.ASSESSMENT)
    assert listed(office, scope=eve.scope) == []
    assert listed(office, scope=frozenset()) == []


def test_a_refused_command_leaves_the_request_as_it_was(office: Office) -> None:
    disclosure_id = record(office)
    for error, command in (
        (ReviewRequired, give),
        (DomainError, partial(review, extent=("everything",))),
    ):
        with pytest.raises(error):
            command(office, disclosure_id)
    review(office, disclosure_id)
    with pytest.raises(ExtentExceeded) as refusal:
        give(office, disclosure_id, categories=("recording", "transcript"))
    assert refusal.value.facts == {"categories": ["transcript"]}
    assert (row(office, disclosure_id)["status"], row(office, disclosure_id)["version"]) == ("allowed", 2)


def test_lists_are_filtered_and_go_on_where_they_ended(office: Office) -> None:
    # given
    ids = [record(office) for _ in range(4)]
    other = record(office, controller_id="callcentre-fr", country="FR", authority="Tribunal judiciaire de Paris")
    review(office, ids[2])
    # then
    assert listed(office) == [*ids, other]
    assert listed(office, status=AuthorityDisclosureStatus.ALLOWED) == [ids[2]]
    assert listed(office, controller="callcentre-fr") == [other]
    assert listed(office, scope=frozenset({"callcentre-de"})) == ids
    with office.service.database.reading() as connection:
        first = authority_disclosure_list(connection, limit=3)
        rest = authority_disclosure_list(connection, limit=3, cursor=first.next)
    assert [each["authority_disclosure_id"] for page in (first, rest) for each in page.rows] == [*ids, other]
    assert rest.next is None


def test_a_disclosure_is_listed_by_the_matter_in_which_the_authority_asks(office: Office) -> None:
    # given
    matter_id = UUID(written(office, Call(office.ann)).resource_id)
    disclosure_id, other = record(office, matter_id=matter_id), record(office)
    # when
    with office.service.database.reading() as connection:
        page = authority_disclosure_list(connection, matter_id=matter_id)
    # then
    assert [each["authority_disclosure_id"] for each in page.rows] == [disclosure_id]
    assert row(office, other)["matter_id"] is None
    assert office.differences() == []
    # when: the matter is out of scope, or a complaint
    with pytest.raises(MatterUnknown):
        record(office, matter_id=uuid4())
    with pytest.raises(MatterOfOtherKind):
        record(office, matter_id=complaint(office))
