"""How far a bundle is that leaves over HTTP; it can be cancelled while it is written."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from itertools import islice
from uuid import UUID, uuid4

import pytest

from dsr.desk.bundles import BundleState, PreparedBundle, parse_scope, progress
from dsr.desk.bundles.progress import BundleCancelled, BundleEnded, BundleUnknown
from dsr.desk.caller import Call
from dsr.domain.rights import Right
from dsr.domain.sealed import SealBroken
from tests.desk.office import Office

pytestmark = pytest.mark.parametrize("backend", ["sqlite"])


@pytest.fixture(autouse=True)
def noted_with_each_chunk(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "EVERY", 0.0)


@pytest.fixture
def begun(office: Office) -> tuple[UUID, PreparedBundle]:
    """A bundle of two cases, before its first byte."""
    office.registered(Right.ACCESS)
    office.registered(Right.ERASURE)
    scope = parse_scope(["all"])
    prepared = office.desk.bundles.prepare(scope, Call(office.ann))
    return office.desk.bundle_progress.begin(prepared, scope, office.ann), prepared


def test_it_shows_how_far_the_bundle_is_and_that_it_is_complete(
    office: Office, begun: tuple[UUID, PreparedBundle]
) -> None:
    bundle_id, prepared = begun
    desk = office.desk.bundle_progress
    chunks = desk.followed(bundle_id, prepared)
    # when
    seen = [(desk.of(bundle_id, office.ann), len(chunk)) for chunk in chunks]
    # then
    assert {each.state for each, _ in seen} == {BundleState.WRITING}
    done = [each.cases_done for each, _ in seen]
    assert (done[0], done[-1], done) == (0, 2, sorted(done))
    ended = desk.of(bundle_id, office.ann)
    assert (ended.state, ended.cases, ended.scope) == (BundleState.COMPLETE, 2, ("all",))
    assert ended.bytes_written == sum(size for _, size in seen)


def test_a_cancelled_bundle_is_written_no_further(office: Office, begun: tuple[UUID, PreparedBundle]) -> None:
    bundle_id, prepared = begun
    desk = office.desk.bundle_progress
    chunks = desk.followed(bundle_id, prepared)
    next(chunks)
    # when
    cancelled = desk.cancel(bundle_id, office.ann)
    # then
    assert cancelled.state is BundleState.CANCELLED
    with pytest.raises(BundleCancelled):
        list(chunks)
    assert desk.of(bundle_id, office.ann).state is BundleState.CANCELLED
    with pytest.raises(BundleEnded):
        desk.cancel(bundle_id, office.ann)


def test_whoever_closes_the_connection_cancels(office: Office, begun: tuple[UUID, PreparedBundle]) -> None:
    bundle_id, prepared = begun
    chunks = office.desk.bundle_progress.followed(bundle_id, prepared)
    assert isinstance(chunks, Iterator)
    list(islice(chunks, 3))
    # when
    chunks.close()  # type: ignore[attr-defined]  # a generator
    # then
    assert office.desk.bundle_progress.of(bundle_id, office.ann).state is BundleState.CANCELLED


def test_what_breaks_off_is_named_so(office: Office, begun: tuple[UUID, PreparedBundle]) -> None:
    bundle_id, prepared = begun

    def broken(_: object) -> Iterator[bytes]:
        yield b"PK"
        raise SealBroken()

    # when
    with pytest.raises(SealBroken):
        list(office.desk.bundle_progress.followed(bundle_id, replace(prepared, chunks=broken)))
    # then
    assert office.desk.bundle_progress.of(bundle_id, office.ann).state is BundleState.BROKEN_OFF


def test_of_a_process_that_was_killed_nothing_is_heard_any_more(
    office: Office, begun: tuple[UUID, PreparedBundle]
) -> None:
    bundle_id, _ = begun
    office.clock.advance(minutes=11)
    assert office.desk.bundle_progress.of(bundle_id, office.ann).state is BundleState.BROKEN_OFF
    with pytest.raises(BundleEnded):
        office.desk.bundle_progress.cancel(bundle_id, office.ann)


def test_nobody_else_sees_it_and_after_a_week_nobody_does(office: Office, begun: tuple[UUID, PreparedBundle]) -> None:
    bundle_id, prepared = begun
    desk = office.desk.bundle_progress
    for unknown, asked_by in ((uuid4(), office.ann), (bundle_id, office.bob)):
        with pytest.raises(BundleUnknown):
            desk.of(unknown, asked_by)
        with pytest.raises(BundleUnknown):
            desk.cancel(unknown, asked_by)
    office.clock.advance(minutes=timedelta(days=8) // timedelta(minutes=1))
    desk.begin(prepared, parse_scope(["all"]), office.bob)
    with pytest.raises(BundleUnknown):
        desk.of(bundle_id, office.ann)
