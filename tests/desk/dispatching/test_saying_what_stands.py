"""No letter says what holds no longer: before it leaves it is compared with its case, and a person is asked."""

from typing import Any
from uuid import UUID

import pytest

from dsr.desk.caller import Call, service
from dsr.desk.dispatching import Address, Rewording
from dsr.domain.dispatch.errors import DispatchAlreadyWritten, DispatchStale
from dsr.domain.export import RevocationReason
from dsr.domain.messages import MessageRefused
from dsr.domain.request.letters import LetterKind
from dsr.domain.request.values import Channel, DisclosurePurpose
from dsr.domain.rights import Right
from dsr.letters.fields import FreeText, Nothing
from dsr.mailbox.bounce import Bounce
from tests.catalogue.deadlines import example_with_days
from tests.desk.dispatching.letters import Letters
from tests.desk.office import Office, letter

from .test_writing import KINDS, ask_identity, do, erased, offer, refuse

OLD, NEW = "The last invoice is of 2024.", "The last invoice is of 2025."
ON_PAPER: dict[str, Any] = {"channel": Channel.POST, "address": Address(postal=("Elm Street 1", "10115 Berlin"))}


def refused_anew(office: Office, request_id: UUID) -> None:
    """Answered by hand, closed, reopened and refused on other facts."""
    office.desk.answers.record_answer(
        request_id, office.call(request_id), draft=letter(LetterKind.REFUSAL), item_ids=("erasure",)
    )
    office.desk.answers.close(request_id, office.call(request_id), unidentified=False)
    office.clock.advance(hours=1)
    office.desk.answers.reopen(request_id, office.call(request_id), reason="She sent more.", item_ids=("erasure",))
    office.clock.advance(hours=1)
    refuse(office, request_id, facts=NEW)


def suspended(office: Office, letters: Letters, *, call: Call | None = None, **facts: Any) -> tuple[UUID, UUID]:
    """An extension whose new date moves with every day on which nobody says who asks."""
    request_id = office.registered(Right.ACCESS)
    letters.extension(request_id)
    ask_identity(office, request_id)
    office.desk.answers.record_answer(
        request_id, office.call(request_id), draft=letter(LetterKind.IDENTITY_QUESTION), item_ids=()
    )
    return request_id, letters.write(request_id, LetterKind.EXTENSION, call=call, **facts)


def bring_up_to_date(office: Office, letters: Letters, dispatch_id: UUID) -> None:
    letters.desk.edit(dispatch_id, Call(office.ann))


# Questions -----------------------------------------------------------------------------------------------------------


def stands_still(letters: Letters, dispatch_id: UUID) -> Any:
    """What the letter says of the clock."""
    return letters.read(dispatch_id).statements["effect-on-clock"]["stands_still"]


@pytest.mark.parametrize("kind", [LetterKind.IDENTITY_QUESTION, LetterKind.CLARIFICATION])
def test_a_question_that_leaves_too_late_does_not_say_that_the_clock_stands_still(
    office: Office, letters: Letters, kind: LetterKind
) -> None:
    # given
    request_id = office.registered(Right.ACCESS)
    if kind is LetterKind.IDENTITY_QUESTION:
        ask_identity(office, request_id)
    else:
        office.desk.deadlines.ask_clarification(
            request_id, office.call(request_id), quantity="Nine years of calls.", asked_at=None
        )
    dispatch_id = letters.released(request_id, kind, call=letters.robot)
    assert stands_still(letters, dispatch_id)
    # when
    office.clock.advance(days=12)
    assert letters.drain().sent == 1
    # then
    assert office.case(request_id).clock.suspensions == ()
    assert not stands_still(letters, dispatch_id)
    assert letters.show(dispatch_id)["unrecorded"] is None


def test_a_reminder_names_the_day_on_which_the_question_left(office: Office, letters: Letters) -> None:
    request_id = office.registered(Right.ACCESS)
    ask_identity(office, request_id)
    letters.released(request_id, LetterKind.IDENTITY_QUESTION, call=letters.robot)
    office.clock.advance(days=3)
    letters.drain()
    left_on = office.case(request_id).identity.asked_on
    assert left_on is not None
    reminder = letters.write(request_id, LetterKind.REMINDER)
    assert letters.read(reminder).statements["asked-on"]["date"] == left_on.isoformat()


