"""Settings: from the environment, complete, all bad values at once."""

import os
from dataclasses import fields, replace
from ipaddress import ip_network
from pathlib import Path

import pytest
import trustme

from dsr.settings import VARIABLES, MailIn, MailOut, ScannerAddress, Settings, SettingsInvalid, load_settings


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
        "DSR_TOKEN_DAYS": "367",
        "DSR_EXPORT_DAYS": "100000",
        "DSR_METRICS_OPEN": "maybe",
        "DSR_TRUSTED_PROXIES": "proxy.example.org",
        "DSR_MAIL_OUT": "imap://user:sesame@host",
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


def test_mail_is_kept_for_days_or_for_ever() -> None:
    assert load_settings({}).mail_days == 30
    assert load_settings({"DSR_MAIL_DAYS": "0"}).mail_days == 0
    with pytest.raises(SettingsInvalid, match="DSR_MAIL_DAYS"):
        load_settings({"DSR_MAIL_DAYS": "-1"})


def test_each_field_has_one_variable() -> None:
    assert [variable.field for variable in VARIABLES] == [each.name for each in fields(Settings)]
    assert all(variable.meaning for variable in VARIABLES)


# Secrets in files ------------------------------------------------------------------------------------------------

SECRETS = {
    "DSR_DATABASE_URL": "postgresql://dsr:sesame@db/dsr",
    "DSR_KEYS_URL": "postgresql://dsr:sesame@db/keys",
    "DSR_MAIL_OUT": "smtp://dsr:sesame@mx.example",
    "DSR_MAIL_IN": "imaps://dsr:sesame@mx.example",
    "DSR_MAIL_OAUTH_CLIENT_SECRET": "sesame",
    "DSR_OIDC_CLIENT_SECRET": "sesame",
    "DSR_SCIM_TOKEN": "sesame" * 6,
    "DSR_TELL_WEBHOOK": "https://chat.example.org/hooks/sesame",
}
OAUTH = {
    "DSR_MAIL_IN": "imaps://team%40x@mx.example",
    "DSR_MAIL_OAUTH_TOKEN_URL": "https://login.example.org/x/oauth2/v2.0/token",
    "DSR_MAIL_OAUTH_CLIENT_ID": "dsr",
}


OIDC = {
    "DSR_PUBLIC_URL": "https://privacy.example.org",
    "DSR_OIDC_ISSUER": "https://login.example.org/realms/office",
    "DSR_OIDC_CLIENT_ID": "dsr",
}


def secret_file(path: Path, text: str | bytes, mode: int = 0o600) -> str:
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    path.chmod(mode)
    return str(path)


def test_every_setting_that_may_hold_a_password_can_stand_in_a_file() -> None:
    assert {each.name for each in VARIABLES if each.is_secret} == set(SECRETS)


@pytest.mark.parametrize("name", SECRETS)
@pytest.mark.parametrize("end", ["", "\n", "\r\n"])
def test_a_secret_in_a_file_is_worth_as_much_as_in_the_environment(name: str, end: str, tmp_path: Path) -> None:
    file = secret_file(tmp_path / "secret", SECRETS[name] + end)
    others = OAUTH if "OAUTH" in name else OIDC if "OIDC" in name else {}
    settings = load_settings(others | {f"{name}_FILE": file})
    assert settings == load_settings(others | {name: SECRETS[name]})
    assert name.endswith("_URL") or "sesame" not in repr(settings)


def test_of_the_value_and_its_file_one_is_given(tmp_path: Path) -> None:
    file = secret_file(tmp_path / "secret", SECRETS["DSR_MAIL_OUT"])
    both = {"DSR_MAIL_OUT": SECRETS["DSR_MAIL_OUT"], "DSR_MAIL_OUT_FILE": file}
    with pytest.raises(SettingsInvalid, match="DSR_MAIL_OUT and DSR_MAIL_OUT_FILE: both are set"):
        load_settings(both)
    assert load_settings(both | {"DSR_MAIL_OUT": ""}).mail_out.password == "sesame"


