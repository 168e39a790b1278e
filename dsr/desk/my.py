"""The page of the data subject: signing in by a code sent to the address on file, and what the page shows."""

import logging
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from dsr.desk.caller import Call, Caller, service
from dsr.desk.casebook import Casebook, repeated
from dsr.desk.idempotency import Answer
from dsr.desk.on_file import on_file
from dsr.desk.sign_in_codes import CODE_MINUTES, CODES_AN_HOUR, SESSION_MINUTES, Session, SignInCodes
from dsr.domain.errors import DomainError
from dsr.domain.events import Event
from dsr.domain.messages import MessageTransport, OutgoingMessage
from dsr.domain.request import Request
from dsr.domain.request.intake import RequestReceived
from dsr.domain.request.reference import find_references
from dsr.domain.request.standing import FeeStatus
from dsr.domain.request.values import IN_QUESTION, DisclosurePurpose
from dsr.domain.roles import Role
from dsr.domain.ropa import Authority, Controller
from dsr.letters import LANGUAGES, sign_in_code
from dsr.projections.exports import exports_of
from dsr.projections.queue import request_by_reference, request_row
from dsr.projections.rows import Row
from dsr.ropa import authority

log = logging.getLogger("dsr.my")


class SignInRefused(DomainError):
    """Reference and code do not belong together, or the code was used, has expired or was tried too often."""

    code = "sign-in-refused"


class SessionEnded(DomainError):
    """You are not signed in, or your session has ended. Ask for a new code."""

    code = "session-ended"


class FormOutdated(DomainError):
    """This form was not made for you, or is too old. Load the page again and send it from there."""

    code = "form-outdated"


class _EnoughCodes(Exception):
    """No further code leaves within the hour; nobody is told."""


@dataclass(frozen=True)
class WaitingPackage:
    """A package that can be fetched: it waits, or somebody opened it less than an hour ago."""

    export_id: UUID
    kind: str
    size: int
    until: datetime
    """When its link ends."""
    opened_until: datetime | None
    """When the hour of downloading ends, in the browser that began it."""


@dataclass(frozen=True)
class MyRequest:
    """What the page shows of a case, besides its public view."""

    row: Row
    """The case as the read models have it; show only its public view."""
    controllers: Mapping[str, Controller]
    """Those that answer, by id, as the record of processing that the case pinned has them."""
    authorities: tuple[Authority, ...]
    """To whom the person may complain (GDPR Art. 77), one for each controller that answers."""
    waiting_for: tuple[str, ...]
    """`identity`, `clarification`, `fee`: what the person was asked for."""
    packages: tuple[WaitingPackage, ...]
    """Those that can be fetched now."""


