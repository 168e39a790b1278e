"""One lawful call of each operation of the API, from the catalogue of commands: an example for the specification.

What differs from run to run (ids, references, secrets, digests) is replaced, in the order in which it appears.
"""

import base64
import hashlib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

import msgspec
from werkzeug.test import TestResponse

from dsr.desk.bundles import parse_scope
from dsr.desk.caller import Call, service
from dsr.domain.request.values import DisclosurePurpose
from dsr.domain.rights import Right
from dsr.domain.roles import Role
from dsr.domain.staff import staff_id
from tests.api.document import document
from tests.api.routes import routes
from tests.api.team import Team, mail
from tests.catalogue import bodies, copies, questions
from tests.catalogue.answers import last_letter
from tests.catalogue.catalogue import AT_DESK, COMMANDS
from tests.catalogue.deadlines import earlier_fact
from tests.catalogue.matters import TEXTS
from tests.catalogue.starts import collected, nothing
from tests.desk.office import Office
from tests.traffic import Traffic, counted

Given = Callable[[Office], Any]
"""What has to have happened; what the ids are about."""
Ids = Callable[[Office, Any], tuple[object, ...]]
"""One for each id of the path."""

LARGEST: Final = 6_000
"""Characters of an answer that is shown: a longer one is no example."""


@dataclass(frozen=True)
class Example:
    """What has to have happened, and what is asked then; what is None is as in the catalogue."""

    given: Given | None = None
    ids: Ids = lambda office, subject: (subject,)
    body: Callable[[Office, Any], Mapping[str, Any]] | None = None
    query: Mapping[str, str] = field(default_factory=dict)
    role: Role | None = None
    raw: tuple[str, bytes] | None = None
    """Media type and bytes of a body that is no JSON."""
    headers: Callable[[Office, Any], dict[str, str]] = lambda office, subject: {}


def before(command: str) -> Given:
    """All that a command of the catalogue needs has happened."""
    return AT_DESK[command].given


def after(command: str) -> Given:
    """The command was given."""

    def given(office: Office) -> Any:
        command_at_desk = AT_DESK[command]
        subject = command_at_desk.given(office)
        made = command_at_desk.run(office, subject, Call(office.ann))
        return subject or made.resource_id

    return given


def _item(right: Right) -> Ids:
    return lambda office, subject: (subject, right.value)


def _of_item(right: Right, found: Callable[[Office, Any], object]) -> Ids:
    return lambda office, subject: (subject, right.value, found(office, subject))


def _also(found: Callable[[Office, Any], object]) -> Ids:
    return lambda office, subject: (subject, found(office, subject))


def _disclosed(office: Office) -> UUID:
    request_id = office.registered(Right.ACCESS)
    purpose = DisclosurePurpose.TRIAGE
    office.desk.disclosures.open(request_id, office.call(request_id), purpose=purpose, versions=None)
    return request_id


def _examined_after_reading(office: Office) -> UUID:
    """A letter was read, then registered."""
    request_id = office.case_by_mail()
    office.service.reading.run()
    office.desk.triage.register(request_id, office.call(request_id), rights=(Right.ACCESS,))
    return request_id


def _none(*_: object) -> tuple[object, ...]:
    return ()


def _carla(*_: object) -> tuple[object, ...]:
    return ("carla",)


def _remembered(name: str) -> Callable[[Office, Any], object]:
    return lambda office, _: office.remembered[name]


def _body(**facts: Any) -> Callable[[Office, Any], Mapping[str, Any]]:
    return lambda office, subject: facts


def _target(**facts: Any) -> Callable[[Office, Any], Mapping[str, Any]]:
    return lambda office, subject: {"target_id": str(copies.first_data_set(office, subject))} | facts


def _seen(**facts: Any) -> Callable[[Office, Any], Mapping[str, Any]]:
    return lambda office, subject: {"request_id": str(subject), "version": office.case(subject).version} | facts


def _link(office: Office, _: Any) -> Mapping[str, Any]:
    link = office.remembered["link"]
    return {"token": link.token, "password": link.password}


def _invited(office: Office) -> Any:
    staff = before("invite")(office)
    office.remembered["code"] = office.desk.invitations.print_code("carla", Call(service("cli")))
    return staff


def _packed(office: Office) -> Any:
    request_id = before("prepare an export")(office)
    package = office.desk.exports.prepare(request_id, Right.ACCESS.value, office.call(request_id))
    office.remembered["package"] = package.resource_id
    return request_id


def _offered(office: Office) -> Any:
    export_id = before("offer an export")(office)
    office.remembered["link"] = office.desk.exports.link(office.desk.exports.offer(export_id, Call(office.ann)))
    return export_id


def _redeemed(office: Office) -> Any:
    export_id = _offered(office)
    link = office.remembered["link"]
    begun = office.desk.exports.redeem(link.token, link.password, network="192.0.2.0/24")
    office.remembered["session"] = begun.secret
    return export_id


def _later(given: Given, *, days: int) -> Given:
    def later(office: Office) -> Any:
        subject = given(office)
        office.clock.advance(days=days)
        return subject

    return later


def _missed(office: Office) -> Any:
    """The answer came after the date."""
    request_id = _later(before("record the answer"), days=40)(office)
    AT_DESK["record the answer"].run(office, request_id, office.call(request_id))
    return request_id


