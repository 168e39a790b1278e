"""A populated installation, made through the desk: each use case once, then cases in each state that matters.

    python -m tests.installations.populate VERSION

stores it in `tests/installations/VERSION`. Run it once for each release, with the code of that release: what is stored
is never made again.
"""

import sys
import tempfile
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from functools import partial
from hashlib import sha256
from ipaddress import ip_network
from pathlib import Path
from typing import Any
from unittest.mock import patch
from uuid import UUID

from dsr.bootstrap import Service, build, init
from dsr.database import metadata
from dsr.database.migrations import head_revision
from dsr.desk.audits import EventFilter
from dsr.desk.bundles import parse_scope
from dsr.desk.caller import Call
from dsr.desk.caller import service as part
from dsr.desk.dispatching import Address
from dsr.desk.heartbeats import Heartbeat, Part
from dsr.desk.my import SignInRefused
from dsr.desk.named_in_log import NamedInLog
from dsr.desk.new_case import Person
from dsr.desk.upload_store import UploadDetails
from dsr.domain.events import Event, event_types
from dsr.domain.handing_over import TargetRefused
from dsr.domain.matter import MatterKind
from dsr.domain.messages import MessageInDoubt
from dsr.domain.own_file import FileKind
from dsr.domain.request.letters import LetterKind
from dsr.domain.request.message import MessageKind
from dsr.domain.request.standing import TargetMethod
from dsr.domain.request.values import Channel, DisclosurePurpose, IdentityMethod, Provenance
from dsr.domain.rights import Right
from dsr.domain.roles import Role
from dsr.domain.staff import StaffIdentifierTaken, Training
from dsr.domain.telling import TellingChoice, WaitKind
from dsr.letters.fields import FreeText
from dsr.mailbox.bounce import Bounce
from dsr.passkeys import PasskeyRefused
from dsr.settings import load_settings
from dsr.transfer import HttpsTransport
from dsr.worker import Worker
from tests.authenticator import BROWSER, Authenticator, staff_at_browser
from tests.catalogue.catalogue import AT_DESK
from tests.catalogue.deadlines import extension_approved
from tests.catalogue.matters import written
from tests.conftest import EXAMPLE_ROPA
from tests.desk.office import Office
from tests.desk.test_use_cases import OWN_USE_CASES, version
from tests.installations.stored import HERE, KINDS, Facts, store
from tests.mailed import secret_in_mail
from tests.receiver import listening
from tests.settable_clock import SettableClock

TEXT = "I am requesting access to my personal data under Article 15 GDPR. Please send me a copy."
FIRST = "enrol"
TWICE = ("adopt the record of processing", "save a filter")
"""What others are given anyway."""
LAST = ("announce a change of controllers", "correct the calendar", "let the offer of a fee expire", "leave")
"""Use cases after which time has passed, or something is gone that others need."""

NOT_MADE = {
    "dsr.dispatch.renewed",
    "dsr.matter.date-approaching",
    "dsr.matter.letter-failed",
    "dsr.matter.letter-returned",
    "dsr.own-file.forgetting-restored",
    "dsr.quarantine.malware-noted",
    "dsr.request.forgetting-restored",
    "dsr.request.malware-noted",
    "dsr.staff.address-returned",
}
"""Events that are seldom, and shaped as others are."""


class OneOffice(Office):
    """An office in which all use cases run one after the other: each for another person, by the same staff."""

    number = 0

    def next_person(self) -> None:
        """Another one asks from here on."""
        self.number += 1

    def arrived(self, controller_id: str = "callcentre-de", text: str = TEXT, **facts: Any) -> UUID:
        person = Person(
            name=f"Ada {self.number}", email=f"ada{self.number}@example.org", phone=f"+49 30 {self.number:07}"
        )
        return super().arrived(controller_id, text, **{"person": person} | facts)

    def enrol(self, identifier: str, *controllers: str, **facts: Any) -> Any:
        try:
            return super().enrol(identifier, *controllers, **facts)
        except StaffIdentifierTaken:
            return True

    def receive(self, raw: bytes | None = None, **facts: Any) -> Any:
        another = None if raw is None else raw.replace(b"garbage", b"garbage %d" % self.number)  # else it is known
        return super().receive(another, **facts)


def given(name: str, office: Office) -> UUID:
    """What has to have happened before this use case; the id of what it works on."""
    subject = AT_DESK[name].given(office)
    assert subject is not None
    return subject


