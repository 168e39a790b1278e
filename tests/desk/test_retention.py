"""What is due is drawn up by the scheduler and forgotten by the order of two people, in one batch (docs/law §7)."""

from contextlib import suppress
from datetime import date
from uuid import UUID

import pytest

from dsr.desk import retention
from dsr.desk.caller import Call
from dsr.desk.caller import service as part
from dsr.desk.errors import RetentionBatchUnknown
from dsr.domain.request.errors import FourEyes, NothingProposed
from dsr.domain.request.values import DismissalKind, IdentityMethod
from dsr.domain.retention_batch import BatchAwaitsDecision, BatchSettled, NotInBatch, RetentionBatch
from dsr.projections import settled_files
from dsr.projections.retention_batches import batch_list, batch_row
from dsr.projections.rows import Row
from dsr.scheduler import Scheduler
from tests.catalogue.matters import complained
from tests.desk.office import Office, member
from tests.desk.test_forgetting import closed, closed_at, status

pytestmark = pytest.mark.parametrize("backend", ["sqlite"])


def years_later(office: Office) -> None:
    office.clock.advance(days=(date(2030, 1, 1) - office.clock.now().date()).days)


def draw_up(office: Office) -> int:
    return office.desk.retention.draw_up(Call(part("retention")))


def batches(office: Office) -> list[Row]:
    with office.service.database.reading() as connection:
        return list(batch_list(connection).rows)


def batch(office: Office, batch_id: UUID) -> Row:
    with office.service.database.reading() as connection:
        row = batch_row(connection, batch_id)
    assert row is not None
    return row


def work(office: Office) -> None:
    """The worker carries out the batch, then what that ordered."""
    for _ in range(2):
        office.service.policies.run()


def propose(office: Office, batch_id: UUID, *left_out: UUID) -> None:
    version = batch(office, batch_id)["version"]
    office.desk.retention.propose(batch_id, Call(office.ann, expected=version), left_out=left_out)


def decide(office: Office, batch_id: UUID, *, approve: bool = True, who: str = "bob") -> None:
    version = batch(office, batch_id)["version"]
    office.desk.retention.decide(batch_id, Call(getattr(office, who), expected=version), approve=approve)


def test_what_is_due_is_forgotten_in_one_batch_and_what_is_held_is_kept_with_its_reason(office: Office) -> None:
    # given
    office.service.policies.begin()
    gone, spared, held, held_later = (closed(office) for _ in range(4))
    elsewhere = closed_at(office, "callcentre-fr")
    complained(office, Call(office.ann), request_ids=(held,))
    assert draw_up(office) == 0
    years_later(office)
    # when
    Scheduler(office.service).draw_up_retention()
    # then
    german, french = sorted(batches(office), key=lambda row: str(row["controller_id"]))
    assert {each["file_id"] for each in german["files"]} == {str(gone), str(spared), str(held_later)}
    assert german["kept"] == [{"kind": "case-file", "file_id": str(held), "kept_because": ["matter"]}]
    assert {each["kept_until"] for each in german["files"]} == {"2030-01-01"}
    assert [each["file_id"] for each in french["files"]] == [str(elsewhere)]
    assert draw_up(office) == 0, "each waits"
    # when
    propose(office, german["batch_id"], spared)
    complained(office, Call(office.ann), request_ids=(held_later,))
    decide(office, german["batch_id"])
    work(office)
    # then
    assert [status(office, each) for each in (gone, spared, held, held_later, elsewhere)] == [
        *("attested", "kept", "kept", "kept", "kept")
    ]
    done = batch(office, german["batch_id"])
    assert (done["status"], done["forgotten"], done["kept_in_all"]) == ("carried-out", 1, 2)
    assert done["kept"][-1] == {"kind": "case-file", "file_id": str(held_later), "kept_because": ["matter"]}
    state = office.desk.forgetting.state(gone, office.ann)
    assert (state.proposed_by, state.ordered_by, state.ground) == ("ann", "bob", "period")
    # and: what was left out is due again
    assert draw_up(office) == 1
    assert {each["file_id"] for each in batches(office)[-1]["files"]} == {str(spared)}