def test_a_letter_that_names_a_date_is_out_of_date_once_the_calendar_moved_it(office: Office, letters: Letters) -> None:
    # given: the notice of an extension to Friday, 5 June, waits for its release
    request_id = office.registered(Right.ACCESS)
    letters.extension(request_id)
    dispatch_id = letters.write(request_id, LetterKind.EXTENSION)
    # when
    office.desk.ropa.adopt(
        example_with_days("callcentre-de", "{add: [{day: 2026-06-05, source: A test}]}"), Call(office.ann)
    )
    office.desk.calendars.correct(request_id, office.call(request_id), reason="A new holiday.")
    # then
    with pytest.raises(DispatchStale) as stale:
        letters.release(dispatch_id)
    assert stale.value.facts == {"changed": ["new-date"]}


# Released ------------------------------------------------------------------------------------------------------------


def test_a_draft_from_before_a_new_decision_does_not_leave_until_it_tells_the_new_one(
    office: Office, letters: Letters
) -> None:
    # given
    request_id = office.registered(Right.ERASURE)
    refuse(office, request_id)
    dispatch_id = letters.write(request_id, LetterKind.REFUSAL, "erasure", call=letters.robot)
    refused_anew(office, request_id)
    # when
    with pytest.raises(DispatchStale) as stale:
        letters.release(dispatch_id)
    # then
    assert stale.value.facts == {"changed": ["refused"]}
    assert letters.show(dispatch_id)["state"] == "draft"
    assert OLD in letters.read(dispatch_id).text
    # and: who brings it up to date edits nothing, so that nobody has to approve it again
    bring_up_to_date(office, letters, dispatch_id)
    row = letters.show(dispatch_id)
    assert (row["edited_by"], row["needs_approval"]) == (None, False)
    letters.release(dispatch_id)
    assert letters.drain().sent == 1
    assert NEW in letters.post.messages[-1].text
    assert OLD not in letters.post.messages[-1].text
    assert office.case(request_id).item("erasure").answered
    assert office.differences() == []


def test_words_for_a_decision_that_no_longer_stands_go_with_it(office: Office, letters: Letters) -> None:
    request_id = office.registered(Right.ERASURE)
    refuse(office, request_id)
    dispatch_id = letters.write(request_id, LetterKind.REFUSAL, "erasure")
    words = Rewording(facts=FreeText("There is an invoice."), reasons=FreeText("We have to keep it."))
    letters.desk.edit(dispatch_id, Call(office.ann), rewordings={0: words})
    letters.desk.approve(dispatch_id, Call(office.bob))
    refused_anew(office, request_id)
    with pytest.raises(DispatchStale):
        letters.release(dispatch_id)
    bring_up_to_date(office, letters, dispatch_id)
    text = letters.read(dispatch_id).text
    assert NEW in text
    assert "There is an invoice." not in text
    assert letters.show(dispatch_id)["needs_approval"]


def test_what_was_put_in_where_the_case_was_silent_goes_once_it_speaks(office: Office, letters: Letters) -> None:
    # given: somebody wrote that nobody was told yet
    request_id = erased(office)
    said = {"kept-and-why": Nothing(), "recipients-told": FreeText("Nobody yet."), "note": FreeText("Thank you.")}
    dispatch_id = letters.write(request_id, LetterKind.ERASURE, "erasure", statements=said)
    for item_id, recipient in list(office.case(request_id).recipients):
        office.desk.recipients.tell(
            request_id, item_id, office.call(request_id), recipient=recipient, told_at=None, channel=Channel.EMAIL
        )
    # when
    with pytest.raises(DispatchStale) as stale:
        letters.release(dispatch_id)
    bring_up_to_date(office, letters, dispatch_id)
    # then
    assert stale.value.facts == {"changed": ["recipients-told"]}
    preview = letters.read(dispatch_id)
    assert preview.statements["recipients-told"]["says"] == "list"
    assert "Thank you." in preview.text


