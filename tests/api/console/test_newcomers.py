"""What newcomers to the console need: a way on from each page, and words for what happened."""

import re
from typing import Any

import pytest

from dsr.domain.request.letters import REQUIRED_STATEMENTS, LetterKind
from dsr.domain.roles import Role
from tests.api.colleague import Colleague, signed_in
from tests.api.console.test_commands import give, give_at
from tests.api.console.test_journey import work_is_done
from tests.api.console.test_triage import hidden
from tests.api.team import Case, Team

ORDER: Any = {
    "kind": "order",
    "controller_id": "callcentre-de",
    "authority": "Data protection commissioner",
    "due_on": "2026-04-30",
    "channel": "email",
    "received_at": "2026-03-03T09:00",
    "language": "en",
    "content": "Tell us how you dealt with the request.",
}


@pytest.fixture
def carla(team: Team) -> Colleague:
    return signed_in(team, "carla", Role.HANDLER)


def reference_of(team: Team, case: Case) -> str:
    return str(team.get(f"/requests/{case.id}").get_json()["reference"])


def section(who: Colleague, case: Case, name: str) -> str:
    """One section of the page of the case, by its id."""
    return who.open(f"/console/cases/{case.id}").text.partition(f'id="{name}"')[2].partition("</section>")[0]


def waits(who: Colleague, case: Case) -> str:
    """What the page of the case says of whom it waits for."""
    return section(who, case, "waits")


def restricted(team: Team, who: Colleague) -> Case:
    """A case whose processing is restricted."""
    case = team.granted("restriction")
    typed: Any = {
        "of.item_id": "restriction",
        "ground": "accuracy-contested",
        "facts": "The sum.",
        "activities": "customer-calls",
        "review_on": "2026-04-30",
    }
    given = give(who, case, "restrict_processing", query="?item_id=restriction", **typed)
    assert given.status_code == 303, given.text
    return case


def ordered_to_report(team: Team, who: Colleague) -> str:
    """The page of a matter that an order of an authority opened."""
    return str(give_at(who, "/console", "open_authority_letter", **ORDER).location).partition("?")[0]


def form_of(who: Colleague, case: Case, name: str, query: str = "") -> str:
    return who.open(f"/console/cases/{case.id}/do/{name}{query}").text


def test_a_command_that_was_done_is_named_on_the_page_after_it(team: Team, carla: Colleague) -> None:
    case = team.registered("access")
    after = give(carla, case, "grant_item", query="?item_id=access")
    assert "Done: Grant." in carla.open(after.location).text
    assert "Done:" not in carla.open(f"/console/cases/{case.id}?done=no_such_command").text


def test_a_letter_that_was_registered_is_named_above_the_next(team: Team, carla: Colleague) -> None:
    # given
    first, _second = team.mailed(), team.mailed()
    page = f"/console/triage/{first.id}"
    # when
    fields = hidden(carla.open(page).text, f"{page}/register")
    following = carla.send(f"{page}/register", **fields, rights="access", then="open").text
    # then
    assert f"{reference_of(team, first)} is registered." in following
    assert f'href="/console/cases/{first.id}">Work on it' in following


def test_a_grant_asks_for_grounds_of_erasure_for_an_erasure_alone(team: Team, carla: Colleague) -> None:
    case = team.registered("access", "erasure")
    assert "erasure_ground" in form_of(carla, case, "grant_item", "?item_id=erasure")
    assert "erasure_ground" not in form_of(carla, case, "grant_item", "?item_id=access")


def test_activities_are_chosen_by_name(team: Team, carla: Colleague) -> None:
    case = team.granted("restriction")
    shown = form_of(carla, case, "restrict_processing", "?item_id=restriction")
    chosen = re.findall(r'type="checkbox" name="activities" value="([^"]+)"', shown)
    assert "customer-calls" in chosen


def test_a_case_that_waits_for_its_answer_leads_to_the_letter(team: Team, carla: Colleague) -> None:
    # given
    case = restricted(team, carla)
    assert "Record that it is done" in waits(carla, case)
    give(carla, case, "complete_item", query="?item_id=restriction", account="It is marked.")
    # when nobody has written the answer
    assert "The service is drafting it: load again" in waits(carla, case)
    # and when the service has
    work_is_done(team)
    # then
    found = re.search(r'href="(/console/letters/[^"]+)">Read the answer, and send it', waits(carla, case))
    assert found is not None
    # and when that is discarded
    give_at(carla, found[1], "discard_dispatch", reason="Another one.")
    assert "/do/prepare_dispatch?item_ids=restriction" in waits(carla, case)


