"""The commands on a case over HTTP, one way through each part of the law, and what each resource refuses."""

import io
import json
import zipfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from dsr.domain.request.letters import LetterKind
from dsr.domain.roles import Role
from tests.api.team import Team


def test_a_letter_that_is_no_request_is_dismissed_once(team: Team) -> None:
    case = team.arrived()
    shown = team.done(case, "dismissal", {"kind": "question", "reason": "Asks for opening hours."})
    assert (shown["lifecycle"], shown["outcome"]) == ("closed", "not-a-request")
    team.refused(team.command(case, "dismissal", {"kind": "spam", "reason": "x"}), 409, "request-closed")
    team.refused(team.command(team.arrived(), "dismissal", {"kind": "spam", "reason": " "}), 409, "reason-required")
    team.refused(team.command(team.arrived(), "registration", {"rights": []}), 409, "no-right-identified")
    team.refused(team.command(team.arrived(), "registration", {"rights": ["beer"]}), 422, "input-invalid")


def test_a_duplicate_is_linked_to_the_earlier_case_of_the_same_person(team: Team) -> None:
    first, second = team.registered("access"), team.arrived()
    shown = team.done(second, "duplicate-link", {"original_id": first.id})
    assert (shown["outcome"], shown["linked_to"]) == ("duplicate", first.id)
    other = team.arrived(person={"name": "Bob Builder"})
    team.refused(team.command(other, "duplicate-link", {"original_id": first.id}), 409, "different-subject")


def test_who_is_assigned_has_to_work_here(team: Team) -> None:
    case = team.arrived()
    team.refused(team.command(case, "assignment", {"assignee": "nobody"}), 404, "staff-unknown")
    assert team.done(case, "assignment", {"assignee": "one-handler"})["assignee"] == "one-handler"


def test_identity_is_asked_proved_and_its_evidence_forgotten(team: Team) -> None:
    case = team.registered("access")
    document = {"doubt": "Another address.", "method": "document-copy"}
    team.refused(team.command(case, "identity-question", document), 409, "disproportionate-identification")
    opinion = {"supports": True, "opinion": "Sensitive recordings."}
    team.done(case, "dpo-opinion", opinion | document | {"doubt": "Another doubt."}, "dpo")
    team.refused(team.command(case, "identity-question", document), 409, "disproportionate-identification")
    team.done(case, "dpo-opinion", opinion | document, "dpo")
    asked = team.done(case, "identity-question", document)
    assert (asked["identity"], asked["clock"]) == ("asked", "running")
    left = team.done(case, "answers", team.letter(LetterKind.IDENTITY_QUESTION))
    assert (left["identity"], left["clock"], left["suspended_since"]) == ("asked", "suspended", "2026-03-05")
    team.refused(team.command(case, "items/access/grant", {}), 409, "identity-unresolved")
    team.clock.advance(days=2)
    team.done(case, "identity-evidence", {"evidence": "CANARY-PASSPORT"})
    again = team.done(case, "identity-insufficiency", {"reason": "Unreadable."})
    assert (again["identity"], again["clock"]) == ("insufficient", "suspended")
    team.done(case, "identity-evidence", {"evidence": "CANARY-PASSPORT"})
    confirmed = team.done(case, "identity-confirmation", {"method": "document-copy", "assurance": "high"})
    assert (confirmed["identity"], confirmed["clock"], confirmed["suspended_days"]) == ("confirmed", "running", 2)
    opened = team.done(case, "disclosures", {"purpose": "identity-check"})
    assert [each["forgotten"] for each in opened["opened"] if "evidence" in each["name"]] == [["evidence"]] * 2
    kinds = [row["outcome"] for row in team.get("/decisions?kind=identity").get_json()["items"]]
    assert kinds == ["confirmed"]


def test_who_stays_unidentified_gets_a_full_answer(team: Team) -> None:
    case = team.registered("access")
    team.done(case, "identity-question", {"doubt": "Another address.", "method": "call-back"})
    team.done(case, "answers", team.letter(LetterKind.IDENTITY_QUESTION))
    team.done(case, "identity-failure", {"reason": "No answer after a reminder."})
    team.refused(team.command(case, "closing", {"unidentified": True}), 409, "response-not-sent")
    team.done(case, "answers", team.letter(LetterKind.REFUSAL))
    assert team.done(case, "closing", {"unidentified": True})["outcome"] == "unidentified"


