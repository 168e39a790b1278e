"""The key-encryption key is replaced by itself, so that a wrapped key in an old backup opens for weeks and no longer.

A new key is used only once a copy of the keyring in a second place has it: else the copy that was put into a safe
would be worthless after each replacement. The old key stays for a week, in which the backups of the last days still
open; until then there are newer ones.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from dsr.vault.keyring import Keyring, KeyringCopyUnset
from dsr.vault.keystore import SqlKeyStore

OLD_KEPT: Final = timedelta(days=7)
"""How long a replaced key-encryption key stays, for backups that were made before."""


@dataclass(frozen=True)
class KeyRotation:
    """Replaces the key-encryption key when it is due."""

    keystore: SqlKeyStore
    keyring: Keyring
    days: int
    """Age at which it is replaced; 0: never by itself."""
    now: Callable[[], datetime]

    @property
    def due_at(self) -> datetime | None:
        """When the present key is due for replacement; None: never by itself."""
        return self.keyring.current.created_at + timedelta(days=self.days) if self.days else None

    @property
    def unreadable_on(self) -> date | None:
        """The day from which no backup of today opens a key that is destroyed now; None where no key is replaced by
        itself.
        """
        if self.due_at is None or self.keyring.copy is None:
            return None
        return (max(self.due_at, self.now()) + OLD_KEPT).date() + timedelta(days=1)

    def turn(self) -> int | None:
        """Do what is due: bring the copy up to date, complete a rotation that was interrupted, destroy an old key,
        replace the present one.

        Returns the number of rewrapped data keys; None where nothing was due. Raises KeyringCopyUnset,
        KeyringCopyUnavailable, KeyringCopyWrong.
        """
        self.keystore.copy_keyring()
        due_at, now = self.due_at, self.now()
        if due_at is None:
            return None
        if self.keystore.is_rotating:
            return self.keystore.rotate(keeps_old=True)
        if now >= due_at:
            if self.keyring.copy is None:
                raise KeyringCopyUnset(due_since=due_at.date().isoformat())
            return self.keystore.rotate(keeps_old=True)
        if len(self.keyring.key_ids) > 1 and now >= self.keyring.current.created_at + OLD_KEPT:
            self.keystore.retire()
        return None
