"""From what a system returned to the package in the hands of the person, once (GDPR Art. 15(3), 20; docs/law §6)."""

import hashlib
import io
import json
import zipfile
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import msgspec
import pytest

from dsr.desk.caller import Call
from dsr.desk.exports import Link
from dsr.desk.sign_in_codes import Session
from dsr.desk.upload_store import UploadStore, UploadUnfinished
from dsr.domain.errors import DomainError
from dsr.domain.export import (
    Export,
    ExportAlreadyRedeemed,
    ExportEmpty,
    ExportExpired,
    ExportIsLocked,
    ExportIsRevoked,
    ExportNotOffered,
    ExportOutdated,
    ExportWithheld,
    RevocationReason,
    SecretWrong,
)
from dsr.domain.request.collection import ItemHasNoCopy
from dsr.domain.request.data_set import FieldDescription
from dsr.domain.request.errors import IdentityUnresolved, ItemNotGranted, RedactionPending
from dsr.domain.request.information_point import InformationPoint
from dsr.domain.request.standing import AnswerTo, TargetMethod
from dsr.domain.request.values import AssuranceLevel, Channel, IdentityMethod, Provenance
from dsr.domain.rights import Right
from dsr.domain.ropa import SystemUnknown
from dsr.exports.errors import DataFieldsUndescribed
from dsr.projections.exports import exports_of
from dsr.ropa import EXAMPLE
from tests.desk.office import Office

CALLS = b"started_at;seconds;mood\n2026-02-01T09:30:00+01:00;0312;INFERRED angry\n"
CALL_FIELDS = (
    FieldDescription("started_at", "When the call began", Provenance.OBSERVED),
    FieldDescription("seconds", "How long it took", Provenance.OBSERVED),
    FieldDescription("mood", "How you sounded to our software", Provenance.INFERRED),
)


def with_data(office: Office, *rights: Right) -> UUID:
    request_id: UUID = office.granted(*rights)
    for right in rights:
        office.collect(request_id, right.value)
        office.collect(
            request_id,
            right.value,
            content=CALLS,
            media_type="text/csv",
            delimiter=";",
            name="calls",
            system="recordings",
            fields=CALL_FIELDS,
        )
    return request_id


def prepared(office: Office, request_id: UUID, item_id: str) -> UUID:
    office.search(request_id, item_id)
    return UUID(office.desk.exports.prepare(request_id, item_id, office.call(request_id)).resource_id)


def offered(office: Office, *, right: Right = Right.ACCESS) -> tuple[UUID, Link]:
    export_id = prepared(office, with_data(office, right), right.value)
    answer = office.desk.exports.offer(export_id, Call(office.ann))
    return export_id, office.desk.exports.link(answer)


def redeem(office: Office, link: Link, secret: str | None = None) -> bytes:
    """The package, as whoever redeems the link downloads it."""
    exports, network = office.desk.exports, "203.0.113.77"
    session = exports.redeem(link.token, link.password if secret is None else secret, network=network)
    return b"".join(exports.download(session.secret, network=network))


def test_an_access_package_holds_everything_and_its_digest_stands_sealed_in_the_log(office: Office) -> None:
    # given
    export_id, link = offered(office)
    # when
    content = redeem(office, link)
    # then
    archive = zipfile.ZipFile(io.BytesIO(content))
    manifest = json.loads(archive.read("manifest.json"))
    assert [each["path"] for each in manifest["files"]] == [
        "data/calls.json",
        "data/calls-2.json",
        "data/request-file.json",
    ]
    for each in manifest["files"]:
        assert hashlib.sha256(archive.read(each["path"])).hexdigest() == each["sha256"]
    assert b"INFERRED angry" in b"".join(archive.read(each["path"]) for each in manifest["files"])
    assert (manifest["controller"]["id"], manifest["left_out"]) == ("callcentre-de", [])
    [event] = office.events("export.prepared")
    digest = office.desk.repository.sealer.open_json(event.package_digest, stream_id=export_id, field="package_digest")
    assert digest == hashlib.sha256(content).hexdigest()
    assert office.differences() == []


def test_portability_leaves_out_what_is_inferred_and_says_so(office: Office) -> None:
    _, link = offered(office, right=Right.PORTABILITY)
    content = redeem(office, link)
    archive = zipfile.ZipFile(io.BytesIO(content))
    everything = b"".join(archive.read(name) for name in archive.namelist())
    assert b"angry" not in everything
    left_out = json.loads(archive.read("manifest.json"))["left_out"]
    assert [each.get("field") for each in left_out] == ["mood", "mood"]


