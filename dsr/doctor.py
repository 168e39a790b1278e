"""Looks at an installation as an operator would: what prevents its work, what soon will, and what to do about it.

It changes nothing and sends no mail. A mail server is greeted, signed in to and left again.
"""

import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from dsr.backup import backups_in
from dsr.bootstrap import Service, inbox_of, scanner_of, transport_of
from dsr.desk.heartbeats import SILENT
from dsr.domain.errors import DomainError
from dsr.passkeys import RelyingParty
from dsr.projections.forgotten import last_unreadable_on
from dsr.projections.passkeys import passkeys_elsewhere
from dsr.settings import Settings
from dsr.vault import Keyring, KeyRotation

OLDEST_KEK: Final = timedelta(days=30)
"""Age of the key-encryption key from which a replacement is due, where nothing replaces it by itself."""

_STAMP_MAY_WAIT: Final = timedelta(hours=6)
"""The time-stamp authority may be away for so long before anybody is told."""

OVERDUE: Final = timedelta(days=2)
"""How long after a key was due it should have been replaced."""

OLDEST_BACKUP: Final = timedelta(days=2)
"""Age of the newest backup from which the operator should look."""

LEAST_FREE: Final = 1 << 30
"""Bytes of free disk below which the operator should look; a tenth of it prevents work soon."""

LOOPBACK: Final = ("localhost", "127.0.0.1", "::1")


class Health(StrEnum):
    """How one thing is."""

    OK = "ok"
    WARNING = "warning"
    """It works, but not everything that is expected of it, or not for long."""
    FAILING = "failing"
    """It does not work."""


@dataclass(frozen=True)
class Diagnosis:
    """One thing that was looked at."""

    name: str
    """Stable, for programs."""
    health: Health
    says: str
    """What is the case, and what to do; without personal data."""
    refusal: DomainError | None = None
    """The error that says so, where it is one."""


def diagnose(settings: Settings, made: Service, *, backups: Path | None = None) -> Iterator[Diagnosis]:
    """Look at everything, one thing after the other; at backups where their folder is named here or in DSR_BACKUPS."""
    yield from _around(settings)
    yield _keyring(made.key_rotation)
    yield _keyring_copy(made.keyring)
    yield _index_key(made.keyring, made.clock.now())
    backups = backups or settings.backups
    if backups is not None:
        yield _backups(backups, made.keyring, made.clock.now())
    sound = _attempt("installation", "Databases, keyring, files and read models fit each other.", made.check)
    yield sound
    if sound.health is Health.OK:
        yield _clock(made)
        yield _sign_in(settings, made)
        yield from _background(made)
        yield _parked(made)
        yield _evidence(settings, made)
        yield _time_stamps(settings, made)
        yield _forgotten(made)


def diagnose_machine(settings: Settings, made: Service) -> Iterator[Diagnosis]:
    """What settings, disks and keyring say: no other host is asked, no database and no backup read."""
    yield from _of_settings(settings)
    yield from _disks(settings)
    yield _keyring(made.key_rotation)
    yield _keyring_copy(made.keyring)
    yield _index_key(made.keyring, made.clock.now())


def diagnose_without(settings: Settings, missing: DomainError) -> Iterator[Diagnosis]:
    """Look at what can be looked at although the service could not be put together, and name what is missing."""
    yield from _around(settings)
    yield _failing("installation", missing)


def _around(settings: Settings) -> Iterator[Diagnosis]:
    """What needs neither databases nor keyring."""
    yield from _of_settings(settings)
    yield _attempt("mail-out", "Outgoing mail is accepted.", transport_of(settings).probe)
    yield _mail_in(settings)
    yield _scanner(settings)
    yield from _disks(settings)


def _of_settings(settings: Settings) -> Iterator[Diagnosis]:
    url = urlsplit(settings.public_url)
    if not settings.public_url:
        says = "DSR_PUBLIC_URL is not set: no mail can hold a link to a package, so no answer to access leaves by mail."
        yield Diagnosis("public-url", Health.WARNING, says)
    elif url.scheme == "http" and url.hostname not in LOOPBACK:
        says = "DSR_PUBLIC_URL begins with http: what people send and read can be seen on the way. Put TLS in front."
        yield Diagnosis("public-url", Health.WARNING, says)
    else:
        yield Diagnosis("public-url", Health.OK, f"People reach the service at {settings.public_url}.")
    if url.scheme == "https" and not settings.trusted_proxies:
        says = "DSR_PUBLIC_URL begins with https, but DSR_TRUSTED_PROXIES names no proxy: all visitors count as one."
        yield Diagnosis("proxies", Health.FAILING, says)
    else:
        yield Diagnosis("proxies", Health.OK, "Visitors are told apart by their own addresses.")


