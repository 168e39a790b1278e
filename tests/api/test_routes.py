"""Who may use what: the matrix of roles, and what every command asks for, from the table of routes itself."""

import re
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest

from dsr.api.operation import operation_of
from dsr.domain.roles import Role

WHO: dict[str, set[str]] = {
    # law.md §3, the column "who"; reading follows from it.
    "POST /requests": {"intake", "handler"},
    "POST /intake/messages": {"intake", "handler"},
    "POST /requests/{}/dismissal": {"handler"},
    "POST /requests/{}/registration": {"handler"},
    "POST /requests/{}/items": {"handler"},
    "POST /requests/{}/duplicate-link": {"handler"},
    "POST /requests/{}/reassignment": {"handler"},
    "POST /requests/{}/assignment": {"handler"},
    "POST /requests/{}/notes": {"handler"},
    "POST /requests/{}/dpo-opinion": {"dpo"},
    "POST /requests/{}/identity-question": {"handler"},
    "POST /requests/{}/identity-evidence": {"handler"},
    "POST /requests/{}/identity-confirmation": {"handler"},
    "POST /requests/{}/identity-insufficiency": {"handler"},
    "POST /requests/{}/identity-failure": {"handler"},
    "POST /requests/{}/clarification": {"handler"},
    "POST /requests/{}/clarification/answer": {"handler"},
    "POST /requests/{}/extension": {"handler"},
    "POST /requests/{}/extension/decision": {"approver"},
    "POST /requests/{}/extension/notice": {"handler"},
    "POST /requests/{}/fees": {"approver"},
    "POST /requests/{}/fees/{}/notice": {"handler"},
    "POST /requests/{}/fees/{}/acceptance": {"handler"},
    "POST /requests/{}/fees/{}/declining": {"handler"},
    "POST /requests/{}/fees/{}/payment": {"handler"},
    "POST /requests/{}/fees/{}/waiver": {"approver"},
    "POST /requests/{}/fees/{}/expiry": {"handler"},
    "POST /requests/{}/representation": {"handler"},
    "POST /requests/{}/representation/ending": {"handler"},
    "POST /requests/{}/items/{}/grant": {"handler", "system-owner"},
    "POST /requests/{}/items/{}/completion": {"handler", "system-owner"},
    "POST /requests/{}/items/{}/nothing-held": {"handler", "system-owner"},
    "POST /requests/{}/items/{}/recipients": {"handler", "system-owner"},
    "POST /requests/{}/items/{}/recipients/excuse": {"handler"},
    "POST /requests/{}/holds": {"handler"},
    "POST /requests/{}/holds/{}/release": {"handler"},
    "POST /requests/{}/items/{}/restriction": {"handler"},
    "POST /requests/{}/restrictions/{}/use": {"handler"},
    "POST /requests/{}/restrictions/{}/review": {"handler"},
    "POST /requests/{}/restrictions/{}/lifting-notice": {"handler"},
    "POST /requests/{}/restrictions/{}/lifting": {"handler"},
    "POST /requests/{}/items/{}/objection": {"handler"},
    "POST /requests/{}/items/{}/balance": {"handler"},
    "POST /requests/{}/items/{}/stop": {"handler", "system-owner"},
    "POST /requests/{}/items/{}/consent-treatment": {"handler"},
    "POST /requests/{}/consent-withdrawal": {"handler", "data-subject"},
    "POST /requests/{}/items/{}/refusal": {"handler"},
    "POST /requests/{}/items/{}/refusal/decision": {"approver"},
    "POST /requests/{}/items/{}/accuracy": {"handler"},
    "POST /requests/{}/items/{}/rectification": {"handler", "system-owner"},
    "POST /requests/{}/items/{}/decision-review": {"handler"},
    "POST /requests/{}/items/{}/copy": {"handler"},
    "POST /requests/{}/items/{}/transfer-assessment": {"handler"},
    "POST /requests/{}/items/{}/transfer-target": {"handler"},
    "POST /requests/{}/items/{}/transmission": {"handler", "system-owner"},
    "POST /requests/{}/items/{}/hand-over": {"handler", "system-owner"},
    "POST /requests/{}/items/{}/data-sets": {"handler", "system-owner"},
    "POST /requests/{}/items/{}/data-sets/{}/discarding": {"handler", "system-owner"},
    "POST /requests/{}/items/{}/redactions": {"handler"},
    "POST /requests/{}/items/{}/redactions/requirement": {"handler", "system-owner"},
    "POST /requests/{}/items/{}/redactions/{}/withdrawal": {"handler"},
    "POST /requests/{}/items/{}/redactions/confirmation": {"handler"},
    "POST /requests/{}/items/{}/information/correction": {"handler"},
    "POST /requests/{}/items/{}/information/correction/withdrawal": {"handler"},
    "POST /requests/{}/items/{}/information/disclosure": {
        "intake",
        "handler",
        "approver",
        "dpo",
        "system-owner",
        "auditor",
    },
    "POST /requests/{}/items/{}/uploads": {"handler", "system-owner"},
    "POST /uploads/{}/completion": {"handler", "system-owner"},
    "POST /requests/{}/items/{}/attachments/{}/discarding": {"handler", "system-owner"},
    "POST /requests/{}/items/{}/export": {"handler"},
    "POST /requests/{}/answers": {"handler"},
    "POST /requests/{}/closing": {"handler"},
    "POST /requests/{}/withdrawal": {"handler", "data-subject"},
    "POST /requests/{}/reopening": {"handler", "approver"},
    "POST /requests/{}/disclosures": {"intake", "handler", "approver", "dpo", "system-owner", "auditor"},
    "POST /requests/{}/originals": {"intake", "handler", "approver", "dpo", "system-owner", "auditor"},
    "POST /requests/{}/subject-token": {"handler"},
    "POST /requests/{}/dispatches": {"handler"},
    "POST /dispatches/{}/preview": {"intake", "handler", "approver", "dpo", "system-owner", "auditor"},
    "POST /dispatches/{}/paper": {"intake", "handler", "approver", "dpo", "system-owner", "auditor"},
    "POST /dispatches/{}/edition": {"handler"},
    "POST /dispatches/{}/approval": {"approver"},
    "POST /dispatches/{}/release": {"handler"},
    "POST /dispatches/{}/discarding": {"handler"},
    "POST /dispatches/{}/posting": {"handler"},
    "POST /exports/{}/link": {"handler"},
    "POST /exports/{}/revocation": {"handler"},
    "POST /intake/quarantine/{}/disclosure": {"intake", "handler"},
    "POST /intake/quarantine/{}/discarding": {"handler"},
    "POST /own-initiative-erasures": {"intake", "handler", "system-owner"},
    "POST /own-initiative-erasures/{}/completion": {"system-owner"},
    "POST /own-initiative-erasures/{}/cancellation": {"handler"},
    "POST /own-initiative-erasures/{}/disclosures": {"intake", "handler", "approver", "dpo", "system-owner", "auditor"},
    "POST /authority-disclosures": {"intake", "handler"},
    "POST /authority-disclosures/{}/review": {"approver"},
    "POST /authority-disclosures/{}/delivery": {"handler", "system-owner"},
    "POST /authority-disclosures/{}/disclosures": {"intake", "handler", "approver", "dpo", "system-owner", "auditor"},
    "POST /deadlines/explanation": {"intake", "handler", "approver", "dpo", "system-owner", "auditor"},
    "POST /staff": {"operator"},
    "POST /staff/{}/confidentiality": {"operator"},
    "POST /staff/{}/training": {"operator"},
    "POST /staff/{}/address": {"operator"},
    "POST /staff/{}/roles": {"operator"},
    "POST /staff/{}/leaving": {"operator"},
    "POST /staff/{}/tokens": {"operator"},
    "POST /staff/{}/tokens/{}/revocation": {"operator"},
    "POST /ropa": {"operator"},
    "POST /announcements/{}/completion": {"handler", "operator"},
    "POST /controllers/{}/signing-keys": {"operator"},
    "POST /suppressions/check": {"handler", "system-owner"},
    "POST /holds/check": {"handler", "system-owner"},
    "POST /requests/search": {"intake", "handler", "approver", "dpo"},
    "POST /bulk/assignments": {"handler"},
    "POST /bulk/registrations": {"handler"},
    "POST /saved-filters": {"intake", "handler", "approver", "dpo", "system-owner"},
    "POST /saved-filters/{}/revision": {"intake", "handler", "approver", "dpo", "system-owner"},
}
OPEN_TO_ALL = {
    "POST /exports/redemption",
    "GET /exports/session/package",
    "GET /x",
    "POST /x",
    "GET /x/link.js",
    "GET /x/{}",
    "GET /x/{}/package",
    "GET /schemas/export-manifest.json",
    "GET /schemas/ropa.json",
    "GET /controllers/{}/jwks.json",
    "GET /openapi.json",
    "GET /docs",
    "GET /docs/errors",
    "GET /docs/style.css",
    "GET /my",
    "GET /my/consent",
    "GET /my/request",
    "GET /my/style.css",
    "GET /my/withdrawal",
    "POST /my/code",
    "POST /my/consent",
    "POST /my/package",
    "POST /my/session",
    "POST /my/sign-out",
    "POST /my/withdrawal",
    "POST /my/withdrawal/confirmation",
    "GET /health/live",
    "GET /health/ready",
}
READ_BY_POST = {
    "POST /deadlines/explanation",
    "POST /requests/{}/disclosures",
    "POST /requests/{}/originals",
    "POST /requests/{}/items/{}/information/disclosure",
    "POST /own-initiative-erasures/{}/disclosures",
    "POST /authority-disclosures/{}/disclosures",
    "POST /dispatches/{}/preview",
    "POST /dispatches/{}/paper",
}
"""What changes nothing but the record of who read it."""
WITHOUT_KEY = {  # what changes nothing, or has a key of its own
    "POST /deadlines/explanation",
    "POST /intake/messages",
    "POST /intake/quarantine/{}/disclosure",
    "POST /own-initiative-erasures/{}/disclosures",
    "POST /authority-disclosures/{}/disclosures",
    "POST /dispatches/{}/preview",
    "POST /dispatches/{}/paper",
    "POST /exports/redemption",
    "POST /requests/search",
    "POST /suppressions/check",
    "POST /holds/check",
    # forms of the pages, each with a token of its own
    "POST /x",
    "POST /my/package",
    "POST /my/code",
    "POST /my/session",
    "POST /my/sign-out",
    "POST /my/withdrawal/confirmation",
    "POST /my/withdrawal",
    "POST /my/consent",
}
WITHOUT_VERSION = {  # what makes something new, or belongs to no version
    "POST /requests",
    "POST /own-initiative-erasures",
    "POST /authority-disclosures",
    "POST /staff",
    "POST /staff/{}/tokens",
    "POST /staff/{}/tokens/{}/revocation",
    "POST /ropa",
    "POST /controllers/{}/signing-keys",
    "POST /requests/{}/items/{}/uploads",
    "POST /bulk/assignments",
    "POST /bulk/registrations",
    "POST /saved-filters",
} | WITHOUT_KEY


