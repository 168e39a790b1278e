"""The files of `deploy/`, tried with the programs that they are for: systemd, nginx, Caddy, and a root of their own."""

import os
import shutil
import socket
import ssl
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from http.client import HTTPConnection, HTTPSConnection
from pathlib import Path

import pytest
import trustme
import yaml

from dsr.bootstrap import build
from dsr.settings import Settings
from tests.load.conftest import serving, staffed
from tests.with_servers.programs import free_port, program, started

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
UNITS = ("dsr-web", "dsr-worker", "dsr-scheduler", "dsr-backup")
MOST_EXPOSED = 15
"""Tenths of the measure of `systemd-analyze security`, where 100 is a service that may do everything."""


# systemd -------------------------------------------------------------------------------------------------------


@pytest.fixture
def units(tmp_path: Path) -> Path:
    """The units, with a program that is there."""
    folder = shutil.copytree(DEPLOY / "systemd", tmp_path / "systemd")
    for unit in folder.glob("*.service"):
        unit.write_text(unit.read_text().replace("/opt/dsr/bin/dsr", str(Path(sys.executable).with_name("dsr"))))
    return folder


def test_systemd_reads_the_units(units: Path) -> None:
    files = [str(units / f"{name}.service") for name in UNITS] + [str(units / "dsr-backup.timer")]
    checked = subprocess.run(
        [program("systemd-analyze"), "verify", *files],
        env=os.environ | {"SYSTEMD_UNIT_PATH": f"{units}:"},
        capture_output=True,
        text=True,
        check=False,
    )
    ours = [line for line in checked.stderr.splitlines() if "dsr" in line]
    assert (checked.returncode, ours) == (0, [])


