"""A case file is forgotten by the order of two people: nothing of the person is left, and the case is (docs/law §7)."""

from collections.abc import Iterator
from contextlib import suppress
from datetime import date
from typing import Any
from uuid import UUID

import msgspec
import pytest

from dsr.bootstrap import fence_journal_of
from dsr.database import metadata
from dsr.desk.belongings import PURGED
from dsr.desk.bulk import Chosen
from dsr.desk.caller import Call
from dsr.desk.idempotency import Answer
from dsr.desk.messages import Entered
from dsr.desk.unit_of_work import unit_of_work
from dsr.domain.errors import StorageFull
from dsr.domain.own_file import FileKind
from dsr.domain.quarantine import QuarantinedMessage
from dsr.domain.request import Request
from dsr.domain.request.errors import CaseForgotten
from dsr.domain.request.forgetting import CaseFileKept, ForgettingOrdered, ForgettingProposed, KeptBecause
from dsr.domain.request.letters import LetterKind
from dsr.domain.request.standing import ForgettingGround
from dsr.domain.request.values import Channel, DisclosurePurpose, DismissalKind
from dsr.domain.rights import Right
from dsr.domain.sealed import KeyDestroyed
from dsr.exports import PackageStream
from dsr.projections.paging import Page
from dsr.vault import IndexPurpose
from tests.catalogue.matters import complained
from tests.desk.office import Office
from tests.desk.test_exporting import prepared, with_data
from tests.desk.test_quarantine_desk import enter, quarantined

KEPT = {
    # The log: personal data is ciphertext, whose keys are destroyed; headers and hashes of ciphertext are evidence.
    **dict.fromkeys(("events", "checkpoints", "tree_tiles"), "the history"),
    # Read models: ids, dates, codes and names of staff. Each follows from the events, without a key.
    **dict.fromkeys(
        (
            *("agenda", "authority_disclosures", "case_counts", "credentials", "decisions", "dispatches", "due_counts"),
            *("exports", "forgotten", "holds", "introduced_keys", "items", "link_requests", "matters"),
            "judged_suggestions",
            *("matter_letters", "matter_messages", "matter_states", "messages"),
            *("missed_dates", "own_erasures", "passkeys", "quarantine", "recipients", "request_states", "requests"),
            "retention_batches",
            *("restrictions", "staff", "staff_accounts", "staff_sessions", "timeline"),
        ),
        "shown from events without a key",
    ),
    # Of staff and of the service.
    **dict.fromkeys(
        (
            "audit_bundles",
            *("attempts", "heartbeats", "invitations", "keyring_mark", "passkey_uses", "projections", "saved_filters"),
            *("policy_parked", "policy_positions", "policy_waiting", "sign_in_failures", "staff_session_secrets"),
            *("used_challenges", "indexed_logs", "keyring_check", "log_mark", "tellings"),
            "telling_choices",
        ),
        "of staff, or of the service",
    ),
    **dict.fromkeys(("sign_in_tries", "sign_in_tries_by_network"), "hashes of references, deleted after a day"),
    "suppressions": "keeps an objector from being imported again (GDPR Art. 21(3))",
    "small_blobs": "deleted by the ids of the file's originals",
    "named_in_log": "ids of keys and files",
    "data_keys": "destroyed by their ids; a mark stays that they were",
}
"""Tables from which no row goes when a case file is forgotten, and why."""


def closed(office: Office, raw: bytes | None = None) -> UUID:
    """A letter by mail that was no request."""
    request_id = office.case_by_mail(raw)
    office.desk.triage.dismiss(
        request_id, office.call(request_id), kind=DismissalKind.QUESTION, reason="Ada asks for a price."
    )
    return request_id


def closed_at(office: Office, controller_id: str) -> UUID:
    """A letter to this controller that was no request."""
    request_id = office.arrived(controller_id)
    office.desk.triage.dismiss(
        request_id, office.call(request_id), kind=DismissalKind.QUESTION, reason="Ada asks for a price."
    )
    return request_id


