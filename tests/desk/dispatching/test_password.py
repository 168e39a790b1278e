"""The letter with the password of a package, and what reached somebody else (docs/law §12)."""

from typing import Any
from uuid import UUID, uuid4

import pytest

from dsr.desk.caller import Call
from dsr.desk.dispatching import Address
from dsr.desk.errors import DispatchUnknown, ExportUnknown
from dsr.domain.dispatch.errors import DispatchStale, LetterPartFixed
from dsr.domain.export import ExportIsRevoked
from dsr.domain.request.letters import LetterKind
from dsr.domain.request.misdelivery import Misdelivered
from dsr.domain.request.password import NoPackageOffered, PasswordSameChannel
from dsr.domain.request.values import Channel
from dsr.domain.rights import Right
from dsr.letters.fields import FreeText
from tests.catalogue.starts import ACCESS, collected
from tests.desk.dispatching.letters import Letters
from tests.desk.office import Office

HOME = Address(name="Ada Lovelace", postal=("Ockham Lane 3", "London"))


@pytest.fixture
def letters(office: Office) -> Letters:
    return Letters(office)


def offered(office: Office) -> tuple[UUID, UUID, str]:
    """The case, the package that was offered, and its password."""
    request_id = collected(office)
    exports = office.desk.exports
    export_id = UUID(exports.prepare(request_id, ACCESS, Call(office.ann)).resource_id)
    return request_id, export_id, exports.link(exports.offer(export_id, Call(office.ann))).password


def test_the_password_goes_by_post_in_a_letter_of_its_own_and_is_on_record(office: Office, letters: Letters) -> None:
    # given
    request_id, _, password = offered(office)
    dispatch_id = letters.write(request_id, LetterKind.PASSWORD, ACCESS, address=HOME)
    row = letters.show(dispatch_id)
    assert (row["missing"], row["channel"]) == ([], "post")
    assert password in letters.read(dispatch_id).text
    # when
    letters.release(dispatch_id)
    letters.desk.mark_posted(dispatch_id, Call(office.ann))
    # then
    [sent] = office.events("request.password-sent")
    assert (sent.item_id, sent.letter.channel, sent.letter.dispatch_id) == (ACCESS, Channel.POST, dispatch_id)
    assert letters.show(dispatch_id)["unrecorded"] is None
    assert office.differences() == []


def test_a_password_goes_by_no_mail(office: Office, letters: Letters) -> None:
    request_id, _, _ = offered(office)
    with pytest.raises(PasswordSameChannel):
        letters.write(request_id, LetterKind.PASSWORD, ACCESS, channel=Channel.EMAIL)
    dispatch_id = letters.write(request_id, LetterKind.PASSWORD, ACCESS)
    with pytest.raises(PasswordSameChannel):
        letters.desk.edit(dispatch_id, Call(office.ann), channel=Channel.EMAIL)


def test_nobody_writes_another_password_and_none_is_written_without_a_link(office: Office, letters: Letters) -> None:
    request_id, _, _ = offered(office)
    with pytest.raises(LetterPartFixed):
        letters.write(request_id, LetterKind.PASSWORD, ACCESS, statements={"password": FreeText("AAAA-AAAA")})
    with pytest.raises(NoPackageOffered):
        letters.write(office.granted(Right.ACCESS), LetterKind.PASSWORD, ACCESS)


def test_the_password_of_a_link_that_was_replaced_does_not_leave(office: Office, letters: Letters) -> None:
    request_id, export_id, _ = offered(office)
    dispatch_id = letters.write(request_id, LetterKind.PASSWORD, ACCESS, address=HOME)
    office.desk.exports.offer(export_id, Call(office.ann))
    with pytest.raises(DispatchStale):
        letters.release(dispatch_id)


def test_a_misdelivery_revokes_every_link_and_none_of_them_opens_again(office: Office) -> None:
    # given
    request_id, export_id, password = offered(office)
    link = office.desk.exports.link(office.desk.exports.offer(export_id, Call(office.ann)))

    def record(**named: Any) -> None:
        facts: dict[str, Any] = {"dispatch_id": None, "export_id": export_id, "noticed_at": None} | named
        account = "Her neighbour got the link and told us."
        office.desk.deliveries.record_misdelivery(
            request_id, office.call(request_id), what=Misdelivered.PACKAGE, account=account, **facts
        )

    with pytest.raises(ExportUnknown):
        record(export_id=uuid4())
    with pytest.raises(DispatchUnknown):
        record(dispatch_id=uuid4())
    # when
    record()
    # then
    with pytest.raises(ExportIsRevoked):
        office.desk.exports.redeem(link.token, link.password, network="")
    with pytest.raises(ExportIsRevoked):
        office.desk.exports.renew(export_id, Call(office.ann))
    assert [each.reason for each in office.events("export.revoked")] == ["replaced", "misdelivered"]
    assert password != link.password
    assert office.differences() == []
