"""A package goes straight to another controller; whatever happens, the log says that it may have left (Art. 20(2))."""

import base64
import hashlib
import io
import json
import logging
from dataclasses import replace
from datetime import datetime, timedelta
from ipaddress import ip_network
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from joserfc import jwt
from joserfc.errors import JoseError

from dsr.bootstrap import build
from dsr.database.errors import DatabaseUnavailable
from dsr.desk.caller import Call
from dsr.desk.errors import ExportUnknown, RequestUnknown, VersionStale
from dsr.desk.exports import download
from dsr.desk.hand_over import HandOverDesk
from dsr.desk.repository import Repository
from dsr.domain.export import ExportIsPurged, ExportOutdated, ExportWithheld, RevocationReason
from dsr.domain.handing_over import (
    HandOverTransport,
    TargetAddress,
    TargetAddressInvalid,
    TargetRefused,
    TargetUnanswered,
    TargetUnreachable,
    TargetUnsafe,
    TargetUntrusted,
)
from dsr.domain.request.errors import IdentityUnresolved, ItemNotGranted, RedactionPending
from dsr.domain.request.hand_over import HandOverUnderWay
from dsr.domain.request.standing import TargetMethod
from dsr.domain.request.transfer import FeasibilityUnassessed, TargetUnverified
from dsr.domain.request.values import IdentityMethod
from dsr.domain.rights import Right
from dsr.domain.sealed import BlobMissing, KeyPurpose, SealBroken
from dsr.exports.signature import read_keys
from dsr.exports.verify import verify_package
from dsr.projections.decisions import decisions_of
from dsr.projections.timeline import timeline_of
from dsr.settings import Settings
from dsr.transfer import HttpsTransport
from tests.desk.office import Office
from tests.receiver import Handler, Receiver, listening

ITEM = "portability"
HERE = (ip_network("127.0.0.0/8"), ip_network("::1/128"))


@pytest.fixture
def settings(settings: Settings, receiver: Receiver) -> Settings:
    """Of a service that may hand over to a server on this machine."""
    return replace(
        settings,
        transfer_ca=receiver.authorities,
        transfer_private_networks=HERE,
        public_url="https://privacy.example.org",
    )


def verified(office: Office, target: str = "localhost") -> UUID:
    """A case with data to be ported, and a target that is who it should be."""
    request_id: UUID = office.granted(Right.PORTABILITY)
    office.collect(request_id, ITEM)
    transfer = office.desk.transfer
    transfer.assess(request_id, ITEM, office.call(request_id), feasible=True, reasons="")
    verify(office, request_id, target)
    return request_id


def verify(office: Office, request_id: UUID, target: str) -> None:
    seen: dict[str, Any] = {"target": target, "method": TargetMethod.CERTIFICATE, "verified_at": None}
    office.desk.transfer.verify_target(request_id, ITEM, office.call(request_id), **seen)


def prepared(office: Office, request_id: UUID) -> UUID:
    office.search(request_id, ITEM)
    return UUID(office.desk.exports.prepare(request_id, ITEM, office.call(request_id)).resource_id)


def ready(office: Office) -> tuple[UUID, UUID]:
    request_id = verified(office)
    return request_id, prepared(office, request_id)


def hand_over(office: Office, case: tuple[UUID, UUID], url: str, call: Call | None = None, desk: Any = None) -> Any:
    request_id, export_id = case
    call = call or office.call(request_id)
    return (desk or office.desk.hand_overs).hand_over(request_id, ITEM, call, export_id=export_id, url=url)


def by(office: Office, transport: HandOverTransport) -> HandOverDesk:
    """The same desk with another way to connect."""
    desk = office.desk
    return HandOverDesk(desk.repository, desk.exports, desk.signing, transport, public_url="")


def events(office: Office, request_id: UUID) -> list[Any]:
    """Those of the hand-over, in order."""
    names = ("dsr.request.hand-over-started", "dsr.request.hand-over-failed", "dsr.request.data-transmitted")
    return [each.event for each in office.service.log.read() if each.name in names]


def happened(office: Office, request_id: UUID) -> list[str]:
    return [each.TOPIC.removeprefix("dsr.request.") for each in events(office, request_id)]


