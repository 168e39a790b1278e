"""A file that is no case is forgotten by the order of two people: nobody reads it any more, and it is on record
(docs/law §7).
"""

import io
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from dsr.backup import back_up, restore
from dsr.bootstrap import build, fence_journal_of
from dsr.desk.belongings import belongings_of_file, count_rows
from dsr.desk.caller import Call
from dsr.desk.errors import RetentionBatchUnknown, VersionStale
from dsr.desk.replay import replay
from dsr.desk.telling.waits import Waits
from dsr.domain.authority_disclosure import AuthorityDisclosure, DisclosureFinding
from dsr.domain.matter import Matter, MatterAttention, MatterKind, MatterLetterKind, MatterOutcome
from dsr.domain.own_erasure import OwnErasure
from dsr.domain.own_file import FileForgotten, FileKept, FileKind
from dsr.domain.quarantine import QuarantinedMessage
from dsr.domain.request.errors import FourEyes
from dsr.domain.request.forgetting import ForgettingNotOrdered, KeptBecause
from dsr.domain.request.standing import ForgettingGround
from dsr.domain.request.values import Channel, DisclosurePurpose, DismissalKind
from dsr.domain.rights import Right
from dsr.domain.sealed import KeyDestroyed
from dsr.domain.telling import WaitKind
from dsr.evidence.verifier.verify import verify as verify_bundle
from dsr.projections import verify
from dsr.projections.forgotten import deletion_list
from dsr.projections.matters import attention_to_matters, matter_row
from tests.backup.test_backups import Fresh, fresh
from tests.backup.test_forgotten import at_new_place
from tests.bundles import bundle_of, log_key
from tests.catalogue.matters import ADDRESS, complained, complaint, replied, written
from tests.desk.office import Office, member
from tests.desk.test_authority_disclosures import give, record, review
from tests.desk.test_forgetting import closed
from tests.desk.test_own_erasures import report
from tests.desk.test_quarantine_desk import enter, quarantined
from tests.desk.test_retention import batches, draw_up, work, years_later
from tests.desk.test_retention import decide as decide_batch
from tests.desk.test_retention import propose as propose_batch
from tests.settable_clock import SettableClock

__all__ = ["fresh"]

pytestmark = pytest.mark.parametrize("backend", ["sqlite"])

MATTER = FileKind.MATTER


def settled(office: Office) -> UUID:
    """A complaint to which a mail came, examined, answered and closed."""
    matter_id = replied(office)
    message_id = office.remembered["reply"]
    office.desk.dispatching.drain(office.clock.now(), 100)
    office.desk.matter_messages.examine(matter_id, Call(office.ann), message_id=message_id, finding="Ada's file.")
    return ended(office, matter_id)


def ended(office: Office, matter_id: UUID, outcome: MatterOutcome = MatterOutcome.UPHELD) -> UUID:
    said: dict[str, Any] = {"channel": Channel.POST, "reasons": "Ada is right.", "remedies": "Berlin."}
    office.desk.matters.answer(matter_id, Call(office.ann), **said)
    office.desk.matters.close(matter_id, Call(office.ann), outcome=outcome)
    return matter_id


def propose(office: Office, matter_id: UUID, ground: ForgettingGround = ForgettingGround.COURT_ORDER) -> None:
    call = Call(office.ann, expected=office.find(Matter, matter_id).version)
    office.desk.file_forgetting.propose(matter_id, call, kind=MATTER, ground=ground, reasons="File 7 C 3.")


def decide(office: Office, matter_id: UUID, *, approve: bool = True, who: str = "bob") -> None:
    call = Call(getattr(office, who))
    office.desk.file_forgetting.decide(matter_id, call, kind=MATTER, approve=approve, reason="An appeal is pending.")


def forget(office: Office, matter_id: UUID) -> UUID:
    office.service.policies.begin()
    propose(office, matter_id)
    decide(office, matter_id)
    office.service.policies.run()
    return matter_id


