"""Codes to sign in: the page does the same for every reference, and the worker sends what it may."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Thread
from typing import Any

import pytest
import sqlalchemy as sa

from dsr.database.metadata import main
from dsr.desk.dispatching import DispatchDesk
from dsr.desk.my import SignInRefused
from dsr.desk.new_case import Person
from dsr.desk.sign_in_codes import CODE_ASKERS, CODE_MAILS, CODE_MINUTES, CODE_TRIES, CODE_TRIES_IN_ALL, MAILS_AN_HOUR
from dsr.domain.messages import MessageInDoubt, MessageNotSent, MessageRefused, OutgoingMessage
from dsr.letters.words import Untranslated, words
from dsr.worker import Worker
from tests.desk.office import Office

HERE, ELSEWHERE = "192.0.2.7", "198.51.100.7"
NOBODYS = "DSR-2222-3333"
TYPED = ("there", "without address", "nobody's", "no reference")


class Post:
    """A mail server that can be slow, away, or refuse; keeps what it took."""

    name = "post"

    def __init__(self) -> None:
        self.taken: list[OutgoingMessage] = []
        self.refusal: MessageNotSent | None = None
        self.is_cut = False
        """It takes what comes, and the line breaks before it says so."""
        self.called, self.answers = Event(), Event()
        self.answers.set()

    def send(self, message: OutgoingMessage) -> None:
        self.called.set()
        assert self.answers.wait(60)
        if self.refusal is not None:
            raise self.refusal
        self.taken.append(message)
        if self.is_cut:
            raise MessageInDoubt

    @property
    def codes(self) -> list[str]:
        digits = ["".join(filter(str.isdigit, each.text.partition(": ")[2][:12])) for each in self.taken]
        assert all(len(each) == 8 for each in digits)
        return digits


@pytest.fixture
def post(office: Office, monkeypatch: pytest.MonkeyPatch) -> Post:
    made = Post()
    monkeypatch.setattr(office.desk.sign_in_mail, "_transport", made)
    return made


def reference(office: Office, case: Any) -> str:
    return str(office.case(case).reference)


def typed(office: Office, kind: str) -> str:
    """What somebody types."""
    match kind:
        case "there":
            return reference(office, office.arrived())
        case "without address":
            return reference(office, office.arrived(person=Person(name="Ada Lovelace")))
    return NOBODYS if kind == "nobody's" else "no reference at all"


@contextmanager
def written(office: Office) -> Iterator[list[tuple[str, int]]]:
    """The statements that were sent meanwhile, and how many rows each changed."""
    seen: list[tuple[str, int]] = []

    def note(_connection: Any, cursor: Any, statement: str, *_: Any) -> None:
        seen.append((statement, 0 if statement.startswith("SELECT") else cursor.rowcount))

    engine = office.service.database.engine
    sa.event.listen(engine, "after_cursor_execute", note)
    yield seen
    sa.event.remove(engine, "after_cursor_execute", note)


def test_a_stranger_learns_nothing_from_what_asking_costs(office: Office) -> None:
    sent = []
    for kind in TYPED:
        given = typed(office, kind)
        with written(office) as statements:
            office.desk.my.ask_for_code(given, language="en", network=HERE)
        sent.append(statements)
    assert sent == [sent[0]] * len(TYPED)


def test_a_stranger_learns_nothing_from_what_a_wrong_code_costs(office: Office, post: Post) -> None:
    # given
    given = {kind: typed(office, kind) for kind in TYPED}
    for each in given.values():
        office.desk.my.ask_for_code(each, language="en", network=HERE)
    office.desk.sign_in_mail.send_due()
    assert len(post.taken) == 1
    # when
    for attempt in range(CODE_TRIES + 2):
        sent = []
        for each in given.values():
            with written(office) as statements, pytest.raises(SignInRefused):
                office.desk.my.sign_in(each, f"{attempt}", network=HERE)
            sent.append(statements)
        # then
        assert sent == [sent[0]] * len(TYPED), "with a code that holds, with one whose tries are over, without any"


def test_in_development_a_code_comes_in_english_where_its_mail_is_not_translated(
    office: Office, post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    # given
    def untranslated(message: str) -> str:
        raise Untranslated(message)

    monkeypatch.setattr(words("de"), "gettext", untranslated)
    monkeypatch.setattr(office.desk.sign_in_mail, "_english_if_untranslated", True)
    # when
    office.desk.my.ask_for_code(reference(office, office.arrived(language="de")), language="de", network=HERE)
    office.desk.sign_in_mail.send_due()
    # then
    (mail,) = post.taken
    assert mail.languages == ("en",)
    assert mail.subject.startswith("Your code")


def test_a_mail_server_that_stands_still_delays_neither_who_asks_nor_any_command(office: Office, post: Post) -> None:
    # given
    case, other = office.arrived(), office.arrived()
    post.answers.clear()
    office.desk.my.ask_for_code(reference(office, case), language="en", network=HERE)
    stop = Event()
    worker = Thread(target=Worker(office.service).work, args=(stop,))
    worker.start()
    try:
        assert post.called.wait(60)
        # when
        for kind in TYPED:
            office.desk.my.ask_for_code(typed(office, kind), language="en", network=HERE)
        office.desk.triage.add_note(other, office.call(other), note="Called back.")
        # then
        assert post.taken == [], "the mail server still has not answered"
        assert "request.note-added" in office.names()
    finally:
        stop.set()
        post.answers.set()
        worker.join(60)
    assert not worker.is_alive()


def test_who_is_told_to_stop_sends_no_further_code(office: Office, post: Post) -> None:
    # given: many ask, and the mail server stands still
    for number in range(3):
        case = office.arrived(person=Person(email=f"n{number}@example.org"))
        office.desk.my.ask_for_code(reference(office, case), language="en", network=HERE)
    post.answers.clear()
    post.refusal = MessageNotSent()
    stop = Event()
    worker = Thread(target=Worker(office.service).work, args=(stop,))
    worker.start()
    try:
        assert post.called.wait(60)
    finally:
        # when
        stop.set()
        post.answers.set()
        worker.join(60)
    # then
    assert not worker.is_alive()
    assert office.names().count("request.sign-in-code-sent") == 1


def test_a_code_waits_behind_no_letter(office: Office, post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    # given
    letters_may_leave, letters_leave = Event(), Event()

    def drain(*_: Any) -> Any:
        letters_leave.set()
        assert letters_may_leave.wait(60)
        return drained

    drained = office.desk.dispatching.drain(office.clock.now(), 0)
    monkeypatch.setattr(DispatchDesk, "drain", drain)
    stop = Event()
    worker = Thread(target=Worker(office.service).work, args=(stop,))
    worker.start()
    try:
        assert letters_leave.wait(60)
        # when
        office.desk.my.ask_for_code(reference(office, office.arrived()), language="en", network=HERE)
        # then
        assert post.called.wait(60)
    finally:
        stop.set()
        letters_may_leave.set()
        worker.join(60)


def test_what_waits_names_nobody_and_does_not_open_the_case(office: Office, post: Post) -> None:
    given = typed(office, "there")
    post.refusal = MessageNotSent()
    office.desk.my.ask_for_code("Ada Lovelace, ada@example.org", language="en", network=HERE)
    office.desk.my.ask_for_code(given, language="en", network=HERE)
    office.desk.sign_in_mail.send_due()
    office.clock.advance(minutes=1)
    post.refusal = None
    with office.service.database.reading() as connection:
        tables = [main.tables[name] for name in ("sign_in_wishes", "sign_in_codes")]
        kept = str([connection.execute(sa.select(each)).all() for each in tables])
    office.desk.sign_in_mail.send_due()
    [code] = post.codes
    assert [each for each in ("Ada", "ada@", code, f"{code[:4]} {code[4:]}") if each in kept] == []


def test_a_mail_that_fails_for_now_is_tried_again_and_recorded_once(
    office: Office, post: Post, caplog: pytest.LogCaptureFixture
) -> None:
    given = typed(office, "there")
    office.desk.my.ask_for_code(given, language="en", network=HERE)
    post.refusal = MessageNotSent()
    with caplog.at_level(logging.WARNING, logger="dsr.my"):
        for _ in range(3):
            office.desk.sign_in_mail.send_due()
            office.clock.advance(minutes=1)
    assert MessageNotSent.code in caplog.text
    post.refusal = None
    office.desk.sign_in_mail.send_due()
    office.clock.advance(minutes=1)
    office.desk.sign_in_mail.send_due()
    assert len(post.taken) == 1
    assert office.names().count("request.sign-in-code-sent") == 1
    assert office.desk.my.sign_in(given, post.codes[0], network=HERE)


@pytest.mark.parametrize("recorded", [True, False])
def test_a_code_that_expired_is_not_sent(office: Office, post: Post, *, recorded: bool) -> None:
    office.desk.my.ask_for_code(typed(office, "there"), language="en", network=HERE)
    if recorded:
        post.refusal = MessageNotSent()
        office.desk.sign_in_mail.send_due()
        post.refusal = None
    office.clock.advance(minutes=CODE_MINUTES)
    office.desk.sign_in_mail.send_due()
    assert post.taken == []
    assert office.desk.sign_in_mail.send_due() == 0, "it does not wait any more"
    assert office.names().count("request.sign-in-code-sent") == recorded


def test_a_mail_that_is_refused_for_good_is_not_tried_again(office: Office, post: Post) -> None:
    office.desk.my.ask_for_code(typed(office, "there"), language="en", network=HERE)
    post.refusal = MessageRefused()
    office.desk.sign_in_mail.send_due()
    post.refusal = None
    office.clock.advance(minutes=1)
    assert office.desk.sign_in_mail.send_due() == 0
    assert post.taken == []


def test_nothing_leaves_for_a_person_who_was_forgotten(office: Office, post: Post) -> None:
    case = office.arrived()
    given = reference(office, case)
    office.desk.my.ask_for_code(given, language="en", network=HERE)
    post.refusal = MessageNotSent()
    office.desk.sign_in_mail.send_due()
    post.refusal = None
    office.service.keystore.destroy(set(office.case(case).keys.values()))
    office.clock.advance(minutes=1)
    office.desk.sign_in_mail.send_due()
    assert post.taken == []


def test_each_code_bears_five_tries_of_its_own(office: Office, post: Post) -> None:
    given = typed(office, "there")
    ask(office, given)
    guess(office, given, CODE_TRIES, network=HERE)
    with pytest.raises(SignInRefused):
        office.desk.my.sign_in(given, post.codes[0], network=HERE)
    office.clock.advance(minutes=CODE_MINUTES)
    ask(office, given)
    with pytest.raises(SignInRefused):
        office.desk.my.sign_in(given, post.codes[0], network=HERE)
    assert office.desk.my.sign_in(given, post.codes[1], network=HERE)


# Asking again -----------------------------------------------------------------------------------------------------


def test_who_asks_again_is_sent_the_code_that_still_holds(office: Office, post: Post) -> None:
    given = typed(office, "there")
    for _ in range(CODE_MAILS + 1):
        ask(office, given)
        office.clock.advance(minutes=2)
    first, again = post.codes
    assert first == again
    assert ["for 10 minutes" in post.taken[0].text, "for 8 minutes" in post.taken[1].text] == [True, True]
    assert len({mail.message_id for mail in post.taken}) == CODE_MAILS
    assert office.desk.my.sign_in(given, again, network=HERE)
    with pytest.raises(SignInRefused):
        office.desk.my.sign_in(given, first, network=HERE)


def test_after_signing_in_another_code_is_sent(office: Office, post: Post) -> None:
    given = typed(office, "there")
    ask(office, given)
    office.desk.my.sign_in(given, post.codes[0], network=HERE)
    ask(office, given)
    assert office.desk.my.sign_in(given, post.codes[1], network=HERE)


def test_strangers_who_ask_without_end_never_use_up_the_codes_of_the_person(office: Office, post: Post) -> None:
    given = typed(office, "there")
    for minute in range(60):
        for stranger in range(3):
            ask(office, given, network=f"203.0.{stranger}.1")
        if minute % 7 == 0:  # whenever she asks, the last code in her mailbox opens the case
            ask(office, given)
            assert post.taken[-1].written_at > office.later(minutes=-CODE_MINUTES)
        office.clock.advance(minutes=1)
    assert len(post.taken) <= MAILS_AN_HOUR
    ask(office, given)
    assert office.desk.my.sign_in(given, post.codes[-1], network=HERE)


# While no mail leaves ---------------------------------------------------------------------------------------------


def pass_by(office: Office, *, minutes: int) -> None:
    """The worker looks twice a minute."""
    for _ in range(2 * minutes):
        office.desk.sign_in_mail.send_due()
        office.clock.advance(seconds=30)


def ask(office: Office, given: str, times: int = 1, *, network: str = HERE) -> None:
    for _ in range(times):
        office.desk.my.ask_for_code(given, language="en", network=network)
        office.desk.sign_in_mail.send_due()


def test_mails_that_never_left_do_not_count(office: Office, post: Post) -> None:
    # given: the mail server is away longer than a code holds, and she asks again and again
    given = typed(office, "there")
    post.refusal = MessageNotSent()
    ask(office, given, CODE_MAILS + 2)
    pass_by(office, minutes=16)
    # when
    post.refusal = None
    ask(office, given, CODE_MAILS + 1)
    # then
    assert len(post.taken) == CODE_MAILS
    assert office.desk.my.sign_in(given, post.codes[0], network=HERE)


def test_while_a_code_waits_to_leave_no_other_is_made_and_who_asks_is_not_forgotten(office: Office, post: Post) -> None:
    # given
    given = typed(office, "there")
    post.refusal = MessageNotSent()
    ask(office, given)
    pass_by(office, minutes=6)
    # when: she asks once more, just before it is given up, and the mail server comes back just afterwards
    ask(office, given)
    assert office.names().count("request.sign-in-code-sent") == 1
    pass_by(office, minutes=3)
    post.refusal = None
    pass_by(office, minutes=1)
    # then
    assert len(post.taken) == 1
    assert office.desk.my.sign_in(given, post.codes[0], network=HERE)


def test_who_asked_during_a_short_outage_gets_no_more_mails_than_one_code_has(office: Office, post: Post) -> None:
    given = typed(office, "there")
    post.refusal = MessageNotSent()
    ask(office, given, CODE_MAILS + 1)
    office.clock.advance(minutes=1)
    post.refusal = None
    pass_by(office, minutes=11)
    assert len(post.taken) == CODE_MAILS
    assert len(set(post.codes)) == 1


def test_a_code_whose_mail_was_refused_opens_nothing(office: Office, post: Post) -> None:
    given = typed(office, "there")
    post.refusal = MessageRefused()
    ask(office, given)
    with office.service.database.reading() as connection:
        assert connection.execute(sa.select(main.tables["sign_in_codes"])).all() == []


# How long a code holds --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("minutes", "seconds", "said"), [(0, 0, 10), (5, 1, 4), (7, 0, 3)])
def test_a_mail_says_how_long_its_code_still_holds(
    office: Office, post: Post, minutes: int, seconds: int, said: int
) -> None:
    # given
    given = typed(office, "there")
    post.refusal = MessageNotSent() if minutes else None
    ask(office, given)
    office.clock.advance(minutes=minutes, seconds=seconds)
    # when
    post.refusal = None
    office.desk.sign_in_mail.send_due()
    # then
    assert f"for {said} minutes" in post.taken[0].text
    office.clock.advance(minutes=said, seconds=-1)
    assert office.desk.my.sign_in(given, post.codes[0], network=HERE)


def test_a_code_that_hardly_holds_any_longer_is_not_sent_and_the_next_one_is(office: Office, post: Post) -> None:
    given = typed(office, "there")
    post.refusal = MessageNotSent()
    ask(office, given)
    office.clock.advance(minutes=8)
    post.refusal = None
    office.desk.sign_in_mail.send_due()
    assert post.taken == []
    ask(office, given)
    assert "for 10 minutes" in post.taken[0].text


def test_a_code_whose_mail_is_in_doubt_counts_and_is_not_sent_again(office: Office, post: Post) -> None:
    # given: the server has it, and the line breaks
    given = typed(office, "there")
    post.is_cut = True
    # when
    for _ in range(CODE_MAILS):
        ask(office, given)
        office.clock.advance(minutes=2)
    # then: each went once, the next has no room, and the person can type what arrived
    assert len(post.taken) == CODE_MAILS
    ask(office, given)
    assert len(post.taken) == CODE_MAILS
    assert office.desk.my.sign_in(given, post.codes[0], network=HERE)


# Guessing ---------------------------------------------------------------------------------------------------------


def guess(office: Office, given: str, times: int, *, network: str) -> None:
    for _ in range(times):
        with pytest.raises(SignInRefused):
            office.desk.my.sign_in(given, "x", network=network)


def test_a_stranger_at_one_network_keeps_out_nobody_at_another(office: Office, post: Post) -> None:
    # given
    given = typed(office, "there")
    ask(office, given)
    # when
    guess(office, given, CODE_TRIES_IN_ALL + 2, network=ELSEWHERE)
    # then: neither another address of that network nor any way to write the reference gives more tries there
    for there in ("198.51.100.8", "::ffff:198.51.100.9"):
        with pytest.raises(SignInRefused):
            office.desk.my.sign_in(given.lower(), post.codes[0], network=there)
    assert office.desk.my.sign_in(given, post.codes[0], network=HERE)


def spend(office: Office, given: str, *, networks: int = CODE_TRIES_IN_ALL // CODE_TRIES) -> None:
    """Use up the tries that strangers have together."""
    for number in range(networks):
        guess(office, given, CODE_TRIES, network=f"203.0.{number}.1")


def test_a_code_bears_so_many_tries_from_all_networks_that_did_not_ask(office: Office, post: Post) -> None:
    given = typed(office, "there")
    ask(office, given)
    spend(office, given)
    with pytest.raises(SignInRefused):
        office.desk.my.sign_in(given, post.codes[0], network=ELSEWHERE)


def test_strangers_at_many_networks_keep_out_nobody_who_asked(office: Office, post: Post) -> None:
    given = typed(office, "there")
    ask(office, given)
    spend(office, given, networks=10)
    assert office.desk.my.sign_in(given, post.codes[0], network=HERE)


def test_who_asks_for_a_code_that_strangers_had_sent_gets_in_too(office: Office, post: Post) -> None:
    given = typed(office, "there")
    for number in range(CODE_ASKERS - 1):
        ask(office, given, network=f"203.0.{number}.1")
    spend(office, given, networks=10)
    ask(office, given)
    assert len(post.taken) == CODE_MAILS, "her wish brought no mail of its own"
    assert office.desk.my.sign_in(given, post.codes[-1], network=HERE)


def test_only_so_many_networks_have_tries_of_their_own(office: Office, post: Post) -> None:
    given = typed(office, "there")
    for number in range(CODE_ASKERS):
        ask(office, given, network=f"203.1.{number}.1")
    spend(office, given)
    ask(office, given)
    with pytest.raises(SignInRefused):
        office.desk.my.sign_in(given, post.codes[-1], network=HERE)


def test_tries_of_long_ago_are_forgotten(office: Office, post: Post) -> None:
    given = typed(office, "there")
    guess(office, given, CODE_TRIES, network=HERE)
    office.clock.advance(hours=2)
    guess(office, "somebody else", 1, network=HERE)
    with office.service.database.reading() as connection:
        tables = [main.tables[name] for name in ("sign_in_tries", "sign_in_tries_by_network")]
        assert [len(connection.execute(sa.select(each)).all()) for each in tables] == [1, 1]
    guess(office, given, CODE_TRIES, network=HERE)