def propose(
    office: Office,
    request_id: UUID,
    ground: ForgettingGround = ForgettingGround.COURT_ORDER,
    reasons: str = "File 7 C 3.",
) -> None:
    office.desk.forgetting.propose(request_id, office.call(request_id), ground=ground, reasons=reasons)


def approve(office: Office, request_id: UUID) -> None:
    office.desk.forgetting.decide(request_id, office.call(request_id, office.bob), approve=True, reason="")


def forget(office: Office, request_id: UUID) -> UUID:
    """Ann proposes, bob agrees, the worker destroys."""
    office.service.policies.begin()
    propose(office, request_id)
    approve(office, request_id)
    office.service.policies.run()
    return request_id


def status(office: Office, request_id: UUID) -> str:
    return office.desk.forgetting.state(request_id, office.ann).status


def against(office: Office, request_id: UUID) -> list[KeptBecause]:
    """What stands against an order, whatever the period."""
    found = office.desk.forgetting.preview(request_id, office.ann).kept_because
    return [each for each in found if each is not KeptBecause.PERIOD]


@pytest.mark.parametrize("name", sorted({*metadata.main.tables, *metadata.keys.tables}))
def test_of_every_table_it_is_known_whether_forgetting_deletes_from_it(name: str) -> None:
    assert (name in {table.name for table in PURGED}) != (name in KEPT)


def test_what_was_forgotten_does_not_open_and_the_case_still_loads(office: Office) -> None:
    # given
    request_id = closed(office)
    before = office.case(request_id)
    original = office.events("request.received")[0].original
    # when
    forget(office, request_id)
    # then
    for key_id in (*before.keys.values(), original.key_id):
        with pytest.raises(KeyDestroyed):
            office.service.keystore.open(key_id)
    assert office.blobs() == []
    state = office.desk.forgetting.state(request_id, office.ann)
    assert (state.status, state.proposed_by, state.ordered_by, state.keys, state.files) == (
        "attested",
        "ann",
        "bob",
        2,
        1,
    )
    assert office.case(request_id).outcome is before.outcome
    assert office.view(request_id)["reference"] == before.reference
    assert office.differences() == []


def test_nobody_is_found_who_was_forgotten(office: Office) -> None:
    request_id = forget(office, closed(office))
    assert office.desk.repository.index.find(IndexPurpose.EMAIL, "ada@example.org") == []
    assert office.desk.repository.other_cases(request_id) == []


def test_a_forgotten_case_takes_in_nothing(office: Office) -> None:
    request_id = closed(office)
    propose(office, request_id)
    approve(office, request_id)
    names = office.names()
    with pytest.raises(CaseForgotten):
        office.desk.answers.reopen(request_id, office.call(request_id), reason="Ada called.", item_ids=())
    with pytest.raises(CaseForgotten):
        office.desk.disclosures.open(request_id, Call(office.ann), purpose=DisclosurePurpose.ANSWERING, versions=None)
    entered = Entered(Channel.TELEPHONE, office.clock.now(), "en", "Ada called.")
    with pytest.raises(CaseForgotten):
        office.desk.messages.enter(request_id, office.call(request_id), entered=entered)
    assert office.names() == names


def test_a_late_mail_in_its_thread_waits_in_quarantine_under_a_key_of_its_own(office: Office) -> None:
    # given
    request_id = closed(office)
    reference = office.case(request_id).reference
    forget(office, request_id)
    # when
    raw = office.mail("Where is my answer?", subject=f"Re: {reference}")
    outcome = office.receive(raw)
    office.service.policies.run()
    # then
    assert (outcome.outcome, outcome.error) == ("quarantined", "case-forgotten")
    assert outcome.quarantine_id is not None
    message = office.find(QuarantinedMessage, outcome.quarantine_id)
    assert office.desk.quarantine.open(message.id, Call(office.ann), purpose=DisclosurePurpose.TRIAGE) == raw
    assert office.service.policies.positions.parked() == []
    # and: somebody who was forgotten may ask again
    assert enter(office, message.id, received_at=message.received_at) != request_id