def status(office: Office, matter_id: UUID) -> str:
    return office.desk.file_forgetting.state(matter_id, office.ann, kind=MATTER).status


def against(office: Office, matter_id: UUID) -> list[KeptBecause]:
    found = office.desk.file_forgetting.preview(matter_id, office.ann, kind=MATTER).kept_because
    return [each for each in found if each is not KeptBecause.PERIOD]


def test_a_forgotten_matter_opens_nowhere_takes_in_nothing_and_is_on_record(office: Office) -> None:
    # given
    matter_id = settled(office)
    before, preview = (
        office.find(Matter, matter_id),
        office.desk.file_forgetting.preview(matter_id, office.ann, kind=MATTER),
    )
    assert (preview.keys, preview.files, preview.letters, preview.kept_because) == (2, 1, 1, (KeptBecause.PERIOD,))
    assert preview.rows > 0
    # when
    forget(office, matter_id)
    # then
    for key_id in (*before.keys.values(), *before.originals):
        with pytest.raises(KeyDestroyed):
            office.service.keystore.open(key_id)
    assert office.blobs() == []
    assert count_rows(office.desk.repository, belongings_of_file(office.desk.repository, before)) == 0
    state = office.desk.file_forgetting.state(matter_id, office.ann, kind=MATTER)
    assert (state.status, state.proposed_by, state.ordered_by, state.keys, state.files) == (
        *("attested", "ann", "bob"),
        *(2, 1),
    )
    with office.service.database.reading() as connection:
        [row] = deletion_list(connection, kind=MATTER, scope=frozenset({"callcentre-de"})).rows
        assert deletion_list(connection, scope=frozenset({"callcentre-fr"})).rows == []
    assert (row["file_id"], row["reference"], row["outcome"], row["request_id"]) == (
        *(matter_id, before.reference, "upheld"),
        None,
    )
    # and: nothing more is recorded on it
    names = office.names()
    call = Call(office.ann)
    for refused in (
        lambda: office.desk.matters.open(matter_id, call, purpose=DisclosurePurpose.ANSWERING),
        lambda: propose(office, matter_id),
        lambda: decide(office, matter_id, approve=False),
        lambda: decide(office, matter_id),
    ):
        with pytest.raises(FileForgotten):
            refused()
    office.desk.file_forgetting.purge(MATTER, matter_id, call)
    with pytest.raises(ForgettingNotOrdered):
        office.find(Matter, matter_id).attest_forgetting(
            call.caller.acting(office.clock.now()), keys=1, files=1, unreadable_on=None
        )
    # and: what arrives for it waits under a key of its own; a report that its letter came back changes nothing
    outcome = office.receive(office.mail("Where is my answer?", subject=f"Re: {before.reference}"))
    assert (outcome.outcome, outcome.error) == ("quarantined", "file-forgotten")
    assert outcome.quarantine_id is not None
    assert office.find(QuarantinedMessage, outcome.quarantine_id).keys
    assert [each for each in office.names() if each.startswith("matter.")] == [
        each for each in names if each.startswith("matter.")
    ]
    # and: the history replays, in the service and without it
    assert office.differences() == []
    verified = verify_bundle(io.BytesIO(bundle_of(office, f"matter:{matter_id}")), [log_key(office)])
    assert verified.all_holds, verified.in_words()


