"""Disclosures to authorities over HTTP: who may do what, versions, keys, lists, openings."""

from typing import Any
from uuid import uuid4

from dsr.domain.roles import Role
from tests.api.team import Team

PLACE = "/authority-disclosures"


def recorded(team: Team, who: str = "intake", key: str | None = None, **facts: Any) -> Any:
    body = {
        "controller_id": "callcentre-de",
        "authority": "Staatsanwaltschaft Berlin",
        "country": "DE",
        "received_at": team.clock.now().isoformat(),
        "channel": "post",
        "text": "Send us the recording of Ada Lovelace.",
        "reference": "234 Js 567/26",
        "provision": "§ 95 StPO",
    }
    return team.post(PLACE, body | facts, who, key=key or str(uuid4()))


def reviewed(team: Team, place: str, who: str = "approver", etag: str | None = '"1"', **facts: Any) -> Any:
    body = {
        "finding": "disclose-in-part",
        "provision": "§ 95 StPO",
        "extent": ["recording"],
        "reasons": "The order of the court is enclosed.",
    }
    return team.post(f"{place}/review", body | facts, who, if_match=etag, key=str(uuid4()))


def given(team: Team, place: str, who: str = "handler", etag: str | None = '"2"', **facts: Any) -> Any:
    body = {
        "channel": "in-person",
        "systems": ["recordings"],
        "categories": ["recording"],
        "content": "One recording, four minutes.",
        "contact": "Inspector Lestrade",
    }
    return team.post(f"{place}/delivery", body | facts, who, if_match=etag, key=str(uuid4()))


def test_an_express_request_is_reviewed_by_another_and_then_answered(team: Team) -> None:
    # given
    made = recorded(team)
    place = made.headers["Location"]
    assert (made.status_code, made.headers["ETag"], made.get_json()["status"]) == (201, '"1"', "requested")
    assert team.get(place, "auditor").get_json() == made.get_json()
    # when
    allowed = reviewed(team, place)
    assert (allowed.status_code, allowed.get_json()["status"]) == (200, "allowed")
    done = given(team, place)
    # then
    shown = done.get_json()
    assert (shown["status"], shown["recorded_by"], shown["reviewed_by"], shown["given_by"]) == (
        "given",
        "one-intake",
        "one-approver",
        "one-handler",
    )
    assert (shown["extent"], shown["categories"], shown["systems"]) == (["recording"], ["recording"], ["recordings"])
    assert team.get(place).get_json() == shown


def test_a_lost_answer_is_asked_for_again(team: Team) -> None:
    first, again = (recorded(team, key="one") for _ in range(2))
    assert (again.data, again.headers["Location"]) == (first.data, first.headers["Location"])
    team.refused(recorded(team, key="one", text="Something else."), 422, "idempotency-key-reused")
    assert len(team.get(PLACE).get_json()["items"]) == 1


def test_who_recorded_it_and_a_dpo_do_not_review(team: Team) -> None:
    team.enrol("both", Role.HANDLER, Role.APPROVER)
    place = recorded(team, "both").headers["Location"]
    team.refused(reviewed(team, place, "both"), 409, "four-eyes")
    team.refused(reviewed(team, place, "handler"), 403, "forbidden")
    team.refused(reviewed(team, place, "dpo"), 403, "forbidden")
    team.enrol("adviser", Role.DPO, Role.APPROVER)
    team.refused(reviewed(team, place, "adviser"), 409, "four-eyes")
    assert reviewed(team, place).status_code == 200


def test_a_command_names_the_version_it_was_decided_on(team: Team) -> None:
    place = recorded(team).headers["Location"]
    team.refused(reviewed(team, place, etag=None), 428, "precondition-required")
    team.refused(reviewed(team, place, etag='"7"'), 412, "version-stale")
    team.refused(given(team, place, etag=None), 428, "precondition-required")
    team.refused(given(team, place, etag='"7"'), 412, "version-stale")


