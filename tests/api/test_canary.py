"""Personal data comes out by disclosure only: never in a list, a view, an error, or a log of the process."""

import logging
from collections.abc import Callable
from typing import Any

import pytest

from dsr.domain.request.letters import LetterKind
from tests.api.team import Team

CANARY = "Zanzibarius"


def test_no_answer_and_no_log_line_holds_what_a_person_wrote(
    team: Team,
    caplog: pytest.LogCaptureFixture,
    make_records: Callable[..., Any],
    make_refusal: Callable[..., Any],
) -> None:
    caplog.set_level(logging.DEBUG)
    person = {"name": CANARY, "email": f"{CANARY}@example.org", "phone": CANARY, "identifiers": [CANARY]}
    case = team.registered("access", "erasure", person=person, text=f"{CANARY} asks for access and erasure.")
    team.done(case, "notes", {"note": CANARY})
    team.done(case, "identity-question", {"doubt": CANARY, "method": "call-back"})
    team.done(case, "identity-evidence", {"evidence": CANARY})
    team.done(case, "identity-confirmation", {"method": "known-facts", "assurance": "low"})
    team.done(case, "items/access/grant", {})
    team.done(case, "items/access/data-sets", make_records(records=[{"number": CANARY}]), key="a")
    team.search(case, "access")
    team.done(case, "items/access/export", {}, key="b")
    team.search(case, "access")
    team.done(case, "items/access/completion", {"account": CANARY})
    team.done(case, "items/erasure/refusal", make_refusal(reasons=CANARY, facts=CANARY))
    team.done(case, "answers", team.letter(LetterKind.ACCESS, "access", text=CANARY))
    team.command(case, "registration", {"rights": [CANARY]})
    team.command(case, "answers", team.letter(LetterKind.ACCESS, "access", text=CANARY, statements={"copy": CANARY}))
    team.post("/requests", team.entry(person={"name": CANARY}, received_at=CANARY), "intake", key="c")
    team.get(f"/requests?assignee={CANARY}")
    team.get(f"/{CANARY}")
    team.ask("POST", "/intake/messages", "intake", data=f"\0{CANARY}", content_type="message/rfc822")
    for path in ("", "/items", "/timeline", "/deadline", "/exports"):
        team.get(f"/requests/{case.id}{path}")
    for path in ("/requests?status=all", "/decisions", "/reports/late", "/intake/quarantine", "/metrics"):
        team.get(path, "auditor")
    shown = [f"{answer.request.path} {answer.text}" for answer in team.answers if CANARY in answer.text]
    assert shown == []
    ours = [record.getMessage() for record in caplog.records]
    assert any("/api/v1/requests/<uuid:request_id>" in line for line in ours), "accesses are logged"
    assert [line for line in ours if CANARY in line or "dsr_" in line] == []
    opened = team.command(case, "disclosures", {"purpose": "assessment"})
    assert CANARY in opened.text
