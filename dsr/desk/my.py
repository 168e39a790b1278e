"""Use cases of the data subject's page: asking for a code, signing in, showing the case."""

import secrets
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Final
from uuid import UUID, uuid4

from dsr.desk.caller import Call, Caller, service
from dsr.desk.exports import can_be_fetched
from dsr.desk.messages import Entered, MessageDesk
from dsr.desk.repository import Repository
from dsr.desk.sign_in_codes import CODE_MINUTES, SESSION_MINUTES, Session, SignInCodes, Wish
from dsr.desk.unit_of_work import retrying, unit_of_work
from dsr.domain.credential import Credential, CredentialKind
from dsr.domain.deadlines import SuspensionKind
from dsr.domain.errors import Denied
from dsr.domain.request import Request
from dsr.domain.request.errors import SubjectDeceased
from dsr.domain.request.questions import QuestionAsked, QuestionSent
from dsr.domain.request.reference import reference_in
from dsr.domain.request.standing import FeeStatus
from dsr.domain.request.values import IN_QUESTION, Channel, ItemStatus
from dsr.domain.roles import Role
from dsr.domain.ropa import Authority, Controller
from dsr.projections.exports import exports_of
from dsr.projections.queue import request_by_reference, request_row
from dsr.projections.rows import Row
from dsr.ropa import authority

_MESSAGES: Final = 20
"""Messages whose day is shown."""


class SignInRefused(Denied):
    """The code does not belong to this reference, was used, has expired or was tried too often. Check both, or ask for
    a new code.
    """

    code = "sign-in-refused"


class SessionEnded(Denied):
    """You are not signed in, or your session has ended. Ask for a new code."""

    code = "session-ended"


class FormOutdated(Denied):
    """This form is too old or was made for another session. Load the page again and send the form from there."""

    code = "form-outdated"


@dataclass(frozen=True)
class OpenQuestion:
    """A question that the person knows and has not answered; it stops no clock (docs/law §10)."""

    asked_at: datetime
    """When they were asked, or when the letter with the question left."""
    text: str = field(repr=False)
    """What they were asked, in the words of the letter."""


@dataclass(frozen=True)
class WaitingPackage:
    """A package that can be downloaded: its link is not used up, or its session is running."""

    export_id: UUID
    kind: str
    size: int
    until: datetime
    """When its link expires."""
    opened_until: datetime | None
    """When the download session ends; until then it can be opened again, unless it is used up."""
    used_up: bool
    """It was downloaded, so only the browser that opened it can load it once more."""


@dataclass(frozen=True)
class EndedPackage:
    """A package whose link is used up, expired or revoked, so that the person can ask for a new one."""

    export_id: UUID
    kind: str
    asked: bool
    """A new link was asked for, and the team has not answered yet."""


@dataclass(frozen=True)
class MyRequest:
    """The content of the page, besides the public view of the case."""

    row: Row
    """The case's row in the read models; show only its public view."""
    controllers: Mapping[str, Controller]
    """The answering controllers by id, from the pinned record of processing."""
    authorities: tuple[Authority, ...]
    """Supervisory authorities for complaints (GDPR Art. 77), one per answering controller."""
    waiting_for: tuple[str, ...]
    """Open questions to the person: `identity`, `clarification`, `fee`."""
    questions: tuple[OpenQuestion, ...]
    """Other questions that wait for an answer."""
    mailbox: str
    """Where the person can write to."""
    messages: tuple[date, ...]
    """The days on which the latest messages of theirs arrived, the first of the request left out."""
    packages: tuple[WaitingPackage, ...]
    """Packages that can be downloaded now."""
    ended: tuple[EndedPackage, ...]
    """Packages for which the person can ask for a new link, the latest of each item."""