def test_a_matter_is_kept_while_something_needs_it_and_nobody_decides_alone(office: Office) -> None:
    # given: nobody has answered it
    request_id = closed(office)
    call = Call(office.ann)
    matter_id = UUID(written(office, call).resource_id)
    said: dict[str, Any] = {"kind": MatterLetterKind.AUTHORITY_REPLY, "texts": {"reply": "Here."}, "address": ADDRESS}
    letter = office.desk.matter_letters.prepare(matter_id, call, channel=Channel.EMAIL, **said)
    assert against(office, matter_id) == [KeptBecause.OPEN, KeptBecause.LETTER]
    with pytest.raises(FileKept) as kept:
        propose(office, matter_id)
    assert kept.value.facts == {"reasons": ["open", "letter"]}
    # and: closed, with a draft and a message that nobody has read
    office.desk.matters.link_request(matter_id, call, request_id=request_id)
    ended(office, matter_id, MatterOutcome.COMPLIED)
    office.receive(office.mail("And now?", subject=f"Re: {office.find(Matter, matter_id).reference}"))
    assert against(office, matter_id) == [KeptBecause.MESSAGE_UNEXAMINED, KeptBecause.LETTER]
    [message_id] = office.find(Matter, matter_id).messages
    office.desk.matter_messages.examine(matter_id, call, message_id=message_id, finding="She asks again.")
    office.desk.matter_letters.discard(matter_id, call, letter_id=UUID(letter.resource_id), reason="Too late.")
    # and: an authority asks in it, a claim holds the data of its case, an order opens that case again
    asked = record(office, matter_id=matter_id)
    written(office, call, kind=MatterKind.COURT_CLAIM, request_ids=(request_id,))
    assert against(office, matter_id) == [KeptBecause.HOLD, KeptBecause.DISCLOSURE]
    review(office, asked, finding=DisclosureFinding.REFUSE, extent=())
    for hold_id in office.case(request_id).holds:
        office.desk.holds.release(request_id, hold_id, office.call(request_id, office.bob), reason="Settled.")
    assert against(office, matter_id) == []
    # and: nobody decides alone, its period has not ended, and what comes before the decision counts
    with pytest.raises(FileKept) as kept:
        propose(office, matter_id, ForgettingGround.PERIOD)
    assert kept.value.facts == {"reasons": ["period"]}
    propose(office, matter_id)
    with office.service.database.reading() as connection:
        assert attention_to_matters(connection, office.clock.now())[MatterAttention.FORGETTING] == 1
    *_, proposed = office.service.log.read()
    told = Waits(office.desk.repository).of(proposed)
    assert told is not None
    assert (told.kind, told.by) == (WaitKind.APPROVAL, "ann"), "a second person hears of it"
    with pytest.raises(FourEyes):
        decide(office, matter_id, who="ann")
    decide(office, matter_id, approve=False)
    assert status(office, matter_id) == "kept"
    assert Waits(office.desk.repository).of(proposed) is None
    with office.service.database.reading() as connection:
        assert attention_to_matters(connection, office.clock.now())[MatterAttention.FORGETTING] == 0
    propose(office, matter_id)
    written(office, call, kind=MatterKind.ORDER, request_ids=(request_id,))
    with pytest.raises(FileKept) as kept:
        decide(office, matter_id)
    assert kept.value.facts == {"reasons": ["case"]}
    assert status(office, matter_id) == "proposed"
    verified = verify_bundle(io.BytesIO(bundle_of(office, "all")), [log_key(office)])
    assert verified.all_holds, verified.in_words()


def test_matters_whose_period_has_ended_go_in_the_batch_of_their_controller(office: Office) -> None:
    # given
    office.service.policies.begin()
    gone, spared, open_still = ended(office, complaint(office)), ended(office, complaint(office)), complaint(office)
    case_id = closed(office)
    assert draw_up(office) == 0
    years_later(office)
    draw_up(office)
    # when
    [batch] = batches(office)
    assert {(each["kind"], each["file_id"]) for each in batch["files"]} == {
        ("case-file", str(case_id)),
        ("matter", str(gone)),
        ("matter", str(spared)),
    }
    assert {each["kept_until"] for each in batch["files"]} == {"2030-01-01"}
    propose_batch(office, batch["batch_id"])
    with pytest.raises(FourEyes):  # who proposed the batch orders none of its files, nor the batch
        decide_batch(office, batch["batch_id"], who="ann")
    office.receive(office.mail("And now?", subject=f"Re: {office.find(Matter, spared).reference}"))
    decide_batch(office, batch["batch_id"])
    work(office)
    # then
    assert [status(office, each) for each in (gone, spared, open_still)] == ["attested", "kept", "kept"]
    [done] = batches(office)
    assert (done["status"], done["forgotten"], done["kept"]) == (
        *("carried-out", 2),
        [{"kind": "matter", "file_id": str(spared), "kept_because": ["message-unexamined"]}],
    )
    state = office.desk.file_forgetting.state(gone, office.ann, kind=MATTER)
    assert (state.proposed_by, state.ordered_by, state.ground) == ("ann", "bob", "period")
    assert office.differences() == []