def _begun(office: Office) -> Any:
    request_id = before("begin an upload")(office)
    office.remembered["upload"] = AT_DESK["begin an upload"].run(office, request_id, Call(office.ann)).resource_id
    return request_id


def _saved(office: Office) -> Any:
    """A filter of whoever asks with the token of a handler."""
    call = Call(office.member("one-handler"))
    return office.desk.saved_filters.save(call, name="Late", query={"status": "open"}, shared=False).resource_id


def _bundle(office: Office) -> Any:
    """A bundle that whoever asks with the token of an auditor has just begun."""
    office.registered(Right.ACCESS)
    auditor, scope = office.member("one-auditor"), parse_scope(["all"])
    return office.desk.bundle_progress.begin(office.desk.bundles.prepare(scope, Call(auditor)), scope, auditor)


def _restriction(office: Office, subject: Any) -> object:
    return next(iter(office.case(subject).restrictions))


_FEE: Final = _also(lambda office, subject: office.fee_id(subject))
_ADA: Final = {"controller_id": "callcentre-de", "email": "ada@example.org"}
_ROPA: Final = b"""\
name: Record of processing of a call centre
notice:
  children_under: 16
controllers:
  - id: callcentre-de
    name: Callcentre Deutschland GmbH
    country: DE
    zone: Europe/Berlin
    regime: eu-gdpr
    authority: de-berlin
    address: [Hauptstr. 1, 10827 Berlin]
    mailboxes: [privacy@callcentre.example]
    languages: [de, en]
    child_age: 16
systems:
  - id: crm
    name: Customer relations
    kind: database
    operator: callcentre-de
activities:
  - id: customer-relations
    name: Customer relations
    controllers: [callcentre-de]
    purpose: Answer calls of customers.
    legal_basis: contract
    subjects: [customers]
    data:
      - id: contact
        name: Name, address, telephone
        source: provided
    retention:
      period: P3Y
      words: Three years after the contract ends.
    systems: [crm]
"""

