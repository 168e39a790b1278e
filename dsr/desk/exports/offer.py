"""Offering a package to the person: a link that expires, with a password; opening it again; ending it (docs/law §12).

The case records each of these beside the package, since its closing waits for the password.
"""

from datetime import timedelta
from uuid import UUID, uuid4

import msgspec

from dsr.desk.caller import Call
from dsr.desk.errors import SecretShown
from dsr.desk.exports.links import Link
from dsr.desk.exports.packages import Packages, answer_with, deciding, find, find_for, require_deliverable
from dsr.desk.exports.purge import destruction_of
from dsr.desk.idempotency import Answer
from dsr.desk.tokens import REPEATED_FOR
from dsr.desk.unit_of_work import UnitOfWork, unit_of_work, use_case
from dsr.domain.errors import DomainError
from dsr.domain.export import Export, ExportIsPurged, ExportNotOffered, LinkStillWorks, PurgeReason, RevocationReason
from dsr.domain.request import Request
from dsr.domain.request.guards import require_examined


@use_case
def offer(packages: Packages, export_id: UUID, call: Call) -> Answer:
    """Create a link that expires. It replaces an earlier unused link. `link` shows its token and password.

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
        _tell_case(packages, work, export, case)
        work.effect(lambda: packages.links.add(token_id, export))
    return work.answer


def link(packages: Packages, answer: Answer) -> Link:
    """Token and password of the link in an answer of `offer`.

    A repeated call gets them for ten minutes. Raises ExportUnknown, ExportIsPurged, SecretShown.
    """
    body = msgspec.json.decode(answer.body)
    export, token_id = find(packages, UUID(body["export_id"])), UUID(body["link"]["token_id"])
    if export.purged_at is not None:
        raise ExportIsPurged(purged_at=export.purged_at)
    if export.offers[token_id].offered_at + REPEATED_FOR <= packages.repository.now():
        raise SecretShown()
    return packages.links.link(token_id)


@use_case
def renew(packages: Packages, export_id: UUID, call: Call) -> Answer:
    """Open the latest link again: the person keeps link and password, so that nothing has to be sent.

    Raises as `offer`, without UploadUnfinished; and ExportNotOffered, LinkStillWorks, ExportIsLocked, ExportIsRevoked.
    """
    with deciding(packages, export_id, call) as (work, export, case):
        require_deliverable(export, case)
        require_examined(case)
        _renew(packages, work, export, case)
    return work.answer


@use_case
def ask_for_link(packages: Packages, export_id: UUID, call: Call) -> Answer:
    """Record that the person asks for a new link to a package whose link is used up, expired or revoked.

    The team grants it, by `renew` or `offer`. Where a setting says so, a link that was not revoked opens again at once,
    if the package may still be handed over. Raises ExportUnknown, ExportNotOffered, LinkStillWorks,
    LinkAlreadyRequested.
    """
    with unit_of_work(packages.repository, call) as work:
        export, case = find_for(packages, export_id, call.caller)
        latest = export.offer_made
        if latest is None:
            raise ExportNotOffered()
        if export.purged_at is None and latest.works(work.acting.at) and not latest.is_used_up(work.acting.at):
            raise LinkStillWorks()
        case.ask_for_link(
            packages.repository.acting_on(case, work.acting),
            item_id=export.item_id,
            export_id=export_id,
        )
        work.add(case)
        if packages.new_link_at_once and _can_renew(export, case):
            _renew(packages, work, export, case)
            work.add(export)
        work.respond(lambda: answer_with(packages.repository, export, case))
    return work.answer


@use_case
def revoke(packages: Packages, export_id: UUID, call: Call, *, reason: RevocationReason) -> Answer:
    """End the latest link and its session. A package with wrong content is purged as well.

    Raises ExportUnknown, VersionStale, Forbidden, and what `Export.revoke` or `Export.purge` does.
    """
    with deciding(packages, export_id, call) as (work, export, case):
        if reason is RevocationReason.CONTENT_WRONG:
            export.purge(work.acting, reason=PurgeReason.CONTENT_WRONG)
            work.irrevocable(*destruction_of(packages, export))
        else:
            export.revoke(work.acting, reason=reason)
        if export.latest is not None and export.item_id in case.items:
            acting = packages.repository.acting_on(case, work.acting)
            case.revoke_offer(acting, item_id=export.item_id, token_id=export.latest, reason=reason)
            work.add(case)
    return work.answer


def _can_renew(export: Export, case: Request) -> bool:
    latest = export.offer_made
    if latest is None or latest.revoked is not None:
        return False
    try:
        require_deliverable(export, case)
        require_examined(case)
    except DomainError:
        return False
    return True


def _renew(packages: Packages, work: UnitOfWork, export: Export, case: Request) -> None:
    export.renew(work.acting, expires_at=work.acting.at + timedelta(days=packages.export_days))
    _tell_case(packages, work, export, case)
    renewed = export.offer_made
    if renewed is None:
        raise ExportIsPurged()
    work.effect(lambda: packages.links.renew(renewed.token_id, renewed.renewals))


def _tell_case(packages: Packages, work: UnitOfWork, export: Export, case: Request) -> None:
    """Let the case record the latest link of its package."""
    latest = export.offer_made
    if latest is None:
        raise ExportNotOffered()
    case.offer_package(
        packages.repository.acting_on(case, work.acting),
        item_id=export.item_id,
        export_id=export.id,
        token_id=latest.token_id,
        expires_at=latest.expires_at,
    )
    if case not in work.aggregates:
        work.add(case)
