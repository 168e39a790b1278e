"""Mails that bring a credential to its holder alone, at the address on file, or tell them of its end (GDPR Art. 32).

The command only stores that a mail is due. The worker makes the secret when it writes the mail, and stores its hash:
the caller of the command never sees it, and no copy of it waits anywhere. A mail that fails temporarily is written
anew, with another secret.
"""

import logging
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final, Protocol
from uuid import UUID, uuid4

from dsr.catalogues import Domain, reading_language
from dsr.desk.address_book import AddressBook
from dsr.desk.caller import service
from dsr.desk.credential_outbox import CredentialMails, CredentialNotice, DueMail, MailKind
from dsr.desk.errors import PublicUrlMissing
from dsr.desk.form_tickets import CONFIRMATION_PAGE, FormLinks
from dsr.desk.offices import WritingOffice, office_of_controller, office_of_staff
from dsr.desk.on_file import address_on_file, words_on_file
from dsr.desk.repository import Repository
from dsr.desk.tokens import Tokens
from dsr.domain.errors import DomainError
from dsr.domain.messages import (
    MessageInDoubt,
    MessageRefused,
    MessageTransport,
    OutgoingMessage,
    TransportUnavailable,
)
from dsr.domain.sealed import KeyDestroyed
from dsr.domain.staff import StaffUnreachable
from dsr.letters import (
    address_confirmation,
    copy_of_request,
    credential_notice,
    expiry_notice,
    in_language_or_english,
    invitation,
    subject_token,
)
from dsr.projections.credentials import credential
from dsr.projections.rows import Row

log = logging.getLogger("dsr.credentials")

_AT_ONCE: Final = 20
"""Mails processed at once."""


class InvitationCodes(Protocol):
    """Makes the codes of invitations."""

    def make(self, invitation_id: UUID, staff: str) -> str:
        """Make the code of an invitation; one that was made before is replaced."""