EXAMPLES: Final[Mapping[str, Example]] = {
    # What arrives.
    "POST /requests": Example(
        body=lambda office, _: {
            "controller_id": "callcentre-de",
            "channel": "telephone",
            "received_at": office.clock.now().isoformat(),
            "person": {"name": "Ada Lovelace", "email": "ada@example.org"},
            "text": "I ask for a copy of my data.",
            "language": "en",
        },
        ids=_none,
    ),
    "POST /intake/messages": Example(ids=_none, raw=("message/rfc822", mail())),
    "POST /intake/quarantine/{}/disclosure": Example(
        before("discard a quarantined message"), body=_body(purpose="triage")
    ),
    "POST /requests/{}/duplicate-link": Example(
        body=lambda office, _: {"original_id": str(office.remembered["first"])}
    ),
    "POST /requests/{}/assignment": Example(body=_body(assignee="carla")),
    "POST /bulk/assignments": Example(
        before("assign"), _none, lambda office, subject: {"assignee": "carla", "requests": [_seen()(office, subject)]}
    ),
    "POST /bulk/registrations": Example(
        before("assign"), _none, lambda office, subject: {"requests": [_seen(rights=["access"])(office, subject)]}
    ),
    "POST /requests/search": Example(before("assign"), _none, _body(email="ada@example.org")),
    # Identity, deadlines.
    "POST /deadlines/explanation": Example(ids=_none, body=_body(received="2026-03-05T10:00:00+01:00", country="DE")),
    # Fees.
    "POST /requests/{}/fees": Example(body=_body(**bodies.FEE | {"claims": ["abusive"]})),
    "POST /requests/{}/earlier-facts/{}/confirmation": Example(ids=_also(earlier_fact)),
    **{
        f"POST /requests/{{}}/fees/{{}}/{end}": Example(ids=_FEE)
        for end in ("notice", "acceptance", "declining", "payment", "waiver", "expiry")
    },
    # Items.
    **{
        f"POST /requests/{{}}/items/{{}}/{end}": Example(ids=_item(Right.ACCESS))
        for end in (
            "grant",
            "search",
            "search/links",
            "completion",
            "nothing-held",
            "data-sets",
            "export",
            "information/correction",
        )
    },
    "POST /requests/{}/items/{}/finish": Example(collected, _item(Right.ACCESS)),
    "GET /requests/{}/items/{}/search": Example(after("account for systems"), _item(Right.ACCESS)),
    "POST /requests/{}/items/{}/information/correction/withdrawal": Example(ids=_item(Right.ACCESS)),
    "POST /requests/{}/items/{}/information/disclosure": Example(
        after("correct what is told"), _item(Right.ACCESS), _body(purpose="answering")
    ),
    "POST /requests/{}/items/{}/refusal": Example(ids=_item(Right.ERASURE)),
    "POST /requests/{}/items/{}/refusal/decision": Example(ids=_item(Right.ERASURE)),
    "POST /requests/{}/items/{}/recipients": Example(ids=_item(Right.ERASURE)),
    "POST /requests/{}/items/{}/recipients/addition": Example(ids=_item(Right.ERASURE)),
    "POST /requests/{}/items/{}/recipients/excuse": Example(ids=_item(Right.ERASURE)),
    "POST /requests/{}/holds/{}/release": Example(
        ids=_also(lambda office, subject: next(iter(office.case(subject).holds)))
    ),
    "POST /suppressions/check": Example(nothing, _none, _body(**_ADA)),
    "POST /requests/{}/holds/{}/exception": Example(ids=_also(_restriction)),
    "POST /requests/{}/holds/{}/exception/decision": Example(ids=_also(_restriction)),
    "POST /holds/check": Example(after("register"), _none, _body(**_ADA, system="crm")),
    # Copies.
    "POST /requests/{}/items/{}/data-sets/{}/records": Example(
        collected, _of_item(Right.ACCESS, copies.first_data_set), _body(purpose="assessment", first=0, most=50)
    ),
    "POST /requests/{}/items/{}/data-sets/{}/discarding": Example(ids=_of_item(Right.ACCESS, copies.first_data_set)),
    "POST /requests/{}/items/{}/uploads": Example(
        ids=_item(Right.ACCESS),
        body=_body(
            name="call",
            size=20,
            media_type="text/plain",
            system="crm",
            purpose="Customer relations",
            provenance="observed",
            description="Your call of 2 March.",
        ),
    ),
    "PATCH /uploads/{}": Example(
        _begun,
        lambda office, subject: (office.remembered["upload"],),
        raw=("application/octet-stream", b"A note of the agent."),
        headers=lambda office, subject: {"Upload-Offset": "0"},
    ),
    "GET /uploads/{}": Example(before("complete an upload"), lambda office, subject: (office.remembered["upload"],)),
    "DELETE /uploads/{}": Example(before("complete an upload"), lambda office, subject: (office.remembered["upload"],)),
    "POST /uploads/{}/completion": Example(ids=lambda office, subject: (office.remembered["upload"],)),
    "POST /requests/{}/items/{}/attachments/{}/discarding": Example(
        ids=_of_item(Right.ACCESS, _remembered("attachment"))
    ),
    "POST /requests/{}/items/{}/redactions/requirement": Example(
        ids=_item(Right.ACCESS), body=_target(reason="Her sister's number is in it.")
    ),
    "POST /requests/{}/items/{}/redactions": Example(
        ids=_item(Right.ACCESS),
        body=_target(
            kind="json-pointer", place="/0/mood", right="privacy-of-another", reason="It is about her sister."
        ),
    ),
    "POST /requests/{}/items/{}/redactions/{}/withdrawal": Example(ids=_of_item(Right.ACCESS, copies.first_redaction)),
    "POST /requests/{}/items/{}/redactions/confirmation": Example(ids=_item(Right.ACCESS), body=_target()),
    "POST /exports/{}/revocation": Example(body=_body(reason="wrong-recipient")),
    "POST /requests/{}/items/{}/password": Example(
        ids=_item(Right.ACCESS),
        body=_body(account="Called back at the number on file; she named her customer number."),
    ),
    "GET /reports/link-requests": Example(after("ask for a new link"), _none),
    "POST /exports/redemption": Example(_offered, _none, _link),
    "POST /invitations/acceptance": Example(_invited, _none, lambda office, _: {"code": office.remembered["code"]}),
    "GET /credentials": Example(before("revoke a token"), _none, role=Role.OPERATOR),
    "GET /exports/session/package": Example(
        _redeemed, _none, headers=lambda office, _: {"Authorization": f"Bearer {office.remembered['session']}"}
    ),
    # Other rights.
    "POST /requests/{}/items/{}/accuracy": Example(
        ids=_item(Right.RECTIFICATION), body=_body(finding="inaccurate", assessment="Compared with her passport.")
    ),
    "POST /requests/{}/items/{}/rectification": Example(
        ids=_item(Right.RECTIFICATION),
        body=_body(operation="corrected", field="surname", system="crm", before="Bryon", after="Byron"),
    ),
    "POST /requests/{}/items/{}/decision-review": Example(
        ids=_item(Right.AUTOMATED_DECISION), body=_body(finding="none-made")
    ),
    "POST /requests/{}/items/{}/copy": Example(ids=_item(Right.INFORMATION)),
    "POST /requests/{}/items/{}/transfer-assessment": Example(ids=_item(Right.PORTABILITY)),
    "POST /requests/{}/items/{}/transfer-target": Example(ids=_item(Right.PORTABILITY)),
    "POST /requests/{}/items/{}/transmission": Example(ids=_item(Right.PORTABILITY)),
    "POST /requests/{}/items/{}/restriction": Example(ids=_item(Right.RESTRICTION)),
    **{
        f"POST /requests/{{}}/restrictions/{{}}/{end}": Example(ids=_also(_restriction))
        for end in ("use", "review", "lifting-notice", "lifting")
    },
    "POST /requests/{}/items/{}/hand-over": Example(
        _packed,
        _item(Right.ACCESS),
        lambda office, _: {"export_id": office.remembered["package"], "url": "https://other.example/packages"},
    ),
    "POST /requests/{}/items/{}/objection": Example(
        ids=_item(Right.OBJECTION),
        body=_body(activities=["employee-evaluation"], grounds="My health suffers from it."),
    ),
    "POST /requests/{}/items/{}/balance": Example(ids=_item(Right.OBJECTION)),
    "POST /requests/{}/items/{}/stop": Example(ids=_item(Right.OBJECTION), body=_body(systems=["recordings"])),
    "POST /requests/{}/items/{}/consent-treatment": Example(
        ids=_item(Right.OBJECTION), body=_body(activities=["customer-calls"])
    ),
    # Letters, answers.
    "POST /dispatches/{}/edition": Example(body=_body(statements={"note": "We called you back."})),
    "POST /dispatches/{}/approval": Example(),
    "POST /dispatches/{}/discarding": Example(body=_body(reason="She withdrew by telephone.")),
    "POST /dispatches/{}/preview": Example(before("complete a letter"), body=_body(purpose="answering")),
    "POST /dispatches/{}/paper": Example(before("complete a letter"), body=_body(purpose="answering")),
    # Opened.
    "POST /audit/bundles": Example(after("register"), body=_body(scope=["all"])),
    "POST /requests/{}/disclosures": Example(before("note"), body=_body(purpose="assessment")),
    "POST /requests/{}/originals": Example(
        lambda office: office.case_by_mail(), body=_body(purpose="assessment", version=1, part=None)
    ),
    "POST /own-initiative-erasures/{}/disclosures": Example(
        before("cancel an erasure on own initiative"), body=_body(purpose="assessment")
    ),
    "POST /authority-disclosures/{}/disclosures": Example(
        before("review the request of an authority"), body=_body(purpose="assessment")
    ),
    "POST /matters/{}/disclosures": Example(before("answer a matter"), body=_body(purpose="complaint")),
    # Matters.
    "POST /matters/complaints": Example(
        ids=_none,
        body=_body(
            controller_id="callcentre-gb",
            channel="post",
            received_at="2026-03-05T09:00:00Z",
            language="en",
            sender="Ada Lovelace, 12 St James's Square, London",
            content="You answered my request too late.",
        ),
    ),
    "POST /matters/{}/letters": Example(after("open a complaint"), body=_body(kind="acknowledgement")),
    "GET /matters/{}/dispatches": Example(before("release a letter of a matter")),
    "POST /matters/{}/dispatches": Example(
        body=_body(
            kind="acknowledgement",
            channel="email",
            address={"name": "Ada Lovelace", "email": "ada@example.org", "postal": ["12 St James's Square", "London"]},
        )
    ),
    "POST /matters/{}/dispatches/{}/release": Example(ids=_also(_remembered("letter"))),
    "POST /matters/{}/dispatches/{}/discarding": Example(
        ids=_also(_remembered("letter")), body=_body(reason="We called her instead.")
    ),
    "POST /matters/{}/dispatches/{}/posting": Example(ids=_also(_remembered("letter"))),
    "POST /matters/{}/dispatches/{}/paper": Example(
        before("release a letter of a matter"), _also(_remembered("letter")), _body(purpose="complaint")
    ),
    "GET /matters/{}/notices": Example(before("release a notice to many people")),
    "POST /matters/{}/notices": Example(
        body=_body(
            texts=[{"language": "en", **TEXTS["en"]}, {"language": "de", **TEXTS["de"]}],
            recipients=[
                {"name": "Ada Lovelace", "email": "ada@example.org", "language": "en"},
                {"name": "Grace Hopper", "postal": ["Unter den Linden 1", "10117 Berlin", "Germany"], "language": "de"},
            ],
        )
    ),
    "POST /matters/{}/notices/{}/release": Example(ids=_also(_remembered("notice"))),
    "POST /matters/{}/notices/{}/discarding": Example(
        ids=_also(_remembered("notice")), body=_body(reason="The list turned out to be empty.")
    ),
    "GET /matters/{}/messages": Example(before("examine a message on a matter")),
    "POST /matters/{}/messages/{}/examination": Example(
        ids=_also(_remembered("reply")), body=_body(finding="She names her file number. We look for it.")
    ),
    "POST /matters/{}/messages/{}/original": Example(
        before("examine a message on a matter"), _also(_remembered("reply")), _body(purpose="complaint")
    ),
    "POST /matters/{}/acknowledgement": Example(body=_body(channel="email")),
    "POST /matters/{}/progress": Example(body=_body(channel="email", progress="We have asked the call centre.")),
    "POST /matters/incidents": Example(
        ids=_none,
        body=_body(
            controllers=["callcentre-de", "callcentre-gb"],
            channel="in-person",
            certain_at="2026-03-05T09:00:00Z",
            content="A list of callers was sent to the wrong customer.",
        ),
    ),
    "POST /matters/{}/risk": Example(body=_body(risk="high", reasons="The list names what they suffer from.")),
    "POST /matters/{}/notifications": Example(
        body=_body(
            authority="de-berlin",
            channel="web-form",
            content="What happened, how many people it concerns, what we do.",
        )
    ),
    "POST /matters/{}/notifications/omission": Example(
        body=_body(reasons="The list was encrypted, and the key is safe.")
    ),
    "POST /matters/{}/people": Example(body=_body(channel="post", content="What happened, and what they can do.")),
    "POST /matters/{}/people/exception": Example(
        body=_body(exception="risk-removed", reasons="The customer deleted the list unread.")
    ),
    "POST /matters/{}/controller": Example(
        body=_body(channel="email", content="What happened to the data that we process for you.")
    ),
    "POST /matters/letters": Example(
        ids=_none,
        body=lambda office, _: {
            "kind": "court-claim",
            "controller_id": "callcentre-de",
            "authority": "Amtsgericht Berlin-Mitte",
            "due_on": "2026-04-10",
            "channel": "post",
            "received_at": "2026-03-05T09:00:00Z",
            "language": "de",
            "content": "Die Klägerin verlangt Schadensersatz.",
            "file_number": "12 C 345/26",
            "request_ids": [str(office.remembered["sued-about"])],
        },
    ),
    "POST /matters/{}/date": Example(
        body=_body(
            due_on="2026-04-24",
            received_at="2026-03-05T09:00:00Z",
            channel="post",
            content="Wir verlängern die Frist bis zum 24. April 2026.",
        )
    ),
    "POST /matters/{}/assignment": Example(body=_body(responsible="carla")),
    "POST /matters/{}/requests": Example(
        body=lambda office, _: {"request_id": str(office.remembered["complained-of"])}
    ),
    "POST /matters/{}/answer": Example(
        body=_body(
            channel="post",
            reasons="The answer left two days late, since a system was searched twice.",
            remedies="We have changed how we search. You can complain to the Information Commissioner.",
        )
    ),
    "POST /matters/{}/closing": Example(body=_body(outcome="upheld")),
    # The house.
    "POST /staff/me/tellings": Example(ids=_none, body=_body(message="at-once", task="off")),
    "POST /saved-filters": Example(ids=_none, body=_body(name="Erasures", query={"right": "erasure"}, shared=True)),
    "POST /saved-filters/{}/revision": Example(
        _saved, body=_body(name="Erasures", query={"right": "erasure"}, shared=False)
    ),
    "DELETE /saved-filters/{}": Example(_saved),
    "DELETE /audit/bundles/{}": Example(_bundle, role=Role.AUDITOR),
    "POST /own-initiative-erasures": Example(
        ids=_none,
        body=_body(
            kind="refused-recording",
            controller_id="callcentre-de",
            system="recordings",
            found_at="2026-03-05T09:00:00Z",
            description="The call of 09:12; she said no.",
        ),
    ),
    "POST /own-initiative-erasures/{}/completion": Example(
        body=_body(
            systems=["recordings"],
            recipients_told=["telephony"],
            account="Deleted with its copies.",
            person_unknown=True,
        )
    ),
    "POST /own-initiative-erasures/{}/cancellation": Example(body=_body(reason="She agreed after all.")),
    "POST /authority-disclosures": Example(
        ids=_none,
        body=_body(
            controller_id="callcentre-de",
            authority="Staatsanwaltschaft Berlin",
            country="DE",
            received_at="2026-03-05T09:00:00Z",
            channel="post",
            text="Send us the recording of 2 March.",
            reference="234 Js 567/26",
            provision="§ 95 StPO",
        ),
    ),
    "POST /authority-disclosures/{}/review": Example(
        body=_body(
            finding="disclose-in-part",
            provision="§ 95 StPO",
            extent=["recording"],
            reasons="The provision demands it.",
        )
    ),
    "POST /authority-disclosures/{}/delivery": Example(
        body=_body(
            channel="in-person",
            systems=["recordings"],
            categories=["recording"],
            content="The recording of Ada Lovelace.",
            contact="Inspector Lestrade",
        )
    ),
    "POST /staff": Example(
        ids=_none,
        body=_body(
            identifier="carla",
            roles=["handler"],
            controllers=["callcentre-de"],
            confidentiality_signed_on="2026-03-04",
            training={"course": "gdpr-basics", "completed_on": "2026-03-04"},
        ),
    ),
    "POST /staff/{}/roles": Example(ids=_carla, body=_body(roles=["dpo"], controllers=["*"])),
    "POST /staff/{}/confidentiality": Example(ids=_carla, body=_body(signed_on="2026-03-04")),
    "POST /staff/{}/training": Example(ids=_carla, body=_body(course="phishing", completed_on="2026-03-04")),
    "POST /staff/{}/address": Example(ids=_carla, body=_body(email="carla@staff.example")),
    "POST /staff/{}/leaving": Example(ids=_carla),
    "POST /staff/{}/tokens": Example(
        ids=lambda *_: ("one-operator",),
        body=_body(name="nightly-report", roles=["operator"], reads_only=True, days=30),
        role=Role.OPERATOR,
    ),
    "POST /staff/{}/invitations": Example(ids=_carla),
    "POST /staff/{}/confirmation": Example(ids=_carla, role=Role.DPO),
    "POST /staff/{}/tokens/{}/revocation": Example(
        ids=lambda office, _: ("carla", office.remembered["token"]), role=Role.OPERATOR
    ),
    "GET /staff/{}": Example(before("change roles"), _carla),
    "GET /staff/{}/tokens": Example(before("revoke a token"), _carla, role=Role.OPERATOR),
    "POST /staff/{}/sessions/{}/end": Example(
        ids=lambda office, _: ("carla", office.remembered["session"]), role=Role.OPERATOR
    ),
    "POST /staff/{}/sessions/end": Example(ids=_carla, role=Role.OPERATOR),
    "POST /staff/{}/passkeys/{}/revocation": Example(
        ids=lambda office, _: ("carla", office.remembered["passkey"]), role=Role.OPERATOR
    ),
    "POST /staff/{}/accounts": Example(ids=_carla, body=_body(subject="248289761001")),
    "POST /staff/{}/accounts/{}/unlinking": Example(
        ids=lambda office, _: ("carla", office.remembered["account"]), role=Role.OPERATOR
    ),
    "GET /staff/{}/accounts": Example(before("unlink an account"), _carla, role=Role.OPERATOR),
    "GET /staff/{}/sessions": Example(before("end a session of a member of staff"), _carla, role=Role.OPERATOR),
    "GET /staff/{}/passkeys": Example(before("revoke a passkey"), _carla, role=Role.OPERATOR),
    "GET /staff/me": Example(nothing, _none, role=Role.HANDLER),
    "POST /ropa": Example(ids=_none, raw=("application/yaml", _ROPA)),
    "POST /announcements/{}/completion": Example(
        ids=lambda *_: (2,),
        body=_body(announced_on="2026-03-05", channels=["website"], summary="Another French member."),
    ),
    "GET /announcements/{}": Example(before("announce a change of controllers"), lambda *_: (2,)),
    "GET /announcements": Example(before("announce a change of controllers"), _none),
    "POST /controllers/{}/signing-keys": Example(ids=lambda *_: ("callcentre-de",)),
    "GET /controllers/{}/jwks.json": Example(
        after("change the key that signs packages"), lambda *_: ("callcentre-de",)
    ),
    "GET /evidence/checkpoint": Example(before("change the key that signs the log"), _none, role=Role.AUDITOR),
    "GET /evidence/keys": Example(before("change the key that signs the log"), _none),
    "POST /evidence/keys": Example(ids=_none),
    "GET /policies": Example(before("retry a policy"), _none),
    "POST /policies/{}/retries": Example(ids=lambda *_: ("acknowledge-receipt",)),
    "GET /evidence/events/{}": Example(before("change the key that signs the log"), lambda *_: (2,), role=Role.AUDITOR),
    "GET /evidence/growth": Example(
        before("change the key that signs the log"), _none, query={"earlier": "2"}, role=Role.AUDITOR
    ),
    "GET /ropa/{}": Example(nothing, lambda *_: (1,)),
    # Letters that came back.
    "POST /requests/{}/returned-letters": Example(
        body=lambda office, subject: {
            "version": last_letter(office, subject),
            "account": "Moved, address unknown.",
        }
    ),
    # Messages.
    "POST /requests/{}/joining": Example(
        body=lambda office, subject: {"joined_to": str(office.case(subject).linked_to)}
    ),
    "POST /requests/{}/messages/examination": Example(
        body=lambda office, subject: {
            "message_ids": [str(each.message_id) for each in office.case(subject).messages_waiting],
            "kind": "new-request",
            "rights": ["erasure"],
        }
    ),
    "POST /requests/{}/suggestion": Example(body=lambda *_: {}),
    "GET /requests/{}/questions": Example(before("take the answer to a question")),
    "POST /requests/{}/questions/{}/answer": Example(ids=_also(questions.the_question)),
    "GET /messages": Example(before("examine messages"), _none),
    "GET /requests/{}/messages": Example(after("examine messages")),
    # What is read.
    "GET /requests/{}": Example(after("register")),
    "GET /requests/{}/items": Example(after("register")),
    "GET /requests/{}/timeline": Example(after("note")),
    "GET /requests/{}/deadline": Example(after("register")),
    "GET /requests/{}/next": Example(after("register"), query={"command": "grant"}),
    "GET /requests/{}/report.html": Example(after("register")),
    "GET /requests/{}/report.pdf": Example(after("register")),
    "GET /requests/{}/rights": Example(after("register")),
    "GET /requests/{}/duplicate-suggestions": Example(before("link a duplicate")),
    "GET /requests/{}/fees": Example(after("propose a fee")),
    "GET /requests/{}/recipients": Example(after("tell a recipient")),
    "GET /requests/{}/representation": Example(after("accept a representation")),
    "GET /requests/{}/restrictions": Example(after("restrict")),
    "GET /requests/{}/dispatches": Example(after("write a letter")),
    "GET /requests/{}/exports": Example(_packed),
    "GET /requests/{}/items/{}/data-sets": Example(after("collect"), _item(Right.ACCESS)),
    "GET /requests/{}/items/{}/attachments": Example(before("discard an attachment"), _item(Right.ACCESS)),
    "GET /requests/{}/items/{}/redactions": Example(after("redact"), _item(Right.ACCESS)),
    "GET /requests/{}/earlier-facts": Example(before("confirm an earlier fact")),
    "GET /requests/{}/calendar-correction": Example(before("correct the calendar")),
    "POST /bulk/forgettings": Example(
        before("propose to forget"),
        _none,
        lambda office, subject: {
            "ground": "authority-order",
            "reasons": "By the order of 3 March.",
            "requests": [_seen()(office, subject)],
        },
    ),
    "POST /bulk/forgettings/decision": Example(
        before("order to forget"),
        _none,
        lambda office, subject: {"approve": True, "requests": [_seen()(office, subject)]},
    ),
    "GET /requests/{}/forgetting/linked": Example(before("propose to forget")),
    "GET /retention/due": Example(before("propose to forget"), _none),
    "GET /retention/batches": Example(before("propose a retention batch"), _none),
    "GET /retention/batches/{}": Example(before("order a retention batch")),
    "GET /requests/{}/forgetting": Example(after("order to forget")),
    "GET /requests/{}/forgetting/preview": Example(before("propose to forget")),
    "GET /deletions": Example(after("order to forget"), _none),
    "GET /requests/{}/items/{}/information": Example(after("correct what is told"), _item(Right.ACCESS)),
    "GET /requests": Example(after("register"), _none, query={"status": "open", "sort": "due"}),
    "GET /holds": Example(after("place a hold"), _none),
    "GET /dispatches": Example(after("write a letter"), _none),
    "GET /dispatches/{}": Example(before("complete a letter")),
    "GET /exports/{}": Example(before("revoke a link")),
    "GET /intake/quarantine": Example(before("discard a quarantined message"), _none),
    "GET /intake/quarantine/{}": Example(before("discard a quarantined message")),
    "GET /own-initiative-erasures": Example(after("report data that must go"), _none),
    "GET /own-initiative-erasures/{}": Example(after("report data that must go")),
    "GET /matters": Example(after("open a complaint"), _none, query={"kind": "complaint"}),
    "GET /matters/{}": Example(after("open a complaint")),
    "GET /matters/{}/forgetting": Example(after("propose to forget a matter")),
    "GET /matters/{}/forgetting/preview": Example(before("propose to forget a matter")),
    "GET /matters/{}/bundle": Example(after("link a request to a matter")),
    "GET /authority-disclosures": Example(after("record the request of an authority"), _none),
    "GET /authority-disclosures/{}": Example(after("record the request of an authority")),
    "GET /saved-filters": Example(_saved, _none),
    "GET /staff/me/tellings": Example(nothing, _none),
    "GET /saved-filters/{}": Example(_saved),
    "GET /audit/bundles/{}": Example(_bundle, role=Role.AUDITOR),
    "GET /decisions": Example(after("grant"), _none, query={"kind": "grant"}),
    "GET /reports/late": Example(_later(after("register"), days=40), _none),
    "GET /reports/due-soon": Example(after("register"), _none, query={"days": "60"}),
    "GET /reports/unacknowledged": Example(_later(after("register"), days=40), _none),
    "GET /reports/missed": Example(_missed, _none),
    "GET /reports/workload": Example(after("assign"), _none),
    "GET /reports/untold-recipients": Example(before("tell a recipient"), _none),
    "GET /reports/restrictions-to-review": Example(_later(after("review a restriction"), days=190), _none),
    "GET /statistics": Example(after("register"), _none),
    "GET /statistics/suggestions": Example(_examined_after_reading, _none),
    "GET /audit/events": Example(after("note"), _none, query={"limit": "2"}),
    "GET /audit/disclosures": Example(_disclosed, _none),
    "GET /audit/requests/{}": Example(after("register")),
    "GET /authorities": Example(nothing, _none, query={"country": "DE"}),
    **{
        route: Example(nothing, _none)
        for route in (
            "GET /staff",
            "GET /ropa",
            "GET /health/live",
            "GET /health/ready",
            "GET /metrics",
            "GET /schemas/ropa.json",
            "GET /schemas/export-manifest.json",
        )
    },
}
"""By method and path, where the catalogue alone does not say enough."""


