"""Which keys there are, for the sweep that takes away those that nothing names."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
import sqlalchemy as sa

from dsr.database import Database
from dsr.domain.sealed import KeyPurpose
from dsr.vault import SqlKeyStore
from dsr.vault import keystore as module
from dsr.vault.keystore import data_keys


@pytest.mark.parametrize("batch", [1, 2, 3, 500])
def test_every_older_key_is_named_once_and_whether_it_opens(
    keystore: SqlKeyStore, keys_database: Database, monkeypatch: pytest.MonkeyPatch, batch: int
) -> None:
    # given
    monkeypatch.setattr(module, "_BATCH", batch)
    limit = datetime.now(UTC) - timedelta(days=1)
    old, gone, _ = (keystore.create(uuid4(), KeyPurpose.BLOB, KeyPurpose.BLOB) for _ in range(3))
    keystore.destroy(key.key_id for key in gone)
    with keys_database.writing() as connection:
        ids = [key.key_id for key in (*old, *gone)]
        aged = sa.update(data_keys).where(data_keys.c.key_id.in_(ids))
        connection.execute(aged.values(created_at=limit - timedelta(seconds=1)))
    # when
    found = list(keystore.made_before(limit))
    # then
    assert len(found) == 4
    assert {each.key_id: each.opens for each in found} == {key.key_id: key in old for key in (*old, *gone)}
    assert list(keystore.made_before(limit - timedelta(days=1))) == []
