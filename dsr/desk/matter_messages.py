"""Messages on matters: examined by a person, and read as they arrived (docs/law §13)."""

from uuid import UUID

import msgspec

from dsr.desk.caller import Call, Caller
from dsr.desk.errors import MatterUnknown
from dsr.desk.idempotency import Answer
from dsr.desk.repository import Repository
from dsr.desk.scanning import noted
from dsr.desk.unit_of_work import unit_of_work, use_case
from dsr.desk.without_request import load, own_key, text_sealer
from dsr.domain.matter import Matter, MatterMessageReceived
from dsr.domain.matter.messages import MatterMessageUnknown
from dsr.domain.request.values import DisclosurePurpose
from dsr.domain.scanning import Scanner, examine
from dsr.projections.matter_messages import matter_message_row


class MatterMessageDesk:
    """examine the messages on matters; open an original."""

    def __init__(self, repository: Repository, scanner: Scanner) -> None:
        self._repository = repository
        self._scanner = scanner

    @use_case
    def examine(self, matter_id: UUID, call: Call, *, message_id: UUID, finding: str) -> Answer:
        """Record what a message says and what follows from it. ¶Raises what `Matter.examine_message` raises."""
        repository = self._repository
        with unit_of_work(repository, call) as work:
            matter = self._load(matter_id, call.caller)
            work.change(matter, lambda: self._view(message_id))
            seal = text_sealer(repository, matter.id, own_key(repository, matter))
            matter.examine_message(work.acting, message_id=message_id, finding=seal("finding", finding))
        return work.answer

    def original(
        self, matter_id: UUID, call: Call, *, message_id: UUID, purpose: DisclosurePurpose, unscanned: bool = False
    ) -> bytes:
        """The message as it arrived; the opening is recorded first, even if it fails. It is scanned unless `unscanned`.

        Raises MatterUnknown, MatterMessageUnknown, KeyDestroyed, MalwareFound, ScannerUnavailable.
        """
        repository, matter = self._repository, self._load(matter_id, call.caller)
        version = matter.messages.get(message_id)
        if version is None:
            raise MatterMessageUnknown()
        event = next(each for each in repository.application.events.get(matter_id, gt=version - 1, lte=version))
        assert isinstance(event, MatterMessageReceived)  # noqa: S101 - the matter says so
        with unit_of_work(repository, Call(call.caller)) as work:
            matter.open(work.acting, purpose=purpose, versions=(version,))
            work.add(matter)
        raw = b"".join(repository.blobs.read(event.original, repository.keystore.open(event.original.key_id)))
        if not unscanned:
            with noted(f"message {message_id} of matter {matter_id}", lambda _: None):
                examine(self._scanner, (raw,))
        return raw

    def _load(self, matter_id: UUID, caller: Caller) -> Matter:
        return load(self._repository, Matter, matter_id, caller, unknown=MatterUnknown)

    def _view(self, message_id: UUID) -> Answer:
        with self._repository.database.glancing() as connection:
            row = matter_message_row(connection, message_id)
        assert row is not None  # noqa: S101 - its row is made of its events
        return Answer(msgspec.json.encode(row), row["version"], str(message_id))
