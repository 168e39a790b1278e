"""Sessions and passkeys of members of staff, who sign in at `/sign-in`."""

from typing import Any
from uuid import UUID

from flask import Response
from marshmallow import fields, validate

from dsr.api.answering import show
from dsr.api.context import caller, desk
from dsr.api.cookies import STAFF_SESSION, cookie
from dsr.api.fields import Body, Choice, Day, Instant, NoBody, View, Whole
from dsr.api.operation import allow, this_call
from dsr.api.pages import PageQuery, page_of, show_page
from dsr.api.resource import Resource
from dsr.api.roles import MEMBERS, STAFF
from dsr.api.staff import StaffView
from dsr.desk.idempotency import Answer
from dsr.desk.session_desk import SessionFilter
from dsr.domain.roles import Role
from dsr.domain.staff_session import SessionEnd, SignInMethod, StaffSessionUnknown

bp = Resource("sessions", "", "Sessions, passkeys and linked accounts of members of staff.")


class OwnSessionView(View):
    """The session of whoever asks."""

    session_id = fields.UUID(metadata={"description": "Id of the session."})
    identifier = fields.String()
    proved_at = Instant(meaning="When the member last proved who they are.")
    form_token = fields.String(
        metadata={
            "description": "Send it as `DSR-Form-Token` with whatever is no GET, in this session only. A renewed proof "
            "replaces it."
        }
    )


class StaffSessionView(View):
    """A session of a member of staff: never its secret."""

    session_id = fields.UUID(metadata={"description": "Id of the session."})
    position = fields.Integer(metadata={"description": "Position of the sign-in in the log."})
    staff = fields.String(metadata={"description": "The member of staff."})
    method = Choice(SignInMethod)
    credential_id = fields.UUID(metadata={"description": "Id of the passkey with which the member signed in."})
    signed_in_at = Instant(meaning="When it began.")
    proved_at = Instant(meaning="When the member last proved who they are.")
    ends_at = Instant(meaning="When it ends at the latest.")
    last_seen_at = Instant(allow_none=True, meaning="When it was last used, up to a minute early; null if not known.")
    runs = fields.Boolean(metadata={"description": "Whether it still opens something."})
    ended_at = Instant(allow_none=True, meaning="When somebody ended it; null if nobody did.")
    ended_by = fields.String(allow_none=True, metadata={"description": "Who ended it; null if nobody did."})
    end_reason = Choice(SessionEnd, allow_none=True, meaning="Why it ended; null if it ended by time, or runs.")


class EndedSessionsView(View):
    """Sessions that ended just now."""

    ended = fields.List(fields.UUID(), metadata={"description": "Their ids."})


class PasskeyView(View):
    """An authenticator of a member of staff."""

    passkey_id = fields.UUID(metadata={"description": "Id of the passkey."})
    staff_id = fields.UUID(metadata={"description": "Id of the member of staff in the log."})
    position = fields.Integer(metadata={"description": "Position of its event in the log."})
    staff = fields.String(metadata={"description": "The member of staff."})
    webauthn_id = fields.String(metadata={"description": "The id that the authenticator chose, base64url."})
    public_key = fields.String(metadata={"description": "Its public key: COSE, base64url."})
    rp_id = fields.String(metadata={"description": "The host name that it is bound to."})
    is_synced = fields.Boolean(metadata={"description": "Whether its maker copies it to other devices of the person."})
    transports = fields.List(
        fields.String(), metadata={"description": "How a browser reaches it, such as `internal` or `usb`."}
    )
    registered_at = Instant(meaning="When it was registered.")
    last_used_on = Day(allow_none=True, meaning="Day of its last use, in UTC; null: never since it was registered.")
    revoked_at = Instant(allow_none=True, meaning="When it was revoked; null if it works.")
    revoked_by = fields.String(allow_none=True, metadata={"description": "Who revoked it; null if it works."})


class AccountView(View):
    """An account at the organisation's provider with which a member of staff signs in."""

    account_id = fields.UUID(metadata={"description": "Id of the linked account."})
    staff_id = fields.UUID(metadata={"description": "Id of the member of staff in the log."})
    position = fields.Integer(metadata={"description": "Position of its event in the log."})
    staff = fields.String(metadata={"description": "The member of staff."})
    issuer = fields.String(metadata={"description": "The provider, as `DSR_OIDC_ISSUER` named it then."})
    subject = fields.String(metadata={"description": "What the provider calls the account: `sub`."})
    linked_at = Instant(meaning="When it was linked.")
    linked_by = fields.String(metadata={"description": "Who linked it."})
    unlinked_at = Instant(allow_none=True, meaning="When it was unlinked; null if it works.")
    unlinked_by = fields.String(allow_none=True, metadata={"description": "Who unlinked it; null if it works."})