def test_no_file_returns_with_a_backup_from_before_in_whatever_state_it_was(
    office: Office, fresh: Fresh, tmp_path: Path, clock: SettableClock
) -> None:
    # given: in the backup a claim is open and holds data of a case, somebody wrote on it, and nothing else is settled;
    # an order has two cases open again, before they are due themselves
    office.service.policies.begin()
    request_id, call = closed(office), Call(office.ann)
    reopened, gone_too = withdrawn(office), closed(office)
    said: dict[str, Any] = {"item_ids": ("access",), "due_on": date(2026, 3, 20)}
    order = written(office, call, kind=MatterKind.ORDER, request_ids=(reopened, gone_too), **said)
    order_id = UUID(order.resource_id)
    answer = written(office, call, kind=MatterKind.COURT_CLAIM, request_ids=(request_id,))
    matter_id = UUID(answer.resource_id)
    office.receive(office.mail("One more thing.", subject=f"Re: {office.find(Matter, matter_id).reference}"))
    message_id, asked, reported = (
        quarantined(office, b"\xff\x02 Ada", controller_id="callcentre-de"),
        record(office),
        report(office),
    )
    before, history = office.view(reopened), history_of(office, reopened)
    assert (before["due_on"], before["due_source"]) == (before["order_due"], "order")
    backup = back_up(office.service, tmp_path / "backup")
    withdraw(office, reopened)
    office.desk.triage.dismiss(gone_too, office.call(gone_too), kind=DismissalKind.QUESTION, reason="It is a question.")
    ended(office, order_id, MatterOutcome.COMPLIED)
    [reply_id] = office.find(Matter, matter_id).messages
    office.desk.matter_messages.examine(matter_id, call, message_id=reply_id, finding="Read.")
    office.desk.matters.answer(matter_id, call, channel=Channel.POST, reasons="No.", remedies="")
    office.desk.matters.close(matter_id, call, outcome=MatterOutcome.SETTLED)
    discard(office, message_id)
    review(office, asked, finding=DisclosureFinding.REFUSE, extent=())
    office.desk.own_erasures.cancel(reported, call, reason="It is lawful.")
    years_later(office)
    draw_up(office)
    [batch] = batches(office)
    propose_batch(office, batch["batch_id"], request_id, reopened)
    decide_batch(office, batch["batch_id"])
    work(office)
    fences = fence_journal_of(office.service.settings).read()
    assert {(each.kind, each.ended_as) for each in fences} == {
        ("case-file", "not-a-request"),
        ("matter", "settled"),
        ("matter", "complied"),
        ("quarantine", "discarded"),
        ("disclosure", "refused"),
        ("own-erasure", "cancelled"),
    }
    # when
    settings = at_new_place(fresh, office)
    restore(settings, backup)
    # then
    again = Office(build(settings, clock=clock), clock)
    matter = again.find(Matter, matter_id)
    others = (
        again.find(Matter, order_id),
        again.find(QuarantinedMessage, message_id),
        again.find(AuthorityDisclosure, asked),
        again.find(OwnErasure, reported),
    )
    keys = (each for file in (matter, *others, again.case(gone_too)) for each in file.keys.values())
    for key_id in (*matter.originals, *keys):
        with pytest.raises(KeyDestroyed):
            again.service.keystore.open(key_id)
    assert [(each.status, each.is_forgotten) for each in (matter, *others)] == [
        *(("closed", True), ("closed", True), ("discarded", True), ("refused", True), ("cancelled", True))
    ]
    assert (status(again, matter_id), matter.ended_as, again.case(request_id).holds) == ("attested", "settled", {})
    with again.service.database.reading() as connection:
        row = matter_row(connection, matter_id)
    assert row is not None
    assert (row["status"], row["outcome"], row["unexamined"], row["due"]) == ("closed", "settled", 0, None)
    assert again.desk.matter_dates.sweep().found == 0
    # and: the case that the order had opened again is as it was, with its own date; the order sets none any more
    case = again.view(reopened)
    assert (case["closed_at"], case["effective_due"], case["order_due"]) == (None, before["effective_due"], None)
    assert (case["due_on"], case["due_source"]) == ("2026-04-04", "promise")
    assert history_of(again, reopened) == [*history, "dsr.request.order-date-noted"]
    assert verify(again.service.database, again.service.log) == []
    assert replay(again.service.database, again.service.log).is_borne_out
    verified = verify_bundle(io.BytesIO(bundle_of(again, "all")), [log_key(again)])
    assert verified.all_holds, verified.in_words()
    again.service.close()


