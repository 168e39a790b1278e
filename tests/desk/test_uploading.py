"""Files that come in parts: resumable, sealed at once, attached as what their content shows."""

import hashlib
import io
import os
import tracemalloc
import wave
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dsr.blobs import FileTypeUnsupported
from dsr.bootstrap import build
from dsr.database.errors import DatabaseUnavailable
from dsr.desk.caller import Call
from dsr.desk.errors import VersionStale
from dsr.desk.upload_store import UploadDetails, UploadOffsetWrong, UploadUnknown
from dsr.desk.uploads import (
    AttachmentTooLarge,
    UploadDigestWrong,
    UploadExceeded,
    UploadIncomplete,
    UploadPartEmpty,
)
from dsr.domain.errors import DomainError
from dsr.domain.request.attachments import AttachmentNameTaken, AttachmentUnknown
from dsr.domain.request.collection import ItemHasNoCopy
from dsr.domain.request.errors import ItemNotGranted
from dsr.domain.request.values import DisclosurePurpose, IdentityMethod, Provenance
from dsr.domain.rights import Right
from dsr.domain.ropa import SystemUnknown
from dsr.domain.sealed import KeyDestroyed
from dsr.exports.errors import DataSetNameInvalid
from tests.desk.office import Office

ACCESS = Right.ACCESS.value
CANARY = "CANARY Jana Nováková říká ano".encode()
DETAILS = UploadDetails("call", "", "crm", "Customer relations", Provenance.OBSERVED, "Your call.", None)


