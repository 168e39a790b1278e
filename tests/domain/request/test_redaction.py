"""redact parts of a copy; take that back; confirm that nothing of others is left (GDPR Art. 15(4), 20(4))."""

from dataclasses import replace
from typing import Any
from uuid import UUID, uuid4

import pytest

from dsr.domain.request.data_set import FieldDescription
from dsr.domain.request.errors import ItemNotGranted, ReasonRequired, RedactionPending
from dsr.domain.request.others_rights import OthersRight, RedactionKind, is_chosen, is_described, pointer_steps
from dsr.domain.request.redaction import (
    NothingRedacted,
    RedactionFieldUnknown,
    RedactionHitsNothing,
    RedactionKindUnfit,
    RedactionPlaceInvalid,
    RedactionTargetUnknown,
    RedactionUnknown,
    ReplacementUnfit,
)
from dsr.domain.request.values import ItemStatus, Provenance
from dsr.domain.rights import Right
from tests.domain.request.a_case import ACase, Made, OpenCase

POINTER, COLUMN = RedactionKind.JSON_POINTER, RedactionKind.COLUMN
WHOLE, REPLACED = RedactionKind.WHOLE_FILE, RedactionKind.REPLACED
FIELDS = tuple(FieldDescription(name, "meaning", Provenance.OBSERVED) for name in ("started_at", "caller.number"))


@pytest.fixture
def collected(a_case: OpenCase, made: Made) -> tuple[ACase, UUID, UUID]:
    """A granted item of access with one data set of two fields and one recording, and their ids."""
    case = a_case(Right.ACCESS)
    case.grant("access")
    data_set = replace(made.data_set("access", case.now), fields=FIELDS)
    case.collect_data(data_set=data_set)
    case.attach("access")
    return case, data_set.data_set_id, case.events[-1].attachment.attachment_id


def waits(case: ACase) -> Any:
    with case.refuses(RedactionPending):
        case.record_done("access")
    return True


def redacted(case: ACase, target: Any, kind: Any = WHOLE, place: Any = "", **facts: Any) -> Any:
    case.redact(target, kind=kind, place=place, **{"values": 1 if place else None} | facts)
    return case.events[-1].redaction_id


def test_what_is_redacted_waits_until_somebody_confirms_that_nothing_of_others_is_left(
    collected: tuple[ACase, UUID, UUID],
) -> None:
    case, calls, _ = collected
    redacted(case, calls, POINTER, "/*/caller/number", right=OthersRight.TRADE_SECRET)
    assert waits(case)
    case.confirm_redactions(calls)
    [redaction] = case.request.copies.redactions[calls]
    assert (redaction.kind, redaction.place, redaction.right) == (POINTER, "/*/caller/number", "trade-secret")
    case.record_done("access")
    assert case.request.item("access").status is ItemStatus.DONE


def test_what_was_flagged_leaves_once_it_is_redacted_and_confirmed(collected: tuple[ACase, UUID, UUID]) -> None:
    case, calls, _ = collected
    case.require_redaction(calls)
    redacted(case, calls, COLUMN, "caller.number")
    assert waits(case)
    case.confirm_redactions(calls)
    case.record_done("access")


def test_what_was_flagged_after_the_confirmation_is_confirmed_anew(collected: tuple[ACase, UUID, UUID]) -> None:
    case, calls, _ = collected
    redacted(case, calls, COLUMN, "caller.number")
    case.confirm_redactions(calls)
    case.require_redaction(calls)
    assert waits(case)
    case.confirm_redactions(calls)
    case.record_done("access")


def test_each_change_of_the_redactions_is_confirmed_anew(collected: tuple[ACase, UUID, UUID]) -> None:
    case, calls, recording = collected
    first = redacted(case, calls, COLUMN, "caller.number")
    case.confirm_redactions(calls)
    second = redacted(case, calls, POINTER, "/0/*")
    assert waits(case)
    case.confirm_redactions(calls)
    case.withdraw_redaction(second)
    assert waits(case)
    assert [each.redaction_id for each in case.request.copies.redactions[calls]] == [first]
    redacted(case, recording)
    case.confirm_redactions(calls)
    assert waits(case)
    case.confirm_redactions(recording)
    case.record_done("access")


