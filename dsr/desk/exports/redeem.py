"""Redeeming a link with its password: the first time starts its hour, and each time leads to its session."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from dsr.desk.caller import Caller
from dsr.desk.exports.download import by_subject, chunks_of, link, require_deliverable_now, session_ends_at
from dsr.desk.exports.packages import Packages, find, find_for
from dsr.desk.unit_of_work import retrying, unit_of_work
from dsr.domain.credential import Credential
from dsr.domain.export import ExportNotOffered


@dataclass(frozen=True)
class DownloadSession:
    """The session of an hour after a link was redeemed."""

    export_id: UUID
    secret: str
    ends_at: datetime
    size: int
    """Bytes of the package."""
    kind: str


def redeem(packages: Packages, token: str, password: str, *, network: str) -> DownloadSession:
    """Begin the session of a link, or return to it. While the case forbids it, the link does not work.

    Raises ExportNotOffered, SecretWrong, ExportIsPurged, ExportIsLocked, ExportAlreadyRedeemed, ExportExpired,
    ExportIsRevoked, ExportWithheld.
    """
    export_id, token_id = packages.links.find(token)
    return _redeem(packages, export_id, token_id, password, credential=link(token_id), network=network)


def redeem_signed_in(
    packages: Packages, export_id: UUID, password: str, caller: Caller, *, network: str
) -> DownloadSession:
    """The same for a data subject who is signed in: the code sent to their address on file replaces the link.

    Raises ExportUnknown for a package of another case; otherwise as `redeem`.
    """
    export, _ = find_for(packages, export_id, caller)
    if export.latest is None:
        raise ExportNotOffered()
    return _redeem(packages, export_id, export.latest, password, credential=caller.credential, network=network)


def _redeem(
    packages: Packages,
    export_id: UUID,
    token_id: UUID,
    password: str,
    *,
    credential: Credential | None,
    network: str,
) -> DownloadSession:
    is_right = packages.links.is_right(token_id, password)

    def redeemed() -> DownloadSession:
        export, refusal = find(packages, export_id), None
        with unit_of_work(packages.repository, by_subject(export, credential)) as work:
            if is_right:
                export.redeem(work.acting, token_id=token_id, network=network)
                require_deliverable_now(packages, export)
                chunks_of(packages, export, 0, export.package.size)  # a package that can't be opened uses up no link
            else:
                refusal = export.record_wrong_secret(work.acting, token_id=token_id, network=network)
            work.add(export)
        if refusal is not None:
            raise refusal
        return DownloadSession(
            export_id,
            packages.links.session(token_id, export.offers[token_id].renewals),
            session_ends_at(export, token_id),
            export.package.size,
            export.kind.value,
        )

    return retrying(redeemed)
