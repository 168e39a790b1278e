"""A team at its desk."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import pytest

from dsr.bootstrap import Service
from dsr.database.errors import DatabaseUnavailable
from tests.desk.office import Office
from tests.settable_clock import SettableClock


@pytest.fixture
def example() -> str:
    """The record of processing of the examples, to be changed and adopted again."""
    return (Path(__file__).parents[2] / "dsr" / "ropa" / "example.yaml").read_text(encoding="utf-8")


@pytest.fixture
def office(service: Service, clock: SettableClock) -> Office:
    """A team at the desk of a service, on each backend."""
    return Office(service, clock)


@pytest.fixture
def open_office() -> Callable[[Service, SettableClock], Office]:
    """A second team at another service."""
    return Office


@pytest.fixture
def lose_the_next_commit(office: Office, monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """From then on: the next commit is done, and the connection is gone before the process learns of it."""
    database = office.service.database

    def unheard(begin: Callable[..., AbstractContextManager[Any]]) -> Callable[..., AbstractContextManager[Any]]:
        @contextmanager
        def begun(*args: Any, **kwargs: Any) -> Iterator[Any]:
            commits = not database.is_changing
            with begin(*args, **kwargs) as connection:
                yield connection
            if commits:
                monkeypatch.undo()
                raise DatabaseUnavailable

        return begun

    def lose() -> None:
        monkeypatch.setattr(database, "appending", unheard(database.appending))
        monkeypatch.setattr(database, "writing", unheard(database.writing))

    return lose
