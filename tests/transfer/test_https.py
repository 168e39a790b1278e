"""A package goes over HTTPS to a target that proved its name, and nowhere else (GDPR Art. 32(1)(a))."""

import base64
import hashlib
import socket
import threading
import time
import tracemalloc
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest

from dsr.domain.handing_over import (
    Parcel,
    TargetAddress,
    TargetAddressInvalid,
    TargetRefused,
    TargetUnanswered,
    TargetUnreachable,
    TargetUnsafe,
    TargetUntrusted,
)
from dsr.transfer import HttpsTransport
from dsr.transfer.https import LONGEST_RECEIPT
from tests.receiver import Handler, Receiver, listening

HERE = (ip_network("127.0.0.0/8"), ip_network("::1/128"))
CHUNK = bytes(range(256)) * 512
MINUTE = timedelta(minutes=1)


def transport(receiver: Receiver, **changes: Any) -> HttpsTransport:
    known: dict[str, Any] = {"authorities": receiver.authorities, "private_networks": HERE}
    return HttpsTransport(**(known | changes))


def parcel(content: bytes) -> Parcel:
    return Parcel(len(content), hashlib.sha256(content).hexdigest(), "the-export", "what.is.declared")


def send(
    receiver: Receiver, content: bytes = b"a package", *, host: str = "localhost", within: timedelta = MINUTE, **to: Any
) -> str:
    address = TargetAddress.parse(receiver.url(host))
    with transport(receiver, **to).connect(address, within=within) as connection:
        return connection.send(parcel(content), [content[:4], content[4:]])


# What arrives


def test_the_target_gets_the_package_with_what_it_needs_to_check_it(receiver: Receiver) -> None:
    assert send(receiver) == '{"received": true}'
    [got] = receiver.received
    digest = base64.b64encode(hashlib.sha256(b"a package").digest()).decode()
    assert (got.path, got.body) == ("/inbox?from=privacy", b"a package")
    expected = {
        "host": f"localhost:{receiver.port}",
        "content-type": "application/zip",
        "content-length": "9",
        "content-digest": f"sha-256=:{digest}:",
        "idempotency-key": '"the-export"',
        "dsr-hand-over": "what.is.declared",
    }
    assert expected.items() <= got.headers.items()
    assert "transfer-encoding" not in got.headers


def test_an_empty_answer_is_one(receiver: Receiver) -> None:
    receiver.answering(204)
    assert send(receiver) == ""


def test_of_an_endless_answer_the_beginning_is_kept(receiver: Receiver) -> None:
    receiver.answering(200, b"x" * 3 * LONGEST_RECEIPT)
    assert send(receiver) == "x" * LONGEST_RECEIPT


def test_an_answer_that_is_no_text_is_one(receiver: Receiver) -> None:
    receiver.answering(200, b"\xff\x00ok")
    assert send(receiver) == "\N{REPLACEMENT CHARACTER}\N{REPLACEMENT CHARACTER}ok"


def test_a_large_package_is_never_in_memory_as_a_whole(receiver: Receiver) -> None:
    size, counted = 400, [0]

    def behave(handler: Handler) -> None:
        while counted[0] < size * len(CHUNK) and (part := handler.rfile.read(len(CHUNK))):
            counted[0] += len(part)
        handler.answer(200)

    receiver.behaviour = behave
    said = Parcel(size * len(CHUNK), "00" * 32, "the-export", "what.is.declared")
    tracemalloc.start()
    try:
        with transport(receiver).connect(TargetAddress.parse(receiver.url()), within=MINUTE) as connection:
            connection.send(said, (bytes(CHUNK) for _ in range(size)))
        most = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert counted[0] == size * len(CHUNK)
    assert most < 8 * 1024 * 1024, "of 50 MiB"


# Who gets it


def nothing_arrived(receiver: Receiver) -> bool:
    return receiver.received == []


def test_a_certificate_of_an_unknown_authority_is_not_trusted(receiver: Receiver) -> None:
    with pytest.raises(TargetUntrusted):
        send(receiver, authorities=None)
    assert nothing_arrived(receiver)


def test_a_certificate_for_another_name_is_not_trusted(tmp_path: Path) -> None:
    with listening(tmp_path, name="api.other.example") as other:
        with pytest.raises(TargetUntrusted):
            send(other)
        assert nothing_arrived(other)


def test_the_name_is_proven_not_the_address(tmp_path: Path) -> None:
    with listening(tmp_path, name="api.other.example") as other:
        assert send(other, host="api.other.example", resolve=lambda *_: ["127.0.0.1"])
        assert other.received[0].headers["host"] == f"api.other.example:{other.port}"


