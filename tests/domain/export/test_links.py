"""The links to an export: once each, for a while, and not to be guessed."""

import threading
from collections.abc import Iterable
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from dsr.domain.acting import Acting
from dsr.domain.errors import DomainError
from dsr.domain.export import (
    MAX_WRONG_SECRETS,
    SESSION,
    ByteRangeInvalid,
    Export,
    ExportAlreadyRedeemed,
    ExportDownloaded,
    ExportExpired,
    ExportExpiryInvalid,
    ExportIsLocked,
    ExportIsPurged,
    ExportIsRevoked,
    ExportNotOffered,
    ExportRedeemed,
    ExportRevoked,
    ExportSecretRefused,
    ExportSessionEnded,
    LinkStillWorks,
    PurgeReason,
    RevocationReason,
    SecretWrong,
)
from dsr.eventstore.mapper import EventMapper

from .exports import ADDRESS, MINUTE, MONTH, NOW, download, offered, prepared, redeemed, replayed


def download_whole(export: Export, token_id: UUID) -> None:
    last = export.package.size - 1
    export.record_sent(Acting("data-subject", NOW), token_id=token_id, first_byte=0, last_byte=last)


def guess_until_locked(export: Export, token_id: UUID) -> list[DomainError]:
    return [
        export.record_wrong_secret(Acting("data-subject", NOW), token_id=token_id, network=ADDRESS)
        for _ in range(MAX_WRONG_SECRETS)
    ]


def test_a_link_hands_the_package_over_and_the_log_keeps_the_network_only() -> None:
    export, token_id = offered()
    export.redeem(Acting("data-subject", NOW + MINUTE), token_id=token_id, network=ADDRESS)
    event = export.collect_events()[-1]
    assert isinstance(event, ExportRedeemed)
    assert (event.network, event.actor, event.token_id) == ("203.0.113.0/24", "data-subject", token_id)
    assert ADDRESS.encode() not in EventMapper().to_stored_event(event).state


def test_opening_the_page_of_a_link_does_not_use_it_up() -> None:
    """Who closed the browser opens it again, within the hour that began the first time."""
    export, token_id = offered()
    export.redeem(Acting("data-subject", NOW), token_id=token_id, network=ADDRESS)
    export.redeem(Acting("data-subject", NOW + 30 * MINUTE), token_id=token_id, network=ADDRESS)
    assert export.offers[token_id].session_ends_at == NOW + SESSION
    with pytest.raises(ExportAlreadyRedeemed):
        export.redeem(Acting("data-subject", NOW + SESSION), token_id=token_id, network=ADDRESS)


def test_a_link_is_used_up_once_all_bytes_have_left_in_whatever_parts() -> None:
    export, token_id = offered()
    export.redeem(Acting("data-subject", NOW), token_id=token_id, network=ADDRESS)
    size = export.package.size
    for first, last in [(100, size - 1), (0, 40), (30, 98)]:
        export.record_sent(Acting("data-subject", NOW), token_id=token_id, first_byte=first, last_byte=last)
        export.redeem(Acting("data-subject", NOW), token_id=token_id, network=ADDRESS)
    export.record_sent(Acting("data-subject", NOW), token_id=token_id, first_byte=99, last_byte=99)
    export.require_session(token_id, NOW)  # the browser that opened it may load it once more
    with pytest.raises(ExportAlreadyRedeemed):
        export.redeem(Acting("data-subject", NOW), token_id=token_id, network=ADDRESS)


def test_a_link_that_is_used_up_or_expired_opens_again_with_the_same_password() -> None:
    export, token_id = offered()
    with pytest.raises(LinkStillWorks):
        export.renew(Acting("ann", NOW), expires_at=NOW + MONTH)
    export.renew(Acting("ann", NOW + MONTH), expires_at=NOW + 2 * MONTH)
    export.redeem(Acting("data-subject", NOW + MONTH), token_id=token_id, network=ADDRESS)
    export.renew(Acting("ann", NOW + MONTH + SESSION), expires_at=NOW + 2 * MONTH)
    assert (export.latest, export.offers[token_id].renewals) == (token_id, 2)
    assert export.kept_until == NOW + 2 * MONTH