def test_a_quarantined_message_goes_with_the_case_that_was_entered_from_it(office: Office) -> None:
    quarantine_id = quarantined(office, b"\xff\x00 Ada Lovelace", controller_id="callcentre-de")
    request_id = enter(office, quarantine_id)
    office.desk.triage.dismiss(request_id, office.call(request_id), kind=DismissalKind.SPAM, reason="Noise.")
    forget(office, request_id)
    with pytest.raises(KeyDestroyed):
        office.desk.quarantine.open(quarantine_id, Call(office.ann), purpose=DisclosurePurpose.TRIAGE)


def test_a_case_file_is_kept_while_something_needs_it(office: Office) -> None:
    # given: a package that is still promised, and a letter that waits
    request_id = with_data(office, Right.ACCESS)
    prepared(office, request_id, "access")
    office.desk.dispatching.prepare(request_id, office.call(request_id), kind=LetterKind.ACKNOWLEDGEMENT)
    assert {*against(office, request_id)} == {
        KeptBecause.OPEN,
        KeptBecause.PACKAGE,
        KeptBecause.LETTER,
        KeptBecause.HOLD,
    }
    # and: a complaint that nobody answered
    other_id = closed(office)
    assert against(office, other_id) == []
    complained(office, Call(office.ann), request_ids=(other_id,))
    assert against(office, other_id) == [KeptBecause.MATTER]
    with pytest.raises(CaseFileKept) as kept:
        propose(office, other_id)
    assert kept.value.facts == {"reasons": ["matter"]}


def test_what_arrives_between_proposal_and_decision_keeps_the_file(office: Office) -> None:
    request_id = closed(office)
    propose(office, request_id)
    office.reply(request_id, "One thing more.")
    with pytest.raises(CaseFileKept, match="has to be kept"):
        approve(office, request_id)
    assert status(office, request_id) == "proposed"


@pytest.mark.parametrize("backend", ["sqlite"])
def test_a_file_is_forgotten_three_years_after_the_year_of_closing_without_a_reason(office: Office) -> None:
    request_id = closed(office)
    with pytest.raises(CaseFileKept) as kept:
        propose(office, request_id, ForgettingGround.PERIOD, "")
    assert kept.value.facts == {"reasons": ["period"]}
    preview = office.desk.forgetting.preview(request_id, office.ann)
    assert preview.kept_until is not None
    assert (preview.kept_until.isoformat(), preview.kept_because) == ("2030-01-01", (KeptBecause.PERIOD,))
    office.clock.advance(days=(preview.kept_until - office.clock.now().date()).days)
    propose(office, request_id, ForgettingGround.PERIOD, "")


