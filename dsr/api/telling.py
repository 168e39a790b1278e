"""What a member of staff is told by mail, and when."""

from typing import Any

from flask import Response
from marshmallow import Schema, post_load

from dsr.api.answering import show
from dsr.api.context import caller, desk
from dsr.api.fields import Body, Choice, View
from dsr.api.operation import allow, this_call
from dsr.api.resource import Resource
from dsr.api.roles import MEMBERS
from dsr.desk.idempotency import Answer
from dsr.domain.telling import TellingChoice, WaitKind

bp = Resource("telling", "/staff/me/tellings", "What one is told by mail: at once, in the digest at 8:00, or not.")


def _told_of(meaning: str) -> Choice:
    return Choice(TellingChoice, meaning=meaning)


class _Kinds(Schema):
    """When one is told of each kind."""

    date = _told_of("A date approaches or was missed. It can't be `off`.")
    approval = _told_of("A proposal or an edited letter waits for a second person.")
    assignment = _told_of("A request or matter was assigned to you.")
    message = _told_of("A request or a message that nobody has examined.")
    draft = _told_of("A letter waits to be released or posted.")
    letter = _told_of("A letter could not be sent, or came back.")
    task = _told_of("Systems have to be searched.")
    parked = _told_of("A policy failed, and no attempt is left.")
    quarantine = _told_of("A message that could not be read or placed.")
    matter = _told_of("A complaint, an incident, or a letter of an authority or a court that came in.")


class ToldKindsBody(Body, _Kinds):
    """When to be told of each kind; kinds that are not named stay as they are."""

    @post_load
    def plain(self, given: dict[str, Any], **_: object) -> dict[WaitKind, TellingChoice]:
        """By kind."""
        return {WaitKind(kind): choice for kind, choice in given.items()}


class ToldKindsView(View, _Kinds):
    """When one is told of each kind."""


@bp.get("")
@allow(*MEMBERS)
@bp.shows(ToldKindsView)
def show_tellings() -> Response:
    """Show when one is told of what."""
    return show({kind.value: choice for kind, choice in desk().telling_choices.show(caller()).items()})


@bp.post("")
@allow(*MEMBERS)
@bp.takes(ToldKindsBody)
@bp.command(ToldKindsView, if_match=False, versioned=False)
def change_tellings(chosen: dict[WaitKind, TellingChoice]) -> Answer:
    """Choose when one is told of what; kinds that are not named stay as they are."""
    return desk().telling_choices.choose(this_call(), chosen=chosen)
