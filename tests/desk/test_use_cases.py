"""Rules that hold for every use case of the desk: version, scope, all or nothing, the same key twice, replay."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from typing import Any
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa

from dsr.desk.caller import Call, Caller, IdempotencyKey
from dsr.desk.errors import ExportUnknown, IdempotencyKeyReused, QuarantineUnknown, RequestUnknown, VersionStale
from dsr.desk.new_case import Person
from dsr.domain.export import Export, RevocationReason
from dsr.domain.quarantine import QuarantinedMessage
from dsr.domain.request import Request
from dsr.domain.request.letters import LetterKind
from dsr.domain.request.values import (
    AssuranceLevel,
    Channel,
    DisclosurePurpose,
    DismissalKind,
    IdentityMethod,
)
from dsr.domain.rights import Right
from dsr.domain.roles import Role
from dsr.domain.staff import Staff, staff_id

ACCESS, ERASURE = Right.ACCESS.value, Right.ERASURE.value


@dataclass(frozen=True)
class UseCase:
    """How to come to it, how to run it, which events it makes."""

    name: str
    given: Callable[[Any], Any]
    """Prepares; returns the id of the aggregate that the use case works on, None where it makes one."""
    run: Callable[[Any, Any, Call], Any]
    makes: tuple[str, ...]
    unknown: type[Exception] | None = RequestUnknown
    """How it answers somebody who does not see the case; None where scope does not matter."""


def asked(office: Any) -> UUID:
    request_id: UUID = office.registered(Right.ACCESS)
    office.desk.identity.ask(
        request_id, office.call(request_id), doubt="Another address.", method=IdentityMethod.CALL_BACK, asked_at=None
    )
    return request_id


def with_evidence(office: Any) -> UUID:
    request_id = asked(office)
    office.desk.identity.take_evidence(request_id, office.call(request_id), evidence="scan", received_at=None)
    return request_id


def clarifying(office: Any) -> UUID:
    request_id: UUID = office.registered(Right.ACCESS)
    office.desk.deadlines.ask_clarification(
        request_id, office.call(request_id), quantity="Ten years of calls.", asked_at=None
    )
    return request_id


def extension_proposed(office: Any) -> UUID:
    request_id: UUID = office.registered(Right.ACCESS)
    office.desk.deadlines.propose_extension(
        request_id, office.call(request_id, office.bob), ground="complexity", reasons="Forty systems."
    )
    return request_id


def extension_approved(office: Any) -> UUID:
    request_id = extension_proposed(office)
    office.desk.deadlines.decide_extension(request_id, office.call(request_id), approve=True, reason="")
    return request_id


def refusal_proposed(office: Any) -> UUID:
    request_id: UUID = office.registered(Right.ERASURE)
    office.desk.items.propose_refusal(request_id, ERASURE, office.call(request_id, office.bob), draft=office.refusal())
    return request_id


def done(office: Any) -> UUID:
    request_id: UUID = office.granted(Right.ACCESS)
    office.desk.items.record_done(
        request_id, ACCESS, office.call(request_id), systems=("crm",), account="Copied from the CRM."
    )
    return request_id


def answered(office: Any) -> UUID:
    request_id = done(office)
    office.desk.answers.record_answer(
        request_id, office.call(request_id), draft=office.letter(LetterKind.ACCESS), item_ids=(ACCESS,)
    )
    return request_id


def closed(office: Any) -> UUID:
    request_id = answered(office)
    office.desk.answers.close(request_id, office.call(request_id), unidentified=False)
    return request_id


def twice(office: Any) -> UUID:
    """Two cases of one person; the second is the one that the command closes."""
    office.first = office.arrived()
    return UUID(str(office.arrived()))


def assignable(office: Any) -> UUID:
    enrolled(office)
    return UUID(str(office.arrived()))


def collected(office: Any) -> UUID:
    request_id: UUID = office.granted(Right.ACCESS)
    office.collect(request_id, ACCESS)
    return request_id


def prepared(office: Any) -> UUID:
    answer = office.desk.exports.prepare(collected(office), ACCESS, Call(office.ann))
    return UUID(answer.resource_id)


def offered(office: Any) -> UUID:
    export_id = prepared(office)
    office.desk.exports.offer(export_id, Call(office.ann))
    return export_id


def in_quarantine(office: Any) -> UUID:
    quarantine_id: UUID = office.receive(b"garbage", controller_id="callcentre-de").quarantine_id
    return quarantine_id


def enrolled(office: Any) -> UUID:
    office.desk.staff.enrol(Call(office.ann), identifier="carla", roles=(Role.HANDLER,), controllers=("callcentre-de",))
    return staff_id("carla")


def with_token(office: Any) -> UUID:
    enrolled(office)
    office.token_id = UUID(office.desk.staff.issue_token("carla", Call(office.ann)).resource_id)
    return staff_id("carla")


def enter(office: Any, _: Any, call: Call, *, quarantine_id: UUID | None = None) -> Any:
    return office.desk.entry.enter_request(
        call,
        controller_id="callcentre-de",
        channel=Channel.POST,
        received_at=office.clock.now(),
        person=Person(name="Ada Lovelace"),
        text="Bitte um Auskunft nach Art. 15 DSGVO.",
        language="de",
        quarantine_id=quarantine_id,
    )


def on(room: str, name: str, /, *positional: Any, **facts: Any) -> Callable[[Any, Any, Call], Any]:
    """A use case whose first argument is the aggregate, and whose facts may come from the office."""

    def run(office: Any, subject: Any, call: Call) -> Any:
        given = {field: fact(office) if callable(fact) else fact for field, fact in facts.items()}
        return getattr(getattr(office.desk, room), name)(subject, *positional, call, **given)

    return run


def on_carla(method: str, **facts: Any) -> Callable[[Any, Any, Call], Any]:
    return lambda office, _, call: getattr(office.desk.staff, method)("carla", call, **facts)


arrived = lambda office: office.arrived()  # noqa: E731 - reads as the others do
registered = lambda office: office.registered(Right.ACCESS)  # noqa: E731
erasure = lambda office: office.registered(Right.ERASURE)  # noqa: E731
granted = lambda office: office.granted(Right.ACCESS)  # noqa: E731

USE_CASES = [
    UseCase("enter a request", lambda _: None, enter, ("request.received",), None),
    UseCase(
        "dismiss",
        arrived,
        on("triage", "dismiss", kind=DismissalKind.SPAM, reason="An advert."),
        ("request.dismissed",),
    ),
    UseCase(
        "register",
        arrived,
        on("triage", "register", rights=(Right.ACCESS, Right.ERASURE), direct_marketing=False),
        ("request.registered", "request.item-opened", "request.item-opened"),
    ),
    UseCase(
        "open items",
        registered,
        on("triage", "open_items", rights=(Right.OBJECTION,), direct_marketing=True),
        ("request.item-opened",),
    ),
    UseCase(
        "link a duplicate",
        twice,
        on("triage", "link_duplicate", original_id=lambda office: office.first),
        ("request.duplicate-linked",),
    ),
    UseCase("assign", assignable, on("triage", "assign", assignee="carla"), ("request.assigned",)),
    UseCase("note", arrived, on("triage", "add_note", note="Called her."), ("request.note-added",)),
    UseCase(
        "give the DPO's opinion",
        arrived,
        on("identity", "give_dpo_opinion", supports=True, opinion="No milder way."),
        ("request.dpo-opinion-given",),
    ),
    UseCase(
        "ask identity",
        registered,
        on("identity", "ask", doubt="Another address.", method=IdentityMethod.CALL_BACK, asked_at=None),
        ("request.identity-requested", "request.clock-suspended"),
    ),
    UseCase(
        "take evidence",
        asked,
        on("identity", "take_evidence", evidence="scan", received_at=None),
        ("request.identity-evidence-received",),
    ),
    UseCase(
        "confirm identity",
        with_evidence,
        on(
            "identity",
            "confirm",
            method=IdentityMethod.CALL_BACK,
            assurance=AssuranceLevel.SUBSTANTIAL,
            answered_at=None,
        ),
        ("request.identity-confirmed", "request.clock-resumed"),
    ),
    UseCase(
        "ask identity again",
        with_evidence,
        on("identity", "ask_again", reason="Unreadable."),
        ("request.identity-insufficient",),
    ),
    UseCase(
        "give up identity",
        with_evidence,
        on("identity", "give_up", reason="No answer."),
        ("request.identity-failed", "request.clock-resumed"),
    ),
    UseCase(
        "ask clarification",
        registered,
        on("deadlines", "ask_clarification", quantity="Ten years of calls.", asked_at=None),
        ("request.clarification-requested", "request.clock-suspended"),
    ),
    UseCase(
        "receive clarification",
        clarifying,
        on("deadlines", "receive_clarification", answer="All of 2025.", answered_at=None),
        ("request.clarification-received", "request.clock-resumed"),
    ),
    UseCase(
        "propose an extension",
        registered,
        on("deadlines", "propose_extension", ground="complexity", reasons="Forty systems."),
        ("request.extension-proposed",),
    ),
    UseCase(
        "approve an extension",
        extension_proposed,
        on("deadlines", "decide_extension", approve=True, reason=""),
        ("request.extension-approved",),
    ),
    UseCase(
        "decline an extension",
        extension_proposed,
        on("deadlines", "decide_extension", approve=False, reason="Simple enough."),
        ("request.extension-declined",),
    ),
    UseCase(
        "send the notice of an extension",
        extension_approved,
        on("deadlines", "send_extension_notice", draft=lambda office: office.letter(LetterKind.EXTENSION)),
        ("request.deadline-extended",),
    ),
    UseCase("grant", registered, on("items", "grant", ACCESS), ("request.item-granted",)),
    UseCase(
        "record done",
        granted,
        on("items", "record_done", ACCESS, systems=("crm",), account="Copied."),
        ("request.item-done",),
    ),
    UseCase(
        "record that nothing is held",
        registered,
        on("items", "record_nothing_held", ACCESS, systems=("crm", "hr")),
        ("request.nothing-held",),
    ),
    UseCase(
        "propose a refusal",
        erasure,
        on("items", "propose_refusal", ERASURE, draft=lambda office: office.refusal()),
        ("request.refusal-proposed",),
    ),
    UseCase(
        "approve a refusal",
        refusal_proposed,
        on("items", "decide_refusal", ERASURE, approve=True, reason=""),
        ("request.item-refused",),
    ),
    UseCase(
        "decline a refusal",
        refusal_proposed,
        on("items", "decide_refusal", ERASURE, approve=False, reason="No duty to keep."),
        ("request.refusal-declined",),
    ),
    UseCase(
        "record the answer",
        done,
        on("answers", "record_answer", draft=lambda office: office.letter(LetterKind.ACCESS), item_ids=(ACCESS,)),
        ("request.answer-sent",),
    ),
    UseCase("close", answered, on("answers", "close", unidentified=False), ("request.closed",)),
    UseCase(
        "withdraw",
        registered,
        on("answers", "withdraw", confirmed=True, statement="I changed my mind.", item_ids=None),
        ("request.withdrawn", "request.closed"),
    ),
    UseCase(
        "reopen", closed, on("answers", "reopen", reason="A system was missed.", item_ids=()), ("request.reopened",)
    ),
    UseCase(
        "collect",
        granted,
        lambda office, subject, call: office.collect(subject, ACCESS, call),
        ("request.data-collected",),
    ),
    UseCase(
        "discard data",
        collected,
        lambda office, subject, call: office.desk.collection.discard(
            subject, next(iter(office.case(subject).data_sets), uuid4()), call
        ),
        ("request.data-discarded",),
    ),
    UseCase(
        "issue a token to the data subject",
        arrived,
        on("staff", "issue_subject_token"),
        ("request.subject-token-issued",),
    ),
    UseCase("prepare an export", collected, on("exports", "prepare", ACCESS), ("export.prepared",)),
    UseCase("offer an export", prepared, on("exports", "offer"), ("export.offered",), ExportUnknown),
    UseCase(
        "revoke a link",
        offered,
        on("exports", "revoke", reason=RevocationReason.WRONG_RECIPIENT),
        ("export.revoked",),
        ExportUnknown,
    ),
    UseCase(
        "enter a quarantined message",
        in_quarantine,
        lambda office, subject, call: enter(office, None, replace(call, expected=None), quarantine_id=subject),
        ("request.received", "quarantine.entered"),
        None,
    ),
    UseCase(
        "discard a quarantined message",
        in_quarantine,
        on("quarantine", "discard", reason="Noise."),
        ("quarantine.discarded",),
        QuarantineUnknown,
    ),
    UseCase(
        "enrol",
        lambda _: None,
        lambda office, _, call: office.desk.staff.enrol(
            call, identifier="carla", roles=(Role.HANDLER,), controllers=("*",)
        ),
        ("staff.enrolled",),
        None,
    ),
    UseCase(
        "change roles",
        enrolled,
        on_carla("change_roles", roles=(Role.DPO,), controllers=("*",)),
        ("staff.roles-changed",),
        None,
    ),
    UseCase("leave", enrolled, on_carla("leave"), ("staff.left",), None),
    UseCase("issue a token", enrolled, on_carla("issue_token"), ("staff.token-issued",), None),
    UseCase(
        "revoke a token",
        with_token,
        lambda office, _, call: office.desk.staff.revoke_token("carla", office.token_id, call),
        ("staff.token-revoked",),
        None,
    ),
]
NOT_VERSIONED = {"enter a request", "enrol", "enter a quarantined message"}


def version(office: Any, subject: UUID | None) -> int | None:
    if subject is None:
        return None
    kinds: tuple[Any, ...] = (Request, Export, QuarantinedMessage, Staff)
    found = next(filter(None, (office.desk.book.find(kind, subject) for kind in kinds)))
    return int(found.version)


def refused(office: Any, error: type[Exception], run: Callable[[], Any]) -> None:
    """It is refused with this error, and changes nothing but keys that were made and never used."""
    before, files = office.everything(), office.blobs()
    with pytest.raises(error):
        run()
    after = office.everything()
    assert {name for name in before if before[name] != after[name]} <= {"data_keys"}
    assert set(before["data_keys"]) <= set(after["data_keys"]), "no key was destroyed"
    assert office.blobs() == files


@pytest.mark.parametrize("case", USE_CASES, ids=lambda case: case.name)
def test_every_use_case_is_versioned_scoped_all_or_nothing_and_repeatable(
    office: Any, case: UseCase, subtests: pytest.Subtests
) -> None:
    # given
    subject = case.given(office)
    run = partial(case.run, office, subject)
    good = Call(office.ann, expected=version(office, subject))
    if case.name not in NOT_VERSIONED:
        with subtests.test("a stale version is refused"):
            refused(office, VersionStale, lambda: run(replace(good, expected=99)))
    if case.unknown is not None:
        with subtests.test("what is out of scope does not exist"):
            for stranger in (
                office.member("eve", "callcentre-fr"),
                Caller("data-subject", frozenset({Role.DATA_SUBJECT}), frozenset(), request_id=uuid4()),
            ):
                refused(office, case.unknown, partial(run, replace(good, caller=stranger)))
    with subtests.test("a part that fails undoes the whole"):
        broken = IdempotencyKey("ab" * 32, None)  # type: ignore[arg-type]  # the database refuses it at the very end
        refused(office, sa.exc.IntegrityError, lambda: run(replace(good, idempotency=broken)))
    count = len(office.names())
    with subtests.test("it works"):
        answer = run(replace(good, idempotency=office.key()))
        assert tuple(office.names()[count:]) == case.makes
    with subtests.test("the same key and body gets the first answer and changes nothing"):
        before, files = office.everything(), office.blobs()
        assert run(replace(good, idempotency=office.key())) == answer
        assert (office.everything(), office.blobs()) == (before, files)
    with subtests.test("the same key with another body is refused"):
        refused(office, IdempotencyKeyReused, lambda: run(replace(good, idempotency=office.key(body="other"))))
    with subtests.test("the read models say what the log says"):
        assert office.differences() == []


RACED = {"enter a request", "note", "collect", "prepare an export", "issue a token", "enrol", "confirm identity"}


@pytest.mark.parametrize("case", [each for each in USE_CASES if each.name in RACED], ids=lambda case: case.name)
def test_one_key_from_two_threads_makes_one_event(office: Any, case: UseCase) -> None:
    # given
    subject = case.given(office)
    call = Call(office.ann, expected=version(office, subject), idempotency=office.key())
    count = len(office.names())

    def run(_: int) -> Any:
        return case.run(office, subject, call)

    # when
    with ThreadPoolExecutor(2) as threads:
        first, second = threads.map(run, range(2))
    # then
    assert first == second
    assert tuple(office.names()[count:]) == case.makes


@pytest.mark.parametrize("case", [each for each in USE_CASES if each.name in RACED], ids=lambda case: case.name)
def test_a_call_that_another_thread_answered_meanwhile_gets_that_answer_and_no_refusal(
    office: Any, case: UseCase, monkeypatch: pytest.MonkeyPatch
) -> None:
    # given: the first look at the key comes just before the other thread's commit
    subject = case.given(office)
    call = Call(office.ann, expected=version(office, subject), idempotency=office.key())
    records = office.desk.book.idempotency
    found, answers = records.find, []

    def find(key: Any) -> Any:
        if not answers:
            answers.append(None)
            answers.append(case.run(office, subject, call))
            return None
        return found(key)

    monkeypatch.setattr(type(records), "find", lambda _, key: find(key))
    # when, then
    assert case.run(office, subject, call) == answers[1]


def test_two_people_who_decide_on_the_same_version_do_not_both_win(office: Any) -> None:
    request_id = office.registered(Right.ACCESS, Right.ERASURE)
    call = office.call(request_id)

    def note(number: int) -> str:
        try:
            office.desk.triage.add_note(request_id, call, note=f"note {number}")
        except VersionStale:
            return "stale"
        return "saved"

    with ThreadPoolExecutor(8) as threads:
        assert sorted(threads.map(note, range(8))) == ["saved"] + ["stale"] * 7
    assert office.case(request_id).version == call.expected + 1


def test_opening_personal_data_is_recorded_before_it_is_shown(office: Any) -> None:
    # given
    request_id = office.registered(Right.ACCESS)
    # when
    opened = office.desk.disclosures.open(
        request_id, office.call(request_id), purpose=DisclosurePurpose.ASSESSMENT, versions=None
    )
    # then
    assert [each.version for each in opened.opened] == [1]
    assert opened.opened[0].fields["message"]["person"]["name"] == "Ada Lovelace"
    assert opened.version == office.case(request_id).version
    [event] = [each.event for each in office.service.log.read() if each.name.endswith("personal-data-disclosed")]
    assert (event.purpose, event.versions, event.actor) == (DisclosurePurpose.ASSESSMENT, (1,), "ann")
    refused(
        office,
        RequestUnknown,
        lambda: office.desk.disclosures.open(
            request_id, Call(office.member("eve", "callcentre-fr")), purpose=DisclosurePurpose.AUDIT, versions=None
        ),
    )


def test_an_opening_repeated_under_one_key_shows_what_was_recorded_and_nothing_newer(office: Any) -> None:
    # given
    request_id = office.arrived()
    call = office.call(request_id, key=office.key())
    first = office.desk.disclosures.open(request_id, call, purpose=DisclosurePurpose.TRIAGE, versions=None)
    office.desk.triage.add_note(request_id, office.call(request_id), note="Not seen by that opening.")
    # when
    again = office.desk.disclosures.open(request_id, call, purpose=DisclosurePurpose.TRIAGE, versions=None)
    # then
    assert again == first
    assert office.names().count("request.personal-data-disclosed") == 1