@pytest.mark.parametrize("backend", ["sqlite"])
def test_no_key_is_destroyed_before_the_fence_is_in_the_journal(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    # given
    request_id = closed(office)
    office.service.policies.begin()
    propose(office, request_id)
    approve(office, request_id)

    def full(*_: object) -> None:
        raise StorageFull

    with monkeypatch.context() as patched:
        patched.setattr("dsr.vault.fence_journal._add", full)
        with pytest.raises(StorageFull):
            office.service.policies.run()
    office.desk.repository.case_key(office.case(request_id))
    assert status(office, request_id) == "ordered"
    # when
    office.service.policies.run()
    # then
    assert status(office, request_id) == "attested"


BROKEN_OFF = (
    "dsr.vault.keystore.SqlKeyStore.destroy",
    "dsr.blobs.storage.BlobStorage.delete",
    "dsr.desk.destroying.purge_rows",
    "dsr.database.engine.Database.empty_journal",
    "dsr.domain.request.Request.attest_forgetting",
)


@pytest.mark.parametrize("backend", ["sqlite"])
@pytest.mark.parametrize("place", BROKEN_OFF)
def test_a_forgetting_that_was_broken_off_anywhere_is_finished_once(
    office: Office, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    # given
    request_id = closed(office)
    office.service.policies.begin()
    propose(office, request_id)
    approve(office, request_id)

    def killed(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched, suppress(KeyboardInterrupt):
        patched.setattr(place, killed)
        office.service.policies.run()
    assert status(office, request_id) == "ordered"
    # when
    office.service.policies.run()
    office.service.policies.run()
    # then
    [attested] = office.events("request.forgetting-attested")
    assert (attested.keys, attested.files) == (2, 1)
    assert office.desk.repository.index.find(IndexPurpose.EMAIL, "ada@example.org") == []
    assert office.blobs() == []


def test_a_package_that_is_built_while_its_case_is_forgotten_is_not_recorded(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    # given: the order comes while a package is being written
    request_id = with_data(office, Right.ACCESS)
    office.search(request_id, "access")

    class Overtaken(PackageStream):
        def __iter__(self) -> Iterator[bytes]:
            yield from super().__iter__()
            fence(office, request_id)

    monkeypatch.setattr("dsr.desk.exports.prepare.PackageStream", Overtaken)
    files = office.blobs()
    # when
    with pytest.raises(CaseForgotten):
        office.desk.exports.prepare(request_id, "access", office.call(request_id))
    # then
    assert office.events("export.prepared") == []
    assert office.blobs() == files


def fence(office: Office, request_id: UUID) -> None:
    """The order, although the case is open."""
    case = office.case(request_id)
    with unit_of_work(office.desk.repository, Call(office.bob)) as work:
        ordered = {"ground": ForgettingGround.COURT_ORDER, "proposed_by": "ann", "kept_until": date(2030, 1, 1)}
        case.record(work.acting, ForgettingProposed, ground=ForgettingGround.COURT_ORDER, reasons=None)
        case.record(work.acting, ForgettingOrdered, **ordered)
        work.add(case)


@pytest.mark.parametrize("backend", ["sqlite"])
def test_a_letter_that_is_begun_while_the_order_is_given_keeps_the_file(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    # given
    request_id = office.registered(Right.ACCESS)
    office.desk.answers.withdraw(request_id, office.call(request_id), confirmed=True, statement="Done.", item_ids=None)
    propose(office, request_id)
    ordered = Request.approve_forgetting

    def overtaken(case: Request, *args: Any, **facts: Any) -> None:
        office.desk.dispatching.prepare(request_id, Call(office.ann), kind=LetterKind.ACKNOWLEDGEMENT)
        ordered(case, *args, **facts)

    # when
    monkeypatch.setattr(Request, "approve_forgetting", overtaken)
    with pytest.raises(CaseFileKept):
        approve(office, request_id)
    # then
    assert status(office, request_id) == "proposed"
    assert against(office, request_id) == [KeptBecause.LETTER]


@pytest.mark.parametrize("backend", ["sqlite"])
def test_the_journal_names_ids_and_dates_and_nobody(office: Office) -> None:
    request_id = forget(office, closed(office))
    [fence] = fence_journal_of(office.service.settings).read()
    assert (fence.file_id, len(fence.keys), len(fence.blobs)) == (request_id, 2, 1)
    assert b"ada" not in office.service.settings.fence_journal.read_bytes().lower()


def test_no_code_is_sent_for_a_file_that_is_being_forgotten_and_nobody_else_waits(office: Office) -> None:
    # given: the order is given, and nothing is destroyed yet
    request_id = closed(office)
    propose(office, request_id)
    approve(office, request_id)
    office.desk.my.ask_for_code(office.case(request_id).reference, language="en", network="192.0.2.7")
    # when
    sent = office.desk.sign_in_mail.send_due()
    # then
    assert (sent, office.desk.sign_in_mail.send_due(), [*office.outgoing()]) == (1, 0, [])


def lines(answer: Answer) -> list[tuple[str, str | None]]:
    return [(each["status"], each["code"]) for each in msgspec.json.decode(answer.body)["requests"]]


def chosen(office: Office, *request_ids: UUID) -> list[Chosen]:
    return [Chosen(each, office.case(each).version, {}) for each in request_ids]


def test_a_person_is_forgotten_with_all_files_that_share_an_identifier_as_far_as_each_may_go(office: Office) -> None:
    # given: two files that may go, one that is open, and one of somebody else of that name
    first, second = closed(office), closed(office)
    still_open = office.case_by_mail()
    other = closed(office, office.mail(sender="Ada Lovelace <ada@elsewhere.example>"))
    candidates = {each.request_id: each for each in office.desk.forgetting.linked(first, office.ann)}
    assert candidates.keys() == {first, second, still_open, other}
    assert candidates[other].marks == (IndexPurpose.NAME,)
    assert candidates[still_open].kept_because == (KeptBecause.OPEN,)
    # when
    confirmed, bulk, ground = (first, second, still_open), office.desk.bulk, ForgettingGround.NO_LONGER_NEEDED
    proposed = bulk.propose_forgetting(
        Call(office.ann), ground=ground, reasons="By advice.", requests=chosen(office, *confirmed)
    )
    office.service.policies.begin()
    ordered = bulk.decide_forgetting(Call(office.bob), approve=True, reason="", requests=chosen(office, *confirmed))
    office.service.policies.run()
    # then
    assert lines(proposed) == [("done", None), ("done", None), ("refused", "case-file-kept")]
    assert lines(ordered) == [("done", None), ("done", None), ("refused", "nothing-proposed")]
    assert [status(office, each) for each in (first, second, still_open, other)] == [
        *("attested", "attested"),
        *("kept", "kept"),
    ]


def due_files(office: Office, *, controller: str | None, cursor: str | None, limit: int) -> Page:
    of = office.desk.retention.due_files
    return of.page(office.ann, kind=FileKind.CASE_FILE, controller=controller, cursor=cursor, limit=limit)


@pytest.mark.parametrize("backend", ["sqlite"])
def test_a_case_keeps_the_period_of_the_record_that_it_arrived_under(office: Office, example: str) -> None:
    # given: a case, then a record of processing that keeps files for one year
    long = closed(office)
    office.desk.ropa.adopt(example.replace("case_files: P3Y", "case_files: P1Y").encode(), Call(office.ann))
    short, elsewhere = closed(office), closed_at(office, "callcentre-fr")
    until = {each: office.desk.forgetting.preview(each, office.ann).kept_until for each in (long, short, elsewhere)}
    assert [str(until[each]) for each in (long, short, elsewhere)] == ["2030-01-01", "2028-01-01", "2030-01-01"]

    def due() -> set[UUID]:
        page = due_files(office, controller=None, cursor=None, limit=10)
        return {row["request_id"] for row in page.rows}

    # when
    office.clock.advance(days=(date(2028, 1, 1) - office.clock.now().date()).days)
    # then
    assert due() == {short}
    propose(office, short, ForgettingGround.PERIOD, "")
    with pytest.raises(CaseFileKept):
        propose(office, long, ForgettingGround.PERIOD, "")
    office.clock.advance(days=(date(2030, 1, 1) - office.clock.now().date()).days)
    assert due() == {long, short, elsewhere}


def test_what_is_due_is_listed_with_what_stands_against_it(office: Office) -> None:
    # given
    first, held = closed(office), closed(office)
    complained(office, Call(office.ann), request_ids=(held,))
    assert due_files(office, controller=None, cursor=None, limit=10).rows == []
    # when
    office.clock.advance(days=1500)
    page = due_files(office, controller=None, cursor=None, limit=1)
    rest = due_files(office, controller=None, cursor=page.next, limit=1)
    # then
    found = {each["request_id"]: each["kept_because"] for each in (*page.rows, *rest.rows)}
    assert found == {first: (), held: (KeptBecause.MATTER,)}
    forget(office, first)
    left = due_files(office, controller="callcentre-de", cursor=None, limit=10)
    assert [each["request_id"] for each in left.rows] == [held]