def decision(office: Office, request_id: UUID) -> dict[str, Any]:
    with office.service.database.reading() as connection:
        return dict(next(row for row in decisions_of(connection, request_id) if row["kind"] == "transfer"))


# What arrives


def test_a_package_arrives_signed_and_whole_and_its_receipt_is_sealed(office: Office, receiver: Receiver) -> None:
    # given
    case = request_id, export_id = ready(office)
    # when
    answer = hand_over(office, case, receiver.url())
    # then the receiver can check the bytes
    [got] = receiver.received
    sha256 = hashlib.sha256(got.body)
    digest = base64.b64encode(sha256.digest()).decode()
    assert got.headers["content-digest"] == f"sha-256=:{digest}:"
    assert got.headers["idempotency-key"] == f'"{export_id}"'
    keys = json.dumps(office.desk.signing.published("callcentre-de")).encode()
    assert verify_package(io.BytesIO(got.body), expected_sha256=sha256.hexdigest(), keys=keys) == []
    # and who sent them, and that they are meant for it
    said = jwt.decode(got.headers["dsr-hand-over"], read_keys(keys), algorithms=["Ed25519"])
    started, transmitted = events(office, request_id)
    at = int(office.clock.now().timestamp())
    assert said.claims == {
        "iss": "callcentre-de",
        "aud": "localhost",
        "jti": str(started.hand_over_id),
        "export": str(export_id),
        "sha256": sha256.hexdigest(),
        "size": len(got.body),
        "iat": at,
        "exp": int(started.ends_by.timestamp()),
    }
    assert said.header["typ"] == "hand-over+jwt"
    assert said.header["jku"] == "https://privacy.example.org/api/v1/controllers/callcentre-de/jwks.json"
    # and the log has it
    assert (transmitted.target, transmitted.export_id, transmitted.channel) == ("localhost", export_id, "interface")
    assert (transmitted.hand_over_id, transmitted.sent_at) == (started.hand_over_id, office.clock.now())
    opened = office.desk.repository.sealer.open_json
    assert opened(transmitted.receipt, stream_id=request_id, field="receipt") == '{"received": true}'
    address = f"localhost:{receiver.port}/inbox?from=privacy"
    assert opened(started.address, stream_id=request_id, field="address") == address
    assert office.case(request_id).items[ITEM].effected
    assert answer.version == office.case(request_id).version
    assert office.differences() == []


def test_what_a_controller_declares_holds_with_its_own_keys_only(office: Office, receiver: Receiver) -> None:
    hand_over(office, ready(office), receiver.url())
    office.desk.signing.rotate("callcentre-fr", Call(office.ann))
    other = read_keys(json.dumps(office.desk.signing.published("callcentre-fr")).encode())
    with pytest.raises((JoseError, ValueError)):
        jwt.decode(receiver.received[0].headers["dsr-hand-over"], other, algorithms=["Ed25519"])


def test_timeline_and_decisions_show_a_hand_over_and_open_nothing_of_it(office: Office, receiver: Receiver) -> None:
    case = request_id, export_id = ready(office)
    hand_over(office, case, receiver.url())
    with office.service.database.reading() as connection:
        *_, started, transmitted = timeline_of(connection, request_id).rows
    assert (started["name"], started["sealed"]) == ("dsr.request.hand-over-started", ["address"])
    assert (started["facts"]["target"], started["facts"]["export_id"]) == ("localhost", str(export_id))
    assert (transmitted["name"], transmitted["sealed"]) == ("dsr.request.data-transmitted", ["receipt"])
    assert decision(office, request_id)["outcome"] == "transmitted"
    assert decision(office, request_id)["effective_at"] == office.clock.now()


def test_a_lost_answer_is_given_again_and_nothing_is_sent_twice(office: Office, receiver: Receiver) -> None:
    case = ready(office)
    call = replace(office.call(case[0]), idempotency=office.key())
    first = hand_over(office, case, receiver.url(), call)
    assert hand_over(office, case, receiver.url(), call) == first
    assert len(receiver.received) == 1


# Before anything leaves


