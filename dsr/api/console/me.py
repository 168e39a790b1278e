"""The caller's own roles and scope, and what they are told by mail."""

from typing import Final

from flask import Response, request

from dsr.api.console.language import N_, _
from dsr.api.console.site import console, page, page_of
from dsr.api.context import caller, desk
from dsr.api.roles import MEMBERS, STAFF
from dsr.domain.telling import TellingChoice, WaitKind

_KINDS: Final = {
    WaitKind.DATE: N_("A date comes near or was missed"),
    WaitKind.APPROVAL: N_("Something waits for a second person"),
    WaitKind.ASSIGNMENT: N_("A case or matter was given to you"),
    WaitKind.MESSAGE: N_("Nobody has examined a message"),
    WaitKind.DRAFT: N_("A letter waits to be released or posted"),
    WaitKind.LETTER: N_("A letter could not be sent, or came back"),
    WaitKind.TASK: N_("Systems have to be searched"),
    WaitKind.PARKED: N_("The service gave up on a step of a case"),
    WaitKind.QUARANTINE: N_("A message could not be read or placed"),
    WaitKind.MATTER: N_("A complaint, an incident, or a letter of an authority came in"),
}

_CHOICES: Final = {
    TellingChoice.BY_URGENCY: N_("By urgency"),
    TellingChoice.AT_ONCE: N_("At once"),
    TellingChoice.DIGEST: N_("In the digest"),
    TellingChoice.OFF: N_("Not at all"),
}


@console.get("/me")
@page_of(STAFF)
def show_own_page() -> Response:
    """Show who is signed in, and what they are told; auditors are told nothing."""
    who = caller()
    is_told = not who.roles.isdisjoint(MEMBERS)
    chosen = desk().telling_choices.show(who) if is_told else {}
    return page(
        "me.html",
        tellings=[(kind.value, _(words), chosen[kind].value) for kind, words in _KINDS.items()] if is_told else [],
        choices=[(each.value, _(words)) for each, words in _CHOICES.items()],
        done=request.args.get("done") == "change_tellings",
    )