class AccountBody(Body):
    """An account at the organisation's provider."""

    subject = fields.String(
        required=True,
        validate=(validate.Length(1, 255), Whole("^[!-~]+$", error="Send `sub` as the provider shows it.")),
        metadata={"description": "What the provider calls the account (`sub`); not a mail address."},
    )


@bp.get("/session")
@allow(*STAFF)
@bp.shows(OwnSessionView)
def show_session() -> Response:
    """Show the session of whoever asks, with its form token; a token has none (`staff-session-unknown`)."""
    who = caller()
    if who.session_id is None:
        raise StaffSessionUnknown()
    return show(
        {
            "session_id": who.session_id,
            "identifier": who.actor,
            "proved_at": who.proved_at,
            "form_token": desk().my.form_token(cookie(STAFF_SESSION)),
        }
    )


@bp.get("/staff/<identifier>/sessions")
@allow(*STAFF)
@bp.asks(PageQuery)
@bp.shows(page_of(StaffSessionView))
def list_sessions(query: dict[str, Any], identifier: str) -> Response:
    """List the sessions of a member of staff, the latest first: anybody's own, to an operator, a DPO and an auditor
    those of others in their scope.
    """
    return show_page(desk().sessions.of(identifier, caller(), SessionFilter(**query)))


@bp.post("/staff/<identifier>/sessions/<uuid:session_id>/end")
@allow(*MEMBERS)
@bp.takes(NoBody)
@bp.command(EndedSessionsView, if_match=False, versioned=False)
def end_session(_: dict[str, Any], identifier: str, session_id: UUID) -> Answer:
    """End one session: anybody their own, an operator that of another."""
    return desk().sessions.end(identifier, session_id, this_call())


@bp.post("/staff/<identifier>/sessions/end")
@allow(*MEMBERS)
@bp.takes(NoBody)
@bp.command(EndedSessionsView, if_match=False, versioned=False)
def end_sessions(_: dict[str, Any], identifier: str) -> Answer:
    """End every session of a member of staff: anybody their own, an operator those of another."""
    return desk().sessions.end_all(identifier, this_call())


@bp.get("/staff/<identifier>/passkeys")
@allow(*STAFF)
@bp.shows(page_of(PasskeyView))
def list_passkeys(identifier: str) -> Response:
    """List the authenticators of a member of staff: anybody's own, to an operator, a DPO and an auditor those of others
    in their scope.

    Always one page. They are registered at `/account`.
    """
    return show({"items": desk().signing_in.passkeys(identifier, caller()), "next": None})


@bp.post("/staff/<identifier>/passkeys/<uuid:passkey_id>/revocation")
@allow(*MEMBERS)
@bp.takes(NoBody)
@bp.command(StaffView, if_match=False)
def revoke_passkey(_: dict[str, Any], identifier: str, passkey_id: UUID) -> Answer:
    """End one authenticator and its sessions: anybody their own while another is left, an operator that of another."""
    return desk().signing_in.revoke(identifier, passkey_id, this_call())


@bp.get("/staff/<identifier>/accounts")
@allow(*STAFF)
@bp.shows(page_of(AccountView))
def list_accounts(identifier: str) -> Response:
    """List the accounts at the organisation's provider that were linked to a member of staff: anybody's own, to an
    operator, a DPO and an auditor those of others in their scope.

    Always one page.
    """
    return show({"items": desk().openid_sign_in.accounts(identifier, caller()), "next": None})


@bp.post("/staff/<identifier>/accounts")
@allow(Role.OPERATOR)
@bp.takes(AccountBody)
@bp.command(StaffView)
def link_account(body: dict[str, Any], identifier: str) -> Answer:
    """Let a member of staff sign in with an account at the organisation's provider. A second person confirms them."""
    return desk().openid_sign_in.link(identifier, this_call(), **body)


@bp.post("/staff/<identifier>/accounts/<uuid:account_id>/unlinking")
@allow(*MEMBERS)
@bp.takes(NoBody)
@bp.command(StaffView, if_match=False)
def unlink_account(_: dict[str, Any], identifier: str, account_id: UUID) -> Answer:
    """End the sign-in with an account, and its sessions: anybody their own, an operator that of another."""
    return desk().openid_sign_in.unlink(identifier, account_id, this_call())
