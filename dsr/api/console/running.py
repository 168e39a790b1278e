"""The service as an operator sees it: what works, what waits for a person, keys and backups. It shows no case."""

from collections.abc import Sequence
from typing import Final

from flask import Response, current_app, request

from dsr.api.console.site import console, page, page_of
from dsr.api.context import caller, desk, readiness, service
from dsr.api.policies import row_of
from dsr.backup import BackupWatch, SeenBackup
from dsr.doctor import diagnose_machine
from dsr.domain.roles import Role
from dsr.projections.dispatches import letters_waiting
from dsr.projections.matter_letters import matter_letters_waiting
from dsr.projections.quarantine import quarantined_waiting

_BACKUPS: Final = "dsr-console-backups"
"""Where the application keeps what it read from backups; it opens each backup once."""


@console.get("/service")
@page_of((Role.OPERATOR,))
def show_running_service() -> Response:
    """Show how the service runs; no case, no letter and no person."""
    found, now = readiness().look(), service().clock.now()
    with service().database.reading() as connection:
        letters = [letters_waiting(connection, now), matter_letters_waiting(connection, now)]
        quarantined = quarantined_waiting(connection)
        policies = [row_of(each) for each in service().policy_states()]
        signed_at = desk().evidence.signed_at()
    return page(
        "service.html",
        parts=list(found.parts.items()),
        background=[(part.value, state) for part, state in found.background.items()],
        behind=found.behind,
        fence_journal=found.fence_journal,
        checks=list(diagnose_machine(service().settings, service())),
        policies=policies,
        retries=caller().scope is None,
        done=request.args.get("done") == "retry_policy",
        letters=sum(number for number, _ in letters),
        letters_since=min((since for _, since in letters if since is not None), default=None),
        quarantined=sorted((controller or "", number) for controller, number in quarantined.items()),
        signed_at=signed_at,
        backups=_backups(),
    )


def _backups() -> Sequence[SeenBackup] | None:
    """The backups, those that can't be read first, then the newest; None where no folder of them is known."""
    folder = service().settings.backups
    if folder is None:
        return None
    watch: BackupWatch = current_app.extensions.setdefault(_BACKUPS, BackupWatch(folder, service().keyring))
    return watch.every()