def routes(team: Any) -> dict[str, Any]:
    """`METHOD /path/{}` → (rule, what the view says of itself)."""
    found = {}
    for rule in team.app.url_map.iter_rules():
        for method in rule.methods - {"HEAD", "OPTIONS"}:
            name = f"{method} {re.sub('<[^>]*>', '{}', rule.rule).removeprefix('/api/v1')}"
            found[name] = (rule, operation_of(team.app.view_functions[rule.endpoint]))
    return found


def path_of(rule: Any, request_id: str) -> str:
    """A path of this rule, with ids that exist nowhere but that of the request."""
    path = rule.rule.replace("<uuid:request_id>", request_id).replace("<int:version>", "1")
    path = path.replace("<item_id>", "access").replace("<identifier>", "nobody")
    return str(re.sub("<uuid:[^>]*>", str(uuid4()), path))


def test_every_route_names_its_roles(team: Any) -> None:
    for name, (_, said) in routes(team).items():
        assert said.public == (name in OPEN_TO_ALL), name
        assert said.public or said.roles, f"{name} names no roles: nobody gets in"
        assert not said.roles or said.roles <= set(Role)


def test_every_command_is_for_those_whom_the_law_names(team: Any) -> None:
    commands = {name: said for name, (_, said) in routes(team).items() if name.startswith("POST") and not said.public}
    assert {name: {role.value for role in said.roles} for name, said in commands.items()} == WHO


