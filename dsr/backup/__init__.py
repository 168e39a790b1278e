"""Backups: made while the service works, proved without it, and put back into an empty installation.

A backup folder holds many backups of one installation. `blobs` holds the encrypted files of all of them, each once.
Beside it stands one folder for each backup, with its manifest and the rows of both databases, encrypted under a key
that the keyring gives. The keyring itself is never in it.
"""

from dsr.backup.examining import Defect, examine
from dsr.backup.filling import TargetNotEmpty
from dsr.backup.making import back_up
from dsr.backup.manifest import BackupUnreadable, Manifest
from dsr.backup.moving import CopyUnsound, MovesFromSqliteOnly, move
from dsr.backup.restoring import BackupOfOtherVersion, BackupUnsound, FenceJournalOlder, NeighbourUnreadable, restore
from dsr.backup.source import BackupSource, LiveSource
from dsr.backup.stored import BackupTimes, BackupWatch, SeenBackup, StoredBackup, backups_in

__all__ = [
    "BackupOfOtherVersion",
    "BackupSource",
    "BackupTimes",
    "BackupUnreadable",
    "BackupUnsound",
    "BackupWatch",
    "CopyUnsound",
    "Defect",
    "FenceJournalOlder",
    "LiveSource",
    "Manifest",
    "MovesFromSqliteOnly",
    "NeighbourUnreadable",
    "SeenBackup",
    "StoredBackup",
    "TargetNotEmpty",
    "back_up",
    "backups_in",
    "examine",
    "move",
    "restore",
]
