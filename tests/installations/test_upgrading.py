"""An installation of each earlier version is upgraded, borne out by its replay, and goes on working, on both databases.

What is stored in a folder here was made by the code of its version and is never made again. Whoever changes the schema,
a read model or the way in which something is stored sees here whether installations that exist come along.

To add the next version, on the day of its release and with its code:

    python -m tests.installations.populate 0.2.0

commit the folder, and name the new migrations in `FROZEN` of `tests/database/test_migrations.py`. Then nothing else is
to do: these tests take each folder that is there.
"""

import io
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa
from click.testing import CliRunner, Result
from werkzeug.test import TestResponse

from dsr.api import create_app
from dsr.bootstrap import Service, build
from dsr.cli import main
from dsr.database.migrations import check_schema, new_migration
from dsr.desk.bundles import parse_scope
from dsr.desk.caller import Call, service
from dsr.desk.upload_store import upload_parts
from dsr.evidence.verifier import verify as verifier
from dsr.projections import verify
from dsr.settings import Settings, load_settings
from dsr.worker import Worker
from tests.conftest import BACKENDS
from tests.installations.lost import lost
from tests.installations.populate import populate
from tests.installations.stored import Facts, facts_of, restore, store, versions
from tests.settable_clock import SettableClock


@dataclass
class Installation:
    """One that was upgraded: its service at the time at which it was stored, and the ways to talk to it."""

    settings: Settings
    facts: Facts
    service: Service
    clock: SettableClock
    upgrade: Result
    """What `dsr upgrade` printed."""
    lost: list[str]
    """What was missing right afterwards."""

    def __post_init__(self) -> None:
        self.client = create_app(self.service).test_client()

    def run(self, *words: str) -> Result:
        """A command of the command line, on this installation."""
        return CliRunner().invoke(main, words, env=environment(self.settings))

    def ask(self, who: str | None, method: str, path: str, **sent: Any) -> TestResponse:
        """One HTTP request, with the token that was stored."""
        headers = {"Authorization": f"Bearer {self.facts.tokens[who]}"} if who else {}
        return self.client.open(f"/api/v1{path}", method=method, headers=headers | sent.pop("headers", {}), **sent)

    def read(self, path: str, who: str = "handler") -> dict[str, Any]:
        """What is found there, as a member of staff sees it."""
        answer = self.ask(who, "GET", path)
        assert answer.status_code == 200, answer.text
        shown: dict[str, Any] = answer.get_json()
        return shown

    def command(self, path: str, body: dict[str, Any], *, of: str, who: str = "handler") -> TestResponse:
        """A command on the version that the aggregate at `of` has now; it has to be accepted, and to be projected."""
        headers = {"If-Match": self.ask(who, "GET", of).headers["ETag"], "Idempotency-Key": str(uuid4())}
        answer = self.ask(who, "POST", path, json=body, headers=headers)
        assert answer.status_code in (200, 201), answer.text
        return answer

    def state(self, letter: str) -> str:
        """Of a letter, by its name in the facts."""
        return str(self.read(f"/dispatches/{self.facts.letters[letter]}")["state"])

    def work(self) -> None:
        """Let the worker do all that is to do."""
        worker = Worker(self.service)  # another one each time: a clock that was set forward is in doubt
        while worker.round():
            pass
        assert worker.failures == {}

    def require_read_models_agree(self) -> None:
        """Each row is what the log says."""
        assert verify(self.service.database, self.service.log) == []


def environment(settings: Settings) -> dict[str, str]:
    return {
        "DSR_HOME": str(settings.home),
        "DSR_DATABASE_URL": settings.database_url,
        "DSR_KEYS_URL": settings.keys_url,
    }


