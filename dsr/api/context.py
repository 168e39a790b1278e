"""What a view works with: the service, the desk, who asks."""

from typing import cast

from flask import current_app, g, request

from dsr.bootstrap import Service
from dsr.desk.caller import Caller
from dsr.desk.desk import Desk
from dsr.domain.roles import Role

EXTENSION = "dsr"
"""Where the application keeps its service."""


def service() -> Service:
    """The service that this application was made for."""
    return cast(Service, current_app.extensions[EXTENSION])


def desk() -> Desk:
    """The use cases."""
    return service().desk


def goes_over_https() -> bool:
    """Whether browsers reach this service by https; behind a proxy its public URL says so."""
    return request.is_secure or service().settings.public_url.startswith("https:")


def caller() -> Caller:
    """Who asks; known wherever a route names roles."""
    return cast(Caller, g.caller)


def is_subject() -> bool:
    """Whether a data subject asks, who is shown the public view of the one case."""
    return Role.DATA_SUBJECT in caller().roles