def test_clarification_stops_the_clock_until_it_is_answered(team: Team) -> None:
    case = team.registered("access")
    assert team.done(case, "clarification", {"quantity": "Ten years of calls."})["clock"] == "running"
    assert team.done(case, "answers", team.letter(LetterKind.CLARIFICATION))["clock"] == "suspended"
    team.refused(team.command(case, "clarification", {"quantity": "x"}), 409, "clarification-already-asked")
    assert team.done(case, "clarification/answer", {"answer": "The last year."})["clock"] == "running"


def test_an_extension_is_proposed_by_one_approved_by_another_and_holds_from_its_notice(team: Team) -> None:

    team.enrol("both", Role.HANDLER, Role.APPROVER)
    case = team.registered("access")
    team.refused(
        team.command(case, "extension", {"ground": "identity", "reasons": "x"}), 409, "invalid-extension-ground"
    )
    team.done(case, "extension", {"ground": "complexity", "reasons": "Eleven systems."}, "both")
    team.refused(team.command(case, "extension/decision", {"approve": True}, "both"), 409, "four-eyes")
    team.refused(team.command(case, "extension/notice", team.notice()), 409, "extension-not-approved")
    team.done(case, "extension/decision", {"approve": True}, "approver")
    incomplete = team.notice() | {"statements": {"reasons": "Many."}}
    assert team.refused(team.command(case, "extension/notice", incomplete), 409, "letter-incomplete")["facts"] == {
        "kind": "extension",
        "missing": ["new-date"],
    }
    shown = team.done(case, "extension/notice", team.notice())
    assert (shown["extended"], shown["effective_due"], shown["promise_due"]) == (True, "2026-06-05", None)
    explained = team.get(f"/requests/{case.id}/deadline").get_json()
    assert (explained["extended"], explained["statutory_due"]) == (True, "2026-06-05")
    before = team.get(f"/requests/{case.id}/deadline?as_of=2026-03-05T09:00:00Z")
    assert before.status_code == 200


@pytest.mark.parametrize(
    ("name", "body", "step"),
    [
        ("identity-question", {"doubt": "Another address.", "method": "call-back"}, "identity-not-asked-yet"),
        ("clarification", {"quantity": "Forty thousand calls."}, "clarification-not-asked-yet"),
    ],
)
def test_the_deadline_tells_that_a_question_was_not_put_yet(
    team: Team, *, name: str, body: dict[str, Any], step: str
) -> None:
    def told() -> set[str]:
        return {each["rule"] for each in team.get(f"/requests/{case.id}/deadline").get_json()["steps"]}

    case = team.registered("access")
    team.done(case, name, body)
    team.clock.advance(days=1)
    assert step in told()
    team.done(case, "answers", team.letter(LetterKind(name)))
    assert step not in told()


def test_a_hypothetical_deadline_needs_no_case(team: Team) -> None:
    def explained(**facts: Any) -> Any:
        told = {"received": "2026-03-05T10:00:00+01:00", "country": "DE"} | facts
        return team.post("/deadlines/explanation", told, "auditor")

    shown = explained().get_json()
    assert [shown[f"{name}_due"] for name in ("statutory", "promise", "effective", "operational")] == [
        "2026-04-07",
        "2026-04-04",
        "2026-04-04",
        "2026-04-02",
    ]
    paused = explained(suspensions=[{"kind": "identity", "asked": "2026-03-06", "sufficient": "2026-03-10"}])
    assert paused.get_json()["suspended_days"] == 4
    team.refused(explained(extended_at="2026-05-01T10:00:00+02:00"), 409, "extension-too-late")
    team.refused(explained(country="XX"), 422, "country-unknown")
    team.refused(explained(country="US"), 422, "regime-unknown")
    team.refused(explained(zone="Europe/Atlantis"), 422, "zone-unknown")
    team.refused(explained(regime="mars"), 422, "regime-unknown")
    backwards = [{"kind": "identity", "asked": "2026-03-10", "sufficient": "2026-03-06"}]
    team.refused(explained(suspensions=backwards), 409, "suspension-inverted")
    team.refused(explained(received="0001-01-01T00:00:00+14:00"), 422, "input-invalid")


