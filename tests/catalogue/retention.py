"""Retention batches: files whose period has ended, forgotten together."""

from datetime import date
from uuid import UUID, uuid4

from dsr.desk.caller import Call
from dsr.desk.caller import service as part
from dsr.desk.errors import RetentionBatchUnknown
from dsr.desk.unit_of_work import unit_of_work
from dsr.domain.own_file import FileKind
from dsr.domain.retention_batch import DueFile, RetentionBatch
from tests.catalogue import roles
from tests.catalogue.command import Command, OverHttp, at_desk
from tests.catalogue.forgetting import dismissed
from tests.desk.office import Office


def drawn_up(office: Office) -> UUID:
    """A batch with one file, as it is drawn up years later."""
    request_id, batch_id = dismissed(office), uuid4()
    with unit_of_work(office.desk.repository, Call(part("retention"))) as work:
        work.add(
            RetentionBatch.draw_up(
                work.acting,
                batch_id=batch_id,
                controller_id="callcentre-de",
                files=(DueFile(FileKind.CASE_FILE, request_id, date(2030, 1, 1)),),
                kept=(),
                kept_in_all=0,
            )
        )
    return batch_id


def proposed(office: Office) -> UUID:
    batch_id = drawn_up(office)
    office.desk.retention.propose(batch_id, Call(office.bob, expected=1), left_out=())
    return batch_id


COMMANDS = (
    Command(
        name="propose a retention batch",
        desk=at_desk(
            "retention.propose", drawn_up, "retention-batch.proposed", unknown=RetentionBatchUnknown, left_out=()
        ),
        http=OverHttp("/retention/batches/{}/proposal", roles.HANDLER, {}),
    ),
    Command(
        name="order a retention batch",
        desk=at_desk(
            "retention.decide", proposed, "retention-batch.ordered", unknown=RetentionBatchUnknown, approve=True
        ),
        http=OverHttp("/retention/batches/{}/decision", roles.APPROVER, {"approve": True}),
    ),
    Command(
        name="decline a retention batch",
        desk=at_desk(
            "retention.decide", proposed, "retention-batch.declined", unknown=RetentionBatchUnknown, approve=False
        ),
        http=OverHttp("/retention/batches/{}/decision", roles.APPROVER, {"approve": False}),
    ),
)