def test_wrong_passwords_go_on_counting_in_a_link_that_opens_again_and_a_revoked_one_stays_shut() -> None:
    export, token_id = offered()
    for _ in range(MAX_WRONG_SECRETS - 1):
        export.record_wrong_secret(Acting("data-subject", NOW), token_id=token_id, network=ADDRESS)
    export.renew(Acting("ann", NOW + MONTH), expires_at=NOW + 2 * MONTH)
    refusal = export.record_wrong_secret(Acting("data-subject", NOW + MONTH), token_id=token_id, network=ADDRESS)
    assert isinstance(refusal, ExportIsLocked)
    with pytest.raises(ExportIsLocked):
        export.renew(Acting("ann", NOW + 2 * MONTH), expires_at=NOW + 3 * MONTH)


def test_a_link_that_was_revoked_was_never_made_or_lost_its_package_does_not_open_again() -> None:
    export, _ = offered()
    export.revoke(Acting("ann", NOW), reason=RevocationReason.LINK_LOST)
    with pytest.raises(ExportIsRevoked):
        export.renew(Acting("ann", NOW), expires_at=NOW + MONTH)
    with pytest.raises(ExportNotOffered):
        prepared().renew(Acting("ann", NOW), expires_at=NOW + MONTH)
    with pytest.raises(ExportNotOffered):
        prepared().record_sent(Acting("data-subject", NOW), token_id=uuid4(), first_byte=0, last_byte=1)
    expired, _ = offered()
    with pytest.raises(ExportExpiryInvalid):
        expired.renew(Acting("ann", NOW + MONTH), expires_at=NOW + MONTH)
    expired.purge(Acting("purge", NOW + MONTH), reason=PurgeReason.EXPIRED)
    with pytest.raises(ExportIsPurged):
        expired.renew(Acting("ann", NOW + MONTH), expires_at=NOW + 2 * MONTH)


def test_a_link_whose_package_was_downloaded_is_used_up() -> None:
    export, token_id = offered()
    export.redeem(Acting("data-subject", NOW), token_id=token_id, network=ADDRESS)
    download_whole(export, token_id)
    export.collect_events()
    with pytest.raises(ExportAlreadyRedeemed):
        export.redeem(Acting("data-subject", NOW), token_id=token_id, network=ADDRESS)
    with pytest.raises(ExportAlreadyRedeemed):
        export.record_wrong_secret(Acting("data-subject", NOW), token_id=token_id, network=ADDRESS)
    with pytest.raises(ExportAlreadyRedeemed):
        export.revoke(Acting("ann", NOW + SESSION), reason=RevocationReason.LINK_LOST)
    assert export.collect_events() == []


def test_a_link_that_was_never_made_leads_nowhere() -> None:
    export = prepared()
    with pytest.raises(ExportNotOffered):
        export.redeem(Acting("data-subject", NOW), token_id=uuid4(), network=ADDRESS)
    with pytest.raises(ExportNotOffered):
        export.record_wrong_secret(Acting("data-subject", NOW), token_id=uuid4(), network=ADDRESS)
    with pytest.raises(ExportNotOffered):
        export.revoke(Acting("ann", NOW), reason=RevocationReason.LINK_LOST)


def test_a_link_works_until_the_instant_that_it_expires() -> None:
    export, token_id = offered()
    with pytest.raises(ExportExpired):
        export.redeem(Acting("data-subject", NOW + MONTH), token_id=token_id, network=ADDRESS)
    export.redeem(Acting("data-subject", NOW + MONTH - timedelta(microseconds=1)), token_id=token_id, network=ADDRESS)