def nothing_happened(office: Office, case: tuple[UUID, UUID], receiver: Receiver) -> bool:
    return receiver.received == [] and happened(office, case[0]) == []


def test_the_host_has_to_be_the_target_that_was_verified(office: Office, receiver: Receiver) -> None:
    request_id = verified(office, "api.other.example")
    case = request_id, prepared(office, request_id)
    with pytest.raises(TargetUnverified):
        hand_over(office, case, receiver.url())
    assert nothing_happened(office, case, receiver)
    verify(office, request_id, "LOCALHOST")
    hand_over(office, case, receiver.url())


def test_no_other_address_than_one_of_https_is_asked(office: Office, receiver: Receiver) -> None:
    case = ready(office)
    with pytest.raises(TargetAddressInvalid):
        hand_over(office, case, receiver.url().replace("https", "http"))
    assert nothing_happened(office, case, receiver)


def test_a_package_of_another_item_goes_nowhere(office: Office, receiver: Receiver) -> None:
    case = ready(office)
    other = prepared(office, verified(office))
    for export_id in (other, uuid4()):
        with pytest.raises(ExportUnknown):
            hand_over(office, (case[0], export_id), receiver.url())
    assert nothing_happened(office, case, receiver)


def test_a_package_that_was_purged_or_is_outdated_goes_nowhere(office: Office, receiver: Receiver) -> None:
    case = request_id, export_id = ready(office)
    attached = office.attach(request_id, ITEM, b"RIFF\x24\x00\x00\x00WAVEfmt " + bytes(100))
    with pytest.raises(ExportOutdated):
        hand_over(office, case, receiver.url())
    office.clock.advance(minutes=1)
    office.desk.uploads.discard_attachment(request_id, attached, office.call(request_id))
    with pytest.raises(ExportOutdated):
        hand_over(office, case, receiver.url())
    office.desk.exports.revoke(export_id, Call(office.ann), reason=RevocationReason.CONTENT_WRONG)
    with pytest.raises(ExportIsPurged):
        hand_over(office, case, receiver.url())
    assert nothing_happened(office, case, receiver)


@pytest.mark.parametrize(
    ("spoil", "error"),
    [
        (
            lambda office, case: office.desk.identity.ask(
                case, office.call(case), doubt="A stranger called.", method=IdentityMethod.CALL_BACK, asked_at=None
            ),
            IdentityUnresolved,
        ),
        (
            lambda office, case: office.desk.redaction.require(
                case, next(iter(office.case(case).copies.data_sets)), office.call(case), reason="Her sister is on it."
            ),
            RedactionPending,
        ),
        (
            lambda office, case: office.desk.transfer.assess(
                case, ITEM, office.call(case), feasible=False, reasons="Their interface is closed."
            ),
            FeasibilityUnassessed,
        ),
        (
            lambda office, case: office.desk.answers.withdraw(
                case, office.call(case), confirmed=True, statement="", item_ids=(ITEM,)
            ),
            ItemNotGranted,
        ),
    ],
)
def test_what_may_not_leave_does_not(office: Office, receiver: Receiver, spoil: Any, error: type[Exception]) -> None:
    case = ready(office)
    spoil(office, case[0])
    with pytest.raises(error):
        hand_over(office, case, receiver.url())
    assert nothing_happened(office, case, receiver)


def test_who_saw_an_older_version_or_works_elsewhere_hands_nothing_over(office: Office, receiver: Receiver) -> None:
    case = ready(office)
    with pytest.raises(VersionStale):
        hand_over(office, case, receiver.url(), replace(office.call(case[0]), expected=1))
    scoped = office.member("carl", "callcentre-fr")
    with pytest.raises(RequestUnknown):
        hand_over(office, case, receiver.url(), office.call(case[0], scoped))
    assert nothing_happened(office, case, receiver)


