"""Where nobody knows whether a letter left, the same one leaves again, and the case is told what it said."""

from contextlib import suppress
from typing import Any
from uuid import UUID

import pytest

from dsr.desk.caller import Call
from dsr.desk.dispatching.outbox import GIVEN_UP_AFTER, LEASE
from dsr.desk.errors import VersionStale
from dsr.desk.repository import Repository
from dsr.domain.dispatch.errors import DispatchLeaving
from dsr.domain.messages import MessageInDoubt, MessageNotSent, MessageRefused, TransportUnavailable
from dsr.domain.request.letters import LetterKind
from dsr.domain.request.standing import AnswerTo
from dsr.domain.rights import Right
from tests.desk.dispatching.letters import Letters
from tests.desk.office import Office

from .test_saying_what_stands import OLD, refused_anew, suspended
from .test_sending import ANSWERED, Killed, raising
from .test_writing import do, offer, refuse

DOUBTS = [Killed(), MessageInDoubt(), RuntimeError()]
"""The process ends before it is recorded; the reply is lost; nobody knows what happened."""
CERTAIN = [MessageNotSent(), TransportUnavailable()]


def ended(office: Office, letters: Letters, how: BaseException) -> None:
    """The letters that are due were taken, and then this happened."""
    letters.post.then = raising(how)
    if isinstance(how, Killed | TransportUnavailable):
        with pytest.raises(type(how)):
            letters.drain()
    else:
        assert letters.drain().put_off == 1
    letters.post.then = lambda _: None


def tried_again(office: Office, letters: Letters) -> Any:
    """After the lease of a process that was killed, and as late as a letter in doubt is."""
    office.clock.advance(hours=1)
    return letters.drain()


def ids(letters: Letters) -> list[str]:
    return [each.message_id for each in letters.post.messages]


def open_item(office: Office, request_id: UUID) -> None:
    """So that what the acknowledgement says of the rights holds no longer."""
    office.desk.triage.open_items(request_id, office.call(request_id), rights=(Right.ERASURE,), direct_marketing=False)


@pytest.mark.parametrize("how", DOUBTS, ids=repr)
def test_what_may_have_left_is_not_rewritten_whatever_became_of_its_case(
    office: Office, letters: Letters, how: BaseException
) -> None:
    # given
    request_id = office.registered(Right.ACCESS)
    dispatch_id = letters.acknowledged(request_id)
    ended(office, letters, how)
    open_item(office, request_id)
    # when
    assert tried_again(office, letters).sent == 1
    # then
    first, second = letters.post.messages
    assert first == second
    row = letters.show(dispatch_id)
    assert (row["message_id"], row["unrecorded"]) == (first.message_id, None)
    assert letters.names(request_id).count(ANSWERED) == 1
    assert (letters.desk.outbox.waiting(), office.differences()) == (0, [])


@pytest.mark.parametrize("how", DOUBTS, ids=repr)
def test_an_answer_whose_link_was_used_before_it_was_recorded_is_an_answer(
    office: Office, letters: Letters, how: BaseException
) -> None:
    # given: released by a person, and read by another one at once
    request_id = office.granted(Right.ACCESS)
    link = offer(office, request_id, "access")
    do(office, request_id, "access")
    dispatch_id = letters.released(request_id, LetterKind.ACCESS, "access")
    ended(office, letters, how)
    office.desk.exports.redeem(link.token, link.password, network="192.0.2.0/24")
    # when
    assert tried_again(office, letters).sent == 1
    # then
    row = letters.show(dispatch_id)
    assert (row["state"], row["unrecorded"], len(set(ids(letters)))) == ("sent", None, 1)
    assert office.case(request_id).item("access").answered


@pytest.mark.parametrize("how", CERTAIN, ids=repr)
def test_what_certainly_did_not_leave_is_compared_anew(office: Office, letters: Letters, how: Exception) -> None:
    # given
    request_id = office.registered(Right.ACCESS)
    dispatch_id = letters.acknowledged(request_id)
    first = letters.show(dispatch_id)["message_id"]
    letters.post.before = raising(how)
    if isinstance(how, TransportUnavailable):
        with pytest.raises(TransportUnavailable):
            letters.drain()
    else:
        assert letters.drain().put_off == 1
    letters.post.before = lambda _: None
    open_item(office, request_id)
    # when
    assert tried_again(office, letters).sent == 1
    # then
    assert ids(letters) == [letters.show(dispatch_id)["message_id"]] != [first]