def populate(service: Service, clock: SettableClock) -> Facts:
    """Fill an installation that has the example record of processing; nothing of it may be running."""
    office = OneOffice(service, clock)
    _every_use_case(office)
    _what_no_use_case_makes(office)
    _let_time_pass(office)
    cases = _cases(office)
    to_read, original = _a_case_by_mail(office)
    office.next_person()
    to_work_on = office.granted(Right.ACCESS)
    office.collect(to_work_on, "access")
    package = _a_package(office)
    tokens = _tokens(office, to_read)
    _sign_in_attempts(office, to_read)
    upload = _an_upload(office)
    _work(office)
    _a_bundle(office)
    parked = _parked(office)
    letters = _letters(office)
    _note_failure(office)
    # The worker has not sent these yet.
    office.desk.my.ask_for_code(office.case(to_read).reference, language="en", network="192.0.2.7")
    office.desk.subject_access.issue_token(to_work_on, office.call(to_work_on))
    _require_everything(service)
    person = {"name": "Grace Hopper", "text": TEXT}
    return Facts(
        at=clock.now().isoformat(),
        revisions={kind: head_revision(kind) for kind in KINDS},
        tokens=tokens,
        to_read={"request_id": str(to_read), "reference": office.case(to_read).reference, **person},
        to_work_on=str(to_work_on),
        original=original,
        package=package,
        letters={name: str(dispatch_id) for name, dispatch_id in letters.items()},
        parked=parked,
        upload=upload,
        cases={name: str(request_id) for name, request_id in cases.items()},
    )


# Everything once ----------------------------------------------------------------------------------------------------


def _every_use_case(office: OneOffice) -> None:
    names = [name for name in AT_DESK if name not in (FIRST, *TWICE, *LAST)]
    for name in (FIRST, *names, *LAST):
        case = AT_DESK[name]
        office.next_person()
        subject = case.given(office)
        case.run(office, subject, Call(office.ann, expected=version(office, subject), idempotency=office.key(name)))
        if name == FIRST:
            office.desk.staff.confirm("carla", Call(part("installation")))
        if name == "enter a request":
            for own in OWN_USE_CASES:
                office.next_person()
                own.run(office, own.given(office))


def _what_no_use_case_makes(office: OneOffice) -> None:
    """Openings on record, readings of an auditor, a reply, a report that a letter came back, a direct transfer."""
    desk, audit = office.desk, {"purpose": DisclosurePurpose.AUDIT}
    desk.own_erasures.open(given("carry out an erasure on own initiative", office), Call(office.ann), **audit)
    desk.authority_disclosures.open(given("review the request of an authority", office), Call(office.ann), **audit)
    desk.matters.open(given("answer a matter", office), Call(office.ann), **audit)
    desk.quarantine.open(
        given("discard a quarantined message", office), Call(office.ann), purpose=DisclosurePurpose.AUDIT
    )
    desk.signing.rotate("callcentre-de", Call(office.ann))
    forgotten = given("order to forget", office)
    desk.forgetting.decide(forgotten, office.call(forgotten), approve=True, reason="")
    desk.forgetting.purge(forgotten, Call(part("policy:test")))
    matter = given("order to forget a matter", office)
    desk.file_forgetting.decide(matter, Call(office.ann), kind=FileKind.MATTER, approve=True, reason="")
    desk.file_forgetting.purge(FileKind.MATTER, matter, Call(part("policy:test")))
    batch = given("order a retention batch", office)
    desk.retention.decide(batch, Call(office.ann, expected=2), approve=True)
    desk.retention.carry_out(batch, Call(part("policy:test")))
    suggested = given("suggest rights", office)
    for name in ("suggest rights", "examine messages"):
        AT_DESK[name].run(office, suggested, office.call(suggested))
    auditor = office.member("eve", roles=frozenset({Role.AUDITOR}))
    request_id = office.granted(Right.ERASURE)
    desk.audits.events(auditor, EventFilter(), limit=1)
    desk.audits.request(request_id, auditor)
    desk.audits.record_page(auditor, route="/api/v1/requests", subjects=(request_id,))
    draft = office.refusal(in_part=True)
    desk.items.propose_refusal(request_id, "erasure", office.call(request_id, office.bob), draft=draft)
    desk.items.decide_refusal(request_id, "erasure", office.call(request_id), approve=True, reason="")
    for kind in (LetterKind.ACKNOWLEDGEMENT, LetterKind.IDENTITY_QUESTION):
        if kind is LetterKind.IDENTITY_QUESTION:
            _ask(office, request_id)
            office.clock.advance(days=1)  # the question was put later than it is dated
        letter = UUID(desk.dispatching.prepare(request_id, Call(office.ann), kind=kind).resource_id)
        desk.dispatching.preview(letter, Call(office.ann), purpose=DisclosurePurpose.ANSWERING)
        desk.dispatching.release(letter, Call(office.ann))
    desk.dispatching.drain(office.clock.now(), 100)
    returned = Bounce((f"{letter}@callcentre.example",), "5.1.1", permanent=True)
    assert desk.dispatching.record_bounce(returned, Call(part("policy:test"))) == letter
    sender = f"ada{office.number}@example.org"
    reply = office.mail("Here I am.", sender=sender, subject=f"Re: {office.case(request_id).reference}")
    received = office.receive(reply)
    assert received.outcome == "follow-up", received
    written(office, Call(office.ann), kind=MatterKind.ORDER, request_ids=(request_id,))
    _hand_over(office)
    _messages(office)
    _questions(office)
    _asked_by_link(office)