def operations() -> dict[str, str]:
    """Routes as the catalogue names them, by the names of their operations."""
    return {
        operation["operationId"]: f"{method.upper()} {re.sub('{[^}]*}', '{}', path).removeprefix('/api/v1')}"
        for path, item in document()["paths"].items()
        for method, operation in item.items()
        if method != "parameters"
    }


@dataclass(frozen=True)
class Shown:
    """A call and its answer, as the specification shows them."""

    role: str
    """Empty where anybody may ask."""
    path: str
    request: Any
    status: int
    answer: Any

    def written(self) -> dict[str, Any]:
        """As it is kept: what there is none of, and what is too long, is left out."""
        answer = self.answer if self.answer is not None and len(str(self.answer)) <= LARGEST else None
        found = {
            "role": self.role or None,
            "path": self.path,
            "request": self.request,
            "status": self.status,
            "answer": answer,
        }
        return {name: value for name, value in found.items() if value is not None}


@dataclass(frozen=True)
class Called:
    """An operation, its answer, and what it sent to the databases."""

    role: str
    """Empty where anybody may ask."""
    request: Any
    answer: TestResponse
    traffic: Traffic


@dataclass(frozen=True)
class Prepared:
    """A lawful call of an operation, for which all has happened that has to."""

    method: str
    pattern: str
    """The path with `{}` for each id."""
    ids: tuple[str, ...]
    role: Role | None
    """None where anybody may ask."""
    subject: Any
    """What the ids are about."""
    raw: bytes | None
    headers: Mapping[str, str]
    sent: Mapping[str, Any]

    @property
    def path(self) -> str:
        return self.about(*self.ids)

    def about(self, *ids: str) -> str:
        """The path with these ids."""
        return self.pattern.replace("{}", "%s") % ids