def recording(seconds: int = 1) -> bytes:
    file = io.BytesIO()
    with wave.open(file, "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(8000)
        sound.writeframes(os.urandom(16_000 * seconds))
    return file.getvalue()


def only_attachment(office: Office, request_id: UUID) -> Any:
    [attachment] = office.case(request_id).copies.attachments.values()
    return attachment


def test_a_recording_is_attached_to_its_item(office: Office) -> None:
    # given
    request_id, content = office.granted(Right.ACCESS), recording()
    # when
    upload_id = office.upload(request_id, ACCESS, content, 5000, 1)
    office.desk.uploads.complete(upload_id, office.call(request_id), sha256=hashlib.sha256(content).hexdigest())
    # then
    attachment = only_attachment(office, request_id)
    assert (attachment.name, attachment.media_type, attachment.size) == ("call.wav", "audio/wav", len(content))
    assert (attachment.item_id, attachment.system, attachment.controller_id) == (ACCESS, "crm", "callcentre-de")
    assert attachment.description == "Your call of 2 March."
    assert office.read_file(attachment.content) == content
    assert office.differences() == []


def test_parts_and_their_key_go_once_the_file_is_whole(office: Office) -> None:
    request_id = office.granted(Right.ACCESS)
    before = office.blobs()
    upload_id = office.upload(request_id, ACCESS, recording(), 100, 100)
    key_id = office.desk.uploads.show(upload_id, office.ann).key_id
    office.desk.uploads.complete(upload_id, office.call(request_id), sha256=None)
    content = only_attachment(office, request_id).content
    assert office.blobs() == sorted([*before, f"{content.blob_id}.blob"])
    assert content.key_id != key_id
    with pytest.raises(KeyDestroyed):
        office.service.keystore.open(key_id)
    with pytest.raises(UploadUnknown):
        office.desk.uploads.show(upload_id, office.ann)


def test_a_part_that_may_have_been_noted_is_left_to_the_sweep(
    office: Office, lose_the_next_commit: Callable[[], None]
) -> None:
    """The store can't know: if the commit was done, the upload goes on behind this part."""
    # given
    request_id, content, desk = office.granted(Right.ACCESS), recording(), office.desk.uploads
    begun = desk.begin(request_id, ACCESS, Call(office.ann), size=len(content), details=DETAILS)
    upload_id = UUID(begun.resource_id)
    # when: the connection is lost after the commit
    lose_the_next_commit()
    with pytest.raises(DatabaseUnavailable):
        desk.append(upload_id, office.ann, offset=0, content=content[:100])
    # then
    assert desk.show(upload_id, office.ann).offset == 100
    desk.append(upload_id, office.ann, offset=100, content=content[100:])
    desk.complete(upload_id, office.call(request_id), sha256=None)
    assert office.read_file(only_attachment(office, request_id).content) == content


@given(content=st.binary(min_size=1, max_size=3000), cuts=st.lists(st.integers(1, 2999), max_size=5, unique=True))
@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_any_split_into_parts_makes_the_same_file(office: Office, content: bytes, cuts: list[int]) -> None:
    """Each part comes twice: the second time it is refused, and changes nothing."""
    if "case" not in office.remembered:
        office.remembered["case"] = office.granted(Right.ACCESS)
    request_id: UUID = office.remembered["case"]
    desk, content = office.desk.uploads, b"Note: " + content.hex().encode()
    named = replace(DETAILS, name=f"note-{next(office.numbers)}")
    begun = desk.begin(request_id, ACCESS, Call(office.ann), size=len(content), details=named)
    upload_id, places = UUID(begun.resource_id), [0, *sorted(cut for cut in cuts if cut < len(content)), len(content)]
    for start, stop in pairwise(places):
        assert desk.append(upload_id, office.ann, offset=start, content=content[start:stop]).offset == stop
        with pytest.raises(UploadOffsetWrong) as refused:
            desk.append(upload_id, office.ann, offset=start, content=content[start:stop])
        assert refused.value.facts == {"offset": stop}
    desk.complete(upload_id, office.call(request_id), sha256=None)
    attachment = list(office.case(request_id).copies.attachments.values())[-1]
    assert office.read_file(attachment.content) == content


def test_an_upload_goes_on_after_a_restart(office: Office, open_office: Callable[..., Any]) -> None:
    request_id, content = office.granted(Right.ACCESS), recording()
    begun = office.desk.uploads.begin(request_id, ACCESS, Call(office.ann), size=len(content), details=DETAILS)
    upload_id = UUID(begun.resource_id)
    office.desk.uploads.append(upload_id, office.ann, offset=0, content=content[:9000])
    again = open_office(build(office.service.settings, clock=office.clock), office.clock)
    offset = again.desk.uploads.show(upload_id, office.ann).offset
    assert offset == 9000
    again.desk.uploads.append(upload_id, office.ann, offset=offset, content=content[offset:])
    again.desk.uploads.complete(upload_id, again.call(request_id), sha256=None)
    assert again.read_file(only_attachment(again, request_id).content) == content
    again.service.close()


def test_nothing_of_a_part_stands_anywhere_in_the_clear(office: Office) -> None:
    request_id = office.granted(Right.ACCESS)
    begun = office.desk.uploads.begin(request_id, ACCESS, Call(office.ann), size=10_000, details=DETAILS)
    office.desk.uploads.append(UUID(begun.resource_id), office.ann, offset=0, content=CANARY * 100)
    for file in office.service.settings.home.rglob("*"):
        if file.is_file():
            assert b"CANARY" not in file.read_bytes(), file
    assert "CANARY" not in repr(office.everything())


def test_of_two_parts_that_come_at_once_for_one_place_one_is_kept(office: Office) -> None:
    request_id = office.granted(Right.ACCESS)
    before = len(office.blobs())
    begun = office.desk.uploads.begin(request_id, ACCESS, Call(office.ann), size=100, details=DETAILS)

    def send(number: int) -> str:
        try:
            office.desk.uploads.append(UUID(begun.resource_id), office.ann, offset=0, content=b"%d" % number * 10)
        except UploadOffsetWrong:
            return "refused"
        return "kept"

    with ThreadPoolExecutor(8) as threads:
        assert sorted(threads.map(send, range(8))) == ["kept"] + ["refused"] * 7
    assert len(office.blobs()) == before + 1


def test_of_two_who_complete_at_once_one_attaches_and_nothing_is_left_over(office: Office) -> None:
    request_id = office.granted(Right.ACCESS)
    before = len(office.blobs())
    upload_id, call = office.upload(request_id, ACCESS, recording(5)), office.call(request_id)

    def complete(_: int) -> str:
        try:
            office.desk.uploads.complete(upload_id, call, sha256=None)
        except (VersionStale, UploadUnknown):
            return "refused"
        return "attached"

    with ThreadPoolExecutor(4) as threads:
        assert sorted(threads.map(complete, range(4))) == ["attached"] + ["refused"] * 3
    assert len(office.blobs()) == before + 1
    assert len(office.case(request_id).copies.attachments) == 1


@pytest.mark.parametrize(
    ("offset", "content", "error"),
    [
        (1, b"x", UploadOffsetWrong),
        (3, b"x", UploadOffsetWrong),
        (2, b"", UploadPartEmpty),
        (2, b"x" * 9, UploadExceeded),
    ],
)
def test_a_part_continues_the_upload_and_stays_within_it(
    office: Office, offset: int, content: bytes, error: type[DomainError]
) -> None:
    request_id = office.granted(Right.ACCESS)
    begun = office.desk.uploads.begin(request_id, ACCESS, Call(office.ann), size=10, details=DETAILS)
    upload_id = UUID(begun.resource_id)
    office.desk.uploads.append(upload_id, office.ann, offset=0, content=b"ab")
    before = (office.everything(), office.blobs())
    with pytest.raises(error):
        office.desk.uploads.append(upload_id, office.ann, offset=offset, content=content)
    assert (office.everything(), office.blobs()) == before


def test_only_a_whole_file_is_attached(office: Office) -> None:
    request_id = office.granted(Right.ACCESS)
    begun = office.desk.uploads.begin(request_id, ACCESS, Call(office.ann), size=10, details=DETAILS)
    with pytest.raises(UploadIncomplete) as refused:
        office.desk.uploads.complete(UUID(begun.resource_id), office.call(request_id), sha256=None)
    assert refused.value.facts == {"offset": 0, "size": 10}


@pytest.mark.parametrize(
    ("content", "sha256", "error"),
    [(b"A note.", "00" * 32, UploadDigestWrong), (b"MZ" + bytes(9000), None, FileTypeUnsupported)],
)
def test_a_file_that_is_not_what_was_sent_or_in_no_open_format_is_not_attached(
    office: Office, content: bytes, sha256: str | None, error: type[DomainError]
) -> None:
    request_id = office.granted(Right.ACCESS)
    upload_id = office.upload(request_id, ACCESS, content)
    before = office.blobs()
    with pytest.raises(error):
        office.desk.uploads.complete(upload_id, office.call(request_id), sha256=sha256)
    assert office.blobs() == before
    assert office.case(request_id).copies.attachments == {}
    office.desk.uploads.discard(upload_id, office.ann)
    assert len(office.blobs()) == len(before) - 1


def test_a_hint_decides_only_between_kinds_of_text(office: Office) -> None:
    request_id = office.granted(Right.ACCESS)
    office.attach(request_id, ACCESS, b"a,b\n1,2\n", media_type="text/csv", name="sheet")
    office.attach(request_id, ACCESS, b"%PDF-1.7 ...", media_type="text/csv", name="letter")
    found = [(each.name, each.media_type) for each in office.case(request_id).copies.attachments.values()]
    assert found == [("sheet.csv", "text/csv"), ("letter.pdf", "application/pdf")]


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"name": "../etc"}, DataSetNameInvalid),
        ({"name": "Call 1"}, DataSetNameInvalid),
        ({"system": "nowhere"}, SystemUnknown),
        ({"size": 0}, AttachmentTooLarge),
        ({"size": -1}, AttachmentTooLarge),
        ({"size": 2**31 + 1}, AttachmentTooLarge),
    ],
)
def test_what_is_to_come_is_looked_at_before_it_comes(
    office: Office, change: dict[str, Any], error: type[DomainError]
) -> None:
    request_id = office.granted(Right.ACCESS)
    details = UploadDetails(**{name: change.get(name, value) for name, value in vars(DETAILS).items()})
    with pytest.raises(error):
        office.desk.uploads.begin(request_id, ACCESS, Call(office.ann), size=change.get("size", 10), details=details)


