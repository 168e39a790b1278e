"""Copies of a person's data: collected, uploaded, redacted, corrected, packed (GDPR Art. 15, 20)."""

from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

from dsr.desk.caller import Call
from dsr.desk.errors import ExportUnknown
from dsr.desk.redaction import RedactedPart
from dsr.desk.upload_store import UploadDetails, UploadUnknown
from dsr.domain.export import RevocationReason
from dsr.domain.request.information_point import InformationPoint
from dsr.domain.request.letters import LetterKind
from dsr.domain.request.misdelivery import Misdelivered
from dsr.domain.request.others_rights import OthersRight, RedactionKind
from dsr.domain.request.values import Channel, Provenance
from dsr.domain.rights import Right
from dsr.domain.sealed import KeyPurpose
from tests.catalogue import bodies, roles
from tests.catalogue.act import Act
from tests.catalogue.command import AtDesk, Command, OverHttp, at_desk
from tests.catalogue.maker import SYSTEM_OWNER
from tests.catalogue.starts import (
    ACCESS,
    collected,
    expired,
    first,
    granted,
    offered,
    offered_in_a_case,
    prepared,
    registered,
)
from tests.desk.office import Office


def _uploaded(office: Office) -> UUID:
    request_id = office.granted(Right.ACCESS)
    office.remembered["upload"] = office.upload(request_id, ACCESS, b"A note of the agent.", 7)
    return request_id


def _attached(office: Office) -> UUID:
    request_id = office.granted(Right.ACCESS)
    office.remembered["attachment"] = office.attach(request_id, ACCESS, b"A note of the agent.")
    return request_id


def first_data_set(office: Office, request_id: UUID) -> UUID:
    """The first data set of the case, or one that is none."""
    return first(office.case(request_id).copies.data_sets)


def first_redaction(office: Office, request_id: UUID) -> Any:
    """The first redaction of the case, or one that is none."""
    standing = [each for redactions in office.case(request_id).copies.redactions.values() for each in redactions]
    return standing[0].redaction_id if standing else uuid4()


_REDACT = at_desk(
    "redaction.redact",
    collected,
    "request.redacted",
    first_data_set,
    parts=(RedactedPart(RedactionKind.WHOLE_FILE),),
    right=OthersRight.PRIVACY,
    reason="All of it is about her sister.",
)


def _redacted(office: Office) -> UUID:
    request_id = collected(office)
    _REDACT.run(office, request_id, office.call(request_id))
    return request_id


_CORRECT = at_desk(
    "access_information.correct",
    registered(Right.ACCESS),
    "request.information-corrected",
    ACCESS,
    point=InformationPoint.SOURCE,
    text="From the directory.",
)


def _corrected(office: Office) -> UUID:
    request_id = office.registered(Right.ACCESS)
    _CORRECT.run(office, request_id, office.call(request_id))
    return request_id


def _complete_upload(office: Office, _: UUID, call: Call) -> Any:
    return office.desk.uploads.complete(office.remembered["upload"], call, sha256=None)


_DETAILS = UploadDetails(
    name="call",
    media_type="audio/wav",
    system="crm",
    purpose="Customer relations",
    provenance=Provenance.OBSERVED,
    description="Your call of 2 March.",
    collected_at=None,
)

