"""What the house does besides cases: its staff, its record of processing, its keys, its own erasures, authorities."""

import ssl
from datetime import date
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from dsr.desk.caller import Call, Caller, service
from dsr.desk.errors import AuthorityDisclosureUnknown, OwnErasureUnknown
from dsr.domain.authority_disclosure import DisclosureFinding
from dsr.domain.log_signing import LOG_SIGNING_ID
from dsr.domain.own_erasure import OwnErasureKind
from dsr.domain.request.values import Channel
from dsr.domain.roles import Role
from dsr.domain.ropa import ROPA_ID, AnnouncementChannel
from dsr.domain.staff import Training, staff_id
from dsr.domain.telling import TellingChoice, WaitKind
from dsr.openid import Fetcher, OpenIdClient, OpenIdProvider
from dsr.policies.positions import Parked
from tests.authenticator import staff_at_browser
from tests.catalogue import roles
from tests.catalogue.command import AtDesk, Command, OverHttp, at_desk
from tests.catalogue.starts import enrolled, nothing
from tests.desk.office import Office

EXAMPLE_ROPA: Final = Path(__file__).parents[2] / "dsr" / "ropa" / "example.yaml"


def _adopt(office: Office, _: Any, call: Call) -> Any:
    return office.desk.ropa.adopt(EXAMPLE_ROPA.read_bytes().replace(b"callcentre-fr", b"callcentre-ff"), call)


def _controllers_changed(office: Office) -> UUID:
    _adopt(office, None, Call(office.ann))
    return ROPA_ID


def _signed_log(office: Office) -> UUID:
    office.desk.evidence.checkpoint(Call(service("evidence")))
    return LOG_SIGNING_ID


def _parked(office: Office) -> None:
    """A case that waits for a policy which gave up on it."""
    parked = Parked("acknowledge-receipt", office.arrived(), 6, "ropa-missing", office.clock.now(), None)
    office.service.policies.positions.park(parked, position=office.service.log.head().position)


def _announce(office: Office, _: Any, call: Call) -> Any:
    return office.desk.announcements.complete(
        2,
        call,
        announced_on=office.clock.now().date(),
        channels=(AnnouncementChannel.WEBSITE,),
        summary="Another French member.",
    )


def _report(office: Office, _: Any, call: Call) -> Any:
    return office.desk.own_erasures.report(
        call,
        kind=OwnErasureKind.REFUSED_RECORDING,
        controller_id="callcentre-de",
        system="recordings",
        found_at=office.clock.now(),
        description="The call of 09:12; she said no.",
    )


def _reported(office: Office) -> UUID:
    return UUID(_report(office, None, Call(office.ann)).resource_id)


def _record_request(office: Office, _: Any, call: Call) -> Any:
    return office.desk.authority_disclosures.record_request(
        call,
        controller_id="callcentre-de",
        authority="Staatsanwaltschaft Berlin",
        country="DE",
        received_at=office.clock.now(),
        channel=Channel.POST,
        text="Send us the recording of 2 March.",
        reference="234 Js 567/26",
        provision="§ 95 StPO",
    )


def _requested(office: Office) -> UUID:
    return UUID(_record_request(office, None, Call(office.bob)).resource_id)


_REVIEW = at_desk(
    "authority_disclosures.review",
    _requested,
    "authority-disclosure.reviewed",
    unknown=AuthorityDisclosureUnknown,
    finding=DisclosureFinding.DISCLOSE_IN_PART,
    provision="§ 95 StPO",
    agreement="",
    extent=("recording",),
    reasons="The provision demands it.",
)


def _allowed(office: Office) -> UUID:
    disclosure_id = _requested(office)
    _REVIEW.run(office, disclosure_id, Call(office.ann))
    return disclosure_id


def _with_token(office: Office) -> UUID:
    enrolled(office)
    issued = office.desk.staff.issue_token("carla", Call(service("test")))
    office.remembered["token"] = UUID(issued.resource_id)
    return staff_id("carla")


def _with_ann(office: Office) -> UUID:
    """Ann issues a token of her own."""
    office.enrol("ann")
    return staff_id("ann")


def _reachable(office: Office) -> UUID:
    enrolled(office)
    office.desk.work_addresses.give("carla", Call(office.ann), email="carla@staff.example")
    return staff_id("carla")


