"""The vault: keys, with which personal data is sealed, opened, found and erased (GDPR Art. 17, 32)."""

from dsr.vault.blind_index import BlindIndex
from dsr.vault.fence_journal import (
    Fence,
    FenceJournal,
    FenceJournalCopyUnreadable,
    FenceJournalDamaged,
    FenceJournalMissing,
)
from dsr.vault.fingerprint import Fingerprint
from dsr.vault.keyring import (
    IndexKey,
    Keyring,
    KeyringCopyUnavailable,
    KeyringCopyUnset,
    KeyringCopyWrong,
    KeyringDamaged,
    KeyringExists,
    KeyringExposed,
    KeyringMissing,
    KeyringWrong,
)
from dsr.vault.keyring_mark import KeyringMark
from dsr.vault.keystore import SqlKeyStore
from dsr.vault.known_messages import KnownMessage, KnownMessages, MessageKnown
from dsr.vault.log_mark import LogDiffers, LogMark, LogOlderThanKeys
from dsr.vault.normal_form import IndexPurpose, normal_form
from dsr.vault.passing_secrets import PassingSecrets
from dsr.vault.rotation import KeyRotation
from dsr.vault.sealer import Sealer
from dsr.vault.suppression_list import SUPPRESSED_BY, Marks, SuppressionList

__all__ = [
    "SUPPRESSED_BY",
    "BlindIndex",
    "Fence",
    "FenceJournal",
    "FenceJournalCopyUnreadable",
    "FenceJournalDamaged",
    "FenceJournalMissing",
    "Fingerprint",
    "IndexKey",
    "IndexPurpose",
    "KeyRotation",
    "Keyring",
    "KeyringCopyUnavailable",
    "KeyringCopyUnset",
    "KeyringCopyWrong",
    "KeyringDamaged",
    "KeyringExists",
    "KeyringExposed",
    "KeyringMark",
    "KeyringMissing",
    "KeyringWrong",
    "KnownMessage",
    "KnownMessages",
    "LogDiffers",
    "LogMark",
    "LogOlderThanKeys",
    "Marks",
    "MessageKnown",
    "PassingSecrets",
    "Sealer",
    "SqlKeyStore",
    "SuppressionList",
    "normal_form",
]
