"""The team: its members, what they may do, and how they sign in."""

from datetime import date
from typing import Any, Final
from urllib.parse import urlencode

from flask import Response, request

from dsr.api.console.command_words import command_in_words
from dsr.api.console.operations import command_named
from dsr.api.console.site import console, page, page_of
from dsr.api.context import caller, desk, service
from dsr.api.roles import SEES_CREDENTIALS, SEES_STAFF
from dsr.desk.session_desk import SessionFilter
from dsr.domain.roles import Role
from dsr.domain.staff import StaffUnknown
from dsr.projections import staff_list
from dsr.projections.rows import Row
from dsr.projections.staff import staff_row

_ROWS: Final = 50

_CONFIRMS: Final = "confirm_staff"

_COMMANDS: Final = (
    *(_CONFIRMS, "invite_staff", "give_address", "sign_confidentiality", "complete_training", "change_roles"),
    *("link_account", "end_sessions", "record_leaving"),
)
"""Commands on a member, in the order in which a team needs them."""

_OWN: Final = frozenset({"end_session", "end_sessions", "revoke_token", "revoke_passkey", "unlink_account"})
"""Commands of a member on their own credentials."""


@console.get("/team")
@page_of(SEES_STAFF)
def show_team() -> Response:
    """List the members of staff, by identifier."""
    with service().database.reading() as connection:
        found = staff_list(connection, caller().scope, cursor=request.args.get("cursor"), limit=_ROWS)
    return page("team.html", members=found.rows, next=found.next, enrols=Role.OPERATOR in caller().roles)


@console.get("/team/<identifier>")
@page_of(SEES_STAFF)
def show_member(identifier: str) -> Response:
    """Show a member of staff; sessions, passkeys, tokens and accounts only to those who may see them."""
    with service().database.reading() as connection:
        row = staff_row(connection, identifier, caller().scope)
        if row is None:
            raise StaffUnknown()
        return page(
            "member.html",
            member=row,
            training=[(course, date.fromisoformat(day)) for course, day in row["training"].items()],
            steps=[] if row["has_left"] else _steps(row),
            ends=_may("end_session", identifier),
            **_credentials(identifier),
        )


def _credentials(identifier: str) -> dict[str, Any]:
    """What a member signs in with, as far as it still works."""
    who, at = caller(), service().clock.now()
    if identifier != who.actor and who.roles.isdisjoint(SEES_CREDENTIALS):
        return {"sees": False}
    sessions = desk().sessions.of(identifier, who, SessionFilter()).rows
    tokens = desk().staff.tokens_of(identifier, who)
    linked = desk().openid_sign_in.accounts(identifier, who) if desk().openid_sign_in.is_available else []
    return {
        "sees": True,
        "sessions": [each for each in sessions if each["runs"]],
        "passkeys": [each for each in desk().signing_in.passkeys(identifier, who) if each["revoked_at"] is None],
        "tokens": [each for each in tokens if not each.revoked and each.expires_at > at],
        "accounts": [each for each in linked if each["unlinked_at"] is None],
    }


def _steps(member: Row) -> list[tuple[str, str]]:
    """The words and the address of each command on a member that the caller may give."""
    return [
        (command_in_words(name), f"/console/staff/{member['identifier']}/do/{name}{_present(name, member)}")
        for name in _COMMANDS
        if _may(name, member["identifier"]) and (name != _CONFIRMS or confirms(member))
    ]


def confirms(member: Row) -> bool:
    """Whether the caller is the second person for whom this member waits."""
    return member["unconfirmed"] and desk().staff.may_confirm(member["identifier"], caller())


def _present(name: str, member: Row) -> str:
    """The present values, with which a form that replaces them begins."""
    if name != "change_roles":
        return ""
    asked = "asked_" if member["unconfirmed"] else ""
    given = {"roles": member[f"{asked}roles"], "controllers": member[f"{asked}controllers"]}
    return f"?{urlencode(given | {'access_ends_on': member['access_ends_on'] or ''}, doseq=True)}"


def _may(name: str, identifier: str) -> bool:
    """Whether the caller may give this command on this member.

    Members give those on their own credentials, operators also those on the credentials of others.
    """
    allowed = command_named(name, "identifier").operation.roles or frozenset()
    if name in _OWN and identifier != caller().actor:
        allowed &= {Role.OPERATOR}
    return not caller().roles.isdisjoint(allowed)
