"""Requests by the public form (GDPR Art. 12(2), (3); docs/law §9): one more way in, which opens a case as a mail does.

Anybody can type any address. So the sender is in doubt until the address is confirmed: nothing leaves to it by itself.
"""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from email import policy
from email.message import EmailMessage
from typing import Any, Final
from uuid import UUID, uuid4

import msgspec

from dsr.desk.attempts import Attempts
from dsr.desk.caller import Call, IdempotencyKey, service
from dsr.desk.credential_outbox import CredentialMails, DueMail, MailKind
from dsr.desk.form_tickets import LINK_HOLDS, FormLinks, FormTickets
from dsr.desk.idempotency import Answer
from dsr.desk.new_case import Arrival, Person, make_findable, new_case
from dsr.desk.originals import kept
from dsr.desk.repository import Repository
from dsr.desk.unit_of_work import changing, retrying, unit_of_work, use_case
from dsr.domain.email_address import EmailAddressInvalid, email_address
from dsr.domain.errors import Invalid, Unavailable
from dsr.domain.request.letters import is_blank
from dsr.domain.request.values import Channel, DisclosurePurpose
from dsr.domain.rights import Right
from dsr.domain.ropa import Controller, RopaVersion
from dsr.mailbox.body import MailAttachment
from dsr.mailbox.language import languages_of
from dsr.mailbox.limits import MailLimits
from dsr.mailbox.rights import suggest_rights
from dsr.ropa.authorities import authority_of_address

MOST_FILES: Final = 20

_CONFIRMED: Final = "The link that was mailed to this address was opened, and the address was confirmed there."

_PART: Final = service("intake-form")
_MEDIA_TYPE: Final = re.compile(r"(?!message/|multipart/)[a-z0-9.+-]{1,60}/[a-z0-9.+-]{1,60}")


class FormIncomplete(Invalid):
    """The form lacks something, or says something that can't be used; `fields` names it. Correct it and send the form
    again.
    """

    code = "form-incomplete"


class FormsFull(Unavailable):
    """Too many requests came by the form within the hour. Write to the mailbox of the controller, or send the form
    again later.
    """

    code = "forms-full"


@dataclass(frozen=True)
class FormFile:
    """One file as a browser sent it."""

    name: str = field(repr=False)
    media_type: str
    content: bytes = field(repr=False)


@dataclass(frozen=True)
class FilledIn:
    """The form as a person filled it in."""

    rights: tuple[Right, ...]
    rights_in_words: tuple[str, ...]
    """As the form named them, in its language."""
    text: str = field(repr=False)
    person: Person = field(repr=False)
    language: str
    """Of the form, ISO 639-1; the text counts where it is clear."""
    files: tuple[FormFile, ...] = ()

    @property
    def said(self) -> str:
        """What was asked, in words: what was ticked, and the text below."""
        ticked = "\n".join(f"– {each}" for each in self.rights_in_words)
        return "\n\n".join(filter(None, (ticked, self.text)))