def _asked_by_link(office: OneOffice) -> None:
    """The owner of a system opens a link."""
    desk = office.desk
    office.next_person()
    request_id = office.registered(Right.ACCESS)
    issued = desk.search_links.issue(
        request_id, "access", office.call(request_id), system="crm", look_for="Ada, customer 4711"
    )
    desk.search_links.open(desk.search_links.token(issued))


def _questions(office: OneOffice) -> None:
    """One that left by letter, and one that was put by telephone and is never answered."""
    desk = office.desk
    office.next_person()
    request_id = office.registered(Right.ERASURE)
    desk.questions.ask(request_id, office.call(request_id), question="Which of your three accounts do you mean?")
    (question_id,) = office.case(request_id).questions
    letter = desk.dispatching.prepare(
        request_id, Call(office.ann), kind=LetterKind.QUESTION, concerns=str(question_id)
    ).resource_id
    desk.dispatching.release(UUID(letter), Call(office.ann))
    desk.dispatching.drain(office.clock.now(), 100)
    office.next_person()
    given("take the answer to a question", office)


def _messages(office: OneOffice) -> None:
    """A proof that came by reply; a dispute of an answer; a case that is closed although a message waits."""
    office.next_person()
    request_id = office.registered(Right.ACCESS)
    _ask(office, request_id)
    _examine(office, request_id, MessageKind.IDENTITY_ANSWER)
    office.next_person()
    _examine(office, given("reopen", office), MessageKind.DISPUTE, reason="She says that a recording is missing.")
    office.next_person()
    request_id = given("close", office)
    office.clock.advance(days=31)
    _reply(office, request_id)
    office.desk.answers.close(
        request_id, office.call(request_id), unidentified=False, unexamined_reason="The answer is due today."
    )


def _examine(office: OneOffice, request_id: UUID, kind: MessageKind, reason: str = "") -> None:
    message_ids = (_reply(office, request_id),)
    office.desk.messages.examine(request_id, office.call(request_id), message_ids=message_ids, kind=kind, reason=reason)


def _reply(office: OneOffice, request_id: UUID) -> UUID:
    return office.reply(request_id, sender=f"ada{office.number}@example.org")


def _hand_over(office: OneOffice) -> None:
    """A package that another controller took, and one that it refused."""
    with tempfile.TemporaryDirectory() as folder, listening(Path(folder)) as receiver:
        office.desk.hand_overs._transport = HttpsTransport(
            authorities=receiver.authorities, private_networks=(ip_network("127.0.0.0/8"), ip_network("::1/128"))
        )
        for status in (201, 403):
            office.next_person()
            receiver.answering(status, b"{}")
            request_id = office.granted(Right.PORTABILITY)
            office.collect(request_id, "portability")
            desk = office.desk.transfer
            desk.assess(request_id, "portability", office.call(request_id), feasible=True, reasons="")
            seen: dict[str, Any] = {"target": "localhost", "method": TargetMethod.CERTIFICATE, "verified_at": None}
            desk.verify_target(request_id, "portability", office.call(request_id), **seen)
            office.search(request_id, "portability")
            export_id = UUID(
                office.desk.exports.prepare(request_id, "portability", office.call(request_id)).resource_id
            )
            with suppress(TargetRefused):
                office.desk.hand_overs.hand_over(
                    request_id, "portability", office.call(request_id), export_id=export_id, url=receiver.url()
                )