def test_an_item_is_refused_by_two_people_and_answered_with_the_remedies(
    team: Team, make_refusal: Callable[..., dict[str, Any]]
) -> None:
    case = team.registered("erasure")
    unknown = make_refusal(statements={"authority": "xx-nowhere", "judicial-remedy": "x"})
    team.refused(team.command(case, "items/erasure/refusal", unknown), 422, "authority-unknown")
    team.refused(team.command(case, "items/erasure/refusal", make_refusal(facts=" ")), 409, "burden-of-proof")
    for reach in ({"covers_all": False}, {"in_part": True, "covers_all": True}):
        wider = make_refusal(**reach)
        team.refused(team.command(case, "items/erasure/refusal", wider), 409, "ground-not-available")
    team.refused(team.command(case, "items/access/refusal", make_refusal()), 404, "item-unknown")
    team.done(case, "items/erasure/refusal", make_refusal())
    team.refused(
        team.command(case, "items/erasure/refusal/decision", {"approve": False}, "approver"), 409, "reason-required"
    )
    team.done(case, "items/erasure/refusal/decision", {"approve": False, "reason": "Too wide."}, "approver")
    team.done(case, "items/erasure/refusal", make_refusal(extent=["invoices of 2024"]))
    team.done(case, "items/erasure/refusal/decision", {"approve": True}, "approver")
    item = team.get(f"/requests/{case.id}/items").get_json()["items"][0]
    assert (item["status"], item["decided_by"], item["refusal_ground"]) == (
        "refused",
        "one-approver",
        "legal-obligation",
    )
    team.refused(team.command(case, "closing", {}), 409, "response-not-sent")
    team.done(case, "answers", team.letter(LetterKind.REFUSAL, "erasure"))
    assert team.done(case, "closing", {})["outcome"] == "refused"
    reopened = team.done(case, "reopening", {"reason": "New facts.", "item_ids": ["erasure"]}, "approver")
    assert reopened["lifecycle"] == "assessing"


def test_items_are_granted_carried_out_answered_and_closed(team: Team) -> None:
    case = team.granted("rectification")
    team.done(case, "items", {"rights": ["access"]})
    unknown = {"reports": [{"system": "no", "result": "found"}]}
    team.refused(team.command(case, "items/rectification/search", unknown), 422, "system-unknown")
    done = {"account": "Corrected."}
    team.refused(team.command(case, "items/rectification/completion", done, "system-owner"), 409, "effect-missing")
    team.done(case, "items/rectification/accuracy", {"finding": "incomplete", "assessment": "The flat is missing."})
    completed = {"operation": "completed", "field": "address", "system": "crm", "after": "Beispielweg 1, flat 3"}
    team.done(case, "items/rectification/rectification", completed, "system-owner")
    team.search(case, "rectification", "crm", who="system-owner")
    team.done(case, "items/rectification/completion", done, "system-owner")
    team.search(case, "access")
    team.done(case, "items/access/nothing-held", {}, "system-owner")
    team.done(case, "answers", team.letter(LetterKind.ACKNOWLEDGEMENT))
    team.done(case, "answers", team.letter(LetterKind.RECTIFICATION, "rectification"))
    team.done(case, "answers", team.letter(LetterKind.ACCESS, "access"))
    closed = team.done(case, "closing", {})
    assert (closed["outcome"], closed["status"], closed["items_unanswered"]) == ("fulfilled", "closed", 0)
    subject_cannot = team.command(case, "subject-token", {}, key="x")
    team.refused(subject_cannot, 409, "request-closed")


def test_the_data_subject_withdraws_only_the_own_request(team: Team) -> None:
    case, other = team.registered("access"), team.registered("access")
    ada = team.subject(case)
    seen = team.get(f"/requests/{case.id}", ada).headers["ETag"]
    team.refused(
        team.post(f"/requests/{case.id}/withdrawal", {"confirmed": False}, ada, if_match=seen),
        409,
        "confirmation-required",
    )
    team.refused(
        team.post(f"/requests/{other.id}/withdrawal", {"confirmed": True}, ada, if_match=other.etag),
        404,
        "request-unknown",
    )
    done = team.post(f"/requests/{case.id}/withdrawal", {"confirmed": True}, ada, if_match=seen, key="k")
    assert done.get_json()["outcome"] == "withdrawn"
    assert "assignee" not in done.get_json()
    # the token ended with the case
    again = team.post(f"/requests/{case.id}/withdrawal", {"confirmed": True}, ada, if_match=seen, key="k")
    team.refused(again, 401, "token-invalid")
    newest = team.get(f"/requests/{case.id}/timeline?order=desc&limit=3").get_json()["items"]
    assert [each["name"].removeprefix("dsr.request.") for each in newest] == ["hold-released", "closed", "withdrawn"]
    assert {each["actor"] for each in newest} == {"data-subject"}


