"""A message that the person writes at `/my`."""

from typing import Any

import pytest

from tests.api.my.conftest import Person
from tests.api.my.texts import pages_in
from tests.api.team import Team


def test_a_message_joins_the_request_and_waits_for_a_person(team: Team, person: Person, reference: Any) -> None:
    # given
    case, words = team.registered("access"), pages_in("en")
    person.sign_in(reference(case))
    # when
    person.open("/my/message")
    sent = person.send("/my/message", text="  I moved out\r\nlast year. ")
    # then
    assert sent.headers["Location"] == "/my/request?done=message"
    shown = person.open(sent.headers["Location"]).text
    assert words["write.done"] in shown
    assert words["write.yours"] in shown
    written = team.get(f"/requests/{case.id}/messages").get_json()["items"][-1]
    assert (written["channel"], written["unexamined"]) == ("portal", True)
    assert "moved" not in shown, "nothing is opened by looking"
    etag = team.get(f"/requests/{case.id}").headers["ETag"]
    opened = team.post(f"/requests/{case.id}/disclosures", {"purpose": "triage"}, if_match=etag).get_json()["opened"]
    assert [each["fields"]["message"]["text"] for each in opened if "message" in each["fields"]][-1] == (
        "I moved out\nlast year."
    )


def test_a_blank_message_is_none(team: Team, person: Person, reference: Any) -> None:
    case = team.registered("access")
    person.sign_in(reference(case))
    person.open("/my/message")
    answer = person.send("/my/message", text=" \u200b\n")
    assert answer.status_code == 422
    assert pages_in("en")["write.empty"] in answer.text
    assert len(team.get(f"/requests/{case.id}/messages").get_json()["items"]) == 1


def test_messages_are_bounded_by_the_hour_and_share_no_count_with_the_form(
    team: Team, person: Person, reference: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    # given: strangers have used up what the form takes in an hour
    monkeypatch.setattr("dsr.desk.attempts.FORMS_OF_ALL", 0)
    monkeypatch.setattr("dsr.desk.attempts.MESSAGES_AN_HOUR", 1)
    case = team.registered("access")
    person.sign_in(reference(case))
    # when
    person.open("/my/message")
    answers = [person.send("/my/message", text="Hello?").status_code for _ in range(2)]
    # then
    assert answers == [303, 429]


def test_the_start_names_the_controller_that_its_address_names(person: Person) -> None:
    assert "Callcentre Deutschland GmbH" in person.open("/my?controller=callcentre-de").text
    assert "Callcentre" not in person.open("/my").text
    assert person.open("/my?controller=%3Cscript%3E").status_code == 200