def test_a_new_date_that_moved_is_not_announced_as_it_was(office: Office, letters: Letters) -> None:
    # given
    request_id, dispatch_id = suspended(office, letters)
    before = letters.read(dispatch_id).statements["new-date"]["date"]
    office.clock.advance(days=7)
    # when
    with pytest.raises(DispatchStale) as stale:
        letters.release(dispatch_id)
    bring_up_to_date(office, letters, dispatch_id)
    letters.release(dispatch_id)
    letters.drain()
    # then
    assert stale.value.facts == {"changed": ["new-date"]}
    said = letters.read(dispatch_id).statements["new-date"]["date"]
    assert (
        before
        < said
        == office.case(request_id).extended_due(office.clock.now(), calendar(office, request_id)).isoformat()
    )


def calendar(office: Office, request_id: UUID) -> Any:
    return office.desk.repository.calendar(office.case(request_id))


def test_a_link_to_a_package_that_lacks_what_was_collected_since_is_not_sent(office: Office, letters: Letters) -> None:
    # given: the letter was released, and waits in the outbox
    request_id = office.granted(Right.ACCESS)
    outdated = offer(office, request_id, "access")
    waiting = letters.released(request_id, LetterKind.ACCESS, "access", call=Call(office.ann))
    office.collect(request_id, "access", name="more")
    do(office, request_id, "access")
    # when
    letters.drain()
    # then
    row = letters.show(waiting)
    assert (row["state"], row["failure"], letters.post.messages) == ("failed", "dispatch-stale", [])
    assert not office.case(request_id).item("access").answered
    # and: nor does a letter that is written now hold it
    letters.desk.discard(waiting, Call(office.ann), reason="It is outdated.")
    written = letters.write(request_id, LetterKind.ACCESS, "access")
    assert letters.show(written)["missing"] == ["copy"]
    # and: what is offered now is linked to
    office.search(request_id, "access")
    export_id = UUID(office.desk.exports.prepare(request_id, "access", office.call(request_id)).resource_id)
    link = office.desk.exports.link(office.desk.exports.offer(export_id, Call(office.ann)))
    bring_up_to_date(office, letters, written)
    letters.release(written)
    assert letters.drain().sent == 1
    [message] = letters.post.messages
    assert link.token in message.text
    assert outdated.token not in message.text
    assert office.desk.exports.redeem(link.token, link.password, network="").secret


def test_of_two_packages_the_one_that_was_offered_last_is_linked_to(office: Office, letters: Letters) -> None:
    # given
    request_id = office.granted(Right.ACCESS)
    offer(office, request_id, "access")
    [first] = [row["export_id"] for row in office.desk.exports.of_case(request_id, office.ann)]
    office.clock.advance(minutes=1)
    office.search(request_id, "access")
    second = UUID(office.desk.exports.prepare(request_id, "access", office.call(request_id)).resource_id)
    links = []
    for export_id in (second, first):
        office.clock.advance(minutes=1)
        links.append(office.desk.exports.link(office.desk.exports.offer(export_id, Call(office.ann))))
    do(office, request_id, "access")
    # when
    text = letters.read(letters.write(request_id, LetterKind.ACCESS, "access")).text
    # then
    assert [link.token in text for link in links] == [False, True]


def test_a_link_that_works_no_longer_is_not_sent(office: Office, letters: Letters) -> None:
    request_id = office.granted(Right.ACCESS)
    offer(office, request_id, "access")
    do(office, request_id, "access")
    dispatch_id = letters.write(request_id, LetterKind.ACCESS, "access")
    office.clock.advance(days=40)
    with pytest.raises(DispatchStale) as stale:
        letters.release(dispatch_id)
    assert stale.value.facts == {"changed": ["copy"]}
    bring_up_to_date(office, letters, dispatch_id)
    assert letters.show(dispatch_id)["missing"] == ["copy"]


def test_only_a_letter_that_names_the_due_date_is_outdated_by_another_one(office: Office, letters: Letters) -> None:
    request_id = office.registered(Right.ACCESS, Right.ERASURE)
    refuse(office, request_id)
    names = letters.write(request_id, LetterKind.ACKNOWLEDGEMENT)
    does_not = letters.write(request_id, LetterKind.REFUSAL, "erasure")
    letters.extension(request_id)
    letters.released(request_id, LetterKind.EXTENSION)
    letters.drain()
    with pytest.raises(DispatchStale) as stale:
        letters.release(names)
    assert stale.value.facts == {"changed": ["due-date"]}
    assert letters.release(does_not)["state"] == "queued"


