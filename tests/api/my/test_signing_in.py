"""Signing in by reference and code: what a stranger learns, which is nothing, and how often anybody may try."""

import logging
import re
from typing import Any

import pytest

from dsr.desk.attempts import ATTEMPTS_A_MINUTE
from dsr.desk.sign_in_codes import CODE_MAILS, CODE_MINUTES
from tests.api.team import Team
from tests.settable_clock import SettableClock

NOBODYS = "DSR-2222-3333"


def names(team: Team, case: Any) -> list[str]:
    """The events of a case, with who did it."""
    events = team.get(f"/requests/{case.id}/timeline").get_json()["items"]
    return [f"{each['name']} {each['actor']}" for each in events]


def neutral(text: str) -> str:
    """A page without what the visitor typed, and without the token of the form."""
    return re.sub(r'value="[^"]*"', "", text)


@pytest.mark.parametrize("typed", ["{}", "  dsr {}", "{} "])
def test_the_reference_is_read_as_people_type_it(team: Team, person: Any, reference: Any, typed: str) -> None:
    case = team.registered("access")
    told = reference(case)
    as_typed = typed.format(told.lower().replace("-", " ") if "dsr" not in typed else told[4:].replace("-", ""))
    person.ask_for_code(as_typed)
    assert len(person.codes()) == 1


def test_a_code_goes_to_the_address_on_file_and_opens_the_request(team: Team, person: Any, reference: Any) -> None:
    case = team.registered("access")
    shown = person.sign_in(reference(case))
    [mail] = person.mails()
    assert mail["To"] == "ada@example.org"
    assert mail["From"] == "privacy@callcentre.example"
    assert re.fullmatch(r"<sign-in\.[0-9a-f-]{36}@callcentre\.example>", mail["Message-ID"])
    assert shown.status_code == 200
    assert reference(case) in shown.text


def test_a_mailed_request_is_answered_to_its_sender(team: Team, person: Any, reference: Any) -> None:
    person.ask_for_code(reference(team.mailed()))
    assert [mail["To"] for mail in person.mails()] == ["ada@example.org"]


def test_the_mail_is_in_the_language_of_the_request(team: Team, make_person: Any, reference: Any) -> None:
    german = team.arrived(language="de")
    person = make_person(language="fr")
    person.ask_for_code(reference(german))
    polish, icelandic = team.arrived(language="pl"), team.arrived(language="is")
    person.ask_for_code(reference(polish))
    person.ask_for_code(reference(icelandic))
    assert [mail["Content-Language"] for mail in person.mails()] == ["de", "pl", "fr"]
    assert "Ihr Code" in person.mails()[0]["Subject"]


def test_the_opening_of_the_address_and_the_signing_in_are_on_record(team: Team, person: Any, reference: Any) -> None:
    case = team.registered("access")
    person.sign_in(reference(case))
    assert names(team, case)[-3:] == [
        "dsr.request.personal-data-disclosed service:my-page",
        "dsr.request.sign-in-code-sent service:my-page",
        "dsr.request.subject-signed-in data-subject",
    ]


def test_a_stranger_cannot_tell_whether_a_case_exists(team: Team, make_person: Any, reference: Any) -> None:
    # given
    there = reference(team.registered("access"))
    without_address = reference(team.arrived(person={"name": "Ada"}, channel="post"))
    answers = []
    # when
    for typed in (there, NOBODYS, without_address, "no reference at all"):
        stranger = make_person()
        stranger.open("/my")
        answers.append(stranger.send("/my/code", reference=typed))
    # then
    assert {each.status_code for each in answers} == {200}
    assert len({neutral(each.text) for each in answers}) == 1
    headers = [{(name, re.sub("=[^;]+", "", value, count=1)) for name, value in each.headers} for each in answers]
    differ = ("Content-Length", "X-Request-ID")
    for each in headers:
        assert {h for h in each if h[0] not in differ} == {h for h in headers[0] if h[0] not in differ}


def test_a_wrong_code_says_the_same_as_a_wrong_reference(team: Team, person: Any, reference: Any) -> None:
    there = reference(team.registered("access"))
    person.ask_for_code(there)
    wrong = person.send("/my/session", reference=there, code="0")
    unknown = person.send("/my/session", reference=NOBODYS, code=person.codes()[0])
    assert wrong.status_code == unknown.status_code == 403
    assert neutral(wrong.text) == neutral(unknown.text)


def test_no_mail_leaves_while_a_stranger_waits(team: Team, person: Any, reference: Any) -> None:
    case = team.registered("access")
    before = names(team, case)
    person.open("/my")
    assert person.send("/my/code", reference=reference(case)).status_code == 200
    assert not (team.service.settings.home / "outgoing").exists()
    assert names(team, case) == before, "nothing of the case was opened"
    assert len(person.codes()) == 1, "the worker sent it"


def test_a_code_works_once(team: Team, person: Any, make_person: Any, reference: Any) -> None:
    told = reference(team.registered("access"))
    person.sign_in(told)
    other = make_person()
    other.open("/my")
    assert other.send("/my/session", reference=told, code=person.codes()[0]).status_code == 403