def test_each_role_gets_in_where_it_is_named_and_nowhere_else(team: Any) -> None:
    case = team.arrived()
    subject = team.subject(case)
    for name, (rule, said) in routes(team).items():
        if said.public:
            continue
        method, path = name.split()[0], path_of(rule, case.id)
        nobody = team.ask(method, path, None)
        team.refused(nobody, 401, "token-invalid")
        assert nobody.headers["WWW-Authenticate"].startswith("Bearer")
        for role in Role:
            who = subject if role is Role.DATA_SUBJECT else role.value
            answer = team.ask(method, path, who)
            assert (answer.status_code == 403) == (role not in said.roles), f"{name} by {role}: {answer.text}"
            assert answer.status_code != 401, name


def test_the_auditor_changes_nothing_and_the_operator_sees_no_case(team: Any) -> None:
    for name, (_, said) in routes(team).items():
        if name.startswith("POST") and name not in READ_BY_POST:
            assert Role.AUDITOR not in (said.roles or ()), name
        if any(
            part in name
            for part in ("/requests", "/exports/", "/dispatches", "/quarantine", "-erasures", "/authority-disclosures")
        ):
            assert Role.OPERATOR not in (said.roles or ()), name


def test_every_command_takes_a_key_and_names_its_version(team: Any) -> None:
    for name, (_, said) in routes(team).items():
        if name.startswith("POST"):
            assert said.takes_key == (name not in WITHOUT_KEY), name
            assert said.if_match == (name not in WITHOUT_VERSION), name
            assert said.key_required or said.if_match or name in WITHOUT_VERSION, name