def test_an_acknowledgement_that_leaves_meanwhile_makes_no_form_stale(team: Team, carla: Colleague) -> None:
    # given
    team.service.begin_policies()
    letter = team.mailed()
    team.done(letter, "registration", {"rights": ["access"]})
    path = f"/console/cases/{letter.id}/do/grant_item"
    form = hidden(carla.open(f"{path}?item_id=access").text.replace('class="command"', f'action="{path}"'), path)
    # when
    work_is_done(team)
    assert "dsr.request.answer-sent" in [
        each["name"] for each in team.get(f"/requests/{letter.id}/timeline").get_json()["items"]
    ]
    given = carla.send(path, **form)
    # then
    assert given.status_code == 303, given.text


def test_a_refusal_calls_a_field_as_the_form_calls_it(team: Team, carla: Colleague) -> None:
    case = team.registered("access")
    refused = give(
        carla, case, "propose_refusal", query="?item_id=access", ground="manifestly-excessive", reasons="Each week."
    )
    assert refused.status_code == 409
    assert "state in “Facts” what proves it" in refused.text
    assert 'id="f-facts"' in refused.text.partition("<details")[0], "it stands there at once"


def test_a_letter_of_an_authority_in_triage_becomes_a_matter(team: Team, carla: Colleague) -> None:
    # given
    letter, concerned = team.mailed("We order you to tell us how you dealt with the complaint."), team.granted("access")
    after = give(carla, letter, "dismiss_request", kind="authority-letter", reason="An order.")
    shown = carla.open(after.location).text
    assert "Nobody has said which rights" not in shown
    form = re.search(r'href="(/console/do/open_authority_letter[^"]+)"', shown)
    assert form is not None
    # when
    filled = carla.open(form[1].replace("&amp;", "&")).text
    assert 'value="complaint"' not in filled, "a complaint has a form of its own"
    assert re.search(r'<option value="email" selected', filled)
    entered = give_at(carla, "/console", "open_authority_letter", **ORDER, request_ids=reference_of(team, concerned))
    # then
    assert entered.location.startswith("/console/matters/"), entered.text
    assert f"/console/cases/{concerned.id}" in carla.open(entered.location).text


def test_a_reference_that_nobody_has_is_named(team: Team, carla: Colleague) -> None:
    refused = give_at(carla, "/console", "open_authority_letter", **ORDER, request_ids="DSR-7KQ4-M2XN")
    assert refused.status_code == 404
    assert "Tell us how you dealt with the request." in refused.text


@pytest.mark.parametrize(
    ("name", "offered", "not_offered"),
    [("tell_password", "telephone", "email"), ("open_authority_letter", "order", "complaint")],
)
def test_a_form_offers_only_what_its_field_takes(
    team: Team, carla: Colleague, name: str, offered: str, not_offered: str
) -> None:
    place = "/console" if name.startswith("open") else f"/console/cases/{team.granted('access').id}"
    shown: Any = re.findall(
        r'type="radio" name="(?:channel|kind)" value="([^"]+)"', carla.open(f"{place}/do/{name}").text
    )
    assert offered in shown
    assert not_offered not in shown


def test_an_auditor_goes_from_the_page_of_a_case_to_its_audit(team: Team, carla: Colleague) -> None:
    case, audra = team.registered("access"), signed_in(team, "audra", Role.AUDITOR)
    assert f'href="/console/audit/cases/{case.id}"' in audra.open(f"/console/cases/{case.id}").text
    assert f'href="/console/audit/cases/{case.id}"' not in carla.open(f"/console/cases/{case.id}").text


def test_whoever_proves_who_they_are_goes_on_where_they_were(team: Team) -> None:
    # given
    case, audra = team.registered("access"), signed_in(team, "audra", Role.AUDITOR)
    place = f"/console/audit/bundles?scope=case:{case.id}"
    # when
    shown = audra.open("/account/step-up", query_string={"next": place}).text
    # then
    assert f'name="next" value="{place}"' in shown.replace("&amp;", "&")


