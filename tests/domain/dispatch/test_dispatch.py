"""A letter on its way: what keeps it from leaving, who looks at it twice, and what is a fact once it left."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID

import pytest

from dsr.domain.acting import Acting
from dsr.domain.dispatch import Dispatch, DispatchState, Filling, is_decided_by_two
from dsr.domain.dispatch.errors import (
    DispatchAddressMissing,
    DispatchDatesInvalid,
    DispatchNeedsNoApproval,
    DispatchNotApproved,
    DispatchNotByPost,
    DispatchNotDraft,
    DispatchNotQueued,
)
from dsr.domain.request.errors import FourEyes, LetterIncomplete, ReasonRequired
from dsr.domain.request.letters import REQUIRED_STATEMENTS as REQUIRED
from dsr.domain.request.letters import LetterKind
from dsr.domain.request.standing import AnswerTo
from dsr.domain.request.values import Channel, DisclosurePurpose
from dsr.domain.sealed import Sealed

NOW = datetime(2026, 3, 5, 9, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)
SEALED = Sealed(UUID(int=1), UUID(int=2), b"n" * 12, b"c")
ID = UUID(int=3)
ANN, BOB, CAT, DAN = (Acting(name, NOW) for name in ("ann", "bob", "cat", "dan"))
SERVICE = Acting("service:x", LATER)
FILLED = {"addressed", "statements", "missing", "nothing_held", "refuses"}


DECIDED_BY_TWO = {kind for kind in LetterKind if is_decided_by_two(kind, refuses=False)}


def filling(kind: LetterKind, **facts: Any) -> Filling:
    """A letter that says all it has to, unless `facts` say otherwise."""
    said: dict[str, Any] = {
        "controller_id": "callcentre-de",
        "content": SEALED,
        "addressed": True,
        "statements": tuple(sorted(REQUIRED[kind])),
        "missing": (),
        "nothing_held": False,
        "refuses": False,
        "template_version": f"{kind}-1",
    }
    return Filling(**(said | facts))


def prepared(**facts: Any) -> Dispatch:
    kind = facts.get("kind", LetterKind.ACKNOWLEDGEMENT)
    filled = {name: facts.pop(name) for name in FILLED & facts.keys()}
    said: dict[str, Any] = {
        "dispatch_id": ID,
        "request_id": UUID(int=4),
        "kind": LetterKind.ACKNOWLEDGEMENT,
        "item_ids": (),
        "concerns": None,
        "recipient": None,
        "addressee": AnswerTo.DATA_SUBJECT,
        "channel": Channel.EMAIL,
        "language": "de",
        "message_id": f"<{ID}@callcentre.example>",
        "filling": filling(kind, **filled),
    }
    return Dispatch.prepare(ANN, **(said | facts))


def edit(dispatch: Dispatch, acting: Acting = ANN, **facts: Any) -> None:
    dispatch.edit(acting, channel=Channel.EMAIL, filling=filling(dispatch.kind, **facts))


def renew(dispatch: Dispatch, **facts: Any) -> None:
    dispatch.renew(ANN, filling=filling(dispatch.kind, **facts))


def released(**facts: Any) -> Dispatch:
    dispatch = prepared(**facts)
    dispatch.release(ANN, not_before=NOW)
    return dispatch


def left(dispatch: Dispatch, **facts: Any) -> None:
    said: dict[str, Any] = {"sent_at": LATER, "transport": "smtp", "unrecorded": None}
    dispatch.record_sent(SERVICE, **(said | facts))


def sent(**facts: Any) -> Dispatch:
    dispatch = released(**facts)
    left(dispatch)
    return dispatch


def failed() -> Dispatch:
    dispatch = released()
    dispatch.record_failed(SERVICE, reason="message-refused")
    return dispatch


def discarded() -> Dispatch:
    dispatch = prepared()
    dispatch.discard(ANN, reason=SEALED)
    return dispatch


def bounced() -> Dispatch:
    dispatch = sent()
    dispatch.record_bounced(SERVICE, status="5.1.1", permanent=True)
    return dispatch


MADE: dict[DispatchState, Callable[[], Dispatch]] = {
    DispatchState.DRAFT: prepared,
    DispatchState.QUEUED: released,
    DispatchState.SENT: sent,
    DispatchState.FAILED: failed,
    DispatchState.BOUNCED: bounced,
    DispatchState.DISCARDED: discarded,
}


def refused(dispatch: Dispatch, error: type[Exception], run: Callable[[], object]) -> None:
    before = len(dispatch.pending_events)
    with pytest.raises(error):
        run()
    assert len(dispatch.pending_events) == before


ALLOWED: dict[str, tuple[Callable[[Dispatch], object], Callable[[Dispatch], object], set[DispatchState]]] = {
    "edit": (edit, Dispatch.may_edit, {DispatchState.DRAFT, DispatchState.FAILED}),
    "renew": (renew, Dispatch.may_renew, {DispatchState.DRAFT, DispatchState.FAILED}),
    "release": (
        lambda each: each.release(Acting("ann", LATER), not_before=NOW),
        Dispatch.may_release,
        {DispatchState.DRAFT},
    ),
    "discard": (
        lambda each: each.discard(Acting("ann", LATER), reason=SEALED),
        Dispatch.may_discard,
        {DispatchState.DRAFT, DispatchState.QUEUED, DispatchState.FAILED},
    ),
    "fail": (
        lambda each: each.record_failed(SERVICE, reason="x"),
        Dispatch.may_record_failed,
        {DispatchState.QUEUED},
    ),
    "leave": (left, Dispatch.may_record_sent, {DispatchState.QUEUED, DispatchState.FAILED}),
}
"""By command: the command, its guard alone, and the states that it is for."""

REFUSED_WITH = {"fail": DispatchNotQueued, "leave": DispatchNotQueued}


@pytest.mark.parametrize("state", MADE)
@pytest.mark.parametrize("name", ALLOWED)
def test_each_command_stands_in_the_states_that_it_is_for_and_its_guard_alone_says_so(
    name: str, state: DispatchState
) -> None:
    command, guard, allowed = ALLOWED[name]
    dispatch = MADE[state]()
    assert dispatch.state is state
    if state in allowed:
        guard(dispatch)
        command(dispatch)
    else:
        error = REFUSED_WITH.get(name, DispatchNotDraft)
        refused(dispatch, error, lambda: guard(dispatch))
        refused(dispatch, error, lambda: command(dispatch))


@pytest.mark.parametrize(
    ("state", "what_next"),
    [
        (DispatchState.QUEUED, ["/dispatches/{dispatch_id}/discarding", "/requests/{request_id}/dispatches"]),
        (DispatchState.SENT, ["/requests/{request_id}/returned-letters", "/requests/{request_id}/dispatches"]),
        (DispatchState.FAILED, ["/dispatches/{dispatch_id}/edition"]),
        (DispatchState.BOUNCED, ["/requests/{request_id}/dispatches", "another address"]),
        (DispatchState.DISCARDED, ["/requests/{request_id}/dispatches"]),
    ],
)
def test_a_letter_that_is_no_draft_says_its_state_and_what_can_be_done_in_it(
    state: DispatchState, what_next: list[str]
) -> None:
    with pytest.raises(DispatchNotDraft) as refusal:
        MADE[state]().may_release()
    assert refusal.value.facts == {"state": state.value}
    assert [each for each in what_next if each not in refusal.value.detail] == []


def test_a_paper_letter_that_waits_is_posted_or_made_a_draft_again() -> None:
    with pytest.raises(DispatchNotDraft, match="waits for a person to post it") as refusal:
        released(channel=Channel.POST).may_release()
    assert all(each in refusal.value.detail for each in ("/posting", "/edition", "/discarding"))


def test_what_left_while_somebody_discarded_it_left_all_the_same() -> None:
    dispatch = released()
    dispatch.discard(ANN, reason=SEALED)
    left(dispatch)
    assert dispatch.state is DispatchState.SENT


def test_a_letter_that_lacks_something_is_not_released_and_names_it() -> None:
    dispatch = prepared(missing=("kept-and-why",))
    with pytest.raises(LetterIncomplete, match="kept-and-why"):
        dispatch.release(ANN, not_before=NOW)
    assert dispatch.state is DispatchState.DRAFT


@pytest.mark.parametrize("kind", LetterKind)
def test_no_letter_is_released_that_does_not_state_what_its_kind_demands_whatever_the_desk_says_is_missing(
    kind: LetterKind,
) -> None:
    for left_out in sorted(REQUIRED[kind]):
        dispatch = prepared(kind=kind, statements=tuple(REQUIRED[kind] - {left_out}))
        with pytest.raises(LetterIncomplete, match=left_out):
            dispatch.release(ANN, not_before=NOW)
        assert dispatch.state is DispatchState.DRAFT


def test_an_answer_that_refuses_a_part_says_all_that_a_refusal_says() -> None:
    dispatch = prepared(kind=LetterKind.ERASURE, refuses=True)
    with pytest.raises(LetterIncomplete, match="authority, facts, judicial-remedy, provision, reasons"):
        dispatch.release(ANN, not_before=NOW)


def test_an_answer_that_found_nothing_says_less_and_no_other_letter_does() -> None:
    said = {"processed-or-not", "rights", "complaint", "searched"}
    answer = prepared(kind=LetterKind.ACCESS, nothing_held=True, statements=tuple(said))
    answer.release(ANN, not_before=NOW)
    assert answer.state is DispatchState.QUEUED
    other = prepared(kind=LetterKind.FEE, nothing_held=True, statements=tuple(said))
    refused(other, LetterIncomplete, lambda: other.release(ANN, not_before=NOW))


def test_a_letter_without_an_address_is_not_released() -> None:
    dispatch = prepared(addressed=False)
    refused(dispatch, DispatchAddressMissing, lambda: dispatch.release(ANN, not_before=NOW))


def test_no_letter_leaves_before_it_was_released() -> None:
    dispatch = prepared()
    dispatch.release(ANN, not_before=NOW - timedelta(days=1))
    assert dispatch.not_before == NOW
    for sent_at in (NOW - timedelta(seconds=1), LATER + timedelta(seconds=1)):
        refused(dispatch, DispatchDatesInvalid, partial(left, dispatch, sent_at=sent_at))


@pytest.mark.parametrize("kind", sorted(DECIDED_BY_TWO))
def test_what_two_people_decided_and_one_changed_is_approved_by_another(kind: LetterKind) -> None:
    dispatch = prepared(kind=kind)
    refused(dispatch, DispatchNeedsNoApproval, lambda: dispatch.approve(BOB))
    edit(dispatch, ANN)
    edit(dispatch, CAT)
    refused(dispatch, DispatchNotApproved, lambda: dispatch.release(BOB, not_before=NOW))
    for editor in (ANN, CAT):
        refused(dispatch, FourEyes, partial(dispatch.approve, editor))
    dispatch.approve(BOB)
    refused(dispatch, DispatchNeedsNoApproval, lambda: dispatch.approve(DAN))
    dispatch.release(ANN, not_before=NOW)
    assert dispatch.state is DispatchState.QUEUED


@pytest.mark.parametrize("change", [edit, renew])
def test_what_waits_to_be_posted_by_a_person_is_a_draft_again_once_it_is_changed(
    change: Callable[[Dispatch], None],
) -> None:
    dispatch = released(channel=Channel.POST)
    change(dispatch)
    assert dispatch.state is DispatchState.DRAFT


def test_an_approval_ends_with_the_next_edition() -> None:
    dispatch = prepared(kind=LetterKind.REFUSAL)
    edit(dispatch, ANN)
    dispatch.approve(BOB)
    edit(dispatch, ANN)
    refused(dispatch, DispatchNotApproved, lambda: dispatch.release(ANN, not_before=NOW))


def test_an_answer_in_which_two_people_refused_a_part_and_one_changed_something_is_approved_by_another() -> None:
    said = tuple(REQUIRED[LetterKind.ERASURE] | REQUIRED[LetterKind.REFUSAL])
    dispatch = prepared(kind=LetterKind.ERASURE, refuses=True, statements=said)
    edit(dispatch, ANN, refuses=True, statements=said)
    refused(dispatch, DispatchNotApproved, lambda: dispatch.release(ANN, not_before=NOW))
    dispatch.approve(BOB)
    dispatch.release(ANN, not_before=NOW)
    assert dispatch.state is DispatchState.QUEUED


def test_what_was_brought_up_to_date_was_edited_by_nobody() -> None:
    dispatch = prepared(kind=LetterKind.REFUSAL)
    renew(dispatch)
    dispatch.release(ANN, not_before=NOW)
    assert dispatch.state is DispatchState.QUEUED


def test_an_approval_ends_when_the_letter_is_brought_up_to_date() -> None:
    dispatch = prepared(kind=LetterKind.REFUSAL)
    edit(dispatch, ANN)
    dispatch.approve(BOB)
    renew(dispatch)
    refused(dispatch, FourEyes, partial(dispatch.approve, ANN))
    refused(dispatch, DispatchNotApproved, lambda: dispatch.release(BOB, not_before=NOW))


@pytest.mark.parametrize("change", [edit, renew])
def test_other_words_leave_under_another_id_once_the_letter_may_have_left(change: Callable[[Dispatch], None]) -> None:
    dispatch = prepared()
    first = dispatch.message_id
    change(dispatch)
    assert dispatch.message_id == first
    dispatch.release(ANN, not_before=NOW)
    dispatch.record_failed(SERVICE, reason="message-not-sent")
    change(dispatch)
    second = dispatch.message_id
    assert (second, dispatch.state) == (f"<{ID}.5@callcentre.example>", DispatchState.DRAFT)
    change(dispatch)
    assert dispatch.message_id == second


@pytest.mark.parametrize("kind", sorted(set(LetterKind) - DECIDED_BY_TWO))
def test_what_one_person_decides_one_person_edits(kind: LetterKind) -> None:
    dispatch = prepared(kind=kind)
    edit(dispatch)
    dispatch.release(ANN, not_before=NOW)
    assert dispatch.state is DispatchState.QUEUED


def test_a_letter_that_was_never_changed_needs_no_second_look() -> None:
    assert released(kind=LetterKind.REFUSAL).state is DispatchState.QUEUED


def test_discarding_needs_a_reason() -> None:
    dispatch = prepared()
    refused(dispatch, ReasonRequired, lambda: dispatch.discard(ANN, reason=None))


def test_a_letter_to_somebody_who_was_forgotten_is_discarded_without_one() -> None:
    dispatch = prepared()
    dispatch.discard(ANN, reason=None, forgotten=True)
    assert dispatch.state is DispatchState.DISCARDED


def test_only_a_letter_on_paper_is_posted_by_a_person() -> None:
    dispatch = released()
    refused(dispatch, DispatchNotByPost, dispatch.require_on_paper)
    refused(dispatch, DispatchNotQueued, prepared(channel=Channel.POST).require_on_paper)
    released(channel=Channel.POST).require_on_paper()


@pytest.mark.parametrize("state", sorted(set(MADE) - {DispatchState.SENT}))
def test_a_report_on_what_never_left_or_came_back_before_says_nothing(state: DispatchState) -> None:
    dispatch = MADE[state]()
    before = len(dispatch.pending_events)
    dispatch.record_bounced(SERVICE, status="5.1.1", permanent=True)
    assert (len(dispatch.pending_events), dispatch.state) == (before, state)


def test_a_mail_that_is_late_may_still_arrive() -> None:
    dispatch = sent()
    dispatch.record_bounced(SERVICE, status="4.4.7", permanent=False)
    assert [dispatch.state] == [DispatchState.SENT]
    dispatch.record_bounced(SERVICE, status="5.4.7", permanent=True)
    assert dispatch.state is DispatchState.BOUNCED


@pytest.mark.parametrize("state", MADE)
def test_reading_is_recorded_in_every_state_and_changes_none(state: DispatchState) -> None:
    dispatch = MADE[state]()
    dispatch.open(Acting("ann", LATER), purpose=DisclosurePurpose.ANSWERING)
    assert (dispatch.state, type(dispatch.pending_events[-1]).__name__) == (state, "DispatchOpened")


@pytest.mark.parametrize("state", MADE)
def test_a_replay_gives_the_same_letter_and_every_event_names_its_case(state: DispatchState) -> None:
    dispatch = MADE[state]()
    replayed: Any = None
    for event in dispatch.collect_events():
        assert event.request_id == dispatch.request_id  # type: ignore[attr-defined]  # what the audit looks at
        replayed = event.mutate(replayed)
    assert vars(replayed) == vars(dispatch)
