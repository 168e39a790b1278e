"""Letters, the answer, and how a case ends."""

from typing import Any
from uuid import UUID

from dsr.desk.caller import Call
from dsr.desk.dispatching import Address
from dsr.desk.errors import DispatchUnknown
from dsr.domain.request.answer import AnswerSent
from dsr.domain.request.letters import LetterKind
from dsr.domain.request.values import End
from dsr.domain.rights import Right
from dsr.letters.fields import FreeText
from tests.catalogue import bodies, roles
from tests.catalogue.act import Act
from tests.catalogue.command import Command, OverHttp, at_desk
from tests.catalogue.deadlines import extension_approved
from tests.catalogue.maker import APPROVER
from tests.catalogue.starts import ACCESS, done, registered
from tests.desk.office import Office, letter


def _acknowledgement_written(office: Office, **facts: Any) -> UUID:
    request_id = office.registered(Right.ACCESS)
    call = office.call(request_id)
    answer = office.desk.dispatching.prepare(request_id, call, kind=LetterKind.ACKNOWLEDGEMENT, **facts)
    return UUID(answer.resource_id)


def _extension_edited(office: Office) -> UUID:
    """A letter that bob changed after two people had decided."""
    request_id = extension_approved(office)
    answer = office.desk.dispatching.prepare(
        request_id,
        office.call(request_id, office.bob),
        kind=LetterKind.EXTENSION,
        statements={"note": FreeText("Thank you for your patience.")},
    )
    return UUID(answer.resource_id)


def _on_paper(office: Office) -> UUID:
    address = Address(name="Ada Lovelace", postal=("Elm Street 1", "10115 Berlin"))
    dispatch_id = _acknowledgement_written(office, address=address)
    office.desk.dispatching.release(dispatch_id, Call(office.ann))
    return dispatch_id


def _answered(office: Office) -> UUID:
    request_id = done(office)
    office.desk.answers.record_answer(
        request_id, office.call(request_id), draft=letter(LetterKind.ACCESS), item_ids=(ACCESS,)
    )
    return request_id


def _closed(office: Office) -> UUID:
    request_id = _answered(office)
    office.desk.answers.close(request_id, office.call(request_id), unidentified=False)
    return request_id


def _end_proposed(office: Office) -> UUID:
    request_id = office.registered(Right.ACCESS)
    office.desk.answers.propose_end(
        request_id, office.call(request_id, office.bob), end=End.MOOT, reasons="She has the data already."
    )
    return request_id


def last_letter(office: Office, request_id: UUID) -> int:
    """The version of the event with which a letter to the person was recorded last."""
    events = office.desk.repository.application.events.get(request_id)
    return max(each.originator_version for each in events if isinstance(each, AnswerSent))