def test_a_download_is_on_record_without_the_address(office: Office) -> None:
    export_id, link = offered(office)
    redeem(office, link)
    shown = office.export(export_id)
    assert (shown["redeemed_at"], shown["network"], shown["downloads"]) == (office.clock.now(), "203.0.113.0/24", 1)
    assert (shown["wrong_secrets"], shown["kind"], shown["files"]) == (0, "access", 3)
    with office.service.database.reading() as connection:
        assert [each["export_id"] for each in exports_of(connection, shown["request_id"])] == [export_id]


def test_sixteen_who_come_at_once_share_one_hour_and_the_first_whole_download_uses_the_link_up(office: Office) -> None:
    # given
    export_id, link = offered(office)

    def come(_: int) -> str:
        try:
            return f"{len(redeem(office, link))} bytes"
        except DomainError as refusal:
            return refusal.code

    # when
    with ThreadPoolExecutor(16) as threads:
        found = Counter(threads.map(come, range(16)))
    # then
    assert set(found) - {"export-already-redeemed"} == {f"{office.export(export_id)['size']} bytes"}
    assert len({each.session_ends_at for each in office.events("export.redeemed")}) == 1
    with pytest.raises(ExportAlreadyRedeemed):
        redeem(office, link)
    assert office.differences() == []


def test_an_opened_link_that_nothing_was_downloaded_by_opens_again(office: Office) -> None:
    """A phone whose browser was closed too early."""
    export_id, link = offered(office)
    office.desk.exports.redeem(link.token, link.password, network="")
    office.clock.advance(minutes=59)
    assert redeem(office, link).startswith(b"PK")
    assert office.export(export_id)["downloaded_at"] == office.clock.now()


def test_a_download_that_breaks_off_uses_up_no_link_until_the_rest_has_left(office: Office) -> None:
    export_id, link = offered(office)
    session = office.desk.exports.redeem(link.token, link.password, network="")
    chunks = office.desk.exports.download(session.secret, last_byte=99, network="")
    next(chunks)
    chunks.close()  # type: ignore[attr-defined]  # a generator, as a server closes it
    assert office.names().count("export.sent") == 0, "nobody knows whether the last chunk arrived"
    for first, last in [(0, 99), (100, None)]:
        assert office.export(export_id)["downloaded_at"] is None
        b"".join(office.desk.exports.download(session.secret, first_byte=first, last_byte=last, network=""))
    assert office.export(export_id)["downloaded_at"] == office.clock.now()


def test_wrong_secrets_that_come_at_once_are_all_counted_and_the_fifth_ends_the_link(office: Office) -> None:
    # given
    export_id, link = offered(office)

    def guess(number: int) -> str:
        with pytest.raises(DomainError) as refusal:
            redeem(office, link, f"WRNG-000{number % 10}")
        return refusal.value.code

    # when
    with ThreadPoolExecutor(12) as threads:
        found = Counter(threads.map(guess, range(12)))
    # then
    assert found == {"secret-wrong": 4, "export-locked": 8}
    assert office.names().count("export.secret-refused") == 5
    assert office.export(export_id)["wrong_secrets"] == 5
    with pytest.raises(ExportIsLocked):
        redeem(office, link)
    assert office.differences() == []


def test_a_wrong_secret_leaves_the_rest_of_the_tries(office: Office) -> None:
    _, link = offered(office)
    with pytest.raises(SecretWrong):
        redeem(office, link, "AAAA-AAAA")
    assert redeem(office, link, link.password.lower().replace("-", " "))


def test_a_link_works_once(office: Office) -> None:
    _, link = offered(office)
    redeem(office, link)
    with pytest.raises(ExportAlreadyRedeemed):
        redeem(office, link)


def test_a_link_expires(office: Office) -> None:
    _, link = offered(office)
    office.clock.advance(days=30)
    with pytest.raises(ExportExpired):
        redeem(office, link)


def test_a_new_link_ends_the_old_one_and_a_revoked_one_leads_nowhere(office: Office) -> None:
    # given
    export_id, old = offered(office)
    new = office.desk.exports.link(office.desk.exports.offer(export_id, Call(office.ann)))
    # when, then
    with pytest.raises(ExportIsRevoked):
        redeem(office, old)
    office.desk.exports.revoke(export_id, Call(office.ann), reason=RevocationReason.LINK_LOST)
    assert office.export(export_id)["revoked"] == "link-lost"
    with pytest.raises(ExportIsRevoked):
        redeem(office, new)


