"""`dsr exports purge`: what it says."""

import pytest
from click.testing import CliRunner

from dsr.cli import main
from dsr.settings import Settings


def test_a_purge_with_nothing_due_says_so(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (
        ("DSR_HOME", str(settings.home)),
        ("DSR_DATABASE_URL", settings.database_url),
        ("DSR_KEYS_URL", settings.keys_url),
    ):
        monkeypatch.setenv(name, value)
    done = CliRunner().invoke(main, ["exports", "purge"])
    assert (done.exit_code, done.stdout) == (0, "0 packages purged\n"), done.output