@pytest.mark.parametrize("mode", [0o604, 0o602, 0o644, 0o666, 0o620])
def test_a_secret_that_other_users_can_read_or_write_is_refused(mode: int, tmp_path: Path) -> None:
    file = secret_file(tmp_path / "secret", SECRETS["DSR_MAIL_OUT"], mode)
    with pytest.raises(SettingsInvalid, match="DSR_MAIL_OUT_FILE: other users of this machine") as refused:
        load_settings({"DSR_MAIL_OUT_FILE": file})
    assert "sesame" not in str(refused.value)


def test_a_group_may_read_a_secret_of_root_only_as_systemd_shows_it(tmp_path: Path) -> None:
    file = secret_file(tmp_path / "credential", SECRETS["DSR_MAIL_OUT"], 0o440)
    if os.geteuid() == 0:
        assert load_settings({"DSR_MAIL_OUT_FILE": file}).mail_out.password == "sesame"
        os.chown(file, 65534, 65534)  # now it is that of another user
    with pytest.raises(SettingsInvalid, match="other users of this machine"):
        load_settings({"DSR_MAIL_OUT_FILE": file})


def test_a_link_to_a_secret_leads_to_it(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(secret_file(tmp_path / "secret", SECRETS["DSR_MAIL_OUT"]))
    assert load_settings({"DSR_MAIL_OUT_FILE": str(tmp_path / "link")}).mail_out.password == "sesame"


@pytest.mark.parametrize("content", [b"", b"\n", b"smtp://sesame\nsmtp://sesame\n", b"sesame\xff", b"sesame" * 20_000])
def test_a_file_without_one_line_of_text_is_refused_and_not_quoted(content: bytes, tmp_path: Path) -> None:
    with pytest.raises(SettingsInvalid, match="DSR_MAIL_OUT_FILE: must name a file") as refused:
        load_settings({"DSR_MAIL_OUT_FILE": secret_file(tmp_path / "secret", content)})
    assert "sesame" not in str(refused.value)


def test_a_secret_that_is_not_there_and_a_bad_one_in_a_file_are_named_at_once(tmp_path: Path) -> None:
    given = {
        "DSR_MAIL_IN_FILE": str(tmp_path / "nowhere"),
        "DSR_KEYS_URL_FILE": str(tmp_path),
        "DSR_MAIL_OUT_FILE": secret_file(tmp_path / "secret", "http://sesame"),
        "DSR_TOKEN_DAYS_FILE": secret_file(tmp_path / "days", "90"),
    }
    with pytest.raises(SettingsInvalid) as refused:
        load_settings(given)
    assert {each.partition(":")[0] for each in refused.value.problems} == {
        "DSR_MAIL_IN_FILE",
        "DSR_KEYS_URL_FILE",
        "DSR_MAIL_OUT",
        "DSR_TOKEN_DAYS_FILE",
    }
    assert "sesame" not in str(refused.value)


# How mail leaves -------------------------------------------------------------------------------------------------


def test_mail_leaves_into_a_folder_of_the_service_unless_a_server_is_named(tmp_path: Path) -> None:
    assert load_settings({"DSR_HOME": str(tmp_path)}).mail_out == MailOut(folder=tmp_path / "outgoing")
    assert load_settings({"DSR_MAIL_OUT": "maildir:/var/out"}).mail_out == MailOut(folder=Path("/var/out"))


@pytest.mark.parametrize(
    ("text", "out"),
    [
        ("smtp://mx.example", MailOut(host="mx.example", port=587, tls="starttls")),
        ("smtps://mx.example", MailOut(host="mx.example", port=465, tls="implicit")),
        (
            "smtp://dsr%40x:s%3Aes%2Fame@mx.example:2525",
            MailOut(host="mx.example", port=2525, tls="starttls", user="dsr@x", password="s:es/ame"),
        ),
        ("smtp://localhost:25?tls=none", MailOut(host="localhost", port=25, tls="none")),
        ("smtp://[::1]:25/?tls=none", MailOut(host="::1", port=25, tls="none")),
    ],
)
def test_a_mail_server_is_named_by_a_url(text: str, out: MailOut) -> None:
    found = load_settings({"DSR_MAIL_OUT": text}).mail_out
    assert found == out
    assert found.password not in repr(found) or not found.password


@pytest.mark.parametrize(
    "text",
    [
        "http://dsr:sesame@mx.example",
        "smtp://dsr:sesame@",
        "smtp://dsr:sesame@mx.example:port",
        "smtp://dsr:sesame@mx.example:99999",
        "smtp://dsr:sesame@mx.example:0",
        "smtp://dsr:sesame@mx.example/inbox",
        "smtp://dsr:sesame@mx.example#here",
        "smtp://dsr:sesame@[mx.example",
        "smtp://:sesame@mx.example",
        "smtp://dsr@mx.example",
        "smtp://dsr:sesame@mx.example?tls=none",
        "smtps://dsr:sesame@localhost?tls=none",
        "smtp://dsr:sesame@mx.example?tls=maybe",
        "smtp://dsr:sesame@mx.example?sesame",
    ],
)
def test_what_names_no_mail_server_is_refused_without_telling_the_password(text: str) -> None:
    with pytest.raises(SettingsInvalid, match="DSR_MAIL_OUT") as invalid:
        load_settings({"DSR_MAIL_OUT": text})
    assert "sesame" not in str(invalid.value)
    assert "sesame" not in repr(invalid.value.__cause__)


# Where mail waits ------------------------------------------------------------------------------------------------


def test_no_inbox_is_read_unless_one_is_named() -> None:
    assert load_settings({}).mail_in is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("maildir:/var/mail/privacy", MailIn(folder=Path("/var/mail/privacy"))),
        ("imaps://dsr:sesame@mx.example", MailIn(host="mx.example", port=993, tls="implicit", user="dsr")),
        ("imap://dsr:sesame@mx.example/", MailIn(host="mx.example", port=143, tls="starttls", user="dsr")),
        ("imap://dsr:sesame@[::1]:1143?tls=none", MailIn(host="::1", port=1143, tls="none", user="dsr")),
        (
            "imaps://dsr%40x:sesame@mx.example:9993/Daten%20&%20Schutz/Anfragen?done=Erledigt%2F2026&failed=Offen",
            MailIn(
                host="mx.example",
                port=9993,
                tls="implicit",
                user="dsr@x",
                mailbox="Daten & Schutz/Anfragen",
                done="Erledigt/2026",
                failed="Offen",
            ),
        ),
    ],
)
def test_an_inbox_is_named_by_a_folder_or_a_url(text: str, expected: MailIn) -> None:
    found = load_settings({"DSR_MAIL_IN": text}).mail_in
    assert found is not None
    assert replace(found, password="") == expected
    assert found.password == ("sesame" if found.folder is None else "")
    assert "sesame" not in repr(load_settings({"DSR_MAIL_IN": text}))


