"""Controllers sign with keys of their own, which are replaced without breaking what was signed before."""

import json

import pytest

from dsr.desk.caller import Call, service
from dsr.domain.ropa import ControllerUnknown
from dsr.exports.signature import check, read_keys
from tests.desk.office import Office

CALL = Call(service("cli"))
DE = "callcentre-de"


def published(office: Office) -> bytes:
    return json.dumps(office.desk.signing.published(DE)).encode()


def test_what_was_signed_before_a_rotation_still_verifies(office: Office) -> None:
    # given
    assert office.desk.signing.published(DE) == {"keys": []}
    before = office.desk.signing.signer(DE, CALL)(b"{}")
    # when
    office.desk.signing.rotate(DE, CALL)
    office.service.keystore.rotate()
    after = office.desk.signing.signer(DE, CALL)(b"{}")
    # then
    keys = read_keys(published(office))
    old, new = check(before, b"{}", keys), check(after, b"{}", keys)
    assert old.key_id != new.key_id
    assert [each["retired_at"] is None for each in office.desk.signing.published(DE)["keys"]] == [True, False]
    assert all("d" not in each for each in office.desk.signing.published(DE)["keys"])


def test_a_key_in_use_is_not_swept(office: Office) -> None:
    office.desk.signing.rotate(DE, CALL)
    office.clock.advance(days=3)
    assert office.desk.sweeping.sweep(dry_run=False).keys == 0
    office.desk.signing.signer(DE, CALL)


def test_only_controllers_of_the_record_have_keys(office: Office) -> None:
    for act in (lambda: office.desk.signing.rotate("nobody", CALL), lambda: office.desk.signing.published("nobody")):
        with pytest.raises(ControllerUnknown):
            act()
