"""What a command costs does not grow with what is stored."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa

from dsr.database import Database
from dsr.desk.caller import Call
from dsr.desk.new_case import Arrival, Person, make_findable, new_case
from dsr.desk.originals import kept
from dsr.desk.unit_of_work import unit_of_work
from dsr.domain.request.letters import LetterKind
from dsr.domain.request.message import MessageKind
from dsr.domain.request.values import Channel
from dsr.domain.rights import Right
from dsr.projections.exports import exports
from dsr.projections.requests import requests
from tests.desk.office import Office, request_id_of
from tests.mailed import secret_in_mail
from tests.traffic import counted

FEW, MANY = 10, 1_000


def work(office: Office, number: int) -> dict[str, list[str]]:
    """One case from its letter to its answer; the statements of each command."""
    sent: dict[str, list[str]] = {}

    @contextmanager
    def noted(name: str) -> Iterator[None]:
        with counted(office.service) as traffic:
            yield
        sent[name] = [text for text in traffic.texts if not text.startswith(("PRAGMA", "BEGIN", "COMMIT"))]

    with noted("receive"):
        outcome = office.receive(office.mail(message_id=f"<case{number}@example.org>", sender=f"p{number}@example.org"))
    request_id = request_id_of(outcome)
    with noted("receive again"):
        again = office.mail(
            "Any news?",
            message_id=f"<again{number}@example.org>",
            sender=f"p{number}@example.org",
            References=f"<case{number}@example.org>",
        )
        assert office.receive(again).outcome == "follow-up"
    desk, call = office.desk, Call(office.ann)
    with noted("register"):
        desk.triage.register(request_id, call, rights=(Right.ACCESS,), direct_marketing=False)
    with noted("examine"):
        waiting = tuple(each.message_id for each in office.case(request_id).messages_waiting)
        desk.messages.examine(request_id, call, message_ids=waiting, kind=MessageKind.REMINDER)
    with noted("grant"):
        desk.items.grant(request_id, "access", call)
    with noted("collect"):
        office.collect(request_id, "access", call)
    with noted("search"):
        office.search(request_id, "access")
    with noted("prepare"):
        export = desk.exports.prepare(request_id, "access", call)
    with noted("offer"):
        link = desk.exports.link(desk.exports.offer(UUID(export.resource_id), call))
    with noted("redeem"):
        desk.exports.redeem(link.token, link.password, network="")
    with noted("done"):
        desk.items.record_done(request_id, "access", call, account="Copied.")
    with noted("answer"):
        draft = office.letter(LetterKind.ACCESS)
        desk.answers.record_answer(request_id, call, draft=draft, item_ids=("access",))
    with noted("tell the password"):
        desk.deliveries.tell_password(
            request_id, "access", call, channel=Channel.TELEPHONE, told_at=None, account="Called the number on file."
        )
    with noted("close"):
        desk.answers.close(request_id, call, unidentified=False)
    with noted("authenticate"):
        desk.subject_access.issue_token(office.arrived(), call)
        token = secret_in_mail(office.service)
        desk.staff.authenticate(token)
    return sent


def fill(office: Office, number: int) -> None:
    """That many more cases, of as many people, in one transaction."""
    repository, at = office.desk.repository, office.clock.now()
    with unit_of_work(repository, Call(office.ann)) as work:
        version = repository.ropa.current()
        for each in range(number):
            arrival = Arrival("callcentre-de", Channel.EMAIL, at, {"text": "hello"}, "en", (Right.ACCESS,))
            keys = work.enter(kept(repository, None, ""))
            case = new_case(work.acting, repository, version, uuid4(), keys=keys, arrival=arrival)
            work.add(case)
            work.effect(partial(make_findable, repository, case.id, Person(email=f"filler{each}@example.org")))
            work.effect(partial(repository.messages.remember, f"filler{each}@example.org", b"hello", case.id))


def test_a_command_sends_the_same_statements_at_a_thousand_cases_as_at_ten(office: Office) -> None:
    # given
    for _ in range(FEW):
        office.receive()
    work(office, 0)  # whatever is read once in the life of a process
    # when
    few = work(office, 1)
    fill(office, MANY - FEW)
    many = work(office, 2)
    # then
    assert few == many
    assert max(map(len, few.values())) < 40, {name: len(statements) for name, statements in few.items()}


@pytest.fixture
def plans(office: Office) -> Any:
    """How the database would run a statement, as text."""
    database: Database = office.service.database

    def plan(statement: sa.Select[Any]) -> str:
        compiled = statement.compile(database.engine, compile_kwargs={"literal_binds": True})
        explain = "EXPLAIN QUERY PLAN" if database.is_sqlite else "EXPLAIN"
        with database.writing() as connection:
            if not database.is_sqlite:  # an empty table is scanned, whatever indexes it has
                connection.exec_driver_sql("SET LOCAL enable_seqscan = off")
            return str(connection.exec_driver_sql(f"{explain} {compiled}".replace("%", "%%")).all())

    return plan


def test_what_commands_look_up_is_found_by_an_index(office: Office, plans: Any) -> None:
    from dsr.desk.exports import export_links
    from dsr.desk.idempotency import idempotency
    from dsr.desk.tokens import tokens
    from dsr.eventstore.tables import events
    from dsr.vault.blind_index import blind_index
    from dsr.vault.known_messages import known_messages

    for lookup in (
        sa.select(idempotency).where(idempotency.c.key == "k"),
        sa.select(tokens).where(tokens.c.sha256 == "h"),
        sa.select(export_links).where(export_links.c.sha256 == "h"),
        sa.select(known_messages).where(known_messages.c.token == "t"),
        sa.select(blind_index).where(blind_index.c.purpose == "email", blind_index.c.token == "t"),
        sa.select(requests).where(requests.c.reference == "r"),
        sa.select(events).where(events.c.log == "main", events.c.stream_id == sa.literal("0" * 32, sa.String)),
    ):
        found = plans(lookup)
        assert "SCAN" not in found.upper().replace("INDEX SCAN", "").replace("INDEX ONLY SCAN", "").replace(
            "BITMAP HEAP SCAN", ""
        ), found


def test_what_is_due_to_be_purged_is_found_by_its_index(office: Office, plans: Any) -> None:
    kept_until = exports.c.kept_until
    due = sa.select(exports.c.export_id).where(kept_until <= office.clock.now()).order_by(kept_until)
    assert "ix_exports_kept_until" in plans(due)