def _require_everything(service: Service) -> None:
    """No kind of event and no table is left out, so that none is forgotten by an upgrade."""
    made = {recorded.name for recorded in service.log.read()}
    known = {name for name, found in event_types(Event).items() if found.__module__.startswith("dsr.")}
    missing = known - made - NOT_MADE
    assert not missing, f"no event of {sorted(missing)}: play it, or name it in NOT_MADE"
    for database, tables in ((service.database, metadata.main), (service.keys_database, metadata.keys)):
        with database.reading() as connection:
            empty = [each.name for each in tables.sorted_tables if not connection.execute(each.select().limit(1)).all()]
        assert empty == [], f"give these tables rows: {empty}"


def _let_time_pass(office: OneOffice) -> None:
    """What comes due is recorded, policies react to the last of it, packages that were kept for long enough go."""
    noticed = extension_approved(office)
    left_at = office.clock.now()
    for days in (25, 5, 5):
        policies = office.service.policies
        for state in policies.states():  # what they would write to all of these cases is much, and all the same
            policies.start_at(state.name, office.service.log.head().position)
        office.clock.advance(days=days)
        while office.desk.due_dates.sweep().found or office.desk.matter_dates.sweep().found:
            pass
    notice = replace(office.letter(LetterKind.EXTENSION), dispatched_at=left_at)
    office.desk.deadlines.send_extension_notice(noticed, office.call(noticed), draft=notice)
    _work(office)
    for _ in office.desk.exports.purge_due():
        pass


def _work(office: OneOffice) -> None:
    worker = Worker(office.service)
    while worker.round():
        pass
    assert worker.failures == {}
    now = office.clock.now()
    NamedInLog(office.service.database).catch_up()
    office.service.desk.heartbeats.give(Heartbeat(part, now, now, succeeded_at=now) for part in Part)


# Cases in each state ------------------------------------------------------------------------------------------------


def _cases(office: OneOffice) -> dict[str, UUID]:
    made: dict[str, Callable[[OneOffice], UUID]] = {
        "arrived": OneOffice.arrived,
        "suspended": partial(given, "take evidence"),
        "extended": _extended,
        "closed": partial(given, "reopen"),
        "reopened": _reopened,
        "duplicate": _duplicate,
        "unidentified": _unidentified,
        "united-kingdom": _british,
    }
    found: dict[str, UUID] = {}
    for name, make_case in made.items():
        office.next_person()
        found[name] = make_case(office)
    return found


def _ask(office: OneOffice, request_id: UUID) -> None:
    office.desk.identity.ask(
        request_id, office.call(request_id), doubt="Another address.", method=IdentityMethod.CALL_BACK, asked_at=None
    )


def _extended(office: OneOffice) -> UUID:
    request_id = extension_approved(office)
    office.desk.deadlines.send_extension_notice(
        request_id, office.call(request_id), draft=office.letter(LetterKind.EXTENSION)
    )
    return request_id


def _reopened(office: OneOffice) -> UUID:
    request_id = given("reopen", office)
    office.desk.answers.reopen(request_id, office.call(request_id), reason="A system was missed.", item_ids=("access",))
    return request_id


def _duplicate(office: OneOffice) -> UUID:
    first, second = office.arrived(), office.arrived()
    office.desk.triage.link_duplicate(second, office.call(second), original_id=first)
    return second


def _unidentified(office: OneOffice) -> UUID:
    request_id = given("take evidence", office)
    for kind in (LetterKind.IDENTITY_QUESTION, LetterKind.REFUSAL):
        office.desk.answers.record_answer(request_id, office.call(request_id), draft=office.letter(kind), item_ids=())
        if kind is LetterKind.IDENTITY_QUESTION:
            office.desk.identity.give_up(request_id, office.call(request_id), reason="Nobody answered.")
    office.desk.answers.close(request_id, office.call(request_id), unidentified=True)
    return request_id


