"""Recording a placed mail: a follow-up of a case, a message on a matter, a new case, or nothing."""

from dataclasses import dataclass
from uuid import UUID, uuid4

from dsr.desk.caller import Call
from dsr.desk.errors import AutomaticMessage
from dsr.desk.mail.placing import INTAKE, OnMatter, case_of
from dsr.desk.mail.reading import Mail, content_ids
from dsr.desk.new_case import Arrival, Person, make_findable, new_case
from dsr.desk.originals import kept
from dsr.desk.repository import Repository
from dsr.desk.unit_of_work import unit_of_work
from dsr.desk.without_request import own_key
from dsr.domain.matter import Matter
from dsr.domain.request.placement import Place, Placement
from dsr.domain.request.values import Channel
from dsr.domain.rights import Right
from dsr.domain.sealed import KeyPurpose
from dsr.mailbox.trace import without_trace


@dataclass(frozen=True)
class MessageOutcome:
    """The outcome of one message."""

    outcome: str
    """`received`, `follow-up`, `duplicate`, `quarantined`; `automatic`: an automatic reply that joined its thread, or
    our own letter returned; `bounce`: a report that our letter did not arrive.
    """
    request_id: UUID | None = None
    reference: str | None = None
    language: str | None = None
    suggested_rights: tuple[Right, ...] = ()
    error: str | None = None
    """Code of the error that prevented a case."""
    quarantine_id: UUID | None = None
    matter_id: UUID | None = None
    """The matter that it joined; `reference` is that of the matter then."""


def record(repository: Repository, mail: Mail, where: Place | OnMatter, call: Call) -> MessageOutcome:
    """Record the mail at its place. Raises AutomaticMessage for an automatic message without a case; KeyDestroyed,
    MessageKnown, VersionStale.
    """
    match where:
        case OnMatter():
            return _on_matter(repository, mail, where, call)
        case Place(Placement.ASIDE):
            raise AutomaticMessage()
        case Place(Placement.DUPLICATE, UUID() as request_id):
            return _already_there(repository, request_id, call)
        case Place(Placement.FOLLOW_UP, UUID() as request_id):
            return _follow_up(repository, mail, request_id, call)
        case Place():
            return _new_case(repository, mail, where, call)


def _already_there(repository: Repository, request_id: UUID, call: Call) -> MessageOutcome:
    case = case_of(repository, request_id)
    matter = repository.find(Matter, request_id) if case is None else None
    if matter is not None:
        return _of_matter("duplicate", matter, call)
    if case is None:
        return MessageOutcome("duplicate", quarantine_id=request_id)
    if not call.caller.sees(request_id, case.controller_id):
        return MessageOutcome("duplicate")  # the case is outside the caller's scope
    rights = tuple(sorted(case.suggested_rights))
    return MessageOutcome("duplicate", request_id, case.reference, case.language or None, rights)


def _follow_up(repository: Repository, mail: Mail, request_id: UUID, call: Call) -> MessageOutcome:
    name = "automatic" if mail.parsed.auto_submitted else "follow-up"
    with unit_of_work(repository, call) as work:
        case = repository.request(request_id, INTAKE)
        repository.case_key(case)  # of somebody who was forgotten, nothing new is filed
        keys = work.enter(kept(repository, mail.raw, "message/rfc822", KeyPurpose.MESSAGE, KeyPurpose.BLOB))
        message = repository.sealer.seal_json(
            mail.content(), key=keys.message_key, stream_id=request_id, field="message"
        )
        case.attach_follow_up(
            repository.acting_on(case, work.acting),
            channel=Channel.EMAIL,
            received_at=mail.received_at,
            keys=keys.introductions,
            message=message,
            original=keys.blob,
            claimed_at=mail.parsed.claimed_date,
            language=mail.language,
            suggested_rights=mail.rights,
            automatic=mail.parsed.auto_submitted,
        )
        work.add(case)
        work.effect(keys.store)
        work.effect(lambda: repository.messages.remember(mail.message_id, without_trace(mail.raw), request_id))
    outcome = MessageOutcome(name, request_id, case.reference, mail.language or None, mail.rights)
    return outcome if call.caller.sees(request_id, case.controller_id) else MessageOutcome(name)


def _on_matter(repository: Repository, mail: Mail, where: OnMatter, call: Call) -> MessageOutcome:
    known_as = content_ids(repository, mail.raw)[0] if where.is_altered else mail.message_id
    with unit_of_work(repository, call) as work:
        matter = repository.find(Matter, where.matter_id)
        assert matter is not None  # noqa: S101 - the mail was placed there
        own = own_key(repository, matter)
        keys = work.enter(kept(repository, mail.raw, "message/rfc822", KeyPurpose.BLOB))
        assert keys.blob is not None  # noqa: S101 - content was given
        matter.receive_message(
            work.acting,
            message_id=uuid4(),
            channel=Channel.EMAIL,
            received_at=mail.received_at,
            claimed_at=mail.parsed.claimed_date,
            language=mail.language,
            sender=where.sender,
            automatic=mail.parsed.auto_submitted,
            suggested_rights=mail.rights,
            keys=keys.introductions,
            content=repository.sealer.seal_json(mail.content(), key=own, stream_id=matter.id, field="content"),
            original=keys.blob,
        )
        work.add(matter)
        work.effect(keys.store)
        work.effect(lambda: repository.messages.remember(known_as, without_trace(mail.raw), matter.id))
    return _of_matter("automatic" if mail.parsed.auto_submitted else "follow-up", matter, call)


def _of_matter(outcome: str, matter: Matter, call: Call) -> MessageOutcome:
    if not call.caller.sees(matter.id, matter.controller_id):
        return MessageOutcome(outcome)
    return MessageOutcome(outcome, reference=matter.reference, matter_id=matter.id)


def _new_case(repository: Repository, mail: Mail, where: Place, call: Call) -> MessageOutcome:
    request_id = uuid4()
    known_as = content_ids(repository, mail.raw)[0] if where.link_reason == "altered-message" else mail.message_id
    person = Person(name=mail.parsed.from_name, email=mail.parsed.from_address)
    arrival = Arrival(
        controller_id=mail.controller_id,
        channel=Channel.EMAIL,
        received_at=mail.received_at,
        content=mail.content(),
        language=mail.language,
        rights=mail.rights,
        claimed_at=mail.parsed.claimed_date,
        linked_to=where.request_id,
        link_reason=where.link_reason,
    )
    with unit_of_work(repository, call) as work:
        keys = work.enter(kept(repository, mail.raw, "message/rfc822"))
        case = new_case(work.acting, repository, mail.version, request_id, keys=keys, arrival=arrival)
        if mail.parsed.sender_refuted:
            case.doubt_sender(repository.acting_on(case, work.acting))
        work.add(case)
        work.effect(keys.store)
        work.effect(lambda: repository.messages.remember(known_as, without_trace(mail.raw), request_id))
        work.effect(lambda: make_findable(repository, request_id, person))
    return MessageOutcome("received", request_id, case.reference, mail.language or None, mail.rights)