@pytest.mark.parametrize("name", sorted(set(KINDS) - {"lifting"}))
def test_another_day_alone_outdates_no_letter(office: Office, letters: Letters, name: str) -> None:
    dispatch_id = KINDS[name][0](office, letters)
    if letters.show(dispatch_id)["needs_approval"]:
        letters.desk.approve(dispatch_id, Call(office.bob))
    office.clock.advance(days=1)
    assert letters.release(dispatch_id)["state"] == "queued"
    office.clock.advance(days=1)
    assert letters.drain().sent == 1
    assert letters.show(dispatch_id)["unrecorded"] is None


def test_a_restriction_does_not_end_before_the_letter_that_says_so(office: Office, letters: Letters) -> None:
    dispatch_id = KINDS["lifting"][0](office, letters)
    office.clock.advance(days=4)
    with pytest.raises(DispatchStale) as stale:
        letters.release(dispatch_id)
    assert stale.value.facts == {"changed": ["when"]}


# Waiting to leave ----------------------------------------------------------------------------------------------------


def test_what_a_person_released_and_holds_no_longer_waits_for_a_person(office: Office, letters: Letters) -> None:
    # given
    _, dispatch_id = suspended(office, letters)
    first = letters.release(dispatch_id)["message_id"]
    office.clock.advance(days=1)
    # when
    assert letters.drain().failed == 1
    # then
    row = letters.show(dispatch_id)
    assert (row["state"], row["failure"], letters.post.messages) == ("failed", "dispatch-stale", [])
    bring_up_to_date(office, letters, dispatch_id)
    letters.release(dispatch_id)
    assert letters.drain().sent == 1
    assert letters.post.messages[0].message_id == letters.show(dispatch_id)["message_id"] != first


def test_what_nobody_looked_at_is_brought_up_to_date_and_leaves(office: Office, letters: Letters) -> None:
    # given: written and released by a policy
    request_id, dispatch_id = suspended(office, letters, call=letters.robot)
    first = letters.release(dispatch_id, letters.robot)["message_id"]
    office.clock.advance(days=1)
    # when
    assert letters.drain().sent == 1
    # then: what it says is what its case records
    [message] = letters.post.messages
    said = letters.read(dispatch_id).statements["new-date"]["date"]
    row, case = letters.show(dispatch_id), office.case(request_id)
    assert (row["unrecorded"], row["edited_by"]) == (None, None)
    assert case.clock.extended_at is not None
    assert case.extended_due(case.clock.extended_at, calendar(office, request_id)).isoformat() == said
    # and: other words left under another id; a report on the first one is ours, and says nothing of the second
    assert message.message_id == row["message_id"] != first
    late = Bounce((first.strip("<>"),), "5.1.1", permanent=True)
    assert letters.desk.record_bounce(late, Call(service("inbox"))) == dispatch_id
    assert letters.show(dispatch_id)["state"] == "sent"
    assert office.differences() == []


def test_a_policy_that_releases_late_what_it_wrote_lets_it_say_what_stands(office: Office, letters: Letters) -> None:
    request_id = office.registered(Right.ERASURE)
    refuse(office, request_id)
    dispatch_id = letters.write(request_id, LetterKind.REFUSAL, "erasure", call=letters.robot)
    refused_anew(office, request_id)
    assert letters.release(dispatch_id, letters.robot)["state"] == "queued"
    assert NEW in letters.read(dispatch_id).text


def test_what_a_person_changed_is_not_rewritten_by_a_policy(office: Office, letters: Letters) -> None:
    request_id = office.registered(Right.ERASURE)
    refuse(office, request_id)
    dispatch_id = letters.write(request_id, LetterKind.REFUSAL, "erasure", call=letters.robot)
    letters.desk.edit(dispatch_id, Call(office.ann), statements={"note": FreeText("Thank you.")})
    letters.desk.approve(dispatch_id, Call(office.bob))
    refused_anew(office, request_id)
    with pytest.raises(DispatchStale):
        letters.release(dispatch_id, letters.robot)


