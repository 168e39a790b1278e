"""A keyring file, and a key store tied to it on each database."""

from pathlib import Path

import pytest

from dsr.database import Database
from dsr.vault import Keyring, SqlKeyStore


@pytest.fixture
def keyring(tmp_path: Path) -> Keyring:
    return Keyring.create(tmp_path / "keyring")


@pytest.fixture
def keystore(keys_database: Database, keyring: Keyring) -> SqlKeyStore:
    store = SqlKeyStore(keys_database, keyring)
    store.bind()
    return store