def withdrawn(office: Office) -> UUID:
    """A case that its person took back."""
    request_id = office.registered(Right.ACCESS)
    withdraw(office, request_id)
    return request_id


def withdraw(office: Office, request_id: UUID) -> None:
    call = office.call(request_id)
    office.desk.answers.withdraw(request_id, call, confirmed=True, statement="Forget it.", item_ids=None)


def history_of(office: Office, stream_id: UUID) -> list[str]:
    return [each.name for each in office.service.log.read() if each.stream_id == stream_id]


def discarded(office: Office, raw: bytes, controller_id: str | None) -> UUID:
    return discard(office, quarantined(office, raw, controller_id=controller_id))


def discard(office: Office, quarantine_id: UUID) -> UUID:
    office.desk.quarantine.propose_discarding(quarantine_id, Call(office.ann), reason="Noise of a machine.")
    office.desk.quarantine.decide_discarding(quarantine_id, Call(office.bob), approve=True, reason="")
    return quarantine_id


def test_discarded_messages_go_after_their_period_also_those_of_nobody(office: Office) -> None:
    # given: two of a controller, one of which is entered as a request, and one of which nobody knows the controller
    office.service.policies.begin()
    office.case_by_mail()
    gone, nobodys = discarded(office, b"\xff\x00 Ada", "callcentre-de"), discarded(office, b"\xff\x01 Ada", None)
    enter(office, quarantined(office, b"\xff\x03 Ada", controller_id="callcentre-de"))
    years_later(office)
    draw_up(office)
    # when
    rows = {each["controller_id"]: each for each in batches(office)}
    assert {key: [each["kind"] for each in row["files"]] for key, row in rows.items()} == {
        "callcentre-de": ["quarantine"],
        None: ["quarantine"],
    }
    stranger = member("hana", "callcentre-de")
    with pytest.raises(RetentionBatchUnknown):
        office.desk.retention.propose(rows[None]["batch_id"], Call(stranger, expected=1), left_out=())
    for row in rows.values():
        propose_batch(office, row["batch_id"])
        decide_batch(office, row["batch_id"])
    work(office)
    # then: no copy is left, nobody opens them, and they are on record
    messages = [office.find(QuarantinedMessage, each) for each in (gone, nobodys)]
    for message in messages:
        with pytest.raises(FileForgotten):
            office.desk.quarantine.open(message.id, Call(office.ann), purpose=DisclosurePurpose.TRIAGE)
        with pytest.raises(KeyDestroyed):
            office.service.keystore.open(message.keys["case-file"])
    with office.service.database.reading() as connection:
        listed = deletion_list(connection, kind=FileKind.QUARANTINE).rows
        seen = deletion_list(connection, scope=frozenset({"callcentre-de"})).rows
    assert ({each["file_id"] for each in listed}, len(seen)) == ({gone, nobodys}, 1)
    assert office.differences() == []
    verified = verify_bundle(io.BytesIO(bundle_of(office, "all")), [log_key(office)])
    assert verified.all_holds, verified.in_words()


