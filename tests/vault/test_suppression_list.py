"""Who objected to direct marketing is known again by their identifiers, which stand nowhere."""

from datetime import date
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import sqlalchemy as sa

from dsr.database import Database
from dsr.vault import BlindIndex, IndexPurpose, Keyring, SuppressionList
from dsr.vault.blind_index import blind_index
from dsr.vault.suppression_list import suppressions

EMAIL, PHONE, NAME, IDENTIFIER = IndexPurpose.EMAIL, IndexPurpose.PHONE, IndexPurpose.NAME, IndexPurpose.IDENTIFIER
GERMAN, FRENCH = "callcentre-de", "callcentre-fr"
DAY = date(2026, 3, 5)


@pytest.fixture
def suppressed(database: Database, keyring: Keyring) -> SuppressionList:
    return SuppressionList(database, keyring)


@pytest.fixture
def add(suppressed: SuppressionList, database: Database) -> Any:
    """Add in a transaction of its own; returns the case."""

    def added(marks: Any, controller_id: str = GERMAN, since: date = DAY) -> Any:
        request_id = uuid4()
        with database.appending():
            suppressed.add(request_id, controller_id, marks, since)
        return request_id

    return added


def rows(database: Database) -> list[Any]:
    with database.reading() as connection:
        return list(connection.execute(sa.select(suppressions)))


@pytest.mark.parametrize(
    "asked",
    [
        {EMAIL: [" ANNA@example.org"]},
        {PHONE: ["0049 30 1234567"]},
        {IDENTIFIER: ["k-4711"]},
        {EMAIL: ["other@example.org"], PHONE: ["+49 30 1234567"]},
        {EMAIL: ["other@example.org", "anna@example.org"]},
    ],
)
def test_a_person_is_suppressed_by_each_identifier_in_every_spelling(
    suppressed: SuppressionList, add: Any, asked: Any
) -> None:
    add({EMAIL: ["Anna@Example.org"], PHONE: ["+49 30 1234567"], IDENTIFIER: ["K 4711"]})
    assert suppressed.matches(GERMAN, asked) == DAY


@pytest.mark.parametrize(
    "asked", [{}, {EMAIL: []}, {EMAIL: [""]}, {EMAIL: ["bert@example.org"]}, {PHONE: ["4711"]}, {NAME: ["Anna"]}]
)
def test_nobody_else_is_suppressed(suppressed: SuppressionList, add: Any, asked: Any) -> None:
    add({EMAIL: ["anna@example.org"], IDENTIFIER: ["4711"], PHONE: ["", "ext."]})
    assert suppressed.matches(GERMAN, asked) is None


def test_a_name_suppresses_nobody(suppressed: SuppressionList, add: Any, database: Database) -> None:
    add({NAME: ["Anna Müller"]})
    assert rows(database) == []


def test_an_objection_holds_for_the_controller_that_it_was_made_to(suppressed: SuppressionList, add: Any) -> None:
    add({EMAIL: ["anna@example.org"]})
    assert suppressed.matches(FRENCH, {EMAIL: ["anna@example.org"]}) is None


def test_of_several_objections_the_first_counts_whatever_their_order(suppressed: SuppressionList, add: Any) -> None:
    for day in (date(2026, 5, 1), date(2026, 4, 1), date(2026, 6, 1)):
        add({EMAIL: ["anna@example.org"]}, since=day)
    assert suppressed.matches(GERMAN, {EMAIL: ["anna@example.org"]}) == date(2026, 4, 1)


def test_an_objection_recorded_again_keeps_its_date(suppressed: SuppressionList, database: Database, add: Any) -> None:
    case = add({EMAIL: ["anna@example.org"]})
    with database.appending():
        suppressed.add(case, GERMAN, {EMAIL: ["ANNA@example.org"]}, date(2026, 9, 9))
    assert [row.since for row in rows(database)] == [DAY]


def test_suppression_outlives_the_forgetting_of_its_case(
    suppressed: SuppressionList, database: Database, keyring: Keyring, add: Any
) -> None:
    case, index = add({EMAIL: ["anna@example.org"]}), BlindIndex(database, keyring)
    index.write(case, {EMAIL: ["anna@example.org"]})
    index.delete(case)
    assert suppressed.matches(GERMAN, {EMAIL: ["anna@example.org"]}) == DAY


def test_no_token_leads_from_the_list_to_a_later_case_of_the_person(
    database: Database, keyring: Keyring, add: Any
) -> None:
    add({EMAIL: ["anna@example.org"]})
    BlindIndex(database, keyring).write(uuid4(), {EMAIL: ["anna@example.org"]})
    with database.reading() as connection:
        found = set(connection.execute(sa.select(blind_index.c.token)).scalars())
    assert found.isdisjoint(row.token for row in rows(database))


def test_the_list_joins_the_commands_transaction(suppressed: SuppressionList, database: Database) -> None:
    def refused_command() -> None:
        with database.appending():
            suppressed.add(uuid4(), GERMAN, {EMAIL: ["anna@example.org"]}, DAY)
            assert suppressed.matches(GERMAN, {EMAIL: ["anna@example.org"]}) == DAY
            raise ValueError("the command is refused")

    with pytest.raises(ValueError, match="refused"):
        refused_command()
    assert rows(database) == []


def test_nobody_is_suppressed_outside_of_a_command(suppressed: SuppressionList, database: Database) -> None:
    with pytest.raises(RuntimeError):
        suppressed.add(uuid4(), GERMAN, {EMAIL: ["anna@example.org"]}, DAY)
    assert rows(database) == []


def test_the_list_outlives_a_rotation_and_opens_to_no_other_keyring(
    suppressed: SuppressionList, database: Database, keyring: Keyring, add: Any, tmp_path: Path
) -> None:
    add({EMAIL: ["anna@example.org"]})
    keyring.retire_older_than(keyring.add_key().kek_id)
    again = SuppressionList(database, Keyring.load(keyring.path))
    stranger = SuppressionList(database, Keyring.create(tmp_path / "other"))
    assert again.matches(GERMAN, {EMAIL: ["anna@example.org"]}) == DAY
    assert stranger.matches(GERMAN, {EMAIL: ["anna@example.org"]}) is None


def test_no_identifier_stands_in_the_list(database: Database, add: Any) -> None:
    add({EMAIL: ["canary@example.org"], IDENTIFIER: ["canary-4711"]})
    assert "canary" not in repr(rows(database)).casefold()
