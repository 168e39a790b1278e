"""Holds, recipients, the matrix of rights and refusals by legal basis, over HTTP."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

from dsr.domain.roles import Role
from tests.api.team import Team

DE, FR = "callcentre-de", "callcentre-fr"
LEGAL = {"activities": ["customer-calls"], "reason": "She sued us."}


def holds(team: Team, who: str = "handler", **asked: Any) -> list[dict[str, Any]]:
    response = team.get("/holds?" + "&".join(f"{name}={value}" for name, value in asked.items()), who)
    assert response.status_code == 200, response.text
    shown: list[dict[str, Any]] = response.get_json()["items"]
    return shown


def check(team: Team, **asked: Any) -> dict[str, Any]:
    response = team.post("/holds/check", {"controller_id": DE, "system": "recordings"} | asked, "system-owner")
    assert response.status_code == 200, response.text
    answer: dict[str, Any] = response.get_json()
    return answer


# Holds -----------------------------------------------------------------------------------------------------------


def test_a_retention_job_asks_what_access_holds_and_may_delete_when_it_is_over(team: Team) -> None:
    # given
    case = team.registered("access")
    # then
    [hold] = holds(team, system="recordings", activity="customer-calls", controller=DE, kind="retention")
    assert (hold["request_id"], hold["systems"]) == (case.id, ["quality", "recordings"])
    answer = check(team, email="ADA@example.org")
    assert (answer["may_delete"], [each["hold_id"] for each in answer["holds"]]) == (False, [hold["hold_id"]])
    assert check(team, email="ada@example.org", system="crm") == {"may_delete": True, "holds": []}
    # when
    team.done(case, "withdrawal", {"confirmed": True})
    # then
    assert holds(team) == []
    assert [each["hold_id"] for each in holds(team, released="true")] == [hold["hold_id"]]
    assert check(team, email="ada@example.org")["may_delete"]


def test_a_letter_that_asks_for_a_copy_is_among_the_holds_until_it_is_dismissed(team: Team) -> None:
    # given
    case = team.arrived(text="Please send me a copy of my data under Art. 15 GDPR.")
    # then
    [hold] = holds(team, system="recordings", kind="retention")
    assert hold == {
        "request_id": case.id,
        "hold_id": case.id,
        "position": None,
        "kind": "retention",
        "controller_id": DE,
        "activities": [],
        "systems": [],
        "placed_at": hold["placed_at"],
        "placed_by": None,
        "released_at": None,
        "released_by": None,
    }
    assert [each["hold_id"] for each in check(team, email="ada@example.org")["holds"]] == [case.id]
    # when
    team.done(case, "dismissal", {"kind": "spam", "reason": "An advertisement."})
    # then
    assert holds(team) == []
    assert check(team, email="ada@example.org")["may_delete"]


def test_a_legal_hold_is_placed_and_released_with_a_reason_and_pages_go_on(team: Team) -> None:
    # given
    case = team.arrived(text="You will hear from my lawyer.")
    team.refused(team.command(case, "holds", LEGAL | {"reason": " "}), 409, "reason-required")
    team.refused(team.command(case, "holds", {"reason": "She sued us."}), 409, "hold-covers-nothing")
    team.refused(team.command(case, "holds", LEGAL | {"activities": ["beer"]}), 422, "activity-unknown")
    elsewhere = {"controller_id": FR, "systems": ["hr"], "reason": "She sued us."}
    team.refused(team.command(case, "holds", elsewhere), 422, "system-elsewhere")
    for systems in ([], ["quality"], ["recordings"]):
        team.done(case, "holds", LEGAL | {"systems": systems})
    # then
    first = team.get("/holds?limit=2").get_json()
    rest = team.get(f"/holds?limit=2&cursor={first['next']}").get_json()
    assert [each["systems"] for page in (first, rest) for each in page["items"]] == [
        ["quality", "recordings"],
        ["quality"],
        ["recordings"],
    ]
    assert rest["next"] is None
    # when
    path = f"holds/{first['items'][0]['hold_id']}/release"
    team.refused(team.command(case, path, {"reason": ""}), 409, "reason-required")
    team.done(case, path, {"reason": "Settled."})
    team.refused(team.command(case, path, {"reason": "Settled."}), 404, "hold-unknown")
    assert len(holds(team)) == 2


def test_holds_out_of_scope_are_neither_listed_nor_answered_about(team: Team) -> None:
    team.registered("access")
    french = team.enrol("french", Role.HANDLER, controllers=(FR,))
    assert holds(team, french) == []
    asked = {"controller_id": DE, "system": "recordings", "email": "ada@example.org"}
    team.refused(team.post("/holds/check", asked, french), 403, "forbidden")
    nobody = {"controller_id": DE, "system": "recordings"}
    team.refused(team.post("/holds/check", nobody), 422, "identifier-missing")


def test_a_legal_hold_of_the_same_person_stands_against_erasure_with_and_without_a_request(team: Team) -> None:
    # given
    sued, case = team.arrived(text="You will hear from my lawyer."), team.registered("erasure")
    team.done(sued, "holds", LEGAL)
    ground = {"erasure_ground": "no-longer-necessary"}
    # when, then
    team.refused(team.command(case, "items/erasure/grant", ground), 409, "legal-hold")
    team.done(case, "items/erasure/grant", ground | {"activities": ["customer-relations"]})
    team.done(case, "items/erasure/search", {"reports": [{"system": "recordings", "result": "found"}]})
    team.search(case, "erasure")
    team.refused(team.command(case, "items/erasure/completion", {"account": "Gone."}), 409, "legal-hold")
    done = {"systems": ["recordings"], "account": "Gone."}
    found = {
        "kind": "no-legal-basis",
        "controller_id": DE,
        "system": "recordings",
        "found_at": team.clock.now().isoformat(),
        "description": "The call of 09:12.",
        "request_id": case.id,
    }
    reported = team.post("/own-initiative-erasures", found, key=str(uuid4()))
    assert reported.status_code == 201, reported.text
    path = f"/own-initiative-erasures/{reported.get_json()['own_erasure_id']}/completion"
    answer = team.post(path, done, "system-owner", if_match=reported.headers["ETag"])
    team.refused(answer, 409, "legal-hold")


def test_a_copy_that_is_owed_comes_before_erasure_with_and_without_a_request(team: Team) -> None:
    # given
    team.registered("access")
    case = team.registered("erasure")
    # when, then
    ground = {"erasure_ground": "no-longer-necessary"}
    team.refused(team.command(case, "items/erasure/grant", ground), 409, "access-before-erasure")
    found = {
        "kind": "no-legal-basis",
        "controller_id": DE,
        "system": "recordings",
        "found_at": team.clock.now().isoformat(),
        "description": "The call of 09:12.",
    }
    reported = team.post("/own-initiative-erasures", found, key=str(uuid4()))
    path = f"/own-initiative-erasures/{reported.get_json()['own_erasure_id']}/completion"
    done = {"systems": ["recordings"], "account": "Gone."}
    for marks, code in (({"email": "ada@example.org"}, "held-for-answer"), ({}, "person-unstated")):
        answer = team.post(path, done | marks, "system-owner", if_match=reported.headers["ETag"])
        team.refused(answer, 409, code)
    answer = team.post(path, done | {"phone": "+49 30 7654321"}, "system-owner", if_match=reported.headers["ETag"])
    assert answer.get_json()["person_unknown"] is False


# Recipients ------------------------------------------------------------------------------------------------------


def test_the_ledger_says_who_was_told_who_was_not_and_why(team: Team) -> None:
    # given
    case = team.arrived()
    team.done(case, "registration", {"rights": ["erasure"], "subjects": ["employees"]})
    team.done(case, "items/erasure/grant", {"erasure_ground": "unlawful-processing"})
    tell = {"recipient": "telephony", "channel": "email"}
    team.refused(team.command(case, "items/erasure/recipients", tell), 409, "nothing-to-tell")
    team.search(case, "erasure", "hr", "recordings")
    team.done(case, "items/erasure/completion", {"account": "Gone."})
    # when
    team.refused(team.command(case, "items/erasure/recipients", tell | {"recipient": "x"}), 422, "recipient-unknown")
    team.done(case, "items/erasure/recipients", tell, "system-owner")
    team.refused(team.command(case, "items/erasure/recipients", tell), 409, "recipient-settled")
    excuse = {"recipient": "payroll", "obstacle": "disproportionate-effort", "explanation": " "}
    path = "items/erasure/recipients/excuse"
    team.refused(team.command(case, path, excuse), 409, "reason-required")
    team.done(case, path, excuse | {"explanation": "Ten thousand tapes."})
    # then
    lines = team.get(f"/requests/{case.id}/recipients").get_json()["items"]
    assert [(each["recipient"], each["settled"], each["obstacle"], each["tell_by"]) for each in lines] == [
        ("payroll", True, "disproportionate-effort", "2026-03-12"),
        ("tax-office", False, None, "2026-03-12"),
        ("telephony", True, None, "2026-03-12"),
    ]

    def untold(days: int, who: str = "handler") -> list[str]:
        rows = team.get(f"/reports/untold-recipients?days={days}", who).get_json()["items"]
        return [row["recipient"] for row in rows]

    assert (untold(6), untold(7)) == ([], ["tax-office"])
    assert untold(7, team.enrol("french", Role.HANDLER, controllers=(FR,))) == []


# Rights and bases ------------------------------------------------------------------------------------------------


def test_the_matrix_shows_which_right_exists_with_its_article(team: Team) -> None:
    def shown(*subjects: str) -> dict[tuple[str, str, bool], tuple[str, str]]:
        case = team.arrived()
        team.done(case, "registration", {"rights": ["access"], "subjects": list(subjects)})
        lines = team.get(f"/requests/{case.id}/rights").get_json()["items"]
        return {
            (each["activity"], each["right"], each["direct_marketing"]): (each["existence"], each["provision"])
            for each in lines
        }

    customers, employees = shown("customers"), shown("employees")
    assert customers["customer-calls", "portability", False] == ("yes", "GDPR Art. 20(1)")
    assert customers["customer-calls", "objection", False] == ("instead", "GDPR Art. 7(3)")
    assert customers["customer-calls", "objection", True] == ("yes", "GDPR Art. 21(2), (3)")
    assert employees["employee-evaluation", "portability", False] == ("no", "GDPR Art. 20(1)(a)")
    assert employees["employee-evaluation", "objection", False] == ("yes", "GDPR Art. 21(1)")
    assert not {activity for activity, *_ in employees} & {"customer-calls", "customer-relations"}


def test_an_unknown_category_of_people_is_bad_input(team: Team) -> None:
    body = {"rights": ["access"], "subjects": ["martians"]}
    team.refused(team.command(team.arrived(), "registration", body), 422, "subject-category-unknown")


def test_a_refusal_on_the_basis_is_decided_by_the_record_and_not_by_the_handler(
    team: Team, make_refusal: Callable[..., dict[str, Any]]
) -> None:
    case = team.registered("portability")
    path = "items/portability/refusal"
    on_basis = make_refusal(ground="right-not-on-this-basis", provision="", extent=[])
    for activities in ([], ["customer-calls"], ["employee-evaluation", "customer-relations"]):
        refused = team.command(case, path, on_basis | {"activities": activities})
        team.refused(refused, 409, "ground-not-available")
    team.refused(team.command(case, path, on_basis | {"activities": ["beer"]}), 422, "activity-unknown")
    claimed = on_basis | {"activities": [{"activity": "customer-calls", "basis": "legal-duty"}]}
    team.refused(team.command(case, path, claimed), 422, "input-invalid")
    of_an_employee = team.arrived()
    team.done(of_an_employee, "registration", {"rights": ["portability"], "subjects": ["employees"]})
    team.done(of_an_employee, path, on_basis | {"activities": ["employee-evaluation"]})


def test_a_part_that_is_to_be_refused_is_shown_while_the_rest_is_granted(
    team: Team, make_refusal: Callable[..., dict[str, Any]]
) -> None:
    case = team.registered("erasure")
    team.done(case, "items/erasure/refusal", make_refusal(in_part=True))
    team.done(case, "items/erasure/grant", {"erasure_ground": "no-longer-necessary"})
    done = {"account": "All but invoices."}
    team.refused(team.command(case, "items/erasure/completion", done), 409, "refusal-undecided")
    [item] = team.get(f"/requests/{case.id}/items").get_json()["items"]
    assert (item["status"], item["refusal_extent"], item["refused_in_part"]) == ("granted", ["invoices"], [])
    team.done(case, "items/erasure/refusal/decision", {"approve": True}, "approver")
    team.search(case, "erasure")
    team.done(case, "items/erasure/completion", done)
    [item] = team.get(f"/requests/{case.id}/items").get_json()["items"]
    assert (item["refusal_ground"], item["refused_in_part"]) == ("legal-obligation", ["invoices"])


# Restrictions ----------------------------------------------------------------------------------------------------


def test_a_restriction_keeps_a_recording_from_the_retention_job_until_two_people_agree(team: Team) -> None:
    # given: the request alone holds the data already
    case = team.registered("restriction")
    assert not check(team, email="ada@example.org")["may_delete"]
    # when
    team.done(case, "items/restriction/grant", {})
    restriction = {
        "ground": "needed-for-claims",
        "facts": "She needs the call of 3 March in court.",
        "activities": ["customer-calls"],
        "review_on": "2027-06-01",
    }
    assert team.command(case, "items/restriction/restriction", restriction, key=str(uuid4())).status_code == 200
    # then
    [hold] = holds(team, kind="restriction")
    assert check(team, email="ada@example.org") == {
        "may_delete": False,
        "holds": [{name: hold[name] for name in ("hold_id", "kind", "controller_id", "activities", "systems")}],
    }
    assert check(team, email="ada@example.org", system="crm")["may_delete"]
    team.refused(
        team.command(case, f"holds/{hold['hold_id']}/release", {"reason": "Full."}), 409, "hold-of-restriction"
    )
    # when
    exception = {"ground": "protect-another", "systems": ["recordings"], "reason": "The other caller is a child."}
    team.done(case, f"holds/{hold['hold_id']}/exception", exception)
    assert not check(team, email="ada@example.org")["may_delete"]
    team.done(case, f"holds/{hold['hold_id']}/exception/decision", {"approve": True}, "approver")
    # then
    assert check(team, email="ada@example.org") == {"may_delete": True, "holds": []}
    assert [each["systems"] for each in holds(team, kind="restriction")] == [["quality"]]


def test_what_the_person_opposes_to_erase_is_not_erased_on_own_initiative(team: Team) -> None:
    # given
    case = team.registered("restriction")
    found = {
        "kind": "refused-recording",
        "controller_id": DE,
        "system": "recordings",
        "found_at": team.clock.now().isoformat(),
        "description": "The call of 09:12.",
        "request_id": case.id,
    }
    reported = team.post("/own-initiative-erasures", found, key=str(uuid4()))
    path = f"/own-initiative-erasures/{reported.get_json()['own_erasure_id']}/completion"
    # when
    done = {"systems": ["recordings"], "account": "Gone."}
    answer = team.post(path, done, "system-owner", if_match=reported.headers["ETag"])
    # then
    team.refused(answer, 409, "restricted-data")
