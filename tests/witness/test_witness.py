"""A witness cosigns what extends what it saw, and nothing else, whatever it is sent."""

import base64
import socket
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from itertools import chain, repeat
from pathlib import Path

import pytest
from click.testing import CliRunner
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.serving import make_server
from werkzeug.test import TestResponse

from dsr.api.server import WebWorker
from dsr.cli.witness import command
from dsr.evidence import egress
from dsr.evidence.checkpoint import Checkpoint
from dsr.evidence.errors import WitnessKeyUnusable
from dsr.evidence.signed_note import LOG_KEY, WITNESS_KEY, NoteSignature, NoteSigner, SignedNote
from dsr.evidence.tree import leaf_hash, node_hash, prove_consistency, root
from dsr.evidence.witnesses import Witness, WitnessAway, WitnessSawOther
from dsr.witness import app
from dsr.witness.app import create_witness
from dsr.witness.key_file import make_key, read_key
from dsr.witness.memory import Memory

LOG = NoteSigner.of(Ed25519PrivateKey.from_private_bytes(bytes(32)), "dsr/log", LOG_KEY)
WITNESS = NoteSigner.of(Ed25519PrivateKey.from_private_bytes(bytes(32)), "w/w", WITNESS_KEY).verifier


def perfect(level: int, index: int, *, forged: bool = False) -> bytes:
    """The tree over the numbers of its leaves; a forged one has another first leaf."""
    if level == 0:
        return leaf_hash(b"forged" if forged and index == 0 else b"%d" % index)
    return node_hash(perfect(level - 1, 2 * index, forged=forged), perfect(level - 1, 2 * index + 1, forged=forged))


def forged_perfect(level: int, index: int) -> bytes:
    return perfect(level, index, forged=True)


def checkpoint(size: int, *, signer: NoteSigner = LOG, forged: bool = False, origin: str = "dsr/log") -> SignedNote:
    text = str(Checkpoint(origin, size, root(size, forged_perfect if forged else perfect)))
    return SignedNote(text, (signer.sign(text),))


def growth(size: int) -> Callable[[int], list[bytes]]:
    return lambda earlier: prove_consistency(earlier, size, perfect)


@pytest.fixture
def signer(tmp_path: Path) -> NoteSigner:
    make_key("dpo.example/witness", tmp_path / "witness.key")
    return read_key(tmp_path / "witness.key")


@pytest.fixture
def client(signer: NoteSigner, tmp_path: Path) -> FlaskClient:
    return create_witness(signer, [LOG.verifier], Memory(tmp_path / "state.sqlite")).test_client()


def sent(client: FlaskClient, old: int, note: SignedNote, proof: list[bytes] | None = None) -> TestResponse:
    size = Checkpoint.parse(note.text).size
    hashes = (prove_consistency(old, size, perfect) if old <= size else []) if proof is None else proof
    lines = [f"old {old}", *(base64.b64encode(each).decode() for each in hashes)]
    return client.post("/add-checkpoint", data="\n".join(lines) + "\n\n" + str(note))


def test_a_checkpoint_that_extends_what_was_seen_is_cosigned(client: FlaskClient, signer: NoteSigner) -> None:
    for old, size in ((0, 3), (3, 3), (3, 8), (8, 21)):
        note = checkpoint(size)
        answer = sent(client, old, note)
        assert answer.status_code == 200
        assert signer.verifier.verifies(NoteSignature.parse(answer.text.removesuffix("\n")), note.text)


def test_a_rewritten_history_is_not_cosigned(client: FlaskClient) -> None:
    sent(client, 0, checkpoint(5))
    # of the same size, longer with a proof of the honest one, longer with its own proof
    assert sent(client, 5, checkpoint(5, forged=True)).status_code == 409
    assert sent(client, 5, checkpoint(9, forged=True)).status_code == 422
    assert sent(client, 5, checkpoint(9, forged=True), prove_consistency(5, 9, forged_perfect)).status_code == 422
    assert sent(client, 0, checkpoint(9, forged=True), []).status_code == 409
    # then: what was seen still holds
    assert sent(client, 5, checkpoint(9)).status_code == 200


def test_a_shorter_log_is_not_cosigned(client: FlaskClient) -> None:
    sent(client, 0, checkpoint(5))
    answer = sent(client, 3, checkpoint(4))
    assert (answer.status_code, answer.text, answer.content_type) == (409, "5\n", "text/x.tlog.size")
    assert sent(client, 5, checkpoint(4)).status_code == 400