@pytest.mark.parametrize(
    "text",
    [
        "dsr:sesame",
        "maildir:",
        "pop3://dsr:sesame@mx.example",
        "imaps://dsr:sesame@",
        "imaps://mx.example/INBOX",
        "imaps://dsr@mx.example",
        "imaps://:sesame@mx.example",
        "imaps://dsr:sesame@mx.example:port",
        "imaps://dsr:sesame@mx.example:0",
        "imaps://dsr:sesame@mx.example#here",
        "imaps://dsr:sesame@[mx.example",
        "imap://dsr:sesame@mx.example?tls=none",
        "imaps://dsr:sesame@localhost?tls=none",
        "imap://dsr:sesame@localhost?tls=maybe",
        "imaps://dsr:sesame@mx.example?sesame",
        "imaps://dsr:sesame@mx.example?done=a&done=b",
        "imaps://dsr:sesame@mx.example?done=",
        "imaps://dsr:sesame@mx.example?done=inbox",
        "imaps://dsr:sesame@mx.example?done=failed",
    ],
)
def test_what_names_no_inbox_is_refused_without_telling_the_password(text: str) -> None:
    with pytest.raises(SettingsInvalid, match="DSR_MAIL_IN") as invalid:
        load_settings({"DSR_MAIL_IN": text})
    assert "sesame" not in str(invalid.value)
    assert "sesame" not in repr(invalid.value.__cause__)