@pytest.fixture
def bodies(
    team: Any, make_records: Callable[..., Any], make_refusal: Callable[..., Any], case: Any
) -> dict[str, tuple[str, Any]]:
    """For every command on a request: who asks, and a body that is right in itself."""
    from dsr.domain.request.letters import LetterKind

    decision = {"approve": True}
    reason = {"reason": "For a reason."}
    opened = {"purpose": "assessment"}
    return {
        "dismissal": ("handler", {"kind": "spam"} | reason),
        "registration": ("handler", {"rights": ["access"]}),
        "items": ("handler", {"rights": ["erasure"]}),
        "duplicate-link": ("handler", {"original_id": case.id}),
        "reassignment": ("handler", {"controller_id": "callcentre-fr"} | reason),
        "assignment": ("handler", {"assignee": "one-handler"}),
        "notes": ("handler", {"note": "Called back."}),
        "dpo-opinion": ("dpo", {"supports": True, "opinion": "Proportionate."}),
        "identity-question": ("handler", {"doubt": "Other address.", "method": "known-facts"}),
        "identity-evidence": ("handler", {"evidence": "Contract number 7."}),
        "identity-confirmation": ("handler", {"method": "known-facts", "assurance": "low"}),
        "identity-insufficiency": ("handler", reason),
        "identity-failure": ("handler", reason),
        "clarification": ("handler", {"quantity": "Ten years of calls."}),
        "clarification/answer": ("handler", {"answer": "All of it."}),
        "extension": ("handler", {"ground": "complexity", "reasons": "Many systems."}),
        "extension/decision": ("approver", decision),
        "extension/notice": ("handler", team.notice()),
        "fees": (
            "approver",
            {
                "item_ids": ["access"],
                "ground": "manifestly-excessive",
                "facts": "The fourth request for the same data this month.",
                "amount": 1000,
                "currency": "EUR",
                "cost_basis": [{"kind": "copying", "amount": 1000}],
                "offer_ends_on": "2026-03-31",
                "statements": {"authority": "de-berlin"},
            },
        ),
        f"fees/{uuid4()}/notice": ("handler", team.notice(LetterKind.FEE)),
        f"fees/{uuid4()}/acceptance": ("handler", {}),
        f"fees/{uuid4()}/declining": ("handler", {}),
        f"fees/{uuid4()}/payment": ("handler", {}),
        f"fees/{uuid4()}/waiver": ("approver", reason),
        f"fees/{uuid4()}/expiry": ("handler", {}),
        "representation": (
            "handler",
            {
                "kind": "agent",
                "evidence": "A signed mandate, seen.",
                "rights": ["access"],
                "conflict_assessed": True,
                "conflict": False,
                "answer_to": "both",
            },
        ),
        "representation/ending": ("handler", reason),
        "items/access/grant": ("handler", {}),
        "items/access/completion": ("handler", {"systems": ["crm"], "account": "Handed over."}),
        "items/access/nothing-held": ("handler", {"systems": ["crm"]}),
        "items/access/recipients": ("handler", {"recipient": "telephony", "channel": "email"}),
        "items/access/recipients/excuse": (
            "handler",
            {"recipient": "telephony", "obstacle": "impossible", "explanation": "It no longer exists."},
        ),
        "holds": ("handler", {"systems": ["crm"]} | reason),
        f"holds/{uuid4()}/release": ("handler", reason),
        "items/access/restriction": (
            "handler",
            {
                "ground": "accuracy-contested",
                "facts": "Another address.",
                "activities": ["customer-relations"],
                "review_on": "2026-06-01",
            },
        ),
        f"restrictions/{uuid4()}/use": ("handler", {"use": "legal-claims", "account": "For counsel."}),
        f"restrictions/{uuid4()}/review": ("handler", {"review_on": "2026-09-01"} | reason),
        f"restrictions/{uuid4()}/lifting-notice": ("handler", team.notice(LetterKind.LIFTING)),
        f"restrictions/{uuid4()}/lifting": ("handler", reason),
        "items/access/objection": ("handler", {}),
        "items/access/balance": ("handler", {"finding": "subject-prevails", "assessment": "Nothing compels."}),
        "items/access/stop": ("handler", {"systems": ["crm"]}),
        "items/access/consent-treatment": ("handler", {}),
        "consent-withdrawal": ("handler", {}),
        "items/access/refusal": ("handler", make_refusal()),
        "items/access/refusal/decision": ("approver", decision),
        "items/access/accuracy": ("handler", {"finding": "accurate", "assessment": "Compared."}),
        "items/access/rectification": (
            "handler",
            {"operation": "corrected", "field": "street", "system": "crm", "before": "a", "after": "b"},
        ),
        "items/access/decision-review": ("handler", {"finding": "none-made"}),
        "items/access/copy": ("handler", {"kind": "privacy-notice", "channel": "email"}),
        "items/access/transfer-assessment": ("handler", {"feasible": True}),
        "items/access/transfer-target": ("handler", {"target": "api.other.example", "method": "call-back"}),
        "items/access/transmission": ("handler", {"target": "api.other.example", "channel": "portal"}),
        "items/access/hand-over": (
            "handler",
            {"export_id": str(uuid4()), "url": "https://api.other.example/inbox"},
        ),
        "items/access/data-sets": ("handler", make_records()),
        f"items/access/data-sets/{uuid4()}/discarding": ("handler", {}),
        "items/access/redactions": (
            "handler",
            {"target_id": str(uuid4()), "kind": "whole-file", "right": "privacy-of-another"} | reason,
        ),
        f"items/access/redactions/{uuid4()}/withdrawal": ("handler", reason),
        "items/access/redactions/requirement": ("handler", {"target_id": str(uuid4())} | reason),
        "items/access/information/correction": ("handler", {"point": "source", "text": "From the directory."}),
        "items/access/information/correction/withdrawal": ("handler", {"point": "source"}),
        "items/access/information/disclosure": ("handler", {"purpose": "answering"}),
        "items/access/redactions/confirmation": ("handler", {"target_id": str(uuid4())}),
        f"items/access/attachments/{uuid4()}/discarding": ("handler", {}),
        "items/access/export": ("handler", {}),
        "answers": ("handler", team.letter(LetterKind.ACKNOWLEDGEMENT)),
        "dispatches": ("handler", {"kind": "acknowledgement"}),
        "closing": ("handler", {}),
        "withdrawal": ("handler", {"confirmed": True}),
        "reopening": ("handler", reason),
        "disclosures": ("handler", opened),
        "originals": ("handler", opened | {"version": 1}),
        "subject-token": ("handler", {}),
    }