COMMANDS = (
    Command(
        name="write a letter",
        desk=at_desk(
            "dispatching.prepare", registered(Right.ACCESS), "dispatch.prepared", kind=LetterKind.ACKNOWLEDGEMENT
        ),
        http=OverHttp("/requests/{}/dispatches", roles.HANDLER, {"kind": "acknowledgement"}),
    ),
    Command(
        name="complete a letter",
        desk=at_desk(
            "dispatching.edit",
            _acknowledgement_written,
            "dispatch.edited",
            unknown=DispatchUnknown,
            statements={"note": FreeText("We called you back.")},
        ),
        http=OverHttp("/dispatches/{}/edition", roles.HANDLER),
    ),
    Command(
        name="approve a letter",
        desk=at_desk("dispatching.approve", _extension_edited, "dispatch.approved", unknown=DispatchUnknown),
        http=OverHttp("/dispatches/{}/approval", roles.APPROVER),
    ),
    Command(
        name="release a letter",
        desk=at_desk("dispatching.release", _acknowledgement_written, "dispatch.queued", unknown=DispatchUnknown),
        http=OverHttp("/dispatches/{}/release", roles.HANDLER),
    ),
    Command(
        name="discard a letter",
        desk=at_desk(
            "dispatching.discard",
            _acknowledgement_written,
            "dispatch.discarded",
            unknown=DispatchUnknown,
            reason="She withdrew by telephone.",
        ),
        http=OverHttp("/dispatches/{}/discarding", roles.HANDLER),
    ),
    Command(
        name="post a letter",
        desk=at_desk(
            "dispatching.mark_posted", _on_paper, ("dispatch.sent", "request.answer-sent"), unknown=DispatchUnknown
        ),
        http=OverHttp("/dispatches/{}/posting", roles.HANDLER),
    ),
    Command(
        name="note a letter that came back",
        act=Act(
            "note_returned_letter",
            lambda case, letter_version=None: {
                "letter_version": letter_version,
                "dispatch_id": case.uuid(),
                "kind": LetterKind.ACKNOWLEDGEMENT,
                "status": "5.1.1",
            },
            actor="service:mailbox",
        ),
        desk=at_desk(
            "dispatching.record_returned",
            _closed,
            "request.letter-returned",
            version=last_letter,
            dispatch_id=None,
            account="Moved, address unknown.",
        ),
        http=OverHttp("/requests/{}/returned-letters", roles.HANDLER, {"version": 1}),
    ),
    Command(
        name="preview a letter",
        http=OverHttp("/dispatches/{}/preview", roles.READER, takes_key=False, versioned=False, reads=True),
    ),
    Command(
        name="print a letter",
        http=OverHttp("/dispatches/{}/paper", roles.READER, takes_key=False, versioned=False, reads=True),
    ),
    Command(
        name="record the answer",
        act=Act("record_answer", lambda case: {}),  # the letter has to fit the items: `ACase.record_answer`
        desk=at_desk(
            "answers.record_answer", done, "request.answer-sent", draft=letter(LetterKind.ACCESS), item_ids=(ACCESS,)
        ),
        http=OverHttp("/requests/{}/answers", roles.HANDLER, bodies.letter(LetterKind.ACKNOWLEDGEMENT)),
    ),
    Command(name="record what came due", act=Act("record_due", lambda case: {}, actor="service:scheduler")),
    Command(
        name="close",
        act=Act("close", lambda case: {"unexamined_reason": case.sealed()}),
        desk=at_desk("answers.close", _answered, ("request.closed", "request.hold-released"), unidentified=False),
        http=OverHttp("/requests/{}/closing", roles.HANDLER),
    ),
    Command(
        name="propose the end",
        act=Act("propose_end", lambda case: {"end": End.MOOT, "reasons": case.sealed()}),
        desk=at_desk(
            "answers.propose_end",
            registered(Right.ACCESS),
            "request.end-proposed",
            end=End.MOOT,
            reasons="She has the data already.",
        ),
        http=OverHttp("/requests/{}/end", roles.HANDLER, {"end": "moot", "reasons": "She has the data already."}),
    ),
    Command(
        name="approve the end",
        act=Act("approve_end", lambda case: {"unexamined_reason": case.sealed()}, actor=APPROVER),
        desk=at_desk(
            "answers.decide_end",
            _end_proposed,
            ("request.end-approved", "request.hold-released"),
            approve=True,
            reason="",
        ),
        http=OverHttp("/requests/{}/end/decision", roles.APPROVER, {"approve": True}),
    ),
    Command(
        name="decline the end",
        act=Act("decline_end", lambda case: {"reason": case.sealed()}, actor=APPROVER),
        desk=at_desk(
            "answers.decide_end", _end_proposed, "request.end-declined", approve=False, reason="She asked for a copy."
        ),
        http=OverHttp(
            "/requests/{}/end/decision", roles.APPROVER, {"approve": False, "reason": "She asked for a copy."}
        ),
    ),
    Command(
        name="withdraw",
        act=Act("withdraw", lambda case: {"confirmed": True, "statement": case.sealed()}, actor="data-subject"),
        desk=at_desk(
            "answers.withdraw",
            registered(Right.ACCESS),
            ("request.withdrawn", "request.closed", "request.hold-released"),
            confirmed=True,
            statement="I changed my mind.",
            item_ids=None,
        ),
        http=OverHttp("/requests/{}/withdrawal", roles.SUBJECT, {"confirmed": True}),
    ),
    Command(
        name="withdraw on one's own page",
        http=OverHttp("/my/withdrawal", roles.ANYONE, takes_key=False, versioned=False),
    ),
    Command(
        name="confirm a withdrawal on one's own page",
        http=OverHttp("/my/withdrawal/confirmation", roles.ANYONE, takes_key=False, versioned=False),
    ),
    Command(
        name="reopen",
        act=Act("reopen", lambda case, *item_ids: {"reason": case.sealed(), "item_ids": item_ids}),
        desk=at_desk("answers.reopen", _closed, "request.reopened", reason="A system was missed.", item_ids=()),
        http=OverHttp(
            "/requests/{}/reopening", frozenset({*roles.HANDLER, *roles.APPROVER}), {"reason": "A system was missed."}
        ),
    ),
)