def test_a_mail_server_without_a_password_is_for_access_tokens_and_both_stand_together() -> None:
    whole = OAUTH | {"DSR_MAIL_OAUTH_CLIENT_SECRET": "sesame"}
    settings = load_settings(whole | {"DSR_MAIL_OUT": "smtp://team%40x@mx.example"})
    assert settings.mail_in is not None
    assert (settings.mail_in.user, settings.mail_in.password) == ("team@x", "")
    assert (settings.mail_out.user, settings.mail_out.password) == ("team@x", "")
    for given, named in (
        (OAUTH, "DSR_MAIL_OAUTH_CLIENT_SECRET"),
        (whole | {"DSR_MAIL_OAUTH_TOKEN_URL": ""}, "DSR_MAIL_OAUTH_TOKEN_URL"),
        (whole | {"DSR_MAIL_OAUTH_CLIENT_ID": ""}, "DSR_MAIL_OAUTH_CLIENT_ID"),
        (whole | {"DSR_MAIL_OAUTH_TOKEN_URL": "http://login.example.org/token"}, "DSR_MAIL_OAUTH_TOKEN_URL"),
        (whole | {"DSR_MAIL_IN": "imaps://dsr:sesame@mx.example"}, "DSR_MAIL_OAUTH_TOKEN_URL"),
        ({"DSR_MAIL_IN": OAUTH["DSR_MAIL_IN"]}, "DSR_MAIL_IN"),
        ({"DSR_MAIL_OUT": "smtp://team%40x@mx.example"}, "DSR_MAIL_OUT"),
    ):
        with pytest.raises(SettingsInvalid, match=f"^{named}: ") as refused:
            load_settings(given)
        assert "sesame" not in str(refused.value)


def test_a_scanner_listens_at_a_socket_or_a_port() -> None:
    assert load_settings({}).scanner is None
    for text, where in (
        ("clamd:/run/clamav/clamd.ctl", ScannerAddress(path=Path("/run/clamav/clamd.ctl"))),
        ("clamd:localhost:3310", ScannerAddress(host="localhost", port=3310)),
        ("clamd:[::1]:3310", ScannerAddress(host="::1", port=3310)),
    ):
        assert load_settings({"DSR_SCANNER": text}).scanner == where
    for text in (
        "clamd:",
        "clamd:localhost",
        "clamd:localhost:0",
        "clamd:localhost:65536",
        "icap:localhost:1344",
        "/x",
    ):
        with pytest.raises(SettingsInvalid, match="DSR_SCANNER: must be clamd:"):
            load_settings({"DSR_SCANNER": text})


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


# Sign-in at the organisation ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "missing", ["DSR_OIDC_ISSUER", "DSR_OIDC_CLIENT_ID", "DSR_OIDC_CLIENT_SECRET", "DSR_PUBLIC_URL"]
)
def test_the_settings_of_a_provider_stand_together(missing: str) -> None:
    whole = OIDC | {"DSR_OIDC_CLIENT_SECRET": "sesame"}
    assert load_settings(whole).oidc_issuer == "https://login.example.org/realms/office"
    with pytest.raises(SettingsInvalid, match=f"{missing}: is needed with"):
        load_settings({name: value for name, value in whole.items() if name != missing})


@pytest.mark.parametrize(
    "issuer", ["http://login.example.org", "login.example.org", "https://a@b.example", "https://x/?y"]
)
def test_a_provider_has_an_https_address(issuer: str) -> None:
    with pytest.raises(SettingsInvalid, match="DSR_OIDC_ISSUER: must be like"):
        load_settings(OIDC | {"DSR_OIDC_CLIENT_SECRET": "sesame", "DSR_OIDC_ISSUER": issuer})


@pytest.mark.parametrize("token", ["short", "with a space " * 4, "x" * 201])
def test_the_secret_of_the_directory_is_long_and_has_no_spaces(token: str) -> None:
    assert load_settings({"DSR_SCIM_TOKEN": "x" * 32}).scim_token == "x" * 32
    with pytest.raises(SettingsInvalid, match="DSR_SCIM_TOKEN"):
        load_settings({"DSR_SCIM_TOKEN": token})


def test_the_secret_of_the_directory_needs_its_library(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dsr.settings.find_spec", lambda _: None)
    with pytest.raises(SettingsInvalid, match="data-subject-rights\\[scim\\]"):
        load_settings({"DSR_SCIM_TOKEN": "x" * 32})