@pytest.fixture
def case(team: Any) -> Any:
    team.token("handler")
    return team.mailed()


def test_the_table_of_bodies_holds_every_command_on_a_request(team: Any, bodies: dict[str, Any]) -> None:
    ours = {re.sub(r"[0-9a-f-]{36}", "{}", name).replace("/access/", "/{}/") for name in bodies}
    commands = {name for name in WHO if name.startswith("POST /requests/{}/") and name not in WITHOUT_VERSION}
    assert ours == {name.removeprefix("POST /requests/{}/") for name in commands}


def test_no_command_is_taken_without_the_version_it_was_decided_on(
    team: Any, case: Any, bodies: dict[str, tuple[str, Any]]
) -> None:
    before = len(list(team.service.log.read()))
    for name, (who, body) in bodies.items():
        path = f"/requests/{case.id}/{name}"
        team.refused(team.post(path, body, who, key=str(uuid4())), 428, "precondition-required")
        for malformed in ("1", 'W/"1"', "*", '"1", "2"', '"x"', '"0"', '""'):
            team.refused(
                team.post(path, body, who, if_match=malformed, key=str(uuid4())), 400, "precondition-malformed"
            )
        stale = team.post(path, body, who, if_match='"7"', key=str(uuid4()))
        team.refused(stale, 412, "version-stale")
    added = [each.name for each in team.service.log.read()][before:]
    of_a_new_colleague = ("enrolled", "confidentiality-signed", "training-completed", "token-issued")
    assert set(added) <= {f"dsr.staff.{name}" for name in of_a_new_colleague}


