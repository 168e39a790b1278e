"""Offering a package to the person: a link that expires, with a second secret; and ending it."""

from datetime import timedelta
from uuid import UUID, uuid4

import msgspec

from dsr.desk.caller import Call
from dsr.desk.exports.links import Link
from dsr.desk.exports.packages import Packages, deciding, require_deliverable
from dsr.desk.exports.purge import destruction_of
from dsr.desk.idempotency import Answer
from dsr.desk.unit_of_work import use_case
from dsr.domain.export import PurgeReason, RevocationReason
from dsr.domain.request.guards import require_examined


@use_case
def offer(packages: Packages, export_id: UUID, call: Call) -> Answer:
    """Create a link that expires. It replaces an earlier unused link. `link` shows its token and second secret.

    Raises ExportUnknown, VersionStale, Forbidden (an item of another controller), ItemNotGranted (withdrawn or reopened
    since), IdentityUnresolved, RedactionPending, MessageUnexamined, ExportOutdated, ExportIsPurged, UploadUnfinished.
    """
    token_id = uuid4()
    with deciding(packages, export_id, call) as (work, export, case):
        require_deliverable(export, case)
        require_examined(case)
        packages.uploads.require_none(case.id, export.item_id)
        expires_at = work.acting.at + timedelta(days=packages.export_days)
        export.offer(work.acting, token_id=token_id, expires_at=expires_at)
        work.effect(lambda: packages.links.add(token_id, export_id))
    return work.answer


def link(packages: Packages, answer: Answer) -> Link:
    """Token and second secret of the link in an answer of `offer`."""
    return packages.links.link(UUID(msgspec.json.decode(answer.body)["link"]["token_id"]))


@use_case
def revoke(packages: Packages, export_id: UUID, call: Call, *, reason: RevocationReason) -> Answer:
    """End the latest link and its session. A package with wrong content is purged as well.

    Raises ExportUnknown, VersionStale, Forbidden, and what `Export.revoke` or `Export.purge` does.
    """
    with deciding(packages, export_id, call) as (work, export, _):
        if reason is RevocationReason.CONTENT_WRONG:
            export.purge(work.acting, reason=PurgeReason.CONTENT_WRONG)
            work.irrevocable(*destruction_of(packages, export))
        else:
            export.revoke(work.acting, reason=reason)
    return work.answer