def test_a_token_that_was_never_given_opens_nothing(office: Office) -> None:
    with pytest.raises(ExportNotOffered):
        redeem(office, Link("dsrx_" + "A" * 43, "AAAA-AAAA"))


def test_a_lost_answer_shows_the_same_link_again(office: Office) -> None:
    export_id, _ = offered(office)
    call = Call(office.ann, idempotency=office.key())
    exports = office.desk.exports
    assert exports.link(exports.offer(export_id, call)) == exports.link(exports.offer(export_id, call))


def test_nothing_is_prepared_for_what_is_not_granted_any_more(office: Office) -> None:
    # given
    request_id = with_data(office, Right.ACCESS, Right.PORTABILITY)
    export_id = prepared(office, request_id, "portability")
    office.desk.answers.withdraw(
        request_id, office.call(request_id), confirmed=True, statement="", item_ids=("portability",)
    )
    # when, then
    for handing_over in (
        lambda: prepared(office, request_id, "portability"),
        lambda: office.desk.exports.offer(export_id, Call(office.ann)),
    ):
        with pytest.raises(ItemNotGranted):
            handing_over()


def test_nothing_is_handed_over_while_there_is_doubt_who_asks(office: Office) -> None:
    # given
    request_id = with_data(office, Right.ACCESS)
    export_id = prepared(office, request_id, "access")
    office.desk.identity.ask(
        request_id, office.call(request_id), doubt="A stranger called.", method=IdentityMethod.CALL_BACK, asked_at=None
    )
    # when, then
    with pytest.raises(IdentityUnresolved):
        prepared(office, request_id, "access")
    with pytest.raises(IdentityUnresolved):
        office.desk.exports.offer(export_id, Call(office.ann))


def flagged(office: Office, request_id: UUID) -> UUID:
    """The data set that was collected first turns out to hold data of somebody else."""
    data_set_id: UUID = next(iter(office.case(request_id).copies.data_sets))
    call = office.call(request_id)
    office.desk.redaction.require(request_id, data_set_id, call, reason="Her sister is on it.")
    return data_set_id


def test_what_holds_data_of_somebody_else_is_neither_prepared_nor_offered_nor_handed_over(office: Office) -> None:
    # given
    request_id = with_data(office, Right.ACCESS)
    export_id = prepared(office, request_id, "access")
    link = office.desk.exports.link(office.desk.exports.offer(export_id, Call(office.ann)))
    data_set_id = flagged(office, request_id)

    def nothing_leaves() -> None:
        with pytest.raises(RedactionPending):
            prepared(office, request_id, "access")
        with pytest.raises(RedactionPending):
            office.desk.exports.offer(export_id, Call(office.ann))
        with pytest.raises(ExportWithheld):
            redeem(office, link)

    # when, then
    nothing_leaves()
    office.clock.advance(minutes=1)
    office.desk.collection.discard(request_id, data_set_id, office.call(request_id))
    nothing_leaves()
    office.collect(request_id, "access")
    new = prepared(office, request_id, "access")
    with pytest.raises(ExportOutdated):
        office.desk.exports.offer(export_id, Call(office.ann))
    assert redeem(office, office.desk.exports.link(office.desk.exports.offer(new, Call(office.ann))))


@pytest.mark.parametrize("what", ["data", "file"])
def test_a_package_that_lacks_what_was_collected_since_is_not_handed_over(office: Office, what: str) -> None:
    """Neither offered, nor redeemed, nor downloaded further: a part would pass for the whole copy."""
    # given
    request_id = with_data(office, Right.ACCESS)
    export_id = prepared(office, request_id, "access")
    first = office.desk.exports.link(office.desk.exports.offer(export_id, Call(office.ann)))
    session = office.desk.exports.redeem(first.token, first.password, network="203.0.113.77")
    assert office.desk.exports.package(session.secret).export_id == export_id
    link = office.desk.exports.link(office.desk.exports.offer(export_id, Call(office.ann)))
    # when
    office.clock.advance(minutes=1)
    if what == "data":
        office.collect(request_id, "access", name="more")
    else:
        office.attach(request_id, "access", b"RIFF\x24\x00\x00\x00WAVEfmt " + bytes(100))
    # then
    with pytest.raises(ExportOutdated):
        office.desk.exports.offer(export_id, Call(office.ann))
    with pytest.raises(ExportWithheld):
        redeem(office, link)
    with pytest.raises(ExportWithheld):
        office.desk.exports.package(session.secret)
    new = prepared(office, request_id, "access")
    assert redeem(office, office.desk.exports.link(office.desk.exports.offer(new, Call(office.ann))))