def test_an_expired_certificate_is_not_trusted(tmp_path: Path) -> None:
    yesterday = datetime.now(UTC) - timedelta(days=1)
    with listening(tmp_path, until=yesterday) as receiver, pytest.raises(TargetUntrusted):
        send(receiver)


@pytest.mark.parametrize("address", ["127.0.0.1", "::1", "::ffff:127.0.0.1"])
def test_a_name_that_leads_inside_is_unsafe_unless_it_is_allowed(receiver: Receiver, address: str) -> None:
    with pytest.raises(TargetUnsafe):
        send(receiver, private_networks=(), resolve=lambda *_: [address])
    assert nothing_arrived(receiver)


def test_the_connection_goes_to_the_address_that_was_looked_at(receiver: Receiver) -> None:
    """A name that leads inside when it is asked a second time (DNS rebinding) is never asked a second time."""
    asked: list[str] = []

    def rebinding(host: str, port: int) -> list[str]:
        asked.append(host)
        return ["127.0.0.1"] if len(asked) == 1 else ["127.0.0.2"]

    assert send(receiver, resolve=rebinding)
    assert asked == ["localhost"]


def test_of_several_addresses_only_those_that_are_allowed_are_tried(receiver: Receiver) -> None:
    only = (ip_network("127.0.0.1/32"),)
    assert send(receiver, private_networks=only, resolve=lambda *_: ["10.255.255.1", "::1", "127.0.0.1"])


def test_an_address_that_does_not_listen_gives_way_to_the_next(receiver: Receiver) -> None:
    assert send(receiver, resolve=lambda *_: ["127.0.0.9", "127.0.0.1"])


def test_who_does_not_listen_is_unreachable(tmp_path: Path) -> None:
    with listening(tmp_path) as gone:
        pass
    with pytest.raises(TargetUnreachable):
        send(gone)


def test_a_name_that_nobody_has_is_unreachable(receiver: Receiver) -> None:
    def unknown(host: str, port: int) -> list[str]:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    with pytest.raises(TargetUnreachable):
        send(receiver, resolve=unknown)
    with pytest.raises(TargetUnreachable):
        send(receiver, host="nobody.invalid")


@pytest.fixture
def plain() -> Iterator[tuple[int, list[bytes]]]:
    """A server that speaks no TLS and never answers; its port, and what it was sent."""
    sent: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as server:

        def listen() -> None:
            connection, _ = server.accept()
            with connection:
                while part := connection.recv(4096):
                    sent.append(part)

        thread = threading.Thread(target=listen, daemon=True)
        thread.start()
        yield server.getsockname()[1], sent
        thread.join(10)


def test_who_never_proves_a_name_gets_nothing(plain: tuple[int, list[bytes]], tmp_path: Path) -> None:
    port, sent = plain
    to = HttpsTransport(authorities=None, private_networks=HERE, connect_seconds=0.3)
    with pytest.raises(TargetUnreachable), to.connect(TargetAddress.parse(f"https://localhost:{port}/"), within=MINUTE):
        pytest.fail("there is no connection")
    assert b"POST" not in b"".join(sent)


# What it answers


@pytest.mark.parametrize("status", [400, 401, 409, 413, 500, 503, 304])
def test_what_is_not_taken_is_refused(receiver: Receiver, status: int) -> None:
    receiver.answering(status, b"for Ada Lovelace" if status != 304 else b"")
    with pytest.raises(TargetRefused) as refused:
        send(receiver)
    assert refused.value.facts == {"target_status": status}
    assert "Ada" not in str(refused.value)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_a_refusal_and_leads_nowhere(receiver: Receiver, tmp_path: Path, status: int) -> None:
    (tmp_path / "other").mkdir()
    with listening(tmp_path / "other") as elsewhere:
        receiver.answering(status, Location=elsewhere.url())
        with pytest.raises(TargetRefused):
            send(receiver)
        assert nothing_arrived(elsewhere)
    assert len(receiver.received) == 1


def test_who_hangs_up_without_an_answer_may_have_it(receiver: Receiver) -> None:
    receiver.behaviour = Handler.take
    with pytest.raises(TargetUnanswered):
        send(receiver)
    assert receiver.received[0].body == b"a package"


def test_who_never_answers_is_not_waited_for_longer_than_was_said(receiver: Receiver) -> None:
    receiver.hanging()
    began = time.monotonic()
    with pytest.raises(TargetUnanswered):
        send(receiver, answer_seconds=0.3)
    assert time.monotonic() - began < 5


def test_nothing_is_sent_once_the_time_is_over(receiver: Receiver) -> None:
    with pytest.raises(TargetUnanswered):
        send(receiver, within=timedelta(0))
    assert nothing_arrived(receiver)


