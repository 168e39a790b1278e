"""Health: liveness and readiness."""

from collections.abc import Callable

from flask import Response
from marshmallow import fields, validate

from dsr.api.answering import show
from dsr.api.context import desk, proxies, service
from dsr.api.errors import NotReady
from dsr.api.fields import View
from dsr.api.operation import public
from dsr.api.proxies import UNTRUSTED
from dsr.api.resource import Resource
from dsr.database.migrations import check_schema
from dsr.desk.heartbeats import SILENT, Part
from dsr.domain.dispatch.errors import PublicUrlUnset
from dsr.domain.errors import DomainError
from dsr.projections import require_current

bp = Resource("health", "", "Probes for monitoring.")
bp.url_prefix = ""


class LiveView(View):
    """The process answers."""

    status = fields.String(metadata={"enum": ["live"], "description": "Always `live`."})


class ReadyView(View):
    """Each part that the service needs."""

    database = fields.String(metadata={"enum": ["ok"], "description": "The main database answers."})
    migrations = fields.String(metadata={"enum": ["ok"], "description": "Its tables are those of this program."})
    log = fields.String(metadata={"enum": ["ok"], "description": "The log can be read."})
    keys = fields.String(metadata={"enum": ["ok"], "description": "The key database can be opened."})
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
    """Report whether the service can serve: database, migrations, log, read models, keys; 503 names the failures.

    `background` tells whether mail is taken in, letters leave and dates are recorded.
    """
    checks: dict[str, Callable[[], None]] = {
        "database": _database,
        "migrations": _migrations,
        "log": _log,
        "keys": service().keystore.verify,
    }
    states = {name: _state(check) for name, check in checks.items()}
    if set(states.values()) != {"ok"}:
        raise NotReady(**states)
    with service().database.reading() as connection:
        background = desk().heartbeats.states(connection, service().clock.now())
    links = "ok" if service().settings.public_url else PublicUrlUnset.code
    return show(states | {"links": links, "proxies": proxies().state, "background": background})


def _state(check: Callable[[], None]) -> str:
    try:
        check()
    except DomainError as error:
        return error.code
    return "ok"


def _database() -> None:
    with service().database.reading() as connection:
        connection.exec_driver_sql("SELECT 1")


def _migrations() -> None:
    check_schema(service().database, "main")
    check_schema(service().keys_database, "keys")


def _log() -> None:
    with service().database.reading() as connection:
        require_current(connection, service().log.head().position)
    service().log_mark.require_reached()