def test_every_refusal_has_its_code(team: Team) -> None:
    team.refused(recorded(team, text=" "), 409, "express-request-required")
    team.refused(recorded(team, channel="telephone"), 409, "express-request-required")
    team.refused(recorded(team, received_at="2026-03-06T09:00:00Z"), 409, "receipt-in-future")
    team.refused(recorded(team, controller_id="nobody"), 422, "controller-unknown")
    team.refused(recorded(team, country="Germany"), 422, "input-invalid")
    team.refused(recorded(team, request_id=str(uuid4())), 404, "request-unknown")
    place = recorded(team, country="US").headers["Location"]
    team.refused(given(team, place, etag='"1"'), 409, "review-required")
    team.refused(reviewed(team, place), 409, "international-agreement-required")
    named = {"agreement": "Agreement on mutual legal assistance, OJ L 181, 19.7.2003"}
    team.refused(reviewed(team, place, provision=" ", **named), 409, "legal-basis-required")
    team.refused(reviewed(team, place, reasons=" ", **named), 409, "reason-required")
    team.refused(reviewed(team, place, extent=[], **named), 409, "extent-required")
    team.refused(reviewed(team, place, extent=["everything"], **named), 422, "category-unknown")
    assert reviewed(team, place, **named).get_json()["agreement"] == named["agreement"]
    team.refused(given(team, place, categories=["recording", "transcript"]), 409, "extent-exceeded")
    team.refused(given(team, place, systems=["attic"]), 422, "system-unknown")
    team.refused(given(team, place, contact=" "), 409, "reason-required")
    team.refused(given(team, place, given_at="2026-03-01T09:00:00Z"), 409, "review-required")
    team.refused(given(team, place, given_at="2026-03-06T09:00:00Z"), 409, "delivery-in-future")
    assert given(team, place).status_code == 200
    team.refused(given(team, place, etag='"3"'), 409, "authority-disclosure-settled")
    team.refused(reviewed(team, place, etag='"3"'), 409, "authority-disclosure-settled")


def test_a_refusal_needs_no_provision_and_ends_it(team: Team) -> None:
    place = recorded(team, country="US", provision="").headers["Location"]
    done = reviewed(team, place, finding="refuse", provision="", extent=[])
    assert (done.status_code, done.get_json()["status"]) == (200, "refused")
    team.refused(given(team, place), 409, "authority-disclosure-settled")


def test_the_list_is_filtered_paged_and_scoped(team: Team) -> None:
    # given
    made = [recorded(team).get_json() for _ in range(3)]
    french = recorded(team, controller_id="callcentre-fr", country="FR").get_json()
    team.enrol("french", Role.HANDLER, controllers=("callcentre-fr",))
    allowed = reviewed(team, f"{PLACE}/{made[1]['authority_disclosure_id']}").get_json()
    made[1] = allowed
    # then
    assert team.get(PLACE).get_json()["items"] == [*made, french]
    assert team.get(f"{PLACE}?status=allowed").get_json()["items"] == [allowed]
    assert team.get(f"{PLACE}?controller=callcentre-fr").get_json()["items"] == [french]
    first = team.get(f"{PLACE}?limit=3").get_json()
    assert team.get(f"{PLACE}?limit=3&cursor={first['next']}").get_json() == {"items": [french], "next": None}
    team.refused(team.get(f"{PLACE}?cursor=x"), 422, "cursor-invalid")
    assert team.get(PLACE, "french").get_json()["items"] == [french]


def test_what_is_out_of_scope_looks_as_if_it_did_not_exist(team: Team) -> None:
    place = recorded(team).headers["Location"]
    team.enrol("french", Role.HANDLER, Role.APPROVER, controllers=("callcentre-fr",))
    for there in (place, f"{PLACE}/{uuid4()}"):
        for answer in (
            team.get(there, "french"),
            reviewed(team, there, "french"),
            given(team, there, "french"),
            team.post(f"{there}/disclosures", {"purpose": "assessment"}, "french"),
        ):
            team.refused(answer, 404, "authority-disclosure-unknown")
    team.refused(recorded(team, "french"), 403, "forbidden")


def test_its_text_is_opened_for_a_purpose_that_the_role_needs_and_on_record(team: Team) -> None:
    place = recorded(team).headers["Location"]
    assert "Lovelace" not in team.get(place).text
    assert "234 Js" not in team.get(place).text
    team.refused(team.post(f"{place}/disclosures", {"purpose": "triage"}, "approver"), 403, "forbidden")
    team.refused(team.post(f"{place}/disclosures", {"purpose": "assessment"}, "operator"), 403, "forbidden")
    opened = team.post(f"{place}/disclosures", {"purpose": "assessment"}, "approver")
    assert (opened.status_code, opened.headers["ETag"]) == (200, '"2"')
    [part] = opened.get_json()["opened"]
    assert part["fields"] == {"reference": "234 Js 567/26", "request": "Send us the recording of Ada Lovelace."}
    last = list(team.service.log.read())[-1]
    assert (last.name, last.event.actor) == ("dsr.authority-disclosure.opened", "one-approver")
    assert reviewed(team, place, etag='"2"').status_code == 200
