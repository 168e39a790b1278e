"""A Python client that `openapi-python-client` (MIT) makes from the document has every operation, and works."""

import os
import re
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import msgspec
import pytest

from dsr.api.docs import CLIENT
from tests.api.document import document
from tests.api.my.test_in_browser import serving
from tests.api.team import Team
from tests.catalogue.house import EXAMPLE_ROPA

GENERATOR: Final = "openapi-python-client==0.29.1"
HERE: Final = Path(__file__).parent
PAGE: Final = HERE.parents[1] / "docs" / "integrating.md"


def run(*command: str | Path, **environment: str) -> str:
    done = subprocess.run(
        list(map(str, command)), check=False, capture_output=True, text=True, env=os.environ | environment
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The interpreter of an environment that has the generator and what its clients need, and nothing of ours."""
    home = tmp_path_factory.mktemp("client-environment")
    python = home / "bin" / "python"
    run(sys.executable, "-m", "venv", "--without-pip", home)  # to unpack another pip takes longer than to use ours
    run(sys.executable, "-m", "pip", "--python", python, "install", "--quiet", "--disable-pip-version-check", GENERATOR)
    return python


@pytest.fixture(scope="module")
def client(python: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a client that was generated from the document, without a warning."""
    folder = tmp_path_factory.mktemp("client")
    file = folder / "openapi.json"
    file.write_bytes(msgspec.json.encode(document()))
    made, config = folder / "dsr_client", folder / "settings.yml"
    config.write_bytes(CLIENT)
    said = run(
        python.with_name("openapi-python-client"),
        *("generate", "--meta", "none", "--path", file, "--config", config, "--output-path", made),
    )
    assert "will not be generated" not in said
    assert "WARNING" not in said, said
    return folder


def test_it_has_every_operation_by_its_name(client: Path) -> None:
    made = {path.stem for path in (client / "dsr_client" / "api").glob("*/*.py")} - {"__init__"}
    named = {
        operation["operationId"]
        for item in document()["paths"].values()
        for method, operation in item.items()
        if method != "parameters"
    }
    assert made == named
    assert {"receive_message", "adopt_ropa"} <= made


def test_every_module_of_it_can_be_imported(client: Path, python: Path) -> None:
    program = (
        "import importlib, pkgutil, sys; sys.path.insert(0, sys.argv[1]); import dsr_client\n"
        "for each in pkgutil.walk_packages(dsr_client.__path__, 'dsr_client.'): importlib.import_module(each.name)"
    )
    run(python, "-c", program, client)


def test_the_page_for_integrators_runs_as_it_stands(team: Team, client: Path, python: Path) -> None:
    blocks = re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    program = client / "integration.py"
    program.write_text("\n".join(blocks), encoding="utf-8")
    team.clock.time = datetime.now(UTC) + timedelta(minutes=10)  # later than what the program enters
    desk = team.service.desk
    desk.dispatching = replace(desk.dispatching, public_url="https://dsr.example")
    with serving(team.app) as address:
        given = {"DSR_ADDRESS": address, "DSR_TOKEN": team.token("handler")}
        said = run(python, program, **given)
    assert "missing: []\nqueued\n" in said
    assert "version-stale {'expected': 1, 'current': 5}" in said


def test_an_enumeration_is_a_class_of_its_own(client: Path) -> None:
    assert (client / "dsr_client" / "models" / "right.py").exists()


def test_it_takes_a_case_from_entry_to_completion(team: Team, client: Path, python: Path) -> None:
    with serving(team.app) as address:
        program = "import sys; sys.path.insert(0, sys.argv.pop(1)); import runpy; runpy.run_path(sys.argv.pop(1))"
        run(
            *(python, "-c", program, client, HERE / "use_of_client.py"),
            *(address, team.token("handler"), team.token("operator"), EXAMPLE_ROPA),
        )
