"""Matters from arrival to end over HTTP: a worked example for each kind that `test_matters.py` does not play whole
(docs/law §9, §13).
"""

from typing import Any
from uuid import uuid4

from tests.api.team import Team, mail
from tests.api.test_matters import PLACE, act

BERLIN = "mailbox@datenschutz-berlin.de"


def letter(team: Team, kind: str, **facts: Any) -> Any:
    body = {
        "kind": kind,
        "controller_id": "callcentre-de",
        "authority": "Berliner Beauftragte für Datenschutz und Informationsfreiheit",
        "due_on": "2026-04-10",
        "channel": "email",
        "received_at": team.clock.now().isoformat(),
        "language": "de",
        "content": "Nehmen Sie Stellung.",
        "file_number": "521.12345",
    }
    answer = team.post(f"{PLACE}/letters", body | facts, "handler", key=str(uuid4()))
    assert answer.status_code == 201, answer.text
    return answer


def prepared(team: Team, place: str, kind: str, **texts: str) -> dict[str, str]:
    """A letter that the service wrote."""
    answer = team.post(f"{place}/letters", {"kind": kind} | texts, "handler")
    assert answer.status_code == 200, answer.text
    found: dict[str, str] = answer.get_json()
    return found


def test_a_complaint_that_arrives_as_a_message_in_the_union_is_answered_in_its_language(team: Team) -> None:
    # given: she writes on a case that was answered
    case = team.mailed("Ich verlange Auskunft nach Art. 15 DSGVO über alle Daten, die Sie über mich gespeichert haben.")
    case.etag = team.get(f"/requests/{case.id}").headers["ETag"]
    team.done(case, "registration", {"rights": ["access"]})
    entered = {
        "channel": "telephone",
        "received_at": team.clock.now().isoformat(),
        "text": "Ich beschwere mich: niemand ruft zurück.",
        "language": "de",
        "kind": "complaint",
    }
    team.done(case, "messages/examined", entered, key=str(uuid4()))
    [row] = team.get(f"{PLACE}?request_id={case.id}").get_json()["items"]
    assert (row["kind"], row["due_on"]) == ("complaint", None), "no statute of the Union sets a date"
    place, etag = f"{PLACE}/{row['matter_id']}", team.get(f"{PLACE}/{row['matter_id']}").headers["ETag"]
    # when: it is acknowledged and answered with letters that the service wrote
    first = prepared(team, place, "acknowledgement")
    assert (first["language"], row["reference"] in first["text"]) == ("de", True)
    etag = act(team, place, "acknowledgement", etag, channel="email").headers["ETag"]
    team.refused(
        team.post(f"{place}/letters", {"kind": "answer", "reasons": "Eine Leitung war gestört."}, "handler"),
        422,
        "matter-letter-incomplete",
    )
    said = {"reasons": "Eine Leitung war gestört.", "remedies": "Sie ist repariert."}
    answer = prepared(team, place, "answer", **said)
    assert "Art. 77 DSGVO" in answer["text"]
    assert "Art. 77 DSGVO" in answer["text"]
    assert "Dear Sir or Madam" not in answer["text"], "what the team wrote stands in one language"
    etag = act(team, place, "answer", etag, channel="email", **said).headers["ETag"]
    # then
    done = act(team, place, "closing", etag, outcome="upheld-in-part").get_json()
    assert (done["status"], done["missed"]) == ("closed", False)


