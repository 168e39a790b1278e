"""Letters over HTTP: written, read on record, completed, approved, released, discarded, posted."""

import json
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest

from dsr.domain.rights import Right
from dsr.domain.roles import Role
from tests.api.team import Team

LIST = "/dispatches"


def written(team: Team, case: Any, kind: str = "acknowledgement", **facts: Any) -> str:
    """Where the new letter is."""
    answer = team.command(case, "dispatches", {"kind": kind} | facts, key=str(uuid4()))
    assert answer.status_code == 201, answer.text
    assert answer.get_json()["state"] == "draft"
    return str(answer.headers["Location"])


def do(team: Team, place: str, name: str, body: dict[str, Any], who: str = "handler") -> Any:
    etag = team.get(place).headers["ETag"]
    return team.post(f"{place}/{name}", body, who, if_match=etag)


def read(team: Team, place: str, who: str = "handler", purpose: str = "answering") -> Any:
    return team.post(f"{place}/preview", {"purpose": purpose}, who)


def extended(team: Team) -> Any:
    case = team.registered("access")
    team.done(case, "extension", {"ground": "complexity", "reasons": "Forty systems are searched."})
    team.done(case, "extension/decision", {"approve": True}, "approver")
    return case


def test_a_letter_is_written_read_released_and_sent(team: Team) -> None:
    # given
    case = team.registered("access")
    place = written(team, case)
    # when
    preview = read(team, place)
    released = do(team, place, "release", {})
    team.service.desk.dispatching.drain(team.clock.now(), 10)
    # then
    assert preview.status_code == 200
    assert "Ada Lovelace" in preview.get_json()["text"]
    assert preview.headers["ETag"] == '"2"'
    assert released.get_json()["state"] == "queued"
    shown = team.get(place).get_json()
    assert (shown["state"], shown["transport"], shown["unrecorded"]) == ("sent", "maildir", None)
    assert team.get(f"/requests/{case.id}").get_json()["acknowledged_at"] == shown["sent_at"]
    names = [entry["name"] for entry in team.get(f"/requests/{case.id}/timeline").get_json()["items"]]
    assert names[-1] == "dsr.request.answer-sent"
    facts = team.get(f"/requests/{case.id}/timeline").get_json()["items"][-1]["facts"]
    assert facts["letter"]["dispatch_id"] == shown["dispatch_id"]


@pytest.mark.parametrize("right", [each.value for each in Right])
def test_an_answer_that_names_no_item_is_refused(team: Team, right: str) -> None:
    case = team.registered("access")
    refused = team.command(case, "dispatches", {"kind": right}, key=str(uuid4()))
    problem = team.refused(refused, 409, "letter-kind-wrong")
    assert "item_ids" in problem["detail"]


def test_reading_a_letter_is_on_record_with_its_purpose(team: Team) -> None:
    place = written(team, team.registered("access"))
    team.refused(read(team, place, "intake"), 403, "forbidden")
    assert read(team, place, "dpo", "complaint").status_code == 200
    opened = team.events("dispatch.opened")
    assert [(each.actor, each.purpose.value) for each in opened] == [("one-dpo", "complaint")]


def test_a_letter_is_printed_as_pdf(team: Team) -> None:
    place = written(team, team.registered("access"))
    answer = team.post(f"{place}/paper", {"purpose": "answering"})
    assert (answer.status_code, answer.mimetype) == (200, "application/pdf")
    assert answer.data.startswith(b"%PDF")


def test_a_draft_names_what_it_lacks_until_somebody_writes_it(team: Team) -> None:
    # given
    case = team.granted("erasure")
    team.search(case, "erasure", "crm", "recordings")
    team.done(case, "items/erasure/completion", {"account": "All of it is gone."})
    place = written(team, case, "erasure", item_ids=["erasure"])
    assert team.get(place).get_json()["missing"] == ["recipients-told"]
    refused = team.refused(do(team, place, "release", {}), 409, "letter-incomplete")
    assert "recipients-told" in refused["detail"]
    # when
    said = {
        "kept-and-why": {"says": "kept", "entries": [{"ground": "not-asked", "what": "Invoices of your firm"}]},
        "recipients-told": "Each of them was told.",
    }
    assert do(team, place, "edition", {"statements": said}).get_json()["missing"] == []
    # then
    assert "Invoices of your firm" in read(team, place).get_json()["text"]
    assert do(team, place, "release", {}).get_json()["state"] == "queued"