@pytest.mark.parametrize(("minutes", "status"), [(9.9, 303), (10, 403)])
def test_a_code_holds_for_ten_minutes(
    team: Team, person: Any, reference: Any, clock: SettableClock, *, minutes: float, status: int
) -> None:
    told = reference(team.registered("access"))
    person.ask_for_code(told)
    clock.advance(minutes=minutes)
    assert person.send("/my/session", reference=told, code=person.codes()[0]).status_code == status


@pytest.mark.parametrize(("wrong", "status"), [(4, 303), (5, 403)])
def test_a_code_bears_five_tries(team: Team, person: Any, reference: Any, wrong: int, status: int) -> None:
    told = reference(team.registered("access"))
    person.ask_for_code(told)
    for _ in range(wrong):
        assert person.send("/my/session", reference=told, code="00000000x").status_code == 403
    assert person.send("/my/session", reference=told, code=person.codes()[0]).status_code == status


@pytest.mark.parametrize("at_once", [True, False])
def test_the_code_that_holds_is_sent_twice(
    team: Team, person: Any, reference: Any, clock: SettableClock, *, at_once: bool
) -> None:
    told = reference(team.registered("access"))
    person.open("/my")
    texts = set()
    for _ in range(5):
        texts.add(neutral(person.send("/my/code", reference=told).text if at_once else person.ask_for_code(told).text))
    assert len(texts) == 1
    assert len(person.mails()) == CODE_MAILS
    clock.advance(minutes=CODE_MINUTES)
    person.ask_for_code(told)
    assert len(person.mails()) == CODE_MAILS + 1


def test_one_network_may_try_so_often_and_another_is_not_hindered(team: Team, make_person: Any) -> None:
    stranger = make_person(address="198.51.100.4")
    stranger.open("/my")
    answers = [
        stranger.send("/my/session", reference=NOBODYS, code=str(n)).status_code for n in range(ATTEMPTS_A_MINUTE + 1)
    ]
    assert answers == [403] * ATTEMPTS_A_MINUTE + [429]
    neighbour, other = make_person(address="198.51.100.200"), make_person(address="203.0.113.1")
    for each in (neighbour, other):
        each.open("/my")
    assert neighbour.send("/my/session", reference=NOBODYS, code="1").status_code == 429
    assert other.send("/my/session", reference=NOBODYS, code="1").status_code == 403


def test_a_session_ends_after_thirty_minutes(team: Team, person: Any, reference: Any, clock: SettableClock) -> None:
    person.sign_in(reference(team.registered("access")))
    clock.advance(minutes=29.9)
    assert person.open("/my/request").status_code == 200
    clock.advance(minutes=0.1)
    ended = person.open("/my/request")
    assert ended.status_code == 401
    assert ended.mimetype == "text/html"


def test_signing_out_ends_the_session_everywhere(team: Team, person: Any, reference: Any) -> None:
    person.sign_in(reference(team.registered("access")))
    kept = person.client.get_cookie("dsr_session", path="/my").value
    assert person.send("/my/sign-out").status_code == 303
    person.client.set_cookie("dsr_session", kept, path="/my")
    assert person.open("/my/request").status_code == 401


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_the_session_cookie_is_for_this_site_alone(team: Team, person: Any, reference: Any, scheme: str) -> None:
    told, base = reference(team.registered("access")), f"{scheme}://localhost"
    person.open("/my", base_url=base)
    person.client.post("/my/code", data={"form_token": person.form_token, "reference": told}, base_url=base)
    answer = person.client.post(
        "/my/session",
        data={"form_token": person.form_token, "reference": told, "code": person.codes()[0]},
        base_url=base,
    )
    [cookie] = [each for each in answer.headers.getlist("Set-Cookie") if "dsr_session" in each]
    name, path = ("__Host-dsr_session=", "Path=/") if scheme == "https" else ("dsr_session=", "Path=/my")
    assert cookie.startswith(name)
    attributes = set(cookie.split("; ")[1:])
    assert {"HttpOnly", "SameSite=Strict", path} <= attributes
    assert ("Secure" in attributes) == (scheme == "https")


@pytest.mark.parametrize(
    "path", ["code", "session", "sign-out", "withdrawal", "withdrawal/confirmation", "consent", "package"]
)
def test_a_form_that_another_site_sends_does_nothing(team: Team, person: Any, reference: Any, path: str) -> None:
    case = team.registered("access", "consent-withdrawal")
    told = reference(case)
    person.sign_in(told)
    before = team.get(f"/requests/{case.id}").get_json()["version"]
    for token in ("", "0" * 64, person.team.service.desk.my.form_token("of another browser")):
        answer = person.send(f"/my/{path}", form_token=token, reference=told, code="1", part="access")
        assert answer.status_code == 403
        assert answer.mimetype == "text/html"
    assert team.get(f"/requests/{case.id}").get_json()["version"] == before
    assert person.open("/my/request").status_code == 200, "still signed in"


def test_logs_name_neither_reference_nor_code_nor_person(
    team: Team, person: Any, reference: Any, caplog: pytest.LogCaptureFixture
) -> None:
    told = reference(team.registered("access"))
    with caplog.at_level(logging.DEBUG):
        person.sign_in(told)
        person.send("/my/session", reference=told, code="12345678")
    assert "/my/session" in caplog.text
    secret = [told, told[4:], *person.codes(), person.codes()[0].replace(" ", ""), "ada@example.org", "12345678"]
    assert [each for each in secret if each in caplog.text] == []