def test_who_answers_drop_by_drop_is_not_waited_for_longer_than_was_said(receiver: Receiver) -> None:
    def behave(handler: Handler) -> None:
        handler.take()
        for sign in b"HTTP/1.1 200 OK\r\nX-Patience: " + b"." * 1000:
            if receiver.released.wait(0.05):
                return
            handler.wfile.write(bytes([sign]))

    receiver.behaviour = behave
    began = time.monotonic()
    with pytest.raises(TargetUnanswered):
        send(receiver, answer_seconds=0.5)
    assert time.monotonic() - began < 5


def large() -> Iterator[bytes]:
    while True:
        yield CHUNK


@pytest.mark.parametrize(("step", "within"), [(0.3, MINUTE), (30, timedelta(seconds=0.5))])
def test_who_does_not_read_is_not_waited_for_longer_than_was_said(
    receiver: Receiver, step: float, within: timedelta
) -> None:
    def behave(_: Handler) -> None:
        receiver.released.wait(30)

    receiver.behaviour = behave
    began = time.monotonic()
    to = transport(receiver, step_seconds=step)
    with (
        pytest.raises(TargetUnanswered),
        to.connect(TargetAddress.parse(receiver.url()), within=within) as connection,
    ):
        connection.send(Parcel(1 << 40, "00" * 32, "key", "said"), large())
    assert time.monotonic() - began < 5


def test_who_hangs_up_in_the_middle_has_not_taken_it(receiver: Receiver) -> None:
    receiver.behaviour = lambda handler: handler.take(1000)
    to = transport(receiver)
    with (
        pytest.raises(TargetUnanswered),
        to.connect(TargetAddress.parse(receiver.url()), within=MINUTE) as connection,
    ):
        connection.send(Parcel(1 << 40, "00" * 32, "key", "said"), large())


@pytest.mark.parametrize(("status", "error"), [(413, TargetRefused), (200, TargetUnanswered)])
def test_an_answer_before_the_end_takes_nothing(receiver: Receiver, status: int, error: type[Exception]) -> None:
    """A refusal says why; a "taken" of what did not arrive is none."""

    def behave(handler: Handler) -> None:
        handler.take(1000)
        handler.answer(status)
        handler.connection.shutdown(socket.SHUT_WR)
        receiver.released.wait(0.5)

    receiver.behaviour = behave
    to = transport(receiver)
    with pytest.raises(error), to.connect(TargetAddress.parse(receiver.url()), within=MINUTE) as connection:
        connection.send(Parcel(1 << 40, "00" * 32, "key", "said"), large())


def test_what_can_not_be_read_is_cut_off(receiver: Receiver) -> None:
    def broken() -> Iterator[bytes]:
        yield b"a pack"
        raise LookupError

    to = transport(receiver)
    with pytest.raises(LookupError), to.connect(TargetAddress.parse(receiver.url()), within=MINUTE) as connection:
        connection.send(parcel(b"a package"), broken())
    assert [each.body for each in receiver.received] in ([], [b"a pack"])


# Where it may go


@pytest.mark.parametrize(
    ("url", "host", "port", "path"),
    [
        ("https://api.other.example", "api.other.example", 443, "/"),
        ("https://API.Other.Example:8443/in?a=b&c", "api.other.example", 8443, "/in?a=b&c"),
        ("https://localhost/", "localhost", 443, "/"),
        ("https://4u.example/x%20y", "4u.example", 443, "/x%20y"),
    ],
)
def test_an_address_is_a_name_a_port_and_a_path(url: str, host: str, port: int, path: str) -> None:
    found = TargetAddress.parse(url)
    assert (found.host, found.port, found.path) == (host, port, path)
    assert "other" not in repr(found)


@pytest.mark.parametrize(
    "url",
    [
        "http://api.other.example/",
        "https:api.other.example",
        "https://user:secret@api.other.example/",
        "https://api.other.example@evil.example/",
        "https://api.other.example\\@evil.example/",
        "https://api.other.example/#part",
        "https://api.other.example/a b",
        "https://api.other.example/a\r\nX: y",
        "https://api.other.example/ü",
        "https://bücher.example/",
        "https://192.0.2.1/",
        "https://2130706433/",
        "https://127.1/",
        "https://[::1]/",
        "https://api..example/",
        "https://.example/",
        "https://example./",
        "https://-a.example/",
        "https://api.other.example:0/",
        "https://api.other.example:65536/",
        "https://api.other.example:/",
        "https://api.other.example?x",
        f"https://{'a' * 64}.example/",
        f"https://{'a.' * 126}example/",
        "https:///x",
        "",
        " https://api.other.example/",
        "https://api.other.example/\n",
    ],
)
def test_nothing_else_is_an_address(url: str) -> None:
    with pytest.raises(TargetAddressInvalid):
        TargetAddress.parse(url)