def test_no_target_is_connected_for_a_case_that_another_process_has_changed(
    office: Office, receiver: Receiver, https: HttpsTransport
) -> None:
    """What this process remembers is no ground to call anybody."""
    # given
    case = ready(office)
    call, elsewhere = office.call(case[0]), build(office.service.settings, clock=office.clock)
    elsewhere.desk.triage.add_note(case[0], call, note="She called again.")
    elsewhere.close()
    # when, then
    with pytest.raises(VersionStale):
        hand_over(
            office,
            case,
            receiver.url(),
            call,
            by(office, Meanwhile(https, connected=lambda: pytest.fail("it was connected"))),
        )
    assert nothing_happened(office, case, receiver)


@pytest.mark.parametrize(
    ("changes", "error"),
    [({"authorities": None}, TargetUntrusted), ({"private_networks": ()}, TargetUnsafe)],
)
def test_a_target_that_is_not_proven_gets_nothing_and_nothing_changes(
    office: Office, receiver: Receiver, changes: Any, error: type[Exception]
) -> None:
    case = ready(office)
    known: dict[str, Any] = {"authorities": receiver.authorities, "private_networks": HERE}
    before = office.everything()
    with pytest.raises(error):
        hand_over(office, case, receiver.url(), desk=by(office, HttpsTransport(**(known | changes))))
    assert nothing_happened(office, case, receiver)
    assert office.everything() == before


def test_who_does_not_listen_can_be_asked_again(office: Office, receiver: Receiver, tmp_path: Path) -> None:
    case = ready(office)
    (tmp_path / "gone").mkdir()
    with listening(tmp_path / "gone") as gone:
        pass
    with pytest.raises(TargetUnreachable):
        hand_over(office, case, gone.url())
    assert nothing_happened(office, case, receiver)
    hand_over(office, case, receiver.url())


# While it leaves


class Meanwhile:
    """A way to connect on which something happens at a moment of its own."""

    def __init__(self, to: HandOverTransport, *, connected: Any = None, sent: Any = None) -> None:
        self._to = to
        self._connected = connected or (lambda: None)
        self._sent = sent or (lambda: None)
        self._context: Any = None

    def connect(self, address: TargetAddress, *, within: timedelta) -> Any:
        self._context = self._to.connect(address, within=within)
        return self

    def __enter__(self) -> "Meanwhile":
        self._connection = self._context.__enter__()
        self._connected()
        return self

    def send(self, parcel: Any, chunks: Any) -> str:
        receipt: str = self._connection.send(parcel, chunks)
        self._sent()
        return receipt

    def __exit__(self, *error: Any) -> Any:
        return self._context.__exit__(*error)


@pytest.fixture
def https(receiver: Receiver) -> HttpsTransport:
    return HttpsTransport(authorities=receiver.authorities, private_networks=HERE)


def test_a_package_purged_while_the_target_was_connected_does_not_begin_to_leave(
    office: Office, receiver: Receiver, https: HttpsTransport
) -> None:
    case = ready(office)

    def purge() -> None:
        office.desk.exports.revoke(case[1], Call(office.ann), reason=RevocationReason.CONTENT_WRONG)

    with pytest.raises(ExportIsPurged):
        hand_over(office, case, receiver.url(), desk=by(office, Meanwhile(https, connected=purge)))
    assert nothing_happened(office, case, receiver)
    assert office.differences() == []


def test_a_case_that_changed_while_the_target_was_connected_keeps_the_package_here(
    office: Office, receiver: Receiver, https: HttpsTransport
) -> None:
    case = ready(office)

    def note() -> None:
        office.desk.triage.add_note(case[0], office.call(case[0]), note="She called again.")

    with pytest.raises(VersionStale):
        hand_over(office, case, receiver.url(), desk=by(office, Meanwhile(https, connected=note)))
    assert nothing_happened(office, case, receiver)


def test_that_data_left_is_recorded_whatever_happened_to_the_case_meanwhile(
    office: Office, receiver: Receiver, https: HttpsTransport
) -> None:
    case = request_id, _ = ready(office)

    def withdraw() -> None:
        office.desk.answers.withdraw(request_id, office.call(request_id), confirmed=True, statement="", item_ids=None)
        assert office.case(request_id).is_closed

    hand_over(office, case, receiver.url(), desk=by(office, Meanwhile(https, sent=withdraw)))
    assert happened(office, request_id) == ["hand-over-started", "data-transmitted"]
    assert decision(office, request_id)["outcome"] == "transmitted"
    assert office.differences() == []