class MyDesk:
    """send a code, sign in, sign out; show the case to its data subject."""

    def __init__(self, book: Casebook, codes: SignInCodes, transport: MessageTransport) -> None:
        self._book = book
        self._codes = codes
        self._transport = transport
        self._call = Call(service("my-page"))

    def send_code(self, typed: str, *, language: str) -> None:
        """Send a code to the address on file of the case that was typed, if there is one, and enough tries are left.

        It never says whether it did: who asks may be a stranger. What kept a code of a case that is there from leaving
        is logged by its error code. `language`: ISO 639-1, where the case has none that the mail is written in.
        """
        case_id = self._find(typed)
        if case_id is None:
            return
        try:
            repeated(lambda: self._send(case_id, language))
        except _EnoughCodes:
            log.info("%s no sign-in code: enough were sent", case_id)
        except DomainError as error:
            log.warning("%s no sign-in code: %s", case_id, error.code)

    def sign_in(self, typed: str, code: str) -> str:
        """The token of a new session. Raises SignInRefused, whatever is wrong; VersionStale."""
        case_id, digits = self._find(typed), "".join(filter(str.isalnum, code))
        code_id = self._codes.try_code(case_id or uuid4(), digits, at=self._book.now())
        if case_id is None or code_id is None:
            raise SignInRefused()
        return repeated(lambda: self._signed_in(case_id, code_id))

    def session(self, token: str) -> Session:
        """Raises SessionEnded."""
        session = self._codes.session(token, at=self._book.now())
        if session is None:
            raise SessionEnded()
        return session

    def sign_out(self, token: str) -> None:
        """End the session; nothing happens where there is none."""
        self._codes.end_session(token)

    def form_token(self, secret: str) -> str:
        """The token of the forms of one browser: computed from the secret in its cookie."""
        return self._codes.form_token(secret)

    def require_form(self, secret: str, given: str) -> None:
        """Raise FormOutdated unless the form was made for the browser with this secret."""
        if not secret or not secrets.compare_digest(self._codes.form_token(secret).encode(), given.encode()):
            raise FormOutdated()

    def show(self, session: Session) -> MyRequest:
        """The case of a session. Raises RequestUnknown."""
        book = self._book
        case = book.request(session.request_id, subject(session))
        with book.database.reading() as connection:
            row = request_row(connection, case.id)
            packages = exports_of(connection, case.id)
        assert row is not None  # noqa: S101 - written with the first event of the case
        document = book.ropa.at_version(case.ropa_version).document
        answering = dict.fromkeys((case.controller_id, *(item.controller_id for item in case.items.values())))
        controllers = {each: document.controller(each) for each in answering}
        now = book.now()
        return MyRequest(
            row=row,
            controllers=controllers,
            authorities=tuple(authority(each) for each in dict.fromkeys(c.authority for c in controllers.values())),
            waiting_for=_waiting_for(case, row),
            packages=tuple(_waiting(package) for package in packages if _can_be_fetched(package, now)),
        )

    def _find(self, typed: str) -> UUID | None:
        references = find_references(typed) or find_references(f"DSR {typed}")
        if len(references) != 1:
            return None
        with self._book.database.glancing() as connection:
            row = request_by_reference(connection, references[0])
        return None if row is None else row["request_id"]

    def _send(self, case_id: UUID, language: str) -> None:
        """Raises _EnoughCodes, VersionStale, KeyDestroyed, MessageNotSent."""
        book, at = self._book, self._book.now()
        self._require_few(case_id, at)
        case = book.request(case_id, self._call.caller)
        first = self._first_event(case)
        if first.message is None:
            return
        address = on_file(book.sealer.open_json(first.message, stream_id=case.id, field="message")).email
        if not address:
            return
        code_id, code = uuid4(), self._codes.new_code()
        actor, expires_at = self._call.caller.actor, at + timedelta(minutes=CODE_MINUTES)
        case.disclose(purpose=DisclosurePurpose.SIGN_IN, versions=(first.originator_version,), at=at, actor=actor)
        case.send_sign_in_code(code_id=code_id, expires_at=expires_at, at=at, actor=actor)
        message = self._message(case, address, code_id=code_id, code=code, language=language, at=at)

        def keep() -> None:
            self._require_few(case_id, at)  # once more, now that nobody else can send one
            self._codes.add_code(case_id, code_id, code, at=at)

        # A mail that leaves for a transaction that then fails has a code that never worked; the reverse would be worse.
        book.commit(
            case,
            call=self._call,
            respond=lambda: Answer(b"", case.version),
            effects=[keep],
            irrevocable=[lambda: self._transport.send(message)],
        )

    def _require_few(self, case_id: UUID, at: datetime) -> None:
        if self._codes.sent_since(case_id, at - timedelta(hours=1)) >= CODES_AN_HOUR:
            raise _EnoughCodes

    def _message(
        self, case: Request, address: str, *, code_id: UUID, code: str, language: str, at: datetime
    ) -> OutgoingMessage:
        document = self._book.ropa.at_version(case.ropa_version).document
        controller = document.controller(case.controller_id)
        office = controller if controller.mailboxes else document.controller(controller.mailbox_of or controller.id)
        sender = office.mailboxes[0]
        written_in = next((each for each in (case.language, language) if each in LANGUAGES), LANGUAGES[0])
        subject_line, text = sign_in_code(
            written_in, code=code, reference=case.reference, minutes=CODE_MINUTES, controller=controller.name
        )
        return OutgoingMessage(
            message_id=f"<sign-in.{code_id}@{sender.rpartition('@')[2]}>",
            sender=sender,
            recipient=address,
            subject=subject_line,
            text=text,
            language=written_in,
            written_at=at,
        )

    def _first_event(self, case: Request) -> RequestReceived:
        first: Event = next(iter(self._book.application.events.get(case.id, lte=1)))  # type: ignore[assignment]  # ours
        assert isinstance(first, RequestReceived)  # noqa: S101 - how every case starts
        return first

    def _signed_in(self, case_id: UUID, code_id: UUID) -> str:
        book, at = self._book, self._book.now()
        case, token = book.request(case_id, self._call.caller), secrets.token_urlsafe(32)
        expires_at = at + timedelta(minutes=SESSION_MINUTES)
        case.sign_in(code_id=code_id, expires_at=expires_at, at=at, actor="data-subject")
        book.commit(
            case,
            call=self._call,
            respond=lambda: Answer(b"", case.version),
            effects=[lambda: self._codes.add_session(case_id, token, at=at)],
        )
        return token


def subject(session: Session) -> Caller:
    """The data subject of a session, bound to the one case."""
    return Caller(
        actor="data-subject",
        roles=frozenset({Role.DATA_SUBJECT}),
        scope=frozenset(),
        request_id=session.request_id,
    )


def _waiting_for(case: Request, row: Row) -> tuple[str, ...]:
    """Questions to the person, whether or not they stop the clock."""
    waiting = set(row["suspensions"])
    if case.identity in IN_QUESTION:
        waiting.add("identity")
    if case.clarification_asked_on is not None:
        waiting.add("clarification")
    if any(fee.status is FeeStatus.QUOTED for fee in case.fees.values()):
        waiting.add("fee")
    return tuple(sorted(waiting))


def _can_be_fetched(package: Row, now: datetime) -> bool:
    """Whether its latest link, or the hour that it began, leads to it."""
    ends_at = package["session_ends_at"] or package["expires_at"]
    return ends_at is not None and ends_at > now and package["revoked"] is None and package["purged_at"] is None


def _waiting(package: Row) -> WaitingPackage:
    return WaitingPackage(
        export_id=package["export_id"],
        kind=package["kind"],
        size=package["size"],
        until=package["expires_at"],
        opened_until=package["session_ends_at"],
    )
