"""Erasures on own initiative over HTTP: who may do what, versions, keys, lists, openings."""

from typing import Any
from uuid import uuid4

from dsr.domain.roles import Role
from tests.api.team import Team

PLACE = "/own-initiative-erasures"


def reported(team: Team, who: str = "intake", **facts: Any) -> Any:
    body = {
        "kind": "refused-recording",
        "controller_id": "callcentre-de",
        "system": "recordings",
        "found_at": team.clock.now().isoformat(),
        "description": "The call of 09:12; Ada said no.",
    }
    return team.post(PLACE, body | facts, who, key=str(uuid4()))


def deleted(team: Team, place: str, etag: str, who: str = "system-owner", **facts: Any) -> Any:
    body = {
        "systems": ["recordings"],
        "account": "Deleted with its copies.",
        "recipients_told": ["telephony"],
        "person_unknown": True,
    }
    return team.post(f"{place}/completion", body | facts, who, if_match=etag, key="done")


def test_a_refused_recording_is_reported_and_deleted_by_its_administrator(team: Team) -> None:
    # given
    made = reported(team)
    place = made.headers["Location"]
    assert (made.status_code, made.headers["ETag"]) == (201, '"1"')
    assert team.get(place, "auditor").get_json() == made.get_json()
    # when
    done = deleted(team, place, '"1"')
    # then
    shown = done.get_json()
    assert (shown["status"], shown["reported_by"], shown["settled_by"]) == (
        "carried-out",
        "one-intake",
        "one-system-owner",
    )
    assert (shown["systems"], shown["recipients_told"]) == (["recordings"], ["telephony"])
    assert deleted(team, place, '"1"').data == done.data, "the same key gets the first answer"
    again = team.post(f"{place}/cancellation", {"reason": "Too late."}, if_match='"2"')
    team.refused(again, 409, "own-erasure-settled")


def test_only_the_administrator_deletes_and_only_a_handler_cancels(team: Team) -> None:
    place = reported(team).headers["Location"]
    team.refused(deleted(team, place, '"1"', "handler"), 403, "forbidden")
    cancellation = {"reason": "He agreed after all."}
    team.refused(team.post(f"{place}/cancellation", cancellation, "system-owner", if_match='"1"'), 403, "forbidden")
    done = team.post(f"{place}/cancellation", cancellation, if_match='"1"')
    assert done.get_json()["status"] == "cancelled"


def test_a_command_names_the_version_it_was_decided_on(team: Team) -> None:
    place = reported(team).headers["Location"]
    for command, who, body in (
        ("completion", "system-owner", {"systems": ["recordings"], "account": "Deleted."}),
        ("cancellation", "handler", {"reason": "Wrong."}),
    ):
        team.refused(team.post(f"{place}/{command}", body, who), 428, "precondition-required")
        team.refused(team.post(f"{place}/{command}", body, who, if_match='"7"'), 412, "version-stale")


def test_a_report_takes_a_key_and_a_lost_answer_is_asked_for_again(team: Team) -> None:
    body = {
        "kind": "child-data",
        "controller_id": "callcentre-de",
        "system": "recordings",
        "found_at": team.clock.now().isoformat(),
        "description": "A child of twelve.",
    }
    team.refused(team.post(PLACE, body, "intake"), 400, "idempotency-key-required")
    first, again = (team.post(PLACE, body, "intake", key="one") for _ in range(2))
    assert (again.data, again.headers["Location"]) == (first.data, first.headers["Location"])
    team.refused(team.post(PLACE, body | {"system": "crm"}, "intake", key="one"), 422, "idempotency-key-reused")
    assert len(team.get(PLACE).get_json()["items"]) == 1