def test_a_link_that_was_used_since_outdates_no_letter_that_holds_it(office: Office, letters: Letters) -> None:
    # given
    request_id = office.granted(Right.ACCESS)
    link = offer(office, request_id, "access")
    do(office, request_id, "access")
    dispatch_id = letters.write(request_id, LetterKind.ACCESS, "access")
    # when
    office.desk.exports.redeem(link.token, link.password, network="192.0.2.0/24")
    # then: neither when it is brought up to date, nor when it leaves; a new letter does not offer it
    bring_up_to_date(office, letters, dispatch_id)
    letters.release(dispatch_id)
    assert letters.drain().sent == 1
    assert link.token in letters.post.messages[0].text
    assert office.case(request_id).item("access").answered


def test_a_letter_does_not_offer_a_link_that_was_used(office: Office, letters: Letters) -> None:
    request_id = office.granted(Right.ACCESS)
    link = offer(office, request_id, "access")
    do(office, request_id, "access")
    office.desk.exports.redeem(link.token, link.password, network="192.0.2.0/24")
    dispatch_id = letters.write(request_id, LetterKind.ACCESS, "access")
    assert letters.show(dispatch_id)["missing"] == ["copy"]


def test_what_grew_outdated_while_it_was_leaving_tells_the_case_nothing(office: Office, letters: Letters) -> None:
    request_id, dispatch_id = suspended(office, letters)
    letters.release(dispatch_id)
    letters.post.then = lambda _: office.clock.advance(days=1)
    assert letters.drain().sent == 1
    assert letters.show(dispatch_id)["unrecorded"] == "dispatch-stale"
    assert office.case(request_id).clock.extended_at is None


# On paper ------------------------------------------------------------------------------------------------------------


def test_what_holds_no_longer_is_not_printed_once_it_was_released(office: Office, letters: Letters) -> None:
    # given
    _, dispatch_id = suspended(office, letters, **ON_PAPER)
    letters.desk.approve(dispatch_id, Call(office.bob))
    letters.release(dispatch_id)
    office.clock.advance(days=1)
    # when
    with pytest.raises(DispatchStale):
        letters.desk.paper(dispatch_id, Call(office.ann), purpose=DisclosurePurpose.ANSWERING)
    # then
    bring_up_to_date(office, letters, dispatch_id)
    letters.desk.approve(dispatch_id, Call(office.bob))
    letters.release(dispatch_id)
    assert letters.desk.paper(dispatch_id, Call(office.ann), purpose=DisclosurePurpose.ANSWERING)
    assert letters.row(letters.desk.mark_posted(dispatch_id, Call(office.ann)))["unrecorded"] is None


def test_a_letter_that_was_posted_although_it_held_no_longer_tells_the_case_nothing(
    office: Office, letters: Letters
) -> None:
    request_id, dispatch_id = suspended(office, letters, **ON_PAPER)
    letters.desk.approve(dispatch_id, Call(office.bob))
    letters.release(dispatch_id)
    office.clock.advance(days=1)
    row = letters.row(letters.desk.mark_posted(dispatch_id, Call(office.ann)))
    assert (row["state"], row["unrecorded"]) == ("sent", "dispatch-stale")
    assert office.case(request_id).clock.extended_at is None


def test_a_letter_is_judged_by_the_case_as_it_stood_when_it_was_posted(office: Office, letters: Letters) -> None:
    # given: posted today, and recorded after the due date had moved
    request_id = office.registered(Right.ACCESS)
    dispatch_id = letters.released(request_id, LetterKind.ACKNOWLEDGEMENT, **ON_PAPER)
    posted_at = office.clock.now()
    office.clock.advance(hours=1)
    letters.extension(request_id)
    letters.released(request_id, LetterKind.EXTENSION)
    letters.drain()
    # when
    row = letters.row(letters.desk.mark_posted(dispatch_id, Call(office.ann), posted_at=posted_at))
    # then
    assert (row["state"], row["unrecorded"]) == ("sent", None)


