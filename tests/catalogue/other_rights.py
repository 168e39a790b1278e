"""Rectification, review of a decision, copies of information, direct transfer (GDPR Art. 13, 14, 16, 20(2), 22)."""

from uuid import UUID, uuid4

from dsr.domain.request.automated_decision import ReviewFinding
from dsr.domain.request.basis import ActivityBasis
from dsr.domain.request.hand_over import HandOverFailure
from dsr.domain.request.information import Copyable
from dsr.domain.request.rectification import RectificationOperation
from dsr.domain.request.standing import CopyKind, TargetMethod
from dsr.domain.request.values import AccuracyFinding, Channel
from dsr.domain.rights import Right
from dsr.domain.ropa import LegalBasis
from tests.catalogue import roles
from tests.catalogue.act import Act
from tests.catalogue.command import Command, OverHttp, at_desk
from tests.catalogue.maker import SYSTEM_OWNER
from tests.catalogue.starts import PORTABILITY, enrolled, granted, registered
from tests.desk.office import Office

_ASSESS_ACCURACY = at_desk(
    "rectification.assess",
    registered(Right.RECTIFICATION),
    "request.accuracy-assessed",
    "rectification",
    finding=AccuracyFinding.INACCURATE,
    assessment="Compared with her passport.",
)


def _assessed(office: Office) -> UUID:
    request_id = office.granted(Right.RECTIFICATION)
    _ASSESS_ACCURACY.run(office, request_id, office.call(request_id))
    return request_id


def _contested(office: Office) -> UUID:
    enrolled(office)
    return office.registered(Right.AUTOMATED_DECISION)


_ASSESS_TRANSFER = at_desk(
    "transfer.assess",
    granted(Right.PORTABILITY),
    "request.transfer-assessed",
    PORTABILITY,
    feasible=True,
    reasons="Their interface is open.",
)


def _transferable(office: Office) -> UUID:
    request_id = office.granted(Right.PORTABILITY)
    _ASSESS_TRANSFER.run(office, request_id, office.call(request_id))
    return request_id


_VERIFY_TARGET = at_desk(
    "transfer.verify_target",
    _transferable,
    "request.target-verified",
    PORTABILITY,
    target="api.other.example",
    method=TargetMethod.CERTIFICATE,
    verified_at=None,
)


def _target_verified(office: Office) -> UUID:
    request_id = _transferable(office)
    office.collect(request_id, PORTABILITY)
    _VERIFY_TARGET.run(office, request_id, office.call(request_id))
    return request_id


