"""The demo deletes its own folder and no other; what fails is told in a sentence."""

from pathlib import Path

import pytest

from dsr.demo.client import Client, DemoFailed
from dsr.demo.office import MARKER, Office
from dsr.settings import load_settings


def test_a_folder_that_the_demo_did_not_make_is_left_alone(tmp_path: Path) -> None:
    folder = tmp_path / "demo-data"
    folder.mkdir()
    (folder / "dsr.sqlite").write_text("somebody's cases")

    with pytest.raises(DemoFailed, match="was not made by the demo"):
        Office(folder).clear()

    assert (folder / "dsr.sqlite").read_text() == "somebody's cases"


def test_the_folder_of_an_earlier_demo_is_made_anew_for_its_owner_alone(tmp_path: Path) -> None:
    office = Office(tmp_path / "demo-data")
    office.clear()
    (office.folder / "dsr.sqlite").write_text("an earlier demo")

    office.clear()

    assert sorted(each.name for each in office.folder.iterdir()) == [MARKER, "download"]
    assert office.folder.stat().st_mode & 0o077 == 0


def test_the_demo_never_works_on_the_service_that_the_environment_names(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DSR_DATABASE_URL", f"sqlite:///{tmp_path / 'real.sqlite'}")
    office = Office(tmp_path / "demo-data")
    office.clear()

    office.run("init")

    assert (office.folder / "dsr.sqlite").is_file()
    assert not (tmp_path / "real.sqlite").exists()


def test_the_demo_takes_over_that_it_runs_for_development(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DSR_DEVELOPMENT", "yes")
    monkeypatch.setenv("DSR_TOKEN_DAYS", "1")
    settings = load_settings(Office(tmp_path / "demo-data").copied_to(tmp_path / "later"))
    assert (settings.home, settings.development, settings.token_days) == (tmp_path / "later", True, 90)


def test_a_command_that_is_refused_fails_the_demo_with_its_code(tmp_path: Path) -> None:
    office = Office(tmp_path / "demo-data")
    office.clear()

    with pytest.raises(DemoFailed, match="keyring-missing"):
        office.run("projections", "list")


def test_a_server_that_can_not_start_fails_the_demo_with_what_it_said(tmp_path: Path) -> None:
    office = Office(tmp_path / "demo-data")
    office.clear()

    with pytest.raises(DemoFailed, match="did not start"), office.serving():
        pass


def test_a_server_that_does_not_answer_fails_the_demo() -> None:
    with pytest.raises(DemoFailed, match="got no answer"):
        Client("http://127.0.0.1:9").get("/requests")
