"""Cases are found by identifiers that stand nowhere."""

from pathlib import Path
from uuid import uuid4

import pytest
import sqlalchemy as sa

from dsr.database import Database
from dsr.vault import BlindIndex, IndexPurpose, Keyring
from dsr.vault.blind_index import blind_index

EMAIL, PHONE, NAME = IndexPurpose.EMAIL, IndexPurpose.PHONE, IndexPurpose.NAME


@pytest.fixture
def index(database: Database, keyring: Keyring) -> BlindIndex:
    return BlindIndex(database, keyring)


def test_a_case_is_found_by_every_spelling_of_its_identifier(index: BlindIndex) -> None:
    case, other = uuid4(), uuid4()
    index.write(case, {EMAIL: ["Anna@Example.org"]})
    index.write(other, {EMAIL: ["bert@example.org"]})
    assert index.find(EMAIL, " anna@EXAMPLE.org") == [case]
    assert index.find(EMAIL, "nobody@example.org") == []


def test_all_cases_of_a_person_are_found(index: BlindIndex) -> None:
    cases = {uuid4() for _ in range(3)}
    for case in cases:
        index.write(case, {NAME: ["Anna Müller"]})
    assert set(index.find(NAME, "Müller, Anna")) == cases


def test_what_is_empty_or_there_already_is_passed_over(index: BlindIndex, database: Database) -> None:
    case = uuid4()
    index.write(case, {EMAIL: ["anna@example.org", "ANNA@example.org", "  ", ""]})
    index.write(case, {EMAIL: ["anna@example.org", "anna@other.example"]})
    index.write(case, {PHONE: ["ext. none"]})
    with database.reading() as conn:
        assert conn.execute(sa.select(sa.func.count()).select_from(blind_index)).scalar_one() == 2
    assert index.find(PHONE, "none") == []


def test_an_identifier_is_found_only_as_what_it_is(index: BlindIndex, database: Database) -> None:
    case = uuid4()
    index.write(case, {PHONE: ["4711"]})
    assert index.find(IndexPurpose.IDENTIFIER, "4711") == []
    index.write(case, {IndexPurpose.IDENTIFIER: ["4711"]})
    with database.reading() as conn:
        assert len(set(conn.execute(sa.select(blind_index.c.token)).scalars())) == 2


def test_two_cases_share_a_person_only_through_the_same_identifier(index: BlindIndex) -> None:
    one, two, three = uuid4(), uuid4(), uuid4()
    index.write(one, {EMAIL: ["anna@example.org"]})
    index.write(one, {PHONE: ["4711"]})
    index.write(two, {PHONE: ["4711"]})
    index.write(three, {IndexPurpose.IDENTIFIER: ["4711"]})
    assert index.shares(one, two)
    assert index.shares(two, one)
    assert not index.shares(one, three)
    assert not index.shares(one, uuid4())


def test_all_that_share_an_entry_are_told_with_the_kinds_of_what_they_share(index: BlindIndex) -> None:
    one, two, three = uuid4(), uuid4(), uuid4()
    index.write(one, {EMAIL: ["anna@example.org", "a@example.org"], NAME: ["Anna"], PHONE: ["4711"]})
    index.write(two, {EMAIL: ["anna@example.org", "a@example.org"], NAME: ["Anna"], PHONE: ["4712"]})
    index.write(three, {NAME: ["Anna"], IndexPurpose.IDENTIFIER: ["4711"]})
    assert index.sharing(one) == {two: {EMAIL, NAME}, three: {NAME}}
    assert index.sharing(three) == {one: {NAME}, two: {NAME}}
    assert index.sharing(uuid4()) == {}
    index.delete(two)
    assert index.sharing(one) == {three: {NAME}}


def test_a_forgotten_case_is_found_no_more_and_others_are(index: BlindIndex) -> None:
    one, two = uuid4(), uuid4()
    for case in (one, two):
        index.write(case, {EMAIL: ["anna@example.org"]})
    index.delete(one)
    index.delete(one)
    assert index.find(EMAIL, "anna@example.org") == [two]


def test_the_index_joins_the_commands_transaction(index: BlindIndex, database: Database) -> None:
    case = uuid4()

    def refused_command() -> None:
        with database.appending():
            index.write(case, {EMAIL: ["anna@example.org"]})
            assert index.find(EMAIL, "anna@example.org") == [case]
            raise ValueError("the command is refused")

    with pytest.raises(ValueError, match="refused"):
        refused_command()
    assert index.find(EMAIL, "anna@example.org") == []


def test_nobody_without_the_keyring_can_try_addresses(index: BlindIndex, database: Database, tmp_path: Path) -> None:
    index.write(uuid4(), {EMAIL: ["anna@example.org"]})
    stranger = BlindIndex(database, Keyring.create(tmp_path / "other"))
    assert stranger.find(EMAIL, "anna@example.org") == []


def test_the_index_outlives_a_rotation(index: BlindIndex, database: Database, keyring: Keyring) -> None:
    case = uuid4()
    index.write(case, {EMAIL: ["anna@example.org"]})
    keyring.retire_older_than(keyring.add_key().kek_id)
    assert BlindIndex(database, Keyring.load(keyring.path)).find(EMAIL, "anna@example.org") == [case]


def test_no_identifier_stands_in_the_database(index: BlindIndex, database: Database) -> None:
    index.write(uuid4(), {EMAIL: ["canary@example.org"]})
    index.write(uuid4(), {NAME: ["Canary Bird"]})
    with database.reading() as conn:
        rows = repr(conn.execute(sa.select(blind_index)).all()).casefold()
    assert "canary" not in rows