def test_a_link_expires_in_the_future() -> None:
    with pytest.raises(ExportExpiryInvalid):
        prepared().offer(Acting("ann", NOW), token_id=uuid4(), expires_at=NOW)


def test_a_new_link_replaces_the_earlier_one() -> None:
    export, first = offered()
    second = uuid4()
    export.offer(Acting("bob", NOW + MINUTE), token_id=second, expires_at=NOW + MONTH)
    with pytest.raises(ExportIsRevoked):
        export.redeem(Acting("data-subject", NOW + MINUTE), token_id=first, network=ADDRESS)
    export.redeem(Acting("data-subject", NOW + MINUTE), token_id=second, network=ADDRESS)
    revoked = next(event for event in export.collect_events() if isinstance(event, ExportRevoked))
    assert (revoked.token_id, revoked.reason, revoked.actor) == (first, RevocationReason.REPLACED, "bob")


def test_a_new_link_may_follow_one_that_was_used_and_does_not_revoke_it() -> None:
    export, first = offered()
    export.redeem(Acting("data-subject", NOW), token_id=first, network=ADDRESS)
    second = uuid4()
    export.offer(Acting("ann", NOW), token_id=second, expires_at=NOW + MONTH)
    export.redeem(Acting("data-subject", NOW), token_id=second, network=ADDRESS)
    assert not any(isinstance(event, ExportRevoked) for event in export.collect_events())


def test_a_revoked_link_leads_nowhere() -> None:
    export, token_id = offered()
    export.revoke(Acting("ann", NOW), reason=RevocationReason.WRONG_RECIPIENT)
    with pytest.raises(ExportIsRevoked):
        export.redeem(Acting("data-subject", NOW), token_id=token_id, network=ADDRESS)
    with pytest.raises(ExportIsRevoked):
        export.revoke(Acting("ann", NOW), reason=RevocationReason.LINK_LOST)


def test_the_fifth_wrong_secret_revokes_the_link_for_who_knows_the_right_one_too() -> None:
    export, token_id = offered()
    answers = guess_until_locked(export, token_id)
    assert [type(answer) for answer in answers] == [SecretWrong] * 4 + [ExportIsLocked]
    assert [answer.facts.get("attempts_left") for answer in answers] == [4, 3, 2, 1, None]
    with pytest.raises(ExportIsLocked):
        export.redeem(Acting("data-subject", NOW), token_id=token_id, network=ADDRESS)
    last = export.collect_events()[-1]
    assert isinstance(last, ExportRevoked)
    assert last.reason is RevocationReason.SECRET_GUESSED


def test_four_wrong_secrets_leave_the_link_working() -> None:
    export, token_id = offered()
    for _ in range(MAX_WRONG_SECRETS - 1):
        export.record_wrong_secret(Acting("data-subject", NOW), token_id=token_id, network=ADDRESS)
    export.redeem(Acting("data-subject", NOW), token_id=token_id, network=ADDRESS)
    download(export, token_id, NOW)


def test_a_restart_gives_back_no_guess() -> None:
    export, token_id = offered()
    for _ in range(MAX_WRONG_SECRETS - 1):
        export.record_wrong_secret(Acting("data-subject", NOW), token_id=token_id, network=ADDRESS)
    loaded = replayed(export.collect_events())
    assert isinstance(
        loaded.record_wrong_secret(Acting("data-subject", NOW), token_id=token_id, network=ADDRESS), ExportIsLocked
    )


def test_guesses_of_one_link_do_not_count_for_the_next() -> None:
    export, first = offered()
    guess_until_locked(export, first)
    second = uuid4()
    export.offer(Acting("ann", NOW), token_id=second, expires_at=NOW + MONTH)
    export.redeem(Acting("data-subject", NOW), token_id=second, network=ADDRESS)


