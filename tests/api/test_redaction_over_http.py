"""Redactions over HTTP: of the item, by handlers, confirmed before anything leaves (GDPR Art. 15(4), 20(4))."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest

from dsr.domain.roles import Role
from tests.api.team import Team

PLACE = "items/access/redactions"
DONE = {"account": "Handed over."}


@pytest.fixture
def collected(team: Team) -> tuple[Any, str]:
    """A case with a data set of one field, `number`, and the id of that."""
    case = team.collected()
    [data_set] = team.get(f"/requests/{case.id}/items/access/data-sets").get_json()["items"]
    return case, data_set["data_set_id"]


def body(of: str, **facts: Any) -> dict[str, Any]:
    said = {"target_id": of, "kind": "json-pointer", "place": "/0/number"}
    return said | {"right": "privacy-of-another", "reason": "CANARY: her sister's."} | facts


def test_what_is_redacted_is_listed_confirmed_and_only_then_the_item_is_done(team: Team, collected: Any) -> None:
    # given
    case, target_id = collected
    team.done(case, PLACE, body(target_id))
    answer = team.get(f"/requests/{case.id}/{PLACE}")
    [line] = answer.get_json()["items"]
    assert {name: line[name] for name in ("target_id", "kind", "place", "right", "values", "confirmed")} == {
        "target_id": target_id,
        "kind": "json-pointer",
        "place": "/0/number",
        "right": "privacy-of-another",
        "values": 1,
        "confirmed": False,
    }
    assert "CANARY" not in answer.text
    problem = team.refused(team.command(case, "items/access/completion", DONE), 409, "redaction-pending")
    assert problem["facts"]["target_ids"] == [target_id]
    # when
    team.done(case, f"{PLACE}/confirmation", {"target_id": target_id})
    # then
    [line] = team.get(f"/requests/{case.id}/{PLACE}").get_json()["items"]
    assert line["confirmed"] is True
    team.search(case, "access")
    team.done(case, "items/access/completion", DONE)
    team.refused(team.command(case, PLACE, body(target_id)), 409, "item-not-granted")
    names = [entry["name"] for entry in team.get(f"/requests/{case.id}/timeline").get_json()["items"]]
    assert {"dsr.request.redacted", "dsr.request.redaction-confirmed"} <= set(names)


def test_a_redaction_is_taken_back_with_a_reason(team: Team, collected: Any) -> None:
    case, target_id = collected
    team.done(case, PLACE, body(target_id))
    [line] = team.get(f"/requests/{case.id}/{PLACE}").get_json()["items"]
    withdrawal = f"{PLACE}/{line['redaction_id']}/withdrawal"
    team.refused(team.command(case, withdrawal, {"reason": " "}), 409, "reason-required")
    team.done(case, withdrawal, {"reason": "It is her own."})
    assert team.get(f"/requests/{case.id}/{PLACE}").get_json()["items"] == []
    team.refused(team.command(case, withdrawal, {"reason": "Again."}), 404, "redaction-unknown")
    team.refused(team.command(case, f"{PLACE}/confirmation", {"target_id": target_id}), 409, "nothing-redacted")


def test_a_redaction_that_names_no_part_is_refused(team: Team, collected: Any) -> None:
    case, target_id = collected
    for facts, status, code in (
        ({"place": "number"}, 422, "redaction-place-invalid"),
        ({"place": "/0/mood"}, 422, "redaction-field-unknown"),
        ({"place": "/7/number"}, 409, "redaction-hits-nothing"),
        ({"kind": "replaced", "place": ""}, 409, "replacement-unfit"),
        ({"target_id": str(uuid4())}, 404, "redaction-target-unknown"),
        ({"reason": " "}, 409, "reason-required"),
        ({"kind": "blurred"}, 422, "input-invalid"),
        ({"right": "honour"}, 422, "input-invalid"),
    ):
        team.refused(team.command(case, PLACE, body(target_id, **facts)), status, code)


def test_a_redaction_stands_under_its_own_item(team: Team, make_records: Callable[..., dict[str, Any]]) -> None:
    case = team.granted("access", "portability")
    team.done(case, "items/access/data-sets", make_records(), key=str(uuid4()))
    [data_set] = team.get(f"/requests/{case.id}/items/access/data-sets").get_json()["items"]
    target_id = data_set["data_set_id"]
    elsewhere = "items/portability/redactions"
    team.refused(team.command(case, elsewhere, body(target_id)), 404, "redaction-target-unknown")
    team.done(case, PLACE, body(target_id))
    [line] = team.get(f"/requests/{case.id}/{PLACE}").get_json()["items"]
    assert team.get(f"/requests/{case.id}/{elsewhere}").get_json()["items"] == []
    said = {"target_id": target_id}
    team.refused(team.command(case, f"{elsewhere}/confirmation", said), 404, "redaction-target-unknown")
    withdrawal = team.command(case, f"{elsewhere}/{line['redaction_id']}/withdrawal", {"reason": "Wrong place."})
    team.refused(withdrawal, 404, "redaction-unknown")


def test_who_does_not_answer_the_item_redacts_nothing_of_it(team: Team, collected: Any) -> None:
    case, target_id = collected
    team.enrol("french", Role.HANDLER, controllers=("callcentre-fr",))
    answer = team.post(f"/requests/{case.id}/{PLACE}", body(target_id), "french", if_match=case.etag, key=str(uuid4()))
    team.refused(answer, 404, "request-unknown")


def test_a_file_that_was_flagged_waits_until_it_is_redacted_or_said_to_hold_nothing_of_others(team: Team) -> None:
    # given
    case, content = team.granted("access"), b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"
    told = {"name": "letter", "size": len(content), "system": "crm", "purpose": "Customer relations"}
    told |= {"provenance": "provided", "description": "Your letter."}
    begun = team.post(f"/requests/{case.id}/items/access/uploads", told, key=str(uuid4()))
    upload = begun.headers["Location"]
    part: dict[str, Any] = {
        "data": content,
        "content_type": "application/octet-stream",
        "headers": {"Upload-Offset": "0"},
    }
    assert team.ask("PATCH", upload, **part).status_code == 200
    team.post(f"{upload}/completion", {}, if_match=case.etag, key=str(uuid4()))
    listed = team.get(f"/requests/{case.id}/items/access/attachments")
    case.etag = listed.headers["ETag"]
    target = {"target_id": listed.get_json()["items"][0]["attachment_id"]}
    # when
    team.done(case, f"{PLACE}/requirement", target | {"reason": "CANARY: her sister signed it."})
    # then
    problem = team.refused(team.command(case, "items/access/completion", DONE), 409, "redaction-pending")
    assert problem["facts"]["target_ids"] == [target["target_id"]]
    team.refused(team.command(case, f"{PLACE}/confirmation", target), 409, "reason-required")
    # when
    team.done(case, f"{PLACE}/confirmation", target | {"reason": "CANARY: the signature is her own."})
    # then
    team.search(case, "access")
    team.done(case, "items/access/completion", DONE)
    assert "CANARY" not in team.get(f"/requests/{case.id}/timeline").text


def test_what_is_to_be_redacted_is_named_under_its_own_item(
    team: Team, make_records: Callable[..., dict[str, Any]]
) -> None:
    case = team.granted("access", "portability")
    team.done(case, "items/access/data-sets", make_records(), key=str(uuid4()))
    [data_set] = team.get(f"/requests/{case.id}/items/access/data-sets").get_json()["items"]
    said = {"target_id": data_set["data_set_id"], "reason": "Her sister."}
    elsewhere = "items/portability/redactions/requirement"
    team.refused(team.command(case, elsewhere, said), 404, "redaction-target-unknown")
    team.done(case, f"{PLACE}/requirement", said)