def _british(office: OneOffice) -> UUID:
    """Its month waits for proof of identity."""
    request_id = office.registered(Right.ACCESS, controller_id="callcentre-gb")
    _ask(office, request_id)
    return request_id


def _a_case_by_mail(office: OneOffice) -> tuple[UUID, dict[str, Any]]:
    """Evidence of identity is there, and nobody has looked at it yet."""
    raw = office.mail(TEXT, sender="Grace Hopper <grace@example.org>")
    request_id = office.receive(raw).request_id
    assert request_id is not None
    office.desk.triage.register(request_id, office.call(request_id), rights=(Right.ACCESS,), direct_marketing=False)
    _ask(office, request_id)
    office.desk.identity.take_evidence(
        request_id, office.call(request_id), evidence=None, received_at=None, content=b"%PDF-1.7 a card"
    )
    return request_id, {"request_id": str(request_id), "version": 1, "sha256": sha256(raw).hexdigest()}


# What stands beside the cases ---------------------------------------------------------------------------------------


def _a_package(office: OneOffice) -> dict[str, str]:
    office.next_person()
    request_id = office.granted(Right.ACCESS)
    office.collect(request_id, "access")
    office.attach(request_id, "access", b"A note of the agent.")
    office.search(request_id, "access")
    export_id = UUID(office.desk.exports.prepare(request_id, "access", office.call(request_id)).resource_id)
    link = office.desk.exports.link(office.desk.exports.offer(export_id, Call(office.ann)))
    _post_password(office, request_id)
    session = office.desk.exports.redeem(link.token, link.password, network="192.0.2.0/24").secret
    content = b"".join(office.desk.exports.download(session, network="192.0.2.0/24"))
    again = office.desk.exports.link(office.desk.exports.offer(export_id, Call(office.ann)))
    return {
        "request_id": str(request_id),
        "token": again.token,
        "second_secret": again.password,
        "sha256": sha256(content).hexdigest(),
    }


def _post_password(office: OneOffice, request_id: UUID) -> None:
    """By post: the link went by mail."""
    letters, call = office.desk.dispatching, Call(office.ann)
    home = Address(name="Ada Lovelace", postal=("Ockham Lane 3", "London"))
    written = letters.prepare(request_id, call, kind=LetterKind.PASSWORD, item_ids=("access",), address=home)
    dispatch_id = UUID(written.resource_id or "")
    letters.release(dispatch_id, call)
    letters.mark_posted(dispatch_id, call)


def _tokens(office: OneOffice, subject_of: UUID) -> dict[str, str]:
    desk, today = office.desk.staff, office.clock.now().date()
    office.desk.subject_access.issue_token(subject_of, office.call(subject_of))
    tokens = {"subject": secret_in_mail(office.service)}
    for role in (Role.OPERATOR, Role.HANDLER, Role.APPROVER, Role.DPO):
        identifier = f"one-{role.value}"
        signed: dict[str, Any] = {"confidentiality_signed_on": today, "training": Training("gdpr-basics", today)}
        desk.enrol(Call(part("installation")), identifier=identifier, roles=(role,), controllers=("*",), **signed)
        office.desk.work_addresses.give(identifier, Call(part("installation")), email=f"{identifier}@staff.example")
        tokens[role.value] = desk.secret(desk.issue_token(identifier, Call(part("installation")), days=3_000))
    key, _ = staff_at_browser(office, "one-operator")
    signing_in = office.desk.signing_in
    signing_in.sign_in(key.get(signing_in.options(BROWSER).options), BROWSER)
    secret = signing_in.sign_in(key.get(signing_in.options(BROWSER).options), BROWSER)
    caller = desk.authenticate_session(secret)
    signing_in.step_up(key.get(signing_in.step_up_options(caller, BROWSER).options), caller, BROWSER)
    forged = Authenticator(credential=key.credential, user=key.user)
    with suppress(PasskeyRefused):
        signing_in.sign_in(forged.get(signing_in.options(BROWSER).options), BROWSER)
    invitations, printed = office.desk.invitations, Call(part("installation"))
    invitations.accept(invitations.print_code("one-dpo", printed))
    invitations.print_code("one-approver", printed)
    office.desk.telling_choices.choose(
        Call(office.member("one-handler")), chosen={WaitKind.MESSAGE: TellingChoice.AT_ONCE}
    )
    office.desk.saved_filters.save(
        Call(office.member("one-handler")), name="Urgent", query={"right": "access", "unassigned": True}, shared=True
    )
    return tokens


