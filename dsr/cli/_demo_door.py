"""What the demo left, opened in a browser: `dsr demo --open` serves it on this machine alone.

One link signs its first visitor in as a handler of the demo. It is printed on the machine, works once, and leads to
this data only: the folder has to bear the demo's mark, and the address is that of the machine itself.
"""

import logging
import secrets
from collections.abc import Callable
from pathlib import Path
from threading import Event, Thread
from typing import Final

from flask import Flask, Response, request
from werkzeug.serving import make_server

from dsr.api import create_app
from dsr.api.console.tour import hang_tour
from dsr.api.cookies import STAFF_SESSION, cookie
from dsr.api.errors import PathUnknown
from dsr.api.my.account import local
from dsr.api.my.staff_sign_in import begin
from dsr.api.operation import public
from dsr.api.stepping_up import PAGE as STEP_UP_PAGE
from dsr.bootstrap import Service, build
from dsr.demo.client import DemoFailed
from dsr.demo.office import MARKER, Office
from dsr.desk.errors import SignInNeeded
from dsr.domain.errors import DomainError
from dsr.settings import load_settings
from dsr.worker import Worker

HANDLER: Final = "ann"
"""The member of the demo's team as whom a visitor looks around."""

_HERE: Final = "localhost"


def serve_what_is_left(folder: Path, port: int, tell: Callable[[str], None]) -> None:
    """Serve the folder of a demo until interrupted, with a worker beside it; `tell` gets the link. Raises DemoFailed.

    Without the worker no letter of a visitor would leave, and none would be drafted.
    """
    office = Office(folder.absolute())
    if not (office.folder / MARKER).is_file():
        raise DemoFailed(f"{folder} holds no demo. Play it first, with `make demo` or `dsr demo`.")
    url = f"http://{_HERE}:{port}"
    service, stop = build(load_settings(office.copied_to(office.folder) | {"DSR_PUBLIC_URL": url})), Event()
    try:
        try:
            service.check()
        except DomainError as error:
            raise DemoFailed(f"{folder} can't be served ({error.code}). Play the demo anew.") from error
        app = create_app(service)
        code = hang_door(app, service)
        try:
            server = make_server(_HERE, port, app, threaded=True)
        except (OSError, SystemExit) as error:  # the library ends the program where the port is taken
            raise DemoFailed(f"{url} can't be listened on. Name another --port.") from error
        logging.getLogger("werkzeug").setLevel(logging.WARNING)
        working = Thread(target=Worker(service).work, args=(stop,), daemon=True)
        working.start()
        try:
            tell(f"{url}/open/{code}")
            server.serve_forever()
        finally:
            stop.set()
            working.join()
    finally:
        service.close()


def hang_door(app: Flask, service: Service) -> str:
    """Add the page that signs in the first visitor with the code; return the code."""
    codes = [secrets.token_urlsafe(24)]

    @public
    def come_in(code: str) -> Response:
        """Begin a session of the handler, once."""
        if not codes or not secrets.compare_digest(code.encode(), codes[0].encode()):
            raise PathUnknown()
        codes.clear()
        return begin(service.desk.sessions.begin_on_machine(HANDLER), "/console")

    def vouch_again() -> Response | None:
        """Begin a new session where the visitor, who has no passkey, would have to show one."""
        if request.method != "GET" or request.path != STEP_UP_PAGE:
            return None
        try:
            who = service.desk.staff.authenticate_session(cookie(STAFF_SESSION))
        except SignInNeeded:
            return None
        if who.actor != HANDLER:
            return None
        return begin(service.desk.sessions.begin_on_machine(HANDLER), local(request.args.get("next", "")) or "/console")

    app.before_request(vouch_again)
    hang_tour(app, service)
    app.add_url_rule("/open/<code>", come_in.__name__, come_in, methods=["GET"])
    return codes[0]