def test_that_data_left_is_recorded_of_a_person_who_was_forgotten_meanwhile(
    office: Office, receiver: Receiver, https: HttpsTransport
) -> None:
    case = request_id, _ = ready(office)

    def forget() -> None:
        office.desk.repository.keystore.destroy([office.case(request_id).keys[KeyPurpose.CASE_FILE.value]])

    hand_over(office, case, receiver.url(), desk=by(office, Meanwhile(https, sent=forget)))
    assert happened(office, request_id) == ["hand-over-started", "data-transmitted"]
    assert events(office, request_id)[-1].receipt is None


def test_the_start_is_on_record_before_the_first_byte_leaves(office: Office, receiver: Receiver) -> None:
    case = ready(office)
    seen: list[list[str]] = []

    def behave(handler: Handler) -> None:
        seen.append(happened(office, case[0]))
        handler.take()
        handler.answer(200)

    receiver.behaviour = behave
    hand_over(office, case, receiver.url())
    assert seen == [["hand-over-started"]]


# What the target answers


@pytest.mark.parametrize("status", [302, 403, 500])
def test_what_is_refused_is_on_record_and_can_be_handed_over_again(
    office: Office, receiver: Receiver, status: int
) -> None:
    case = request_id, _ = ready(office)
    receiver.answering(status, b"Ada Lovelace is no customer of ours", Location=receiver.url())
    with pytest.raises(TargetRefused):
        hand_over(office, case, receiver.url())
    assert happened(office, request_id) == ["hand-over-started", "hand-over-failed"]
    failed = events(office, request_id)[-1]
    assert (failed.failure, failed.status) == ("refused", status)
    assert not office.case(request_id).items[ITEM].effected
    assert decision(office, request_id)["outcome"] == "not-confirmed"
    receiver.answering(202)
    hand_over(office, case, receiver.url())
    assert [each.headers["idempotency-key"] for each in receiver.received] == [f'"{case[1]}"'] * 2
    assert office.differences() == []


def test_what_is_not_answered_may_have_arrived(office: Office, receiver: Receiver) -> None:
    case = request_id, _ = ready(office)
    receiver.hanging()
    known: dict[str, Any] = {"authorities": receiver.authorities, "private_networks": HERE}
    with pytest.raises(TargetUnanswered):
        hand_over(office, case, receiver.url(), desk=by(office, HttpsTransport(**known, answer_seconds=0.3)))
    assert events(office, request_id)[-1].failure == "unanswered"
    receiver.behaviour = Handler.take
    with pytest.raises(TargetUnanswered):
        hand_over(office, case, receiver.url())
    assert happened(office, request_id) == ["hand-over-started", "hand-over-failed"] * 2


def test_a_second_time_that_fails_takes_nothing_back(office: Office, receiver: Receiver) -> None:
    case = request_id, _ = ready(office)
    hand_over(office, case, receiver.url())
    receiver.answering(409)
    with pytest.raises(TargetRefused):
        hand_over(office, case, receiver.url())
    assert decision(office, request_id)["outcome"] == "transmitted"
    assert office.case(request_id).items[ITEM].effected


@pytest.mark.parametrize(("damage", "error"), [("altered", SealBroken), ("gone", BlobMissing)])
def test_a_package_that_is_damaged_here_does_not_begin_to_leave(
    office: Office, receiver: Receiver, damage: str, error: type[Exception]
) -> None:
    case = ready(office)
    [*_, file] = sorted(office.service.settings.blobs.rglob("*.blob"), key=lambda each: each.stat().st_mtime_ns)
    if damage == "gone":
        file.unlink()
    else:
        content = bytearray(file.read_bytes())
        content[-1] ^= 1
        file.write_bytes(content)
    with pytest.raises(error):
        hand_over(office, case, receiver.url())
    assert nothing_happened(office, case, receiver)


