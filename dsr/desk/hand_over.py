"""Direct transfer of an item's package to another controller by this service (GDPR Art. 20(2)).

Everything that can refuse comes first: the rules of the case, the package, a connection whose other end proved its
name. Then the start is recorded, and only then does the first byte leave. The result is recorded even if the case
changed meanwhile. If the process dies in between, the log holds only the start, which shows that data may have left. A
repeated transfer sends the same key, by which the target recognises the package.
"""

import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace
from typing import Final
from uuid import UUID, uuid4

from dsr.desk.caller import Call
from dsr.desk.exports import ExportDesk
from dsr.desk.idempotency import Answer
from dsr.desk.repository import Repository
from dsr.desk.signing import SigningDesk
from dsr.desk.unit_of_work import changing, idempotent, retrying, unit_of_work, use_case
from dsr.domain.errors import ServiceWide
from dsr.domain.export import ExportWithheld
from dsr.domain.handing_over import HandOverTransport, Parcel, TargetAddress, TargetRefused, TargetUnanswered
from dsr.domain.request import Request
from dsr.domain.request.hand_over import HandOverFailure
from dsr.domain.sealed import BlobMissing, KeyDestroyed, SealBroken, Sealed
from dsr.exports.declaration import HandOverClaims

_JWKS: Final = "/api/v1/controllers/{}/jwks.json"

_FAILURE: Final[dict[type[Exception], HandOverFailure]] = {
    TargetRefused: HandOverFailure.REFUSED,
    TargetUnanswered: HandOverFailure.UNANSWERED,
    SealBroken: HandOverFailure.UNREADABLE,
    BlobMissing: HandOverFailure.UNREADABLE,
    ExportWithheld: HandOverFailure.WITHHELD,
}
"""Failures with a code of their own; any other end counts as an interruption."""

_PAUSES: Final = (1, 2, 4, 8, 15)
"""Seconds between attempts to record the result while the database is down."""


class HandOverDesk:
    """hand over."""

    def __init__(
        self,
        repository: Repository,
        exports: ExportDesk,
        signing: SigningDesk,
        transport: HandOverTransport,
        *,
        public_url: str,
    ) -> None:
        """`public_url`: where others find the controllers' public keys; empty if not configured."""
        self._repository = repository
        self._exports = exports
        self._signing = signing
        self._transport = transport
        self._public_url = public_url

    @use_case
    def hand_over(self, request_id: UUID, item_id: str, call: Call, *, export_id: UUID, url: str) -> Answer:
        """Send the item's package to the verified target, and record its answer.

        The package is read, opened and sent chunk by chunk. A failure before the connection changes nothing. Raises
        RequestUnknown, VersionStale, Forbidden, TargetAddressInvalid, ExportUnknown for a package of another item,
        ExportOutdated, ExportIsPurged; TargetUnsafe, TargetUnreachable, TargetUntrusted before anything left;
        TargetRefused, TargetUnanswered; errors of opening a package, also midway; ExportWithheld if it was purged or
        the case changed during the transfer.
        """
        # The start is recorded without the key, since the call is answered with the result.
        hand_over_id, started = uuid4(), replace(call, idempotency=None)
        with idempotent(self._repository, call), ExitStack() as until_sent:
            address = TargetAddress.parse(url)
            # Read now: the target is connected before the assumptions of `changing` are validated.
            self._repository.request(request_id, call.caller)
            with changing(self._repository, request_id, started, item_id=item_id) as work:
                case, at = work.case, work.acting.at
                export = self._exports.require_package(case, item_id, export_id)
                case.start_hand_over(
                    work.acting,
                    hand_over_id=hand_over_id,
                    item_id=item_id,
                    target=address.host,
                    address=self._sealed_address(case, address),
                    export_id=export_id,
                    size=export.package.size,
                )
                ends_by = case.hand_overs[hand_over_id].ends_by
                sha256 = self._exports.digest(export)
                said = HandOverClaims(
                    issuer=export.controller_id,
                    audience=address.host,
                    hand_over_id=hand_over_id,
                    export_id=export_id,
                    sha256=sha256,
                    size=export.package.size,
                    issued_at=at,
                    ends_by=ends_by,
                )
                jwks = self._public_url and self._public_url + _JWKS.format(export.controller_id)
                declared = self._signing.declare(said, call, jwks=jwks)
                chunks = self._exports.read(export)
                connection = until_sent.enter_context(self._transport.connect(address, within=ends_by - at))
                # Checked again under the lock of the log, so that no transfer of a purged package starts.
                work.effect(lambda: self._require_still_there(case, item_id, export_id))
                work.respond(lambda: Answer(b""))
            parcel = Parcel(size=export.package.size, sha256=sha256, key=str(export_id), declaration=declared)
            try:
                receipt = connection.send(parcel, chunks)
            except Exception as error:
                self._record_failure(request_id, hand_over_id, call, error)
                raise
            until_sent.close()
            return self._record(request_id, hand_over_id, call, receipt)

    def _require_still_there(self, case: Request, item_id: str, export_id: UUID) -> None:
        self._exports.require_package(case, item_id, export_id)

    @use_case
    def _record(self, request_id: UUID, hand_over_id: UUID, call: Call, receipt: str) -> Answer:
        repository = self._repository

        def record() -> Answer:
            with unit_of_work(repository, replace(call, expected=None)) as work:
                case = self._case(request_id)
                case.record_hand_over(
                    repository.acting_on(case, work.acting),
                    hand_over_id=hand_over_id,
                    sent_at=work.acting.at,
                    receipt=self._sealed_receipt(case, receipt),
                )
                work.add(case)
                work.respond(lambda: work.view(request_id))
            return work.answer

        return _in_the_end(record)

    def _record_failure(self, request_id: UUID, hand_over_id: UUID, call: Call, error: Exception) -> None:
        status = error.status if isinstance(error, TargetRefused) else None

        def record() -> Answer:
            with unit_of_work(self._repository, Call(call.caller)) as work:
                case = self._case(request_id)
                case.record_hand_over_failed(
                    self._repository.acting_on(case, work.acting),
                    hand_over_id=hand_over_id,
                    failure=_FAILURE.get(type(error), HandOverFailure.INTERRUPTED),
                    status=status,
                )
                work.add(case)
            return work.answer

        _in_the_end(record)

    def _case(self, request_id: UUID) -> Request:
        """The case in its present state, even if it left the caller's scope: the result belongs to it."""
        case = self._repository.find(Request, request_id)
        assert case is not None  # noqa: S101 - its hand-over was recorded
        return case

    def _sealed_address(self, case: Request, address: TargetAddress) -> Sealed:
        text, key = f"{address.host}:{address.port}{address.path}", self._repository.case_key(case)
        return self._repository.sealer.seal_json(text, key=key, stream_id=case.id, field="address")

    def _sealed_receipt(self, case: Request, receipt: str) -> Sealed | None:
        """The sealed receipt; None also if the person's keys were destroyed meanwhile. That data left is still
        recorded.
        """
        try:
            return self._repository.seal_text(case, "receipt", receipt)
        except KeyDestroyed:
            return None


def _in_the_end(record: Callable[[], Answer]) -> Answer:
    """Record the result of a transfer, retrying while the database is down: no transfer can be repeated before."""
    for seconds in _PAUSES:
        try:
            return retrying(record)
        except ServiceWide:
            time.sleep(seconds)
    return retrying(record)
