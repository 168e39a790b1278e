"""Puts a backup back into an empty installation."""

from collections.abc import Callable
from pathlib import Path
from uuid import UUID

import sqlalchemy as sa

from dsr.backup.examining import Examination, examine
from dsr.backup.filling import TargetNotEmpty, fill, require_empty
from dsr.backup.manifest import FILE, BackupUnreadable
from dsr.backup.source import BackupSource
from dsr.backup.stored import StoredBackup, table_of
from dsr.blobs import FileBlobStore
from dsr.bootstrap import build, fence_journal_of
from dsr.database import Database
from dsr.database.migrations import Kind, current_revision, head_revision, upgrade
from dsr.desk.caller import Call, service
from dsr.domain.errors import Unavailable
from dsr.domain.own_file import FileForgettingAttested
from dsr.domain.request.forgetting import ForgettingAttested
from dsr.projections.rebuild import rebuild
from dsr.projections.registry import PROJECTIONS
from dsr.settings import Settings
from dsr.vault import FenceJournalMissing, Keyring
from dsr.vault.keystore import data_keys


class BackupOfOtherVersion(Unavailable):
    """Another version of this program made the backup. Restore it with that version, then install this one and run
    `dsr upgrade`.
    """

    code = "backup-of-other-version"


class NeighbourUnreadable(Unavailable):
    """A backup beside this one can't be read. If it is newer, keys that were destroyed since would come back, and with
    them people who were forgotten. Repair it, or add `--despite-findings` if you know what was destroyed since.
    """

    code = "backup-beside-unreadable"


class FenceJournalOlder(Unavailable):
    """This backup names forgotten files that the fence journal does not name. The journal is an older copy, and
    everybody who was forgotten after it would be back. Put the newest journal where DSR_FENCE_JOURNAL says; a copy may
    lie beside the file of DSR_CHECKPOINT_COPY. If the newest one is lost, add `--despite-findings`, then forget again
    everybody of whom you know.
    """

    code = "fence-journal-older"


class BackupUnsound(Unavailable):
    """Something that the log of this backup names is missing in it or damaged; `dsr backup verify` lists it. Restore
    another backup. If there is none, add `--despite-findings`: what is missing stays missing.
    """

    code = "backup-unsound"


def restore(
    settings: Settings,
    folder: Path,
    *,
    despite_findings: bool = False,
    without_fence_journal: bool = False,
    told: Callable[[str, int], None] = lambda _what, _number: None,
) -> Examination:
    """Put the backup in `folder` back into the databases and the folder of these settings, and return what was examined
    before. Keys that later backups beside it call destroyed are destroyed here too, and every file is forgotten
    again that the fence journal names.

    Keyring and fence journal must be in their places; only `without_fence_journal` restores without one. If this is
    interrupted, the target is not served: empty it, and begin again.
    Raises BackupUnreadable, BackupOfOtherVersion, BackupUnsound, NeighbourUnreadable, TargetNotEmpty,
    FenceJournalMissing, FenceJournalCopyUnreadable, FenceJournalDamaged, FenceJournalOlder; the errors of the keyring.
    """
    keyring = Keyring.load(settings.keyring)
    backup = StoredBackup.open(folder, keyring)
    manifest = backup.manifest
    if manifest.revisions != {"main": head_revision("main"), "keys": head_revision("keys")}:
        raise BackupOfOtherVersion(program=manifest.program)
    urls: tuple[tuple[Kind, str], ...] = (("main", settings.database_url), ("keys", settings.keys_url))
    if settings.blobs.is_dir() and next(settings.blobs.iterdir(), None) is not None:
        raise TargetNotEmpty(path=str(settings.blobs))
    require_empty(urls)
    examined = examine(BackupSource(backup), told=lambda what: told(f"{what}s examined", 1))
    if examined.findings and not despite_findings:
        raise BackupUnsound(findings=[each.code for each in examined.findings])
    journal = fence_journal_of(settings)
    if not journal.is_there and not without_fence_journal:
        raise FenceJournalMissing()
    fences = journal.read()
    if not despite_findings:
        _require_named(backup, {fence.file_id for fence in fences})
    destroyed = _destroyed_later(backup, despite_findings=despite_findings)
    destroyed |= {key_id for fence in fences for key_id in fence.keys}
    settings.home.mkdir(mode=0o700, parents=True, exist_ok=True)
    for kind, url in urls:
        database = Database(url)
        if current_revision(database) is None:
            upgrade(database, kind)
        _fill(database, kind, backup, told)
        if kind == "keys":
            _destroy(database, destroyed)
        database.close()
    settings.blobs.mkdir(mode=0o700, parents=True, exist_ok=True)
    for blob_id in backup.blob_ids():
        backup.blobs.copy_one(blob_id, settings.blobs)
        told("files restored", 1)
    FileBlobStore(settings.blobs).mark(manifest.log_id)
    made = build(settings)
    try:
        made.log_mark.accept()
        rebuild(made.database, made.log, PROJECTIONS, at=made.clock.now())
        made.desk.fences.forget_again(Call(service("restore")), lambda _: told("files forgotten again", 1))
        made.check()
    finally:
        made.close()
    return examined


def _fill(database: Database, kind: Kind, backup: StoredBackup, told: Callable[[str, int], None]) -> None:
    parts = {table_of(kind, part.table): part for part in backup.manifest.parts if part.database == kind}
    fill(database, parts, lambda table: backup.chunks(parts[table]), told=lambda count: told("rows restored", count))


def _require_named(backup: StoredBackup, in_journal: set[UUID]) -> None:
    """Each file that the backup calls forgotten is in the journal, where it was written first. Raises
    FenceJournalOlder.
    """
    topics = (ForgettingAttested.TOPIC, FileForgettingAttested.TOPIC)
    attested = {row.stream_id for row in BackupSource(backup).events() if row.name in topics}
    if unnamed := attested - in_journal:
        raise FenceJournalOlder(file_ids=sorted(map(str, unnamed)))


def _destroyed_later(backup: StoredBackup, *, despite_findings: bool) -> set[UUID]:
    """Keys that newer backups of the same folder call destroyed: an older one must not bring a person back.

    A backup beside it that can't be read may be newer, so it is only passed over if the operator says so. Raises
    NeighbourUnreadable.
    """
    found: set[UUID] = set()
    for folder in sorted(each.parent for each in backup.folder.parent.glob(f"*/{FILE}")):
        try:
            other = StoredBackup.open(folder, backup.keyring)
            if other.manifest.made_at > backup.manifest.made_at:
                keys = other.rows("keys", data_keys.name)
                found |= {row["key_id"] for row in keys if row["destroyed_at"] is not None}
        except BackupUnreadable:
            if not despite_findings:
                raise NeighbourUnreadable(path=str(folder)) from None
    return found


def _destroy(database: Database, key_ids: set[UUID]) -> None:
    with database.writing() as connection:
        for key_id in sorted(key_ids):
            connection.execute(
                sa.update(data_keys)
                .where(data_keys.c.key_id == key_id, data_keys.c.destroyed_at.is_(None))
                .values(wrapped=None, kek_id=None, destroyed_at=sa.func.current_timestamp(), set_aside_at=None)
            )