def _attempt(name: str, works: str, act: Callable[[], object]) -> Diagnosis:
    try:
        act()
    except DomainError as error:
        return _failing(name, error)
    return Diagnosis(name, Health.OK, works)


def _failing(name: str, error: DomainError) -> Diagnosis:
    file = error.facts.get("path")
    says = f"{error.code}: {error.detail}" + (f" ({file})" if file else "")
    return Diagnosis(name, Health.FAILING, says, error)


def _mail_in(settings: Settings) -> Diagnosis:
    inbox = inbox_of(settings)
    if inbox is None:
        says = "DSR_MAIL_IN is not set: requests come by HTTP and `dsr intake` only."
        return Diagnosis("mail-in", Health.WARNING, says)

    def open_() -> None:
        with inbox.open():
            pass

    return _attempt("mail-in", "The inbox can be opened.", open_)


def _scanner(settings: Settings) -> Diagnosis:
    scanner = scanner_of(settings)
    if scanner is None:
        says = "DSR_SCANNER is not set: files of strangers are not scanned for malware before somebody opens them."
        return Diagnosis("scanner", Health.WARNING, says)
    return _attempt("scanner", "The scanner for malware answers.", scanner.probe)


def _disks(settings: Settings) -> Iterator[Diagnosis]:
    """The file systems of the home and of the files, each once."""
    seen: set[int] = set()
    for path in (settings.home, settings.blobs):
        if not path.exists():
            continue
        device = os.stat(path).st_dev
        if device in seen:
            continue
        seen.add(device)
        yield _disk(path)


def _disk(path: Path) -> Diagnosis:
    free = shutil.disk_usage(path).free
    says = f"{free / 2**30:.1f} GiB are free at {path}."
    if free < LEAST_FREE // 10:
        return Diagnosis("disk", Health.FAILING, f"{says} Make room: soon nothing can be written.")
    if free < LEAST_FREE:
        return Diagnosis("disk", Health.WARNING, f"{says} Make room.")
    return Diagnosis("disk", Health.OK, says)


def _keyring(rotation: KeyRotation) -> Diagnosis:
    age, due_at = rotation.now() - rotation.keyring.current.created_at, rotation.due_at
    says = f"The key-encryption key is {max(age // timedelta(days=1), 0)} days old"
    if due_at is not None and rotation.keyring.copy is not None:
        if rotation.now() > due_at + OVERDUE:
            says = f"{says}, due since {due_at:%Y-%m-%d}: look at `background-rotating-keys`."
            return Diagnosis("keyring", Health.WARNING, says)
    elif age > OLDEST_KEK:
        since = rotation.keyring.current.created_at + OLDEST_KEK
        says = (
            f"{says}, due since {since:%Y-%m-%d}, and nothing replaces it: set DSR_KEYRING_COPY and run `dsr keys "
            "copy`; or run `dsr keys rotate`, then copy the keyring and back up."
        )
        return Diagnosis("keyring", Health.WARNING, says)
    return Diagnosis("keyring", Health.OK, f"{says}.")


def _keyring_copy(keyring: Keyring) -> Diagnosis:
    if keyring.copy is None:
        says = "DSR_KEYRING_COPY is not set: if the one keyring file is lost, nothing opens. Name a file elsewhere."
        return Diagnosis("keyring-copy", Health.WARNING, says)
    return _attempt("keyring-copy", "The copy of the keyring has all its keys.", keyring.require_copy)


def _evidence(settings: Settings, made: Service) -> Diagnosis:
    sound = _attempt("evidence", "The log is the one that was signed.", made.desk.evidence.require_agreement)
    if sound.health is Health.OK and settings.checkpoint_copy is None and not settings.witnesses:
        says = "Checkpoints are kept only in the database of the log: somebody who can write it can replace both. Set "
        return Diagnosis("evidence", Health.WARNING, says + "DSR_CHECKPOINT_COPY or DSR_WITNESSES.")
    return sound


def _time_stamps(settings: Settings, made: Service) -> Diagnosis:
    """Whether the log gets its time stamps."""
    if not settings.timestamp_url:
        return Diagnosis("time-stamps", Health.OK, "DSR_TIMESTAMP_URL is not set: no time-stamp authority is asked.")
    signed_at, stamped_at = made.desk.evidence.signed_at(), made.desk.evidence.stamped_at()
    if signed_at is None:
        return Diagnosis("time-stamps", Health.OK, "The log was not signed yet.")
    late = timedelta(minutes=settings.timestamp_minutes) + _STAMP_MAY_WAIT
    if stamped_at is None or signed_at > stamped_at + late:
        since = "no checkpoint ever" if stamped_at is None else f"no checkpoint since {stamped_at:%Y-%m-%d %H:%M} UTC"
        says = f"The time-stamp authority stamped {since}: run `dsr evidence checkpoint`, which says why."
        return Diagnosis("time-stamps", Health.WARNING, says)
    return Diagnosis("time-stamps", Health.OK, f"The checkpoint of {stamped_at:%Y-%m-%d %H:%M} UTC has a time stamp.")


