"""Processing that is restricted, objected to, or rested on consent (GDPR Art. 7(3), 18, 21)."""

from datetime import date
from typing import Any
from uuid import UUID

from dsr.domain.request.letters import LetterKind
from dsr.domain.request.standing import RestrictionGround
from dsr.domain.request.values import BalanceFinding
from dsr.domain.rights import Right
from tests.catalogue import bodies, roles
from tests.catalogue.act import Act
from tests.catalogue.command import AtDesk, Command, OverHttp, at_desk
from tests.catalogue.maker import APPROVER, BASES, SYSTEM_OWNER
from tests.catalogue.starts import arrived, first, granted, registered
from tests.desk.office import Office, letter

_RESTRICT = at_desk(
    "restriction.restrict",
    granted(Right.RESTRICTION),
    ("request.processing-restricted", "request.hold-released"),
    "restriction",
    ground="accuracy-contested",
    facts="She says the address is wrong.",
    activities=("customer-relations",),
    review_on=date(2027, 6, 1),
)


def _restricted(office: Office) -> UUID:
    request_id = office.granted(Right.RESTRICTION)
    _RESTRICT.run(office, request_id, office.call(request_id))
    return request_id


def _on_restriction(method: str, given: Any, makes: str, /, **facts: Any) -> AtDesk:
    """A use case on the first restriction of a case."""
    return at_desk(method, given, makes, lambda office, subject: first(office.case(subject).restrictions), **facts)


_TELL = _on_restriction(
    "restriction.tell_of_lifting", _restricted, "request.lifting-announced", draft=letter(LetterKind.LIFTING)
)


def _lifting_announced(office: Office) -> UUID:
    request_id = _restricted(office)
    _TELL.run(office, request_id, office.call(request_id))
    return request_id


_OBJECT = at_desk(
    "objection.object",
    registered(Right.OBJECTION),
    (
        "request.objection-raised",
        "request.processing-restricted",
        "request.recipients-listed",
        "request.hold-released",
    ),
    "objection",
    activities=("employee-evaluation",),
    grounds="My health suffers from it.",
)


def _objected(office: Office) -> UUID:
    request_id = office.registered(Right.OBJECTION)
    _OBJECT.run(office, request_id, office.call(request_id))
    return request_id


def _objection_granted(office: Office) -> UUID:
    request_id = _objected(office)
    office.desk.items.grant(request_id, "objection", office.call(request_id))
    return request_id


def _marketing(office: Office) -> UUID:
    request_id = office.arrived()
    office.desk.triage.register(request_id, office.call(request_id), rights=(Right.OBJECTION,), direct_marketing=True)
    return request_id


def _on_hold(method: str, given: Any, makes: str, /, **facts: Any) -> AtDesk:
    """A use case on the hold that a restriction is."""
    return at_desk(
        method,
        given,
        makes,
        lambda office, subject: first(office.case(subject).holds),
        **({"reason": "The other caller is a child."} | facts),
    )


_PROPOSE_EXCEPTION = _on_hold(
    "holds.propose_exception", _restricted, "request.exception-proposed", ground="protect-another", systems=("crm",)
)


def _exception_proposed(office: Office) -> UUID:
    request_id = _restricted(office)
    _PROPOSE_EXCEPTION.run(office, request_id, office.call(request_id, office.bob))
    return request_id


