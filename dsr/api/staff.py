"""Staff: roles, scopes and tokens. An identifier is never given to another person."""

from typing import Any
from uuid import UUID

import msgspec
from flask import Response
from marshmallow import fields, post_load, validate

from dsr.api.answering import show
from dsr.api.attempts import count_attempt
from dsr.api.context import caller, desk, service
from dsr.api.fields import Body, Choice, Code, Day, Email, Instant, NoBody, Tuple, View, WholeNumber
from dsr.api.operation import allow, public, respond, this_call
from dsr.api.pages import PageQuery, page_of, show_page
from dsr.api.resource import Resource
from dsr.api.roles import MEMBERS, SEES_CREDENTIALS, SEES_STAFF, STAFF
from dsr.desk.idempotency import Answer
from dsr.domain.roles import Role
from dsr.domain.staff import IDENTIFIER, StaffUnknown, TokenLimits, Training
from dsr.projections import staff_list
from dsr.projections.credentials import staff_credentials
from dsr.projections.staff import staff_row

bp = Resource("staff", "", "Members of staff and tokens.")


class StaffView(View):
    """A member of staff."""

    identifier = fields.String()
    roles = fields.List(Choice(Role))
    controllers = fields.List(fields.String())
    unconfirmed = fields.Boolean(
        metadata={"description": "Whether a second person still has to confirm what this member may do."}
    )
    asked_roles = fields.List(
        Choice(Role), metadata={"description": "What waits for confirmation; `roles` is what holds until then."}
    )
    asked_controllers = fields.List(
        fields.String(), metadata={"description": "The scope that waits for confirmation; empty if nothing waits."}
    )
    has_left = fields.Boolean(metadata={"description": "They have no access any more."})
    access_ends_on = Day(allow_none=True, meaning="Last day of access, in UTC; null for no end.")
    confidentiality_signed_on = Day(allow_none=True, meaning="Null if nothing was signed (GDPR Art. 29, 32(4)).")
    training_completed_on = Day(allow_none=True, meaning="Of the latest course (GDPR Art. 39(1)(b)).")
    training = fields.Dict(fields.String(), Day(), metadata={"description": "When each course was completed."})
    reachable = fields.Boolean(metadata={"description": "Whether the service has a working address of them."})


class StaffLineView(StaffView):
    """A member of staff in the list."""

    staff_id = fields.UUID(metadata={"description": "Id of the member of staff in the log."})
    version = fields.Integer()
    enrolled_at = Instant(meaning="When they were enrolled.")
    confirmed_by = fields.String(
        allow_none=True, metadata={"description": "Who confirmed what they may do now; null if nobody did or had to."}
    )
    last_position = fields.Integer(metadata={"description": "Of their last event in the log."})


class MeView(View):
    """The holder of the token."""

    identifier = fields.String()
    roles = fields.List(Choice(Role))
    controllers = fields.List(fields.String())
    credential = fields.String(
        metadata={"description": "What they identified themselves with, as events name it: `token:<id>`."}
    )
    reads_only = fields.Boolean(metadata={"description": "This token changes nothing and opens no personal data."})


class TokenView(View):
    """What a token is for, and what it gives."""

    token_id = fields.UUID()
    expires_at = Instant()
    name = fields.String(
        allow_none=True, metadata={"description": "What it is for; null for the token that an invitation gave."}
    )
    roles = fields.List(
        Choice(Role), allow_none=True, metadata={"description": "It gives these roles alone; null: all of the holder."}
    )
    controllers = fields.List(
        fields.String(),
        allow_none=True,
        metadata={"description": "It opens these controllers alone; null: all in the scope of the holder."},
    )
    reads_only = fields.Boolean(metadata={"description": "It changes nothing and opens no personal data."})
    calendar_only = fields.Boolean(
        metadata={"description": "It gives the calendar of due dates at its address, and nothing else."}
    )


class TokenLineView(TokenView):
    """A token: never the secret."""

    revoked = fields.Boolean(metadata={"description": "It was revoked before it expired."})
    last_used_on = Day(allow_none=True, meaning="Day of its last use, in UTC; null: never.")


class IssuedTokenView(TokenView):
    """An issued token: `token` is shown only here and never stored."""

    identifier = fields.String()
    token = fields.String()


