"""Rules that hold for every use case of the desk: version, scope, all or nothing, the same key twice, replay."""

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from typing import Any
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa

from dsr.desk.caller import Call, Caller, IdempotencyKey
from dsr.desk.errors import (
    ExportUnknown,
    IdempotencyKeyReused,
    RequestUnknown,
    VersionStale,
)
from dsr.desk.my import SessionEnded, subject
from dsr.desk.next_steps import commands as steps
from dsr.desk.rehearsal import MOVE_DATES, rehearse
from dsr.desk.repository import Repository
from dsr.domain.authority_disclosure import AuthorityDisclosure
from dsr.domain.dispatch import Dispatch
from dsr.domain.export import Export, SecretWrong
from dsr.domain.matter import Matter
from dsr.domain.own_erasure import OwnErasure
from dsr.domain.quarantine import QuarantinedMessage
from dsr.domain.request import Request
from dsr.domain.request.values import (
    DisclosurePurpose,
)
from dsr.domain.retention_batch import RetentionBatch
from dsr.domain.rights import Right
from dsr.domain.roles import Role
from dsr.domain.ropa import RecordOfProcessing
from dsr.domain.staff import Staff
from dsr.projections.requests import show
from tests.catalogue.catalogue import AT_DESK, COMMANDS
from tests.catalogue.starts import offered
from tests.desk.office import Office
from tests.traffic import counted, known_costs, require_known_cost


def version(office: Office, subject: UUID | None) -> int | None:
    """The version of the aggregate that it is about, if it is one."""
    if subject is None:
        return None
    kinds: tuple[Any, ...] = (
        Request,
        Export,
        QuarantinedMessage,
        Staff,
        OwnErasure,
        AuthorityDisclosure,
        Matter,
        Dispatch,
        RecordOfProcessing,
        RetentionBatch,
    )
    found = next(filter(None, (office.desk.repository.find(kind, subject) for kind in kinds)), None)
    return None if found is None else int(found.version)


def refused(office: Office, error: type[Exception], run: Callable[[], Any]) -> None:
    """It is refused with this error, and changes nothing but keys that were made and never used."""
    before, files = office.everything(), office.blobs()
    with pytest.raises(error):
        run()
    after = office.everything()
    assert {name for name in before if before[name] != after[name]} <= {"data_keys", "log_mark"}
    assert set(before["data_keys"]) <= set(after["data_keys"]), "no key was destroyed"
    assert office.blobs() == files


@pytest.mark.parametrize("name", AT_DESK)
def test_every_use_case_is_versioned_scoped_all_or_nothing_and_repeatable(
    office: Office, name: str, backend: str, monkeypatch: pytest.MonkeyPatch, subtests: pytest.Subtests
) -> None:
    # given
    case = AT_DESK[name]
    subject = case.given(office)
    run = partial(case.run, office, subject)
    good = Call(office.ann, expected=version(office, subject))
    if case.versioned:
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
    with subtests.test("the next steps of the case name it as allowed"):
        require_named_as_next(office, name, subject)
    before = dates(office, subject)
    rehearsed = None
    if moves_dates(name):
        with subtests.test("rehearsed, it changes nothing"):
            rehearsed = rehearsal(office, subject, lambda: run(replace(good, rehearses=True)))
    count = len(office.names())
    with subtests.test("it works"):
        given = watched(office, case.method, monkeypatch)
        with counted(office.service) as traffic:
            answer = run(replace(good, idempotency=office.key()))
        assert tuple(office.names()[count:]) == case.makes
        assert len(given) == 1, f"the entry says that it calls {case.method}"
    with subtests.test("it does to the dates what it showed when it was rehearsed, or nothing"):
        assert not is_step(name) or dates(office, subject) == (before if rehearsed is None else rehearsed)
    with subtests.test("a case that it answers with is as it is read afterwards"):
        if b'"lifecycle"' in answer.body:
            assert answer == office.desk.repository.view(UUID(answer.resource_id))
    with subtests.test("it costs what it is known to cost"):
        require_known_cost(f"command: {name}", backend, traffic)
    with subtests.test("the same key and body gets the first answer and changes nothing"):
        before, files = office.everything(), office.blobs()
        assert run(replace(good, idempotency=office.key())) == answer
        assert (office.everything(), office.blobs()) == (before, files)
    with subtests.test("the same key with another body is refused"):
        refused(office, IdempotencyKeyReused, lambda: run(replace(good, idempotency=office.key(body="other"))))
    with subtests.test("the read models say what the log says"):
        assert office.differences() == []


