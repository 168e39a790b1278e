"""Delivery of packages at the desk: one winner, parts that fit together, an hour, and the purge (docs/law §6)."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dsr.database.errors import DatabaseBusy, DatabaseUnavailable, SchemaOutdated
from dsr.desk.caller import Call
from dsr.desk.exports import DownloadSession, Link
from dsr.desk.exports import download as downloading
from dsr.desk.repository import Repository
from dsr.domain.errors import DomainError, StorageFull, StorageUnavailable
from dsr.domain.export import (
    ByteRangeInvalid,
    Export,
    ExportIsPurged,
    ExportIsRevoked,
    ExportSessionEnded,
    ExportWithheld,
    RevocationReason,
)
from dsr.domain.rights import Right
from dsr.domain.sealed import KeyDestroyed
from dsr.vault import LogOlderThanKeys
from tests.desk.office import Office
from tests.proving import in_ci

ROUNDS, RACERS = in_ci(5, proving=100), 32
"""Over HTTP, by two processes, `make bench` lets a thousand links be raced for."""


def prepared(office: Office, request_id: UUID | None = None) -> UUID:
    """A package; of a case of its own, unless one is named."""
    if request_id is None:
        request_id = office.granted(Right.ACCESS)
        office.collect(request_id, "access")
    office.search(request_id, "access")
    return UUID(office.desk.exports.prepare(request_id, "access", office.call(request_id)).resource_id)


def offered(office: Office, export_id: UUID) -> Link:
    exports = office.desk.exports
    link: Link = exports.link(exports.offer(export_id, Call(office.ann)))
    return link


def begun(office: Office, export_id: UUID) -> DownloadSession:
    link = offered(office, export_id)
    session: DownloadSession = office.desk.exports.redeem(link.token, link.password, network="")
    return session


def download(office: Office, session: DownloadSession, first: int = 0, last: int | None = None) -> bytes:
    chunks = office.desk.exports.download(session.secret, first_byte=first, last_byte=last, network="203.0.113.77")
    return b"".join(chunks)


def test_thirty_two_who_redeem_one_link_at_once_get_one_session_round_after_round(office: Office) -> None:
    request_id = office.granted(Right.ACCESS)
    office.collect(request_id, "access")

    def come(link: Link) -> str:
        try:
            return office.desk.exports.redeem(link.token, link.password, network="").secret
        except DomainError as refusal:
            return refusal.code

    with ThreadPoolExecutor(RACERS) as threads:
        for number in range(ROUNDS):
            link = offered(office, prepared(office, request_id))
            found = Counter(threads.map(come, [link] * RACERS))
            assert list(found.values()) == [RACERS], number
    assert len({each.session_ends_at for each in office.events("export.redeemed")}) <= ROUNDS
    assert office.names().count("export.redeemed") == ROUNDS * RACERS


def test_parts_that_are_joined_are_the_package(office: Office) -> None:
    session = begun(office, prepared(office))
    whole = download(office, session)
    assert len(whole) == session.size

    @settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
    @given(st.lists(st.integers(1, session.size - 1), max_size=4, unique=True))
    def check(cuts: list[int]) -> None:
        edges = [0, *sorted(cuts), session.size]
        parts = [download(office, session, start, stop - 1) for start, stop in pairwise(edges)]
        assert b"".join(parts) == whole

    check()


def test_every_download_is_on_record_before_its_first_byte(office: Office) -> None:
    export_id = prepared(office)
    session = begun(office, export_id)
    chunks = office.desk.exports.download(session.secret, first_byte=5, last_byte=9, network="203.0.113.77")
    [event] = office.events("export.downloaded")
    assert (event.first_byte, event.last_byte, event.network) == (5, 9, "203.0.113.0/24")
    assert event.timestamp == office.clock.now()
    assert len(b"".join(chunks)) == 5
    assert office.export(export_id)["downloads"] == 1
    assert office.differences() == []


def test_downloads_that_come_at_once_are_all_served(office: Office) -> None:
    session = begun(office, prepared(office))
    with ThreadPoolExecutor(8) as threads:
        parts = list(threads.map(lambda place: download(office, session, place, place), range(16)))
    assert b"".join(parts) == download(office, session)[:16]


def test_a_session_ends_after_an_hour(office: Office) -> None:
    session = begun(office, prepared(office))
    office.clock.advance(minutes=59)
    assert download(office, session)
    office.clock.advance(minutes=1)
    with pytest.raises(ExportSessionEnded):
        download(office, session)
    with pytest.raises(ExportSessionEnded):
        office.desk.exports.download("dsrs_" + "A" * 43, network="")


def test_a_session_ends_with_its_revocation(office: Office) -> None:
    export_id = prepared(office)
    session = begun(office, export_id)
    office.desk.exports.revoke(export_id, Call(office.ann), reason=RevocationReason.WRONG_RECIPIENT)
    with pytest.raises(ExportIsRevoked):
        download(office, session)


def test_bytes_that_the_package_does_not_have_are_refused(office: Office) -> None:
    session = begun(office, prepared(office))
    with pytest.raises(ByteRangeInvalid):
        download(office, session, session.size)


def test_a_session_rests_while_the_case_forbids_to_hand_over(office: Office) -> None:
    export_id = prepared(office)
    session = begun(office, export_id)
    request_id = office.find(Export, export_id).request_id
    data_set_id = next(iter(office.case(request_id).copies.data_sets))
    call = office.call(request_id)
    office.desk.redaction.require(request_id, data_set_id, call, reason="Her sister is on it.")
    with pytest.raises(ExportWithheld):
        download(office, session)


@pytest.mark.parametrize(
    "error", [DatabaseBusy, DatabaseUnavailable, SchemaOutdated, StorageFull, StorageUnavailable, LogOlderThanKeys]
)
def test_a_database_that_is_away_is_not_told_as_a_package_that_is_withheld(
    office: Office, monkeypatch: pytest.MonkeyPatch, error: type[Exception]
) -> None:
    # given
    export_id = prepared(office)
    session = begun(office, export_id)
    link = offered(office, export_id)

    def away(*_: Any) -> Any:
        raise error

    # when, then
    with monkeypatch.context() as meanwhile:
        meanwhile.setattr(Repository, "request", away)
        with pytest.raises(error):
            office.desk.exports.redeem(link.token, link.password, network="")
        with pytest.raises(error):
            office.desk.exports.package(session.secret)
        with pytest.raises(error):
            download(office, session)
    assert download(office, session)
    assert office.desk.exports.redeem(link.token, link.password, network="").secret


def test_what_is_under_way_goes_on_while_nobody_can_be_asked_but_not_for_long(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    # given a package that is asked about before each chunk
    monkeypatch.setattr(downloading, "_CHECK_BYTES", 0)
    session = begun(office, prepared(office))
    asked = []

    def away(*_: Any) -> Any:
        asked.append(True)
        raise DatabaseBusy

    for seconds, goes_on in ((30.0, True), (0.0, False)):
        monkeypatch.setattr(downloading, "_UNCHECKED_SECONDS", seconds)
        chunks = office.desk.exports.download(session.secret, network="")
        with monkeypatch.context() as meanwhile:
            # when
            meanwhile.setattr(Repository, "request", away)
            # then
            if goes_on:
                assert len(b"".join(chunks)) == session.size
            else:
                with pytest.raises(DatabaseBusy):
                    list(chunks)
    assert len(asked) > 1


def test_what_was_kept_as_long_as_was_promised_is_purged_and_nothing_else(office: Office) -> None:
    # given
    old = prepared(office)
    office.clock.advance(days=29)
    offered_again, young = prepared(office), prepared(office)
    office.clock.advance(days=1)
    offered(office, offered_again)
    package = office.find(Export, old).package
    # when
    purged = list(office.desk.exports.purge_due())
    # then
    assert [each.export_id for each in purged] == [old]
    with pytest.raises(KeyDestroyed):
        office.service.keystore.open(package.key_id)
    assert not [each for each in office.blobs() if str(package.blob_id) in each]
    assert list(office.desk.exports.purge_due()) == []
    with pytest.raises(ExportIsPurged):
        office.desk.exports.offer(old, Call(office.ann))
    office.clock.advance(days=29)
    assert [each.export_id for each in office.desk.exports.purge_due()] == [young]
    assert office.differences() == []


def test_the_digest_of_a_purged_package_can_still_be_shown(office: Office) -> None:
    export_id = prepared(office)
    office.clock.advance(days=30)
    assert len(list(office.desk.exports.purge_due())) == 1
    digest = office.find(Export, export_id).package_digest
    assert len(office.desk.repository.sealer.open_json(digest, stream_id=export_id, field="package_digest")) == 64


def test_a_purge_that_broke_off_is_done_by_the_next_one(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    # given
    export_id = prepared(office)
    office.clock.advance(days=30)

    def break_off(_: Any, __: UUID) -> None:
        raise OSError("disk")

    # when
    with monkeypatch.context() as broken:
        broken.setattr(type(office.desk.repository.blobs), "delete", break_off)
        with pytest.raises(OSError, match="disk"):
            list(office.desk.exports.purge_due())
    # then
    assert "export.purged" not in office.names()
    assert [each.export_id for each in office.desk.exports.purge_due()] == [export_id]


def test_a_package_that_can_not_be_purged_keeps_none_of_the_others(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    # given: the one that is due first can't be deleted
    stuck = prepared(office)
    office.clock.advance(minutes=1)
    others = {prepared(office) for _ in range(3)}
    office.clock.advance(days=30)
    monkeypatch.setattr("dsr.desk.exports.purge._PURGED_AT_ONCE", 1)
    blob_id, blobs = office.find(Export, stuck).package.blob_id, type(office.desk.repository.blobs)
    delete = blobs.delete

    def break_off(self: Any, each: UUID) -> None:
        if each == blob_id:
            raise OSError("disk")
        delete(self, each)

    # when
    purged: list[UUID] = []
    with monkeypatch.context() as broken:
        broken.setattr(blobs, "delete", break_off)
        with pytest.raises(OSError, match="disk"):
            purged.extend(each.export_id for each in office.desk.exports.purge_due())
    # then
    assert set(purged) == others
    assert [each.export_id for each in office.desk.exports.purge_due()] == [stuck]


def test_wrong_content_is_purged_at_once(office: Office) -> None:
    export_id = prepared(office)
    session = begun(office, export_id)
    package = office.find(Export, export_id).package
    office.desk.exports.revoke(export_id, Call(office.ann), reason=RevocationReason.CONTENT_WRONG)
    with pytest.raises(ExportIsPurged):
        download(office, session)
    with pytest.raises(KeyDestroyed):
        office.service.keystore.open(package.key_id)
