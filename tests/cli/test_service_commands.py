"""`dsr init`, `ropa`, `intake`, `projections`, `upgrade`, `serve`: what they do, print and refuse."""

import json
import mailbox
import os
import re
import socket
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import urlopen
from uuid import uuid4

import pytest
import sqlalchemy as sa
from click.testing import CliRunner, Result

from dsr.bootstrap import build
from dsr.cli import main
from dsr.database import Database
from dsr.desk.caller import Call, Caller
from dsr.desk.errors import SignInNeeded
from dsr.domain.roles import Role
from dsr.settings import Settings, load_settings
from tests.authenticator import staff_at_browser
from tests.desk.office import Office
from tests.settable_clock import SettableClock

EXAMPLE = Path(__file__).parents[2] / "dsr" / "ropa" / "example.yaml"
YESTERDAY = datetime.now(UTC) - timedelta(days=1)
KEYS = {"file", "outcome", "request_id", "reference", "language", "suggested_rights", "error"}
ACCESS = "I am requesting access to my personal data under Article 15 GDPR."


def dsr(*arguments: str | Path) -> Result:
    return CliRunner().invoke(main, [str(each) for each in arguments])


def works(*arguments: str | Path) -> Result:
    result = dsr(*arguments)
    assert result.exit_code == 0, result.output
    return result


def lines(result: Result) -> list[dict[str, Any]]:
    return [json.loads(line) for line in result.stdout.splitlines()]


def mail(number: int = 1, text: str = ACCESS, **headers: str) -> EmailMessage:
    message = EmailMessage()
    message["Received"] = f"from x by mx.callcentre.example; {YESTERDAY:%a, %d %b %Y %H:%M:%S +0000}"
    message["From"], message["To"] = f"Person {number} <p{number}@example.org>", "privacy@callcentre.example"
    message["Subject"], message["Message-ID"] = "Request", f"<{number}@example.org>"
    for name, value in headers.items():
        message[name.replace("_", "-")] = value
    message.set_content(text)
    return message