STEPS = {each.name: each.act.command for each in COMMANDS if each.act is not None and each.act.command in steps()}
"""The commands of a case that a person gives, by the names of their entries."""


def require_named_as_next(office: Office, name: str, subject: UUID | None) -> None:
    """Where the use case gives a command of a case that a person gives, that command is allowed next."""
    command = STEPS.get(name)
    if command is not None and subject is not None and office.desk.repository.find(Request, subject) is not None:
        may_give_it = replace(office.ann, roles=frozenset(steps()[command].roles))
        found = office.desk.next_steps.of_case(subject, may_give_it, command=command).steps
        assert any(each.allowed for each in found), f"{command}: {[each.code for each in found]}"


def is_step(name: str) -> bool:
    """Whether a person gives it by a form of its own."""
    return name in STEPS


def moves_dates(name: str) -> bool:
    return is_step(name) and steps()[STEPS[name]].operation in MOVE_DATES


DATES = ("clock", "suspended_since", "statutory_due", "promise_due", "due_on", "received_on", "extension_pending")


def dates(office: Office, subject: UUID | None) -> dict[str, Any] | None:
    """What the queue would say of the dates of a case; None for what is none."""
    case = None if subject is None else office.desk.repository.find(Request, subject)
    return None if case is None else {name: show(case)[0][name] for name in DATES}


def rehearsal(office: Office, subject: UUID | None, give: Callable[[], Any]) -> dict[str, Any]:
    """The dates after a command that is rehearsed; nothing but keys that were made and never used is new."""
    assert subject is not None
    before, files = office.everything(), office.blobs()
    shown = rehearse(office.desk.repository, subject, office.ann, give)
    after = office.everything()
    assert {name for name in before if before[name] != after[name]} <= {"data_keys", "log_mark"}
    assert office.blobs() == files
    return {name: shown.after.row[name] for name in DATES}


def test_the_table_of_costs_holds_everything_that_a_person_does() -> None:
    assert known_costs("person") == {case.name for case in OWN_USE_CASES}


def watched(office: Office, method: str, monkeypatch: pytest.MonkeyPatch) -> list[None]:
    """One entry for each call of this method of the desk, from now on."""
    room, name = method.split(".")
    of, given = getattr(office.desk, room), list[None]()
    ours = getattr(of, name)

    def watch(*arguments: Any, **named: Any) -> Any:
        given.append(None)
        return ours(*arguments, **named)

    monkeypatch.setattr(of, name, watch)
    return given


RACED = {
    "enter a request",
    "note",
    "collect",
    "complete an upload",
    "prepare an export",
    "issue a token",
    "enrol",
    "confirm identity",
}


@pytest.mark.parametrize("name", sorted(RACED))
def test_one_key_from_two_threads_makes_one_event(office: Office, name: str) -> None:
    # given
    case = AT_DESK[name]
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


