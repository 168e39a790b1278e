"""Letters of an office: short ways to write, release and send them, and a transport that does what a test says."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any
from uuid import UUID

import msgspec

from dsr.desk.caller import Call, service
from dsr.desk.dispatching import DispatchDesk, Drained
from dsr.domain.dispatch import Dispatch
from dsr.domain.messages import OutgoingMessage
from dsr.domain.request.letters import LetterKind
from dsr.domain.request.values import DisclosurePurpose
from tests.desk.office import Office


class Post:
    """Keeps what was handed over, and then does what `then` says: nothing, or raise."""

    name = "test"

    def __init__(self) -> None:
        self.messages: list[OutgoingMessage] = []
        self.before: Callable[[OutgoingMessage], None] = lambda _: None
        self.then: Callable[[OutgoingMessage], object] = lambda _: None

    def send(self, message: OutgoingMessage) -> None:
        self.before(message)
        self.messages.append(message)
        self.then(message)


class Letters:
    """What the tests of letters do again and again."""

    def __init__(self, office: Office) -> None:
        self.office = office
        self.post = Post()
        self.change(transport=self.post)

    def change(self, **parts: Any) -> None:
        """Let the desk work with another part: a transport, templates, a public URL."""
        self.office.desk.dispatching = replace(self.office.desk.dispatching, **parts)

    @property
    def desk(self) -> DispatchDesk:
        desk: DispatchDesk = self.office.desk.dispatching
        return desk

    @property
    def robot(self) -> Call:
        """A policy."""
        return Call(service("policy:test"))

    def write(self, request_id: UUID, kind: LetterKind, *items: str, call: Call | None = None, **facts: Any) -> UUID:
        said = call or Call(self.office.ann)
        return UUID(self.desk.prepare(request_id, said, kind=kind, item_ids=items, **facts).resource_id)

    def release(self, dispatch_id: UUID, call: Call | None = None, **facts: Any) -> dict[str, Any]:
        return self.row(self.desk.release(dispatch_id, call or Call(self.office.ann), **facts))

    def released(self, request_id: UUID, kind: LetterKind, *items: str, **facts: Any) -> UUID:
        dispatch_id = self.write(request_id, kind, *items, **facts)
        self.release(dispatch_id, facts.get("call"))
        return dispatch_id

    def drain(self) -> Drained:
        drained: Drained = self.desk.drain(self.office.clock.now(), 100)
        return drained

    def show(self, dispatch_id: UUID) -> dict[str, Any]:
        return self.row(self.desk.view(dispatch_id, self.office.ann))

    def read(self, dispatch_id: UUID) -> Any:
        return self.desk.preview(dispatch_id, Call(self.office.ann), purpose=DisclosurePurpose.ANSWERING)

    def load(self, dispatch_id: UUID) -> Dispatch:
        found = self.office.find(Dispatch, dispatch_id)
        assert isinstance(found, Dispatch)
        return found

    def acknowledged(self, request_id: UUID) -> UUID:
        """An acknowledgement that waits in the outbox."""
        return self.released(request_id, LetterKind.ACKNOWLEDGEMENT, call=self.robot)

    def extension(self, request_id: UUID) -> None:
        """Proposed and approved."""
        desk, office = self.office.desk.deadlines, self.office
        desk.propose_extension(
            request_id, office.call(request_id, office.bob), ground="complexity", reasons="Forty systems are searched."
        )
        desk.decide_extension(request_id, office.call(request_id), approve=True, reason="")

    def names(self, request_id: UUID) -> list[str]:
        """The events of the case."""
        events: list[Any] = list(self.office.desk.repository.application.events.get(request_id))
        return [each.TOPIC for each in events]

    @staticmethod
    def row(answer: Any) -> dict[str, Any]:
        row: dict[str, Any] = msgspec.json.decode(answer.body)
        return row