def shown(office: Office, request_id: UUID) -> tuple[list[bool], list[UUID]]:
    """Which packages the team sees as outdated, and which of them `/my` says can be fetched."""
    session = Session(request_id, uuid4(), office.later(minutes=30))
    listed = office.desk.exports.of_case(request_id, office.ann)
    views = [office.desk.exports.view(package["export_id"], office.ann) for package in listed]
    outdated = [package["outdated"] for package in listed]
    assert [msgspec.json.decode(view.body)["outdated"] for view in views] == outdated
    return outdated, [package.export_id for package in office.desk.my.show(session).packages]


def test_a_package_that_is_withheld_is_seen_as_outdated_and_offered_to_nobody(office: Office) -> None:
    # given
    request_id = with_data(office, Right.ACCESS)
    export_id = prepared(office, request_id, "access")
    office.desk.exports.offer(export_id, Call(office.ann))
    assert shown(office, request_id) == ([False], [export_id])
    # when
    office.clock.advance(minutes=1)
    office.collect(request_id, "access", name="more")
    # then
    assert shown(office, request_id) == ([True], [])
    new = prepared(office, request_id, "access")
    office.desk.exports.offer(new, Call(office.ann))
    assert shown(office, request_id) == ([True, False], [new])
    flagged(office, request_id)
    assert shown(office, request_id) == ([True, False], []), "until it is redacted, a new package would be withheld too"
    assert office.differences() == []


def test_a_point_corrected_for_one_item_outdates_the_package_of_another_that_tells_it_too(office: Office) -> None:
    # given: portability was done and its link sent, access is still open
    request_id = with_data(office, Right.PORTABILITY, Right.ACCESS)
    export_id = prepared(office, request_id, "portability")
    link = office.desk.exports.link(office.desk.exports.offer(export_id, Call(office.ann)))
    call = office.call(request_id)
    office.desk.items.record_done(request_id, "portability", call, account="Handed over.")
    # when
    point, text = InformationPoint.SOURCE, "We had it from your employer."
    office.desk.access_information.correct(request_id, "access", office.call(request_id), point=point, text=text)
    # then
    assert shown(office, request_id) == ([True], [])
    with pytest.raises(ExportWithheld):
        redeem(office, link)


def test_a_package_that_holds_data_of_somebody_else_goes_to_no_other_controller(office: Office) -> None:
    # given
    request_id = with_data(office, Right.PORTABILITY)
    export_id = prepared(office, request_id, "portability")
    transfer, said = office.desk.transfer, {"target": "api.other.example"}
    transfer.assess(request_id, "portability", office.call(request_id), feasible=True, reasons="")
    verified: dict[str, Any] = {"method": TargetMethod.CALL_BACK, "verified_at": None} | said
    transfer.verify_target(request_id, "portability", office.call(request_id), **verified)
    flagged(office, request_id)
    # when, then
    sent: dict[str, Any] = {"sent_at": None, "channel": Channel.PORTAL, "receipt": ""} | said
    for what in (export_id, None):
        with pytest.raises(RedactionPending):
            transfer.transmit(request_id, "portability", office.call(request_id), export_id=what, **sent)
    assert "request.data-transmitted" not in office.names()


def test_nothing_is_made_offered_or_done_while_a_file_for_it_is_still_being_sent(office: Office) -> None:
    # given
    request_id = with_data(office, Right.ACCESS)
    export_id = prepared(office, request_id, "access")
    upload_id = office.upload(request_id, "access", b"RIFF\x24\x00\x00\x00WAVEfmt " + bytes(100))

    def done() -> None:
        call = office.call(request_id)
        office.desk.items.record_done(request_id, "access", call, account="Handed over.")

    # when, then
    for act in (
        lambda: prepared(office, request_id, "access"),
        lambda: office.desk.exports.offer(export_id, Call(office.ann)),
        done,
    ):
        with pytest.raises(UploadUnfinished) as caught:
            act()
        assert caught.value.facts == {"upload_ids": [str(upload_id)]}
    office.desk.uploads.discard(upload_id, office.ann)
    office.desk.exports.offer(prepared(office, request_id, "access"), Call(office.ann))
    done()