def test_files_come_only_for_a_granted_copy(office: Office) -> None:
    for right, granted, error in ((Right.ERASURE, True, ItemHasNoCopy), (Right.ACCESS, False, ItemNotGranted)):
        request_id = office.granted(right) if granted else office.registered(right)
        with pytest.raises(error):
            office.desk.uploads.begin(request_id, right.value, Call(office.ann), size=10, details=DETAILS)


def test_an_item_that_was_decided_meanwhile_takes_no_file(office: Office) -> None:
    request_id = office.granted(Right.ACCESS)
    upload_id = office.upload(request_id, ACCESS, b"A note.")
    office.desk.answers.withdraw(request_id, office.call(request_id), confirmed=True, statement="No.", item_ids=None)
    before = office.blobs()
    with pytest.raises(DomainError):
        office.desk.uploads.complete(upload_id, office.call(request_id), sha256=None)
    assert office.blobs() == before


def test_an_upload_of_another_controller_does_not_exist(office: Office) -> None:
    request_id = office.granted(Right.ACCESS)
    upload_id, french = office.upload(request_id, ACCESS, b"A note."), office.member("fay", "callcentre-fr")
    for forbidden in (
        lambda: office.desk.uploads.show(upload_id, french),
        lambda: office.desk.uploads.append(upload_id, french, offset=7, content=b"x"),
        lambda: office.desk.uploads.complete(upload_id, Call(french), sha256=None),
        lambda: office.desk.uploads.discard(upload_id, french),
        lambda: office.desk.uploads.show(uuid4(), office.ann),
    ):
        with pytest.raises(UploadUnknown):
            forbidden()


