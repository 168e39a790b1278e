"""The password of a package takes another channel than its link, and its delivery is on record (docs/law §12)."""

from dataclasses import replace
from datetime import timedelta

import pytest

from dsr.domain.request.closing import PasswordUndelivered
from dsr.domain.request.errors import AnswerDatesInvalid, ItemUnknown, LetterIncomplete, LetterKindWrong, ReasonRequired
from dsr.domain.request.letters import LetterKind
from dsr.domain.request.password import NoPackageOffered, PasswordSameChannel
from dsr.domain.request.representation import AuthorityMissing
from dsr.domain.request.standing import AnswerTo
from dsr.domain.request.values import Channel, Outcome
from dsr.domain.rights import Right

from .a_case import ACase

ACCESS = Right.ACCESS.value


def test_a_case_is_not_fulfilled_before_the_password_of_its_package_was_delivered(offered: ACase) -> None:
    offered.record_answer(ACCESS)
    with offered.refuses(PasswordUndelivered):
        offered.close()
    offered.tell_password(ACCESS)
    offered.close()
    assert offered.request.outcome is Outcome.FULFILLED


def test_the_letter_with_the_password_is_its_delivery_until_it_comes_back(offered: ACase) -> None:
    offered.record_answer(ACCESS)
    letter = replace(offered.letter(LetterKind.PASSWORD), channel=Channel.POST, dispatch_id=offered.uuid())
    offered.send_password(ACCESS, letter=letter)
    offered.note_returned_letter(
        letter_version=None, dispatch_id=letter.dispatch_id, kind=LetterKind.PASSWORD, status="5.1.1"
    )
    with offered.refuses(PasswordUndelivered):
        offered.close()
    offered.tell_password(ACCESS)
    offered.close()


@pytest.mark.parametrize("channel", [Channel.EMAIL, Channel.PORTAL, Channel.WEB_FORM, Channel.INTERFACE])
def test_a_password_never_goes_where_the_code_for_the_page_goes(offered: ACase, channel: Channel) -> None:
    with offered.refuses(PasswordSameChannel):
        offered.tell_password(ACCESS, channel=channel)
    with offered.refuses(PasswordSameChannel):
        offered.send_password(ACCESS, letter=replace(offered.letter(LetterKind.PASSWORD), channel=channel))


def test_link_and_password_take_different_channels_whichever_leaves_first(offered: ACase) -> None:
    by_post = replace(offered.letter(LetterKind.PASSWORD), channel=Channel.POST)
    answer = replace(offered.letter(LetterKind.ACCESS), channel=Channel.POST)
    offered.send_password(ACCESS, letter=by_post)
    with offered.refuses(PasswordSameChannel):
        offered.record_answer(ACCESS, letter=answer)
    offered.offer_package(ACCESS)
    offered.record_answer(ACCESS, letter=answer)
    with offered.refuses(PasswordSameChannel):
        offered.send_password(ACCESS, letter=by_post)
    offered.tell_password(ACCESS, channel=Channel.IN_PERSON)


def test_a_password_is_told_of_an_offered_package_with_an_account_and_not_before_the_link(offered: ACase) -> None:
    with offered.refuses(ReasonRequired):
        offered.tell_password(ACCESS, account=None)
    with offered.refuses(AnswerDatesInvalid):
        offered.tell_password(ACCESS, told_at=offered.now - timedelta(hours=1))
    offered.revoke_offer(ACCESS)
    with offered.refuses(NoPackageOffered):
        offered.tell_password(ACCESS)
    with offered.refuses(LetterKindWrong):
        offered.record_answer(letter=offered.letter(LetterKind.PASSWORD), item_ids=())


def test_the_letter_with_a_password_is_complete_and_goes_to_whoever_may_get_it(offered: ACase) -> None:
    letter = replace(offered.letter(LetterKind.PASSWORD), channel=Channel.POST)
    with offered.refuses(LetterIncomplete):
        offered.send_password(ACCESS, letter=replace(letter, statements=("link-ends",)))
    with offered.refuses(AuthorityMissing):
        offered.send_password(ACCESS, letter=replace(letter, addressee=AnswerTo.REPRESENTATIVE))
    with offered.refuses(AnswerDatesInvalid):
        offered.send_password(ACCESS, letter=replace(letter, dispatched_at=offered.now - timedelta(hours=1)))
    with offered.refuses(ItemUnknown):
        offered.send_password("erasure", letter=letter)
    with offered.refuses(ItemUnknown):
        offered.tell_password("erasure")
    offered.revoke_offer(ACCESS)
    with offered.refuses(NoPackageOffered):
        offered.send_password(ACCESS, letter=letter)