def test_a_file_that_was_begun_while_its_item_was_being_done_lets_no_package_out(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    # given
    request_id = with_data(office, Right.ACCESS)
    with monkeypatch.context() as just_before:
        just_before.setattr(UploadStore, "require_none", lambda *_: None)
        upload_id = office.upload(request_id, "access", b"RIFF\x24\x00\x00\x00WAVEfmt " + bytes(100))
        office.search(request_id, "access")
        call = office.call(request_id)
        office.desk.items.record_done(request_id, "access", call, account="Handed over.")
    # when, then
    with pytest.raises(UploadUnfinished):
        prepared(office, request_id, "access")
    office.desk.uploads.discard(upload_id, office.ann)
    prepared(office, request_id, "access")


def test_an_empty_package_is_none(office: Office) -> None:
    with pytest.raises(ExportEmpty):
        prepared(office, office.granted(Right.ACCESS), "access")


def test_only_access_and_portability_hand_out_copies(office: Office) -> None:
    with pytest.raises(ItemHasNoCopy):
        prepared(office, office.granted(Right.ERASURE), "erasure")


def test_a_system_that_the_record_does_not_name_returns_nothing(office: Office) -> None:
    with pytest.raises(SystemUnknown):
        office.collect(office.granted(Right.ACCESS), "access", system="attic")


def test_every_field_is_described_for_the_person(office: Office) -> None:
    with pytest.raises(DataFieldsUndescribed):
        office.collect(office.granted(Right.ACCESS), "access", fields=CALL_FIELDS)
    assert office.blobs() == []


def test_the_link_stays_on_the_day_it_was_promised(office: Office) -> None:
    export_id, _ = offered(office)
    assert office.export(export_id)["expires_at"] == office.clock.now() + timedelta(days=30)


def test_a_link_waits_while_a_new_fact_puts_the_identity_in_doubt(office: Office) -> None:
    # given
    request_id = with_data(office, Right.ACCESS)
    export_id = prepared(office, request_id, "access")
    link = office.desk.exports.link(office.desk.exports.offer(export_id, Call(office.ann)))
    # when
    office.desk.identity.ask(
        request_id,
        office.call(request_id),
        doubt="The account holder says that somebody else wrote.",
        method=IdentityMethod.CALL_BACK,
        asked_at=None,
        new_fact="Her account was taken over.",
    )
    # then
    with pytest.raises(ExportWithheld):
        redeem(office, link)
    # when
    office.desk.identity.confirm(
        request_id,
        office.call(request_id),
        method=IdentityMethod.CALL_BACK,
        assurance=AssuranceLevel.SUBSTANTIAL,
        answered_at=None,
    )
    # then
    assert redeem(office, link)


# The end of a mandate ------------------------------------------------------------------------------------------------


def test_the_link_goes_with_the_mandate_that_is_ended_after_closing(office: Office) -> None:
    # given: answers go to a representative, a package was offered, and the case is closed
    request_id = office.represented(Right.ACCESS, answer_to=AnswerTo.REPRESENTATIVE)
    office.desk.items.grant(request_id, "access", office.call(request_id))
    office.collect(request_id, "access")
    office.desk.signing.signer("callcentre-de", Call(office.ann))
    export_id = prepared(office, request_id, "access")
    office.desk.exports.offer(export_id, Call(office.ann))
    office.desk.answers.withdraw(request_id, office.call(request_id), confirmed=True, statement="", item_ids=None)
    assert office.case(request_id).is_closed
    # when
    office.desk.representation.end(request_id, office.call(request_id), reason="She revoked the mandate.")
    # then
    export = office.desk.repository.find(Export, export_id)
    assert export is not None
    assert export.offer_made is not None
    assert export.offer_made.revoked is RevocationReason.MANDATE_ENDED


def test_a_package_that_quotes_a_text_in_another_language_says_so_before_it_leaves(office: Office) -> None:
    """Law: docs/law §14."""

    def warned_of() -> list[str]:
        request_id = office.granted(Right.ACCESS, language="de")
        office.collect(request_id, "access")
        office.search(request_id, "access")
        made = office.desk.exports.prepare(request_id, "access", office.call(request_id))
        (listed,) = office.desk.exports.of_case(request_id, office.ann)
        found: list[str] = json.loads(made.body)["other_languages"]
        assert [*listed["other_languages"]] == found
        return found

    # given: the example is complete
    assert warned_of() == []
    # when
    whole = EXAMPLE.read_text(encoding="utf-8").splitlines(keepends=True)
    lacking = [
        each for each in whole if "de: Um Fragen unserer Kundinnen und Kunden zu beantworten und ihre" not in each
    ]
    assert len(lacking) == len(whole) - 1
    office.desk.ropa.adopt("".join(lacking).encode(), Call(office.ann))
    # then
    assert warned_of() == ["To answer what customers ask, and to do what they order."]
