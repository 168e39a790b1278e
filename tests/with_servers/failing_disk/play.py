"""One installation on a disk that fails at each of its writes in turn; run with the library of `fail.c` preloaded.

`python -m tests.with_servers.failing_disk.play STRIDE` plays on the installation of the environment, and prints what it
counted. For each act, the first call that changes a file fails, then the second, and so on (each STRIDE-th of them),
until the act ends without having met the fault: once as a call that fails by itself (EIO), and once with all that come
after it (ENOSPC). What the act then says has to be a service-wide error, and the same act passes as soon as the disk is
well.
"""

import ctypes
import errno
import hashlib
import json
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

from dsr.backup import StoredBackup, back_up, examine
from dsr.backup.source import BackupSource, LiveSource
from dsr.bootstrap import Service, build
from dsr.cli._service import settings
from dsr.desk.replay import replay
from dsr.domain.errors import ServiceWide
from dsr.projections import verify
from dsr.scheduler import Scheduler
from dsr.settings import MailIn
from dsr.worker import Worker
from tests.api.team import Team, mail
from tests.settable_clock import SettableClock

DONE: Final = "done"
FOR_GOOD: Final = 10**9
FAULTS: Final = (("EIO once", errno.EIO, 1), ("ENOSPC from then on", errno.ENOSPC, FOR_GOOD))
LARGE: Final = 200_000
"""Bytes of a mail whose original is a file."""


class Disk:
    """The disk below one folder."""

    def __init__(self, folder: Path) -> None:
        self._library = ctypes.CDLL(None)
        self._library.dsr_calls.restype = ctypes.c_long
        self._folder = str(folder).encode()
        self.calls = 0

    @contextmanager
    def failing(self, nth: int, error: int, count: int) -> Iterator[None]:
        """The `nth` call fails, and so many from it on."""
        self._library.dsr_fail(self._folder, ctypes.c_long(nth), ctypes.c_long(count), error)
        try:
            yield
        finally:
            self.calls = self._library.dsr_calls()
            self._library.dsr_fail(self._folder, ctypes.c_long(0), ctypes.c_long(0), 0)


class Play:
    """The acts, each prepared anew for each round."""

    def __init__(self, made: Service, clock: SettableClock, disk: Disk, stride: int) -> None:
        self.made, self.disk, self.stride = made, disk, stride
        self.team = Team(made, clock)
        self.counted = Counter[str]()

    def each_call(self, name: str, prepare: Callable[[], Callable[[], str]]) -> None:
        """`prepare` gives an act that returns DONE or the code of an error; done twice, it has one effect."""
        prepare()()  # what is made once only, such as a folder, is there
        for fault, error, count in FAULTS:
            nth = 1
            while True:
                act = prepare()
                with self.disk.failing(nth, error, count):
                    said = act()
                self.counted[f"{name}, {fault}: {said}"] += 1
                met = self.disk.calls >= nth
                again = act()
                assert again == DONE, (name, fault, nth, said, again)
                if not met:
                    assert said == DONE, (name, fault, nth, said)
                    break
                nth += self.stride

    def require_whole(self, name: str) -> None:
        """Log, keys, files, read models and dates agree, and nothing waits for a person."""
        made = self.made
        examined = examine(LiveSource(made))
        assert examined.findings == (), (name, examined)
        assert verify(made.database, made.log) == [], name
        assert replay(made.database, made.log).is_borne_out, name
        assert made.policies.positions.parked() == [], name


def said_by(answer: Any) -> str:
    """DONE, or the code of a problem that concerns the whole service."""
    if answer.status_code < 300:
        return DONE
    assert answer.status_code == 503, answer.text
    return str(answer.get_json()["code"])


def tried(act: Callable[[], object]) -> str:
    """The same of a use case."""
    try:
        act()
    except ServiceWide as error:
        return error.code
    return DONE


def letter(attached: int = 0) -> bytes:
    """A mail of somebody who never wrote before."""
    name = str(uuid4())
    message = message_from_bytes(
        mail(message_id=f"<{name}@example.org>", sender=f"{name[:8]}@example.org"), policy=policy.SMTP
    )
    if attached:
        message.add_attachment(bytes(attached), maintype="application", subtype="octet-stream", filename="scan")
    return message.as_bytes()


def mails(play: Play, attached: int = 0) -> Callable[[], Callable[[], str]]:
    """A mail over HTTP, large or small."""

    def prepare() -> Callable[[], str]:
        raw = letter(attached)

        def act() -> str:
            sent = play.team.ask("POST", "/intake/messages", "intake", data=raw, content_type="message/rfc822")
            return said_by(sent)

        return act

    return prepare


