"""The index key is replaced while the service works: everything is found before, meanwhile and afterwards."""

from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa

from dsr.bootstrap import Service, build
from dsr.desk.caller import Call
from dsr.desk.idempotency import idempotency
from dsr.desk.index_rotation import AT_LEAST, IndexRotation
from dsr.desk.new_case import Person
from dsr.domain.request.intake import RequestReceived
from dsr.domain.rights import Right
from dsr.mailbox.bounce import Bounce
from dsr.vault import IndexPurpose, Keyring
from dsr.vault.blind_index import blind_index
from dsr.vault.known_messages import known_messages
from dsr.vault.suppression_list import suppressions
from tests.desk.dispatching.letters import Letters
from tests.desk.office import Office
from tests.desk.test_use_cases import send_code, sign_in

GRACE_HOPPER = Person(name="Grace Hopper", email="grace@example.org", phone="+49 30 123456", identifiers=("K-17",))


@pytest.fixture
def known(office: Office) -> dict[str, Any]:
    """Everything that the index key makes rows of."""
    first, unnamed = office.mail(), office.mail("Another one.", message_id=None, sender="Bea <bea@example.org>")
    entered = office.arrived(person=GRACE_HOPPER)
    office.desk.triage.register(entered, office.call(entered), rights=(Right.OBJECTION,), direct_marketing=True)
    call = office.call(entered)
    office.desk.objection.object(entered, "objection", call, activities=(), grounds="")
    by_mail = office.case_by_mail(first)
    office.reply(by_mail)
    letters = Letters(office)
    dispatch_id = letters.acknowledged(by_mail)
    letters.drain()
    bounce = Bounce((letters.load(dispatch_id).message_id.strip("<>"),), "5.1.1", permanent=True)
    letters.desk.record_bounce(bounce, letters.robot)
    broken = b"From: a@example.org\r\nFrom: b@example.org\r\n\r\nNo."
    return {
        "entered": entered,
        "by_mail": by_mail,
        "first": first,
        "unnamed": unnamed,
        "unnamed_case": office.case_by_mail(unnamed),
        "broken": broken,
        "quarantined": office.receive(broken).quarantine_id,
    }


def tokens(office: Office) -> dict[str, set[str]]:
    with office.service.database.reading() as connection:
        return {
            table.name: {*connection.execute(sa.select(table.c.token)).scalars()}
            for table in (blind_index, known_messages, suppressions)
        }


def require_found(office: Office, known: dict[str, Any]) -> None:
    """By person, by message and by list."""
    index, repository = office.desk.repository.index, office.desk.repository
    assert index.find(IndexPurpose.EMAIL, "ada@example.org") == [known["by_mail"]]
    assert index.find(IndexPurpose.BOUNCED_EMAIL, "ada@example.org") == [known["by_mail"]]
    for purpose, value in (
        (IndexPurpose.NAME, "hopper GRACE"),
        (IndexPurpose.PHONE, "+4930123456"),
        (IndexPurpose.IDENTIFIER, "K-17"),
    ):
        assert index.find(purpose, value) == [known["entered"]]
    assert office.receive(known["first"]).request_id == known["by_mail"]
    assert office.receive(known["unnamed"]).request_id == known["unnamed_case"]
    assert office.receive(known["broken"]).quarantine_id == known["quarantined"]
    marks = {IndexPurpose.EMAIL: ["grace@example.org"]}
    assert repository.suppressions.since(office.ann, controller_id="callcentre-de", marks=marks)


def rotation(office: Office) -> IndexRotation:
    return office.service.index_rotation


def test_every_row_is_made_anew_and_the_former_key_destroyed(office: Office, known: dict[str, Any]) -> None:
    # given
    before = tokens(office)
    assert all(before.values())
    old = office.service.keyring.index_key("blind-index email")
    # when
    rotation(office).begin()
    require_found(office, known)
    turn = rotation(office).turn()
    # then: both keys find until a day has passed
    assert (turn.left, turn.is_finished) == (0, False)
    require_found(office, known)
    # and only the new one afterwards
    office.clock.advance(seconds=AT_LEAST.total_seconds())
    assert rotation(office).turn().is_finished
    require_found(office, known)
    after = tokens(office)
    for name, made in before.items():
        assert len(after[name]) == len(made)
        assert not after[name] & made
    stored = Keyring.load(office.service.settings.keyring)
    assert [key.material for key in stored.index_keys("blind-index email")] == [
        office.service.keyring.index_key("blind-index email")
    ]
    assert stored.index_key("blind-index email") != old
    office.service.check()


def test_what_comes_meanwhile_is_found_with_what_was_there(office: Office, known: dict[str, Any]) -> None:
    # given: a new key, and nothing made anew yet
    office.clock.advance(hours=1)
    rotation(office).begin()
    # when
    late = office.mail(sender="Ada Lovelace <ada@example.org>", message_id="<late@example.org>")
    new = office.case_by_mail(late)
    # then
    index = office.desk.repository.index
    assert set(index.find(IndexPurpose.EMAIL, "ada@example.org")) == {known["by_mail"], new}
    assert index.shares(known["by_mail"], new), "two cases of one person are compared by their rows"
    assert office.receive(late).request_id == new
    # and after the end
    rotation(office).turn(at_once=True)
    assert set(index.find(IndexPurpose.EMAIL, "ada@example.org")) == {known["by_mail"], new}
    assert index.shares(known["by_mail"], new)
    assert office.receive(late).request_id == new