def prepared(route: str, team: Team, office: Office) -> Prepared:
    """Do all that has to have happened before the operation of a route is called."""
    command = next((each for each in COMMANDS if each.http and f"POST {each.http.path}" == route), None)
    named = EXAMPLES.get(route, Example())
    given = named.given or (command.desk.given if command and command.desk else nothing)
    method, pattern = route.split(" ")
    subject = given(office)
    ids = tuple(map(str, named.ids(office, subject)))[: pattern.count("{}")]
    _, said = routes(team.app)[route]
    body = named.body(office, subject) if named.body else (command.http.body if command and command.http else {})
    sent: dict[str, Any] = {"query_string": dict(named.query)} if named.query else {}
    if named.raw is not None:
        sent |= {"content_type": named.raw[0], "data": named.raw[1]}
    elif method == "POST":
        sent |= {"json": dict(body)}
    role = None if said.public else named.role or _first(said.roles or frozenset())
    if said.if_match:
        sent["if_match"] = f'"{version_of(office, subject, pattern)}"'
    if said.takes_key:
        sent["key"] = "1"
    raw = named.raw[1] if named.raw else None
    return Prepared(method, pattern, ids, role, subject, raw, named.headers(office, subject), sent)


def called(route: str, team: Team, office: Office) -> Called:
    """Do all that has to have happened, then call the operation of a route once."""
    call = prepared(route, team, office)
    if call.role is not None and call.method == "POST":  # whoever uses a token for the first time today costs more
        team.get("/staff/me", call.role)
    with counted(team.service) as traffic:
        answer = team.ask(call.method, call.path, call.role, headers=dict(call.headers), **call.sent)
    assert answer.status_code < 300, f"{route}: {answer.text}"
    request = call.sent.get("json") if call.raw is None else call.raw.decode()
    return Called(call.role or "", request, answer, traffic)