def test_an_attachment_that_was_taken_out_opens_no_more(office: Office) -> None:
    request_id = office.granted(Right.ACCESS)
    before = office.blobs()
    attachment_id = office.attach(request_id, ACCESS, b"A note.")
    content = only_attachment(office, request_id).content
    office.desk.uploads.discard_attachment(request_id, attachment_id, office.call(request_id))
    with pytest.raises(KeyDestroyed):
        office.read_file(content)
    assert office.blobs() == before
    with pytest.raises(AttachmentUnknown):
        office.desk.uploads.discard_attachment(request_id, attachment_id, office.call(request_id))


def test_an_attachment_is_opened_on_record(office: Office) -> None:
    request_id, content = office.granted(Right.ACCESS), recording()
    office.attach(request_id, ACCESS, content)
    version = office.case(request_id).version
    opened = office.desk.disclosures.original(
        request_id, office.call(request_id), purpose=DisclosurePurpose.ASSESSMENT, version=version
    )
    assert (opened.name, opened.media_type, opened.size) == ("call.wav", "audio/wav", len(content))
    assert b"".join(opened.chunks) == content
    assert office.names()[-1] == "request.personal-data-disclosed"


def test_a_large_file_never_stands_in_memory(office: Office) -> None:
    request_id, part = office.granted(Right.ACCESS), b"fLaC" + bytes(4_000_000)
    begun = office.desk.uploads.begin(request_id, ACCESS, Call(office.ann), size=len(part) * 15, details=DETAILS)
    tracemalloc.start()
    for number in range(15):
        office.desk.uploads.append(UUID(begun.resource_id), office.ann, offset=number * len(part), content=part)
    office.desk.uploads.complete(UUID(begun.resource_id), office.call(request_id), sha256=None)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 20_000_000
    assert only_attachment(office, request_id).media_type == "audio/flac"


# Identity evidence as a file -----------------------------------------------------------------------------------------


def asked(office: Office) -> UUID:
    request_id: UUID = office.registered(Right.ACCESS)
    office.desk.identity.ask(
        request_id, office.call(request_id), doubt="Other address.", method=IdentityMethod.CALL_BACK, asked_at=None
    )
    return request_id


def test_a_proof_of_identity_is_opened_on_record_and_gone_with_the_decision(office: Office) -> None:
    # given
    request_id, scan = asked(office), b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + os.urandom(500)
    before = office.blobs()
    office.desk.identity.take_evidence(
        request_id, office.call(request_id), evidence=None, received_at=None, content=scan, media_type="text/plain"
    )
    version = office.case(request_id).version
    opened = office.desk.disclosures.original(
        request_id, office.call(request_id), purpose=DisclosurePurpose.IDENTITY_CHECK, version=version
    )
    assert (opened.media_type, b"".join(opened.chunks)) == ("image/png", scan)
    # when
    office.desk.identity.ask_again(request_id, office.call(request_id), reason="It is blurred.")
    # then
    assert office.blobs() == before
    with pytest.raises(KeyDestroyed):
        office.desk.disclosures.original(
            request_id, office.call(request_id), purpose=DisclosurePurpose.IDENTITY_CHECK, version=version
        )


def test_a_proof_in_no_open_format_leaves_nothing_behind(office: Office) -> None:
    request_id = asked(office)
    before, names = office.blobs(), office.names()
    with pytest.raises(FileTypeUnsupported):
        office.desk.identity.take_evidence(
            request_id, office.call(request_id), evidence="A card.", received_at=None, content=b"MZ" + bytes(5000)
        )
    assert (office.blobs(), office.names()) == (before, names)


def test_an_upload_says_until_when_it_waits(office: Office) -> None:
    request_id = office.granted(Right.ACCESS)
    begun = office.desk.uploads.begin(request_id, ACCESS, Call(office.ann), size=10, details=DETAILS)
    expires_at = office.desk.uploads.show(UUID(begun.resource_id), office.ann).expires_at
    assert expires_at == office.clock.now() + timedelta(days=office.service.settings.upload_days)


def test_a_name_that_is_taken_is_refused_before_anything_comes(office: Office) -> None:
    request_id = office.granted(Right.ACCESS)
    office.attach(request_id, ACCESS, b"A note.")
    with pytest.raises(AttachmentNameTaken):
        office.desk.uploads.begin(request_id, ACCESS, Call(office.ann), size=10, details=DETAILS)
