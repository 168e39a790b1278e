"""What only PostgreSQL needs is loaded where PostgreSQL is used."""

import subprocess
import sys


def test_a_service_on_sqlite_starts_without_driver_and_dialect_of_postgresql() -> None:
    needed = (
        "import sys, dsr.bootstrap, dsr.worker; print({'psycopg', 'sqlalchemy.dialects.postgresql'} & {*sys.modules})"
    )
    started = subprocess.run([sys.executable, "-c", needed], capture_output=True, text=True, check=True)
    assert started.stdout == "set()\n"