class CredentialMail:
    """send the mails that are due."""

    def __init__(
        self,
        repository: Repository,
        mails: CredentialMails,
        tokens: Tokens,
        invitations: InvitationCodes,
        *,
        address_book: AddressBook,
        form_links: FormLinks,
        transport: MessageTransport,
        public_url: str,
        english_if_untranslated: bool,
    ) -> None:
        """`english_if_untranslated`: write a mail with an untranslated sentence in English instead of failing."""
        self._repository = repository
        self._mails = mails
        self._tokens = tokens
        self._invitations = invitations
        self._address_book = address_book
        self._form_links = form_links
        self._public_url = public_url
        self._transport = transport
        self._english_if_untranslated = english_if_untranslated

    def send_due(self, stop: Callable[[], bool] = lambda: False) -> int:
        """Send mails, the longest due first; return how many were looked at. `stop` is called before each.

        A mail that fails temporarily is tried again until its credential expires; a failure delays no other mail.
        Raises TransportUnavailable, which concerns every mail: none is lost, send again later.
        """
        looked_at = 0
        for mail_id, mail in self._mails.due(self._repository.now(), limit=_AT_ONCE):
            if stop():
                break
            looked_at += 1
            at = self._repository.now()
            if mail.expires_at <= at:
                self._mails.drop(mail_id)
            elif self._mails.claim(mail_id, at):
                self._send(mail_id, mail, at)
        return looked_at

    def _send(self, mail_id: UUID, mail: DueMail, at: datetime) -> None:
        try:
            message = self._written(mail_id, mail, at)
            if message is not None:
                self._transport.send(message)
        except MessageInDoubt as error:
            # It may have arrived: the holder can ask for another credential instead of a second copy of this one.
            log.warning("%s %s: %s", mail.kind, mail.credential_id, error.code)
        except (MessageRefused, KeyDestroyed, StaffUnreachable) as error:
            log.warning("%s %s was not sent: %s", mail.kind, mail.credential_id, error.code)
        except TransportUnavailable:
            raise
        except DomainError as error:
            log.warning("%s %s is not sent yet: %s", mail.kind, mail.credential_id, error.code)
            return
        self._mails.drop(mail_id)

    def _written(self, mail_id: UUID, mail: DueMail, at: datetime) -> OutgoingMessage | None:
        """The mail, with a new secret; None if it is not to be sent any more."""
        if mail.kind in (MailKind.NOTICE, MailKind.OFFICE_NOTICE):
            notice = self._mails.notice(mail_id, at=at)
            return None if notice is None else self._notice(mail, notice, at)
        if mail.kind is MailKind.CONFIRMATION:
            return self._confirmation(mail, at)
        if mail.kind is MailKind.COPY:
            return self._copy(mail, at)
        with self._repository.database.glancing() as connection:
            row = credential(connection, mail.credential_id)
        if row is None or row["ended_at"] is not None:
            return None
        if mail.kind is MailKind.EXPIRY:
            return self._expiry(mail, row, at)
        return self._invitation(mail, at) if mail.kind is MailKind.INVITATION else self._subject_token(mail, at)

    def _subject_token(self, mail: DueMail, at: datetime) -> OutgoingMessage | None:
        case = self._repository.request(UUID(mail.recipient), service("credential-mail"))
        address = address_on_file(self._repository, case)
        if not address:
            return None
        office = office_of_controller(self._repository.ropa.at_version(case.ropa_version).document, case.controller_id)
        token = self._tokens.make(mail.credential_id, staff=None, request_id=case.id, expires_at=mail.expires_at)
        ends_on = self._repository.calendar(case).local_date(mail.expires_at)

        def text(language: str) -> tuple[str, str]:
            return subject_token(
                language, token=token, reference=case.reference, ends_on=ends_on, controller=office.name
            )

        return self._message(text, office, address, case.language, at)

    def _confirmation(self, mail: DueMail, at: datetime) -> OutgoingMessage | None:
        """None once the sender is not in doubt any more. It names the controller, and nothing that the form said."""
        case = self._repository.request(UUID(mail.recipient), service("credential-mail"))
        address = address_on_file(self._repository, case)
        if not address or not case.sender_doubtful:
            return None
        office = office_of_controller(self._repository.ropa.at_version(case.ropa_version).document, case.controller_id)
        link = f"{self._public_url}{CONFIRMATION_PAGE}?link={self._form_links.link(case.id, at)}"
        ends_on = self._repository.calendar(case).local_date(mail.expires_at)

        def text(language: str) -> tuple[str, str]:
            page = f"{link}&language={language}"
            return address_confirmation(language, page=page, ends_on=ends_on, controller=office.name)

        return self._message(text, office, address, case.language, at)

    def _copy(self, mail: DueMail, at: datetime) -> OutgoingMessage | None:
        """None where a letter of the case would not leave to this address either."""
        case = self._repository.request(UUID(mail.recipient), service("credential-mail"))
        address = address_on_file(self._repository, case)
        if not address or case.sender_doubtful or case.clock.deadline is None:
            return None
        office = office_of_controller(self._repository.ropa.at_version(case.ropa_version).document, case.controller_id)
        received_on, due = case.received_on, case.clock.deadline.effective_due
        said = words_on_file(self._repository, case)

        def text(language: str) -> tuple[str, str]:
            return copy_of_request(
                language,
                reference=case.reference,
                received_on=received_on,
                due=due,
                said=said,
                controller=office.name,
            )

        return self._message(text, office, address, case.language, at)

    def _invitation(self, mail: DueMail, at: datetime) -> OutgoingMessage:
        """Raises StaffUnreachable, PublicUrlMissing, RopaMissing."""
        if not self._public_url:
            raise PublicUrlMissing()
        address, office = self._address_book.of(mail.recipient), office_of_staff(self._repository, mail.recipient)
        code = self._invitations.make(mail.credential_id, mail.recipient)

        def text(language: str) -> tuple[str, str]:
            return invitation(
                language,
                code=code,
                page=f"{self._public_url}/invitation",
                identifier=mail.recipient,
                ends_on=mail.expires_at.astimezone(UTC).date(),
                controller=office.name,
            )

        return self._message(text, office, address, "", at)

    def _expiry(self, mail: DueMail, row: Row, at: datetime) -> OutgoingMessage:
        """Raises StaffUnreachable, RopaMissing."""
        address, office = self._address_book.of(mail.recipient), office_of_staff(self._repository, mail.recipient)
        ends_on = mail.expires_at.astimezone(UTC).date()

        def text(language: str) -> tuple[str, str]:
            return expiry_notice(language, name=row["name"], ends_on=ends_on, controller=office.name)

        return self._message(text, office, address, "", at)

    def _notice(self, mail: DueMail, notice: CredentialNotice, at: datetime) -> OutgoingMessage:
        """Raises StaffUnreachable, RopaMissing."""
        if mail.kind is MailKind.NOTICE:
            office = office_of_staff(self._repository, mail.recipient)
        else:
            office = office_of_controller(self._repository.ropa.current().document, mail.recipient)

        def text(language: str) -> tuple[str, str]:
            return credential_notice(
                language,
                what=notice.what,
                issuer=notice.issuer,
                identifier=notice.identifier,
                controller=office.name,
            )

        return self._message(text, office, notice.address, "", at)

    def _message(
        self, text: Callable[[str], tuple[str, str]], office: WritingOffice, address: str, language: str, at: datetime
    ) -> OutgoingMessage:
        def write(language: str) -> OutgoingMessage:
            subject, words = text(language)
            return OutgoingMessage(
                message_id=f"<credential.{uuid4()}@{office.mailbox.rpartition('@')[2]}>",
                sender=office.mailbox,
                recipient=address,
                subject=subject,
                text=words,
                languages=(language,),
                written_at=at,
            )

        written_in = reading_language(Domain.LETTERS, language, office.languages)
        return in_language_or_english(write, written_in, english_if_untranslated=self._english_if_untranslated)