@pytest.fixture(scope="module", params=[(each, backend) for each in versions() for backend in BACKENDS], ids="-".join)
def installation(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """Restored as it was stored, and upgraded by `dsr upgrade`. Each test works on a part of its own."""
    version, backend = request.param
    home = tmp_path_factory.mktemp(f"installation-{version}")
    environ = {"DSR_HOME": str(home)}
    if backend == "postgresql":
        databases = request.getfixturevalue("postgres_databases")
        environ |= {"DSR_DATABASE_URL": databases.make(), "DSR_KEYS_URL": databases.make()}
    settings = load_settings(environ)
    facts = restore(version, settings)
    upgrade = CliRunner().invoke(main, ["upgrade"], env=environment(settings))
    missing = lost(version, settings)
    clock = SettableClock(datetime.fromisoformat(facts.at))
    service = build(settings, clock=clock)
    yield Installation(settings, facts, service, clock, upgrade, missing)
    service.close()
    shutil.rmtree(home)


def test_both_databases_are_upgraded_and_the_service_starts(installation: Installation) -> None:
    assert installation.upgrade.exit_code == 0, installation.upgrade.output
    installation.service.check()
    check_schema(installation.service.database, "main")
    check_schema(installation.service.keys_database, "keys")
    assert installation.client.get("/health/ready").status_code == 200


def test_an_authority_can_verify_its_whole_history(installation: Installation) -> None:
    # when: everything of an earlier version in one bundle
    prepared = installation.service.desk.bundles.prepare(parse_scope(["all"]), Call(service("audit")))
    made = io.BytesIO(b"".join(prepared.chunks(lambda _what, _number: None)))
    # then
    [first, *_] = installation.service.desk.evidence.log_keys()
    report = verifier.verify(made, [first.verifier])
    assert report.all_holds, report.in_words()


def test_every_row_of_the_index_can_be_made_anew(installation: Installation) -> None:
    # given
    rotation = installation.service.index_rotation
    rotation.begin()
    # when
    turn = rotation.turn(at_once=True)
    # then
    assert turn.is_finished
    assert (turn.rows > 0, turn.left) == (True, 0)


def test_nothing_that_was_stored_is_lost(installation: Installation) -> None:
    assert installation.lost == []


WRONG = {
    'op.execute("DELETE FROM policy_parked")': "policy_parked: 1 of 1 rows are lost",
    'op.execute("DELETE FROM failed_due")': "failed_due: 1 of 1 rows are lost",
    'op.drop_column("outbox", "claimed_until")': "outbox.claimed_until is missing",
}
"""A step of a migration, and what is said of it."""


def upgraded_by(step: str, home: Path, *, afterwards: bool = False) -> Settings:
    """The last installation that was stored, upgraded with a further migration of this one step; `afterwards`: by a
    second upgrade, since the first one rebuilds the read models.
    """
    settings = load_settings({"DSR_HOME": str(home)})
    settings.home.mkdir()
    restore(versions()[-1], settings)
    if afterwards:
        upgrade(settings)
    wrong = new_migration("main", "wrong", "9998")
    wrong.write_text(wrong.read_text().replace("    pass", f"    {step}"))
    upgrade(settings)
    return settings


def upgrade(settings: Settings) -> None:
    upgraded = CliRunner().invoke(main, ["upgrade"], env=environment(settings))
    assert upgraded.exit_code == 0, upgraded.output


@pytest.mark.parametrize("step", WRONG)
@pytest.mark.usefixtures("own_scripts")
def test_a_migration_that_loses_something_is_found_out_by_name(tmp_path: Path, step: str) -> None:
    settings = upgraded_by(step, tmp_path / "home")
    assert lost(versions()[-1], settings) == [WRONG[step]]


@pytest.mark.usefixtures("own_scripts")
def test_a_migration_that_changes_rows_of_a_read_model_is_found_out_by_name(tmp_path: Path) -> None:
    settings = upgraded_by('op.execute("DELETE FROM staff")', tmp_path / "home", afterwards=True)
    verified = CliRunner().invoke(main, ["projections", "verify"], env=environment(settings))
    assert verified.exit_code == 1
    assert "staff" in verified.output


def test_an_upgrade_lists_the_tokens_that_were_computed_from_ids(installation: Installation) -> None:
    assert "new ones are random" in installation.upgrade.output
    for role in ("operator", "handler", "approver", "dpo"):
        assert f" of one-{role} works until " in installation.upgrade.output
    assert not any(secret in installation.upgrade.output for secret in installation.facts.tokens.values())


def test_an_upgrade_may_be_repeated(installation: Installation) -> None:
    again = installation.run("upgrade")
    assert (again.exit_code, again.output) == (0, "Both databases are up to date.\n")


def test_the_audit_replays_the_whole_log_without_a_difference(installation: Installation) -> None:
    replayed = installation.run("audit", "replay")
    assert replayed.exit_code == 0, replayed.output
    assert f"{installation.service.log.head().position} events replayed" in replayed.output
    assert "0 rows and 0 dates differ" in replayed.output


def test_the_read_models_are_what_the_log_says(installation: Installation) -> None:
    verified = installation.run("projections", "verify")
    assert verified.exit_code == 0, verified.output


@pytest.mark.parametrize("role", ["operator", "handler", "approver", "dpo"])
def test_a_token_still_says_who_asks(installation: Installation, role: str) -> None:
    assert installation.read("/staff/me", role)["identifier"] == f"one-{role}"


def test_a_data_subject_reads_their_own_case_and_no_other(installation: Installation) -> None:
    facts = installation.facts
    own = installation.read(f"/requests/{facts.to_read['request_id']}", "subject")
    assert own["reference"] == facts.to_read["reference"]
    assert installation.ask("subject", "GET", f"/requests/{facts.to_work_on}").status_code == 404


def test_a_case_is_read_with_its_timeline_items_and_date(installation: Installation) -> None:
    case = installation.facts.to_read
    path = f"/requests/{case['request_id']}"
    assert installation.read(path)["reference"] == case["reference"]
    assert [each["right"] for each in installation.read(f"{path}/items")["items"]] == ["access"]
    assert installation.read(f"{path}/timeline")["items"][0]["name"].endswith("received")
    assert installation.ask("handler", "GET", f"{path}/deadline").status_code == 200


def test_what_was_sealed_opens(installation: Installation) -> None:
    case = installation.facts.to_read
    path = f"/requests/{case['request_id']}"
    opened = installation.command(f"{path}/disclosures", {"purpose": "assessment"}, of=path).get_json()["opened"]
    assert case["name"] in str(opened[0]["fields"])
    assert case["text"] in str(opened[0]["fields"])
    installation.require_read_models_agree()


def test_an_original_is_byte_for_byte_what_arrived(installation: Installation) -> None:
    original = installation.facts.original
    path = f"/requests/{original['request_id']}"
    body = {"purpose": "assessment", "version": original["version"]}
    file = installation.command(f"{path}/originals", body, of=path)
    assert sha256(file.data).hexdigest() == original["sha256"]


def test_a_package_that_was_offered_is_fetched_by_its_link(installation: Installation) -> None:
    package = installation.facts.package
    secrets = {"token": package["token"], "password": package["second_secret"]}
    begun = installation.ask(None, "POST", "/exports/redemption", json=secrets)
    assert begun.status_code == 200, begun.text
    session = {"Authorization": f"Bearer {begun.get_json()['session']}"}
    file = installation.ask(None, "GET", "/exports/session/package", headers=session)
    assert sha256(file.data).hexdigest() == package["sha256"]
    installation.require_read_models_agree()


def test_commands_work_on_a_case_that_exists(installation: Installation) -> None:
    # given
    path = f"/requests/{installation.facts.to_work_on}"
    before = installation.read(path)["version"]
    # when
    installation.command(f"{path}/notes", {"note": "Seen after the upgrade."}, of=path)
    listed = installation.read(f"{path}/items/access/search")["open"]
    assert listed, "an item from before there were search lists shows what has to be searched"
    reports = [
        {"system": system, "result": "found"}
        if system == "crm"  # from where its data was collected
        else {"system": system, "result": "left-out", "reason": "Searched by hand before."}
        for system in listed
    ]
    installation.command(f"{path}/items/access/search", {"reports": reports}, of=path)
    done = {"account": "Copied from the CRM."}
    installation.command(f"{path}/items/access/completion", done, of=path)
    # then: the note, the list, each system, what was done
    assert installation.read(path)["version"] == before + 3 + len(listed)
    installation.require_read_models_agree()


def test_a_new_case_begins(installation: Installation) -> None:
    body = {
        "controller_id": "callcentre-de",
        "channel": "telephone",
        "received_at": installation.clock.now().isoformat(),
        "person": {"name": "Ada Lovelace", "email": "ada@example.org"},
        "text": "Please send me a copy of my data.",
        "language": "en",
    }
    entered = installation.ask("handler", "POST", "/requests", json=body, headers={"Idempotency-Key": str(uuid4())})
    assert entered.status_code == 201, entered.text
    path = f"/requests/{entered.get_json()['request_id']}"
    installation.command(f"{path}/registration", {"rights": ["access"]}, of=path)
    installation.require_read_models_agree()


STATES: dict[str, tuple[str, dict[str, Any]]] = {
    "arrived": ("registration", {"rights": ["access"]}),
    "suspended": ("identity-confirmation", {"method": "call-back", "assurance": "substantial"}),
    "extended": ("items/access/grant", {}),
    "closed": ("reopening", {"reason": "A system was missed.", "item_ids": ["access"]}),
    "reopened": ("items/access/grant", {}),
    "duplicate": ("notes", {"note": "It is the same letter."}),
    "unidentified": ("reopening", {"reason": "She sent her card.", "item_ids": []}),
    "united-kingdom": ("identity-failure", {"reason": "Nobody answered."}),
}
"""What may be done next with a case in each state: route and body."""


@pytest.mark.parametrize("state", STATES)
def test_a_case_goes_on_from_the_state_it_was_in(installation: Installation, state: str) -> None:
    route, body = STATES[state]
    path = f"/requests/{installation.facts.cases[state]}"
    installation.command(f"{path}/{route}", body, of=path)
    installation.require_read_models_agree()


def test_an_upload_that_was_under_way_is_completed(installation: Installation) -> None:
    # given
    upload = installation.facts.upload
    path, offset = f"/uploads/{upload['upload_id']}", upload["offset"]
    shown = installation.read(path)
    assert shown["offset"] == offset
    # when
    rest = b"x" * (shown["size"] - offset)
    headers = {"Upload-Offset": str(offset), "Content-Type": "application/octet-stream"}
    assert installation.ask("handler", "PATCH", path, data=rest, headers=headers).status_code == 200
    # then
    case = f"/requests/{shown['request_id']}"
    installation.command(f"{path}/completion", {}, of=case)
    [attachment] = installation.read(f"{case}/items/{shown['item_id']}/attachments")["items"]
    assert attachment["size"] == shown["size"]


def test_letters_that_were_on_their_way_leave(installation: Installation) -> None:
    """And one that may have left already leaves as it is, under the same Message-ID."""
    # given
    folder: Path = installation.settings.home / "outgoing" / "new"
    dispatch = f"/dispatches/{installation.facts.letters['to_approve']}"
    doubted = installation.read(f"/dispatches/{installation.facts.letters['in_doubt']}")
    assert {name: installation.state(name) for name in installation.facts.letters} == {
        "in_doubt": "queued",
        "queued": "queued",
        "to_approve": "draft",
        "draft": "draft",
    }
    assert doubted["may_have_left"]
    # when
    installation.command(f"{dispatch}/approval", {}, of=dispatch, who="approver")
    installation.command(f"{dispatch}/release", {}, of=dispatch)
    installation.clock.advance(hours=2)
    installation.work()
    # then
    assert {installation.state(name) for name in ("in_doubt", "queued", "to_approve")} == {"sent"}
    assert any(doubted["message_id"].encode() in file.read_bytes() for file in folder.iterdir())
    installation.require_read_models_agree()


def test_a_case_that_a_policy_failed_on_is_tried_again(installation: Installation) -> None:
    name, request_id = installation.facts.parked["policy"], UUID(installation.facts.parked["request_id"])
    policies = installation.service.policies
    policies.retry(name, request_id)
    assert request_id not in [each.request_id for state in policies.states() for each in state.parked]
    letters = installation.read(f"/requests/{request_id}/dispatches")["items"]
    assert [each["kind"] for each in letters] == ["acknowledgement"]


def test_a_date_that_could_not_be_recorded_is_recorded(installation: Installation) -> None:
    due_dates = installation.service.desk.due_dates
    installation.clock.advance(hours=2)
    while due_dates.sweep().found:
        pass
    assert due_dates.failed_due() == []
    installation.require_read_models_agree()


def test_nothing_that_is_needed_is_swept(installation: Installation) -> None:
    """Keys and files of earlier versions are named as this version looks for them."""

    def count() -> tuple[int, int]:
        with installation.service.database.reading() as connection:
            parts = connection.execute(sa.select(sa.func.count()).select_from(upload_parts)).scalar_one()
        return parts, sum(1 for _ in installation.settings.blobs.rglob("*.blob"))

    # given
    parts, files = count()
    installation.clock.advance(days=2)
    # when
    swept = installation.service.desk.sweeping.sweep(dry_run=False)
    # then: only parts of uploads that stood still, and files that no key opens any more
    assert (swept.half_written, swept.unnamed) == (0, 0)
    parts_left, files_left = count()
    assert files - files_left == parts - parts_left + swept.forgotten
    original = installation.facts.original
    path = f"/requests/{original['request_id']}"
    body = {"purpose": "assessment", "version": original["version"]}
    assert installation.command(f"{path}/originals", body, of=path).status_code == 200


@pytest.mark.parametrize("backend", ["sqlite"])
def test_the_next_version_can_be_stored(
    service: Service, clock: SettableClock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What makes an installation works with the code of today: on the day of a release is no time to mend it."""
    # given
    facts = populate(service, clock)
    service.close()
    # when
    monkeypatch.setattr("tests.installations.stored.HERE", tmp_path)
    store(tmp_path / "next", service.settings, facts)
    settings = load_settings({"DSR_HOME": str(tmp_path / "restored")})
    settings.home.mkdir()
    # then
    assert restore("next", settings) == facts_of("next") == facts
    restored = build(settings, clock=clock)
    restored.check()
    assert verify(restored.database, restored.log) == []
    restored.close()