def test_each_step_that_a_case_offers_leads_to_its_form(team: Team, carla: Colleague) -> None:
    # given
    case = restricted(team, carla)
    # when
    offered = set(re.findall(r'href="(/console[^"]+)"', section(carla, case, "next").partition("not-now")[0]))
    answers = {each: carla.open(each.replace("&amp;", "&")).status_code for each in offered}
    # then
    assert len(answers) > 10
    assert {each: status for each, status in answers.items() if status != 200} == {}


def test_a_package_is_taken_back_only_once_there_is_one(team: Team, carla: Colleague) -> None:
    # given
    case = team.registered("access")
    assert "Take the package back" not in section(carla, case, "next")
    # when
    other = team.collected()
    team.search(other, "access")
    assert "Take the package back" not in section(carla, other, "next")
    place = team.command(other, "items/access/export", {}, key="export").headers["Location"]
    team.post(f"{place}/link", {}, if_match=team.get(place).headers["ETag"], key="link")
    # then
    export_id = place.rpartition("/")[2]
    assert f'href="/console/packages/{export_id}/do/revoke_export">Take the package back' in section(
        carla, other, "next"
    )


def test_a_file_that_was_forgotten_says_so_and_offers_nothing_to_open(team: Team, carla: Colleague) -> None:
    # given
    case = team.mailed("Advertising.")
    team.done(case, "dismissal", {"kind": "spam", "reason": "Advertising."})
    assert 'name="versions"' in carla.open(f"/console/cases/{case.id}").text
    # when
    team.done(case, "forgetting", {"ground": "court-order", "reasons": "By order."})
    team.done(case, "forgetting/decision", {"approve": True}, "approver")
    shown = carla.open(f"/console/cases/{case.id}").text
    # then
    assert re.search(r"This file was forgotten on the order of [\w-]+, .* \(court order\)", shown)
    assert 'name="versions"' not in shown
    assert "Write a letter" not in shown


def test_a_message_is_read_where_it_stands(team: Team, carla: Colleague) -> None:
    # given
    case = team.mailed("Please send me a copy of my data.")
    form = section(carla, case, "messages")
    assert "Please send me a copy" not in form
    # when
    opening = f"/console/cases/{case.id}/open"
    version = re.search(r'name="versions" value="(\d+)"', form)
    assert version is not None
    fields = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', form))
    opened = carla.send(opening, **fields).text
    # then
    assert "Please send me a copy" in opened.partition('id="messages"')[2].partition("</section>")[0]
    assert opened.count("Please send me a copy") == 1, "and nowhere else"


def test_a_question_about_identity_leads_to_its_letter(team: Team, carla: Colleague) -> None:
    # given
    case = team.registered("access")
    team.service.begin_policies()
    form = form_of(carla, case, "ask_identity")
    assert 'id="f-questions"' in form.partition('<details class="more"')[0], "it stands there at once"
    asked = give(carla, case, "ask_identity", doubt="A new address.", method="known-facts", questions="Which number?")
    assert asked.status_code == 303, asked.text
    assert "The service is drafting it: load again" in waits(carla, case)
    # when
    work_is_done(team)
    # then
    assert re.search(r'href="/console/letters/[^"]+">Read the letter, and send it', waits(carla, case))


def test_a_restriction_in_force_leads_to_the_letter_then_to_its_end(team: Team, carla: Colleague) -> None:
    # given
    case = restricted(team, carla)
    shown = section(carla, case, "restrictions")
    assert "to be reviewed on 30 Apr 2026" in shown
    form = re.search(r'href="([^"]+)">Write that it ends', shown)
    assert form is not None
    assert "Lift the restriction" not in shown
    # when it is written
    query = "?" + form[1].replace("&amp;", "&").partition("?")[2]
    asked = form_of(carla, case, "prepare_dispatch", query)
    concerned = re.search(r'<input type="radio" name="concerns" value="([^"]+)" checked', asked)
    assert concerned is not None, "it is chosen by name"
    assert re.findall(r"Restriction of [^<]+", asked) == ["Restriction of Recording of customers&#39; calls"]
    given = give(carla, case, "prepare_dispatch", query=query, kind="lifting", concerns=concerned[1])
    assert given.status_code == 303, given.text
    # then
    letter = given.location.partition("?")[0]
    assert f'href="{letter}">Read the letter, and send it' in section(carla, case, "restrictions")
    # and when the person was told otherwise
    told: Any = {
        "of.restriction_id": concerned[1],
        **{"channel": "post", "language": "en", "text": "The restriction ends."},
        **{f"statements.{each}": "As we wrote." for each in ("what-is-lifted", "when", "why")},
    }
    told_answer = give(carla, case, "announce_lifting", query=f"?restriction_id={concerned[1]}", **told)
    assert told_answer.status_code == 303, told_answer.text
    # then
    assert "Lift the restriction" in section(carla, case, "restrictions")


