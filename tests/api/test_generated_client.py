"""A Python client that `openapi-python-client` (MIT) makes from the document has every operation, and works."""

import subprocess
import sys
from pathlib import Path
from typing import Final

import msgspec
import pytest

from dsr.api.app import RESOURCES
from dsr.api.specification import write_document
from tests.api.my.test_in_browser import serving
from tests.api.team import Team
from tests.catalogue.house import EXAMPLE_ROPA

GENERATOR: Final = "openapi-python-client==0.29.1"
HERE: Final = Path(__file__).parent


def run(*command: str | Path) -> str:
    done = subprocess.run(list(map(str, command)), check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The interpreter of an environment that has the generator and what its clients need, and nothing of ours."""
    home = tmp_path_factory.mktemp("client-environment")
    run(sys.executable, "-m", "venv", home)
    run(home / "bin" / "pip", "install", "--quiet", "--disable-pip-version-check", GENERATOR)
    return home / "bin" / "python"


@pytest.fixture(scope="module")
def client(python: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a client that was generated from the document, without a warning."""
    folder = tmp_path_factory.mktemp("client")
    document = folder / "openapi.json"
    document.write_bytes(msgspec.json.encode(write_document(RESOURCES)))
    made, config = folder / "dsr_client", HERE / "client.yml"
    said = run(
        python.with_name("openapi-python-client"),
        *("generate", "--meta", "none", "--path", document, "--config", config, "--output-path", made),
    )
    assert "will not be generated" not in said
    assert "WARNING" not in said, said
    return folder


def test_it_has_every_operation_by_its_name(client: Path) -> None:
    made = {path.stem for path in (client / "dsr_client" / "api").glob("*/*.py")} - {"__init__"}
    named = {
        operation["operationId"]
        for item in write_document(RESOURCES)["paths"].values()
        for method, operation in item.items()
        if method != "parameters"
    }
    assert made == named
    assert {"receive_message", "adopt_ropa"} <= made


def test_an_enumeration_is_a_class_of_its_own(client: Path) -> None:
    assert (client / "dsr_client" / "models" / "right.py").exists()


def test_it_takes_a_case_from_entry_to_completion(team: Team, client: Path, python: Path) -> None:
    with serving(team.app) as address:
        program = "import sys; sys.path.insert(0, sys.argv.pop(1)); import runpy; runpy.run_path(sys.argv.pop(1))"
        run(
            *(python, "-c", program, client, HERE / "use_of_client.py"),
            *(address, team.token("handler"), team.token("operator"), EXAMPLE_ROPA),
        )