def test_every_refusal_has_its_code(team: Team) -> None:
    team.refused(reported(team, controller_id="nobody"), 422, "controller-unknown")
    team.refused(reported(team, system="attic"), 422, "system-unknown")
    team.refused(reported(team, system="hr", controller_id="callcentre-fr"), 422, "system-elsewhere")
    team.refused(reported(team, found_at="2026-03-06T09:00:00Z"), 409, "own-erasure-dates-invalid")
    team.refused(reported(team, description=" "), 409, "reason-required")
    team.refused(reported(team, reported_by="nobody"), 404, "staff-unknown")
    team.refused(reported(team, request_id=str(uuid4())), 404, "request-unknown")
    team.refused(reported(team, kind="boredom"), 422, "input-invalid")
    place = reported(team).headers["Location"]
    team.refused(deleted(team, place, '"1"', systems=["quality"]), 409, "own-erasure-incomplete")
    team.refused(deleted(team, place, '"1"', recipients_told=["nobody"]), 422, "recipient-unknown")
    team.refused(deleted(team, place, '"1"', account=" "), 409, "reason-required")
    team.refused(deleted(team, place, '"1"', deleted_at="2026-03-01T09:00:00Z"), 409, "own-erasure-dates-invalid")
    team.refused(deleted(team, place, '"1"', person_unknown=False), 409, "person-unstated")
    team.refused(deleted(team, place, '"1"', person_unknown=False, email=" "), 409, "person-unstated")
    team.refused(deleted(team, place, '"1"', email="ada@example.org"), 409, "person-unstated")
    assert team.get(place).headers["ETag"] == '"1"'


def test_the_list_is_filtered_paged_and_scoped(team: Team) -> None:
    # given
    made = [reported(team, kind=kind).get_json() for kind in ("child-data", "no-legal-basis", "child-data")]
    french = reported(team, controller_id="callcentre-fr").get_json()
    team.enrol("french", Role.HANDLER, controllers=("callcentre-fr",))
    # then
    assert team.get(PLACE).get_json()["items"] == [*made, french]
    assert team.get(f"{PLACE}?kind=no-legal-basis").get_json()["items"] == [made[1]]
    assert team.get(f"{PLACE}?controller=callcentre-fr").get_json()["items"] == [french]
    assert team.get(f"{PLACE}?status=cancelled").get_json()["items"] == []
    first = team.get(f"{PLACE}?limit=3").get_json()
    assert team.get(f"{PLACE}?limit=3&cursor={first['next']}").get_json() == {"items": [french], "next": None}
    team.refused(team.get(f"{PLACE}?cursor=x"), 422, "cursor-invalid")
    assert team.get(PLACE, "french").get_json()["items"] == [french]


def test_what_is_out_of_scope_looks_as_if_it_did_not_exist(team: Team) -> None:
    place = reported(team).headers["Location"]
    team.enrol("french", Role.HANDLER, Role.SYSTEM_OWNER, controllers=("callcentre-fr",))
    for there in (place, f"{PLACE}/{uuid4()}"):
        team.refused(team.get(there, "french"), 404, "own-erasure-unknown")
        team.refused(deleted(team, there, '"1"', "french"), 404, "own-erasure-unknown")
        team.refused(
            team.post(f"{there}/cancellation", {"reason": "x"}, "french", if_match='"1"'), 404, "own-erasure-unknown"
        )
        team.refused(team.post(f"{there}/disclosures", {"purpose": "assessment"}, "french"), 404, "own-erasure-unknown")
    team.refused(reported(team, "french"), 403, "forbidden")


def test_its_text_is_opened_for_a_purpose_that_the_role_needs_and_on_record(team: Team) -> None:
    place = reported(team).headers["Location"]
    assert "09:12" not in team.get(place).text
    team.refused(team.post(f"{place}/disclosures", {"purpose": "answering"}, "system-owner"), 403, "forbidden")
    team.refused(team.post(f"{place}/disclosures", {"purpose": "assessment"}, "operator"), 403, "forbidden")
    opened = team.post(f"{place}/disclosures", {"purpose": "assessment"}, "system-owner")
    assert (opened.status_code, opened.headers["ETag"]) == (200, '"2"')
    [part] = opened.get_json()["opened"]
    assert (part["name"], part["fields"]) == (
        "dsr.own-erasure.reported",
        {"description": "The call of 09:12; Ada said no."},
    )
    last = list(team.service.log.read())[-1]
    assert (last.name, last.event.actor) == ("dsr.own-erasure.opened", "one-system-owner")
    assert deleted(team, place, '"2"').status_code == 200
