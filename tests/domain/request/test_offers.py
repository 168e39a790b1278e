"""Links to packages, as their case records them (docs/law §12)."""

from dsr.domain.request.closing import PasswordUndelivered
from dsr.domain.request.errors import ItemUnknown
from dsr.domain.request.offers import LinkAlreadyRequested
from dsr.domain.rights import Right

from .a_case import ACase

ACCESS = Right.ACCESS.value


def test_a_revoked_link_waits_for_no_password(offered: ACase) -> None:
    offered.record_answer(ACCESS)
    offered.revoke_offer(ACCESS)
    offered.close()
    assert offered.request.is_closed


def test_a_new_link_has_a_password_of_its_own_and_the_same_link_keeps_it(offered: ACase) -> None:
    offered.record_answer(ACCESS)
    offered.tell_password(ACCESS)
    offered.offer_package(ACCESS, token_id=offered.offered_token(ACCESS))
    offer = offered.request.items[ACCESS].offer
    assert offer is not None
    assert offer.password_delivered
    offered.offer_package(ACCESS)
    with offered.refuses(PasswordUndelivered):
        offered.close()


def test_a_person_asks_for_a_new_link_once_until_it_is_granted(offered: ACase) -> None:
    offered.record_answer(ACCESS)
    offered.tell_password(ACCESS)
    offered.close()
    offered.ask_for_link(ACCESS)
    with offered.refuses(LinkAlreadyRequested):
        offered.ask_for_link(ACCESS)
    offered.offer_package(ACCESS)
    offered.ask_for_link(ACCESS)


def test_a_link_belongs_to_an_item_of_the_case(offered: ACase) -> None:
    for command in (offered.offer_package, offered.revoke_offer, offered.ask_for_link):
        with offered.refuses(ItemUnknown):
            command("erasure")
