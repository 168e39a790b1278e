"""A page of a package before the package is built: exactly what the person will see, opened on record."""

from uuid import UUID

from dsr.desk.caller import Call
from dsr.desk.exports.own_file import sealed_versions
from dsr.desk.exports.packages import Packages, kind_of_copy
from dsr.desk.exports.prepare import contents_of
from dsr.desk.idempotency import Answer
from dsr.desk.repository import of_items, require_answering, require_version
from dsr.desk.search_results import gives_own_file
from dsr.desk.unit_of_work import unit_of_work, use_case
from dsr.domain.events import Event
from dsr.domain.request import Request
from dsr.domain.request.collection import DataCollected
from dsr.domain.request.values import DisclosurePurpose
from dsr.exports import PackageStream


def preview(packages: Packages, request_id: UUID, item_id: str, call: Call, *, path: str) -> bytes | None:
    """The page at this path of the package, by what was collected and redacted; None if it will have none there.

    A handler looks at the page before they confirm a redaction, so a redaction may still wait, and a search be open.
    Raises RequestUnknown, Forbidden, VersionStale, ItemUnknown, ItemHasNoCopy, ItemNotGranted, ExportEmpty,
    KeyDestroyed.
    """
    repository = packages.repository
    case = repository.request(request_id, call.caller)
    require_answering(case, call.caller, of_items(item_id))
    kind_of_copy(case, item_id)
    events = repository.events_of(case)
    stream = PackageStream(contents_of(packages, case, item_id, repository.now(), events))
    _record(packages, request_id, call, _opened(case, item_id, events))
    return stream.page(path)


@use_case
def _record(packages: Packages, request_id: UUID, call: Call, versions: tuple[int, ...]) -> Answer:
    repository = packages.repository
    with unit_of_work(repository, call) as work:
        case = repository.request(request_id, call.caller)
        require_version(case, call.expected)
        acting = repository.acting_on(case, work.acting)
        case.disclose(acting, purpose=DisclosurePurpose.ANSWERING, versions=versions)
        work.add(case)
        work.respond(lambda: Answer(b"", case.version))
    return work.answer


def _opened(case: Request, item_id: str, events: tuple[Event, ...]) -> tuple[int, ...]:
    """The events whose content the pages show: what was collected, and the file on the request."""
    collected = {
        each.originator_version
        for each in events
        if isinstance(each, DataCollected) and each.data_set.data_set_id in case.copies.data_sets
    }
    own = sealed_versions(events) if gives_own_file(case, case.item(item_id)) else ()
    return tuple(sorted(collected.union(own)))
