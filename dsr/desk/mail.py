"""Taking in mail (GDPR Art. 12(2), (3); law.md §2 on arrival, §3 on follow-ups)."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from email.parser import BytesHeaderParser
from typing import Final
from uuid import UUID, uuid4

from dsr.desk.caller import Call, service
from dsr.desk.casebook import Casebook
from dsr.desk.errors import AutomaticMessage, MailboxUnknown, OwnMailboxSender, RequestUnknown, VersionStale
from dsr.desk.new_case import Arrival, Person, make_findable, new_case
from dsr.desk.originals import kept
from dsr.desk.quarantine import QuarantineDesk
from dsr.desk.unit_of_work import retrying, unit_of_work
from dsr.domain.deadlines import CalendarExhausted
from dsr.domain.dispatch import Dispatch
from dsr.domain.request import Request
from dsr.domain.request.errors import ReceiptInFuture
from dsr.domain.request.placement import KnownMessage, Place, Placement, Thread, place
from dsr.domain.request.values import Channel
from dsr.domain.rights import Right
from dsr.domain.ropa import RopaVersion
from dsr.domain.sealed import KeyDestroyed, KeyPurpose
from dsr.mailbox.errors import MessageTooLarge, UnreadableMessage
from dsr.mailbox.headers import arrival_at, raw_fields
from dsr.mailbox.language import languages_of
from dsr.mailbox.limits import MailLimits
from dsr.mailbox.message import ParsedMessage, parse_message
from dsr.mailbox.quoting import own_words
from dsr.mailbox.rights import suggest_rights
from dsr.mailbox.thread import thread_hints
from dsr.mailbox.trace import without_trace
from dsr.projections.dispatches import dispatch_of_message
from dsr.projections.queue import request_by_reference
from dsr.vault import IndexPurpose, MessageKnown

_SKEW: Final = timedelta(minutes=5)
"""How far the clock of a mail server may be ahead of ours; what is here has arrived."""

_SET_ASIDE: Final = (
    UnreadableMessage,
    MailboxUnknown,
    AutomaticMessage,
    OwnMailboxSender,
    ReceiptInFuture,
    CalendarExhausted,
    KeyDestroyed,
)
"""What sends a message to the quarantine."""

_INTAKE = service("intake")


@dataclass(frozen=True)
class MessageOutcome:
    """What became of one message."""

    outcome: str
    """`received`, `follow-up`, `duplicate`, `quarantined`; `automatic`: a machine's reply that joined its thread, or a
    letter of ours that came back; `bounce`: the report that a letter of ours did not arrive."""
    request_id: UUID | None = None
    reference: str | None = None
    language: str | None = None
    suggested_rights: tuple[Right, ...] = ()
    error: str | None = None
    """Code of what kept it from becoming a case."""
    quarantine_id: UUID | None = None


@dataclass(frozen=True)
class _Mail:
    """One mail, read, and what it suggests."""

    raw: bytes
    parsed: ParsedMessage
    version: RopaVersion
    """Of the record of processing, by which it was read."""
    message_id: str
    controller_id: str
    received_at: datetime
    language: str
    rights: tuple[Right, ...]

    def content(self) -> dict[str, object]:
        """What stands sealed in the event; the whole original is beside it."""
        return {
            "from_name": self.parsed.from_name,
            "from_address": self.parsed.from_address,
            "reply_to": self.parsed.reply_to,
            "to": self.parsed.to,
            "subject": self.parsed.subject,
            "text": self.parsed.text,
            "attachments": self.parsed.attachments,
            "message_id": self.parsed.message_id,
            "auto_submitted": self.parsed.auto_submitted,
            "authentication": self.parsed.authentication,
            "doubtful": [each.method for each in self.parsed.authentication if each.is_doubtful],
        }


class MailDesk:
    """receive a message: a case, a follow-up, nothing new, or the quarantine."""

    def __init__(self, book: Casebook, quarantine: QuarantineDesk, limits: MailLimits) -> None:
        self._book = book
        self._quarantine = quarantine
        self._limits = limits

    def receive_message(
        self, raw: bytes, call: Call, *, stated_arrival: datetime | None = None, controller_id: str | None = None
    ) -> MessageOutcome:
        """Take in one mail. The same mail again makes nothing new; what can't be read or placed is quarantined.

        Arrival is what our own mail server wrote, else `stated_arrival` (IMAP INTERNALDATE, or what the person entering
        it states), else now. `controller_id` overrides the mailbox that the mail was sent to.
        An idempotency key is not needed: a mail is known by its Message-ID and content.
        Raises RopaMissing, ControllerUnknown, Forbidden (the controller is outside the caller's scope).
        """
        call = Call(call.caller)
        if controller_id is not None:
            self._book.ropa.current().document.controller(controller_id)
            call.caller.require_controller(controller_id)
        try:
            mail = self._read(raw, stated_arrival, controller_id)
            call.caller.require_controller(mail.controller_id)
            if self._came_back(mail):
                return MessageOutcome("automatic")
            return self._place_at_last(mail, call)
        except _SET_ASIDE as error:
            return self._set_aside(raw, call, error.code, stated_arrival, controller_id)

    def set_aside_too_large(
        self, head: bytes, call: Call, *, size: int, stated_arrival: datetime | None
    ) -> MessageOutcome:
        """Keep the head of a message that was not read as a whole, with its arrival; the whole stays in its mailbox."""
        error = MessageTooLarge(size=size, max_bytes=self._limits.max_bytes)
        return self._set_aside(head, Call(call.caller), error.code, stated_arrival, None)

    def set_aside_failed(
        self, raw: bytes, call: Call, *, error: str, stated_arrival: datetime | None
    ) -> MessageOutcome:
        """Keep a message that could not be taken in for a reason that nobody foresaw; `error` is its code."""
        return self._set_aside(raw, Call(call.caller), error, stated_arrival, None)

    def _place_at_last(self, mail: _Mail, call: Call) -> MessageOutcome:
        """Look again where another delivery, or a command on the same case, was faster. Raises VersionStale."""
        try:
            return retrying(lambda: self._place(mail, call), on=(MessageKnown, VersionStale))
        except (MessageKnown, VersionStale):
            raise VersionStale(
                "The case was changed again and again while this message arrived. Deliver it again."
            ) from None

    # Reading ---------------------------------------------------------------------------------------------------

    def _read(self, raw: bytes, stated_arrival: datetime | None, controller_id: str | None) -> _Mail:
        version = self._book.ropa.current()
        record = version.document
        parsed = parse_message(raw, own_servers=frozenset(record.mail_servers), limits=self._limits)
        if controller_id is None:
            controller = next(filter(None, map(record.controller_of_mailbox, parsed.to)), None)
            if controller is None:
                raise MailboxUnknown()
            controller_id = controller.id
        now = self._book.now()
        received_at = parsed.received_at or stated_arrival or now
        if now < received_at <= now + _SKEW:
            received_at = now
        text = own_words(parsed.text)
        languages = languages_of(text)
        return _Mail(
            raw=raw,
            parsed=parsed,
            version=version,
            message_id=parsed.message_id or self._content_id(raw),
            controller_id=controller_id,
            received_at=received_at,
            language=languages.main or "",
            rights=tuple(each.right for each in suggest_rights(text, parsed.subject, languages.likely)),
        )

    def _content_id(self, raw: bytes) -> str:
        """Stands in for a Message-ID where there is none to believe."""
        return f"content:{self._book.messages.content_fingerprint(without_trace(raw))}"

    def _came_back(self, mail: _Mail) -> bool:
        """Whether it is a letter of ours, as a machine sent it back: nothing new, and nothing to answer.

        Raises OwnMailboxSender for anything else from a mailbox of ours, such as a request that a colleague passed on:
        nobody else's letter may be lost, and no case is made that answers ourselves.
        """
        if self._book.ropa.current().document.controller_of_mailbox(mail.parsed.from_address) is None:
            return False
        if mail.parsed.auto_submitted and self._letter(mail.message_id) is not None:
            return True
        raise OwnMailboxSender()

    def _letter(self, message_id: str) -> Dispatch | None:
        """The letter of ours that left under this Message-ID."""
        with self._book.database.reading() as connection:
            dispatch_id = dispatch_of_message(connection, f"<{message_id}>")
        return None if dispatch_id is None else self._book.find(Dispatch, dispatch_id)

    # Placing ---------------------------------------------------------------------------------------------------

    def _place(self, mail: _Mail, call: Call) -> MessageOutcome:
        where = place(
            known=self._known(mail),
            thread=self._thread(mail),
            rights=frozenset(mail.rights),
            automatic=mail.parsed.auto_submitted,
        )
        match where:
            case Place(Placement.ASIDE):
                raise AutomaticMessage()
            case Place(Placement.DUPLICATE, UUID() as case_id):
                return self._already_there(case_id, call)
            case Place(Placement.FOLLOW_UP, UUID() as case_id):
                return self._follow_up(mail, case_id, call)
            case _:
                return self._new_mail_case(mail, where, call)

    def _known(self, mail: _Mail) -> KnownMessage | None:
        messages = self._book.messages
        known = messages.find(self._content_id(mail.raw), mail.message_id)
        if known is None:
            return None
        fingerprint = messages.content_fingerprint(without_trace(mail.raw))
        return KnownMessage(known.stream_id, known.content_fingerprint == fingerprint)

    def _thread(self, mail: _Mail) -> Thread | None:
        """The case that the message says it belongs to: by message ids first, then by references in the subject."""
        book, hints = self._book, thread_hints(mail.parsed)
        known = (book.messages.find(message_id) for message_id in hints.message_ids)
        case_ids = [each.stream_id for each in known if each is not None]
        letters = (self._letter(message_id) for message_id in hints.message_ids)
        case_ids += [letter.request_id for letter in letters if letter is not None and letter.request_id is not None]
        if hints.references:
            with book.database.reading() as connection:
                referred = (request_by_reference(connection, reference) for reference in hints.references)
                case_ids += [row["request_id"] for row in referred if row is not None]
        for case_id in case_ids:
            case = self._case(case_id)
            if case is not None:
                same_sender = case_id in book.index.find(IndexPurpose.EMAIL, mail.parsed.from_address)
                return Thread(case_id, same_sender, case.rights)
        return None

    def _case(self, case_id: UUID) -> Request | None:
        """None where the id leads to the quarantine."""
        try:
            return self._book.request(case_id, _INTAKE)
        except RequestUnknown:
            return None

    # Recording -------------------------------------------------------------------------------------------------

    def _already_there(self, case_id: UUID, call: Call) -> MessageOutcome:
        case = self._case(case_id)
        if case is None:
            return MessageOutcome("duplicate", quarantine_id=case_id)
        if not call.caller.sees(case_id, case.controller_id):
            return MessageOutcome("duplicate")  # of a case that does not exist for this caller
        rights = tuple(sorted(case.suggested_rights))
        return MessageOutcome("duplicate", case_id, case.reference, case.language or None, rights)

    def _follow_up(self, mail: _Mail, case_id: UUID, call: Call) -> MessageOutcome:
        book = self._book
        name = "automatic" if mail.parsed.auto_submitted else "follow-up"
        with unit_of_work(book, call) as work:
            case = book.request(case_id, _INTAKE)
            message = book.sealer.seal_json(mail.content(), key=book.case_key(case), stream_id=case_id, field="message")
            keys = work.enter(kept(book.keystore, book.blobs, case_id, mail.raw, "message/rfc822", KeyPurpose.BLOB))
            case.attach_follow_up(
                book.acting_on(case, work.acting.actor, work.acting.at),
                channel=Channel.EMAIL,
                received_at=mail.received_at,
                keys=keys.introductions,
                message=message,
                original=keys.blob,
                claimed_at=mail.parsed.claimed_date,
                language=mail.language,
            )
            work.add(case)
            work.effect(lambda: book.messages.remember(mail.message_id, without_trace(mail.raw), case_id))
        outcome = MessageOutcome(name, case_id, case.reference, mail.language or None, mail.rights)
        return outcome if call.caller.sees(case_id, case.controller_id) else MessageOutcome(name)

    def _new_mail_case(self, mail: _Mail, where: Place, call: Call) -> MessageOutcome:
        book, request_id = self._book, uuid4()
        known_as = self._content_id(mail.raw) if where.link_reason == "altered-message" else mail.message_id
        person = Person(name=mail.parsed.from_name, email=mail.parsed.from_address)
        arrival = Arrival(
            controller_id=mail.controller_id,
            channel=Channel.EMAIL,
            received_at=mail.received_at,
            content=mail.content(),
            language=mail.language,
            rights=mail.rights,
            claimed_at=mail.parsed.claimed_date,
            linked_to=where.case_id,
            link_reason=where.link_reason,
        )
        with unit_of_work(book, call) as work:
            keys = work.enter(kept(book.keystore, book.blobs, request_id, mail.raw, "message/rfc822"))
            case = new_case(work.acting, book, mail.version, request_id, keys=keys, arrival=arrival)
            work.add(case)
            work.effect(lambda: book.messages.remember(known_as, without_trace(mail.raw), request_id))
            work.effect(lambda: make_findable(book, request_id, person))
        return MessageOutcome("received", request_id, case.reference, mail.language or None, mail.rights)

    def _stamped_arrival(self, raw: bytes) -> datetime | None:
        """When our own server took in a message that may be unreadable otherwise."""
        header = BytesHeaderParser().parsebytes(raw[: self._limits.max_header_bytes])
        own_servers = frozenset(self._book.ropa.current().document.mail_servers)
        return arrival_at(raw_fields(header, "Received"), own_servers)

    def _set_aside(
        self, raw: bytes, call: Call, error: str, stated_arrival: datetime | None, controller_id: str | None
    ) -> MessageOutcome:
        known_as = self._content_id(raw)
        known = self._book.messages.find(known_as)
        arrival = self._stamped_arrival(raw) or stated_arrival
        if known is None:
            try:
                quarantine_id = self._quarantine.put(
                    raw,
                    call,
                    known_as=known_as,
                    error=error,
                    stated_arrival=arrival,
                    controller_id=controller_id,
                )
                return MessageOutcome("quarantined", error=error, quarantine_id=quarantine_id)
            except MessageKnown:
                known = self._book.messages.find(known_as)
        return MessageOutcome("duplicate", error=error, quarantine_id=known.stream_id if known else None)