def test_a_later_try_that_certainly_fails_settles_no_earlier_doubt(office: Office, letters: Letters) -> None:
    # given: it may have left; then the server was away, and then it put it off
    request_id = office.registered(Right.ACCESS)
    letters.acknowledged(request_id)
    ended(office, letters, MessageInDoubt())
    office.clock.advance(hours=1)
    for how in CERTAIN:
        letters.post.before = raising(how)
        with suppress(TransportUnavailable):
            letters.drain()
        office.clock.advance(hours=1)
    letters.post.before = lambda _: None
    open_item(office, request_id)
    # when
    assert letters.drain().sent == 1
    # then
    assert len(ids(letters)) == 2
    assert len(set(ids(letters))) == 1


def test_what_may_have_left_and_is_given_up_says_so(office: Office, letters: Letters) -> None:
    dispatch_id = letters.acknowledged(office.registered(Right.ACCESS))
    ended(office, letters, MessageInDoubt())
    letters.post.then = raising(MessageInDoubt())
    office.clock.advance(seconds=GIVEN_UP_AFTER.total_seconds())
    assert letters.drain().failed == 1
    assert letters.show(dispatch_id)["failure"] == "message-in-doubt"


def test_who_was_given_the_letter_up_can_release_it_anew_also_after_its_link_was_used(
    office: Office, letters: Letters
) -> None:
    # given: it may have left, the link was used, and then the server refused it for good
    request_id = office.granted(Right.ACCESS)
    link = offer(office, request_id, "access")
    do(office, request_id, "access")
    dispatch_id = letters.released(request_id, LetterKind.ACCESS, "access")
    ended(office, letters, MessageInDoubt())
    office.desk.exports.redeem(link.token, link.password, network="192.0.2.0/24")
    letters.post.before = raising(MessageRefused())
    assert tried_again(office, letters).failed == 1
    letters.post.before = lambda _: None
    # when
    letters.desk.edit(dispatch_id, Call(office.ann))
    letters.release(dispatch_id)
    # then
    assert letters.drain().sent == 1
    assert office.case(request_id).item("access").answered


def test_a_decision_made_after_the_letter_may_have_left_is_not_told_by_it(office: Office, letters: Letters) -> None:
    # given
    request_id = office.registered(Right.ERASURE)
    refuse(office, request_id)
    old = letters.released(request_id, LetterKind.REFUSAL, "erasure", call=letters.robot)
    ended(office, letters, MessageInDoubt())
    refused_anew(office, request_id)
    # when
    assert letters.drain().sent == 1
    # then: it left as it was, and the new refusal waits for its own letter
    assert all(OLD in each.text for each in letters.post.messages)
    assert letters.show(old)["unrecorded"] == "dates-invalid"
    assert not office.case(request_id).item("erasure").answered
    letters.released(request_id, LetterKind.REFUSAL, "erasure", call=letters.robot)
    assert letters.drain().sent == 1
    assert office.case(request_id).item("erasure").answered


def test_a_date_that_moved_before_it_surely_left_is_not_taken_for_told(office: Office, letters: Letters) -> None:
    # given: the new date moves with each day on which nobody says who asks
    request_id, dispatch_id = suspended(office, letters)
    letters.release(dispatch_id)
    ended(office, letters, MessageInDoubt())
    office.clock.advance(days=1)
    # when
    assert letters.drain().sent == 1
    # then
    assert letters.show(dispatch_id)["unrecorded"] == "dispatch-stale"
    assert office.case(request_id).clock.extended_at is None


def test_an_extension_that_surely_left_too_late_extends_nothing(office: Office, letters: Letters) -> None:
    # given: it may have left in time
    request_id = office.registered(Right.ACCESS)
    letters.extension(request_id)
    dispatch_id = letters.released(request_id, LetterKind.EXTENSION)
    ended(office, letters, MessageInDoubt())
    # when
    office.clock.advance(days=45)
    letters.drain()
    # then
    assert letters.show(dispatch_id)["unrecorded"] == "extension-too-late"
    assert office.case(request_id).clock.extended_at is None


def test_who_lost_the_lease_rewrites_nothing_that_another_process_hands_over(
    office: Office, letters: Letters, monkeypatch: pytest.MonkeyPatch
) -> None:
    # given: it stood still before it compared; another process handed the letter over, and then the case changed
    request_id = office.registered(Right.ACCESS)
    dispatch_id = letters.acknowledged(request_id)
    load, paused = Repository.request, list[int]()

    def slow(repository: Repository, *args: Any, **kwargs: Any) -> Any:
        if not paused:
            paused.append(1)
            office.clock.advance(seconds=LEASE.total_seconds())
            ended(office, letters, Killed())
            open_item(office, request_id)
        return load(repository, *args, **kwargs)

    monkeypatch.setattr(Repository, "request", slow)
    # when
    with pytest.raises(DispatchLeaving):
        letters.desk.send(dispatch_id)
    # then
    assert tried_again(office, letters).sent == 1
    assert ids(letters) == [letters.show(dispatch_id)["message_id"]] * 2


