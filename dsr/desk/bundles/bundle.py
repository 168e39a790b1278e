"""Preparing an audit bundle: what is in scope, the openings on record, the checkpoint that it is proved against."""

from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Final
from uuid import UUID

from dsr.desk.audits import AuditDesk
from dsr.desk.bundles.opening import Opener, PartState
from dsr.desk.bundles.scope import BundleScope
from dsr.desk.bundles.selection import Selection, select
from dsr.desk.bundles.stream import BundleContents, BundleStream
from dsr.desk.caller import Call, service
from dsr.desk.case_reports import CaseReportDesk
from dsr.desk.evidence import EvidenceDesk
from dsr.desk.repository import Repository
from dsr.desk.sealed_parts import parts_of
from dsr.desk.search_lists import SearchListDesk
from dsr.desk.unit_of_work import retrying, unit_of_work
from dsr.domain.authority_disclosure import AuthorityDisclosure
from dsr.domain.errors import Refused
from dsr.domain.matter import Matter
from dsr.domain.own_erasure import OwnErasure
from dsr.domain.request import Request
from dsr.domain.request.values import DisclosurePurpose
from dsr.eventstore.log import Log

Told = Callable[[str, int], None]
"""Gets what was done, and how many of it."""

_ROUTE: Final = "/api/v1/audit/bundles"
"""How the trail of an auditor names the reading."""

_OPENED: Final = (Matter, OwnErasure, AuthorityDisclosure)


class BundleEmpty(Refused):
    """No case or matter in this scope is on record, or none that you may see. Check the ids, the controller and the
    period; `GET /requests` lists the cases.
    """

    code = "bundle-empty"


@dataclass(frozen=True)
class PreparedBundle:
    """A bundle whose openings are on record; `chunks` makes its bytes."""

    size: int
    """Events that its checkpoint signs."""
    cases: int
    matters: int
    chunks: Callable[[Told], Iterator[bytes]]


class BundleDesk:
    """prepare a bundle."""

    def __init__(
        self,
        repository: Repository,
        log: Log,
        *,
        audits: AuditDesk,
        evidence: EvidenceDesk,
        search_lists: SearchListDesk,
        case_reports: CaseReportDesk,
    ) -> None:
        self._repository = repository
        self._log = log
        self._audits = audits
        self._evidence = evidence
        self._search_lists = search_lists
        self._case_reports = case_reports

    def prepare(self, scope: BundleScope, call: Call) -> PreparedBundle:
        """Record what will be opened, then sign the log, so that the bundle proves its own openings too.

        Raises BundleEmpty; what `EvidenceDesk.checkpoint` raises, if the log is not the one that was signed.
        """
        end = self._log.head().position
        selected = select(self._log, scope, call.caller, until=end)
        cases, matters = selected.of(Request.TOPIC), selected.of(Matter.TOPIC)
        if not cases and not matters:
            raise BundleEmpty()
        self._audits.record_page(call.caller, route=_ROUTE, subjects=(*cases, *matters))
        opener = Opener(self._repository, self._closed_keys(selected, until=end))
        for stream_id, versions in self._sealed_in(selected, opener, until=end).items():
            self._record_opening(selected.streams[stream_id], stream_id, call, versions)
        signed = self._evidence.cosigned(self._evidence.checkpoint(Call(service("evidence"))))
        contents = BundleContents(
            scope=scope,
            selected=selected,
            signed=signed,
            caller=call.caller,
            made_at=self._repository.now(),
            sign=self._evidence.sign_bundle,
        )
        stream = partial(
            BundleStream,
            contents,
            log=self._log,
            repository=self._repository,
            opener=opener,
            audits=self._audits,
            search_lists=self._search_lists,
            case_reports=self._case_reports,
        )
        return PreparedBundle(signed.checkpoint.size, len(cases), len(matters), lambda told: stream(told=told).chunks())

    def _closed_keys(self, selected: Selection, *, until: int) -> frozenset[UUID]:
        """The keys of cases that were ordered to be forgotten."""
        positions = self._log.positions_of(selected.forgotten, until=until)
        return frozenset(key_id for row in self._log.rows_at(positions) for key_id in parts_of(row.payload).all_key_ids)

    def _sealed_in(self, selected: Selection, opener: Opener, *, until: int) -> dict[UUID, tuple[int, ...]]:
        """Versions of the events that hold parts which open, by stream; of a forgotten case there are none."""
        found = defaultdict[UUID, list[int]](list)
        for row in self._log.rows_at(self._log.positions_of(selected.streams, until=until)):
            if any(opener.key(each)[0] is PartState.OPENED for each in parts_of(row.payload).key_ids):
                found[row.stream_id].append(row.stream_version)
        return {stream_id: tuple(versions) for stream_id, versions in found.items()}

    def _record_opening(self, topic: str, stream_id: UUID, call: Call, versions: tuple[int, ...]) -> None:
        """One event on the case or matter itself records the opening; letters are opened with their case."""
        if topic == Request.TOPIC:
            retrying(lambda: self._disclose(stream_id, call, versions))
        for kind in _OPENED:
            if topic == kind.TOPIC:
                retrying(partial(self._open, kind, stream_id, call, versions))

    def _disclose(self, request_id: UUID, call: Call, versions: tuple[int, ...]) -> None:
        with unit_of_work(self._repository, Call(call.caller)) as work:
            case = self._repository.request(request_id, call.caller)
            acting = self._repository.acting_on(case, work.acting)
            case.disclose(acting, purpose=DisclosurePurpose.AUDIT, versions=versions)
            work.add(case)

    def _open(
        self,
        kind: type[Matter] | type[OwnErasure] | type[AuthorityDisclosure],
        stream_id: UUID,
        call: Call,
        versions: tuple[int, ...],
    ) -> None:
        with unit_of_work(self._repository, Call(call.caller)) as work:
            found = self._repository.find(kind, stream_id)
            if found is not None:
                found.open(work.acting, purpose=DisclosurePurpose.AUDIT, versions=versions)
                work.add(found)