COMMANDS = (
    Command(
        name="restrict",
        act=Act(
            "restrict",
            lambda case, item_id="restriction": {
                "restriction_id": case.uuid(),
                "item_id": item_id,
                "ground": RestrictionGround.ACCURACY_CONTESTED.value,
                "facts": case.sealed(),
                "activities": BASES[1:],
                "review_on": date(2026, 6, 1),
            },
        ),
        desk=_RESTRICT,
        http=OverHttp(
            "/requests/{}/items/{}/restriction",
            roles.HANDLER,
            {
                "ground": "accuracy-contested",
                "facts": "Another address.",
                "activities": ["customer-relations"],
                "review_on": "2026-06-01",
            },
        ),
    ),
    Command(
        name="use restricted data",
        act=Act(
            "use_restricted_data",
            lambda case, restriction_id=None: {
                "restriction_id": restriction_id or case.restriction_id,
                "account": case.sealed(),
            },
        ),
        desk=_on_restriction(
            "restriction.use",
            _restricted,
            "request.restricted-data-used",
            use="legal-claims",
            account="The call of 3 March, for counsel.",
        ),
        http=OverHttp(
            "/requests/{}/restrictions/{}/use", roles.HANDLER, {"use": "legal-claims", "account": "For counsel."}
        ),
    ),
    Command(
        name="review a restriction",
        act=Act(
            "set_review",
            lambda case, restriction_id=None: {
                "restriction_id": restriction_id or case.restriction_id,
                "review_on": date(2026, 9, 1),
                "reason": case.sealed(),
            },
        ),
        desk=_on_restriction(
            "restriction.set_review",
            _restricted,
            "request.restriction-reviewed",
            review_on=date(2026, 9, 1),
            reason="Still being checked.",
        ),
        http=OverHttp(
            "/requests/{}/restrictions/{}/review",
            roles.HANDLER,
            {"review_on": "2026-09-01", "reason": "Still being checked."},
        ),
    ),
    Command(
        name="tell of lifting a restriction",
        act=Act(
            "tell_of_lifting",
            lambda case, restriction_id=None: {
                "restriction_id": restriction_id or case.restriction_id,
                "notice": case.letter(LetterKind.LIFTING),
            },
        ),
        desk=_TELL,
        http=OverHttp("/requests/{}/restrictions/{}/lifting-notice", roles.HANDLER, bodies.notice(LetterKind.LIFTING)),
    ),
    Command(
        name="lift a restriction",
        act=Act(
            "lift_restriction",
            lambda case, restriction_id=None: {
                "restriction_id": restriction_id or case.restriction_id,
                "reason": case.sealed(),
            },
        ),
        desk=_on_restriction(
            "restriction.lift", _lifting_announced, "request.restriction-lifted", reason="The address was right."
        ),
        http=OverHttp("/requests/{}/restrictions/{}/lifting", roles.HANDLER, {"reason": "The address was right."}),
    ),
    Command(
        name="propose an exception to a restriction",
        act=Act(
            "propose_exception",
            lambda case, hold_id=None: {
                "hold_id": hold_id or case.hold_id,
                "ground": "protect-another",
                "systems": ("crm",),
                "reason": case.sealed(),
            },
        ),
        desk=_PROPOSE_EXCEPTION,
        http=OverHttp(
            "/requests/{}/holds/{}/exception",
            roles.HANDLER,
            {"ground": "protect-another", "systems": ["crm"], "reason": "The other caller is a child."},
        ),
    ),
    Command(
        name="approve an exception to a restriction",
        act=Act(
            "approve_exception",
            lambda case, hold_id=None: {"hold_id": hold_id or case.hold_id, "systems": ("crm", "telephony")},
            actor=APPROVER,
        ),
        desk=_on_hold("holds.decide_exception", _exception_proposed, "request.exception-approved", approve=True),
        http=OverHttp("/requests/{}/holds/{}/exception/decision", roles.APPROVER, {"approve": True}),
    ),
    Command(
        name="decline an exception to a restriction",
        act=Act(
            "decline_exception",
            lambda case, hold_id=None: {"hold_id": hold_id or case.hold_id, "reason": case.sealed()},
            actor=APPROVER,
        ),
        desk=_on_hold("holds.decide_exception", _exception_proposed, "request.exception-declined", approve=False),
    ),
    Command(
        name="object",
        act=Act(
            "object",
            lambda case, item_id="objection": {
                "item_id": item_id,
                "activities": BASES[1:],
                "grounds": case.sealed(),
                "restriction_id": case.uuid(),
            },
        ),
        desk=_OBJECT,
        http=OverHttp("/requests/{}/items/{}/objection", roles.HANDLER),
    ),
    Command(
        name="object to what rests on consent too",
        desk=at_desk(
            "objection.object",
            registered(Right.OBJECTION),
            (
                "request.objection-raised",
                "request.processing-restricted",
                "request.recipients-listed",
                "request.item-opened",
                "request.item-granted",
                "request.consent-withdrawn",
                "request.hold-released",
            ),
            "objection",
            activities=("employee-evaluation", "customer-calls"),
            grounds="My health suffers from it.",
        ),
    ),
    Command(
        name="object to direct marketing",
        desk=at_desk(
            "objection.object",
            _marketing,
            ("request.item-granted", "request.processing-stopped"),
            "objection",
            activities=(),
            grounds="",
        ),
    ),
    Command(
        name="balance interests",
        act=Act(
            "balance_interests",
            lambda case, item_id="objection": {
                "item_id": item_id,
                "finding": BalanceFinding.CONTROLLER_PREVAILS,
                "assessment": case.sealed(),
            },
        ),
        desk=at_desk(
            "objection.balance",
            _objected,
            "request.interests-balanced",
            "objection",
            finding=BalanceFinding.PREVAILS_IN_PART,
            assessment="Scores are needed for pay, recordings are not.",
            extent=("score",),
        ),
        http=OverHttp(
            "/requests/{}/items/{}/balance",
            roles.HANDLER,
            {"finding": "subject-prevails", "assessment": "Nothing compels."},
        ),
    ),
    Command(
        name="stop processing",
        act=Act(
            "stop_processing",
            lambda case, item_id="objection": {"item_id": item_id, "systems": ("telephony",)},
            actor=SYSTEM_OWNER,
        ),
        desk=at_desk(
            "objection.stop", _objection_granted, "request.processing-stopped", "objection", systems=("recordings",)
        ),
        http=OverHttp("/requests/{}/items/{}/stop", roles.EXECUTOR, {"systems": ["crm"]}),
    ),
    Command(
        name="withdraw consent",
        act=Act(
            "withdraw_consent",
            lambda case, item_id=None: {"item_id": item_id, "activities": BASES[:1], "statement": case.sealed()},
            actor="data-subject",
        ),
        desk=at_desk(
            "consent.withdraw",
            arrived,
            ("request.registered", "request.item-opened", "request.item-granted", "request.consent-withdrawn"),
            item_id=None,
            activities=(),
            statement="No more recordings.",
        ),
        http=OverHttp("/requests/{}/consent-withdrawal", roles.SUBJECT),
    ),
    Command(
        name="withdraw consent on one's own page",
        http=OverHttp("/my/consent", roles.ANYONE, takes_key=False, versioned=False),
    ),
    Command(
        name="treat an objection as a withdrawal of consent",
        act=Act("treat_as_withdrawal", lambda case, item_id="objection": {"item_id": item_id, "activities": BASES[:1]}),
        desk=at_desk(
            "consent.treat_as_withdrawal",
            registered(Right.OBJECTION),
            (
                "request.objection-treated-as-withdrawal",
                "request.item-granted",
                "request.consent-withdrawn",
                "request.hold-released",
            ),
            "objection",
            activities=("customer-calls",),
        ),
        http=OverHttp("/requests/{}/items/{}/consent-treatment", roles.HANDLER),
    ),
)