def test_a_letter_that_was_posted_is_judged_by_the_links_of_that_time(office: Office, letters: Letters) -> None:
    # given: posted on the first day, and recorded after the link was used, and then revoked
    request_id = office.granted(Right.ACCESS)
    link = offer(office, request_id, "access")
    do(office, request_id, "access")
    dispatch_id = letters.released(request_id, LetterKind.ACCESS, "access", **ON_PAPER)
    posted_at = office.clock.now()
    office.clock.advance(days=2)
    office.desk.exports.redeem(link.token, link.password, network="192.0.2.0/24")
    [package, _] = office.desk.exports.links.find(link.token)
    office.desk.exports.revoke(package, Call(office.ann), reason=RevocationReason.LINK_LOST)
    # when
    row = letters.row(letters.desk.mark_posted(dispatch_id, Call(office.ann), posted_at=posted_at))
    # then
    assert (row["state"], row["unrecorded"]) == ("sent", None)
    assert office.case(request_id).item("access").answered


def test_a_letter_that_was_posted_is_judged_by_the_recipients_told_by_then(office: Office, letters: Letters) -> None:
    # given: posted when nobody had been told, as it says
    request_id = erased(office)
    said = {"kept-and-why": Nothing(), "recipients-told": FreeText("Nobody yet.")}
    dispatch_id = letters.released(request_id, LetterKind.ERASURE, "erasure", statements=said, **ON_PAPER)
    posted_at = office.clock.now()
    office.clock.advance(days=1)
    for item_id, recipient in list(office.case(request_id).recipients):
        office.desk.recipients.tell(
            request_id, item_id, office.call(request_id), recipient=recipient, told_at=None, channel=Channel.EMAIL
        )
    # when
    row = letters.row(letters.desk.mark_posted(dispatch_id, Call(office.ann), posted_at=posted_at))
    # then
    assert (row["state"], row["unrecorded"]) == ("sent", None)


# Never two -----------------------------------------------------------------------------------------------------------


def test_one_that_failed_is_not_released_after_another_one_left(office: Office, letters: Letters) -> None:
    # given
    request_id = office.registered(Right.ACCESS)
    first = letters.acknowledged(request_id)

    def refuse_it(_: Any) -> None:
        raise MessageRefused()

    letters.post.before = refuse_it
    letters.drain()
    letters.post.before = lambda _: None
    second = letters.acknowledged(request_id)
    letters.drain()
    # when
    letters.desk.edit(first, Call(office.ann), address=Address(email="ada@new.example"))
    # then
    with pytest.raises(DispatchAlreadyWritten):
        letters.release(first)
    assert [letters.show(each)["state"] for each in (first, second)] == ["draft", "sent"]
    assert letters.desk.outbox.waiting() == 0


def test_of_two_that_wait_to_leave_the_one_that_would_tell_the_same_anew_does_not(
    office: Office, letters: Letters
) -> None:
    # given: both released by a policy, one of them before it was refused anew
    request_id = office.registered(Right.ERASURE)
    refuse(office, request_id)
    old = letters.released(request_id, LetterKind.REFUSAL, "erasure", call=letters.robot)
    refused_anew(office, request_id)
    new = letters.released(request_id, LetterKind.REFUSAL, "erasure", call=letters.robot)
    # when
    drained = letters.drain()
    # then
    assert (drained.sent, drained.failed) == (1, 1)
    [message] = letters.post.messages
    assert (message.message_id, NEW in message.text) == (letters.show(new)["message_id"], True)
    row = letters.show(old)
    assert (row["state"], row["failure"]) == ("failed", "dispatch-already-written")
    assert letters.names(request_id).count("dsr.request.answer-sent") == 2  # by hand, and this one
    assert office.differences() == []


def test_what_was_brought_up_to_date_stands_against_another_one_about_the_same(
    office: Office, letters: Letters
) -> None:
    request_id = office.registered(Right.ERASURE)
    refuse(office, request_id)
    old = letters.write(request_id, LetterKind.REFUSAL, "erasure", call=letters.robot)
    refused_anew(office, request_id)
    new = letters.write(request_id, LetterKind.REFUSAL, "erasure", call=letters.robot)
    letters.release(old, letters.robot)
    with pytest.raises(DispatchAlreadyWritten):
        letters.release(new)