def test_an_inquiry_arrives_as_mail_of_an_authority_and_is_replied_to_in_time(team: Team) -> None:
    # given: its mail waits in quarantine, and opens no request
    raw = mail("Wir bitten um Stellungnahme bis zum 10. April 2026.", sender=BERLIN)
    team.ask("POST", "/intake/messages", "intake", data=raw, content_type="message/rfc822")
    [waiting] = team.get("/intake/quarantine").get_json()["items"]
    assert waiting["error"] == "authority-sender"
    case = team.registered("access")
    # when: a person opens a matter for it, about the case that it names
    opened = letter(team, "inquiry", request_ids=[case.id])
    place, etag = f"{PLACE}/{opened.get_json()['matter_id']}", opened.headers["ETag"]
    other = team.post(f"{place}/letters", {"kind": "answer"}, "handler")
    assert team.refused(other, 409, "matter-of-other-kind")["facts"] == {"kind": "inquiry", "kinds": ["complaint"]}
    bundle = team.get(f"{place}/bundle").get_json()
    [of_case] = bundle["requests"]
    assert (of_case["request"]["request_id"], bundle["withheld"]) == (case.id, [])
    assert of_case["timeline"], "what happened, with whom and when"
    assert of_case["deadline"]["steps"], "each date, step by step"
    reply = prepared(team, place, "authority-reply", reply="Die Auskunft ist erteilt.", file_number="521.12345")
    assert reply["language"] == "de"
    assert "521.12345" in reply["text"]
    assert "below" not in reply["text"], "an authority reads one language"
    etag = act(team, place, "answer", etag, channel="email", reasons="Die Auskunft ist erteilt.").headers["ETag"]
    done = act(team, place, "closing", etag, outcome="complied").get_json()
    # then
    assert (done["status"], done["outcome"], done["missed"]) == ("closed", "complied", False)
    assert team.get(f"{PLACE}?status=open").get_json()["items"] == []


def test_an_order_reopens_the_closed_request_that_it_concerns_and_ends_once_it_is_complied_with(team: Team) -> None:
    # given: she took her request back
    case = team.registered("access")
    team.done(case, "withdrawal", {"confirmed": True, "statement": "Forget it."})
    assert team.get(f"/requests/{case.id}").get_json()["lifecycle"] == "closed"
    # when
    opened = letter(team, "order", request_ids=[case.id], item_ids=["access"])
    # then: the request is open again, and the date of the order stands in its explanation
    shown = team.get(f"/requests/{case.id}").get_json()
    assert shown["lifecycle"] != "closed"
    assert [each["status"] for each in shown["items"]] == ["open"]
    steps = team.get(f"/requests/{case.id}/deadline").get_json()["steps"]
    [step] = [each for each in steps if each["rule"] == "authority-order"]
    assert opened.get_json()["reference"] in step["detail"]
    # when: a second letter puts the date off, which moves none of the request
    place, etag = f"{PLACE}/{opened.get_json()['matter_id']}", opened.headers["ETag"]
    later = {"due_on": "2026-04-24", "received_at": team.clock.now().isoformat(), "channel": "post"}
    etag = act(team, place, "date", etag, **later, content="Bis zum 24. April.").headers["ETag"]
    assert team.get(f"/requests/{case.id}").get_json()["effective_due"] == shown["effective_due"]
    # then
    etag = act(team, place, "answer", etag, channel="post", reasons="Wir erteilen die Auskunft.").headers["ETag"]
    assert act(team, place, "closing", etag, outcome="complied").get_json()["status"] == "closed"
    numbers = team.get("/statistics").get_json()["matters"]["order"]
    assert (numbers["opened"], numbers["closed"], numbers["in_time"]["share"]) == (1, 1, 1.0)


def test_the_people_whom_an_incident_concerns_get_a_notice_that_says_what_the_law_asks(team: Team) -> None:
    body = {
        "controllers": ["callcentre-gb"],
        "channel": "in-person",
        "certain_at": team.clock.now().isoformat(),
        "content": "A list of callers was sent to the wrong customer.",
    }
    opened = team.post(f"{PLACE}/incidents", body, "handler", key="i")
    place = f"{PLACE}/{opened.get_json()['matter_id']}"
    problem = team.post(f"{place}/letters", {"kind": "incident-notice", "what_happened": "A list left."}, "handler")
    assert team.refused(problem, 422, "matter-letter-incomplete")["facts"]["missing"] == ["consequences", "measures"]
    notice = prepared(
        team, place, "incident-notice", what_happened="A list left.", consequences="Calls.", measures="It is deleted."
    )
    assert notice["language"] == "en"
    for said in ("A list left.", "Calls.", "It is deleted.", "dpo@gb.callcentre.example", "UK GDPR"):
        assert said in notice["text"]
