"""`make prove` runs every test that has a longer form."""

import re
from pathlib import Path

from dsr.settings import load_settings
from tests import proving

ROOT = Path(__file__).parent.parent


def test_make_prove_runs_every_file_with_a_longer_form() -> None:
    # given
    [listed] = re.findall(r"^PROOFS := ((?:.*\\\n)*.*)$", (ROOT / "Makefile").read_text(), re.MULTILINE)
    proofs = [ROOT / each for each in listed.replace("\\\n", " ").split()]
    # when
    longer = {
        file
        for file in (ROOT / "tests").rglob("test_*.py")
        if re.search(r"^from tests\.proving import", file.read_text(), re.MULTILINE)
    }
    # then
    assert [each for each in longer if not any(each.is_relative_to(proof) for proof in proofs)] == []
    assert [each for each in proofs if not any(file.is_relative_to(each) for file in longer)] == []


def test_programs_start_with_the_variable_that_make_prove_sets() -> None:
    assert f"{proving.VARIABLE}=yes $(BIN)/python -m pytest" in (ROOT / "Makefile").read_text()
    assert load_settings({proving.VARIABLE: "yes"}).home.name == "dsr-data"