def test_unknown_logs_and_keys_are_refused(client: FlaskClient) -> None:
    other = NoteSigner.of(Ed25519PrivateKey.generate(), "dsr/log", LOG_KEY)
    stranger = NoteSigner.of(Ed25519PrivateKey.generate(), "other/log", LOG_KEY)
    assert sent(client, 0, checkpoint(5, signer=other)).status_code == 403
    assert sent(client, 0, checkpoint(5, signer=stranger, origin="other/log")).status_code == 404


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"old 0",
        b"old 0\n\n",
        b"old x\n\n" + str(checkpoint(1)).encode(),
        b"old -1\n\n" + str(checkpoint(1)).encode(),
        b"new 0\n\n" + str(checkpoint(1)).encode(),
        b"old 0\n***\n\n" + str(checkpoint(1)).encode(),
        b"old 0\n" + b"AAAA\n" * 64 + b"\n" + str(checkpoint(1)).encode(),
        b"\xff\xfe",
    ],
)
def test_what_is_no_request_is_refused(client: FlaskClient, raw: bytes) -> None:
    assert client.post("/add-checkpoint", data=raw).status_code == 400


@given(raw=st.binary(max_size=300), cut=st.integers(0, 200))
def test_whatever_is_sent_gets_an_answer(tmp_path_factory: pytest.TempPathFactory, raw: bytes, cut: int) -> None:
    folder = tmp_path_factory.mktemp("witness")
    client = create_witness(
        make_key("w/w", folder / "key"), [LOG.verifier], Memory(folder / "state.sqlite")
    ).test_client()
    honest = b"old 0\n\n" + str(checkpoint(3)).encode()
    for data in (raw, honest[:cut] + raw, honest[:cut] + raw + honest[cut:]):
        assert client.post("/add-checkpoint", data=data).status_code in (200, 400, 403, 404, 409, 422)


def test_too_much_is_refused_unread(client: FlaskClient) -> None:
    assert client.post("/add-checkpoint", data=b"old 0\n\n" + b"a" * 100_000).status_code == 413


def test_a_witness_that_was_started_again_remembers(signer: NoteSigner, tmp_path: Path) -> None:
    first = create_witness(signer, [LOG.verifier], Memory(tmp_path / "state.sqlite")).test_client()
    sent(first, 0, checkpoint(5))
    again = create_witness(signer, [LOG.verifier], Memory(tmp_path / "state.sqlite")).test_client()
    assert sent(again, 0, checkpoint(5), []).text == "5\n"


