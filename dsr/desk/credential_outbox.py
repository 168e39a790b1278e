"""The mails that are due to the holders of credentials, to those who are told of one, and to an address that was typed
into the form.

No secret and no address stands in the table; what a notice says is kept sealed until it is sent.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final
from uuid import UUID, uuid4

import msgspec
import sqlalchemy as sa

from dsr.database import Database, metadata
from dsr.letters import NoticeOf
from dsr.projections.columns import UtcInstant
from dsr.vault import PassingSecrets

REMINDED_BEFORE: Final = timedelta(days=7)
"""How long before its end the holder of a token is told."""

_AGAIN: Final = timedelta(seconds=30)
"""Wait before a mail that could not be sent is tried again, by any process."""

credential_mails: Final = sa.Table(
    "credential_mails",
    metadata.main,
    sa.Column("mail_id", sa.Uuid, primary_key=True),
    sa.Column("kind", sa.String(16), nullable=False),
    sa.Column("recipient", sa.String(40), nullable=False, comment="id of case or controller, or a member of staff"),
    sa.Column("credential_id", sa.Uuid, nullable=False),
    sa.Column("expires_at", UtcInstant, nullable=False, comment="of the credential, and of the mail with it"),
    sa.Column("next_attempt_at", UtcInstant, nullable=False, index=True),
)


class MailKind(StrEnum):
    """What a mail brings."""

    SUBJECT = "subject-token"
    """A token for the data subject of a case."""
    INVITATION = "invitation"
    """The code with which a member of staff fetches a token."""
    NOTICE = "notice"
    """A DPO among the staff is told of a credential for another member."""
    OFFICE_NOTICE = "office-notice"
    """The DPO of a controller is told of it, at the mailbox in the record of processing."""
    CONFIRMATION = "confirm-address"
    """The link with which a person confirms the address that was typed into the form."""
    COPY = "copy-of-request"
    """A copy of what they wrote there, to the address that they confirmed."""
    EXPIRY = "expiry"
    """A member of staff is told that a token of theirs ends within a week."""


@dataclass(frozen=True)
class CredentialNotice:
    """What a DPO is told, and where."""

    address: str
    what: NoticeOf
    issuer: str
    """Who gave it: a member of staff, or a part of the service."""
    identifier: str
    """Whom it was given: a member of staff; for a mailbox, the controller."""


@dataclass(frozen=True)
class DueMail:
    """A mail that is to be written and sent."""

    kind: MailKind
    recipient: str
    """Id of the case or of the controller, or identifier of the member of staff."""
    credential_id: UUID
    """Of the credential that the mail brings or tells of."""
    expires_at: datetime
    notice: CredentialNotice | None = None


class CredentialMails:
    """The table of mails that are due, with sealed notices beside it."""

    def __init__(self, database: Database, passing: PassingSecrets) -> None:
        self._database = database
        self._passing = passing

    def add(self, mail: DueMail, *, at: datetime) -> None:
        """Store that a mail is due, in the transaction of the event."""
        mail_id = uuid4()
        row = {
            "mail_id": mail_id,
            "kind": mail.kind.value,
            "recipient": mail.recipient,
            "credential_id": mail.credential_id,
            "expires_at": mail.expires_at,
            "next_attempt_at": at,
        }
        with self._database.writing() as connection:
            connection.execute(credential_mails.insert(), row)
        if mail.notice is not None:
            self._passing.keep(mail_id, msgspec.json.encode(mail.notice).decode(), at=at, until=mail.expires_at)

    def notice(self, mail_id: UUID, *, at: datetime) -> CredentialNotice | None:
        """What this mail tells a DPO; None once its time is over. Raises SealBroken."""
        kept = self._passing.find(mail_id, at=at)
        return None if kept is None else msgspec.json.decode(kept, type=CredentialNotice)

    def add_reminder(self, mail: DueMail, *, at: datetime) -> None:
        """Store, in the transaction of the event, that its holder is told a week before it ends; of one that is made
        for less than a week, nobody needs to be told.
        """
        if mail.expires_at - at > REMINDED_BEFORE:
            self.add(mail, at=mail.expires_at - REMINDED_BEFORE)

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
        self._passing.forget(mail_id)
