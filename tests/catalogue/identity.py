"""Who asks: doubt about it, evidence, the decision; who signs in to their own page (GDPR Art. 11, 12(6))."""

from uuid import UUID

from dsr.domain.request.values import AssuranceLevel, IdentityMethod
from dsr.domain.rights import Right
from tests.catalogue import roles
from tests.catalogue.act import Act
from tests.catalogue.command import Command, OverHttp, at_desk
from tests.catalogue.maker import DPO
from tests.catalogue.starts import arrived, registered
from tests.desk.office import Office


def _asked(office: Office) -> UUID:
    request_id = office.registered(Right.ACCESS)
    office.desk.identity.ask(
        request_id, office.call(request_id), doubt="Another address.", method=IdentityMethod.CALL_BACK, asked_at=None
    )
    return request_id


def _with_evidence(office: Office) -> UUID:
    request_id = _asked(office)
    office.desk.identity.take_evidence(request_id, office.call(request_id), evidence="scan", received_at=None)
    return request_id


COMMANDS = (
    Command(
        name="ask identity",
        act=Act(
            "ask_identity",
            lambda case: {
                "doubt": case.sealed(),
                "method": IdentityMethod.KNOWN_FACTS,
                "asked_at": case.now,
                "questions": case.sealed(),
                "as_drafted": True,
            },
        ),
        desk=at_desk(
            "identity.ask",
            registered(Right.ACCESS),
            ("request.identity-requested", "request.clock-suspended"),
            doubt="Another address.",
            method=IdentityMethod.CALL_BACK,
            asked_at=None,
        ),
        http=OverHttp(
            "/requests/{}/identity-question",
            roles.HANDLER,
            {
                "doubt": "Other address.",
                "method": "known-facts",
                "alternatives": ["call-back"],
                "questions": ["In which month did you call us last?"],
            },
        ),
    ),
    Command(
        name="take evidence",
        act=Act(
            "take_identity_evidence",
            lambda case: {"evidence": case.sealed(), "key": case.key(), "received_at": case.now},
            actor="data-subject",
        ),
        desk=at_desk(
            "identity.take_evidence", _asked, "request.identity-evidence-received", evidence="scan", received_at=None
        ),
        http=OverHttp("/requests/{}/identity-evidence", roles.HANDLER, {"evidence": "Contract number 7."}),
    ),
    Command(
        name="take a file as evidence",
        desk=at_desk(
            "identity.take_evidence",
            _asked,
            "request.identity-evidence-received",
            evidence=None,
            received_at=None,
            content=b"%PDF-1.7 a card",
        ),
    ),
    Command(
        name="confirm identity",
        act=Act(
            "confirm_identity",
            lambda case: {
                "method": IdentityMethod.KNOWN_FACTS,
                "assurance": AssuranceLevel.SUBSTANTIAL,
                "answered_at": case.now,
                "evidence_destroyed": case.evidence,
            },
        ),
        desk=at_desk(
            "identity.confirm",
            _with_evidence,
            ("request.identity-confirmed", "request.clock-resumed"),
            method=IdentityMethod.CALL_BACK,
            assurance=AssuranceLevel.SUBSTANTIAL,
            answered_at=None,
        ),
        http=OverHttp(
            "/requests/{}/identity-confirmation", roles.HANDLER, {"method": "known-facts", "assurance": "low"}
        ),
    ),
    Command(
        name="ask identity again",
        act=Act("ask_identity_again", lambda case: {"reason": case.sealed(), "evidence_destroyed": case.evidence}),
        desk=at_desk("identity.ask_again", _with_evidence, "request.identity-insufficient", reason="Unreadable."),
        http=OverHttp("/requests/{}/identity-insufficiency", roles.HANDLER, {"reason": "Unreadable."}),
    ),
    Command(
        name="give up identity",
        act=Act("give_up_identity", lambda case: {"reason": case.sealed(), "evidence_destroyed": case.evidence}),
        desk=at_desk(
            "identity.give_up",
            _with_evidence,
            ("request.identity-failed", "request.clock-resumed"),
            reason="No answer.",
        ),
        http=OverHttp("/requests/{}/identity-failure", roles.HANDLER, {"reason": "No answer."}),
    ),
    Command(
        name="give the DPO's opinion",
        act=Act(
            "give_dpo_opinion",
            lambda case: {
                "supports": True,
                "opinion": case.sealed(),
                "method": IdentityMethod.DOCUMENT_COPY,
                "doubt": case.sealed(),
            },
            actor=DPO,
        ),
        desk=at_desk(
            "identity.give_dpo_opinion",
            arrived,
            "request.dpo-opinion-given",
            supports=True,
            opinion="No milder way.",
            method=IdentityMethod.DOCUMENT_COPY,
            doubt="Another address.",
        ),
        http=OverHttp(
            "/requests/{}/dpo-opinion",
            roles.DPO,
            {
                "supports": True,
                "opinion": "Proportionate.",
                "method": "document-copy",
                "doubt": "Another address.",
            },
        ),
    ),
    Command(
        name="issue a token to the data subject",
        act=Act("issue_subject_token", lambda case: {"token_id": case.uuid(), "expires_at": case.now}),
        desk=at_desk(
            "subject_access.issue_token", arrived, ("request.subject-token-issued", "request.personal-data-disclosed")
        ),
        http=OverHttp("/requests/{}/subject-token", roles.HANDLER),
    ),
    Command(
        name="end the access of the data subject",
        act=Act("end_subject_access", lambda _: {}),
        desk=at_desk("subject_access.end", arrived, "request.subject-access-ended"),
        http=OverHttp("/requests/{}/subject-access/ending", roles.HANDLER),
    ),
    Command(
        name="send a code to sign in",
        act=Act(
            "send_sign_in_code", lambda case: {"code_id": case.uuid(), "expires_at": case.now}, actor="service:my-page"
        ),
        http=OverHttp("/my/code", roles.ANYONE, takes_key=False, versioned=False),
    ),
    Command(
        name="sign in",
        act=Act("sign_in", lambda case: {"code_id": case.uuid(), "expires_at": case.now}, actor="data-subject"),
        http=OverHttp("/my/session", roles.ANYONE, takes_key=False, versioned=False),
    ),
    Command(name="send the form", http=OverHttp("/request/{}", roles.ANYONE, takes_key=False, versioned=False)),
    Command(
        name="confirm the address of the form",
        http=OverHttp("/request/mail/confirmation", roles.ANYONE, takes_key=False, versioned=False),
    ),
    Command(name="write at /my", http=OverHttp("/my/message", roles.ANYONE, takes_key=False, versioned=False)),
    Command(name="sign out", http=OverHttp("/my/sign-out", roles.ANYONE, takes_key=False, versioned=False)),
)