def _unconfirmed(office: Office) -> UUID:
    """The operator gave Carla a wider scope."""
    enrolled(office)
    operator = Call(Caller("operator", frozenset({Role.OPERATOR}), None))
    office.desk.staff.change_roles("carla", operator, roles=(Role.HANDLER,), controllers=("*",))
    return staff_id("carla")


def _on_carla(method: str, /, *makes: str, **facts: Any) -> AtDesk:
    """A use case on a member of staff, who is in the scope of everybody who may do it."""
    room, name = method.split(".")

    def run(office: Office, _: Any, call: Call) -> Any:
        return getattr(getattr(office.desk, room), name)("carla", call, **facts)

    return AtDesk(method=method, given=enrolled, run=run, makes=makes, unknown=None)


def _browsing(office: Office) -> UUID:
    """Carla registered a passkey, and a session of hers runs."""
    enrolled(office)
    staff_at_browser(office, "carla")
    return staff_id("carla")


def _with_provider(office: Office) -> UUID:
    enrolled(office)
    office.desk.openid_sign_in._provider = OpenIdProvider(
        OpenIdClient("https://login.example", "dsr", "secret"),
        Fetcher("login.example:443", ssl.create_default_context()),
    )
    return staff_id("carla")


def _with_account(office: Office) -> UUID:
    """Carla signs in with an account that was linked on the machine."""
    _with_provider(office)
    office.desk.openid_sign_in.link("carla", Call(service("test")), subject="248289761002")
    account, *_ = office.desk.openid_sign_in.accounts("carla", office.member("carla"))
    office.remembered["account"] = account["account_id"]
    return staff_id("carla")


def _enrol(office: Office, _: Any, call: Call) -> Any:
    today = office.clock.now().date()
    return office.desk.staff.enrol(
        call,
        identifier="carla",
        roles=(Role.HANDLER,),
        controllers=("*",),
        confidentiality_signed_on=today,
        training=Training("gdpr-basics", today),
    )


