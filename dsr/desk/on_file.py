"""Contact details of the person, from the message that opened the case or as entered."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from dsr.desk.repository import Repository
from dsr.domain.claimed_name import name_or_nothing
from dsr.domain.events import Event
from dsr.domain.request import Request
from dsr.domain.request.intake import RequestReceived
from dsr.domain.request.representation import RepresentationAccepted
from dsr.vault.normal_form import IndexPurpose, normal_form


@dataclass(frozen=True)
class OnFile:
    """Contact details of the person; empty fields are unknown. No `repr`, since it is personal data."""

    name: str = ""
    email: str = ""
    postal: tuple[str, ...] = ()
    identifiers: tuple[str, ...] = ()
    phone: str = ""
    message_id: str | None = None
    """Message-ID of the mail that opened the case, without angle brackets."""

    def __repr__(self) -> str:
        return "<OnFile>"


def on_file(content: object) -> OnFile:
    """The person's contact details in a message, received as mail or entered.

    What a mail says about its sender anyone can write, so its name only counts if it looks like one.
    """
    if not isinstance(content, Mapping):
        return OnFile()
    person = content.get("person")
    if isinstance(person, Mapping):
        return OnFile(
            name=_text(person.get("name")),
            email=_text(person.get("email")),
            postal=tuple(line for line in map(str.strip, _text(person.get("address")).splitlines()) if line),
            identifiers=tuple(map(_text, person.get("identifiers") or ())),
            phone=_text(person.get("phone")),
        )
    message_id = _text(content.get("message_id"))
    return OnFile(
        name=name_or_nothing(_text(content.get("from_name"))),
        email=_text(content.get("from_address")),
        message_id=message_id or None,
    )


def address_on_file(repository: Repository, case: Request) -> str:
    """The mail address on file of a case; empty if there is none. Raises KeyDestroyed.

    The caller records the opening as an event of the case.
    """
    first = next(iter(repository.application.events.get(case.id, lte=1)))
    if not isinstance(first, RequestReceived) or first.message is None:
        return ""
    known = on_file(repository.sealer.open_json(first.message, stream_id=case.id, field="message"))
    events = repository.events_of(case) if case.representations else ()
    return without_former_representative(known, repository, case, events, repository.now()).email


def words_on_file(repository: Repository, case: Request) -> str:
    """What the person wrote in the message that opened the case; empty if nothing. Raises KeyDestroyed.

    The caller records the opening as an event of the case.
    """
    first = next(iter(repository.application.events.get(case.id, lte=1)))
    if not isinstance(first, RequestReceived) or first.message is None:
        return ""
    content = repository.sealer.open_json(first.message, stream_id=case.id, field="message")
    return _text(content.get("text")) if isinstance(content, Mapping) else ""


def without_former_representative(
    known: OnFile, repository: Repository, case: Request, events: Iterable[Event], at: datetime
) -> OnFile:
    """The contact details, without a mail address that belongs to a representative whose authority has ended.

    A representative may have written the message that opened the case. Once they act no more, they get nothing more
    (GDPR Art. 32(1)(b)); letters wait until a handler enters the person's own address. `events`: the case's history.
    """
    if not known.email or not case.representations:
        return known
    day = repository.calendar(case).local_date(at)
    accepted = [event for event in events if isinstance(event, RepresentationAccepted)]
    present, former = set[str](), set[str]()
    for representation, event in zip(case.representations, accepted, strict=True):
        if event.contact is not None:
            person = repository.sealer.open_json(event.contact, stream_id=case.id, field="contact")
            address = normal_form(IndexPurpose.EMAIL, on_file({"person": person}).email)
            (present if representation.held(at, day) else former).add(address)
    return replace(known, email="") if normal_form(IndexPurpose.EMAIL, known.email) in former - present else known


def _text(value: object) -> str:
    return value.strip() if isinstance(value, str) else ""