def test_a_session_lasts_an_hour_and_not_an_instant_longer() -> None:
    export, token_id = redeemed()
    download(export, token_id, NOW + SESSION - timedelta(microseconds=1))
    with pytest.raises(ExportSessionEnded):
        download(export, token_id, NOW + SESSION)


def test_who_did_not_redeem_the_link_downloads_nothing() -> None:
    export, token_id = offered()
    with pytest.raises(ExportSessionEnded):
        download(export, token_id)
    with pytest.raises(ExportNotOffered):
        download(export, uuid4())


def test_a_download_is_on_record_with_its_bytes_and_its_network_only() -> None:
    export, token_id = redeemed()
    download(export, token_id, first=10, last=20)
    (event,) = export.collect_events()
    assert isinstance(event, ExportDownloaded)
    assert (event.first_byte, event.last_byte, event.network) == (10, 20, "203.0.113.0/24")
    assert ADDRESS.encode() not in EventMapper().to_stored_event(event).state


@pytest.mark.parametrize(("first", "last"), [(-1, 5), (6, 5), (0, 4711), (4711, 4711)])
def test_bytes_that_a_package_does_not_have_are_not_handed_over(first: int, last: int) -> None:
    export, token_id = redeemed()
    with pytest.raises(ByteRangeInvalid):
        download(export, token_id, first=first, last=last)


def test_a_session_can_be_ended_while_it_lasts() -> None:
    export, token_id = redeemed()
    export.revoke(Acting("ann", NOW + MINUTE), reason=RevocationReason.WRONG_RECIPIENT)
    with pytest.raises(ExportIsRevoked):
        download(export, token_id, NOW + MINUTE)


def test_a_wrong_secret_is_recorded_with_its_network_only() -> None:
    export, token_id = offered()
    export.record_wrong_secret(Acting("data-subject", NOW), token_id=token_id, network="2001:db8:1:2::3")
    event = export.collect_events()[-1]
    assert isinstance(event, ExportSecretRefused)
    assert event.network == "2001:db8:1::/48"


class Conflict(Exception):
    """Somebody else wrote this version first."""


class Stream:
    """An optimistic store of one stream: a version is written once."""

    def __init__(self, events: Iterable[Any]) -> None:
        self._events: dict[int, Any] = {event.originator_version: event for event in events}
        self._lock = threading.Lock()

    def load(self) -> Export:
        return replayed(list(self._events.values()))

    def save(self, export: Export) -> None:
        new: list[Any] = list(export.collect_events())
        with self._lock:
            if any(event.originator_version in self._events for event in new):
                raise Conflict
            self._events |= {event.originator_version: event for event in new}


def race(stream: Stream, token_id: UUID, *, right: bool) -> list[str]:
    """Sixteen readers load the same state, then all try; one that meets a conflict starts over, as the desk does."""
    outcomes: list[str] = []
    start = threading.Barrier(16)

    def reader() -> None:
        waited = False
        while True:
            export = stream.load()
            if not waited:
                start.wait()
                waited = True
            try:
                if right:
                    export.redeem(Acting("data-subject", NOW), token_id=token_id, network=ADDRESS)
                    answer = "redeemed"
                else:
                    answer = export.record_wrong_secret(
                        Acting("data-subject", NOW), token_id=token_id, network=ADDRESS
                    ).code
                stream.save(export)
            except Conflict:
                continue
            except DomainError as error:
                answer = error.code
            outcomes.append(answer)
            return

    threads = [threading.Thread(target=reader) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sorted(outcomes)


def test_sixteen_readers_at_once_share_one_hour() -> None:
    export, token_id = offered()
    outcomes = race(Stream(export.collect_events()), token_id, right=True)
    assert outcomes == ["redeemed"] * 16


def test_sixteen_guesses_at_once_are_no_more_than_five() -> None:
    export, token_id = offered()
    outcomes = race(Stream(export.collect_events()), token_id, right=False)
    assert outcomes == ["export-locked"] * 12 + ["secret-wrong"] * 4