class IntakeFormDesk:
    """name the controllers, issue a form, take in what was filled in."""

    def __init__(
        self,
        repository: Repository,
        attempts: Attempts,
        tickets: FormTickets,
        links: FormLinks,
        *,
        mails: CredentialMails,
        public_url: str,
        limits: MailLimits,
    ) -> None:
        self._repository = repository
        self._attempts = attempts
        self._tickets = tickets
        self._links = links
        self._mails = mails
        self._public_url = public_url
        self._limits = limits

    @property
    def max_bytes(self) -> int:
        """Bytes of text and files together, as of a mail."""
        return self._limits.max_bytes

    @property
    def confirms_addresses(self) -> bool:
        """Whether mails can name the page on which an address is confirmed; else a handler confirms the sender."""
        return bool(self._public_url)

    def controllers(self) -> tuple[Controller, ...]:
        """Whom a request may go to, by name; none without a record of processing."""
        version = self._version()
        return () if version is None else tuple(sorted(version.document.controllers, key=_in_order))

    def controller(self, controller_id: str) -> Controller | None:
        """None if there is no such controller."""
        return next((each for each in self.controllers() if each.id == controller_id), None)

    def mailbox_of(self, controller: Controller) -> str:
        """Where people can write to instead; may be empty."""
        return self._repository.ropa.current().document.mailbox_of(controller.id)

    def ticket(self, controller: Controller) -> str:
        """The ticket of a new form."""
        return self._tickets.issue(_form_of(controller), self._repository.now())

    def receive(self, controller: Controller, filled_in: FilledIn, *, ticket: str, network: str) -> dict[str, Any]:
        """Open a case, and show it. The same form sent again shows the same case.

        `network`, which may be an address, has so many requests an hour. Raises FormOutdated, FormIncomplete,
        FormsFull, RopaMissing, IdempotencyKeyReused (the ticket of another request).
        """
        self._tickets.require(_form_of(controller), ticket, self._repository.now())
        wrong = tuple(self._wrong(filled_in))
        if wrong:
            raise FormIncomplete(fields=wrong)
        if seconds := self._attempts.count_form(network):
            raise FormsFull(retry_after=seconds)
        if filled_in.person.email:
            person = replace(filled_in.person, email=email_address(filled_in.person.email))
            filled_in = replace(filled_in, person=person)
        content = msgspec.json.encode(filled_in)
        key: IdempotencyKey | None = None
        for name, fingerprint in reversed((*self._tickets.names(ticket, content),)):
            key = IdempotencyKey(name, fingerprint, key)
        call, email = Call(_PART, idempotency=key), filled_in.person.email
        answer = self._repository.idempotency.find(call)  # first: what opens no case uses up nobody's mails
        if answer is None:
            writes = bool(email) and self.confirms_addresses and self._attempts.may_write_to(email, typed_at=network)
            answer = self._receive(call, controller, filled_in, writes=writes)
        shown: dict[str, Any] = msgspec.json.decode(answer.body)
        return shown

    @use_case
    def _receive(self, call: Call, controller: Controller, filled_in: FilledIn, *, writes: bool) -> Answer:
        """`writes`: a mail asks the person to confirm their address."""
        repository, person = self._repository, filled_in.person
        with unit_of_work(repository, call, assumes=True) as work:
            request_id = uuid4()
            suggested = {each.right for each in suggest_rights(filled_in.text)}
            arrival = Arrival(
                controller_id=controller.id,
                channel=Channel.WEB_FORM,
                received_at=work.acting.at,
                content={
                    "person": person,
                    "text": filled_in.said,
                    "rights": filled_in.rights,
                    "attachments": tuple(
                        MailAttachment(each.name, each.media_type, len(each.content)) for each in filled_in.files
                    ),
                },
                language=languages_of(filled_in.text).main or filled_in.language,
                rights=tuple(right for right in Right if right in suggested.union(filled_in.rights)),
            )
            original = _as_message(filled_in) if filled_in.files else None
            keys = work.enter(kept(repository, original, "" if original is None else "message/rfc822"))
            case = new_case(work.acting, repository, repository.ropa.current(), request_id, keys=keys, arrival=arrival)
            if person.email:
                acting = repository.acting_on(case, work.acting)
                case.doubt_sender(acting)
                if writes:
                    case.disclose(acting, purpose=DisclosurePurpose.SIGN_IN, versions=(1,))
                    work.effect(lambda: self._add(MailKind.CONFIRMATION, request_id, acting.at))
            work.add(case)
            if original is not None:
                work.effect(keys.store)
            work.effect(lambda: make_findable(repository, request_id, person))
            work.respond(lambda: work.view(request_id))
        return work.answer

    def confirm(self, link: str) -> None:
        """Confirm the address of a request, once its link was opened: letters may leave to it, and a copy does.

        Raises FormOutdated, RequestUnknown, CaseForgotten, KeyDestroyed.
        """
        request_id = self._links.request_id(link, self._repository.now())
        retrying(lambda: self._confirm(request_id))

    def _confirm(self, request_id: UUID) -> None:
        repository = self._repository
        if not repository.request(request_id, _PART).sender_doubtful:
            return
        with changing(repository, request_id, Call(_PART)) as work:
            work.case.confirm_sender(work.acting, reason=work.seal("reason", _CONFIRMED))
            work.case.disclose(work.acting, purpose=DisclosurePurpose.SIGN_IN, versions=(1,))
            work.effect(lambda: self._add(MailKind.COPY, request_id, work.acting.at))

    def _add(self, kind: MailKind, request_id: UUID, at: datetime) -> None:
        self._mails.add(DueMail(kind, str(request_id), request_id, at + LINK_HOLDS), at=at)

    def _wrong(self, filled_in: FilledIn) -> Iterable[str]:
        person = filled_in.person
        if is_blank((filled_in.text,)) and not filled_in.rights:
            yield "text"
        if is_blank((person.name,)):
            yield "name"
        reachable = not is_blank((person.email, person.address))
        if not reachable or (person.email and not self._is_address_of_a_person(person.email)):
            yield "email"
        size = len(filled_in.text.encode()) + sum(len(each.content) for each in filled_in.files)
        if (
            size > self._limits.max_bytes
            or len(filled_in.text) > self._limits.max_text_chars
            or len(filled_in.files) > MOST_FILES
        ):
            yield "files"

    def _is_address_of_a_person(self, typed: str) -> bool:
        """Neither ours, since we would answer ourselves, nor that of an authority, which opens a matter by mail."""
        try:
            address = email_address(typed)
        except EmailAddressInvalid:
            return False
        ours = self._repository.ropa.current().document.controller_of_mailbox(address)
        return ours is None and authority_of_address(address) is None

    def _version(self) -> RopaVersion | None:
        record = self._repository.ropa.record()
        return record.current if record is not None and record.versions else None


def _in_order(controller: Controller) -> str:
    """Of its name, accents and case aside."""
    letters = unicodedata.normalize("NFKD", controller.name)
    return "".join(each for each in letters if not unicodedata.combining(each)).casefold()


def _form_of(controller: Controller) -> str:
    return f"controller:{controller.id}"


def _as_message(filled_in: FilledIn) -> bytes:
    """The form with its files as a message, so that a handler finds text and files as in a mail."""
    message = EmailMessage(policy=policy.SMTP.clone(utf8=False))
    message.set_content(filled_in.said)
    for each in filled_in.files:
        kind = each.media_type if _MEDIA_TYPE.fullmatch(each.media_type) else "application/octet-stream"
        maintype, _, subtype = kind.partition("/")
        message.add_attachment(each.content, maintype=maintype, subtype=subtype, filename=each.name)
    return message.as_bytes()
