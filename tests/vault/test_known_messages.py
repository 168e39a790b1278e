"""One message makes one case, however often and at whatever moment it is delivered."""

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa

from dsr.database import Database
from dsr.vault import Fingerprint, Keyring, KnownMessages, MessageKnown
from dsr.vault.known_messages import known_messages

ID, CONTENT = "<canary-1@mail.example>", b"Subject: canary\r\n\r\nDear Sirs"


@pytest.fixture
def messages(database: Database, keyring: Keyring) -> KnownMessages:
    return KnownMessages(database, keyring)


def test_a_message_is_known_with_its_case_and_content(messages: KnownMessages) -> None:
    case = uuid4()
    assert messages.find(ID) is None
    messages.remember(ID, CONTENT, case)
    known = messages.find(" canary-1@mail.example ")
    assert known is not None
    assert known.stream_id == case
    assert messages.is_of(known, CONTENT)
    assert not messages.is_of(known, CONTENT + b"!")


def test_a_second_delivery_is_refused_and_the_first_case_stays(messages: KnownMessages) -> None:
    case = uuid4()
    messages.remember(ID, CONTENT, case)
    with pytest.raises(MessageKnown):
        messages.remember(ID, CONTENT, uuid4())
    known = messages.find(ID)
    assert known is not None
    assert known.stream_id == case


def test_two_deliveries_at_one_moment_make_one_case(messages: KnownMessages, database: Database) -> None:
    cases = [uuid4() for _ in range(8)]
    ready = threading.Barrier(len(cases))

    def deliver(case: UUID) -> bool:
        ready.wait()
        try:
            with database.appending():
                messages.remember(ID, CONTENT, case)
        except MessageKnown:
            return False
        return True

    with ThreadPoolExecutor(len(cases)) as pool:
        won = [case for case, first in zip(cases, pool.map(deliver, cases), strict=True) if first]
    known = messages.find(ID)
    assert known is not None
    assert [known.stream_id] == won


def test_two_deliveries_without_the_append_lock_make_one_case_too(messages: KnownMessages, database: Database) -> None:
    first_wrote, results = threading.Event(), []

    def second() -> None:
        first_wrote.wait()
        try:
            messages.remember(ID, CONTENT, uuid4())
        except MessageKnown:
            results.append("refused")

    waiting = threading.Thread(target=second)
    waiting.start()
    with database.writing():
        messages.remember(ID, CONTENT, uuid4())
        first_wrote.set()
        waiting.join(0.2)
        assert waiting.is_alive()  # it waits for the outcome of the first
    waiting.join()
    assert results == ["refused"]


def test_a_case_forgotten_is_a_message_unknown(messages: KnownMessages) -> None:
    one, two = uuid4(), uuid4()
    messages.remember("<1@x>", CONTENT, one)
    messages.remember("<2@x>", CONTENT, one)
    messages.remember("<3@x>", CONTENT, two)
    messages.delete(one)
    messages.delete(one)
    assert (messages.find("<1@x>"), messages.find("<2@x>")) == (None, None)
    assert messages.find("<3@x>") is not None


def test_neither_id_nor_content_stands_in_the_database(messages: KnownMessages, database: Database) -> None:
    import hashlib

    messages.remember(ID, CONTENT, uuid4())
    with database.reading() as conn:
        rows = repr(conn.execute(sa.select(known_messages)).all())
    assert "canary" not in rows
    assert hashlib.sha256(CONTENT).hexdigest() not in rows
    assert hashlib.sha256(ID.encode()).hexdigest() not in rows


def test_a_fingerprint_tells_bodies_apart_and_depends_on_the_keyring(keyring: Keyring, tmp_path: Path) -> None:
    fingerprint = Fingerprint(keyring)
    assert fingerprint(b"{}") == Fingerprint(Keyring.load(keyring.path))(b"{}")
    assert len(fingerprint(b"{}")) == 64
    assert fingerprint(b"{}") != fingerprint(b"{ }")
    assert fingerprint(b"{}") != Fingerprint(Keyring.create(tmp_path / "other"))(b"{}")