COMMANDS = (
    Command(
        name="choose what to be told",
        desk=AtDesk(
            method="telling_choices.choose",
            given=nothing,
            run=lambda office, _, call: office.desk.telling_choices.choose(
                call, chosen={WaitKind.MESSAGE: TellingChoice.AT_ONCE}
            ),
            makes=(),
            unknown=None,
            versioned=False,
        ),
        http=OverHttp("/staff/me/tellings", roles.MEMBER, versioned=False),
    ),
    Command(
        name="report data that must go",
        desk=AtDesk(
            method="own_erasures.report",
            given=nothing,
            run=_report,
            makes=("own-erasure.reported",),
            unknown=None,
            versioned=False,
        ),
        http=OverHttp(
            "/own-initiative-erasures", frozenset({Role.INTAKE, Role.HANDLER, Role.SYSTEM_OWNER}), versioned=False
        ),
    ),
    Command(
        name="carry out an erasure on own initiative",
        desk=at_desk(
            "own_erasures.carry_out",
            _reported,
            "own-erasure.carried-out",
            unknown=OwnErasureUnknown,
            deleted_at=None,
            systems=("recordings",),
            recipients_told=("telephony",),
            account="Deleted with its copies.",
            person_unknown=True,
        ),
        http=OverHttp("/own-initiative-erasures/{}/completion", frozenset({Role.SYSTEM_OWNER})),
    ),
    Command(
        name="cancel an erasure on own initiative",
        desk=at_desk(
            "own_erasures.cancel",
            _reported,
            "own-erasure.cancelled",
            unknown=OwnErasureUnknown,
            reason="She agreed after all.",
        ),
        http=OverHttp("/own-initiative-erasures/{}/cancellation", roles.HANDLER),
    ),
    Command(
        name="record the request of an authority",
        desk=AtDesk(
            method="authority_disclosures.record_request",
            given=nothing,
            run=_record_request,
            makes=("authority-disclosure.requested",),
            unknown=None,
            versioned=False,
        ),
        http=OverHttp("/authority-disclosures", roles.INTAKE, versioned=False),
    ),
    Command(
        name="review the request of an authority",
        desk=_REVIEW,
        http=OverHttp("/authority-disclosures/{}/review", roles.APPROVER),
    ),
    Command(
        name="give to an authority",
        desk=at_desk(
            "authority_disclosures.give",
            _allowed,
            "authority-disclosure.given",
            unknown=AuthorityDisclosureUnknown,
            given_at=None,
            channel=Channel.IN_PERSON,
            systems=("recordings",),
            categories=("recording",),
            content="The recording of Ada Lovelace.",
            contact="Inspector Lestrade",
        ),
        http=OverHttp("/authority-disclosures/{}/delivery", roles.EXECUTOR),
    ),
    Command(
        name="enrol",
        desk=AtDesk(
            method="staff.enrol",
            given=nothing,
            run=_enrol,
            makes=(
                "staff.enrolled",
                "staff.confirmation-asked",
                "staff.confidentiality-signed",
                "staff.training-completed",
            ),
            unknown=None,
            versioned=False,
        ),
        http=OverHttp("/staff", roles.OPERATOR, versioned=False),
    ),
    Command(
        name="change roles",
        desk=_on_carla(
            "staff.change_roles",
            "staff.roles-changed",
            "staff.confirmation-asked",
            roles=(Role.DPO,),
            controllers=("*",),
        ),
        http=OverHttp("/staff/{}/roles", roles.OPERATOR),
    ),
    Command(
        name="confirm a member of staff",
        desk=AtDesk(
            method="staff.confirm",
            given=_unconfirmed,
            run=lambda office, _, call: office.desk.staff.confirm("carla", call),
            makes=("staff.confirmed",),
            unknown=None,
        ),
        http=OverHttp("/staff/{}/confirmation", roles.CONFIRMER),
    ),
    Command(
        name="sign confidentiality",
        desk=_on_carla("staff.sign_confidentiality", "staff.confidentiality-signed", signed_on=date(2026, 3, 4)),
        http=OverHttp("/staff/{}/confidentiality", roles.OPERATOR),
    ),
    Command(
        name="complete training",
        desk=_on_carla(
            "staff.complete_training", "staff.training-completed", training=Training("phishing", date(2026, 3, 4))
        ),
        http=OverHttp("/staff/{}/training", roles.OPERATOR),
    ),
    Command(
        name="give an address",
        desk=_on_carla(
            "work_addresses.give",
            "staff.address-given",
            "staff.confirmation-asked",
            email="carla@staff.example",
        ),
        http=OverHttp("/staff/{}/address", roles.OPERATOR),
    ),
    Command(
        name="leave", desk=_on_carla("staff.leave", "staff.left"), http=OverHttp("/staff/{}/leaving", roles.OPERATOR)
    ),
    Command(
        name="issue a token",
        desk=AtDesk(
            method="staff.issue_token",
            given=_with_ann,
            run=lambda office, _, call: office.desk.staff.issue_token("ann", call),
            makes=("staff.token-issued",),
            unknown=None,
        ),
        http=OverHttp("/staff/{}/tokens", roles.MEMBER, versioned=False),
    ),
    Command(
        name="invite",
        desk=AtDesk(
            method="invitations.invite",
            given=_reachable,
            run=lambda office, _, call: office.desk.invitations.invite("carla", call),
            makes=("staff.invited",),
            unknown=None,
        ),
        http=OverHttp("/staff/{}/invitations", roles.OPERATOR, versioned=False),
    ),
    Command(
        name="accept an invitation",
        http=OverHttp("/invitations/acceptance", roles.ANYONE, takes_key=False, versioned=False),
    ),
    Command(
        name="accept an invitation on its page",
        http=OverHttp("/invitation", roles.ANYONE, takes_key=False, versioned=False),
    ),
    *(
        Command(name=name, http=OverHttp(path, roles.ANYONE, takes_key=False, versioned=False))
        for name, path in (
            ("offer a passkey to an invited member", "/invitation/passkey"),
            ("register the passkey of an invited member", "/invitation/registration"),
            ("sign in as a member of staff", "/sign-in"),
            ("sign out as a member of staff", "/sign-out"),
            ("register another passkey", "/account/passkeys"),
            ("revoke a passkey on its page", "/account/passkeys/revocation"),
            ("end a session on its page", "/account/sessions/end"),
            ("prove oneself once more", "/account/step-up"),
            ("revoke a token on its page", "/account/tokens/revocation"),
        )
    ),
    Command(
        name="end a session of a member of staff",
        desk=AtDesk(
            method="sessions.end",
            given=_browsing,
            run=lambda office, _, call: office.desk.sessions.end("carla", office.remembered["session"], call),
            makes=("staff-session.ended",),
            unknown=None,
            versioned=False,
        ),
        http=OverHttp("/staff/{}/sessions/{}/end", roles.MEMBER, versioned=False),
    ),
    Command(
        name="end all sessions of a member of staff",
        desk=AtDesk(
            method="sessions.end_all",
            given=_browsing,
            run=lambda office, _, call: office.desk.sessions.end_all("carla", call),
            makes=("staff-session.ended",),
            unknown=None,
            versioned=False,
        ),
        http=OverHttp("/staff/{}/sessions/end", roles.MEMBER, versioned=False),
    ),
    Command(
        name="revoke a passkey",
        desk=AtDesk(
            method="signing_in.revoke",
            given=_browsing,
            run=lambda office, _, call: office.desk.signing_in.revoke("carla", office.remembered["passkey"], call),
            makes=("staff.passkey-revoked", "staff-session.ended"),
            unknown=None,
        ),
        http=OverHttp("/staff/{}/passkeys/{}/revocation", roles.MEMBER, versioned=False),
    ),
    Command(
        name="link an account",
        desk=AtDesk(
            method="openid_sign_in.link",
            given=_with_provider,
            run=lambda office, _, call: office.desk.openid_sign_in.link("carla", call, subject="248289761001"),
            makes=("staff.account-linked", "staff.confirmation-asked"),
            unknown=None,
        ),
        http=OverHttp("/staff/{}/accounts", roles.OPERATOR),
    ),
    Command(
        name="unlink an account",
        desk=AtDesk(
            method="openid_sign_in.unlink",
            given=_with_account,
            run=lambda office, _, call: office.desk.openid_sign_in.unlink("carla", office.remembered["account"], call),
            makes=("staff.account-unlinked",),
            unknown=None,
        ),
        http=OverHttp("/staff/{}/accounts/{}/unlinking", roles.MEMBER, versioned=False),
    ),
    Command(
        name="revoke a token",
        desk=AtDesk(
            method="staff.revoke_token",
            given=_with_token,
            run=lambda office, _, call: office.desk.staff.revoke_token("carla", office.remembered["token"], call),
            makes=("staff.token-revoked",),
            unknown=None,
        ),
        http=OverHttp("/staff/{}/tokens/{}/revocation", roles.MEMBER, versioned=False),
    ),
    Command(
        name="adopt the record of processing",
        desk=AtDesk(
            method="ropa.adopt",
            given=nothing,
            run=_adopt,
            makes=("ropa.adopted", "ropa.controllers-changed"),
            unknown=None,
            versioned=False,
        ),
        http=OverHttp("/ropa", roles.OPERATOR, versioned=False),
    ),
    Command(
        name="announce a change of controllers",
        desk=AtDesk(
            method="announcements.complete",
            given=_controllers_changed,
            run=_announce,
            makes=("ropa.controllers-announced",),
            unknown=None,
        ),
        http=OverHttp("/announcements/{}/completion", frozenset({Role.HANDLER, Role.OPERATOR})),
    ),
    Command(
        name="change the key that signs packages",
        desk=AtDesk(
            method="signing.rotate",
            given=nothing,
            run=lambda office, _, call: office.desk.signing.rotate("callcentre-de", call),
            makes=("signing-key.opened", "signing-key.introduced"),
            unknown=None,
            versioned=False,
        ),
        http=OverHttp("/controllers/{}/signing-keys", roles.OPERATOR, versioned=False),
    ),
    Command(
        name="change the key that signs the log",
        desk=AtDesk(
            method="evidence.rotate",
            given=_signed_log,
            run=lambda office, _, call: office.desk.evidence.rotate(call),
            makes=("log-signing.key-introduced",),
            unknown=None,
            versioned=False,
        ),
        http=OverHttp("/evidence/keys", roles.OPERATOR, versioned=False),
    ),
    Command(
        name="retry a policy",
        desk=AtDesk(
            method="policy_retries.ask",
            given=_parked,
            run=lambda office, _, call: office.desk.policy_retries.ask("acknowledge-receipt", call),
            makes=("policy-retry.asked",),
            unknown=None,
            versioned=False,
        ),
        http=OverHttp("/policies/{}/retries", roles.OPERATOR, versioned=False),
    ),
)