@pytest.mark.parametrize("form", ["json", "multipart-json", "multipart-csv"])
def test_data_is_collected_exported_and_downloaded_once(
    team: Team, form: str, make_records: Callable[..., Any], make_described: Callable[..., Any]
) -> None:
    case = team.granted("portability")
    path = f"/requests/{case.id}/items/portability/data-sets"

    def upload(key: str) -> Any:
        if form == "json":
            return team.post(path, make_records(), if_match=case.etag, key=key)
        name, content, kind = (
            ("calls.json", b'[{"number": "0301234567"}]', "application/json")
            if form == "multipart-json"
            else ("calls.csv", b"number\n0301234567\n", "text/csv")
        )
        parts = {"metadata": json.dumps(make_described()), "file": (io.BytesIO(content), name, kind)}
        return team.ask("POST", path, if_match=case.etag, key=key, data=parts, content_type="multipart/form-data")

    first, again = upload("k"), upload("k")
    assert (first.status_code, again.data) == (200, first.data), first.text
    case.etag = first.headers["ETag"]
    listed = team.get(path).get_json()["items"]
    assert [(each["name"], each["system"]) for each in listed] == [("calls", "crm")]
    assert "0301234567" not in team.get(path).text
    team.search(case, "portability")
    made = team.command(case, "items/portability/export", {}, key="export")
    assert made.status_code == 201
    export = team.get(made.headers["Location"])
    assert export.get_json() == made.get_json()
    assert team.get(f"/requests/{case.id}/exports").get_json()["items"][0]["downloads"] == 0
    offered = team.post(f"{made.headers['Location']}/link", {}, if_match=export.headers["ETag"], key="link")
    asked_again = team.post(f"{made.headers['Location']}/link", {}, if_match=export.headers["ETag"], key="link")
    assert asked_again.data == offered.data
    secrets = {name: offered.get_json()[name] for name in ("token", "password")}
    wrong = team.post("/exports/redemption", secrets | {"password": "2222-2222"}, None)
    assert team.refused(wrong, 403, "secret-wrong")["facts"] == {"attempts_left": 4}
    team.refused(team.post("/exports/redemption", secrets | {"token": "dsrx_no"}, None), 404, "export-not-offered")

    def redeem(_: int) -> Any:
        return team.app.test_client().post("/api/v1/exports/redemption", json=secrets)

    with ThreadPoolExecutor(4) as threads:
        answers = list(threads.map(redeem, range(4)))
    assert [answer.status_code for answer in answers] == [200] * 4
    assert len({answer.get_json()["session"] for answer in answers}) == 1
    begun = answers[0].get_json()
    package = team.get("/exports/session/package", None, headers={"Authorization": f"Bearer {begun['session']}"})
    assert (package.mimetype, len(package.data)) == ("application/zip", begun["size"])
    with zipfile.ZipFile(io.BytesIO(package.data)) as archive:
        assert "manifest.json" in archive.namelist()
    assert team.get(f"/requests/{case.id}/exports").get_json()["items"][0]["downloads"] == 1
    team.refused(team.post("/exports/redemption", secrets, None), 410, "export-already-redeemed")
    team.clock.advance(hours=1)
    used = team.post(
        f"{made.headers['Location']}/revocation",
        {"reason": "link-lost"},
        if_match=team.get(made.headers["Location"]).headers["ETag"],
    )
    team.refused(used, 410, "export-already-redeemed")


def test_a_link_rests_while_the_case_forbids_to_hand_over(team: Team) -> None:
    case = team.collected()
    team.search(case, "access")
    place = team.command(case, "items/access/export", {}, key="export").headers["Location"]
    link = team.post(f"{place}/link", {}, if_match=team.get(place).headers["ETag"], key="link").get_json()
    case.etag = team.get(f"/requests/{case.id}").headers["ETag"]
    secrets = {"token": link["token"], "password": link["password"]}
    team.done(case, "identity-question", {"doubt": "Another address.", "method": "call-back"})
    team.refused(team.post("/exports/redemption", secrets, None), 409, "export-withheld")
    team.done(case, "identity-confirmation", {"method": "call-back", "assurance": "substantial"})
    assert team.post("/exports/redemption", secrets, None).status_code == 200