def test_nobody_orders_a_batch_alone_and_none_is_decided_twice(office: Office) -> None:
    closed(office)
    years_later(office)
    draw_up(office)
    [row] = batches(office)
    batch_id = row["batch_id"]
    with pytest.raises(NothingProposed):
        decide(office, batch_id)
    propose(office, batch_id)
    with pytest.raises(BatchAwaitsDecision):
        propose(office, batch_id)
    with pytest.raises(FourEyes):
        decide(office, batch_id, who="ann")
    decide(office, batch_id)
    for again in (propose, decide):
        with pytest.raises(BatchSettled):
            again(office, batch_id)


def test_a_file_is_kept_on_which_whoever_ordered_the_batch_advised(office: Office) -> None:
    # given: bob advised on one of two cases, before he became an approver
    office.service.policies.begin()
    advised, other = office.arrived(), closed(office)
    office.desk.identity.give_dpo_opinion(
        advised,
        office.call(advised, office.bob),
        supports=True,
        opinion="There is no milder way.",
        method=IdentityMethod.DOCUMENT_COPY,
        doubt="Another address.",
    )
    call, question = office.call(advised), DismissalKind.QUESTION
    office.desk.triage.dismiss(advised, call, kind=question, reason="Ada asks for a price.")
    years_later(office)
    draw_up(office)
    [row] = batches(office)
    # when
    propose(office, row["batch_id"])
    decide(office, row["batch_id"])
    work(office)
    # then
    done = batch(office, row["batch_id"])
    assert (done["forgotten"], done["kept"]) == (
        1,
        [{"kind": "case-file", "file_id": str(advised), "kept_because": ["four-eyes"]}],
    )
    assert (status(office, advised), status(office, other)) == ("kept", "attested")
    # and: whoever proposes a file orders none, by whatever way
    with pytest.raises(FourEyes):
        office.desk.forgetting.order_after_period(advised, proposed_by="ann", ordered_by="ann")


def test_only_files_of_the_batch_are_left_out_and_never_all(office: Office) -> None:
    request_id = closed(office)
    years_later(office)
    draw_up(office)
    [row] = batches(office)
    for left_out in (request_id, row["batch_id"]):
        with pytest.raises(NotInBatch):
            propose(office, row["batch_id"], left_out)


def test_a_controller_whose_batch_was_declined_gets_none_for_thirty_days(office: Office) -> None:
    request_id = closed(office)
    years_later(office)
    draw_up(office)
    [row] = batches(office)
    propose(office, row["batch_id"])
    decide(office, row["batch_id"], approve=False)
    office.clock.advance(days=29)
    assert (draw_up(office), status(office, request_id)) == (0, "kept")
    office.clock.advance(days=2)
    assert draw_up(office) == 1


def test_a_batch_takes_so_many_files_and_the_next_one_the_rest(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retention, "AT_MOST", 2)
    monkeypatch.setattr(settled_files, "_AT_ONCE", 1)
    office.service.policies.begin()
    cases = [closed(office) for _ in range(3)]
    years_later(office)
    while draw_up(office):
        batch_id = batches(office)[-1]["batch_id"]
        propose(office, batch_id)
        decide(office, batch_id)
        work(office)
    assert [len(each["files"]) for each in batches(office)] == [2, 1]
    assert {status(office, each) for each in cases} == {"attested"}


def test_an_order_that_was_broken_off_is_finished_once(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    # given
    office.service.policies.begin()
    cases = [closed(office) for _ in range(3)]
    years_later(office)
    draw_up(office)
    [row] = batches(office)
    propose(office, row["batch_id"])
    decide(office, row["batch_id"])
    give, given = office.desk.forgetting.order_after_period, []

    def killed_at_the_second(request_id: UUID, **people: str) -> None:
        given.append(request_id)
        if len(given) == 2:
            raise KeyboardInterrupt
        give(request_id, **people)

    with monkeypatch.context() as patched, suppress(KeyboardInterrupt):
        patched.setattr(office.desk.forgetting, "order_after_period", killed_at_the_second)
        office.service.policies.run()
    # when
    work(office)
    # then
    assert {status(office, each) for each in cases} == {"attested"}
    done = batch(office, row["batch_id"])
    assert (done["status"], done["forgotten"], done["kept"]) == ("carried-out", 3, [])


def test_a_batch_of_another_controller_is_unknown(office: Office) -> None:
    closed(office)
    years_later(office)
    draw_up(office)
    [row] = batches(office)
    stranger = member("hana", "callcentre-fr")
    with pytest.raises(RetentionBatchUnknown):
        office.desk.retention.propose(row["batch_id"], Call(stranger, expected=1), left_out=())
    assert office.desk.repository.find(RetentionBatch, row["batch_id"]) is not None
