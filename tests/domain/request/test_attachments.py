"""attach a file to an item; take it out again (GDPR Art. 15(3), 20(1))."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest

from dsr.domain.request.attachments import AttachmentNameTaken, AttachmentUnknown
from dsr.domain.request.collection import ItemHasNoCopy
from dsr.domain.request.errors import (
    AnswerDatesInvalid,
    IdentityUnresolved,
    ItemNotGranted,
    ItemUnknown,
    NotRegistered,
    RequestIsClosed,
)
from dsr.domain.rights import Right
from tests.domain.request.a_case import Made, OpenCase

COPIES = {Right.ACCESS, Right.PORTABILITY}


@pytest.mark.parametrize("right", sorted(COPIES))
def test_a_file_is_kept_for_the_granted_item(a_case: OpenCase, right: Any) -> None:
    case = a_case(right)
    case.grant(right.value)
    case.attach(right.value)
    attachment = case.events[-1].attachment
    assert case.happened() == ["attachment-collected"]
    assert case.request.copies.attachments == {attachment.attachment_id: attachment}
    case.check_replay()


@pytest.mark.parametrize("right", sorted(set(Right) - COPIES))
def test_only_access_and_portability_hand_out_files(a_case: OpenCase, right: Any) -> None:
    case = a_case(right)
    case.grant(right.value)
    with case.refuses(ItemHasNoCopy):
        case.attach(right.value)


@pytest.mark.parametrize("done", [False, True])
def test_a_file_is_attached_between_grant_and_execution(a_case: OpenCase, done: bool) -> None:
    case = a_case(Right.ACCESS)
    if done:
        case.grant("access")
        case.record_done("access")
    with case.refuses(ItemNotGranted):
        case.attach("access")


def test_a_file_is_attached_to_an_item_of_a_registered_request(a_case: OpenCase) -> None:
    unregistered = a_case()
    with unregistered.refuses(NotRegistered):
        unregistered.attach("access")
    case = a_case(Right.ACCESS)
    with case.refuses(ItemUnknown):
        case.attach("portability")


def test_nothing_is_collected_while_nobody_knows_who_asks(a_case: OpenCase) -> None:
    case = a_case(Right.ACCESS)
    case.grant("access")
    case.ask_identity()
    with case.refuses(IdentityUnresolved):
        case.attach("access")


@pytest.mark.parametrize("minute", ["2026-03-02T08:59", "2026-03-02T09:01"])
def test_a_file_was_given_out_neither_before_the_request_nor_in_the_future(
    a_case: OpenCase, made: Made, minute: str
) -> None:
    case = a_case(Right.ACCESS)
    case.grant("access")
    with case.refuses(AnswerDatesInvalid):
        case.attach(attachment=made.attachment("access", datetime.fromisoformat(minute).replace(tzinfo=UTC)))


def test_a_file_is_taken_out_again_and_packages_built_with_or_without_it_are_outdated(a_case: OpenCase) -> None:
    case = a_case(Right.ACCESS)
    case.grant("access")
    case.attach("access")
    assert case.request.items["access"].copy_changed == case.request.version
    case.discard_attachment(case.events[-1].attachment.attachment_id, at="2026-03-03")
    assert case.request.copies.attachments == {}
    assert case.request.items["access"].copy_changed == case.request.version
    case.check_replay()


def test_an_unknown_file_is_not_taken_out(a_case: OpenCase) -> None:
    case = a_case(Right.ACCESS)
    with case.refuses(AttachmentUnknown):
        case.discard_attachment(uuid4())


def test_what_was_handed_over_stays_on_file(a_case: OpenCase) -> None:
    case = a_case(Right.ACCESS)
    case.grant("access")
    case.attach("access")
    attachment_id = case.events[-1].attachment.attachment_id
    case.record_done("access")
    with case.refuses(ItemNotGranted):
        case.discard_attachment(attachment_id)


def test_a_closed_request_takes_and_gives_up_no_file(a_case: OpenCase) -> None:
    case = a_case(Right.ACCESS)
    case.grant("access")
    case.attach("access")
    attachment_id = case.events[-1].attachment.attachment_id
    case.withdraw()
    with case.refuses(RequestIsClosed):
        case.attach("access")
    with case.refuses(RequestIsClosed):
        case.discard_attachment(attachment_id)


def test_each_file_of_an_item_has_a_name_of_its_own(a_case: OpenCase, made: Made) -> None:
    case = a_case(Right.ACCESS, Right.PORTABILITY)
    case.grant("access")
    case.grant("portability")
    case.attach("access")
    first = case.events[-1].attachment
    for name in ("call.wav", "call.pdf"):
        with case.refuses(AttachmentNameTaken):
            case.attach(attachment=replace(made.attachment("access", case.now), name=name))
    case.attach(attachment=replace(made.attachment("access", case.now), name="call-2.wav"))
    case.attach("portability")
    case.discard_attachment(first.attachment_id)
    case.attach("access")