def test_without_any_redaction_a_data_set_that_nobody_flagged_waits_for_nothing(
    collected: tuple[ACase, UUID, UUID],
) -> None:
    case, calls, _ = collected
    case.withdraw_redaction(redacted(case, calls))
    case.record_done("access")


def test_without_any_redaction_a_data_set_that_was_flagged_waits(collected: tuple[ACase, UUID, UUID]) -> None:
    case, calls, _ = collected
    case.require_redaction(calls)
    one = redacted(case, calls)
    case.confirm_redactions(calls)
    case.withdraw_redaction(one)
    assert waits(case)


@pytest.mark.parametrize("how", ["whole", "columns"])
def test_where_nothing_is_left_that_part_is_refused(collected: tuple[ACase, UUID, UUID], made: Made, how: str) -> None:
    case, calls, recording = collected
    if how == "whole":
        redacted(case, calls)
    else:
        for field in FIELDS:
            redacted(case, calls, COLUMN, field.name)
    redacted(case, recording)
    case.confirm_redactions(calls)
    case.confirm_redactions(recording)
    assert waits(case)
    whose = {"ground": "rights-of-others", "extent": ("recordings",), "in_part": True}
    case.propose_refusal("access", refusal=made.refusal(**whose))
    case.approve_refusal("access")
    case.record_done("access")


def test_a_redacted_copy_takes_the_place_of_a_recording_while_it_is_there(
    collected: tuple[ACase, UUID, UUID], made: Made
) -> None:
    case, _, recording = collected
    beeped = replace(made.attachment("access", case.now), name="call-beeped.wav")
    case.attach(attachment=beeped)
    copy = beeped.attachment_id
    redacted(case, recording, REPLACED, replacement_id=copy)
    case.confirm_redactions(recording)
    case.discard_attachment(copy)
    assert waits(case), "neither the recording nor its copy would leave"


def test_a_data_set_whose_copy_took_its_place_leaves_as_that(collected: tuple[ACase, UUID, UUID]) -> None:
    case, calls, _ = collected
    case.collect_data("access")
    copy = case.events[-1].data_set.data_set_id
    redacted(case, calls, REPLACED, replacement_id=copy)
    case.confirm_redactions(calls)
    assert (case.request.copies.is_left_in(calls), case.request.copies.is_left_in(copy)) == (False, True)
    case.record_done("access")


def test_only_something_else_that_is_left_in_for_the_same_item_replaces(
    a_case: OpenCase, collected: tuple[ACase, UUID, UUID]
) -> None:
    case, calls, recording = collected
    for replacement in (None, uuid4(), calls):
        with case.refuses(ReplacementUnfit):
            case.redact(calls, kind=REPLACED, replacement_id=replacement)
    with case.refuses(ReplacementUnfit):
        case.redact(calls, kind=WHOLE, replacement_id=recording)
    redacted(case, recording)
    with case.refuses(ReplacementUnfit):
        case.redact(calls, kind=REPLACED, replacement_id=recording)
    both = a_case(Right.ACCESS, Right.PORTABILITY)
    for item_id in ("access", "portability"):
        both.grant(item_id)
        both.collect_data(item_id)
    here, there = both.request.copies.data_sets
    with both.refuses(ReplacementUnfit):
        both.redact(here, kind=REPLACED, replacement_id=there)


def test_what_the_case_does_not_have_is_neither_redacted_nor_confirmed(collected: tuple[ACase, UUID, UUID]) -> None:
    case, calls, _ = collected
    with case.refuses(RedactionTargetUnknown):
        case.redact(uuid4())
    with case.refuses(RedactionTargetUnknown):
        case.confirm_redactions(uuid4())
    with case.refuses(RedactionUnknown):
        case.withdraw_redaction(uuid4())
    one = redacted(case, calls)
    case.discard_data(calls)
    with case.refuses(RedactionUnknown):
        case.withdraw_redaction(one)


@pytest.mark.parametrize(
    ("kind", "place"),
    [
        (POINTER, ""),
        (POINTER, "started_at"),
        (POINTER, "/0"),
        (POINTER, "/started_at/0"),
        (POINTER, "/0/~2"),
        (POINTER, "/0//x"),
        (COLUMN, ""),
        (WHOLE, "started_at"),
    ],
)
def test_a_place_is_named_as_its_kind_needs_it(collected: tuple[ACase, UUID, UUID], kind: Any, place: str) -> None:
    case, calls, _ = collected
    with case.refuses(RedactionPlaceInvalid):
        case.redact(calls, kind=kind, place=place)