def test_a_command_a_session_and_a_secret_outlive_the_replacement(office: Office, known: dict[str, Any]) -> None:
    # given: an answer, a session and a code from before
    request_id = known["by_mail"]
    key = office.key()
    office.desk.triage.add_note(request_id, office.call(request_id, key=key), note="Called back.")
    send_code(office, known["unnamed_case"])
    session = sign_in(office, known["unnamed_case"])
    office.clock.advance(minutes=1)
    send_code(office, known["unnamed_case"])
    # when
    rotation(office).begin()
    rotation(office).turn()
    # then
    names = zip(office.service.fingerprint.all(b"key"), office.service.fingerprint.all(b"body"), strict=True)
    (new, body), (former, its_body) = names
    repeated = replace(key, key=new, fingerprint=body, before=replace(key, key=former, fingerprint=its_body))
    version = office.case(request_id).version
    office.desk.triage.add_note(request_id, Call(office.ann, version - 1, repeated), note="Called back.")
    assert office.case(request_id).version == version, "it was answered as before"
    office.desk.my.session(session)
    assert sign_in(office, known["unnamed_case"])


def test_a_crash_in_the_middle_loses_nothing_and_the_next_call_goes_on(
    office: Office, known: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    # given
    rotation(office).begin()
    remake, done = IndexRotation._remake_messages, list[Any]()

    def dies(self: IndexRotation, *given: Any) -> int:
        if len(done) == 2:
            raise KeyboardInterrupt
        done.append(given)
        return remake(self, *given)

    with monkeypatch.context() as patched:
        patched.setattr(IndexRotation, "_remake_messages", dies)
        with pytest.raises(KeyboardInterrupt):
            rotation(office).turn()
    require_found(office, known)
    # when: another process goes on
    with other_process(office) as other:
        other.index_rotation.begin()
        assert other.index_rotation.turn(at_once=True).is_finished
    # then
    require_found(office, known)
    assert not rotation(office).is_running


def test_a_crash_before_the_databases_know_the_new_key_is_made_up_for(office: Office, known: dict[str, Any]) -> None:
    office.service.keyring.replace_index_key(office.clock.now())
    office.service.check()
    require_found(office, known)
    rotation(office).begin()
    assert rotation(office).turn(at_once=True).is_finished
    require_found(office, known)
    office.service.check()


def test_a_process_that_began_before_writes_under_the_new_key_at_once(office: Office, known: dict[str, Any]) -> None:
    with other_process(office) as other:
        elsewhere = Office(other, office.clock)
        rotation(office).begin()
        new = elsewhere.case_by_mail(office.mail(sender="Eve <eve@example.org>"))
        assert rotation(office).turn(at_once=True).is_finished
        assert elsewhere.desk.repository.index.find(IndexPurpose.EMAIL, "eve@example.org") == [new]
        require_found(elsewhere, known)


def test_rows_whose_origin_was_destroyed_stay_and_are_found(office: Office, known: dict[str, Any]) -> None:
    # given: the person was forgotten, and her objection stands
    forget(office, known["entered"])
    # when
    rotation(office).begin()
    turn = rotation(office).turn(at_once=True)
    # then
    assert (turn.left > 0, turn.is_finished) == (True, True)
    require_found(office, known)
    # and neither does the next replacement lose them
    office.clock.advance(days=1)
    rotation(office).begin()
    assert rotation(office).turn(at_once=True).is_finished
    require_found(office, known)


def test_answers_of_commands_from_before_go_with_the_former_key(office: Office, known: dict[str, Any]) -> None:
    def answers() -> int:
        with office.service.database.reading() as connection:
            return int(connection.execute(sa.select(sa.func.count()).select_from(idempotency)).scalar_one())

    request_id = known["by_mail"]
    office.desk.triage.add_note(request_id, office.call(request_id, key=office.key()), note="Before.")
    rotation(office).begin()
    assert answers() == 1
    office.clock.advance(seconds=(AT_LEAST + timedelta(hours=1)).total_seconds())
    office.desk.triage.add_note(request_id, office.call(request_id, key=office.key("later")), note="After.")
    rotation(office).turn()
    assert answers() == 1


def forget(office: Office, request_id: UUID) -> None:
    """Destroy what the message of a case is sealed under."""
    first = office.desk.repository.events_of(office.case(request_id))[0]
    assert isinstance(first, RequestReceived)
    office.desk.repository.keystore.destroy([each.key_id for each in first.keys])


def other_process(office: Office) -> closing[Service]:
    """Another process of the same service."""
    return closing(build(office.service.settings, clock=office.clock))