class MyDesk:
    """ask for a code, sign in, sign out; show the case to its data subject."""

    def __init__(self, repository: Repository, codes: SignInCodes, messages: MessageDesk) -> None:
        self._repository = repository
        self._messages = messages
        self._codes = codes
        self._call = Call(service("my-page"))

    def ask_for_code(self, typed: str, *, language: str, network: str) -> None:
        """Ask for a code to the address on file of the case with this reference; `SignInMail` sends it if the case
        exists.

        The caller may be a stranger: nothing is looked up here, so that neither the answer nor its timing reveals
        anything. `language`: ISO 639-1, used if the mail has no text in the case's language. `network`, which may be
        an address, has tries of its own for the code.
        """
        at = self._repository.now()
        expires_at = at + timedelta(minutes=CODE_MINUTES)
        reference = reference_in(typed) or ""
        asked_by = self._codes.asked_by(reference, network)
        self._codes.wish(Wish(uuid4(), reference, language, expires_at, asked_by), at=at)

    def sign_in(self, typed: str, code: str, *, network: str) -> str:
        """The token of a new session. Raises SignInRefused for any mistake; VersionStale."""
        digits, reference = "".join(filter(str.isalnum, code)), reference_in(typed)
        request_id = self._find(reference or "")
        code_id = self._codes.try_code(
            reference or typed, request_id, digits, network=network, at=self._repository.now()
        )
        if request_id is None or code_id is None:
            raise SignInRefused()
        try:
            return retrying(lambda: self._signed_in(request_id, code_id))
        except SubjectDeceased:
            raise SignInRefused() from None

    def session(self, token: str) -> Session:
        """Raises SessionEnded."""
        session = self._codes.session(token, at=self._repository.now())
        if session is None:
            raise SessionEnded()
        return session

    def sign_out(self, token: str) -> None:
        """End the session, if any."""
        self._codes.end_session(token)

    def form_token(self, secret: str) -> str:
        """The token of the forms of one browser: computed from the secret in its cookie."""
        return self._codes.form_token(secret)

    def require_form(self, secret: str, given: str) -> None:
        """Raise FormOutdated unless the form was made for the browser with this secret."""
        if not secret or not self._codes.is_form_of(secret, given):
            raise FormOutdated()

    def show(self, session: Session) -> MyRequest:
        """The case of a session. Raises RequestUnknown."""
        repository = self._repository
        case = repository.request(session.request_id, subject(session))
        with repository.database.reading() as connection:
            row = request_row(connection, case.id)
            packages = exports_of(connection, case.id)
        assert row is not None  # noqa: S101 - written with the first event of the case
        document = repository.ropa.at_version(case.ropa_version).document
        answering = dict.fromkeys((case.controller_id, *(item.controller_id for item in case.items.values())))
        controllers = {each: document.controller(each) for each in answering}
        now = repository.now()
        return MyRequest(
            row=row,
            controllers=controllers,
            authorities=tuple(authority(each) for each in dict.fromkeys(c.authority for c in controllers.values())),
            waiting_for=_waiting_for(case, row),
            questions=tuple(self._questions(case)),
            mailbox=document.mailbox_of(case.controller_id),
            messages=tuple(
                each.received_on
                for each in case.messages.values()
                if each.received_on is not None and not (each.opens_case or each.automatic)
            )[-_MESSAGES:],
            packages=tuple(_waiting(package) for package in packages if can_be_fetched(package, case, now)),
            ended=tuple(_ended(packages, case, now)),
        )

    def write(self, session: Session, *, text: str, language: str) -> None:
        """Add a message of the person to their case, where it waits to be examined (docs/law §9).

        Raises RequestUnknown, VersionStale, KeyDestroyed, CaseForgotten.
        """
        entered = Entered(Channel.PORTAL, self._repository.now(), language, text)
        call = Call(subject(session))
        retrying(lambda: self._messages.enter(session.request_id, call, entered=entered))

    def _questions(self, case: Request) -> Iterator[OpenQuestion]:
        """What the person was asked and has not answered. They got these words before, and their session is on record,
        so opening them here tells nobody anything new.
        """
        known = {each.question_id: each for each in case.open_questions if each.was_put}
        if not known:
            return
        asked: dict[UUID, QuestionAsked] = {}
        sent: dict[UUID, datetime] = {}
        for event in self._repository.events_of(case):
            if isinstance(event, QuestionAsked):
                asked[event.question_id] = event
            elif isinstance(event, QuestionSent):
                sent[event.question_id] = event.letter.dispatched_at
        for question_id, question in known.items():
            text = self._repository.sealer.open_json(asked[question_id].question, stream_id=case.id, field="question")
            yield OpenQuestion(sent.get(question_id, question.asked_at), str(text))

    def _find(self, reference: str) -> UUID | None:
        with self._repository.database.glancing() as connection:
            row = request_by_reference(connection, reference)
        return None if row is None else row["request_id"]

    def _signed_in(self, request_id: UUID, code_id: UUID) -> str:
        repository, token = self._repository, secrets.token_urlsafe(32)
        with unit_of_work(repository, self._call) as work:
            case, at = repository.request(request_id, self._call.caller), work.acting.at
            expires_at = at + timedelta(minutes=SESSION_MINUTES)
            case.sign_in(
                repository.acting_on(case, _signed_in(request_id, code_id).acting(at)),
                code_id=code_id,
                expires_at=expires_at,
            )
            work.add(case)
            work.effect(lambda: self._codes.add_session(request_id, token, code_id=code_id, at=at))
        return token


def subject(session: Session) -> Caller:
    """The data subject of a session, bound to the one case."""
    return _signed_in(session.request_id, session.code_id)


def _signed_in(request_id: UUID, code_id: UUID) -> Caller:
    """The data subject of a case, who signed in with this code."""
    return Caller(
        actor="data-subject",
        roles=frozenset({Role.DATA_SUBJECT}),
        scope=frozenset(),
        request_id=request_id,
        credential=Credential(CredentialKind.SIGN_IN, code_id),
    )


def _waiting_for(case: Request, row: Row) -> tuple[str, ...]:
    """Open questions that the person knows, whether or not they suspend the clock."""
    waiting = set(row["suspensions"])
    if case.identity.status in IN_QUESTION and case.clock.was_put(SuspensionKind.IDENTITY):
        waiting.add("identity")
    if case.clock.clarification_asked_on is not None and case.clock.was_put(SuspensionKind.CLARIFICATION):
        waiting.add("clarification")
    if any(fee.status is FeeStatus.QUOTED for fee in case.fees.values()):
        waiting.add("fee")
    return tuple(sorted(waiting))


def _waiting(package: Row) -> WaitingPackage:
    return WaitingPackage(
        export_id=package["export_id"],
        kind=package["kind"],
        size=package["size"],
        until=package["expires_at"],
        opened_until=package["session_ends_at"],
        used_up=package["downloaded_at"] is not None,
    )


def _ended(packages: Sequence[Row], case: Request, now: datetime) -> Iterator[EndedPackage]:
    """The latest offered package of each item that is answered by one, if its link does not work any more."""
    latest = {package["item_id"]: package for package in packages if package["offered_at"] is not None}
    for item_id, package in latest.items():
        item = case.items.get(item_id)
        if item is None or item.status not in (ItemStatus.GRANTED, ItemStatus.DONE):
            continue
        if package["downloaded_at"] is None and can_be_fetched(package, case, now):
            continue
        yield EndedPackage(package["export_id"], package["kind"], asked=item.link_requested_at is not None)
