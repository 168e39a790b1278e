"""Errors of the database."""

from dsr.domain.errors import ServiceWide


class DatabaseError(ServiceWide):
    """The database reported an error. See the log of the service."""

    code = "database-error"


class DatabaseUrlInvalid(DatabaseError):
    """The database URL must be `sqlite:///path/to/file` or `postgresql://user@host/name`."""

    code = "database-url-invalid"


class DatabaseUnavailable(DatabaseError):
    """The database can't be reached. Check that it is running, that its URL is right and that its folder is
    writable.
    """

    code = "database-unavailable"


class DatabaseMissing(DatabaseError):
    """The file of a database is missing. Mount its disk, restore it from its backup, or correct its URL: an empty one
    is never put in its place.
    """

    code = "database-missing"


class DatabaseBusy(DatabaseError):
    """Another transaction blocked the database for too long. Nothing was changed: try again."""

    code = "database-busy"


class AffectedSqlite(DatabaseError):
    """This SQLite has the WAL-reset bug, fixed in 3.51.3, which can corrupt a database that two processes use. Install
    the `pysqlite3` wheel (`pip install pysqlite3`) or a newer SQLite. If neither is possible, add
    `?journal_mode=delete` to the database URL: the rollback journal is slower and not affected.
    """

    code = "sqlite-affected"


class SchemaMissing(DatabaseError):
    """The database has no tables, although the keyring of a service is there: its URL names another database, or its
    disk is not mounted. Correct the URL, or restore the database. `dsr init` makes a new service where there is no
    keyring yet.
    """

    code = "database-not-initialised"


class SchemaOutdated(DatabaseError):
    """The database schema is older than this program. Make a backup, then run `dsr upgrade`."""

    code = "database-unmigrated"


class SchemaTooNew(DatabaseError):
    """The database was upgraded by a newer version of this program. Install that version."""

    code = "database-newer"


class DatabaseMoved(DatabaseError):
    """The service was moved from this database to another one, which may hold later events. Name that one in
    DSR_DATABASE_URL and DSR_KEYS_URL.
    """

    code = "database-moved"


class DatabaseSwapped(DatabaseError):
    """The two databases are swapped or the same: DSR_DATABASE_URL names the event database, DSR_KEYS_URL the key
    database.
    """

    code = "database-swapped"