def shown(made: Called) -> Shown:
    """With names of ours for what differs from run to run."""
    asked, query = made.answer.request, made.answer.request.query_string.decode()
    path = asked.path + (f"?{query}" if query else "")
    return _plain(Shown(made.role, path, made.request, made.answer.status_code, _told(made.answer)))


def _first(roles: frozenset[Role]) -> Role:
    return Role.HANDLER if Role.HANDLER in roles else min(roles)


def version_of(office: Office, subject: Any, path: str) -> int:
    """The version of the aggregate that the command is about."""
    stream = staff_id("carla") if path.startswith("/staff/") else subject
    return max((each.stream_version for each in office.service.log.read() if each.stream_id == stream), default=1)


def _told(answer: TestResponse) -> Any:
    if answer.mimetype == "application/json":
        return _short(answer.get_json())
    return answer.text if answer.mimetype == "text/plain" else None


def _short(value: Any) -> Any:
    """Two entries of a list say what it is a list of."""
    if isinstance(value, dict):
        return {name: _short(each) for name, each in value.items()} | _fixed(value)
    return [_short(each) for each in value[:2]] if isinstance(value, list) else value


_DIGEST: Final = base64.b64encode(hashlib.sha256().digest()).decode()
_LOG: Final = "dsr/00000000-0000-4000-8000-000000000001"
"""In place of hashes, keys and signatures of the log, and of its name."""


