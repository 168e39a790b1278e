"""Checkpoints: the log is compared with the last one, signed, copied elsewhere, and cosigned by witnesses."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Final
from uuid import uuid4

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from dsr.desk.caller import Call
from dsr.desk.errors import Forbidden, VersionStale
from dsr.desk.idempotency import Answer
from dsr.desk.repository import Repository
from dsr.desk.unit_of_work import UnitOfWork, unit_of_work, use_case
from dsr.domain.errors import DomainError
from dsr.domain.log_signing import LOG_SIGNING_ID, LogKey, LogSigning, bundle_text, new_key_text
from dsr.domain.sealed import DataKey, KeyPurpose
from dsr.eventstore.errors import EventUnknown, EventUnreadable
from dsr.eventstore.log import Log
from dsr.evidence.checkpoint import Checkpoint
from dsr.evidence.checkpoint_copy import CheckpointCopy
from dsr.evidence.checkpoint_store import CheckpointStore, StoredCheckpoint
from dsr.evidence.errors import CheckpointMissing, LogDiffersFromCheckpoint, LogShorterThanCheckpoint, NotInCheckpoint
from dsr.evidence.signed_note import LOG_KEY, NoteInvalid, NoteSignature, NoteSigner, SignedNote, VerifierKey
from dsr.evidence.tiles import Tiles
from dsr.evidence.time_stamps import TimeStampAuthority
from dsr.evidence.tree import Frontier, leaf_hash, prove_consistency, prove_inclusion
from dsr.evidence.witnesses import Witness

GROWTH: Final = 1_000
"""Events after which the log is signed at once."""


@dataclass(frozen=True)
class Cosigning:
    """What became of a checkpoint at a witness."""

    witness: str
    failure: DomainError | None
    """None if it cosigned."""


@dataclass(frozen=True)
class CheckedLog:
    """What was compared, and what was found."""

    size: int
    """Leaves of the tree that was made anew from the headers."""
    checkpoints: int
    findings: tuple[str, ...]
    """Sentences; empty if log, tree and checkpoints agree."""


class EvidenceDesk:
    """sign and cosign checkpoints, prove events and growth, replace the key, check the log."""

    def __init__(
        self,
        repository: Repository,
        log: Log,
        *,
        copy: CheckpointCopy | None = None,
        witnesses: Sequence[Witness] = (),
        time_stamps: TimeStampAuthority | None = None,
    ) -> None:
        self._repository = repository
        self._log = log
        self._tiles = Tiles(repository.database)
        self._store = CheckpointStore(repository.database)
        self._copy = copy
        self.witnesses: Final = tuple(witnesses)
        self._time_stamps = time_stamps

    def checkpoint(self, call: Call) -> StoredCheckpoint:
        """Sign the log as it stands, unless it is signed already; copy the checkpoint elsewhere.

        Raises LogShorterThanCheckpoint, LogDiffersFromCheckpoint, CheckpointCopyMissing, CheckpointCopyUnusable, and
        then nothing is signed; KeyDestroyed, KeyUnknown if the key database does not belong to this log.
        """
        self.require_agreement()
        signing = self._signing(call)
        size = self._log.head().position
        self._tiles.extend(size)
        latest = self._store.latest()
        if latest is None or latest.checkpoint.size < size:
            text = str(Checkpoint(signing.origin, size, self._tiles.root(size)))
            latest = self._store.keep(SignedNote(text, (self._signer(signing).sign(text),)), self._repository.now())
        self._copy_out(latest)
        return latest

    def checkpoint_if_due(self, call: Call, *, after: timedelta) -> StoredCheckpoint | None:
        """Sign the log if it grew by GROWTH events, or grew at all and `after` has passed; return the last checkpoint.

        The copy elsewhere gets it, if it holds an earlier one or none. None before the first event. Raises as
        `checkpoint`.
        """
        latest, size = self._store.latest(), self._log.head().position
        signed = 0 if latest is None else latest.checkpoint.size
        is_late = latest is None or self._repository.now() >= latest.signed_at + after
        if size - signed >= GROWTH or (size > signed and is_late):
            return self.checkpoint(call)
        self.require_agreement()
        if latest is not None:
            self._copy_out(latest)
        return latest

    def cosign(self, made: StoredCheckpoint) -> list[Cosigning]:
        """Ask each witness that has not cosigned this checkpoint. One that does not answer is asked again next time."""
        return [
            Cosigning(each.key.name, self._cosigned_by(each, made))
            for each in self.witnesses
            if made.note.verified_by(each.key) is None
        ]

    def stamp(self, made: StoredCheckpoint, *, after: timedelta = timedelta()) -> DomainError | None:
        """Ask the time-stamp authority, if there is one, about a checkpoint that was signed so long after the last one
        with a time stamp. Returns what it failed by; nothing waits for it.
        """
        if self._time_stamps is None or made.time_stamp is not None:
            return None
        last = self._store.last_stamped()
        if last is not None and made.signed_at < last.signed_at + after:
            return None
        try:
            token = self._time_stamps.stamp(made.note.text)
        except DomainError as error:
            return error
        self._store.stamp(made.checkpoint.size, token)
        return None

    def stamped_at(self) -> datetime | None:
        """When the last checkpoint with a time stamp was signed; None if there is none."""
        last = self._store.last_stamped()
        return None if last is None else last.signed_at

    def cosigned(self, made: StoredCheckpoint) -> StoredCheckpoint:
        """Ask the witnesses and the time-stamp authority; return the checkpoint with what they gave."""
        self.cosign(made)
        self.stamp(made)
        return self._store.at(made.checkpoint.size) or made

    def cosignatures(self, made: StoredCheckpoint) -> list[dict[str, object]]:
        """Which witnesses cosigned, and when they say so."""
        found = [(each.key.name, made.note.verified_by(each.key)) for each in self.witnesses]
        return [
            {"witness": name, "cosigned_at": datetime.fromtimestamp(it.cosigned_at, UTC)} for name, it in found if it
        ]

    def latest(self) -> StoredCheckpoint:
        """The last checkpoint. Raises CheckpointMissing."""
        found = self._store.latest()
        if found is None:
            raise CheckpointMissing
        return found

    def signed_at(self) -> datetime | None:
        """When the log was last signed; None if it never was."""
        latest = self._store.latest()
        return None if latest is None else latest.signed_at

    def log_keys(self) -> tuple[LogKey, ...]:
        """Every key that signed checkpoints, the oldest first."""
        signing = self._find()
        return () if signing is None else signing.keys

    def prove_event(self, position: int, size: int) -> list[bytes]:
        """Proof that the event at this position is in the log of this size. Raises NotInCheckpoint if it is not."""
        return self.prove_events([position], size)[0]

    def prove_events(self, positions: Iterable[int], size: int) -> list[list[bytes]]:
        """As `prove_event`, for each of them; what their proofs share is read once."""
        perfect, proofs = self._tiles.perfect(), list[list[bytes]]()
        for position in positions:
            if not 0 < position <= size:
                raise NotInCheckpoint(position=position, size=size)
            proofs.append(prove_inclusion(position - 1, size, perfect))
        return proofs

    def prove_growth(self, earlier: int, size: int) -> list[bytes]:
        """Proof that the log of one size begins that of another. Raises NotInCheckpoint for a longer one."""
        if not 0 <= earlier <= size:
            raise NotInCheckpoint(position=earlier, size=size)
        return prove_consistency(earlier, size, self._tiles.perfect())

    def sign_bundle(self, sha256: str) -> str:
        """The digest of an audit bundle, signed by the key of the log as a note. Raises CheckpointMissing."""
        signing = self._find()
        if signing is None:
            raise CheckpointMissing
        text = bundle_text(signing.origin, sha256)
        return str(SignedNote(text, (self._signer(signing).sign(text),)))

    @use_case
    def rotate(self, call: Call) -> Answer:
        """Sign with a new key from now on, for which the present one vouches.

        Raises CheckpointMissing, VersionStale; Forbidden for a caller whose scope is not the whole service.
        """
        with unit_of_work(self._repository, call) as work:
            if call.caller.scope is not None:
                raise Forbidden("The log is that of all controllers: this takes the scope `*`.")
            signing = self._find()
            if signing is None:
                raise CheckpointMissing
            self._introduce(work, signing, self._signer(signing))
            body = msgspec.json.encode({"verifier": signing.current.verifier})
            work.respond(lambda: Answer(body, signing.version, str(LOG_SIGNING_ID)))
        return work.answer

    def require_agreement(self) -> None:
        """Compare the log with the last checkpoint, stored and copied.

        Compares the root of the stored tree, and the header of the last event that was signed. `check` compares all
        headers.
        Raises LogShorterThanCheckpoint, LogDiffersFromCheckpoint, CheckpointCopyMissing, CheckpointCopyUnusable.
        """
        latest = self._store.latest()
        copied = None if self._copy is None else self._copy.read()
        signed = [] if latest is None else [latest.checkpoint]
        signed += [] if copied is None else [Checkpoint.parse(copied.text)]
        end = self._log.head().position
        perfect = self._tiles.perfect()
        for each in signed:
            if each.size > end:
                raise LogShorterThanCheckpoint(size=each.size, log_ends_at=end)
            if not each.size:
                continue
            self._tiles.extend(each.size)
            last = next(self._log.rows(each.size - 1, until=each.size))
            if self._tiles.root(each.size) != each.root or perfect(0, each.size - 1) != leaf_hash(last.header):
                raise LogDiffersFromCheckpoint(size=each.size)

    def check(self, *, told: Callable[[int], None] = lambda _: None) -> CheckedLog:
        """Make the tree anew from all headers, and compare it with the stored tree and with every checkpoint.

        `told` gets the number of events so far. Raises CheckpointCopyUnusable.
        """
        end, stored = self._log.head().position, self._store.all()
        copied = None if self._copy is None else self._copy.read()
        signed = defaultdict[int, list[SignedNote]](list)
        for note in [*(each.note for each in stored), *([] if copied is None else [copied])]:
            signed[Checkpoint.parse(note.text).size].append(note)
        reach, grown, findings = min(self._tiles.size(), end), Frontier(), list[str]()
        try:
            keys = [VerifierKey.parse(each.verifier) for each in self.log_keys()]
            of_keys = list(_unvouched(self.log_keys()))
        except (EventUnknown, EventUnreadable, NoteInvalid):
            keys = []
            of_keys = ["The events that name the keys of the log can't be read."]
        for row in self._log.rows(until=end):
            grown.add(leaf_hash(row.header))
            told(grown.size)
            for note in signed.pop(grown.size, ()):
                findings += _differences(note, grown, keys)
            if grown.size == reach and not findings and self._tiles.root(reach) != grown.root():
                findings.append("The stored tree is not that of the log; `dsr evidence check --new-tree` rebuilds it.")
        findings += of_keys
        findings += [f"A checkpoint was signed at {size}, but the log ends at {grown.size}." for size in sorted(signed)]
        return CheckedLog(grown.size, len(stored), tuple(findings))

    def renew_tree(self) -> None:
        """Make the stored tree anew from the log."""
        self._tiles.forget()
        self._tiles.extend(self._log.head().position)

    def _cosigned_by(self, witness: Witness, made: StoredCheckpoint) -> DomainError | None:
        size = made.checkpoint.size
        try:
            signature = witness.cosign(
                made.note,
                self._store.cosigned_until(witness.key),
                lambda earlier: self.prove_growth(earlier, size),
            )
        except DomainError as error:
            return error
        self._store.add(size, signature)
        return None

    def _copy_out(self, made: StoredCheckpoint) -> None:
        if self._copy is not None:
            self._copy.write(made.note)

    def _find(self) -> LogSigning | None:
        return self._repository.find(LogSigning, LOG_SIGNING_ID)

    def _signing(self, call: Call) -> LogSigning:
        found = self._find()
        if found is None:
            # Another process may name the log at the same time: the first name holds.
            with suppress(VersionStale), unit_of_work(self._repository, Call(call.caller)) as work:
                self._introduce(work, LogSigning.open(work.acting, origin=f"dsr/{uuid4()}"), None)
                work.respond(lambda: Answer(b"{}", 2, str(LOG_SIGNING_ID)))
            found = self._find()
        assert found is not None  # noqa: S101 - it was made above
        return found

    def _introduce(self, work: UnitOfWork, signing: LogSigning, voucher: NoteSigner | None) -> None:
        # Created before the event that names it; if that event is not stored, the sweep deletes the key.
        [key] = self._repository.keystore.create(LOG_SIGNING_ID, KeyPurpose.SIGNING)
        verifier = str(_signer(key, signing.origin).verifier)
        vouched = "" if voucher is None else voucher.sign(new_key_text(signing.origin, verifier)).line
        signing.introduce(work.acting, verifier=verifier, key=key.introduction(), vouched_by=vouched)
        work.add(signing)

    def _signer(self, signing: LogSigning) -> NoteSigner:
        return _signer(self._repository.keystore.open(signing.current.key.key_id), signing.origin)


def _signer(key: DataKey, origin: str) -> NoteSigner:
    return NoteSigner.of(Ed25519PrivateKey.from_private_bytes(key.material), origin, LOG_KEY)


def _unvouched(keys: Sequence[LogKey]) -> Iterable[str]:
    """The keys for which the key before does not vouch. Raises NoteInvalid."""
    for before, key in pairwise(keys):
        trusted = VerifierKey.parse(before.verifier)
        signature = NoteSignature.parse(key.vouched_by)
        if not trusted.verifies(signature, new_key_text(trusted.name, key.verifier)):
            yield f"The key {key.verifier} is not vouched for by the one before it."


def _differences(note: SignedNote, grown: Frontier, keys: Sequence[VerifierKey]) -> Iterable[str]:
    if Checkpoint.parse(note.text).root != grown.root():
        yield f"The log up to {grown.size} is not the one that was signed."
    if not any(note.verified_by(key) for key in keys):
        yield f"The checkpoint at {grown.size} is not signed by a key of this log."