def test_a_package_with_data_that_was_taken_out_since_is_not_handed_over(team: Team) -> None:
    case = team.collected()
    team.search(case, "access")
    place = team.command(case, "items/access/export", {}, key="export").headers["Location"]
    link = team.post(f"{place}/link", {}, if_match=team.get(place).headers["ETag"], key="link").get_json()
    case.etag = team.get(f"/requests/{case.id}").headers["ETag"]
    [data_set] = team.get(f"/requests/{case.id}/items/access/data-sets").get_json()["items"]
    team.clock.advance(seconds=1)
    team.done(case, f"items/access/data-sets/{data_set['data_set_id']}/discarding", {})
    again = team.post(f"{place}/link", {}, if_match=team.get(place).headers["ETag"], key="again")
    team.refused(again, 409, "export-outdated")
    secrets = {"token": link["token"], "password": link["password"]}
    team.refused(team.post("/exports/redemption", secrets, None), 409, "export-withheld")


def test_two_cases_are_not_duplicates_of_each_other(team: Team) -> None:
    first, second = team.registered("access"), team.registered("access")
    team.done(first, "duplicate-link", {"original_id": second.id})
    team.refused(team.command(second, "duplicate-link", {"original_id": first.id}), 409, "duplicate-unanswered")


def test_a_dpo_decides_nothing_whatever_other_roles_they_have(
    team: Team, make_refusal: Callable[..., dict[str, Any]]
) -> None:
    team.enrol("dora", Role.DPO, Role.APPROVER)
    case = team.registered("erasure")
    team.done(case, "items/erasure/refusal", make_refusal())
    team.refused(team.command(case, "items/erasure/refusal/decision", {"approve": True}, "dora"), 409, "four-eyes")
    team.done(case, "extension", {"ground": "complexity", "reasons": "Recordings of nine years."})
    team.refused(team.command(case, "extension/decision", {"approve": True}, "dora"), 409, "four-eyes")


def test_a_link_ends_after_five_wrong_secrets_or_when_it_is_revoked(team: Team) -> None:
    case = team.collected()
    team.search(case, "access")
    place = team.command(case, "items/access/export", {}, key="export").headers["Location"]

    def offer(key: str) -> dict[str, str]:
        etag = team.get(place).headers["ETag"]
        link = team.post(f"{place}/link", {}, if_match=etag, key=key).get_json()
        return {"token": link["token"], "password": link["password"]}

    first = offer("one")
    for _ in range(4):
        team.refused(team.post("/exports/redemption", first | {"password": "x"}, None), 403, "secret-wrong")
    team.refused(team.post("/exports/redemption", first | {"password": "x"}, None), 410, "export-locked")
    team.refused(team.post("/exports/redemption", first, None), 410, "export-locked")
    second = offer("two")
    etag = team.get(place).headers["ETag"]
    revoked = team.post(f"{place}/revocation", {"reason": "wrong-recipient"}, if_match=etag)
    assert revoked.get_json()["link"]["revoked"] == "wrong-recipient"
    team.refused(team.post("/exports/redemption", second, None), 410, "export-revoked")
    third = offer("three")
    team.clock.advance(days=31)
    team.refused(team.post("/exports/redemption", third, None), 410, "export-expired")


