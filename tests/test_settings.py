"""Settings: from the environment, complete, all bad values at once."""

from dataclasses import fields
from ipaddress import ip_network
from pathlib import Path

import pytest
import trustme

from dsr.settings import VARIABLES, Settings, SettingsInvalid, load_settings


def test_nothing_set_gives_an_embedded_service_below_the_working_folder() -> None:
    settings = load_settings({})
    home = Path.cwd() / "dsr-data"
    assert (settings.home, settings.keyring, settings.blobs) == (home, home / "keyring.json", home / "blobs")
    assert settings.database_url == f"sqlite:///{home}/dsr.sqlite"
    assert settings.keys_url == f"sqlite:///{home}/keys.sqlite"


def test_an_empty_value_is_no_value(tmp_path: Path) -> None:
    assert load_settings({"DSR_HOME": str(tmp_path), "DSR_TOKEN_DAYS": ""}).token_days == 90


def test_paths_are_absolute_and_the_users_home_is_known() -> None:
    settings = load_settings({"DSR_HOME": "somewhere", "DSR_KEYRING": "~/keyring.json"})
    assert settings.home == Path.cwd() / "somewhere"
    assert settings.keyring == Path.home() / "keyring.json"


def test_every_bad_value_is_named_at_once() -> None:
    bad = {
        "DSR_MAX_MESSAGE_BYTES": "many",
        "DSR_MAX_UPLOAD_BYTES": "-5",
        "DSR_MAX_BODY_BYTES": "0",
        "DSR_TOKEN_DAYS": "1.5",
        "DSR_EXPORT_DAYS": "100000",
        "DSR_METRICS_OPEN": "maybe",
        "DSR_DATABASE_URL": "mysql://user:sesame@host/name",
        "DSR_TOKENS_DAYS": "90",
    }
    with pytest.raises(SettingsInvalid) as invalid:
        load_settings(bad)
    assert {problem.partition(":")[0] for problem in invalid.value.problems} == set(bad)
    assert "sesame" not in str(invalid.value), "a URL may hold a password"


def test_an_unknown_setting_is_a_mistake_and_other_programs_names_are_none() -> None:
    with pytest.raises(SettingsInvalid, match="DSR_DATABASE: there is no such setting"):
        load_settings({"DSR_DATABASE": "sqlite:///x", "PATH": "/bin", "DSR_TEST_POSTGRES_URL": "postgresql://x"})


def test_keys_never_share_the_database_of_the_log() -> None:
    url = "postgresql://dsr@db/dsr"
    with pytest.raises(SettingsInvalid, match="DSR_KEYS_URL"):
        load_settings({"DSR_DATABASE_URL": url, "DSR_KEYS_URL": url})


def test_each_field_has_one_variable() -> None:
    assert [variable.field for variable in VARIABLES] == [each.name for each in fields(Settings)]
    assert all(variable.meaning for variable in VARIABLES)


def test_hand_overs_go_to_named_networks_and_trust_authorities_that_can_be_read(tmp_path: Path) -> None:
    assert load_settings({}).transfer_private_networks == ()
    assert load_settings({}).transfer_ca is None
    pem = tmp_path / "ca.pem"
    trustme.CA().cert_pem.write_to_path(str(pem))
    given = {"DSR_TRANSFER_PRIVATE_NETWORKS": "10.20.0.0/16, fd00:1::/32", "DSR_TRANSFER_CA": str(pem)}
    settings = load_settings(given)
    assert settings.transfer_private_networks == (ip_network("10.20.0.0/16"), ip_network("fd00:1::/32"))
    assert settings.transfer_ca == pem
    (tmp_path / "empty.pem").touch()
    for name, value in (
        ("DSR_TRANSFER_PRIVATE_NETWORKS", "10.20.0.1/16"),
        ("DSR_TRANSFER_PRIVATE_NETWORKS", "yes"),
        ("DSR_TRANSFER_CA", str(tmp_path / "nowhere.pem")),
        ("DSR_TRANSFER_CA", str(tmp_path / "empty.pem")),
    ):
        with pytest.raises(SettingsInvalid, match=name):
            load_settings({name: value})