def test_a_package_that_turns_out_to_be_damaged_in_the_middle_is_cut_off(office: Office, receiver: Receiver) -> None:
    # given a package of several chunks, the last of them altered
    request_id = verified(office)
    wave = b"RIFF\x24\x00\x00\x00WAVEfmt " + hashlib.shake_256(b"noise").digest(600_000)
    office.attach(request_id, ITEM, wave)
    case = request_id, prepared(office, request_id)
    [*_, file] = sorted(office.service.settings.blobs.rglob("*.blob"), key=lambda each: each.stat().st_mtime_ns)
    content = bytearray(file.read_bytes())
    content[-1] ^= 1
    file.write_bytes(content)
    # when
    with pytest.raises(SealBroken):
        hand_over(office, case, receiver.url())
    # then
    assert events(office, request_id)[-1].failure == "unreadable"
    assert all(len(each.body) < int(each.headers["content-length"]) for each in receiver.received)


def test_a_package_that_is_purged_while_it_leaves_is_cut_off(
    office: Office, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    # given a package of several chunks, of which one has left when it is purged
    request_id = verified(office)
    office.attach(request_id, ITEM, b"RIFF\x24\x00\x00\x00WAVEfmt " + hashlib.shake_256(b"noise").digest(600_000))
    case = request_id, prepared(office, request_id)
    exports = office.desk.exports
    begin = download.chunks_of

    def purged_meanwhile(*part: Any) -> Any:
        chunks = begin(*part)
        yield next(chunks)
        exports.revoke(case[1], Call(office.ann), reason=RevocationReason.CONTENT_WRONG)
        yield from chunks

    monkeypatch.setattr(download, "chunks_of", purged_meanwhile)
    monkeypatch.setattr(download, "_CHECK_BYTES", 1)
    # when
    with pytest.raises(ExportWithheld):
        hand_over(office, case, receiver.url())
    # then
    assert events(office, request_id)[-1].failure == "withheld"
    assert all(len(each.body) < int(each.headers["content-length"]) for each in receiver.received)


class Outage:
    """A database that can't be reached, for so many looks at a case; nobody really waits until it is back."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.looks, find = 0, Repository.find
        self.waits: list[int] = []

        def away(repository: Repository, kind: Any, stream_id: UUID, **version: Any) -> Any:
            if self.looks:
                self.looks -= 1
                raise DatabaseUnavailable
            return find(repository, kind, stream_id, **version)

        monkeypatch.setattr(Repository, "find", away)
        monkeypatch.setattr("dsr.desk.hand_over.time.sleep", self.waits.append)

    def begin(self) -> None:
        self.looks = 2


@pytest.fixture
def outage(monkeypatch: pytest.MonkeyPatch) -> Outage:
    return Outage(monkeypatch)


def test_a_database_that_is_away_for_a_moment_ends_no_hand_over(
    office: Office, receiver: Receiver, monkeypatch: pytest.MonkeyPatch, outage: Outage
) -> None:
    # given a package of several chunks, each of which is asked about
    request_id = verified(office)
    office.attach(request_id, ITEM, b"RIFF\x24\x00\x00\x00WAVEfmt " + hashlib.shake_256(b"noise").digest(600_000))
    case = request_id, prepared(office, request_id)
    begin = download.chunks_of

    def away_meanwhile(*part: Any) -> Any:
        chunks = begin(*part)
        yield next(chunks)
        outage.begin()
        yield from chunks

    monkeypatch.setattr(download, "chunks_of", away_meanwhile)
    monkeypatch.setattr(download, "_CHECK_BYTES", 1)
    # when
    hand_over(office, case, receiver.url())
    # then
    assert (outage.looks, outage.waits) == (0, [])
    assert happened(office, request_id) == ["hand-over-started", "data-transmitted"]


def test_what_became_of_a_hand_over_is_recorded_once_the_database_is_back(
    office: Office, receiver: Receiver, https: HttpsTransport, outage: Outage
) -> None:
    case = request_id, _ = ready(office)
    hand_over(office, case, receiver.url(), desk=by(office, Meanwhile(https, sent=outage.begin)))
    assert outage.waits == [1, 2]
    assert happened(office, request_id) == ["hand-over-started", "data-transmitted"]


@pytest.mark.parametrize("error", [DatabaseUnavailable, OSError])
def test_whatever_ends_a_hand_over_in_the_middle_is_on_record_and_it_can_be_repeated_at_once(
    office: Office, receiver: Receiver, https: HttpsTransport, outage: Outage, error: type[Exception]
) -> None:
    # given
    case = request_id, _ = ready(office)

    def break_off() -> None:
        outage.begin()
        raise error

    # when
    with pytest.raises(error):
        hand_over(office, case, receiver.url(), desk=by(office, Meanwhile(https, sent=break_off)))
    # then
    assert outage.waits == [1, 2]
    assert [getattr(each, "failure", None) for each in events(office, request_id)] == [None, "interrupted"]
    hand_over(office, case, receiver.url())
    assert decision(office, request_id)["outcome"] == "transmitted"
    assert office.differences() == []


# When this process dies


class Died(BaseException):
    """The process is gone: nothing after it runs."""


def test_after_a_death_in_the_middle_the_log_says_that_data_may_have_left_and_it_is_sent_again(
    office: Office, receiver: Receiver, https: HttpsTransport
) -> None:
    # given: the receiver has it, and we die before we record that
    case = request_id, export_id = ready(office)

    def die() -> None:
        raise Died

    with pytest.raises(Died):
        hand_over(office, case, receiver.url(), desk=by(office, Meanwhile(https, sent=die)))
    assert happened(office, request_id) == ["hand-over-started"]
    assert decision(office, request_id)["outcome"] == "handing-over"
    # when: for as long as it might still be going on, nobody begins another
    with pytest.raises(HandOverUnderWay) as told:
        hand_over(office, case, receiver.url())
    ends_by = told.value.facts["ends_by"]
    assert isinstance(ends_by, datetime)
    assert office.later(minutes=2) <= ends_by < office.later(minutes=3)
    assert len(receiver.received) == 1
    # then: it is sent again under the same key, by which the receiver knows what it has
    office.clock.time = ends_by
    hand_over(office, case, receiver.url())
    assert happened(office, request_id) == [
        "hand-over-started",
        "hand-over-failed",
        "hand-over-started",
        "data-transmitted",
    ]
    assert events(office, request_id)[1].failure == "interrupted"
    assert {each.headers["idempotency-key"] for each in receiver.received} == {f'"{export_id}"'}
    assert office.differences() == []


def test_who_was_only_slow_is_believed_after_all(office: Office, receiver: Receiver, https: HttpsTransport) -> None:
    """The first call comes back when its time is over and a second one has been begun: both results are kept."""
    case = request_id, _ = ready(office)
    second: list[Any] = []

    def overtaken() -> None:
        office.clock.time = office.case(request_id).hand_overs.popitem()[1].ends_by
        receiver.answering(409)
        with pytest.raises(TargetRefused) as refused:
            hand_over(office, case, receiver.url())
        second.append(refused.value)

    hand_over(office, case, receiver.url(), desk=by(office, Meanwhile(https, sent=overtaken)))
    assert second
    assert happened(office, request_id) == [
        "hand-over-started",
        "hand-over-failed",
        "hand-over-started",
        "hand-over-failed",
        "data-transmitted",
    ]
    assert decision(office, request_id)["outcome"] == "transmitted"


def test_neither_path_nor_receipt_nor_digest_stands_outside_a_seal(
    office: Office, receiver: Receiver, caplog: pytest.LogCaptureFixture
) -> None:
    # given
    caplog.set_level(logging.DEBUG)
    case = ready(office)
    url = receiver.url(path="/in/AdaLovelace1815")
    # when
    receiver.answering(403, b"AdaLovelace1815 is unknown")
    with pytest.raises(TargetRefused) as refused:
        hand_over(office, case, url)
    receiver.answering(200, b"AdaLovelace1815 is taken over")
    hand_over(office, case, url)
    # then
    digest = hashlib.sha256(receiver.received[0].body).hexdigest()
    logged = [f"{each.getMessage()} {each.args}" for each in caplog.records]
    written = repr((office.everything(), logged, str(refused.value), refused.value.facts))
    assert "hand-over-started" in written
    assert not any(word in written for word in ("AdaLovelace1815", digest))