def test_what_may_have_left_does_not_go_again_to_who_may_not_have_it_any_more(office: Office, letters: Letters) -> None:
    # given: in the meantime, nobody acts for the person any more
    request_id = office.represented(Right.ACCESS, answer_to=AnswerTo.REPRESENTATIVE)
    dispatch_id = letters.acknowledged(request_id)
    ended(office, letters, MessageInDoubt())
    office.desk.representation.end(request_id, office.call(request_id), reason="The mandate was withdrawn.")
    # when
    assert tried_again(office, letters).failed == 1
    # then: a person is told that it may have arrived
    assert len(ids(letters)) == 1
    assert letters.show(dispatch_id)["failure"] == "message-in-doubt"


@pytest.mark.parametrize("how", [MessageRefused(), MessageNotSent()], ids=repr)
def test_whatever_ends_the_tries_of_what_may_have_left_the_doubt_stays(
    office: Office, letters: Letters, how: Exception
) -> None:
    dispatch_id = letters.acknowledged(office.registered(Right.ACCESS))
    ended(office, letters, MessageInDoubt())
    letters.post.before = raising(how)
    office.clock.advance(seconds=GIVEN_UP_AFTER.total_seconds())
    assert letters.drain().failed == 1
    assert letters.show(dispatch_id)["failure"] == "message-in-doubt"


@pytest.mark.parametrize("how", DOUBTS, ids=repr)
def test_what_may_have_left_says_so(office: Office, letters: Letters, how: BaseException) -> None:
    dispatch_id = letters.acknowledged(office.registered(Right.ACCESS))
    assert not letters.show(dispatch_id)["may_have_left"]
    ended(office, letters, how)
    assert letters.show(dispatch_id)["may_have_left"]
    assert tried_again(office, letters).sent == 1
    assert not letters.show(dispatch_id)["may_have_left"]


@pytest.mark.parametrize("how", DOUBTS, ids=repr)
def test_what_may_have_left_is_sent_no_more_once_a_person_discards_it(
    office: Office, letters: Letters, how: BaseException
) -> None:
    # given
    dispatch_id = letters.acknowledged(office.registered(Right.ACCESS))
    ended(office, letters, how)
    office.clock.advance(seconds=LEASE.total_seconds())
    # when
    letters.desk.discard(dispatch_id, Call(office.ann), reason="It went to a wrong address.")
    # then: that it may have arrived stays on record
    row = letters.show(dispatch_id)
    assert (row["state"], row["failure"], row["may_have_left"]) == ("discarded", "message-in-doubt", False)
    assert tried_again(office, letters).sent == 0
    assert (letters.desk.outbox.waiting(), office.differences()) == (0, [])


@pytest.mark.parametrize("how", [RuntimeError(), VersionStale()], ids=repr)
def test_whatever_goes_wrong_once_it_was_handed_over_is_a_doubt(
    office: Office, letters: Letters, how: Exception
) -> None:
    # given: a server that was away for three days, and took it at last
    dispatch_id = letters.acknowledged(office.registered(Right.ACCESS))
    letters.post.before = raising(MessageNotSent())
    assert letters.drain().put_off == 1
    office.clock.advance(seconds=GIVEN_UP_AFTER.total_seconds())
    letters.post.before = lambda _: None
    # when
    letters.post.then = raising(how)
    assert letters.drain().failed == 1
    # then
    assert letters.show(dispatch_id)["failure"] == "message-in-doubt"


@pytest.mark.parametrize("how", DOUBTS, ids=repr)
def test_a_reply_to_what_may_have_left_joins_its_case(office: Office, letters: Letters, how: BaseException) -> None:
    request_id = office.registered(Right.ACCESS)
    dispatch_id = letters.acknowledged(request_id)
    message_id = letters.show(dispatch_id)["message_id"]
    ended(office, letters, how)
    known = office.desk.repository.messages.find(message_id)
    assert known is not None
    assert known.stream_id == request_id


@pytest.mark.parametrize("how", DOUBTS, ids=repr)
def test_what_may_have_left_is_tried_again_few_times(office: Office, letters: Letters, how: BaseException) -> None:
    dispatch_id = letters.acknowledged(office.registered(Right.ACCESS))
    letters.post.then = raising(how)
    tried_at = []
    for hour in range(24 * 3):
        before = len(ids(letters))
        with suppress(Killed):
            letters.drain()
        tried_at += [hour] * (len(ids(letters)) - before)
        office.clock.advance(hours=1)
    assert tried_at == [0, 1, 7, 31, 55]
    assert letters.show(dispatch_id)["failure"] == "message-in-doubt"
