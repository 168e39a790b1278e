"""What reached the wrong person is on record (docs/law §12)."""

from datetime import timedelta

from dsr.domain.request.errors import AnswerDatesInvalid, ReasonRequired
from dsr.domain.request.password import NoPackageOffered
from dsr.domain.rights import Right

from .a_case import ACase

ACCESS = Right.ACCESS.value


def test_a_misdelivery_is_on_record_and_ends_every_offer_of_the_case(offered: ACase) -> None:
    with offered.refuses(ReasonRequired):
        offered.record_misdelivery(account=None)
    offered.record_misdelivery()
    assert offered.request.items[ACCESS].offer is None
    with offered.refuses(NoPackageOffered):
        offered.tell_password(ACCESS)


def test_a_misdelivery_is_noticed_neither_before_the_arrival_nor_ahead(offered: ACase) -> None:
    for noticed_at in (offered.request.received_at - timedelta(hours=1), offered.now + timedelta(hours=1)):
        with offered.refuses(AnswerDatesInvalid):
            offered.record_misdelivery(noticed_at=noticed_at)
