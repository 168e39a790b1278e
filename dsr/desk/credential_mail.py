"""Mails that bring a credential to its holder, at the address on file, and to nobody else (GDPR Art. 32(1)(b)).

The command only stores that a mail is due. The worker makes the secret when it writes the mail, and stores its hash:
whoever gave the command never sees it, and no copy of it waits anywhere. A mail that fails temporarily is written anew,
with another secret.
"""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final
from uuid import UUID, uuid4

import sqlalchemy as sa

from dsr.database import Database, metadata
from dsr.desk.caller import service
from dsr.desk.on_file import address_on_file
from dsr.desk.repository import Repository
from dsr.desk.tokens import Tokens
from dsr.domain.errors import DomainError
from dsr.domain.messages import MessageInDoubt, MessageRefused, MessageTransport, OutgoingMessage
from dsr.domain.ropa import Controller, Ropa
from dsr.domain.sealed import KeyDestroyed
from dsr.letters import LANGUAGES, in_language_or_english, subject_token
from dsr.projections.columns import UtcInstant

log = logging.getLogger("dsr.credentials")

_AGAIN: Final = timedelta(seconds=30)
"""Wait before a mail that could not be sent is tried again, by any process."""

_AT_ONCE: Final = 20
"""Mails processed at once."""

credential_mails: Final = sa.Table(
    "credential_mails",
    metadata.main,
    sa.Column("mail_id", sa.Uuid, primary_key=True),
    sa.Column("kind", sa.String(16), nullable=False),
    sa.Column("recipient", sa.String(40), nullable=False, comment="id of the case; never an address"),
    sa.Column("credential_id", sa.Uuid, nullable=False),
    sa.Column("expires_at", UtcInstant, nullable=False, comment="of the credential, and of the mail with it"),
    sa.Column("next_attempt_at", UtcInstant, nullable=False, index=True),
)


class MailKind(StrEnum):
    """What a mail brings."""

    SUBJECT = "subject-token"
    """A token for the data subject of a case."""


@dataclass(frozen=True)
class DueMail:
    """A mail that is to be written and sent."""

    kind: MailKind
    recipient: str
    """Id of the case."""
    credential_id: UUID
    expires_at: datetime


class CredentialMails:
    """The table of mails that are due: no secret and no address stands in it."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, mail: DueMail, *, at: datetime) -> None:
        """Store that a mail is due, in the transaction of the event."""
        row = {
            "mail_id": uuid4(),
            "kind": mail.kind.value,
            "recipient": mail.recipient,
            "credential_id": mail.credential_id,
            "expires_at": mail.expires_at,
            "next_attempt_at": at,
        }
        with self._database.writing() as connection:
            connection.execute(credential_mails.insert(), row)

    def due(self, at: datetime, *, limit: int) -> Sequence[tuple[UUID, DueMail]]:
        """Mails to send now, the longest due first."""
        query = sa.select(credential_mails).where(credential_mails.c.next_attempt_at <= at)
        with self._database.glancing() as connection:
            rows = connection.execute(query.order_by(credential_mails.c.next_attempt_at).limit(limit)).all()
        return [
            (row.mail_id, DueMail(MailKind(row.kind), row.recipient, row.credential_id, row.expires_at)) for row in rows
        ]

    def claim(self, mail_id: UUID, at: datetime) -> bool:
        """Claim a mail for half a minute; False if another process holds it."""
        mine = sa.and_(credential_mails.c.mail_id == mail_id, credential_mails.c.next_attempt_at <= at)
        with self._database.writing() as connection:
            claimed = connection.execute(credential_mails.update().where(mine).values(next_attempt_at=at + _AGAIN))
        return claimed.rowcount == 1

    def drop(self, mail_id: UUID) -> None:
        """Delete a mail that was sent or never will be."""
        with self._database.writing() as connection:
            connection.execute(credential_mails.delete().where(credential_mails.c.mail_id == mail_id))


class CredentialMail:
    """send the mails that are due."""

    def __init__(
        self,
        repository: Repository,
        mails: CredentialMails,
        tokens: Tokens,
        transport: MessageTransport,
        *,
        english_if_untranslated: bool,
    ) -> None:
        """`english_if_untranslated`: write a mail with an untranslated sentence in English instead of failing."""
        self._repository = repository
        self._mails = mails
        self._tokens = tokens
        self._transport = transport
        self._english_if_untranslated = english_if_untranslated

    def send_due(self, stop: Callable[[], bool] = lambda: False) -> int:
        """Send mails, the longest due first; return how many were looked at. `stop` is called before each.

        A mail that fails temporarily is tried again until its credential expires; a failure delays no other mail.
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
            message = self._written(mail, at)
            if message is not None:
                self._transport.send(message)
        except MessageInDoubt as error:
            # It may have arrived: the holder can ask for another credential instead of a second copy of this one.
            log.warning("%s %s: %s", mail.kind, mail.credential_id, error.code)
        except (MessageRefused, KeyDestroyed) as error:
            log.warning("%s %s was not sent: %s", mail.kind, mail.credential_id, error.code)
        except DomainError as error:
            log.warning("%s %s is not sent yet: %s", mail.kind, mail.credential_id, error.code)
            return
        self._mails.drop(mail_id)

    def _written(self, mail: DueMail, at: datetime) -> OutgoingMessage | None:
        """The mail, with a new secret; None if the credential ended meanwhile."""
        case = self._repository.request(UUID(mail.recipient), service("credential-mail"))
        address = address_on_file(self._repository, case)
        if not address or case.is_closed or case.is_deceased:
            return None
        controller, sender = _office(self._repository.ropa.at_version(case.ropa_version).document, case.controller_id)
        token = self._tokens.make(mail.credential_id, staff=None, request_id=case.id, expires_at=mail.expires_at)
        ends_on = self._repository.calendar(case).local_date(mail.expires_at)

        def write(language: str) -> OutgoingMessage:
            subject, text = subject_token(
                language, token=token, reference=case.reference, ends_on=ends_on, controller=controller.name
            )
            return OutgoingMessage(
                message_id=f"<credential.{uuid4()}@{sender.rpartition('@')[2]}>",
                sender=sender,
                recipient=address,
                subject=subject,
                text=text,
                languages=(language,),
                written_at=at,
            )

        written_in = case.language if case.language in LANGUAGES else LANGUAGES[0]
        return in_language_or_english(write, written_in, english_if_untranslated=self._english_if_untranslated)


def _office(document: Ropa, controller_id: str) -> tuple[Controller, str]:
    """The controller, and the mailbox that writes for it."""
    controller = document.controller(controller_id)
    office = controller if controller.mailboxes else document.controller(controller.mailbox_of or controller.id)
    return controller, office.mailboxes[0]
