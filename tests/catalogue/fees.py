"""A reasonable fee, quoted before it is charged (GDPR Art. 12(5), 15(3))."""

from typing import Any
from uuid import UUID

from dsr.desk.fees import FeeDraft
from dsr.domain.request.letters import REQUIRED_STATEMENTS, LetterKind
from dsr.domain.rights import Right
from tests.catalogue import bodies, roles
from tests.catalogue.act import Act
from tests.catalogue.command import AtDesk, Command, OverHttp, at_desk
from tests.catalogue.maker import APPROVER
from tests.catalogue.starts import ACCESS, first, registered
from tests.desk.office import Office, fee, letter


def _until_the_end_of_next_month(office: Office, _: UUID) -> FeeDraft:
    return fee(offer_ends_on=office.later(days=26).date())


def _proposed(office: Office) -> UUID:
    request_id = office.registered(Right.ACCESS)
    office.desk.fees.propose(request_id, office.call(request_id), item_ids=(ACCESS,), draft=fee())
    return request_id


def _quoted(office: Office) -> UUID:
    request_id = _proposed(office)
    office.desk.fees.send_notice(
        request_id, office.fee_id(request_id), office.call(request_id), draft=letter(LetterKind.FEE)
    )
    return request_id


def _unpaid(office: Office) -> UUID:
    request_id = _quoted(office)
    office.clock.advance(days=40)
    return request_id


def _on_fee(method: str, given: Any, makes: str, /, **facts: Any) -> AtDesk:
    """A use case on the fee that was proposed last."""
    return at_desk(method, given, makes, lambda office, subject: first(reversed(office.case(subject).fees)), **facts)


COMMANDS = (
    Command(
        name="propose a fee",
        act=Act(
            "propose_fee",
            lambda case, *item_ids: {
                "item_ids": item_ids or (ACCESS,),
                "fee": case.fee(),
                "fee_id": case.uuid(),
                "statements": REQUIRED_STATEMENTS[LetterKind.FEE],
            },
            actor=APPROVER,
        ),
        desk=at_desk(
            "fees.propose",
            registered(Right.ACCESS),
            "request.fee-proposed",
            item_ids=(ACCESS,),
            draft=_until_the_end_of_next_month,
        ),
        http=OverHttp("/requests/{}/fees", roles.APPROVER, bodies.FEE),
    ),
    Command(
        name="send the notice of a fee",
        act=Act(
            "send_fee_notice",
            lambda case, fee_id=None: {"fee_id": fee_id or case.fee_id, "notice": case.letter(LetterKind.FEE)},
        ),
        desk=_on_fee("fees.send_notice", _proposed, "request.fee-quoted", draft=letter(LetterKind.FEE)),
        http=OverHttp("/requests/{}/fees/{}/notice", roles.HANDLER, bodies.notice(LetterKind.FEE)),
    ),
    Command(
        name="accept a fee",
        act=Act("accept_fee", lambda case, fee_id=None: {"fee_id": fee_id or case.fee_id, "answered_at": case.now}),
        desk=_on_fee("fees.accept", _quoted, "request.fee-accepted", answered_at=None),
        http=OverHttp("/requests/{}/fees/{}/acceptance", roles.HANDLER),
    ),
    Command(
        name="decline a fee",
        act=Act(
            "decline_fee",
            lambda case, fee_id=None: {
                "fee_id": fee_id or case.fee_id,
                "answered_at": case.now,
                "statement": case.sealed(),
            },
        ),
        desk=_on_fee("fees.decline", _quoted, "request.fee-declined", answered_at=None, statement="Too much."),
        http=OverHttp("/requests/{}/fees/{}/declining", roles.HANDLER),
    ),
    Command(
        name="record that a fee was paid",
        act=Act("record_fee_paid", lambda case, fee_id=None: {"fee_id": fee_id or case.fee_id, "paid_at": case.now}),
        desk=_on_fee("fees.record_paid", _quoted, "request.fee-paid", paid_at=None),
        http=OverHttp("/requests/{}/fees/{}/payment", roles.HANDLER),
    ),
    Command(
        name="waive a fee",
        act=Act(
            "waive_fee",
            lambda case, fee_id=None: {"fee_id": fee_id or case.fee_id, "reason": case.sealed()},
            actor=APPROVER,
        ),
        desk=_on_fee("fees.waive", _quoted, "request.fee-waived", reason="Little work after all."),
        http=OverHttp("/requests/{}/fees/{}/waiver", roles.APPROVER, {"reason": "Little work after all."}),
    ),
    Command(
        name="let the offer of a fee expire",
        act=Act("expire_fee", lambda case, fee_id=None: {"fee_id": fee_id or case.fee_id}),
        desk=_on_fee("fees.expire", _unpaid, "request.fee-expired"),
        http=OverHttp("/requests/{}/fees/{}/expiry", roles.HANDLER),
    ),
)
