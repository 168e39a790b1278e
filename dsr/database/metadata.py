"""Metadata of all tables: one MetaData for the log and everything derived from it, one for the keys.

Keys have a database of their own, so that no backup of the log can restore erased data.
"""

from typing import Final

from sqlalchemy import MetaData

NAMING: Final = {
    "pk": "pk_%(table_name)s",
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
}
"""Constraints have the same names on both databases, so that a migration can alter them by name."""

main: Final = MetaData(naming_convention=NAMING)
"""Events, read models, idempotency records, blind index, staff tokens."""

keys: Final = MetaData(naming_convention=NAMING)
"""Wrapped data keys."""