def test_what_two_people_decided_is_changed_by_one_and_approved_by_another(team: Team) -> None:
    case = extended(team)
    place = written(team, case, "extension")
    assert team.get(f"{LIST}?needs_approval=true").get_json()["items"] == []
    assert do(team, place, "edition", {"statements": {"note": "Thank you."}}).get_json()["needs_approval"]
    [waiting] = team.get(f"{LIST}?needs_approval=true").get_json()["items"]
    assert place.endswith(waiting["dispatch_id"])
    assert waiting not in team.get(f"{LIST}?needs_approval=false").get_json()["items"]
    team.refused(do(team, place, "release", {}), 409, "dispatch-not-approved")
    team.refused(do(team, place, "edition", {"statements": {"new-date": "never"}}), 409, "letter-part-fixed")
    assert do(team, place, "approval", {}, "approver").get_json()["approved_by"] == "one-approver"
    assert do(team, place, "release", {}).get_json()["state"] == "queued"


def test_a_letter_that_says_what_holds_no_longer_is_brought_up_to_date_before_it_leaves(team: Team) -> None:
    # given
    case = team.registered("access")
    place = written(team, case, statements={"thanks": "Thank you."})
    assert do(team, place, "edition", {"statements": {"thanks": None}}).get_json()["missing"] == []
    team.done(case, "extension", {"ground": "complexity", "reasons": "Forty systems are searched."})
    team.done(case, "extension/decision", {"approve": True}, "approver")
    notice = written(team, case, "extension")
    do(team, notice, "release", {})
    team.service.desk.dispatching.drain(team.clock.now(), 10)
    # when
    stale = team.refused(do(team, place, "release", {}), 409, "dispatch-stale")
    # then
    assert stale["facts"]["changed"] == ["due-date"]
    due = team.get(f"/requests/{case.id}").get_json()["effective_due"]
    assert read(team, place).get_json()["outdated"] == {"due-date": due}
    assert do(team, place, "edition", {}).status_code == 200
    assert read(team, place).get_json()["outdated"] == {}
    assert do(team, place, "release", {}).get_json()["state"] == "queued"


def test_a_refusal_is_put_into_other_words_by_its_place(
    team: Team, make_refusal: Callable[..., dict[str, Any]]
) -> None:
    case = team.registered("erasure")
    team.done(case, "items/erasure/refusal", make_refusal())
    team.done(case, "items/erasure/refusal/decision", {"approve": True}, "approver")
    place = written(team, case, "refusal", item_ids=["erasure"])
    words = {"says": "text", "text": "Gesetz.", "english": "The law makes us."}
    edited = do(team, place, "edition", {"rewordings": [{"place": 0, "reasons": words}]})
    assert edited.get_json()["needs_approval"]
    [refused] = read(team, place).get_json()["refused"]
    assert (refused["reasons"]["text"], refused["facts"]["text"]) == ("Gesetz.", "The last invoice is of 2024.")


def test_a_letter_that_waits_is_discarded_with_a_reason(team: Team) -> None:
    place = written(team, team.registered("access"))
    do(team, place, "release", {"not_before": "2026-03-06T09:00:00Z"})
    team.refused(do(team, place, "discarding", {"reason": " "}), 409, "reason-required")
    assert do(team, place, "discarding", {"reason": "She called."}).get_json()["state"] == "discarded"
    team.refused(do(team, place, "release", {}), 409, "dispatch-not-draft")


def test_a_letter_on_paper_is_posted_by_a_person(team: Team) -> None:
    case = team.registered("access")
    address = {"name": "Ada Lovelace", "postal": ["Elm Street 1", "10115 Berlin"]}
    place = written(team, case, channel="post", address=address)
    do(team, place, "release", {})
    team.refused(do(team, place, "posting", {"posted_at": "2026-03-06T09:00:00Z"}), 409, "dispatch-dates-invalid")
    assert do(team, place, "posting", {}).get_json()["transport"] == "post"
    assert team.get(f"/requests/{case.id}").get_json()["acknowledged_at"] is not None