class InvitationView(View):
    """An invitation that is on its way. Nobody but its holder sees the code."""

    invitation_id = fields.UUID(metadata={"description": "Id of the invitation."})
    identifier = fields.String(metadata={"description": "The member of staff who is invited."})
    expires_at = Instant(meaning="Until when it can be accepted, unless another one replaces it.")


class CredentialView(View):
    """A token, an invitation or a linked account of a member of staff: never the secret."""

    credential_id = fields.UUID(metadata={"description": "Id of the token, of the invitation or of the account."})
    position = fields.Integer(metadata={"description": "Position of its event in the log."})
    kind = fields.String(metadata={"description": "`token`, `invitation` or `account`."})
    staff = fields.String(metadata={"description": "The member of staff it belongs to."})
    issued_by = fields.String(metadata={"description": "Who made it: a member of staff, or a part of the service."})
    for_another = fields.Boolean(metadata={"description": "Whether somebody else made it."})
    issued_at = Instant(meaning="When it was made.")
    expires_at = Instant(allow_none=True, meaning="When it ends by itself; null for an account, which does not.")
    ended_at = Instant(allow_none=True, meaning="When it was revoked, used, replaced or unlinked; null if it was not.")
    name = fields.String(allow_none=True, metadata={"description": "What a token is for; null where nobody said."})
    only_roles = fields.List(
        Choice(Role), allow_none=True, metadata={"description": "A token gives these roles alone; null: all."}
    )
    only_controllers = fields.List(
        fields.String(), allow_none=True, metadata={"description": "A token opens these controllers alone; null: all."}
    )
    reads_only = fields.Boolean(metadata={"description": "A token changes nothing and opens no personal data."})
    calendar_only = fields.Boolean(
        metadata={"description": "A token gives the calendar of due dates at its address, and nothing else."}
    )


class AcceptanceBody(Body):
    """The code of an invitation."""

    code = fields.String(
        required=True, validate=validate.Length(1, 200), metadata={"description": "From the mail: `dsri_…`."}
    )


class ConfidentialityBody(Body):
    """The signature of a confidentiality agreement (GDPR Art. 29, 32(4))."""

    signed_on = Day(required=True, meaning="Today at the latest, in UTC.")


class TrainingBody(Body):
    """A course in data protection (GDPR Art. 39(1)(b))."""

    course = Code(required=True, meaning="Such as `gdpr-basics-2026`.")
    completed_on = Day(required=True, meaning="Today at the latest, in UTC.")

    @post_load
    def training(self, given: dict[str, Any], **_: object) -> Training:
        """Convert to the value that the desk takes."""
        return Training(**given)


class WorkAddressBody(Body):
    """A work address."""

    email = Email(
        required=True,
        meaning="Warned there of dates that come near or were missed; no mailbox that requests come to.",
    )


class RolesBody(Body):
    """Roles, scope and end of access."""

    roles = Tuple(
        Choice(Role, offered=STAFF),
        required=True,
        meaning="All but `operator` need confidentiality and training first; `auditor` stands alone.",
    )
    controllers = Tuple(
        Code(),
        required=True,
        meaning="For which controllers they work; an asterisk stands for all, including future ones.",
    )
    access_ends_on = Day(
        load_default=None,
        allow_none=True,
        meaning="Last day of access, in UTC, today at the earliest; an auditor needs one. Null: no end.",
    )


