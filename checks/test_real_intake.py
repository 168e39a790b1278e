"""`dsr intake` on the real letters, from `dsr init` on: every message parsed, every thread found, rights suggested."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

MAILBOX = Path(os.environ["DSR_SHARED_DATA"]) / "mailbox"
EXPECTED: dict[str, dict[str, Any]] = json.loads((MAILBOX / "expected.json").read_text(encoding="utf-8"))
ROPA = Path(__file__).parent.parent / "dsr" / "ropa" / "example.yaml"


def dsr(home: Path, *arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "dsr.cli", *arguments],
        env={**os.environ, "DSR_HOME": str(home)},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("real") / "service"
    dsr(folder, "init")
    dsr(folder, "ropa", "adopt", str(ROPA))
    return folder


@pytest.fixture(scope="module")
def outcomes(home: Path) -> dict[str, dict[str, Any]]:
    lines = map(json.loads, dsr(home, "intake", str(MAILBOX), "--json").splitlines())
    return {Path(line["file"]).name: line for line in lines}


def test_every_message_makes_a_case_or_joins_its_thread(outcomes: dict[str, dict[str, Any]]) -> None:
    kinds = {"request": "received", "follow-up": "follow-up"}
    assert {name: line["outcome"] for name, line in outcomes.items()} == {
        name: kinds[each["kind"]] for name, each in EXPECTED.items()
    }
    for name, each in EXPECTED.items():
        if "follows" in each:
            assert outcomes[name]["request_id"] == outcomes[each["follows"]]["request_id"]


def test_languages_are_right(outcomes: dict[str, dict[str, Any]]) -> None:
    assert {name: line["language"] for name, line in outcomes.items()} == {
        name: each["language"] for name, each in EXPECTED.items()
    }


def test_at_least_95_percent_of_the_sets_of_rights_are_exactly_right(outcomes: dict[str, dict[str, Any]]) -> None:
    right = [name for name, each in EXPECTED.items() if set(outcomes[name]["suggested_rights"]) == set(each["rights"])]
    assert len(right) >= 0.95 * len(EXPECTED)


def test_the_same_mailbox_again_makes_nothing_new(home: Path, outcomes: dict[str, dict[str, Any]]) -> None:
    again = [json.loads(line) for line in dsr(home, "intake", str(MAILBOX), "--json").splitlines()]
    assert {line["outcome"] for line in again} == {"duplicate"}
    assert {Path(line["file"]).name: line["request_id"] for line in again} == {
        name: line["request_id"] for name, line in outcomes.items()
    }


def test_read_models_equal_a_replay(home: Path, outcomes: dict[str, dict[str, Any]]) -> None:
    assert outcomes
    assert "0 differences" in dsr(home, "projections", "verify")
