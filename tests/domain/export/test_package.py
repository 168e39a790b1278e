"""The package: prepared, kept as long as was promised, purged."""

from uuid import uuid4

import pytest

from dsr.domain.acting import Acting
from dsr.domain.events import event_types
from dsr.domain.export import (
    ExportEmpty,
    ExportExpiryInvalid,
    ExportIsPurged,
    ExportKind,
    ExportPrepared,
    ExportPurged,
    ExportRevoked,
    ExportStillKept,
    PurgeReason,
    RevocationReason,
)

from .exports import ADDRESS, MINUTE, MONTH, NOW, download, offered, prepared, redeemed, replayed


def test_a_prepared_export_knows_its_package_and_has_no_link() -> None:
    export = prepared()
    assert (export.kind, export.files, export.package.size) == (ExportKind.PORTABILITY, 2, 4711)
    assert export.offer_made is None
    (event,) = export.collect_events()
    assert isinstance(event, ExportPrepared)


def test_an_export_without_data_is_refused() -> None:
    with pytest.raises(ExportEmpty):
        prepared(files=0)


def test_a_package_is_kept_for_a_while() -> None:
    with pytest.raises(ExportExpiryInvalid):
        prepared(kept_until=NOW)
    prepared(kept_until=NOW + MINUTE)


def test_a_package_is_kept_as_long_as_its_last_link_works() -> None:
    export = prepared()
    export.offer(Acting("ann", NOW + MINUTE), token_id=uuid4(), expires_at=NOW + 2 * MONTH)
    with pytest.raises(ExportStillKept):
        export.purge(Acting("purge", NOW + 2 * MONTH - MINUTE), reason=PurgeReason.EXPIRED)
    export.purge(Acting("purge", NOW + 2 * MONTH), reason=PurgeReason.EXPIRED)
    assert export.purged_at == NOW + 2 * MONTH


def test_a_package_that_nobody_was_offered_is_purged_as_well() -> None:
    export = prepared()
    export.purge(Acting("purge", NOW + MONTH), reason=PurgeReason.EXPIRED)
    event = export.collect_events()[-1]
    assert isinstance(event, ExportPurged)
    assert event.reason is PurgeReason.EXPIRED


def test_a_link_that_was_redeemed_in_its_last_minute_gives_its_whole_hour() -> None:
    export, token_id = offered()
    export.redeem(Acting("data-subject", NOW + MONTH - MINUTE), token_id=token_id, network=ADDRESS)
    with pytest.raises(ExportStillKept):
        export.purge(Acting("purge", NOW + MONTH), reason=PurgeReason.EXPIRED)
    download(export, token_id, NOW + MONTH)


def test_a_new_link_cuts_no_session_short() -> None:
    export, used = redeemed()
    export.offer(Acting("ann", NOW + MINUTE), token_id=uuid4(), expires_at=NOW + 2 * MINUTE)
    with pytest.raises(ExportStillKept):
        export.purge(Acting("purge", NOW + 2 * MINUTE), reason=PurgeReason.EXPIRED)
    download(export, used, NOW + 2 * MINUTE)


@pytest.mark.parametrize("used", [False, True])
def test_wrong_content_is_purged_at_once_and_ends_what_leads_to_it(used: bool) -> None:
    export, token_id = redeemed() if used else offered()
    export.purge(Acting("ann", NOW + MINUTE), reason=PurgeReason.CONTENT_WRONG)
    revoked, purged = export.collect_events()[-2:]
    assert isinstance(revoked, ExportRevoked)
    assert (revoked.token_id, revoked.reason) == (token_id, RevocationReason.CONTENT_WRONG)
    assert isinstance(purged, ExportPurged)


def test_a_purged_package_is_gone_for_every_command() -> None:
    export, token_id = redeemed()
    export.purge(Acting("ann", NOW), reason=PurgeReason.CONTENT_WRONG)
    export.collect_events()
    for command in (
        lambda: export.offer(Acting("ann", NOW), token_id=uuid4(), expires_at=NOW + MONTH),
        lambda: export.redeem(Acting("data-subject", NOW), token_id=token_id, network=ADDRESS),
        lambda: export.record_wrong_secret(Acting("data-subject", NOW), token_id=token_id, network=ADDRESS),
        lambda: download(export, token_id),
        lambda: export.revoke(Acting("ann", NOW), reason=RevocationReason.LINK_LOST),
        lambda: export.purge(Acting("ann", NOW), reason=PurgeReason.CONTENT_WRONG),
    ):
        with pytest.raises(ExportIsPurged):
            command()
    assert export.collect_events() == []


def test_a_replay_through_the_stored_form_gives_the_same_export() -> None:
    export, first = offered()
    export.record_wrong_secret(Acting("data-subject", NOW), token_id=first, network=ADDRESS)
    second = uuid4()
    export.offer(Acting("ann", NOW), token_id=second, expires_at=NOW + MONTH)
    export.redeem(Acting("data-subject", NOW + MINUTE), token_id=second, network=ADDRESS)
    loaded = replayed(export.collect_events())
    assert vars(loaded) == vars(export)


def test_every_event_after_the_first_names_its_request() -> None:
    names = [name for name in event_types() if name.startswith("dsr.export.")]
    assert sorted(names) == [
        f"dsr.export.{what}"
        for what in sorted(
            (
                "prepared",
                "offered",
                "redeemed",
                "renewed",
                "sent",
                "downloaded",
                "revoked",
                "secret-refused",
                "purged",
            )
        )
    ]
    assert all("request_id" in event_types()[name].__dataclass_fields__ for name in names)
