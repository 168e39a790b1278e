"""A complaint over HTTP, from its arrival to its outcome (docs/law §13)."""

from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from tests.api.team import Team

PLACE = "/matters"


def complained(team: Team, who: str = "intake", **facts: Any) -> Any:
    body = {
        "controller_id": "callcentre-gb",
        "channel": "post",
        "received_at": team.clock.now().isoformat(),
        "language": "en",
        "sender": "Ada Lovelace, 12 St James's Square, London",
        "content": "You answered my request too late.",
    }
    return team.post(f"{PLACE}/complaints", body | facts, who, key=str(uuid4()))


def act(team: Team, place: str, act: str, etag: str, **body: Any) -> Any:
    answer = team.post(f"{place}/{act}", body, "handler", if_match=etag, key=str(uuid4()))
    assert answer.status_code == 200, answer.text
    return answer


def test_a_complaint_is_acknowledged_answered_and_closed(team: Team) -> None:
    # given: it arrives
    team.clock.time = datetime(2026, 7, 1, 9, tzinfo=UTC)
    case = team.arrived()
    opened = complained(team, request_ids=[case.id])
    assert opened.status_code == 201
    told = opened.get_json()
    place = f"{PLACE}/{told['matter_id']}"
    assert told["reference"].startswith("M-")
    assert (told["due"], told["due_on"], told["latest_on"]) == ("acknowledge", "2026-07-30", "2026-07-31")
    assert [each["matter_id"] for each in team.get(f"{PLACE}?request_id={case.id}").get_json()["items"]] == [
        told["matter_id"]
    ]
    # when: it is acknowledged, and the sender hears how it goes on
    team.refused(
        team.post(f"{place}/closing", {"outcome": "upheld"}, "handler", if_match=opened.headers["ETag"], key="c"),
        409,
        "matter-unanswered",
    )
    done = act(team, place, "acknowledgement", opened.headers["ETag"], channel="email")
    assert done.get_json()["due_on"] is None
    done = act(team, place, "progress", done.headers["ETag"], channel="email", progress="We asked the call centre.")
    # when: the answer leaves
    done = act(
        team,
        place,
        "answer",
        done.headers["ETag"],
        channel="post",
        reasons="A system was searched twice.",
        remedies="You can complain to the Information Commissioner.",
    )
    done = act(team, place, "closing", done.headers["ETag"], outcome="upheld")
    # then
    assert (done.get_json()["status"], done.get_json()["outcome"]) == ("closed", "upheld")
    opening = team.post(f"{place}/disclosures", {"purpose": "complaint"}, "handler", key=None).get_json()
    assert opening["opened"][0]["fields"]["content"] == "You answered my request too late."
    assert team.get(f"{PLACE}?status=open").get_json()["items"] == []
    assert team.get(place, "auditor").get_json()["version"] == 6


def test_a_matter_of_another_controller_does_not_exist(team: Team) -> None:
    opened = complained(team)
    place = f"{PLACE}/{opened.get_json()['matter_id']}"
    team.refused(team.get(f"{PLACE}/{uuid4()}"), 404, "matter-unknown")
    assert team.get(place).status_code == 200


def test_an_incident_is_notified_late_with_reasons_and_its_people_are_told(team: Team) -> None:
    # given
    body = {
        "controllers": ["callcentre-de", "callcentre-gb"],
        "channel": "in-person",
        "certain_at": team.clock.now().isoformat(),
        "content": "A list of callers was sent to the wrong customer.",
    }
    opened = team.post(f"{PLACE}/incidents", body, "system-owner", key="i")
    assert opened.status_code == 201, opened.text
    told, etag = opened.get_json(), opened.headers["ETag"]
    place = f"{PLACE}/{told['matter_id']}"
    assert (told["due"], told["authorities"]) == ("notify", ["de-berlin", "gb-ico"])
    # when
    said = {"channel": "web-form", "content": "What happened, how many people it concerns, what we do."}
    etag = act(team, place, "risk", etag, risk="high", reasons="It names what they suffer from.").headers["ETag"]
    etag = act(team, place, "notifications", etag, authority="gb-ico", **said).headers["ETag"]
    team.clock.advance(days=4)
    assert [each["matter_id"] for each in team.get(f"{PLACE}?late=true").get_json()["items"]] == [told["matter_id"]]
    late = said | {"authority": "de-berlin"}
    refused = team.post(f"{place}/notifications", late, "handler", if_match=etag, key="l")
    team.refused(refused, 409, "late-reasons-required")
    etag = act(team, place, "notifications", etag, **late, late_reasons="Nobody was there.").headers["ETag"]
    team.refused(
        team.post(f"{place}/closing", {"outcome": "notified"}, "handler", if_match=etag, key="c"),
        409,
        "incident-unsettled",
    )
    etag = act(team, place, "people", etag, channel="post", content="What you can do.").headers["ETag"]
    # then
    done = act(team, place, "closing", etag, outcome="notified").get_json()
    assert (done["status"], done["missed"], done["notified"]) == ("closed", True, ["gb-ico", "de-berlin"])


def test_an_order_reopens_a_request_and_a_claim_holds_its_data_until_it_is_settled(team: Team) -> None:
    # given
    case = team.collected()
    letter = {
        "controller_id": "callcentre-de",
        "authority": "Amtsgericht Berlin-Mitte",
        "due_on": "2026-03-20",
        "channel": "post",
        "received_at": team.clock.now().isoformat(),
        "language": "de",
        "content": "Die Klägerin verlangt Schadensersatz.",
        "request_ids": [case.id],
    }
    order = team.post(f"{PLACE}/letters", letter | {"kind": "order"}, "handler", key="o")
    assert (order.status_code, order.get_json()["due"]) == (201, "reply"), order.text
    steps = team.get(f"/requests/{case.id}/deadline").get_json()["steps"]
    assert [each["result"] for each in steps if each["rule"] == "authority-order"] == ["2026-03-20"]
    (listed,) = team.get("/requests?ordered=true").get_json()["items"]
    assert (listed["order_due"], listed["due_on"], listed["due_source"]) == ("2026-03-20", "2026-03-20", "order")
    # when
    claim = team.post(f"{PLACE}/letters", letter | {"kind": "court-claim"}, "handler", key="c")
    (hold_id,) = claim.get_json()["holds"]
    place, etag = f"{PLACE}/{claim.get_json()['matter_id']}", claim.headers["ETag"]
    new = {"due_on": "2026-04-20", "received_at": team.clock.now().isoformat(), "channel": "post"}
    done = act(team, place, "date", etag, **new, content="Der Termin wird verlegt.")
    assert done.get_json()["due_on"] == "2026-04-20"
    # then
    assert hold_id in [each["hold_id"] for each in team.get("/holds").get_json()["items"]]
    done = act(team, place, "answer", done.headers["ETag"], channel="post", reasons="We pay.")
    done = act(team, place, "closing", done.headers["ETag"], outcome="settled")
    assert hold_id not in [each["hold_id"] for each in team.get("/holds").get_json()["items"]]