def test_a_letter_of_one_kind_asks_for_its_own_statements(team: Team, carla: Colleague) -> None:
    case = team.registered("access")
    shown = form_of(carla, case, "record_answer", "?kind=identity-question")
    asked = set(re.findall(r'name="statements\.([^"]+)"', shown))
    assert asked == REQUIRED_STATEMENTS[LetterKind.IDENTITY_QUESTION]


def test_a_reply_to_an_authority_asks_for_the_reply_alone(team: Team, carla: Colleague) -> None:
    # given
    page = ordered_to_report(team, carla)
    # when
    shown = carla.open(f"{page}/do/write_matter_letter").text
    # then
    assert re.findall(r'type="radio" name="kind" value="([^"]+)"', shown) == ["authority-reply"]
    assert re.findall(r'type="radio" name="channel" value="([^"]+)"', shown) == ["email", "post"]
    assert 'name="reply"' in shown
    assert 'name="what_happened"' not in shown
    # and when it lacks the reply
    address: Any = {"address.email": "authority@example.org"}
    refused = give_at(carla, page, "write_matter_letter", kind="authority-reply", channel="email", **address)
    # then
    assert "Add those in “Reply”." in refused.text
    outcomes = carla.open(f"{page}/do/close_matter").text
    assert re.findall(r'type="radio" name="outcome" value="([^"]+)"', outcomes) == [
        *("withdrawn", "complied", "contested"),
    ]


def test_the_page_of_an_order_says_where_its_date_is_from_and_times_of_the_place(team: Team, carla: Colleague) -> None:
    # given: the reply to an order in Germany, written at 09:00 UTC
    page = ordered_to_report(team, carla)
    reply: Any = {"address.email": "authority@example.org", "kind": "authority-reply", "reply": "On 9 March."}
    assert give_at(carla, page, "write_matter_letter", channel="email", **reply).status_code == 303
    # when
    shown = carla.open(page).text
    # then
    assert "The date is the one that the letter sets." in shown
    assert "written by carla, 5 Mar 2026, 10:00" in shown
    carla.language = "de"
    assert "Das Datum ist das, das das Schreiben setzt." in carla.open(page).text


def test_a_hint_that_only_lists_codes_is_for_programs(team: Team, carla: Colleague) -> None:
    shown = carla.open("/console/do/open_authority_letter").text
    assert "ISO 639-1" not in shown
    assert "<code>inquiry</code>" not in shown
    assert "The last day that the letter sets" in shown
    page = ordered_to_report(team, carla)
    assert "<code>email</code>" not in carla.open(f"{page}/do/write_matter_letter").text


def test_the_writer_of_a_reply_is_told_that_somebody_else_releases_it(team: Team, carla: Colleague) -> None:
    # given
    page, ines = ordered_to_report(team, carla), signed_in(team, "ines", Role.APPROVER)
    typed: Any = {"kind": "authority-reply", "channel": "email", "reply": "We did.", "address.email": "a@example.org"}
    # when
    given = give_at(carla, page, "write_matter_letter", **typed)
    assert given.status_code == 303, given.text
    # then
    hers = carla.open(page).text
    assert "Somebody else has to release it" in hers
    assert "Release the letter" not in hers
    assert "Release the letter" in ines.open(page).text
    assert "proposals on matters, that wait for a second person" in ines.open("/console").text
    assert f'href="{page}"><strong>Authority reply' in ines.open("/console/approvals").text