def test_a_data_set_is_described_whole_and_discarded_under_its_item(
    team: Team, make_records: Callable[..., Any], make_described: Callable[..., Any]
) -> None:
    case = team.granted("access", "portability")
    path = f"/requests/{case.id}/items/access/data-sets"
    undescribed = make_records(records=[{"number": "1", "mood": "angry"}])
    team.refused(team.post(path, undescribed, if_match=case.etag, key="a"), 422, "data-fields-undescribed")
    team.refused(team.post(path, make_records(name="A B"), if_match=case.etag, key="b"), 422, "data-set-name-invalid")
    text = {"metadata": json.dumps(make_described()), "file": (io.BytesIO(b"x"), "x.txt", "text/plain")}
    sent: dict[str, Any] = {"data": text, "content_type": "multipart/form-data"}
    team.refused(team.ask("POST", path, if_match=case.etag, key="c", **sent), 415, "data-format-unknown")
    extra: dict[str, Any] = {"data": {"metadata": "{}", "other": "x"}, "content_type": "multipart/form-data"}
    team.refused(team.ask("POST", path, if_match=case.etag, key="d", **extra), 422, "input-invalid")
    other: dict[str, Any] = {"data": "x", "content_type": "text/csv"}
    team.refused(team.ask("POST", path, if_match=case.etag, key="e", **other), 415, "media-type-unsupported")
    team.done(case, "items/access/data-sets", make_records(), "system-owner", key="f")
    data_set = team.get(path).get_json()["items"][0]["data_set_id"]
    elsewhere = team.command(case, f"items/portability/data-sets/{data_set}/discarding", {})
    team.refused(elsewhere, 404, "data-set-unknown")
    team.done(case, f"items/access/data-sets/{data_set}/discarding", {})
    assert team.get(path).get_json()["items"] == []
    team.search(case, "access")
    team.refused(team.command(case, "items/access/export", {}, key="g"), 409, "export-empty")


def test_a_disclosure_is_recorded_and_needs_a_purpose_of_the_role(team: Team) -> None:
    case = team.mailed()
    for who, purpose in (("intake", "assessment"), ("system-owner", "triage"), ("handler", "audit")):
        team.refused(team.command(case, "disclosures", {"purpose": purpose}, who), 403, "forbidden")
    team.refused(
        team.command(case, "disclosures", {"purpose": "triage", "versions": [9]}, "intake"), 404, "disclosure-unknown"
    )
    opened = team.done(case, "disclosures", {"purpose": "triage", "versions": [1]}, "intake")
    assert opened["opened"][0]["fields"]["message"]["from_address"] == "ada@example.org"
    original = team.command(case, "originals", {"purpose": "complaint", "version": 1}, "dpo")
    assert original.headers["DSR-Scanned"] == "no", "there is no scanner"
    assert original.mimetype == "message/rfc822"
    assert original.data.startswith(b"From: Ada")
    entries = team.get(f"/requests/{case.id}/timeline").get_json()["items"][1:]
    assert [(each["name"], each["facts"]["purpose"], each["actor"]) for each in entries] == [
        ("dsr.request.personal-data-disclosed", "triage", "one-intake"),
        ("dsr.request.personal-data-disclosed", "complaint", "one-dpo"),
    ]


def test_one_handler_makes_no_case_punctual_by_a_question_put_59_days_ago(team: Team) -> None:
    # given
    case = team.registered("access")
    asked_at = team.clock.now()
    team.clock.advance(days=60)
    # when
    body = {"doubt": "Another address.", "method": "call-back", "asked_at": asked_at.isoformat()}
    team.done(case, "identity-question", body)
    # then
    late = team.done(case, "identity-confirmation", {"method": "call-back", "assurance": "low"})
    assert (late["clock"], late["suspended_days"]) == ("running", 0)
    team.refused(
        team.command(case, "extension", {"ground": "complexity", "reasons": "Many systems."}),
        409,
        "extension-too-late",
    )
    # when
    [waiting] = team.get(f"/requests/{case.id}/earlier-facts").get_json()["items"]
    assert (waiting["kind"], waiting["confirmed_by"]) == ("identity-question", None)
    confirmed = team.done(case, f"earlier-facts/{waiting['fact']}/confirmation", {}, "approver")
    # then
    assert confirmed["suspended_days"] == 60
    steps = team.get(f"/requests/{case.id}/deadline", "auditor").get_json()["steps"]
    assert [each["rule"] for each in steps][-3:] == ["recorded-on-a-later-day", "missed", "missed"]
    assert "later moved by a statement of" in steps[-1]["detail"]
    # then: what was missed stays missed, in reports and statistics
    told = team.get("/reports/missed", "auditor").get_json()["items"]
    assert [(each["kind"], each["moved_by"], each["confirmed_by"]) for each in told] == [
        (kind, waiting["recorded_by"], told[0]["confirmed_by"]) for kind in ("promise", "statutory-date")
    ]
    numbers = team.get("/statistics", "auditor").get_json()
    assert (numbers["missed"]["number"], numbers["dates_missed"]["number"]) == (0, 1)
    assert numbers["dates_moved_later"]["number"] == 1