def notes(play: Play) -> Callable[[], Callable[[], str]]:
    """A command on a case."""
    case = play.team.registered("access")

    def prepare() -> Callable[[], str]:
        key, version, note = str(uuid4()), case.etag, f"Note {uuid4()}"

        def act() -> str:
            return said_by(play.team.post(f"/requests/{case.id}/notes", {"note": note}, if_match=version, key=key))

        def then() -> str:
            said = act()
            case.etag = play.team.get(f"/requests/{case.id}").headers["ETag"]
            return said

        return then

    return prepare


def uploads(play: Play) -> Callable[[], Callable[[], str]]:
    """A recording in two parts, which becomes a file; what was done is not sent again, as a client would."""
    case = play.team.granted("access")
    content = b"What was said.\n" * 16_000

    def prepare() -> Callable[[], str]:
        about = {
            "name": f"call-{uuid4()}",
            "size": len(content),
            "media_type": "text/plain",
            "system": "crm",
            "purpose": "Customer relations",
            "provenance": "observed",
            "description": "Your call.",
        }
        begun = play.team.post(f"/requests/{case.id}/items/access/uploads", about, key=str(uuid4()))
        assert begun.status_code == 201, begun.text
        path, key = begun.headers["Location"], str(uuid4())

        def act() -> str:
            offset = int(play.team.get(path).headers.get("Upload-Offset", len(content)))
            while offset < len(content):
                said = said_by(
                    play.team.ask(
                        "PATCH",
                        path,
                        headers={"Upload-Offset": str(offset)},
                        data=content[offset : offset + len(content) // 2],
                        content_type="application/octet-stream",
                    )
                )
                if said != DONE:
                    return said
                offset += len(content) // 2
            return complete(path, key)

        return act

    def complete(path: str, key: str) -> str:
        sha256 = hashlib.sha256(content).hexdigest()
        said = said_by(play.team.post(f"{path}/completion", {"sha256": sha256}, if_match=case.etag, key=key))
        if said == DONE:
            case.etag = play.team.get(f"/requests/{case.id}").headers["ETag"]
        return said

    return prepare


def backups(play: Play, folder: Path) -> Callable[[], Callable[[], str]]:
    """A backup beside others on the disk that fails."""
    made = play.made

    def act() -> str:
        before = set(folder.glob("*/manifest.json"))
        said = tried(lambda: back_up(made, folder))
        for manifest in set(folder.glob("*/manifest.json")) - before:
            examined = examine(BackupSource(StoredBackup.open(manifest.parent, made.keyring)))
            assert examined.findings == ()
        return said

    return lambda: act


def background(play: Play, inbox: Path) -> Callable[[], Callable[[], str]]:
    """A mail in the inbox is taken in, and acknowledged by a letter that leaves."""
    made = play.made
    for part in ("tmp", "new", "cur"):
        (inbox / part).mkdir(parents=True, exist_ok=True)

    def prepare() -> Callable[[], str]:
        (inbox / "new" / str(uuid4())).write_bytes(letter())

        def act() -> str:
            worker, scheduler = Worker(made), Scheduler(made)
            for _ in range(6):
                worker.round()
            failures = set(worker.failures.values())
            failures |= {tried(act) for act in (scheduler.record_due, scheduler.mark_log, scheduler.purge)} - {DONE}
            return " and ".join(sorted(failures)) or DONE

        return act

    return prepare


def main(stride: int) -> None:
    clock = SettableClock(datetime.now(UTC))
    chosen = settings()
    inbox = chosen.home / "incoming"
    made = build(replace(chosen, mail_in=MailIn(folder=inbox)), clock=clock)
    disk = Disk(chosen.home)
    play = Play(made, clock, disk, stride)
    acts: dict[str, Callable[[], Callable[[], str]]] = {
        "a mail": mails(play),
        "a large mail": mails(play, LARGE),
        "a command": notes(play),
        "an upload": uploads(play),
        "rotation of keys": lambda: lambda: tried(made.keystore.rotate),
        "a backup": backups(play, chosen.home / "backups"),
        "work in the background": background(play, inbox),
    }
    for name, prepare in acts.items():
        play.each_call(name, prepare)
        play.require_whole(name)
    json.dump(play.counted, sys.stdout)


if __name__ == "__main__":
    main(int(sys.argv[1]))