@pytest.mark.parametrize("name", sorted(RACED))
def test_a_call_that_another_thread_answered_meanwhile_gets_that_answer_and_no_refusal(
    office: Office, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # given: the other thread commits just after the first look at the key; without one, just before the save
    case = AT_DESK[name]
    subject = case.given(office)
    call = Call(office.ann, expected=version(office, subject), idempotency=office.key())
    records = office.desk.repository.idempotency
    found, looked_up, answers = records.find, records.look_up, list[Any]()

    def find(key: Any) -> Any:
        if not answers:
            answers.append(None)
            answers.append(case.run(office, subject, call))
            return None
        return found(key)

    def look_up(key: Any) -> Any:
        if not answers:
            find(key)
        return looked_up(key)

    monkeypatch.setattr(type(records), "find", lambda _, key: find(key))
    monkeypatch.setattr(type(records), "look_up", lambda _, key: look_up(key))
    # when, then
    assert case.run(office, subject, call) == answers[1]


def test_two_people_who_decide_on_the_same_version_do_not_both_win(office: Office) -> None:
    request_id = office.registered(Right.ACCESS, Right.ERASURE)
    call = office.call(request_id)
    before = office.case(request_id).version

    def note(number: int) -> str:
        try:
            office.desk.triage.add_note(request_id, call, note=f"note {number}")
        except VersionStale:
            return "stale"
        return "saved"

    with ThreadPoolExecutor(8) as threads:
        assert sorted(threads.map(note, range(8))) == ["saved"] + ["stale"] * 7
    assert office.case(request_id).version == before + 1


def test_opening_personal_data_is_recorded_before_it_is_shown(office: Office) -> None:
    # given
    request_id = office.registered(Right.ACCESS)
    # when
    opened = office.desk.disclosures.open(
        request_id, office.call(request_id), purpose=DisclosurePurpose.ASSESSMENT, versions=None
    )
    # then
    assert [each.version for each in opened.opened] == [1]
    assert dict[str, Any](opened.opened[0].fields)["message"]["person"]["name"] == "Ada Lovelace"
    assert opened.version == office.case(request_id).version
    [event] = office.events("request.personal-data-disclosed")
    assert (event.purpose, event.versions, event.actor) == (DisclosurePurpose.ASSESSMENT, (1,), "ann")
    refused(
        office,
        RequestUnknown,
        lambda: office.desk.disclosures.open(
            request_id, Call(office.member("eve", "callcentre-fr")), purpose=DisclosurePurpose.AUDIT, versions=None
        ),
    )


def test_an_opening_repeated_under_one_key_shows_what_was_recorded_and_nothing_newer(office: Office) -> None:
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


# Of the data subject, who has neither a version nor a key -----------------------------------------------------------


def code_of(office: Office) -> str:
    """The code in the mail that left last."""
    files = (office.service.settings.home / "outgoing" / "new").iterdir()
    latest = max(files, key=lambda file: file.stat().st_mtime_ns)
    found = re.search(rb"\b(\d{4} \d{4})\b", latest.read_bytes())
    assert found is not None
    return found[1].decode()


def case_with_code(office: Office) -> UUID:
    request_id = office.arrived()
    send_code(office, request_id)
    return request_id


def send_code(office: Office, request_id: UUID) -> None:
    office.desk.my.ask_for_code(office.case(request_id).reference, language="en", network="192.0.2.7")
    office.desk.sign_in_mail.send_due()


def sign_in(office: Office, request_id: UUID) -> str:
    return str(office.desk.my.sign_in(office.case(request_id).reference, code_of(office), network=""))


def signed_in(office: Office) -> UUID:
    """A case whose person is signed in, with a package that waits."""
    export_id = offered(office)
    request_id = office.find(Export, export_id).request_id
    send_code(office, request_id)
    office.remembered["session"] = sign_in(office, request_id)
    return export_id


def link_of(office: Office, export_id: UUID) -> Any:
    latest = office.find(Export, export_id).latest
    assert latest is not None
    return office.desk.exports.links.link(latest)  # as it was sent


def redeem(office: Office, export_id: UUID, secret: str | None = None) -> Any:
    link = link_of(office, export_id)
    return office.desk.exports.redeem(link.token, secret or link.password, network=NETWORK)


def redeem_signed_in(office: Office, export_id: UUID, secret: str | None = None) -> Any:
    who = subject(office.desk.my.session(office.remembered["session"]))
    secret = secret or link_of(office, export_id).password
    return office.desk.exports.redeem_signed_in(export_id, secret, who, network=NETWORK)


def begun(office: Office) -> UUID:
    export_id = signed_in(office)
    office.remembered["session"] = redeem_signed_in(office, export_id).secret
    return export_id


def mistype(office: Office, export_id: UUID) -> None:
    with pytest.raises(SecretWrong):
        redeem_signed_in(office, export_id, "2222-2222")


NETWORK = "203.0.113.0/24"


@dataclass(frozen=True)
class OwnUseCase:
    """What a person does without being staff: how to come to it, how to do it, which events it makes, by whom."""

    name: str
    given: Callable[[Office], UUID]
    run: Callable[[Office, UUID], Any]
    makes: tuple[str, ...]
    stays: frozenset[str] = frozenset()
    """Tables that say so even where it fails: a try is a try."""


OWN_USE_CASES = [
    OwnUseCase(
        "send a code",
        lambda office: office.arrived(),
        send_code,
        (
            "request.personal-data-disclosed service:my-page",
            "request.sign-in-code-sent service:my-page",
        ),
        frozenset({"sign_in_wishes"}),
    ),
    OwnUseCase(
        "sign in",
        case_with_code,
        sign_in,
        ("request.subject-signed-in data-subject",),
        frozenset({"sign_in_codes", "sign_in_tries", "sign_in_tries_by_network", "passing_secrets"}),
    ),
    OwnUseCase("open a package by its link", offered, redeem, ("export.redeemed data-subject",)),
    OwnUseCase("open a package, signed in", signed_in, redeem_signed_in, ("export.redeemed data-subject",)),
    OwnUseCase("mistype the password", signed_in, mistype, ("export.secret-refused data-subject",)),
    OwnUseCase(
        "download",
        begun,
        lambda office, _: b"".join(office.desk.exports.download(office.remembered["session"], network=NETWORK)),
        ("export.downloaded data-subject", "export.sent data-subject"),
    ),
]


class Broken(Exception):
    """What fails at the very end of a command."""


@pytest.mark.parametrize("case", OWN_USE_CASES, ids=lambda case: case.name)
def test_what_a_person_does_is_all_or_nothing_and_on_record(
    office: Office, case: OwnUseCase, backend: str, monkeypatch: pytest.MonkeyPatch, subtests: pytest.Subtests
) -> None:
    about, records = case.given(office), type(office.desk.repository.idempotency)
    with subtests.test("a part that fails undoes the whole"), monkeypatch.context() as patched:

        def fail(*_: Any, **__: Any) -> None:
            raise Broken

        patched.setattr(records, "remember", fail)
        before = office.everything()
        with pytest.raises(Broken):
            case.run(office, about)
        after = office.everything()
        assert {name for name in before if before[name] != after[name]} <= case.stays
    if case.stays:  # the try was counted, and the code is used; who asked for one is looked at later
        about = case.given(office)
    count = len(office.names())
    with subtests.test("it works"):
        with counted(office.service) as traffic:
            case.run(office, about)
        made = [f"{each.name.removeprefix('dsr.')} {each.event.actor}" for each in office.service.log.read()][count:]
        assert tuple(made) == case.makes
    with subtests.test("it costs what it is known to cost"):
        require_known_cost(f"person: {case.name}", backend, traffic)
    with subtests.test("the read models say what the log says"):
        assert office.differences() == []


@pytest.mark.parametrize("case", OWN_USE_CASES[:2], ids=lambda case: case.name)
def test_what_a_person_does_is_done_anew_where_the_team_was_faster(
    office: Office, case: OwnUseCase, monkeypatch: pytest.MonkeyPatch
) -> None:
    noted: list[None] = []
    request_id, find = case.given(office), Repository.request

    def find_and_be_late(repository: Any, *asked: Any, **how: Any) -> Any:
        found = find(repository, *asked, **how)
        if not noted:
            noted.append(None)
            office.desk.triage.add_note(request_id, office.call(request_id), note="Called back.")
        return found

    count = len(office.names())
    monkeypatch.setattr(Repository, "request", find_and_be_late)
    case.run(office, request_id)
    assert office.names()[count:] == ["request.note-added", *(each.split()[0] for each in case.makes)]


def test_whoever_signed_out_is_nobody(office: Office) -> None:
    export_id = signed_in(office)
    before = office.names()
    office.desk.my.sign_out(office.remembered["session"])
    for use_case in (redeem_signed_in, mistype):
        with pytest.raises(SessionEnded):
            use_case(office, export_id)
    assert office.names() == before


def test_whoever_is_signed_in_sees_and_opens_what_is_of_their_case_alone(office: Office) -> None:
    theirs = signed_in(office)
    stranger = case_with_code(office)
    session = office.desk.my.session(sign_in(office, stranger))
    before = office.names()
    assert office.desk.my.show(session).packages == ()
    with pytest.raises(ExportUnknown):
        office.desk.exports.redeem_signed_in(
            theirs, link_of(office, theirs).password, subject(session), network=NETWORK
        )
    assert office.names() == before