class NewIdentifier(Code):
    """An identifier that is to be given; the domain says what is wrong with one that is a code and no identifier."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            meaning="2 to 40 lower-case letters, digits, dots or hyphens, a letter first, no sign last; never reused.",
            **kwargs,
        )
        self.metadata = {**self.metadata, "pattern": f"^{IDENTIFIER}$"}


class EnrolmentBody(RolesBody):
    """A new member of staff, with signature and training."""

    identifier = NewIdentifier(required=True)
    confidentiality_signed_on = Day(load_default=None, allow_none=True, meaning="Today at the latest, in UTC.")
    training = fields.Nested(
        TrainingBody,
        load_default=None,
        allow_none=True,
        metadata={"description": "The latest training in data protection; null if there was none."},
    )


class ValidityBody(Body):
    """The validity of a token."""

    days = WholeNumber(
        load_default=None,
        allow_none=True,
        validate=validate.Range(1, 366),
        metadata={"description": "Null: as long as the settings say."},
    )


class TokenBody(ValidityBody):
    """What a token is for, and what it gives less than its holder has."""

    name = Code(required=True, meaning="What it is for, such as `nightly-report`; the log shows it, so name no person.")
    roles = Tuple(
        Choice(Role, offered=STAFF),
        shortest=1,
        load_default=None,
        allow_none=True,
        meaning="It gives these roles alone, as long as the holder has them; null: all that they have.",
    )
    controllers = Tuple(
        Code(),
        shortest=1,
        load_default=None,
        allow_none=True,
        meaning="It opens these controllers alone, as long as they are in the holder's scope; null: all of it.",
    )
    reads_only = fields.Boolean(
        load_default=False, metadata={"description": "It changes nothing and opens no personal data."}
    )
    calendar_only = fields.Boolean(
        load_default=False,
        metadata={
            "description": "It gives the calendar of due dates at `/console/calendar/<token>.ics`, to which calendars "
            "subscribe, and nothing else."
        },
    )

    @post_load
    def limits(self, given: dict[str, Any], **_: object) -> dict[str, Any]:
        """Convert to what the desk takes."""
        limits = TokenLimits(*(given.pop(each) for each in ("roles", "controllers", "reads_only", "calendar_only")))
        return given | {"limits": limits}


@bp.get("/staff")
@allow(*SEES_STAFF)
@bp.asks(PageQuery)
@bp.shows(page_of(StaffLineView))
def list_staff(query: dict[str, Any]) -> Response:
    """List everybody ever enrolled who shares a controller with the caller, by identifier."""
    with service().database.reading() as connection:
        return show_page(staff_list(connection, caller().scope, **query))


@bp.get("/staff/me")
@allow(*STAFF)
@bp.shows(MeView)
def show_me() -> Response:
    """Show the holder of this token, with the roles and the scope that it gives now."""
    who = caller()
    controllers = ["*"] if who.scope is None else sorted(who.scope)
    return show(
        {
            "identifier": who.actor,
            "roles": sorted(who.roles),
            "controllers": controllers,
            "credential": str(who.credential),
            "reads_only": who.limits.reads_only,
        }
    )


@bp.get("/staff/<identifier>")
@allow(*SEES_STAFF)
@bp.shows(StaffLineView, versioned=True)
def show_staff(identifier: str) -> Response:
    """Show a member of staff who shares a controller with the caller."""
    with service().database.reading() as connection:
        row = staff_row(connection, identifier, caller().scope)
    if row is None:
        raise StaffUnknown()
    return show(row, version=row["version"])


@bp.post("/staff")
@allow(Role.OPERATOR)
@bp.takes(EnrolmentBody)
@bp.command(StaffView, if_match=False, key_required=True, made="staff.show_staff")
def enrol_staff(body: dict[str, Any]) -> Answer:
    """Enrol a person with identifier, roles and scope."""
    return desk().staff.enrol(this_call(), **body)


@bp.post("/staff/<identifier>/confirmation")
@allow(Role.OPERATOR, Role.DPO)
@bp.takes(NoBody)
@bp.command(StaffView)
def confirm_staff(_: dict[str, Any], identifier: str) -> Answer:
    """Confirm, as a second person, what a member of staff may do: neither they nor whoever enrolled or changed them.

    Until then, new roles do not hold if an operator or a data protection officer is there who could confirm them.
    """
    return desk().staff.confirm(identifier, this_call())


@bp.post("/staff/<identifier>/confidentiality")
@allow(Role.OPERATOR)
@bp.takes(ConfidentialityBody)
@bp.command(StaffView)
def sign_confidentiality(body: dict[str, Any], identifier: str) -> Answer:
    """Record a signed confidentiality agreement."""
    return desk().staff.sign_confidentiality(identifier, this_call(), **body)


@bp.post("/staff/<identifier>/training")
@allow(Role.OPERATOR)
@bp.takes(TrainingBody)
@bp.command(StaffView)
def complete_training(training: Training, identifier: str) -> Answer:
    """Record that somebody completed a course in data protection."""
    return desk().staff.complete_training(identifier, this_call(), training=training)


@bp.post("/staff/<identifier>/roles")
@allow(Role.OPERATOR)
@bp.takes(RolesBody)
@bp.command(StaffView)
def change_roles(body: dict[str, Any], identifier: str) -> Answer:
    """Replace roles, scope and the end of access."""
    return desk().staff.change_roles(identifier, this_call(), **body)


@bp.post("/staff/<identifier>/address")
@allow(Role.OPERATOR)
@bp.takes(WorkAddressBody)
@bp.command(StaffView)
def give_address(body: dict[str, Any], identifier: str) -> Answer:
    """Store a work address, sealed; it is never shown again."""
    return desk().work_addresses.give(identifier, this_call(), **body)


@bp.post("/staff/<identifier>/leaving")
@allow(Role.OPERATOR)
@bp.takes(NoBody)
@bp.command(StaffView)
def record_leaving(_: dict[str, Any], identifier: str) -> Answer:
    """Record that a member of staff leaves, which ends all access."""
    return desk().staff.leave(identifier, this_call())


@bp.get("/staff/<identifier>/tokens")
@allow(*STAFF)
@bp.shows(page_of(TokenLineView))
def list_tokens(identifier: str) -> Response:
    """List the tokens of a member of staff, with the day of their last use: anybody's own, to an operator, a DPO and an
    auditor those of others in their scope.

    Always one page.
    """
    items = [
        {
            "token_id": each.token_id,
            "expires_at": each.expires_at,
            "revoked": each.revoked,
            "last_used_on": each.last_used_on,
            "name": each.name,
            "roles": each.limits.roles,
            "controllers": each.limits.controllers,
            "reads_only": each.limits.reads_only,
            "calendar_only": each.limits.calendar_only,
        }
        for each in desk().staff.tokens_of(identifier, caller())
    ]
    return show({"items": items, "next": None})


@bp.post("/staff/<identifier>/invitations")
@allow(Role.OPERATOR)
@bp.takes(NoBody)
@bp.issues(InvitationView)
def invite_staff(_: dict[str, Any], identifier: str) -> Response:
    """Mail a member of staff a code with which they fetch a token, at their work address. Nobody else sees it.

    An earlier invitation ends. The data protection officer is told.
    """
    return respond(desk().invitations.invite(identifier, this_call()), 201)


@bp.post("/invitations/acceptance")
@public
@bp.takes(AcceptanceBody)
@bp.may_fail(403)
@bp.shows(IssuedTokenView, description="The token, shown this once.")
def accept_invitation(body: dict[str, Any]) -> Response:
    """Fetch the token that an invitation gives. The code works once; people enter it at `/invitation`."""
    count_attempt()
    answer, token = desk().invitations.accept(body["code"])
    return show(msgspec.json.decode(answer.body) | {"token": token})


@bp.get("/credentials")
@allow(*SEES_CREDENTIALS)
@bp.asks(PageQuery)
@bp.shows(page_of(CredentialView))
def list_credentials(query: dict[str, Any]) -> Response:
    """List every token, invitation and linked account of staff, the latest first; `for_another` marks those that
    somebody else made.
    """
    with service().database.reading() as connection:
        return show_page(staff_credentials(connection, caller().scope, **query))


@bp.post("/staff/<identifier>/tokens")
@allow(*MEMBERS)
@bp.takes(TokenBody)
@bp.issues(IssuedTokenView)
def issue_token(body: dict[str, Any], identifier: str) -> Response:
    """Issue a token of one's own, for a program or a script; it is shown once.

    It gives less than its holder has where the body says so, and never more than they have at the time of use. The
    holder is told by mail a week before it ends. Nobody issues one for another: they are invited.
    """
    return _with_secret(desk().staff.issue_token(identifier, this_call(), **body))


@bp.post("/staff/<identifier>/tokens/<uuid:token_id>/revocation")
@allow(*MEMBERS)
@bp.takes(NoBody)
@bp.command(StaffView, if_match=False)
def revoke_token(_: dict[str, Any], identifier: str, token_id: UUID) -> Answer:
    """End one token: anybody their own, an operator that of another."""
    return desk().staff.revoke_token(identifier, token_id, this_call())


def _with_secret(answer: Answer) -> Response:
    body = msgspec.json.decode(answer.body) | {"token": desk().staff.secret(answer)}
    return respond(Answer(msgspec.json.encode(body), answer.version), 201)