def _sign_in_attempts(office: OneOffice, request_id: UUID) -> None:
    """A code that waits to be sent, one that was sent, wrong tries, a session."""
    my, reference = office.desk.my, office.case(request_id).reference
    my.ask_for_code(reference, language="en", network="192.0.2.7")
    office.desk.sign_in_mail.send_due()
    for code in ("0000 0000", "1111 1111"):
        with suppress(SignInRefused):
            my.sign_in(reference, code, network="192.0.2.0/24")
    office.service.desk.attempts.count("192.0.2.7")


def _an_upload(office: OneOffice) -> dict[str, Any]:
    office.next_person()
    request_id, content = office.granted(Right.ACCESS), b"the first half"
    details = UploadDetails(
        name="call",
        media_type="audio/wav",
        system="crm",
        purpose="Customer relations",
        provenance=Provenance.OBSERVED,
        description="Your call of 2 March.",
        collected_at=None,
    )
    begun = office.desk.uploads.begin(
        request_id, "access", Call(office.member("one-handler")), size=2 * len(content), details=details
    )
    upload_id = UUID(begun.resource_id)
    reached = office.desk.uploads.append(upload_id, office.member("one-handler"), offset=0, content=content)
    return {"upload_id": str(upload_id), "offset": reached.offset}


def _letters(office: OneOffice) -> dict[str, UUID]:
    desk, robot = office.desk.dispatching, Call(part("policy:test"))

    def acknowledged() -> UUID:
        office.next_person()  # acknowledgements to one address are spaced
        request_id = office.registered(Right.ACCESS)
        written = desk.prepare(request_id, robot, kind=LetterKind.ACKNOWLEDGEMENT)
        desk.release(UUID(written.resource_id), robot)
        return UUID(written.resource_id)

    in_doubt = acknowledged()
    with patch.object(desk.transport, "send", side_effect=MessageInDoubt()):
        drained = desk.drain(office.clock.now(), 100)
    assert drained.put_off == 1, drained
    office.next_person()
    extension = extension_approved(office)
    edited = desk.prepare(
        extension,
        office.call(extension, office.bob),
        kind=LetterKind.EXTENSION,
        statements={"note": FreeText("Thank you for your patience.")},
    )
    office.next_person()
    noted = office.registered(Right.ACCESS)
    draft = desk.prepare(noted, office.call(noted), kind=LetterKind.ACKNOWLEDGEMENT, channel=Channel.POST)
    return {
        "in_doubt": in_doubt,
        "queued": acknowledged(),
        "to_approve": UUID(edited.resource_id),
        "draft": UUID(draft.resource_id),
    }


def _parked(office: OneOffice) -> dict[str, str]:
    """A case for which no acknowledgement could be written."""
    office.next_person()
    request_id = office.registered(Right.ACCESS)
    with patch.object(type(office.desk.dispatching), "prepare", side_effect=RuntimeError()):
        office.service.policies.run()
    parked = [(state.name, each) for state in office.service.policies.states() for each in state.parked]
    [policy] = [name for name, each in parked if each.request_id == request_id]
    return {"policy": policy, "request_id": str(request_id)}


def _a_bundle(office: OneOffice) -> None:
    """An audit bundle that somebody was given over HTTP."""
    scope = parse_scope(["all"])
    prepared = office.desk.bundles.prepare(scope, Call(office.ann))
    office.desk.bundle_progress.begin(prepared, scope, office.ann)


def _note_failure(office: OneOffice) -> None:
    """What came due and could not be recorded."""
    office.clock.advance(days=8)
    with patch.object(type(office.desk.due_dates), "_record", side_effect=RuntimeError()):
        office.desk.due_dates.sweep(1)
    assert len(office.desk.due_dates.failed_due()) == 1


def make(folder: Path) -> None:
    """Install in a folder that goes away again, populate, and store in this one."""
    with tempfile.TemporaryDirectory() as home:
        settings = load_settings({"DSR_HOME": home})
        clock = SettableClock()
        init(settings, clock=clock)
        service = build(settings, clock=clock)
        service.desk.ropa.adopt(EXAMPLE_ROPA, Call(part("init")))
        facts = populate(service, clock)
        service.close()
        store(folder, settings, facts)


if __name__ == "__main__":
    make(HERE / sys.argv[1])