COMMANDS = (
    Command(
        name="collect",
        act=Act(
            "collect_data",
            lambda case, item_id=ACCESS: {
                "data_set": case.data_set(item_id, case.now),
                "key": case.key(KeyPurpose.BLOB),
            },
            actor=SYSTEM_OWNER,
        ),
        desk=AtDesk(
            method="collection.collect",
            given=granted(Right.ACCESS),
            run=lambda office, subject, call: office.collect(subject, ACCESS, call),
            makes=("request.data-collected",),
        ),
        http=OverHttp("/requests/{}/items/{}/data-sets", roles.EXECUTOR, bodies.records()),
    ),
    Command(
        name="discard data",
        act=Act("discard_data", lambda case, data_set_id: {"data_set_id": data_set_id}),
        desk=at_desk("collection.discard", collected, "request.data-discarded", first_data_set),
        http=OverHttp("/requests/{}/items/{}/data-sets/{}/discarding", roles.EXECUTOR),
    ),
    Command(
        name="begin an upload",
        desk=replace(
            at_desk(
                "uploads.begin",
                granted(Right.ACCESS),
                (),
                ACCESS,
                size=20,
                details=_DETAILS,
            ),
            versioned=False,
        ),
        http=OverHttp("/requests/{}/items/{}/uploads", roles.EXECUTOR, versioned=False),
    ),
    Command(
        name="complete an upload",
        act=Act(
            "attach",
            lambda case, item_id=ACCESS: {
                "attachment": case.attachment(item_id, case.now),
                "key": case.key(KeyPurpose.BLOB),
            },
            actor=SYSTEM_OWNER,
        ),
        desk=AtDesk(
            method="uploads.complete",
            given=_uploaded,
            run=_complete_upload,
            makes=("request.attachment-collected",),
            unknown=UploadUnknown,
        ),
        http=OverHttp("/uploads/{}/completion", roles.EXECUTOR),
    ),
    Command(
        name="receive a file whole",
        desk=at_desk(
            "uploads.receive",
            granted(Right.ACCESS),
            "request.attachment-collected",
            ACCESS,
            content=b"What the agent noted.",
            details=replace(_DETAILS, media_type="text/plain"),
        ),
    ),
    Command(
        name="discard an attachment",
        act=Act("discard_attachment", lambda case, attachment_id: {"attachment_id": attachment_id}),
        desk=at_desk(
            "uploads.discard_attachment",
            _attached,
            "request.attachment-discarded",
            lambda office, _: office.remembered["attachment"],
        ),
        http=OverHttp("/requests/{}/items/{}/attachments/{}/discarding", roles.EXECUTOR),
    ),
    Command(
        name="require redaction",
        act=Act("require_redaction", lambda case, target_id: {"target_id": target_id, "reason": case.sealed()}),
        desk=at_desk(
            "redaction.require",
            collected,
            "request.redaction-required",
            first_data_set,
            reason="Her sister's number is in it.",
        ),
        http=OverHttp(
            "/requests/{}/items/{}/redactions/requirement",
            roles.EXECUTOR,
            {"target_id": str(uuid4()), "reason": "Her sister's number is in it."},
        ),
    ),
    Command(
        name="redact",
        act=Act(
            "redact",
            lambda case, target_id: {
                "redaction_id": case.uuid(),
                "target_id": target_id,
                "kind": RedactionKind.WHOLE_FILE,
                "place": "",
                "replacement_id": None,
                "right": OthersRight.PRIVACY,
                "values": None,
                "reason": case.sealed(),
            },
        ),
        desk=_REDACT,
        http=OverHttp(
            "/requests/{}/items/{}/redactions",
            roles.HANDLER,
            {
                "target_id": str(uuid4()),
                "kind": "whole-file",
                "right": "privacy-of-another",
                "reason": "All of it is about her sister.",
            },
        ),
    ),
    Command(
        name="withdraw a redaction",
        act=Act(
            "withdraw_redaction", lambda case, redaction_id: {"redaction_id": redaction_id, "reason": case.sealed()}
        ),
        desk=at_desk(
            "redaction.withdraw",
            _redacted,
            "request.redaction-withdrawn",
            first_redaction,
            reason="It is her own number.",
        ),
        http=OverHttp(
            "/requests/{}/items/{}/redactions/{}/withdrawal", roles.HANDLER, {"reason": "It is her own number."}
        ),
    ),
    Command(
        name="confirm redactions",
        act=Act("confirm_redactions", lambda case, target_id: {"target_id": target_id, "reason": None}),
        desk=at_desk("redaction.confirm", _redacted, "request.redaction-confirmed", first_data_set, reason=""),
        http=OverHttp("/requests/{}/items/{}/redactions/confirmation", roles.HANDLER, {"target_id": str(uuid4())}),
    ),
    Command(
        name="correct what is told",
        act=Act(
            "correct_information",
            lambda case, item_id=ACCESS: {"item_id": item_id, "point": InformationPoint.SOURCE, "text": case.sealed()},
        ),
        desk=_CORRECT,
        http=OverHttp(
            "/requests/{}/items/{}/information/correction",
            roles.HANDLER,
            {"point": "source", "text": "From the directory."},
        ),
    ),
    Command(
        name="withdraw a correction",
        act=Act(
            "withdraw_correction", lambda case, item_id=ACCESS: {"item_id": item_id, "point": InformationPoint.SOURCE}
        ),
        desk=at_desk(
            "access_information.withdraw_correction",
            _corrected,
            "request.information-correction-withdrawn",
            ACCESS,
            point=InformationPoint.SOURCE,
        ),
        http=OverHttp("/requests/{}/items/{}/information/correction/withdrawal", roles.HANDLER, {"point": "source"}),
    ),
    Command(
        name="prepare an export",
        desk=at_desk("exports.prepare", collected, ("request.personal-data-disclosed", "export.prepared"), ACCESS),
        http=OverHttp("/requests/{}/items/{}/export", roles.HANDLER),
    ),
    Command(
        name="offer an export",
        act=Act(
            "offer_package",
            lambda case, item_id=ACCESS: {
                "item_id": item_id,
                "export_id": case.uuid(),
                "token_id": case.uuid(),
                "expires_at": case.now + timedelta(days=30),
            },
        ),
        desk=at_desk("exports.offer", prepared, ("export.offered", "request.package-offered"), unknown=ExportUnknown),
        http=OverHttp("/exports/{}/link", roles.HANDLER),
    ),
    Command(
        name="open a link again",
        desk=at_desk("exports.renew", expired, ("export.renewed", "request.package-offered"), unknown=ExportUnknown),
        http=OverHttp("/exports/{}/link/renewal", roles.HANDLER),
    ),
    Command(
        name="ask for a new link",
        act=Act(
            "ask_for_link",
            lambda case, item_id=ACCESS: {"item_id": item_id, "export_id": case.uuid()},
            actor="data-subject",
        ),
        desk=replace(
            at_desk("exports.ask_for_link", expired, "request.link-requested", unknown=ExportUnknown), versioned=False
        ),
        http=OverHttp("/my/package/link", roles.ANYONE, takes_key=False, versioned=False),
    ),
    Command(
        name="tell a password",
        act=Act(
            "tell_password",
            lambda case, item_id=ACCESS: {
                "item_id": item_id,
                "channel": Channel.TELEPHONE,
                "told_at": case.now,
                "account": case.sealed(),
            },
        ),
        desk=at_desk(
            "deliveries.tell_password",
            offered_in_a_case,
            "request.password-told",
            ACCESS,
            channel=Channel.TELEPHONE,
            told_at=None,
            account="Called back at the number on file; she named her customer number.",
        ),
        http=OverHttp(
            "/requests/{}/items/{}/password",
            roles.HANDLER,
            {"account": "Called back at the number on file; she named her customer number."},
        ),
    ),
    Command(
        name="send a password",
        act=Act(
            "send_password",
            lambda case, item_id=ACCESS: {
                "item_id": item_id,
                "letter": replace(case.letter(LetterKind.PASSWORD), channel=case.apart_from_link(item_id)),
            },
        ),
    ),
    Command(
        name="record a misdelivery",
        act=Act(
            "record_misdelivery",
            lambda case: {
                "misdelivery_id": case.uuid(),
                "what": Misdelivered.PACKAGE,
                "dispatch_id": None,
                "export_id": None,
                "noticed_at": case.now,
                "account": case.sealed(),
            },
        ),
        desk=at_desk(
            "deliveries.record_misdelivery",
            offered_in_a_case,
            ("request.misdelivery-recorded", "matter.opened", "matter.incident-described", "export.revoked"),
            what=Misdelivered.PACKAGE,
            dispatch_id=None,
            export_id=None,
            noticed_at=None,
            account="Her neighbour got the link and told us.",
        ),
        http=OverHttp(
            "/requests/{}/misdeliveries",
            roles.HANDLER,
            {"what": "package", "account": "Her neighbour got the link and told us."},
        ),
    ),
    Command(
        name="revoke a link",
        act=Act(
            "revoke_offer",
            lambda case, item_id=ACCESS: {
                "item_id": item_id,
                "token_id": case.offered_token(item_id),
                "reason": RevocationReason.LINK_LOST,
            },
        ),
        desk=at_desk(
            "exports.revoke",
            offered,
            ("export.revoked", "request.offer-revoked"),
            unknown=ExportUnknown,
            reason=RevocationReason.WRONG_RECIPIENT,
        ),
        http=OverHttp("/exports/{}/revocation", roles.HANDLER),
    ),
    Command(name="redeem a link", http=OverHttp("/exports/redemption", roles.ANYONE, takes_key=False, versioned=False)),
    Command(name="open a package by its link", http=OverHttp("/x", roles.ANYONE, takes_key=False, versioned=False)),
    Command(
        name="open a package, signed in", http=OverHttp("/my/package", roles.ANYONE, takes_key=False, versioned=False)
    ),
)
