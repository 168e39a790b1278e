"""Health: liveness and readiness."""

from flask import Response
from marshmallow import fields, validate

from dsr.api.answering import show
from dsr.api.context import proxies, readiness, service
from dsr.api.errors import NotReady
from dsr.api.fields import View
from dsr.api.operation import public
from dsr.api.proxies import UNTRUSTED
from dsr.api.resource import Resource
from dsr.desk.heartbeats import SILENT, Part
from dsr.domain.dispatch.errors import PublicUrlUnset
from dsr.vault import FenceJournalCopyUnreadable

bp = Resource("health", "", "Probes for monitoring.")
bp.url_prefix = ""


class LiveView(View):
    """The process answers."""

    status = fields.String(metadata={"enum": ["live"], "description": "Always `live`."})


class ReadyView(View):
    """Each part that the service needs."""

    status = fields.String(
        metadata={
            "enum": ["ready", "degraded"],
            "description": "`ready`: all works. `degraded`: requests are served, but somebody has to look at what "
            "`degraded` names.",
        }
    )
    degraded = fields.List(
        fields.String(),
        metadata={
            "description": "What does not work: `fence_journal`, `links`, `proxies`, `read_models`, or a part of "
            "`background`."
        },
    )
    database = fields.String(metadata={"enum": ["ok"], "description": "The main database answers."})
    migrations = fields.String(metadata={"enum": ["ok"], "description": "Its tables are those of this program."})
    log = fields.String(metadata={"enum": ["ok"], "description": "The log can be read."})
    keys = fields.String(metadata={"enum": ["ok"], "description": "The key database can be opened."})
    files = fields.String(
        metadata={"enum": ["ok"], "description": "The folder of encrypted files is the right one and can be written."}
    )
    links = fields.String(
        metadata={
            "enum": ["ok", PublicUrlUnset.code],
            "description": "`public-url-unset`: no mail can hold a link to a package. The service serves all the same.",
        }
    )
    proxies = fields.String(
        metadata={
            "enum": ["ok", UNTRUSTED],
            "description": f"`{UNTRUSTED}`: within the hour a request was forwarded by a proxy that "
            "`DSR_TRUSTED_PROXIES` does not name, so that all its visitors count as one. It serves all the same.",
        }
    )
    fence_journal = fields.String(
        metadata={
            "enum": ["ok", FenceJournalCopyUnreadable.code],
            "description": f"`{FenceJournalCopyUnreadable.code}`: the copy of the fence journal can't be read; it may "
            "name more forgotten files than the journal itself. The service serves all the same.",
        }
    )
    read_models = fields.List(
        fields.String(),
        metadata={
            "description": "Lists and numbers that show what they held before an upgrade, until `dsr upgrade` has "
            "rebuilt them. No decision of the service rests on them."
        },
    )
    background = fields.Dict(
        keys=fields.String(validate=validate.OneOf([*Part])),
        values=fields.String(),
        metadata={
            "description": f"What runs in the background, by part: `ok`, `{SILENT}` (no sign of life came in time), or "
            "the code of the error by which its last turn failed. The service still serves, but somebody has to look."
        },
    )


@bp.get("/health/live")
@bp.unlimited
@public
@bp.shows(LiveView)
def show_liveness() -> Response:
    """Report that the process answers; checks nothing else."""
    return show({"status": "live"})


@bp.get("/health/ready")
@bp.unlimited
@public
@bp.shows(ReadyView)
def show_readiness() -> Response:
    """Report whether the service can serve; 503 names what is in the way. Looked at once a second at most.

    `degraded` names what does not work although requests are served: links in letters, proxies, the copy of the fence
    journal, lists that an upgrade has yet to rebuild, and what runs in the background, such as taking in mail, sending
    letters and recording dates.
    """
    found = readiness().look()
    if not found.is_ready:
        raise NotReady(**found.parts)
    links = "ok" if service().settings.public_url else PublicUrlUnset.code
    beside = {"links": links, "proxies": proxies().state, "fence_journal": found.fence_journal}
    degraded = sorted(name for name, state in (beside | found.background).items() if state != "ok")
    if found.behind:
        degraded.append("read_models")
    status = "degraded" if degraded else "ready"
    return show(
        found.parts
        | beside
        | {"read_models": found.behind, "background": found.background, "status": status, "degraded": degraded}
    )
