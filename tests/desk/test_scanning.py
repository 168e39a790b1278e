"""No file of a stranger is taken or shown before the scanner has seen it, and nothing of it is told (Art. 32(1)(b))."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from email.message import EmailMessage
from pathlib import Path
from uuid import UUID

import pytest

from dsr.bootstrap import build
from dsr.desk.caller import Call
from dsr.domain.request.malware import Scanned
from dsr.domain.request.values import DisclosurePurpose
from dsr.domain.rights import Right
from dsr.domain.scanning import MalwareFound, ScannerUnavailable
from dsr.settings import ScannerAddress
from tests.clamd_server import EICAR, Clamd, running_clamd
from tests.desk.office import MAILBOX, Office, request_id_of
from tests.desk.test_uploading import ACCESS, DETAILS, asked

TRIAGE = DisclosurePurpose.TRIAGE
NOTED = "request.malware-noted"


@pytest.fixture
def scanning(office: Office, tmp_path: Path) -> Iterator[Office]:
    """An office whose service has a scanner, which is away until `here`."""
    settings = replace(office.service.settings, scanner=ScannerAddress(path=tmp_path / "clamd.ctl"))
    service = build(settings, clock=office.clock)
    yield Office(service, office.clock)
    service.close()


@contextmanager
def here(office: Office) -> Iterator[Clamd]:
    """The scanner answers."""
    where = office.service.settings.scanner
    assert where is not None
    assert where.path is not None
    with running_clamd(where.path) as clamd:
        yield clamd


def uploaded(office: Office, request_id: UUID, content: bytes) -> UUID:
    begun = office.desk.uploads.begin(request_id, ACCESS, Call(office.ann), size=len(content), details=DETAILS)
    upload_id = UUID(begun.resource_id)
    office.desk.uploads.append(upload_id, office.ann, offset=0, content=content)
    return upload_id


def test_an_upload_with_malware_is_not_attached_and_one_waits_for_its_scanner(
    scanning: Office, caplog: pytest.LogCaptureFixture
) -> None:
    # given
    request_id = scanning.granted(Right.ACCESS)
    clean, bad = uploaded(scanning, request_id, b"A note."), uploaded(scanning, request_id, EICAR)
    before, names = scanning.blobs(), scanning.names()
    # when, then: the scanner is away
    with pytest.raises(ScannerUnavailable):
        scanning.desk.uploads.complete(clean, Call(scanning.ann), sha256=None)
    with here(scanning):
        with pytest.raises(MalwareFound):
            scanning.desk.uploads.complete(bad, Call(scanning.ann), sha256=None)
        assert (scanning.blobs(), scanning.names()) == (before, [*names, NOTED]), "nothing else is left behind"
        scanning.desk.uploads.complete(clean, Call(scanning.ann), sha256=None)
    assert scanning.names()[-1] == "request.attachment-collected"
    assert f"malware Eicar-Test-Signature in upload {bad}" in caplog.text
    assert "EICAR" not in caplog.text


def test_a_proof_with_malware_is_not_taken(scanning: Office) -> None:
    request_id = asked(scanning)
    before, names = scanning.blobs(), scanning.names()

    def take(content: bytes) -> None:
        call = scanning.call(request_id)
        scanning.desk.identity.take_evidence(request_id, call, evidence="A card.", received_at=None, content=content)

    with here(scanning), pytest.raises(MalwareFound):
        take(EICAR)
    with pytest.raises(ScannerUnavailable):
        take(b"A card.")
    assert (scanning.blobs(), scanning.names()) == (before, [*names, NOTED])
    (noted,) = scanning.events(NOTED)
    assert (noted.file, noted.signature, noted.found_in) == (Scanned.PROOF, "Eicar-Test-Signature", None)
    assert noted.actor == "ann"


def test_mail_with_malware_is_taken_in_and_opened_only_by_who_says_so(scanning: Office) -> None:
    # given: mail is taken in, whatever the scanner says, since its clock runs
    request_id = request_id_of(scanning.receive(scanning.mail(f"See this: {EICAR.decode()}")))
    names = scanning.names()
    desk = scanning.desk.disclosures
    # when, then
    with pytest.raises(ScannerUnavailable):
        desk.original(request_id, scanning.call(request_id), purpose=TRIAGE, version=1)
    with here(scanning):
        with pytest.raises(MalwareFound):
            desk.original(request_id, scanning.call(request_id), purpose=TRIAGE, version=1)
        assert scanning.names() == [*names, NOTED], "nothing was opened"
        opened = desk.original(request_id, scanning.call(request_id), purpose=TRIAGE, version=1, unscanned=True)
    assert (EICAR in b"".join(opened.chunks), opened.is_scanned) == (True, False)
    assert scanning.names()[-1] == "request.personal-data-disclosed"


def test_clean_mail_is_opened_as_scanned_and_without_a_scanner_as_not_scanned(office: Office, scanning: Office) -> None:
    request_id = request_id_of(office.receive())
    opened = office.desk.disclosures.original(request_id, office.call(request_id), purpose=TRIAGE, version=1)
    assert not opened.is_scanned
    with here(scanning) as clamd:
        opened = scanning.desk.disclosures.original(request_id, scanning.call(request_id), purpose=TRIAGE, version=1)
        assert opened.is_scanned
    assert clamd.shown == [b"".join(opened.chunks)]


def test_of_a_mail_only_the_part_that_is_opened_is_scanned(scanning: Office) -> None:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Message-ID"] = "ada@example.org", MAILBOX, "<parts@example.org>"
    mail.set_content("See the attachments.")
    for content in (EICAR, b"A note."):
        mail.add_attachment(content, maintype="text", subtype="plain", filename="note.txt")
    request_id = request_id_of(scanning.receive(mail.as_bytes()))
    desk, names = scanning.desk.disclosures, scanning.names()
    with here(scanning) as clamd:
        with pytest.raises(MalwareFound):
            desk.original(request_id, scanning.call(request_id), purpose=TRIAGE, version=1, part=0)
        assert scanning.names() == [*names, NOTED]
        (noted,) = scanning.events(NOTED)
        assert (noted.file, noted.found_in, noted.part) == (Scanned.KEPT, 1, 0)
        opened = desk.original(request_id, scanning.call(request_id), purpose=TRIAGE, version=1, part=1)
    assert (b"".join(opened.chunks), opened.is_scanned) == (b"A note.", True)
    assert clamd.shown == [EICAR, b"A note."]


def test_a_quarantined_message_with_malware_is_opened_only_by_who_says_so(scanning: Office) -> None:
    raw = b"From: a@example.org, b@example.org\r\n\r\n" + EICAR
    quarantine_id = scanning.receive(raw).quarantine_id
    assert quarantine_id is not None
    with here(scanning), pytest.raises(MalwareFound):
        scanning.desk.quarantine.open(quarantine_id, Call(scanning.ann), purpose=TRIAGE)
    assert scanning.names()[-2:] == ["quarantine.opened", "quarantine.malware-noted"], "as any opening that fails"
    assert scanning.desk.quarantine.open(quarantine_id, Call(scanning.ann), purpose=TRIAGE, unscanned=True) == raw
