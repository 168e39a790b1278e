"""Intake, quarantine, staff, record of processing, reports, limits, health and metrics over HTTP."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from dsr.api.errors import RateLimited
from dsr.api.limits import RateLimit
from dsr.api.readiness import Readiness, ReadinessWatch
from dsr.api.roles import READERS
from dsr.bootstrap import Service
from dsr.desk.attempts import ATTEMPTS_A_MINUTE
from dsr.desk.heartbeats import Heartbeat, Part
from dsr.domain.roles import OPENS_PERSONAL_DATA, Role
from tests.api.team import Team
from tests.settable_clock import SettableClock

READY = {
    "confidentiality_signed_on": "2026-03-02",
    "training": {"course": "gdpr-basics", "completed_on": "2026-03-03"},
}
"""What an enrolment brings so that a role may open personal data."""

ROPA = Path(__file__).parents[2] / "dsr" / "ropa" / "example.yaml"


def test_the_same_mail_makes_one_request_and_its_thread_joins_it(team: Team, make_mail: Callable[..., bytes]) -> None:
    def deliver(raw: bytes, query: str = "") -> Any:
        return team.ask("POST", f"/intake/messages{query}", "intake", data=raw, content_type="message/rfc822")

    first = deliver(make_mail(), "?received_at=2026-03-03T08:00:00Z")
    assert (first.status_code, first.get_json()["outcome"]) == (201, "received")
    assert team.get(first.headers["Location"]).get_json()["received_on"] == "2026-03-03"
    again = deliver(make_mail())
    assert (again.status_code, again.get_json()["outcome"]) == (200, "duplicate")
    assert again.get_json()["request_id"] == first.get_json()["request_id"]
    reference = first.get_json()["reference"]
    reply = make_mail("Thank you, I still wait.", message_id="<2@example.org>").replace(
        b"My request", reference.encode()
    )
    joined = deliver(reply)
    assert (joined.status_code, joined.get_json()["outcome"]) == (200, "follow-up")
    team.refused(deliver(make_mail(message_id="<3@x.org>"), "?controller=nobody"), 422, "controller-unknown")
    team.enrol("french", Role.INTAKE, controllers=("callcentre-fr",))
    outside = team.ask(
        "POST",
        "/intake/messages?controller=callcentre-de",
        "french",
        data=make_mail(message_id="<4@x.org>"),
        content_type="message/rfc822",
    )
    team.refused(outside, 403, "forbidden")


def test_what_cannot_be_read_waits_visibly_and_is_opened_on_record(team: Team) -> None:
    raw = b"\0 no message"
    waiting = team.ask("POST", "/intake/messages", "intake", data=raw, content_type="message/rfc822")
    assert (waiting.status_code, waiting.get_json()["outcome"]) == (202, "quarantined")
    place = waiting.headers["Location"]
    shown = team.get(place)
    assert shown.get_json()["error"] == "not-a-message"
    assert team.get("/intake/quarantine", "auditor").get_json()["items"] == [shown.get_json()]
    team.refused(team.post(f"{place}/disclosure", {"purpose": "assessment"}, "intake"), 403, "forbidden")
    opened = team.post(f"{place}/disclosure", {"purpose": "triage"}, "intake")
    assert (opened.data, opened.mimetype) == (raw, "message/rfc822")
    team.refused(team.post(f"{place}/discarding", {"reason": "Noise."}), 428, "precondition-required")
    team.refused(team.post(f"{place}/discarding", {"reason": "x"}, if_match='"9"'), 412, "version-stale")
    etag = team.get(place).headers["ETag"]
    done = team.post(f"{place}/discarding", {"reason": "Noise."}, if_match=etag, key="d")
    assert (done.get_json()["status"], done.get_json()["discarding_proposed_by"]) == ("waiting", "one-handler")
    assert team.post(f"{place}/discarding", {"reason": "Noise."}, if_match=etag, key="d").data == done.data
    agreed = team.post(f"{place}/discarding/decision", {"approve": True}, "approver", if_match=done.headers["ETag"])
    assert agreed.get_json()["status"] == "discarded"
    assert team.get("/intake/quarantine").get_json()["items"] == []
    team.refused(team.get(f"/intake/quarantine/{uuid4()}"), 404, "quarantine-unknown")


def test_an_identifier_is_given_once_and_leaving_ends_every_token(team: Team) -> None:
    body = {"identifier": "ann", "roles": ["handler"], "controllers": ["callcentre-de"]} | READY
    made = team.post("/staff", body, "operator", key="a")
    assert (made.status_code, made.headers["Location"]) == (201, "/api/v1/staff/ann")
    assert team.post("/staff", body, "operator", key="a").data == made.data
    team.refused(team.post("/staff", body, "operator", key="b"), 409, "staff-identifier-taken")
    team.refused(team.post("/staff", body | {"identifier": "X!"}, "operator", key="c"), 422, "input-invalid")
    nobody = body | {"identifier": "bob", "controllers": ["nowhere"]}
    team.refused(team.post("/staff", nobody, "operator", key="d"), 422, "controller-unknown")
    team.fetch("ann")
    team.refused(team.get("/requests", "ann"), 403, "staff-unconfirmed")
    team.confirm("ann")
    issued = team.post("/staff/ann/tokens", {"name": "report", "days": 7}, "ann", key="e")
    again = team.post("/staff/ann/tokens", {"name": "report", "days": 7}, "ann", key="e")
    assert (issued.status_code, issued.data) == (201, again.data)
    token = {"Authorization": f"Bearer {issued.get_json()['token']}"}
    me = team.get("/staff/me", None, headers=token).get_json()
    assert me == {
        "identifier": "ann",
        "roles": ["handler"],
        "controllers": ["callcentre-de"],
        "credential": f"token:{issued.get_json()['token_id']}",
        "reads_only": False,
    }
    listed = team.get("/staff/ann/tokens", "auditor").get_json()["items"]
    assert [(each["revoked"], each["last_used_on"]) for each in listed] == [(False, "2026-03-05")] * 2
    etag = team.get("/staff/ann", "operator").headers["ETag"]
    roles = {"roles": ["auditor"], "controllers": ["*"], "access_ends_on": "2026-06-30"}
    team.refused(team.post("/staff/ann/roles", roles, "operator", if_match='"1"'), 412, "version-stale")
    team.post("/staff/ann/roles", roles, "operator", if_match=etag)
    team.confirm("ann")
    assert team.get("/staff/me", None, headers=token).get_json()["roles"] == ["auditor"]
    etag = team.get("/staff/ann", "operator").headers["ETag"]
    assert team.post("/staff/ann/leaving", {}, "operator", if_match=etag).get_json()["has_left"]
    team.refused(team.get("/staff/me", None, headers=token), 401, "token-invalid")
    team.refused(team.post("/staff/ann/tokens", {"name": "report"}, "operator", key="f"), 409, "token-for-another")
    names = [row["identifier"] for row in team.get("/staff?limit=200").get_json()["items"]]
    assert "ann" in names


def test_confidentiality_and_training_come_before_a_role_that_opens_personal_data(team: Team) -> None:
    def enrol(**facts: Any) -> Any:
        body = {"identifier": "ann", "roles": ["handler"], "controllers": ["*"]}
        return team.post("/staff", body | facts, "operator", key=str(uuid4()))

    def step(command: str, body: dict[str, Any]) -> Any:
        etag = team.get("/staff/ann", "operator").headers["ETag"]
        return team.post(f"/staff/ann/{command}", body, "operator", if_match=etag)

    handler = {"roles": ["handler"], "controllers": ["*"]}
    team.refused(enrol(), 409, "confidentiality-missing")
    problem = team.refused(enrol(confidentiality_signed_on="2026-03-02"), 409, "training-missing")
    assert "Record the course and its day, then give the role." in problem["detail"]
    team.refused(enrol(**READY | {"confidentiality_signed_on": "2026-03-06"}), 409, "staff-dates-invalid")
    half = enrol(**READY | {"training": {"course": "gdpr-basics"}})
    assert team.refused(half, 422, "input-invalid")["errors"][0]["pointer"] == "/training/completed_on"
    assert enrol(roles=["operator"]).get_json() == {
        "identifier": "ann",
        "roles": [],
        "controllers": [],
        "unconfirmed": True,
        "asked_roles": ["operator"],
        "asked_controllers": ["*"],
        "has_left": False,
        "access_ends_on": None,
        "confidentiality_signed_on": None,
        "training_completed_on": None,
        "reachable": False,
        "training": {},
    }
    team.refused(step("roles", handler), 409, "confidentiality-missing")
    signed = step("confidentiality", {"signed_on": "2026-03-05"})
    assert (signed.status_code, signed.get_json()["confidentiality_signed_on"]) == (200, "2026-03-05")
    team.refused(step("roles", handler), 409, "training-missing")
    team.refused(step("training", {"course": "gdpr-basics", "completed_on": "2026-03-06"}), 409, "staff-dates-invalid")
    trained = step("training", {"course": "gdpr-basics", "completed_on": "2026-03-04"}).get_json()
    assert (trained["training_completed_on"], trained["training"]) == ("2026-03-04", {"gdpr-basics": "2026-03-04"})
    assert step("roles", handler).get_json()["asked_roles"] == ["handler"]
    team.confirm("ann")
    trained |= {"asked_roles": [], "asked_controllers": [], "controllers": ["*"], "unconfirmed": False}
    shown = team.get("/staff/ann", "auditor").get_json()
    assert shown.items() >= (trained | {"roles": ["handler"]}).items()
    assert shown in team.get("/staff?limit=200", "auditor").get_json()["items"]
    missing = team.post("/staff/nobody/confidentiality", {"signed_on": "2026-03-05"}, "operator", if_match='"1"')
    team.refused(missing, 404, "staff-unknown")


def test_an_auditor_reads_only_and_until_the_end_of_a_day(team: Team) -> None:
    def enrol(*roles: str, **facts: Any) -> Any:
        body = {"identifier": "aud", "roles": roles, "controllers": ["callcentre-de"]} | READY | facts
        return team.post("/staff", body, "operator", key=str(uuid4()))

    team.refused(enrol("auditor"), 409, "access-end-required")
    team.refused(enrol("auditor", access_ends_on="2026-03-04"), 409, "staff-dates-invalid")
    team.refused(enrol("auditor", "handler", access_ends_on="2026-03-31"), 409, "auditor-reads-only")
    assert enrol("auditor", access_ends_on="2026-03-31").get_json()["access_ends_on"] == "2026-03-31"
    team.fetch("aud")
    team.confirm("aud")
    token = {"Authorization": f"Bearer {team.token('aud')}"}
    team.clock.time = team.clock.time.replace(day=31, hour=23, minute=59, second=59)
    assert team.get("/requests", None, headers=token).status_code == 200
    team.clock.advance(seconds=1)
    team.refused(team.get("/requests", None, headers=token), 401, "token-invalid")
    assert team.get("/staff/aud", "operator").get_json()["access_ends_on"] == "2026-03-31"
    team.refused(team.command(team.arrived(), "assignment", {"assignee": "aud"}), 409, "access-ended")


def test_the_last_operator_stays(team: Team) -> None:
    assert team.get("/staff/me", "operator").get_json()["identifier"] == "one-operator"
    for identifier, status in (("operator", 200), ("one-operator", 409)):
        etag = team.get(f"/staff/{identifier}", "operator").headers["ETag"]
        answer = team.post(f"/staff/{identifier}/leaving", {}, "operator", if_match=etag)
        assert answer.status_code == status
    team.refused(answer, 409, "last-operator")


def test_who_may_look_into_cases_is_who_has_to_be_ready_for_it() -> None:
    assert set(READERS) == OPENS_PERSONAL_DATA


def test_a_revoked_or_expired_token_opens_nothing(team: Team) -> None:
    team.enrol("ann", Role.HANDLER)
    token = team.get("/staff/ann/tokens", "operator").get_json()["items"][0]["token_id"]
    assert team.get("/staff/me", "ann").status_code == 200
    assert team.post(f"/staff/ann/tokens/{token}/revocation", {}, "operator").status_code == 200
    team.refused(team.get("/staff/me", "ann"), 401, "token-invalid")
    team.enrol("bob", Role.HANDLER)
    team.clock.advance(days=91)
    team.refused(team.get("/staff/me", "bob"), 401, "token-invalid")
    for header in ("Basic x", "Bearer", "Bearer  ", "dsr_x", "Bearer dsr_x"):
        team.refused(team.get("/staff/me", None, headers={"Authorization": header}), 401, "token-invalid")


def test_a_record_of_processing_is_adopted_or_every_error_is_named(team: Team) -> None:
    def adopt(content: bytes, key: str) -> Any:
        return team.ask("POST", "/ropa", "operator", key=key, data=content, content_type="application/yaml")

    team.refused(adopt(ROPA.read_bytes(), "same"), 409, "ropa-unchanged")
    broken = team.refused(adopt(b"name: x\ncontrollers: 3\n", "broken"), 422, "ropa-invalid")
    assert len(broken["errors"]) > 1
    assert {"pointer", "detail", "code", "line"} == set(broken["errors"][0])
    made = adopt(ROPA.read_bytes() + b"# changed\n", "new")
    assert (made.status_code, made.headers["Location"]) == (201, "/api/v1/ropa/2")
    assert team.get("/ropa", "auditor").get_json()["version"] == 2
    assert team.get("/ropa/1", "auditor").get_json()["sha256"] != made.get_json()["sha256"]
    team.refused(team.get("/ropa/9", "auditor"), 404, "ropa-version-unknown")
    assert team.get("/schemas/ropa.json", None).get_json()["type"] == "object"
    assert team.get("/schemas/export-manifest.json", None).get_json()["type"] == "object"
    german = team.get("/authorities?country=DE").get_json()["items"]
    assert {each["country"] for each in german} == {"DE"}


def test_reports_say_what_needs_attention_now(team: Team) -> None:
    case = team.arrived(received_at="2026-02-01T10:00:00+01:00")
    soon = team.registered("access", received_at="2026-02-10T10:00:00+01:00")
    assert [row["request_id"] for row in team.get("/reports/late").get_json()["items"]] == [case.id]
    assert [row["request_id"] for row in team.get("/reports/due-soon?days=10").get_json()["items"]] == [soon.id]
    assert team.get("/reports/due-soon?days=1").get_json()["items"] == []
    assert len(team.get("/reports/unacknowledged").get_json()["items"]) == 2
    load = team.get("/reports/workload", "operator").get_json()["items"]
    assert [(each["assignee"], each["open"], each["late"]) for each in load] == [(None, 2, 1)]
    decided = team.get("/decisions?kind=admission&limit=1").get_json()
    assert decided["items"][0]["outcome"] == "registered"
    older = team.get(f"/decisions?kind=admission&limit=1&cursor={decided['next']}").get_json()
    assert (older["items"][0]["outcome"], older["next"]) == ("open", None)
    team.refused(team.get("/decisions?cursor=x"), 422, "cursor-invalid")


def test_health_names_each_part_and_metrics_count_without_ids(team: Team, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dsr.api.readiness.KEPT_SECONDS", 0)
    assert team.get("/health/live", None).get_json() == {"status": "live"}
    ready = team.get("/health/ready", None)
    parts = dict.fromkeys(("database", "migrations", "log", "keys", "files"), "ok")
    silent = dict.fromkeys(
        (
            "inbox",
            "policies",
            "reading",
            "letters",
            "codes",
            "due-dates",
            "log-mark",
            "checkpoints",
            "purging",
            "tidying",
            "rotating-keys",
            "discarding-mail",
            "retention",
        ),
        "silent",
    )
    beside = {
        "links": "public-url-unset",
        "proxies": "ok",
        "fence_journal": "ok",
        "read_models": [],
        "background": silent,
    }
    said = {"status": "degraded", "degraded": sorted(["links", *silent])}
    assert ready.get_json() == parts | beside | said, "no mail can hold a link"
    now = team.clock.now()
    team.service.desk.heartbeats.give([Heartbeat(Part.INBOX, now, now, succeeded_at=now, waiting_since=now)])
    assert team.get("/health/ready", None).get_json()["background"]["inbox"] == "ok"
    case = team.arrived()
    team.ask("POST", "/intake/messages", "intake", data=b"\0", content_type="message/rfc822")
    team.get(f"/requests/{case.id}")
    text = team.get("/metrics", "operator").text
    assert 'route="/api/v1/requests/<uuid:request_id>",status="200"' in text
    assert "dsr_read_model_lag{name=" in text
    assert 'dsr_silent{part="inbox"} 0.0' in text
    assert "dsr_waiting_age_seconds 0.0" in text
    assert 'dsr_quarantined_messages{controller=""} 1.0' in text
    assert 'dsr_open_requests{lifecycle="received"} 1.0' in text
    assert case.id not in text
    head = team.service.log.head().position
    assert f"dsr_log_position {float(head)}" in text
    team.refused(team.get("/metrics", None), 401, "token-invalid")
    team.service.settings.__dict__["metrics_open"] = True
    assert team.get("/metrics", None).status_code == 200


def test_a_service_that_is_not_ready_says_what_is_in_the_way(team: Team) -> None:
    with team.service.keys_database.writing() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = 'other'")
    problem = team.refused(team.get("/health/ready", None), 503, "not-ready")
    assert problem["facts"] == {
        "database": "ok",
        "migrations": "database-newer",
        "log": "ok",
        "keys": "ok",
        "files": "ok",
    }


def test_a_folder_of_files_that_is_not_mounted_is_shown_and_its_return_too(
    team: Team, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dsr.api.readiness.KEPT_SECONDS", 0)
    blobs = team.service.settings.blobs
    away = blobs.rename(blobs.with_name("away"))
    problem = team.refused(team.get("/health/ready", None), 503, "not-ready")
    assert problem["facts"]["files"] == "storage-unavailable"
    away.rename(blobs)
    assert team.get("/health/ready", None).status_code == 200
    assert not list(blobs.glob(".probe-*"))


def test_strangers_who_ask_all_the_time_cost_one_look_a_second(service: Service) -> None:
    """It was public and cost 20 ms of CPU, so that eight who asked made commands 25 times slower."""
    now, looks = [0.0], 0
    watch = ReadinessWatch(service, now=lambda: now[0])
    found = watch._found

    def counted() -> Readiness:
        nonlocal looks
        looks += 1
        return found()

    watch._found = counted  # type: ignore[method-assign]  # to count
    with ThreadPoolExecutor(8) as threads:
        assert {each.is_ready for each in threads.map(lambda _: watch.look(), range(200))} == {True}
    assert looks == 1
    now[0] = 1.0
    watch.look()
    assert looks == 2
    now[0] = 0.0  # a clock that was set back is no reason to wait
    watch.look()
    assert looks == 3


def test_a_process_of_another_version_than_the_database_writes_nothing_and_goes_on_to_read(team: Team) -> None:
    case = team.registered("access")
    head = team.service.log.head().position
    with team.service.database.writing() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = 'newer'")
    team.refused(team.command(case, "notes", {"note": "Called back."}), 503, "database-newer")
    team.refused(team.post("/requests", team.entry(), "intake", key="one"), 503, "database-newer")
    assert team.service.log.head().position == head
    assert team.get(f"/requests/{case.id}").status_code == 200


def test_a_rate_is_kept_and_recovers() -> None:
    time = [0.0]
    limit = RateLimit(60, now=lambda: time[0])
    assert [limit.take("a").left for _ in range(60)] == list(range(59, -1, -1))
    with pytest.raises(RateLimited) as refused:
        limit.take("a")
    assert refused.value.retry_after == 1
    assert limit.take("b").left == 59
    time[0] = 2
    assert limit.take("a").left == 1


def test_too_many_requests_are_told_how_long_to_wait(
    service: Service, clock: SettableClock, make_team: Callable[..., Any]
) -> None:
    service.settings.__dict__["rate_per_minute"] = 20
    team = make_team(service, clock)
    limited = [team.get("/staff/me", None) for _ in range(3)][-1]
    team.refused(limited, 429, "rate-limited")
    assert int(limited.headers["Retry-After"]) >= 1
    assert limited.headers["RateLimit-Policy"] == '"default";q=2;w=60'
    assert team.get("/health/live", None).status_code == 200
    assert [team.get("/staff/me").status_code for _ in range(21)] == [200] * 20 + [429]


def test_whoever_has_a_network_of_ipv6_is_one_visitor(
    service: Service, clock: SettableClock, make_team: Callable[..., Any]
) -> None:
    """Each subscriber has as many addresses as they want."""
    service.settings.__dict__["rate_per_minute"] = 20
    team = make_team(service, clock)

    def asked(address: str) -> int:
        return int(team.get("/staff/me", None, environ_base={"REMOTE_ADDR": address}).status_code)

    assert [asked(f"2001:db8:0:1::{each}") for each in range(3)] == [401, 401, 429]
    assert asked("2001:db8:0:2::1") == 401
    assert [asked(each) for each in ("192.0.2.1", "192.0.2.1", "::ffff:192.0.2.1", "192.0.2.2")] == [401, 401, 429, 401]


def test_redeeming_over_the_interface_counts_as_on_the_pages(team: Team) -> None:
    secrets = {"token": "dsrx_no", "password": "2222-2222"}
    answers = [team.post("/exports/redemption", secrets, None).status_code for _ in range(ATTEMPTS_A_MINUTE + 1)]
    assert answers == [404] * ATTEMPTS_A_MINUTE + [429]
    other = {"environ_base": {"REMOTE_ADDR": "203.0.113.1"}}
    assert team.app.test_client().post("/api/v1/exports/redemption", json=secrets, **other).status_code == 404