@pytest.mark.parametrize(
    ("kind", "place"),
    [
        (COLUMN, "mood"),
        (COLUMN, "caller"),
        (POINTER, "/0/mood"),
        (POINTER, "/*/caller/name"),
        (POINTER, "/0/*/number"),
        (POINTER, "/*/2024"),
    ],
)
def test_only_fields_that_are_described_are_named(collected: tuple[ACase, UUID, UUID], kind: Any, place: str) -> None:
    case, calls, _ = collected
    with case.refuses(RedactionFieldUnknown):
        case.redact(calls, kind=kind, place=place)


@pytest.mark.parametrize(("kind", "place"), [(POINTER, "/7/started_at"), (COLUMN, "started_at")])
def test_a_place_that_hits_nothing_is_refused(collected: tuple[ACase, UUID, UUID], kind: Any, place: str) -> None:
    case, calls, _ = collected
    for values in (0, None):
        with case.refuses(RedactionHitsNothing):
            case.redact(calls, kind=kind, place=place, values=values)
    redacted(case, calls, kind, place, values=3)
    assert case.request.copies.redactions[calls][0].values == 3


@pytest.mark.parametrize("place", ["/0/started_at", "/*/caller", "/7/caller/*", "/*/started_at/0/*"])
def test_a_pointer_reaches_into_and_above_what_is_described(collected: tuple[ACase, UUID, UUID], place: str) -> None:
    case, calls, _ = collected
    redacted(case, calls, POINTER, place)
    assert case.request.copies.redactions[calls][0].place == place


def test_a_pointer_names_no_value_beneath_a_described_field() -> None:
    steps = pointer_steps("/*/contacts/+49 170 1234567")
    assert steps is not None
    assert not is_described(steps, {"contacts"})
    assert pointer_steps("/0/a~1b/01/2/*") == ("0", "a/b", "01", "2", None)


@pytest.mark.parametrize(
    ("pointer", "described", "expected"),
    [
        ("/*/2024", {"2024"}, True),
        ("/*/2024", {"calls"}, False),
        ("/*/2024/0", {"2024"}, True),
        ("/*/calls/0/2024", {"calls.2024"}, True),
        ("/*/calls/0/2024", {"calls"}, True),
        ("/*/calls/0/2024", {"calls.2025"}, True),
        ("/*/calls/0/01", {"calls"}, False),
        ("/0/years/2024/01", {"years.2024.01"}, True),
        ("/0/years/2024/number", {"years.2025.number"}, False),
        ("/0/years/2024/number", {"years.number"}, True),
        ("/*/*/2024", {"calls"}, True),
    ],
)
def test_a_number_is_a_member_of_an_array_or_a_field_that_is_described(
    pointer: str, described: Any, expected: bool
) -> None:
    """In a record, which is an object, it is a field; further in, what was collected decides."""
    steps = pointer_steps(pointer)
    assert steps is not None
    assert is_described(steps, described) is expected


def test_a_step_leads_to_the_member_of_that_number_and_to_the_field_of_that_name() -> None:
    assert is_chosen("2024", "2024")
    assert is_chosen("2", 2)
    assert is_chosen(None, "2")
    assert is_chosen(None, 2)
    assert not is_chosen("02", 2)
    assert not is_chosen("2", "02")


def test_a_pointer_of_numbers_alone_costs_no_more_than_its_length() -> None:
    steps = pointer_steps("/0/a" + "/1" * 200)
    assert steps is not None
    assert is_described(steps, {"a", "a" + ".1" * 200})


def test_a_file_has_no_fields(collected: tuple[ACase, UUID, UUID]) -> None:
    case, _, recording = collected
    for kind, place in ((COLUMN, "started_at"), (POINTER, "/0/started_at")):
        with case.refuses(RedactionKindUnfit):
            case.redact(recording, kind=kind, place=place)


def test_a_redaction_and_its_withdrawal_have_a_reason(collected: tuple[ACase, UUID, UUID]) -> None:
    case, calls, _ = collected
    with case.refuses(ReasonRequired):
        case.redact(calls, reason=None)
    one = redacted(case, calls)
    with case.refuses(ReasonRequired):
        case.withdraw_redaction(one, reason=None)