def test_of_two_histories_at_once_one_is_cosigned(signer: NoteSigner, tmp_path: Path) -> None:
    # given: eight processes share the memory, and get an honest or a forged continuation
    sent(create_witness(signer, [LOG.verifier], Memory(tmp_path / "state.sqlite")).test_client(), 0, checkpoint(1))
    statuses, ready = list[tuple[bool, int]](), threading.Barrier(8)

    def send(number: int) -> None:
        client = create_witness(signer, [LOG.verifier], Memory(tmp_path / "state.sqlite")).test_client()
        forged = bool(number % 2)
        text = str(Checkpoint("dsr/log", 2, node_hash(leaf_hash(b"0"), leaf_hash(b"forged" if forged else b"1"))))
        note = SignedNote(text, (LOG.sign(text),))
        proof = [leaf_hash(b"forged" if forged else b"1")]
        ready.wait()
        statuses.append((forged, sent(client, 1, note, proof).status_code))

    # when
    threads = [threading.Thread(target=send, args=(number,)) for number in range(8)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    # then
    assert [status for _, status in statuses].count(200) == 1
    assert {status for _, status in statuses} == {200, 409}


def test_a_key_is_never_written_over(tmp_path: Path) -> None:
    made = make_key("w/w", tmp_path / "key")
    with pytest.raises(WitnessKeyUnusable):
        make_key("w/w", tmp_path / "key")
    assert read_key(tmp_path / "key").verifier == made.verifier
    assert (tmp_path / "key").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("content", ["", "PRIVATE+KEY+a", "PRIVATE+KEY+a+00000000+AAAA", "PRIVATE+KEY+a+0+***"])
def test_what_is_no_key_file_is_named(tmp_path: Path, content: str) -> None:
    (tmp_path / "key").write_text(content)
    with pytest.raises(WitnessKeyUnusable):
        read_key(tmp_path / "key")


def test_it_is_served_by_the_worker_that_gives_no_thread_to_slow_senders(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With real slow senders: tests/with_servers/test_witness_and_slow_senders.py."""
    # given
    make_key("w/w", tmp_path / "key")
    served = list[object]()
    monkeypatch.setattr(app, "serve_witness", lambda _, **said: served.append(said["worker"]))
    # when
    serve = ["serve", str(tmp_path / "key"), "--state", str(tmp_path / "state"), "--log", str(LOG.verifier)]
    ran = CliRunner().invoke(command, serve, catch_exceptions=False)
    # then
    assert (ran.exit_code, served) == (0, [WebWorker])


# Asked over HTTP -------------------------------------------------------------------------------------------------


@pytest.fixture
def witness(client: FlaskClient, signer: NoteSigner) -> Iterator[Witness]:
    server = make_server("127.0.0.1", 0, client.application, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield Witness(f"http://127.0.0.1:{server.server_port}", signer.verifier)
    server.shutdown()
    thread.join()


def test_a_log_gets_its_cosignature_even_where_it_forgot_what_the_witness_saw(witness: Witness) -> None:
    for size, seen in ((3, 0), (7, 3), (12, 0)):
        note = checkpoint(size)
        assert witness.key.verifies(witness.cosign(note, seen, growth(size)), note.text)


def test_a_log_that_the_witness_saw_otherwise_is_told_so(witness: Witness) -> None:
    witness.cosign(checkpoint(5), 0, growth(5))
    with pytest.raises(WitnessSawOther):
        witness.cosign(checkpoint(7, forged=True), 5, lambda earlier: prove_consistency(earlier, 7, forged_perfect))
    with pytest.raises(WitnessSawOther):
        witness.cosign(checkpoint(4), 0, growth(4))
    with pytest.raises(WitnessSawOther):
        witness.cosign(checkpoint(5, forged=True), 5, growth(5))


def test_a_witness_that_does_not_run_or_is_another_one_is_away(witness: Witness) -> None:
    other = NoteSigner.of(Ed25519PrivateKey.generate(), "x", 4).verifier
    for each in (Witness("http://127.0.0.1:9", witness.key), Witness(witness.url, other)):
        with pytest.raises(WitnessAway):
            each.cosign(checkpoint(3), 0, growth(3))


@pytest.fixture
def hostile(signer: NoteSigner) -> Iterator[Callable[[Iterable[bytes]], Witness]]:
    """A witness that answers with these pieces, one every tenth of a second, until nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def started(pieces: Iterable[bytes]) -> Witness:
            def answer() -> None:
                connection, _ = server.accept()
                with connection, suppress(OSError):
                    connection.recv(65_536)
                    for each in pieces:
                        connection.sendall(each)
                        time.sleep(0.1)

            threading.Thread(target=answer, daemon=True).start()
            return Witness(f"http://127.0.0.1:{server.getsockname()[1]}", signer.verifier)

        yield started


@pytest.mark.parametrize("begins", [b"HTTP/1.1 200 OK\r\nX: ", b"HTTP/1.1 200 OK\r\n\r\n"])
def test_a_witness_that_drips_is_away_in_time(
    hostile: Callable[[Iterable[bytes]], Witness], begins: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    # given: in the head or in the body, a byte comes before each wait is over
    monkeypatch.setattr(egress, "SECONDS", 0.4)
    witness = hostile(chain([begins], repeat(b"a", 30)))
    # when
    began = time.monotonic()
    with pytest.raises(WitnessAway):
        witness.cosign(checkpoint(3), 0, growth(3))
    # then
    assert time.monotonic() - began < 2


def test_a_cosignature_from_after_the_last_year_does_not_count(
    hostile: Callable[[Iterable[bytes]], Witness], signer: NoteSigner
) -> None:
    # given: no page could show when it was made
    note = checkpoint(3)
    line = signer.sign(note.text, at=2**64 - 1).line
    # then
    with pytest.raises(WitnessAway):
        hostile([f"HTTP/1.1 200 OK\r\n\r\n{line}\n".encode()]).cosign(note, 0, growth(3))


def test_an_answer_that_leads_elsewhere_is_not_followed(
    hostile: Callable[[Iterable[bytes]], Witness], witness: Witness
) -> None:
    note = checkpoint(3)
    leads = f"HTTP/1.1 307 X\r\nLocation: {witness.url}/add-checkpoint\r\nContent-Length: 0\r\n\r\n".encode()
    with pytest.raises(WitnessAway):
        hostile([leads]).cosign(note, 0, growth(3))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "https://w.example",
        f"http://w.example:99999 {WITNESS}",
        f"http://w.example:x {WITNESS}",
        f"http://w.example/\u00e4 {WITNESS}",
        f"http://w..example {WITNESS}",
        f"http://[::1 {WITNESS}",
        f"http://who@w.example {WITNESS}",
        f"ftp://w.example {LOG.verifier}",
        f"https://w.example {LOG.verifier}",
        "https://w.example a+00000000+AAAA",
    ],
)
def test_what_names_no_witness_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"witness"):
        Witness.parse(text)


def test_a_witness_is_named_by_address_and_key(signer: NoteSigner) -> None:
    assert Witness.parse(f"https://w.example/x/ {signer.verifier}") == Witness("https://w.example/x", signer.verifier)
