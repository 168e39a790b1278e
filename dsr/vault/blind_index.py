"""The blind index: finds cases by identifiers of a person without storing the identifiers.

Tokens are HMAC-SHA256 values under keys of the keyring, one key per purpose: equal identifiers have equal tokens, and
without the keyring they can't be found even by trying every address. The tokens are not a projection (they can't be
rebuilt once keys are gone) and are deleted when a case is erased.
"""

import hmac
from collections.abc import Collection, Iterable, Mapping
from typing import Final
from uuid import UUID

import sqlalchemy as sa

from dsr.database import Database, metadata
from dsr.database.statements import InsertRows
from dsr.vault.keyring import Keyring
from dsr.vault.normal_form import IndexPurpose, normal_form

blind_index: Final = sa.Table(
    "blind_index",
    metadata.main,
    sa.Column("purpose", sa.String(32), primary_key=True),
    sa.Column("token", sa.String(64), primary_key=True, comment="HMAC-SHA256 of the normal form, hex"),
    sa.Column("stream_id", sa.Uuid, primary_key=True, index=True, comment="the case"),
    sa.Column("generation", sa.Integer, nullable=False, index=True, comment="of the index key that made it"),
    sa.Column("superseded", sa.Boolean, nullable=False, comment="a row under a later index key says the same"),
)

_ADD: Final = InsertRows(blind_index, skips_known=True)


class BlindIndex:
    """Table of tokens, written by the desk in the command's transaction."""

    def __init__(self, database: Database, keyring: Keyring) -> None:
        """`database` holds the tables of the metadata `main`."""
        self._database = database
        self._keyring = keyring

    def write(self, stream_id: UUID, values: Mapping[IndexPurpose, Iterable[str]]) -> None:
        """Make the case findable by each value; existing entries, and values with an empty normal form, are skipped."""
        rows = [
            {
                "purpose": purpose.value,
                "token": token,
                "stream_id": stream_id,
                "generation": key.generation,
                "superseded": place > 0,
            }
            for purpose, given in values.items()
            for place, key in enumerate(self._keyring.written_index_keys(use_of(purpose)))
            for token in sorted(tokens_of(key.material, purpose, given))
        ]
        if rows:
            with self._database.writing() as conn:
                _ADD.send(conn, rows)

    def copy(self, stream_id: UUID, other_id: UUID) -> None:
        """Make another case findable by all that this one is found by; existing entries are skipped."""
        c = blind_index.c
        values = sa.select(c.purpose, c.token, sa.literal(other_id, sa.Uuid), c.generation, c.superseded)
        columns = ["purpose", "token", "stream_id", "generation", "superseded"]
        with self._database.writing() as conn:
            conn.execute(sa.insert(blind_index).from_select(columns, values.where(c.stream_id == stream_id)))

    def find(self, purpose: IndexPurpose, value: str) -> list[UUID]:
        """The cases with this value, unordered."""
        with self._database.glancing() as conn:
            return list(conn.execute(self.matching(purpose, value)).scalars())

    def matching(self, purpose: IndexPurpose, value: str) -> sa.Select[UUID]:
        """The query behind `find`, for a list that shows the cases by pages: many people share a name."""
        return sa.select(blind_index.c.stream_id).where(
            blind_index.c.purpose == purpose.value,
            blind_index.c.token.in_(self._tokens(purpose, [value])),
            blind_index.c.superseded.is_(sa.false()),
        )

    def of_case(
        self, stream_id: UUID, values: Mapping[IndexPurpose, Collection[str]]
    ) -> frozenset[tuple[IndexPurpose, str]]:
        """Those of the values by which the case is found."""
        keys = {purpose: self._keyring.index_keys(use_of(purpose)) for purpose, given in values.items() if given}
        tokens = {
            (purpose.value, token): (purpose, value)
            for purpose, each in keys.items()
            for key in each
            for value in values[purpose]
            for token in tokens_of(key.material, purpose, [value])
        }
        entries = sa.select(blind_index.c.purpose, blind_index.c.token).where(blind_index.c.stream_id == stream_id)
        with self._database.glancing() as conn:
            known = {(purpose, token) for purpose, token in conn.execute(entries)} if tokens else set()
        return frozenset(found for entry, found in tokens.items() if entry in known)

    def shares(self, stream_a: UUID, stream_b: UUID) -> bool:
        """Whether both cases share an identifier, which suggests, but does not prove, one person.

        A name alone does not count, since many people share one.
        """
        other = blind_index.alias()
        common = sa.select(blind_index.c.token).join(
            other, (other.c.purpose == blind_index.c.purpose) & (other.c.token == blind_index.c.token)
        )
        with self._database.reading() as conn:
            both = common.where(blind_index.c.stream_id == stream_a, other.c.stream_id == stream_b)
            both = both.where(blind_index.c.purpose != IndexPurpose.NAME.value)
            return conn.execute(both.limit(1)).first() is not None

    def sharing(self, stream_id: UUID) -> dict[UUID, frozenset[IndexPurpose]]:
        """Other cases that share an entry with this one, with the kinds of entries.

        These are hints, as in `shares`; names are included but weak alone. The cost grows with the cases found.
        """
        other = blind_index.alias()
        common = (
            sa.select(other.c.stream_id, other.c.purpose)
            .join_from(
                blind_index, other, (other.c.purpose == blind_index.c.purpose) & (other.c.token == blind_index.c.token)
            )
            .where(blind_index.c.stream_id == stream_id, other.c.stream_id != stream_id)
            .distinct()
        )
        found: dict[UUID, set[IndexPurpose]] = {}
        with self._database.glancing() as conn:
            for other_id, purpose in conn.execute(common):
                found.setdefault(other_id, set()).add(IndexPurpose(purpose))
        return {other_id: frozenset(purposes) for other_id, purposes in found.items()}

    def delete(self, stream_id: UUID) -> None:
        """Delete the entries of the case, on erasure; idempotent."""
        with self._database.writing() as conn:
            conn.execute(sa.delete(blind_index).where(blind_index.c.stream_id == stream_id))

    def _tokens(self, purpose: IndexPurpose, values: Iterable[str]) -> set[str]:
        """Under every key that a row may stand under."""
        keys = self._keyring.index_keys(use_of(purpose))
        return {token for key in keys for token in tokens_of(key.material, purpose, values)}


def use_of(purpose: IndexPurpose) -> str:
    """The use of the index key for rows of this purpose."""
    return f"blind-index {purpose}"


def tokens_of(key: bytes, purpose: IndexPurpose, values: Iterable[str]) -> set[str]:
    """One token for each value with a non-empty normal form."""
    forms = {normal_form(purpose, value) for value in values} - {""}
    return {hmac.new(key, form.encode(), "sha256").hexdigest() for form in forms}