@pytest.mark.parametrize("name", UNITS)
def test_a_unit_may_do_little(units: Path, name: str) -> None:
    checked = subprocess.run(
        [
            program("systemd-analyze"),
            "security",
            "--offline=true",
            f"--threshold={MOST_EXPOSED}",
            "--no-pager",
            str(units / f"{name}.service"),
        ],
        env=os.environ | {"SYSTEMD_UNIT_PATH": f"{units}:"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert checked.returncode == 0, checked.stdout


# Proxies -------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@contextmanager
def nginx(folder: Path, upstream: str, authority: trustme.CA) -> Iterator[tuple[int, int]]:
    """Its ports for https and http."""
    https, http = free_port(), free_port()
    certificate = authority.issue_cert("localhost")
    (folder / "cert.pem").write_bytes(b"".join(each.bytes() for each in certificate.cert_chain_pems))
    certificate.private_key_pem.write_to_path(folder / "key.pem")
    site = (DEPLOY / "nginx" / "dsr.conf").read_text()
    for said, meant in (
        ("listen 443", f"listen 127.0.0.1:{https}"),
        ("listen 80", f"listen 127.0.0.1:{http}"),
        ("/etc/ssl/private/privacy.example.org.key", str(folder / "key.pem")),
        ("/etc/ssl/privacy.example.org.pem", str(folder / "cert.pem")),
        ("privacy.example.org", "localhost"),
        ("http://127.0.0.1:8000", upstream),
    ):
        assert said in site
        site = site.replace(said, meant)
    (folder / "nginx.conf").write_text(
        f"user root; daemon off; pid {folder}/pid; error_log {folder}/error.log;\nevents {{}}\n"
        f"http {{ access_log off; client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy;\n{site}}}\n"
    )
    with started([program("nginx"), "-c", str(folder / "nginx.conf"), "-e", str(folder / "error.log")], https, {}):
        yield https, http


@contextmanager
def caddy(folder: Path, upstream: str, authority: trustme.CA) -> Iterator[tuple[int, int]]:
    """Its ports for https and http; it makes a certificate of its own for this name."""
    https, http = free_port(), free_port()
    (folder / "Caddyfile").write_text(
        f"{{\n admin off\n skip_install_trust\n http_port {http}\n https_port {https}\n}}\n"
        f"import {DEPLOY / 'caddy' / 'Caddyfile'}\n"
    )
    environment = {"DSR_SITE": "localhost", "DSR_UPSTREAM": upstream.removeprefix("http://"), "HOME": str(folder)}
    environment |= {"XDG_DATA_HOME": str(folder), "XDG_CONFIG_HOME": str(folder)}
    with started([program("caddy"), "run", "--config", str(folder / "Caddyfile")], https, environment):
        yield https, http


@pytest.fixture
def upstream(install: Callable[[str], Settings]) -> Iterator[tuple[str, str]]:
    """The URL of a service that trusts the proxy, and a token."""
    settings = install("sqlite")
    service = build(settings)
    token = staffed(service)
    service.close()
    environment = {
        "DSR_HOME": str(settings.home),
        "DSR_DATABASE_URL": settings.database_url,
        "DSR_KEYS_URL": settings.keys_url,
        "DSR_PUBLIC_URL": "https://localhost",
        "DSR_TRUSTED_PROXIES": "127.0.0.1/32",
    }
    with serving(environment) as url:
        yield url, token


@pytest.mark.parametrize("proxy", [nginx, caddy])
def test_a_proxy_ends_tls_and_lets_the_largest_mail_through(
    proxy: Callable[[Path, str, trustme.CA], AbstractContextManager[tuple[int, int]]],
    upstream: tuple[str, str],
    authority: trustme.CA,
    tmp_path: Path,
) -> None:
    url, token = upstream
    trusting = ssl.create_default_context()
    trusting.check_hostname = False
    trusting.verify_mode = ssl.CERT_NONE  # one of the two makes its own certificate
    with proxy(tmp_path, url, authority) as (https, http):
        connection = HTTPSConnection("localhost", https, context=trusting, timeout=60)
        connection.request("GET", "/health/ready", headers={"X-Forwarded-For": "203.0.113.9"})
        answer = connection.getresponse()
        assert (answer.status, answer.read() != b"", answer.headers["Strict-Transport-Security"] is not None) == (
            200,
            True,
            True,
        )
        # a mail a little below the limit of 25 MiB
        head = b"From: ada@example.org\r\nTo: privacy@example.org\r\nSubject: My data\r\n\r\n"
        mail = head + b"Please send me my data. " * ((25 * 1024 * 1024 - 4096) // 24)
        connection.request(
            "POST",
            "/api/v1/intake/messages",
            mail,
            {"Authorization": f"Bearer {token}", "Content-Type": "message/rfc822"},
        )
        answer = connection.getresponse()
        assert (answer.status, b"outcome" in answer.read()) == (202, True)  # no record of processing yet
        # TLS 1.2 with a cipher suite that no longer counts as strong fails
        weak = ssl.create_default_context()
        weak.check_hostname, weak.verify_mode = False, ssl.CERT_NONE
        weak.maximum_version = ssl.TLSVersion.TLSv1_2
        weak.set_ciphers("AES128-SHA:ECDHE-ECDSA-AES128-SHA:ECDHE-RSA-AES128-SHA:@SECLEVEL=0")
        with pytest.raises(ssl.SSLError):
            HTTPSConnection("localhost", https, context=weak, timeout=30).request("GET", "/health/ready")
        # whoever comes without TLS is sent to it, but no program
        plain = HTTPConnection("localhost", http, timeout=30)
        plain.request("GET", "/my", headers={"Host": "localhost"})
        answer = plain.getresponse()
        assert answer.status in (301, 308)
        assert answer.headers["Location"].startswith("https://localhost")
        answer.read()
        plain.request("GET", "/api/v1/requests", headers={"Host": "localhost"})
        assert plain.getresponse().status == 403


# A root of its own -----------------------------------------------------------------------------------------------

NOBODY = 65534
SYSTEM = "/usr/sbin:/usr/bin:/sbin:/bin"
"""Where Debian has its programs: the service is run by somebody who can't read our Python."""


@pytest.fixture
def root() -> Iterator[Path]:
    """A folder that everybody may read."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


def test_the_steps_of_the_container_make_a_service_that_nobody_in_particular_runs(root: Path) -> None:
    """The same script installs it, the same environment names its secrets, the same command asks for its health."""
    # given: what the container file builds
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(root)],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    [wheel] = root.glob("*.whl")
    program_folder = root / "opt"
    subprocess.run(["sh", str(DEPLOY / "install"), str(wheel), str(program_folder)], env={"PATH": SYSTEM}, check=True)
    # given: what compose mounts
    home, secrets = root / "home", root / "secrets"
    web = yaml.safe_load((DEPLOY / "container" / "compose.yaml").read_text())["services"]["web"]
    said = {
        "database-url": f"sqlite:///{home}/dsr.sqlite",
        "keys-url": f"sqlite:///{home}/keys.sqlite",
        "mail-out": f"maildir:{home}/outgoing",
        "mail-in": f"maildir:{home}/incoming",
    }
    for folder in (home, secrets):
        folder.mkdir()
        os.chown(folder, NOBODY, NOBODY)
    for name in web["secrets"]:
        (secrets / name).write_text(f"{said[name]}\n")
        (secrets / name).chmod(0o400)
        os.chown(secrets / name, NOBODY, NOBODY)
    environment = {
        name: value.replace("/run/secrets", str(secrets)).replace("10.89.7.0/24", "127.0.0.1/32")
        for name, value in web["environment"].items()
    }
    environment |= {
        "DSR_PUBLIC_URL": "https://localhost",
        "DSR_HOME": str(home),
        "PATH": f"{program_folder}/bin:{SYSTEM}",
    }

    def run(*command: str) -> subprocess.CompletedProcess[bytes]:
        return subprocess.run(
            command, env=environment, cwd=home, user=NOBODY, group=NOBODY, extra_groups=[], check=True, timeout=60
        )

    # when
    run("dsr", "init")
    port = free_port()
    said_by_compose = ["127.0.0.1" if word == "0.0.0.0" else word for word in web["command"]]  # noqa: S104 - as it stands there
    command = [str(program_folder / "bin" / "dsr"), *said_by_compose, "--port", str(port)]
    with subprocess.Popen(
        command, env=environment, cwd=home, user=NOBODY, group=NOBODY, extra_groups=[], stdout=subprocess.DEVNULL
    ) as process:
        try:
            ends = time.monotonic() + 30
            while True:
                with socket.socket() as asking:
                    if asking.connect_ex(("127.0.0.1", port)) == 0:
                        break
                assert time.monotonic() < ends, "it does not listen"
                time.sleep(0.1)
            # then
            asked = web["healthcheck"]["test"]
            assert asked[0] == "CMD"
            assert run(*(word.replace(":8000", f":{port}") for word in asked[1:])).returncode == 0
        finally:
            process.terminate()
            assert process.wait(30) == 0