def test_no_command_reaches_a_request_out_of_scope(team: Any, case: Any, bodies: dict[str, tuple[str, Any]]) -> None:
    team.enrol("french", Role.HANDLER, Role.APPROVER, Role.DPO, controllers=("callcentre-fr",))
    for name, (_, body) in bodies.items():
        for request_id in (case.id, str(uuid4())):
            answer = team.post(f"/requests/{request_id}/{name}", body, "french", if_match='"1"', key=str(uuid4()))
            team.refused(answer, 404, "request-unknown")


def test_every_command_asked_again_gets_the_first_answer(team: Any, make_records: Callable[..., Any]) -> None:
    case = team.arrived()
    steps: list[tuple[str, str, Any]] = [
        ("handler", "registration", {"rights": ["access"]}),
        ("handler", "assignment", {"assignee": "one-handler"}),
        ("handler", "notes", {"note": "Called back."}),
        ("dpo", "dpo-opinion", {"supports": False, "opinion": "Ask for less."}),
        ("handler", "identity-question", {"doubt": "Other address.", "method": "known-facts"}),
        ("handler", "identity-evidence", {"evidence": "Contract number 7."}),
        ("handler", "identity-confirmation", {"method": "known-facts", "assurance": "low"}),
        ("handler", "items/access/grant", {}),
        ("handler", "items/access/data-sets", make_records()),
        ("handler", "items/access/export", {}),
        ("handler", "subject-token", {}),
        ("handler", "disclosures", {"purpose": "assessment"}),
        ("handler", "withdrawal", {"confirmed": True}),
        ("handler", "reopening", {"reason": "Taken back by mistake.", "item_ids": ["access"]}),
    ]
    for who, name, body in steps:
        path, etag, key = f"/requests/{case.id}/{name}", case.etag, str(uuid4())
        first = team.post(path, body, who, if_match=etag, key=key)
        assert first.status_code in (200, 201), f"{name}: {first.text}"
        head = team.service.log.head().position
        again = team.post(path, body, who, if_match=etag, key=key)
        assert (again.status_code, again.data) == (first.status_code, first.data), name
        assert again.headers.get("ETag") == first.headers.get("ETag")
        assert team.service.log.head().position == head, f"{name} happened twice"
        other = team.post(path, body | {"x": 1}, who, if_match=etag, key=key)
        assert other.status_code == 422
        case.etag = team.get(f"/requests/{case.id}").headers["ETag"]


def test_a_key_belongs_to_one_caller_one_path_and_one_body(team: Any) -> None:
    first = team.post("/requests", team.entry(), "intake", key="one")
    again = team.post("/requests", team.entry(), "intake", key="one")
    assert (again.status_code, again.data, again.headers["Location"]) == (201, first.data, first.headers["Location"])
    reused = team.post("/requests", team.entry(text="Something else."), "intake", key="one")
    team.refused(reused, 422, "idempotency-key-reused")
    other = team.post("/requests", team.entry(), "handler", key="one")
    assert other.get_json()["request_id"] != first.get_json()["request_id"]


@pytest.mark.parametrize("key", ["", "x" * 201, "a b", "ä"])
def test_a_key_that_no_log_could_show_is_refused(team: Any, key: str) -> None:
    team.refused(team.post("/requests", team.entry(), "intake", key=key), 400, "idempotency-key-invalid")