def test_nothing_is_confirmed_where_nothing_is_redacted_and_nothing_was_flagged(
    collected: tuple[ACase, UUID, UUID], made: Made
) -> None:
    case, calls, recording = collected
    for target in (calls, recording):
        with case.refuses(NothingRedacted):
            case.confirm_redactions(target, reason=made.sealed())


@pytest.mark.parametrize("which", [1, 2])
def test_what_was_flagged_by_mistake_leaves_as_it_is_for_a_reason(
    collected: tuple[ACase, UUID, UUID], made: Made, which: int
) -> None:
    case, target = collected[0], collected[which]
    case.require_redaction(target)
    with case.refuses(ReasonRequired):
        case.confirm_redactions(target)
    assert waits(case)
    case.confirm_redactions(target, reason=made.sealed())
    assert case.events[-1].redaction_ids == ()
    assert case.request.copies.redaction_duties == {}
    case.record_done("access")


def test_what_was_flagged_by_mistake_may_be_taken_out_and_flagged_again(
    collected: tuple[ACase, UUID, UUID], made: Made
) -> None:
    case, _, recording = collected
    case.require_redaction(recording)
    case.confirm_redactions(recording, reason=made.sealed())
    case.require_redaction(recording)
    assert waits(case)
    case.confirm_redactions(recording, reason=made.sealed())
    case.discard_attachment(recording)
    case.record_done("access")


def test_a_recording_that_was_flagged_leaves_once_it_is_left_out_or_replaced(
    collected: tuple[ACase, UUID, UUID], made: Made
) -> None:
    case, _, recording = collected
    case.require_redaction(recording)
    assert waits(case)
    beeped = replace(made.attachment("access", case.now), name="call-beeped.wav")
    case.attach(attachment=beeped)
    redacted(case, recording, REPLACED, replacement_id=beeped.attachment_id)
    assert waits(case)
    case.confirm_redactions(recording)
    case.record_done("access")


@pytest.mark.parametrize("name", ["call.wav", "call.ogg"])
def test_a_redacted_recording_of_the_same_name_takes_the_place_of_one_that_was_discarded(
    collected: tuple[ACase, UUID, UUID], made: Made, name: str
) -> None:
    case, _, recording = collected
    case.require_redaction(recording)
    case.discard_attachment(recording)
    assert waits(case), "what has to be redacted is not left out in silence"
    copy = replace(made.attachment("access", case.now), name=name)
    case.attach(attachment=copy)
    case.discard_attachment(copy.attachment_id)
    assert waits(case)
    case.attach(attachment=replace(made.attachment("access", case.now), name=name))
    case.record_done("access")


def test_no_table_takes_the_place_of_a_recording(collected: tuple[ACase, UUID, UUID], made: Made) -> None:
    case, _, recording = collected
    case.require_redaction(recording)
    case.discard_attachment(recording)
    case.collect_data(data_set=replace(made.data_set("access", case.now), name="call"))
    assert waits(case)


def test_a_copy_that_was_flagged_by_mistake_keeps_its_place(collected: tuple[ACase, UUID, UUID], made: Made) -> None:
    case, calls, _ = collected
    case.require_redaction(calls)
    case.discard_data(calls)
    case.collect_data(data_set=replace(made.data_set("access", case.now), fields=FIELDS))
    copy = case.events[-1].data_set.data_set_id
    case.require_redaction(copy)
    case.confirm_redactions(copy, reason=made.sealed())
    case.discard_data(copy)
    assert waits(case), "the place of the first is empty again"


def test_no_redaction_changes_after_the_copy_was_handed_over(collected: tuple[ACase, UUID, UUID]) -> None:
    case, calls, recording = collected
    one = redacted(case, calls)
    case.confirm_redactions(calls)
    case.record_done("access")
    with case.refuses(ItemNotGranted):
        case.redact(recording)
    with case.refuses(ItemNotGranted):
        case.withdraw_redaction(one)
    with case.refuses(ItemNotGranted):
        case.confirm_redactions(calls)


def test_a_package_that_was_built_before_a_redaction_changed_is_outdated(collected: tuple[ACase, UUID, UUID]) -> None:
    case, calls, _ = collected
    one = redacted(case, calls)
    assert case.request.items["access"].copy_changed == case.request.version
    case.withdraw_redaction(one)
    assert case.request.items["access"].copy_changed == case.request.version