def test_disclosures_and_own_erasures_go_after_their_periods_and_wait_for_what_they_concern(office: Office) -> None:
    # given: one of each that is settled, one that concerns an open case, one that is not settled
    office.service.policies.begin()
    case_id = office.case_by_mail()
    refused = record(office)
    reported = report(office)
    review(office, refused, finding=DisclosureFinding.REFUSE, extent=())
    given = record(office)
    review(office, given)
    give(office, given)
    office.desk.own_erasures.cancel(reported, Call(office.ann), reason="It is lawful.")
    held = report(office, request_id=case_id)
    office.desk.own_erasures.cancel(held, Call(office.ann), reason="It is lawful.")
    matter_id = UUID(written(office, Call(office.ann)).resource_id)
    asked_in_matter = record(office, matter_id=matter_id)
    review(office, asked_in_matter, finding=DisclosureFinding.REFUSE, extent=())
    record(office)
    report(office)
    years_later(office)
    draw_up(office)
    # when
    [batch] = batches(office)
    assert {(each["kind"], each["file_id"]) for each in batch["files"]} == {
        ("disclosure", str(refused)),
        ("disclosure", str(given)),
        ("own-erasure", str(reported)),
    }
    assert {(each["file_id"], *each["kept_because"]) for each in batch["kept"]} == {
        (str(held), "case"),
        (str(asked_in_matter), "matter"),
    }
    propose_batch(office, batch["batch_id"])
    decide_batch(office, batch["batch_id"])
    work(office)
    # then
    with office.service.database.reading() as connection:
        listed = {each["file_id"]: each["kind"] for each in deletion_list(connection).rows}
    assert listed == {refused: "disclosure", given: "disclosure", reported: "own-erasure"}
    audit: dict[str, Any] = {"purpose": DisclosurePurpose.AUDIT}
    with pytest.raises(FileForgotten):
        office.desk.authority_disclosures.open(given, Call(office.ann), **audit)
    with pytest.raises(FileForgotten):
        office.desk.own_erasures.open(reported, Call(office.ann), **audit)
    for each in (office.find(AuthorityDisclosure, given), office.find(OwnErasure, reported)):
        with pytest.raises(KeyDestroyed):
            office.service.keystore.open(each.keys["case-file"])
    assert office.differences() == []
    verified = verify_bundle(io.BytesIO(bundle_of(office, "all")), [log_key(office)])
    assert verified.all_holds, verified.in_words()


def test_what_comes_while_the_order_is_being_saved_decides_the_race(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    # given: the order is decided and not saved yet
    request_id = closed(office)
    matter_id = UUID(complained(office, Call(office.ann), request_ids=(request_id,)).resource_id)
    ended(office, matter_id)
    reference = office.find(Matter, matter_id).reference
    approve = Matter.approve_forgetting

    def overtaken_by(event: Callable[[], object]) -> None:
        def approve_slowly(self: Matter, *args: Any, **said: Any) -> None:
            approve(self, *args, **said)
            event()

        propose(office, matter_id)
        with monkeypatch.context() as patched:
            patched.setattr(Matter, "approve_forgetting", approve_slowly)
            decide(office, matter_id)

    # when: a mail joins the matter
    with pytest.raises(VersionStale):
        overtaken_by(lambda: office.receive(office.mail("And now?", subject=f"Re: {reference}")))
    # then
    assert against(office, matter_id) == [KeptBecause.MESSAGE_UNEXAMINED]
    [message_id] = office.find(Matter, matter_id).messages
    call = Call(office.ann)
    office.desk.matter_messages.examine(matter_id, call, message_id=message_id, finding="She asks again.")
    # and when: the case that it concerns is opened again
    with pytest.raises(FileKept) as kept:
        overtaken_by(lambda: written(office, call, kind=MatterKind.ORDER, request_ids=(request_id,)))
    # then
    assert kept.value.facts == {"reasons": ["case"]}
    assert status(office, matter_id) == "proposed"
    office.desk.repository.keystore.open(office.find(Matter, matter_id).keys["case-file"])
