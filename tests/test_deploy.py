"""The files of `deploy/` say what the service of this version understands."""

import os
import re
import shlex
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner

from dsr.cli import main
from dsr.settings import VARIABLES, Settings

DEPLOY = Path(__file__).parents[1] / "deploy"
KNOWN = {each.name for each in VARIABLES} | {each.file_name for each in VARIABLES if each.is_secret}


def is_command(words: Sequence[str]) -> bool:
    """Whether `dsr` has this command and these options."""
    return CliRunner().invoke(main, [*words, "--help"]).exit_code == 0


@pytest.fixture(scope="module")
def compose() -> Any:
    return yaml.safe_load((DEPLOY / "container" / "compose.yaml").read_text())


def test_units_start_commands_that_there_are() -> None:
    started = [
        line
        for unit in (DEPLOY / "systemd").glob("*.service")
        for line in re.findall(r"/opt/dsr/bin/dsr ([^\n)']+)", unit.read_text())
    ]
    assert len(started) >= 4
    assert [line for line in started if not is_command(shlex.split(line))] == []


def test_units_set_nothing_that_is_unknown() -> None:
    text = "".join(each.read_text() for each in DEPLOY.rglob("*.conf")) + (DEPLOY / "settings.example").read_text()
    named = set(re.findall(r"DSR_[A-Z_]+", text)) - {"DSR_SITE", "DSR_UPSTREAM"}
    assert len(named) > 5
    assert named - KNOWN == set()


def test_containers_start_commands_and_set_settings_that_there_are(compose: Any) -> None:
    ours = {name: each for name, each in compose["services"].items() if each.get("image") == "dsr"}
    assert set(ours) == {"web", "worker", "scheduler"}
    for each in ours.values():
        assert is_command(each["command"])
        assert set(each["environment"]) - KNOWN == set()
        secrets = {f"/run/secrets/{name}" for name in each["secrets"]}
        assert {value for name, value in each["environment"].items() if name.endswith("_FILE")} == secrets
        assert (each["read_only"], each["cap_drop"]) == (True, ["ALL"])


def test_compose_names_files_and_secrets_that_there_are(compose: Any) -> None:
    folder = DEPLOY / "container"
    mounted = [
        source
        for each in compose["services"].values()
        for source, *_ in (volume.split(":") for volume in each["volumes"])
        if source.startswith(".")
    ]
    assert len(mounted) == 2
    assert [each for each in mounted if not (folder / each).exists()] == []
    used = {name for each in compose["services"].values() for name in each.get("secrets", ())}
    assert used == set(compose["secrets"])


@pytest.mark.parametrize("process", ["worker", "scheduler"])
def test_a_process_tells_systemd_when_it_works_and_when_it_ends(
    process: str, install: Callable[[str], Settings], tmp_path: Path
) -> None:
    # given
    settings = install("sqlite")
    environment = {"DSR_HOME": str(settings.home), "DSR_DATABASE_URL": settings.database_url}
    environment |= {"DSR_KEYS_URL": settings.keys_url, "NOTIFY_SOCKET": str(tmp_path / "notify")}
    others = {name: value for name, value in os.environ.items() if not name.startswith("DSR_")}
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
        systemd.bind(environment["NOTIFY_SOCKET"])
        systemd.settimeout(30)
        # when
        with subprocess.Popen(
            [str(Path(sys.executable).with_name("dsr")), process], env=others | environment, stderr=subprocess.DEVNULL
        ) as started:
            # then
            assert systemd.recv(100) == b"READY=1"
            started.send_signal(signal.SIGTERM)
            assert systemd.recv(100) == b"STOPPING=1"
            assert started.wait(30) == 0