def test_the_queue_of_letters_is_filtered_and_paged(team: Team) -> None:
    # given
    first, second = (written(team, team.registered("access")) for _ in range(2))
    french = written(team, team.registered("access", controller_id="callcentre-fr"))
    do(team, second, "release", {})
    ids = {place: place.rpartition("/")[2] for place in (first, second, french)}

    def found(query: str, who: str = "handler") -> list[str]:
        return [each["dispatch_id"] for each in team.get(f"{LIST}?{query}", who).get_json()["items"]]

    # then
    assert found("") == list(ids.values())
    assert found("state=queued") == [ids[second]]
    assert found("controller=callcentre-fr") == [ids[french]]
    assert found("kind=fee") == []
    assert found("channel=post") == []
    page = team.get(f"{LIST}?limit=2").get_json()
    assert [each["dispatch_id"] for each in page["items"]] == [ids[first], ids[second]]
    assert found(f"limit=2&cursor={page['next']}") == [ids[french]]


def test_who_works_for_another_controller_sees_no_letter(team: Team) -> None:
    place = written(team, team.registered("access"))
    team.enrol("eve", Role.HANDLER, controllers=("callcentre-fr",))
    team.refused(team.get(place, "eve"), 404, "dispatch-unknown")
    team.refused(read(team, place, "eve"), 404, "dispatch-unknown")
    assert team.get(LIST, "eve").get_json()["items"] == []


def test_a_letter_is_written_once_and_a_repeated_call_answered_again(team: Team) -> None:
    case = team.registered("access")
    etag, body, path = case.etag, {"kind": "acknowledgement"}, f"/requests/{case.id}/dispatches"
    answers = [team.post(path, body, if_match=etag, key="one") for _ in range(2)]
    assert answers[0].data == answers[1].data
    problem = team.refused(team.post(path, body, if_match=etag, key="two"), 409, "dispatch-already-written")
    assert json.dumps(problem)


@pytest.mark.parametrize(
    "wrong",
    [
        {"statements": {"note": {"says": "poem", "text": "x"}}},
        {"statements": {"note": 7}},
        {"statements": {"note": "nul \u0000"}},
        {"channel": "portal"},
        {"addressee": "both"},
        {"kind": "poem"},
        {"address": {"street": "Elm"}},
        {"due_on": "2030-01-01"},
    ],
)
def test_what_is_no_letter_is_bad_input(team: Team, wrong: dict[str, Any]) -> None:
    case = team.registered("access")
    answer = team.command(case, "dispatches", {"kind": "acknowledgement"} | wrong, key=str(uuid4()))
    team.refused(answer, 422, "input-invalid")


@pytest.mark.parametrize("email", ["a@", "x", "a@b.example, c@d.example", "a@b.example\r\nBcc: c@d.example"])
def test_a_letter_goes_to_no_address_that_is_none(team: Team, email: str) -> None:
    case = team.registered("access")

    answer = team.command(
        case, "dispatches", {"kind": "acknowledgement", "address": {"email": email}}, key=str(uuid4())
    )

    team.refused(answer, 422, "email-address-invalid")


@pytest.mark.parametrize("email", ["a@", "a@["])
def test_nobody_is_entered_under_an_address_that_is_none(team: Team, email: str) -> None:
    answer = team.post("/requests", team.entry(person={"email": email}), "intake", key=str(uuid4()))

    team.refused(answer, 422, "email-address-invalid")


@pytest.mark.parametrize("link", ["javascript:alert(1)", "not a link", "mailto:a@b.example", "https://a b"])
def test_a_link_leads_to_a_page(team: Team, link: str) -> None:
    case = team.registered("access")
    statements = {"copy": {"says": "package", "link": link}}

    answer = team.command(case, "dispatches", {"kind": "access", "statements": statements}, key=str(uuid4()))

    team.refused(answer, 422, "input-invalid")


def test_nothing_of_a_letter_is_shown_where_it_was_not_opened(team: Team) -> None:
    case = team.registered("access")
    place = written(team, case)
    for path in (place, LIST, f"/requests/{case.id}/dispatches", f"/requests/{case.id}/timeline"):
        assert "ovelace" not in team.get(path).text
        assert "example.org" not in team.get(path).text