def use(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DSR_HOME", str(settings.home))
    monkeypatch.setenv("DSR_DATABASE_URL", settings.database_url)
    monkeypatch.setenv("DSR_KEYS_URL", settings.keys_url)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where a service can be made."""
    monkeypatch.setenv("DSR_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


@pytest.fixture
def installed(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """A service with the example record of processing, on each backend."""
    use(settings, monkeypatch)
    return settings


@pytest.fixture
def embedded(install: Callable[[str], Settings], monkeypatch: pytest.MonkeyPatch) -> Settings:
    """The same, on SQLite."""
    settings = install("sqlite")
    use(settings, monkeypatch)
    return settings


# From nothing to a case ----------------------------------------------------------------------------------------


def test_from_nothing_to_a_case(home: Path, tmp_path: Path) -> None:
    # given
    letter = tmp_path / "letter.eml"
    letter.write_bytes(mail().as_bytes())
    # when
    made = works("init")
    adopted = works("ropa", "adopt", EXAMPLE)
    taken_in = works("intake", letter)
    # then
    token = next(line for line in made.stdout.splitlines() if line.startswith("dsr_"))
    service = build(load_settings(os.environ))
    try:
        assert service.desk.staff.authenticate(token).actor == "operator"
    finally:
        service.close()
    assert "DSR_PUBLIC_URL is not set" in made.stderr
    assert "Version 1 is in force: 19 controllers" in adopted.stdout
    assert "received" in taken_in.stdout.splitlines()[0]
    assert taken_in.stdout.splitlines()[-1] == "1 received"
    assert "0 differences" in works("projections", "verify").stdout


def test_serving_for_the_first_time_says_what_to_keep_and_what_to_do_next(home: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        result = dsr("serve", "--init", "--port", str(taken.getsockname()[1]))
    assert result.exit_code != 0, "only the port is missing"
    assert f"Back up {home / 'keyring.json'} now" in result.stdout
    assert "Next: dsr ropa adopt FILE in another shell" in result.stdout


def test_the_same_as_a_process(home: Path, tmp_path: Path) -> None:
    letter = tmp_path / "letter.eml"
    letter.write_bytes(mail().as_bytes())
    for arguments in (["init"], ["ropa", "adopt", str(EXAMPLE)], ["intake", "--json", str(letter)]):
        ran = subprocess.run(
            [sys.executable, "-c", "from dsr.cli import main; main()", *arguments],
            cwd=EXAMPLE.parents[1],
            capture_output=True,
            text=True,
            check=True,
        )
    assert json.loads(ran.stdout)["outcome"] == "received"
    assert ran.stderr == "", "no progress where nobody watches"


def test_nobody_searches_for_garbage_in_what_a_command_imports(home: Path) -> None:
    told = "import gc; from dsr.cli import main; main(['init'], standalone_mode=False); "
    ran = subprocess.run(
        [sys.executable, "-c", f"{told}print(gc.isenabled(), gc.get_freeze_count() > 50_000)"],
        cwd=EXAMPLE.parents[1],
        capture_output=True,
        text=True,
        check=True,
    )
    assert ran.stdout.splitlines()[-1] == "True True"


def test_a_second_init_is_refused(embedded: Settings) -> None:
    result = dsr("init")
    assert (result.exit_code, json.loads(result.stdout)) == (3, {"code": "keyring-exists"})


def test_a_lost_token_is_replaced_from_the_machine_itself(installed: Settings) -> None:
    token = works("token", "operator", "--days", "2").stdout.strip()
    service = build(installed)
    try:
        assert service.desk.staff.authenticate(token).actor == "operator"
        (*_, issued) = service.log.read()
        assert (issued.name, issued.event.actor) == ("dsr.staff.token-issued", "service:cli")
    finally:
        service.close()
    assert json.loads(dsr("token", "nobody").stdout) == {"code": "staff-unknown"}


def test_a_token_for_a_program_is_limited_from_the_machine(installed: Settings) -> None:
    # given
    limits = ("--name", "nightly-report", "--role", "operator", "--controller", "callcentre-de", "--reads-only")
    # when
    token = works("token", "operator", *limits).stdout.strip()
    # then
    service = build(installed)
    try:
        caller = service.desk.staff.authenticate(token)
        assert (caller.scope, caller.limits.reads_only) == (frozenset({"callcentre-de"}), True)
    finally:
        service.close()
    assert json.loads(dsr("token", "operator", "--role", "handler").stdout) == {"code": "token-too-wide"}
    assert "--role" in dsr("token", "operator", "--role", "nobody").stderr


def test_the_sessions_of_somebody_are_ended_on_the_machine(installed: Settings) -> None:
    # given
    service, clock = build(installed), SettableClock()
    clock.time = service.clock.now()
    office = Office(service, clock)
    _, secret = staff_at_browser(office, "operator")
    service.close()
    # when
    assert "operator" in works("staff", "end-sessions", "operator").stdout
    # then
    service = build(installed)
    try:
        with pytest.raises(SignInNeeded):
            service.desk.staff.authenticate_session(secret)
    finally:
        service.close()
    assert json.loads(dsr("staff", "end-sessions", "nobody").stdout) == {"code": "staff-unknown"}


# Intake --------------------------------------------------------------------------------------------------------


def test_each_message_is_one_object_with_the_fields_of_the_contract(installed: Settings, tmp_path: Path) -> None:
    # given
    folder = tmp_path / "mail"
    (folder / "deeper").mkdir(parents=True)
    (folder / "1.eml").write_bytes(mail(1).as_bytes())
    (folder / "2.eml").write_bytes(mail(1, "Any news?", In_Reply_To="<1@example.org>", References="").as_bytes())
    (folder / "3.eml").write_bytes(mail(1).as_bytes())
    (folder / "4.eml").write_bytes(b"\x00 no mail")
    (folder / "deeper" / "5.EML").write_bytes(mail(5, "Bitte löschen Sie meine Daten nach Art. 17 DSGVO.").as_bytes())
    (folder / "notes.txt").write_text("no mail either")
    folder.joinpath("2.eml").write_bytes(
        folder.joinpath("2.eml").read_bytes().replace(b"Message-ID: <1@", b"Message-ID: <2@")
    )
    # when
    result = works("intake", folder, "--json")
    # then
    found = lines(result)
    assert all(set(each) >= KEYS for each in found)
    assert [(each["file"], each["outcome"]) for each in found] == [
        ("1.eml", "received"),
        ("2.eml", "follow-up"),
        ("3.eml", "duplicate"),
        ("4.eml", "quarantined"),
        ("deeper/5.EML", "received"),
    ]
    first, follow_up, duplicate, garbage, german = found
    assert first["suggested_rights"] == ["access"]
    assert first["request_id"] == follow_up["request_id"] == duplicate["request_id"]
    assert (first["language"], german["language"], german["suggested_rights"]) == ("en", "de", ["erasure"])
    assert (garbage["error"], garbage["request_id"], garbage["reference"]) == ("not-a-message", None, None)
    assert first["reference"].startswith("DSR-")
    # and once more
    again = lines(works("intake", folder, "--json"))
    assert {each["outcome"] for each in again} == {"duplicate"}


def test_an_mbox_and_a_maildir_are_read_message_by_message(embedded: Settings, tmp_path: Path) -> None:
    # given
    box = mailbox.mbox(tmp_path / "inbox.mbox")
    folder = mailbox.Maildir(tmp_path / "maildir")
    for number in (1, 2):
        box.add(mail(number))
        folder.add(mail(number + 2))
    box.flush()
    # when
    found = lines(works("intake", "--json", tmp_path / "inbox.mbox", tmp_path / "maildir"))
    # then
    assert [each["outcome"] for each in found] == ["received"] * 4
    assert [each["file"] for each in found[:2]] == ["inbox.mbox#1", "inbox.mbox#2"]


def test_a_stated_arrival_counts_where_our_server_stamped_nothing(embedded: Settings, tmp_path: Path) -> None:
    letter = tmp_path / "letter.eml"
    letter.write_bytes(mail().as_bytes().replace(b"by mx.callcentre", b"by mx.elsewhere"))
    arrived = (YESTERDAY - timedelta(days=3)).replace(microsecond=0)
    [line] = lines(works("intake", "--json", "--received-at", arrived.isoformat(), letter))
    service = build(embedded)
    try:
        with service.database.reading() as connection:
            [row] = connection.execute(sa.text("SELECT request_id, received_at FROM requests")).all()
    finally:
        service.close()
    assert line["outcome"] == "received"
    assert datetime.fromisoformat(row.received_at) == arrived


def test_a_file_that_can_not_be_read_never_stops_the_rest(embedded: Settings, tmp_path: Path) -> None:
    # given
    folder = tmp_path / "mail"
    folder.mkdir()
    (folder / "1.eml").write_bytes(mail(1).as_bytes())
    (folder / "2.eml").mkdir()
    Path(os.fsdecode(os.fsencode(folder) + b"/3-\xff.eml")).write_bytes(mail(3).as_bytes())
    (folder / "4.eml").write_bytes(mail(4).as_bytes())
    # when
    found = lines(works("intake", folder, "--json"))
    # then
    assert [each["file"] for each in found if each["outcome"] == "received"] == ["1.eml", "3-\ufffd.eml", "4.eml"]


def test_an_unreadable_file_is_told_and_the_command_says_so_by_its_exit(embedded: Settings, tmp_path: Path) -> None:
    """/proc/self/mem opens, and refuses to be read, even by root."""
    (tmp_path / "bad.eml").symlink_to("/proc/self/mem")
    (tmp_path / "good.eml").write_bytes(mail().as_bytes())
    result = dsr("intake", "--json", tmp_path / "bad.eml", tmp_path / "good.eml")
    assert [(each["outcome"], each["error"]) for each in lines(result)] == [
        ("unreadable", "mail-source-unreadable"),
        ("received", None),
    ]
    assert result.exit_code == 1


def test_without_a_record_of_processing_nothing_is_taken_in(home: Path, tmp_path: Path) -> None:
    works("init")
    (tmp_path / "letter.eml").write_bytes(mail().as_bytes())
    result = dsr("intake", tmp_path / "letter.eml")
    assert (result.exit_code, json.loads(result.stdout)) == (3, {"code": "ropa-missing"})
    assert "dsr ropa adopt" in result.stderr


def test_a_controller_that_nobody_knows_is_refused(embedded: Settings, tmp_path: Path) -> None:
    (tmp_path / "letter.eml").write_bytes(mail().as_bytes())
    result = dsr("intake", "--controller", "nobody", tmp_path / "letter.eml")
    assert (result.exit_code, json.loads(result.stdout)) == (3, {"code": "controller-unknown"})


# The record of processing --------------------------------------------------------------------------------------


def test_a_record_that_is_wrong_is_refused_with_file_and_line(embedded: Settings, tmp_path: Path) -> None:
    # given
    text = EXAMPLE.read_text(encoding="utf-8")
    wrong = tmp_path / "wrong.yaml"
    wrong.write_text(
        text.replace("country: AT", "country: Atlantis").replace("id: callcentre-be", "id: callcentre-at"),
        encoding="utf-8",
    )
    # when
    result = dsr("ropa", "adopt", wrong)
    # then
    assert (result.exit_code, json.loads(result.stdout)) == (3, {"code": "ropa-invalid"})
    country = text[: text.index("country: AT")].count("\n") + 1
    told = [line for line in result.stderr.splitlines() if line.startswith(f"{wrong}:")]
    assert any(line.startswith(f"{wrong}:{country}:") for line in told)
    assert len(told) >= 2


def test_the_record_in_force_is_not_adopted_twice(embedded: Settings) -> None:
    result = dsr("ropa", "adopt", EXAMPLE)
    # The service was installed on another day: a new year brings new holidays, and a new version.
    assert result.exit_code == 0 or json.loads(result.stdout) == {"code": "ropa-unchanged"}
    assert json.loads(dsr("ropa", "adopt", EXAMPLE).stdout) == {"code": "ropa-unchanged"}


def test_authorities_are_listed_by_country() -> None:
    result = works("ropa", "authorities", "--country", "fr")
    assert "fr-cnil" in result.stdout
    assert "de-berlin" not in result.stdout


def test_ids_of_authorities_are_whole_in_a_narrow_terminal() -> None:
    assert " de-mecklenburg-vorpommern " in works("ropa", "authorities", "--country", "de").stdout


# Read models ---------------------------------------------------------------------------------------------------


def damage(settings: Settings, statement: str) -> None:
    database = Database(settings.database_url)
    with database.writing() as connection:
        connection.execute(sa.text(statement))
    database.close()


def test_read_models_are_listed_verified_and_rebuilt(installed: Settings, tmp_path: Path) -> None:
    # given
    (tmp_path / "letter.eml").write_bytes(mail().as_bytes())
    works("intake", tmp_path / "letter.eml")
    damage(installed, "UPDATE requests SET controller_id = 'nobody'")
    # when, then
    assert "requests" in works("projections", "list").stdout
    wrong = dsr("projections", "verify")
    assert wrong.exit_code == 1
    assert "controller_id" in wrong.stdout
    assert "1 difference" in wrong.stdout
    assert "replayed into requests" in works("projections", "rebuild", "requests").stdout
    assert "0 differences" in works("projections", "verify").stdout


def test_a_read_model_that_nobody_knows_is_refused(embedded: Settings) -> None:
    result = dsr("projections", "rebuild", "nothing")
    assert (result.exit_code, json.loads(result.stdout)) == (3, {"code": "projection-unknown"})


def test_an_upgrade_rebuilds_what_older_handlers_made(embedded: Settings) -> None:
    damage(embedded, "UPDATE projections SET version = 0 WHERE name = 'staff'")
    assert "replayed into staff" in works("upgrade").stdout
    assert "replayed" not in works("upgrade").stdout


# Refusing to serve ---------------------------------------------------------------------------------------------

REFUSALS: dict[str, tuple[str, Callable[[Settings], object]]] = {
    "keyring-missing": ("dsr init", lambda settings: settings.keyring.unlink()),
    "keyring-exposed": ("chmod 600", lambda settings: settings.keyring.chmod(0o644)),
    "database-newer": (
        "Install that version",
        lambda settings: damage(settings, "UPDATE alembic_version SET version_num = '9999'"),
    ),
    "database-not-initialised": ("dsr init", lambda settings: damage(settings, "DROP TABLE alembic_version")),
    "projection-behind": (
        "dsr projections rebuild",
        lambda settings: damage(settings, "UPDATE projections SET position = 0"),
    ),
}


@pytest.mark.parametrize("code", REFUSALS)
def test_what_can_not_be_served_is_refused_with_what_to_do(embedded: Settings, code: str) -> None:
    sentence, spoil = REFUSALS[code]
    spoil(embedded)
    result = dsr("serve", "--port", "0")
    assert (result.exit_code, json.loads(result.stdout)) == (3, {"code": code})
    assert sentence in result.stderr


def test_a_port_that_is_taken_is_told_at_once(embedded: Settings) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        result = dsr("serve", "--port", str(taken.getsockname()[1]))
    assert result.exit_code == 2
    assert "--port" in result.stderr


@pytest.mark.parametrize("url", ["postgresql://u:p@:x:y/z", "sqlite:///:memory:", "postgresql://u:secret@host:port/z"])
def test_a_url_that_names_no_database_is_refused_without_being_quoted(
    embedded: Settings, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DSR_DATABASE_URL", url)
    result = dsr("serve")
    assert (result.exit_code, json.loads(result.stdout)) == (3, {"code": "database-url-invalid"})
    assert "secret" not in result.output


def test_a_running_service_logs_each_access_by_route_and_id_and_nothing_else(
    embedded: Settings, tmp_path: Path
) -> None:
    # given
    request_id, log = uuid4(), tmp_path / "log"
    with log.open("w") as stderr:
        process = subprocess.Popen(
            [sys.executable, "-m", "dsr.cli", "serve", "--port", "0"], stdout=subprocess.PIPE, stderr=stderr, text=True
        )
        assert process.stdout is not None
        url = process.stdout.readline().split()[-1]
        # when
        with pytest.raises(HTTPError, match="401"):
            urlopen(f"{url}/api/v1/requests/{request_id}?name=canary")  # noqa: S310 - our own server
        process.terminate()
        process.wait(30)
        process.stdout.close()
    # then
    (line,) = [each for each in log.read_text().splitlines() if "DSR_PUBLIC_URL" not in each]
    assert re.search(
        rf" dsr\.access INFO [0-9a-f]{{32}} GET /api/v1/requests/<uuid:request_id> {request_id} 401 ", line
    )
    assert "canary" not in line


def test_an_upgrade_does_not_touch_a_newer_database(embedded: Settings) -> None:
    damage(embedded, "UPDATE alembic_version SET version_num = '9999'")
    result = dsr("upgrade")
    assert (result.exit_code, json.loads(result.stdout)) == (3, {"code": "database-newer"})


def test_bad_settings_end_the_command_with_all_of_them_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DSR_TOKEN_DAYS", "many")
    monkeypatch.setenv("DSR_NOTHING", "1")
    result = dsr("projections", "list")
    assert result.exit_code == 2
    assert "DSR_TOKEN_DAYS" in result.stderr
    assert "DSR_NOTHING" in result.stderr


def test_help_lists_every_command() -> None:
    listed = works("--help").stdout
    for name in ("deadline", "init", "intake", "projections", "ropa", "serve", "token", "upgrade"):
        assert name in listed


@pytest.mark.parametrize(
    "group", [[], ["audit"], ["blobs"], ["export"], ["exports"], ["keys"], ["policies"], ["projections"], ["ropa"]]
)
def test_help_cuts_no_sentence_about_a_command(group: list[str]) -> None:
    assert "..." not in works(*group, "--help").stdout.replace("[ARGS]...", "")


def test_what_no_second_person_is_left_to_confirm_is_confirmed_on_the_machine(installed: Settings) -> None:
    # given
    service = build(installed)
    operator = Caller("operator", frozenset({Role.OPERATOR}), None)
    service.desk.staff.enrol(Call(operator), identifier="olga", roles=(Role.OPERATOR,), controllers=("*",))
    service.close()
    # when
    assert "olga" in works("staff", "confirm", "olga").stdout
    # then
    assert "unconfirmed" not in works("staff", "list").stdout
    assert json.loads(dsr("staff", "confirm", "olga").stdout) == {"code": "staff-confirmed"}