def _fixed(value: dict[str, Any]) -> dict[str, Any]:
    """What changes with every word of a template, or with how well ids and keys can be packed."""
    found: dict[str, Any] = {"template_version": "0123456789abcdef"} if "template_version" in value else {}
    found |= {"size": 14_750} if {"kind", "size"} <= value.keys() else {}
    found |= {"verifier": f"{_LOG}+5260a482+{_DIGEST}"} if "verifier" in value else {}
    found |= {"hashes": [_DIGEST for _ in value["hashes"]]} if "hashes" in value else {}
    if {"root", "note", "size"} <= value.keys():
        found |= {"root": _DIGEST, "note": f"{_LOG}\n{value['size']}\n{_DIGEST}\n\n\u2014 {_LOG} {_DIGEST}\n"}
    return found


_DIFFERS: Final = re.compile(
    r"(?P<uuid>[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})"
    r"|(?P<reference>(?:DSR|\bM)-[0-9A-Z]{4}-[0-9A-Z]{4})|(?P<digest>\b[0-9a-f]{64}\b)"
    r"|(?P<secret>(?<![\w-])(?=[\w-]*[A-Z])(?=[\w-]*[a-z])[\w-]{30,}(?![\w-]))"
    r"|(?P<code>(?<=\"password\": \")[^\"]+|(?<=\"password\":\")[^\"]+)"
)


def _plain(shown: Shown) -> Shown:
    """The same with names of ours for what differs from run to run."""
    known: dict[str, str] = {}

    def named(found: re.Match[str]) -> str:
        kind = found.lastgroup or ""
        number = 1 + sum(each.startswith(kind) for each in known.values())
        known.setdefault(found[0], f"{kind}{number}")
        place = int(known[found[0]].removeprefix(kind))
        match kind:
            case "uuid":
                return f"00000000-0000-4000-8000-{place:012x}"
            case "reference":
                return f"{found[0].partition('-')[0]}-7KQ4-M2X{'23456789'[place]}"
            case "digest":
                return f"{place:064x}"
            case "secret":
                return f"EXAMPLE-secret-{place:020}"
            case _:
                return "EXAMPLE-CODE"

    text = msgspec.json.encode([shown.role, shown.path, shown.request, shown.status, shown.answer]).decode()
    return Shown(*msgspec.json.decode(_DIFFERS.sub(named, text)))