COMMANDS = (
    Command(
        name="assess accuracy",
        act=Act(
            "assess_accuracy",
            lambda case, item_id="rectification": {
                "item_id": item_id,
                "finding": AccuracyFinding.INACCURATE,
                "assessment": case.sealed(),
            },
        ),
        desk=_ASSESS_ACCURACY,
        http=OverHttp(
            "/requests/{}/items/{}/accuracy", roles.HANDLER, {"finding": "accurate", "assessment": "Compared."}
        ),
    ),
    Command(
        name="find data accurate",
        desk=at_desk(
            "rectification.assess",
            registered(Right.RECTIFICATION),
            "request.accuracy-assessed",
            "rectification",
            finding=AccuracyFinding.ACCURATE,
            assessment="Her passport says the same.",
        ),
    ),
    Command(
        name="rectify",
        act=Act(
            "rectify",
            lambda case, item_id="rectification": {
                "item_id": item_id,
                "operation": RectificationOperation.CORRECTED,
                "field": "street",
                "system": "crm",
                "before": case.sealed(),
                "after": case.sealed(),
            },
            actor=SYSTEM_OWNER,
        ),
        desk=at_desk(
            "rectification.rectify",
            _assessed,
            "request.rectified",
            "rectification",
            operation=RectificationOperation.CORRECTED,
            field="surname",
            system="crm",
            before="Bryon",
            after="Byron",
        ),
        http=OverHttp(
            "/requests/{}/items/{}/rectification",
            roles.EXECUTOR,
            {"operation": "corrected", "field": "street", "system": "crm", "before": "a", "after": "b"},
        ),
    ),
    Command(
        name="review a contested decision",
        act=Act(
            "review_decision",
            lambda case, item_id="automated-decision": {
                "item_id": item_id,
                "finding": ReviewFinding.CHANGED,
                "activities": (ActivityBasis("credit-checks", LegalBasis.CONTRACT, decides=True),),
                "result": case.sealed(),
                "reviewer": "rita",
                "competent": True,
            },
        ),
        desk=at_desk(
            "automated_decision.review",
            _contested,
            ("request.item-granted", "request.decision-reviewed"),
            "automated-decision",
            finding=ReviewFinding.CHANGED,
            activities=("customer-relations",),
            reviewer="carla",
            competent=True,
            result="You get the tariff.",
        ),
        http=OverHttp("/requests/{}/items/{}/decision-review", roles.HANDLER, {"finding": "none-made"}),
    ),
    Command(
        name="send a copy",
        act=Act(
            "send_copy",
            lambda case, item_id="information": {
                "item_id": item_id,
                "kind": CopyKind.PRIVACY_NOTICE,
                "of": None,
                "redacted": False,
                "summary": None,
                "copyable": Copyable(clauses_with=frozenset({"telephony"}), joint_arrangement=True),
                "sent_at": case.now,
                "channel": Channel.EMAIL,
            },
        ),
        desk=at_desk(
            "information.send_copy",
            granted(Right.INFORMATION),
            "request.copy-sent",
            "information",
            kind=CopyKind.CONTRACT_CLAUSES,
            of="telephony",
            redacted=True,
            summary="Prices are blacked out.",
            sent_at=None,
            channel=Channel.EMAIL,
        ),
        http=OverHttp("/requests/{}/items/{}/copy", roles.HANDLER, {"kind": "privacy-notice", "channel": "email"}),
    ),
    Command(
        name="assess a direct transfer",
        act=Act(
            "assess_feasibility",
            lambda case, item_id=PORTABILITY: {"item_id": item_id, "feasible": True, "reasons": None},
        ),
        desk=_ASSESS_TRANSFER,
        http=OverHttp("/requests/{}/items/{}/transfer-assessment", roles.HANDLER, {"feasible": True}),
    ),
    Command(
        name="find a direct transfer infeasible",
        desk=at_desk(
            "transfer.assess",
            granted(Right.PORTABILITY),
            "request.transfer-assessed",
            PORTABILITY,
            feasible=False,
            reasons="Their interface is closed.",
        ),
    ),
    Command(
        name="verify the target of a direct transfer",
        act=Act(
            "verify_target",
            lambda case, item_id=PORTABILITY: {
                "item_id": item_id,
                "target": "api.other.example",
                "method": TargetMethod.CALL_BACK,
                "verified_at": case.now,
            },
        ),
        desk=_VERIFY_TARGET,
        http=OverHttp(
            "/requests/{}/items/{}/transfer-target",
            roles.HANDLER,
            {"target": "api.other.example", "method": "call-back"},
        ),
    ),
    Command(
        name="transmit data to another controller",
        act=Act(
            "transmit",
            lambda case, item_id=PORTABILITY: {
                "item_id": item_id,
                "target": "api.other.example",
                "export_id": None,
                "sent_at": case.now,
                "channel": Channel.PORTAL,
                "receipt": None,
            },
        ),
        desk=at_desk(
            "transfer.transmit",
            _target_verified,
            "request.data-transmitted",
            PORTABILITY,
            target="api.other.example",
            export_id=None,
            sent_at=None,
            channel=Channel.PORTAL,
            receipt="Received, 2 records.",
        ),
        http=OverHttp(
            "/requests/{}/items/{}/transmission", roles.EXECUTOR, {"target": "api.other.example", "channel": "portal"}
        ),
    ),
    Command(
        name="start a hand-over",
        act=Act(
            "start_hand_over",
            lambda case, item_id=PORTABILITY: {
                "hand_over_id": case.uuid(),
                "item_id": item_id,
                "export_id": case.uuid(),
                "target": "api.other.example",
                "address": case.sealed(),
                "size": 1024,
            },
        ),
        http=OverHttp(
            "/requests/{}/items/{}/hand-over",
            roles.EXECUTOR,
            {"export_id": str(uuid4()), "url": "https://api.other.example/inbox"},
        ),
    ),
    Command(
        name="record a hand-over", act=Act("record_hand_over", lambda case: {"sent_at": case.now, "receipt": None})
    ),
    Command(
        name="record that a hand-over failed",
        act=Act("record_hand_over_failed", lambda case: {"failure": HandOverFailure.UNANSWERED, "status": None}),
    ),
)