def _forgotten(made: Service) -> Diagnosis:
    """The day from which no backup opens what was forgotten."""
    with made.database.reading() as connection:
        files, unknown, last = last_unreadable_on(connection)
    if not files:
        return Diagnosis("forgotten", Health.OK, "No file was forgotten.")
    says = f"{files} file{'s were' if files > 1 else ' was'} forgotten"
    if unknown:
        says += (
            f"; older backups still open {unknown} of them, as long as the key-encryption key of that time exists: run "
            "`dsr keys rotate`, then make a backup."
        )
        return Diagnosis("forgotten", Health.WARNING, says)
    return Diagnosis("forgotten", Health.OK, f"{says}; from {last} on, no backup opens them.")


def _index_key(keyring: Keyring, now: datetime) -> Diagnosis:
    made_at = keyring.index_made_at
    if made_at is None:
        return Diagnosis("index-key", Health.OK, "The index key is the first one.")
    if keyring.is_changing_index and now > made_at + OVERDUE:
        says = f"The index key was replaced on {made_at:%Y-%m-%d}, and the former one is still there: run `dsr keys "
        return Diagnosis("index-key", Health.WARNING, says + "rotate-index` again.")
    return Diagnosis("index-key", Health.OK, f"The index key was replaced on {made_at:%Y-%m-%d}.")


def _backups(folder: Path, keyring: Keyring, now: datetime) -> Diagnosis:
    made = backups_in(folder, keyring)
    if not made:
        says = f"No backup in {folder} opens with this keyring: run `dsr backup make`."
        return Diagnosis("backup", Health.FAILING, says)
    age = now - made[-1].manifest.made_at
    says = f"The newest backup was made {age // timedelta(hours=1)} hours ago."
    if not made[-1].opens:
        says = f"{says} Its keys open no more, since `dsr keys rotate` ran: make a new one."
        return Diagnosis("backup", Health.FAILING, says)
    first = next(each for each in made if each.opens)
    says = (
        f"{says} The oldest that still opens was made {(now - first.manifest.made_at) // timedelta(days=1)} days ago."
    )
    if age > OLDEST_BACKUP:
        return Diagnosis("backup", Health.WARNING, f"{says} Make one every day.")
    return Diagnosis("backup", Health.OK, says)


def _clock(made: Service) -> Diagnosis:
    latest = made.log.head().recorded_at
    if latest is not None and latest > made.clock.now() + timedelta(minutes=1):
        says = "The clock of this machine is behind the last event: set it, since dates are reckoned from it."
        return Diagnosis("clock", Health.FAILING, says)
    return Diagnosis("clock", Health.OK, "The clock is not behind the last event.")


def _sign_in(settings: Settings, made: Service) -> Diagnosis:
    party = RelyingParty.at(settings.public_url)
    if party is None:
        says = "Nobody can sign in: set DSR_PUBLIC_URL to an https address with a name, or to http://localhost:8000."
        return Diagnosis("sign-in", Health.WARNING, says)
    with made.database.reading() as connection:
        elsewhere = passkeys_elsewhere(connection, party.rp_id)
    if elsewhere:
        says = f"{elsewhere} passkeys are bound to another host name: invite their holders anew."
        return Diagnosis("sign-in", Health.WARNING, says)
    return Diagnosis("sign-in", Health.OK, f"People sign in at {settings.public_url}/sign-in.")


def _background(made: Service) -> Iterator[Diagnosis]:
    with made.database.reading() as connection:
        states = made.desk.heartbeats.states(connection, made.clock.now())
    for part, state in states.items():
        name = f"background-{part}"
        if state == "ok":
            yield Diagnosis(name, Health.OK, f"{part} gives signs of life.")
        elif state == SILENT:
            says = f"{part} gave no sign of life: is `dsr worker`, or `dsr scheduler`, running?"
            yield Diagnosis(name, Health.FAILING, says)
        else:
            yield Diagnosis(name, Health.FAILING, f"{part} failed: {state}. See the log of the service.")


def _parked(made: Service) -> Diagnosis:
    parked = len(made.policies.positions.parked())
    if parked:
        says = f"Policies gave up {parked} times on a case for now: `dsr policies` lists them."
        return Diagnosis("policies", Health.WARNING, says)
    return Diagnosis("policies", Health.OK, "No policy waits for a person.")
