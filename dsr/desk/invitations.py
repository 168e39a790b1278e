"""Invitations: a member of staff fetches a token with a code that reaches them alone (GDPR Art. 32(1)(b), (4))."""

import secrets
from datetime import timedelta
from typing import Final
from uuid import UUID, uuid4

import msgspec
import sqlalchemy as sa

from dsr.database import Database, metadata
from dsr.desk.caller import Call, Caller
from dsr.desk.credential_outbox import CredentialMails, DueMail, MailKind
from dsr.desk.dpo_notices import DpoNotices
from dsr.desk.idempotency import Answer
from dsr.desk.kept_secrets import hash_of
from dsr.desk.repository import Repository
from dsr.desk.staff_access import changed_staff, is_confirmable, require_whole
from dsr.desk.tokens import Tokens
from dsr.desk.unit_of_work import UnitOfWork, retrying, unit_of_work, use_case
from dsr.domain.credential import Credential, CredentialKind
from dsr.domain.staff import InvitationInvalid, Staff, staff_id
from dsr.letters import NoticeOf

INVITATION_DAYS: Final = 7
"""How long an invitation can be accepted."""

invitations: Final = sa.Table(
    "invitations",
    metadata.main,
    sa.Column("sha256", sa.String(64), primary_key=True, comment="of the code, hex"),
    sa.Column("invitation_id", sa.Uuid, nullable=False, unique=True),
    sa.Column("staff", sa.String(40), nullable=False, comment="identifier of the member of staff"),
)


class Invitations:
    """The table of hashes; whether an invitation still holds, the member of staff knows."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def make(self, invitation_id: UUID, staff: str) -> str:
        """Make the code of an invitation; one that was made before is replaced."""
        code = "dsri_" + secrets.token_urlsafe(32)
        row = {"sha256": hash_of(code), "invitation_id": invitation_id, "staff": staff}
        with self._database.writing() as connection:
            connection.execute(invitations.delete().where(invitations.c.invitation_id == invitation_id))
            connection.execute(invitations.insert(), row)
        return code

    def find(self, code: str) -> tuple[UUID, str]:
        """Id and member of staff. Raises InvitationInvalid."""
        query = sa.select(invitations.c.invitation_id, invitations.c.staff)
        with self._database.glancing() as connection:
            row = connection.execute(query.where(invitations.c.sha256 == hash_of(code))).first()
        if row is None:
            raise InvitationInvalid()
        return row.invitation_id, row.staff

    def use(self, invitation_id: UUID) -> None:
        """Delete the code of an invitation, in the transaction of the event."""
        with self._database.writing() as connection:
            connection.execute(invitations.delete().where(invitations.c.invitation_id == invitation_id))


class InvitationDesk:
    """invite by mail or on the machine; accept."""

    def __init__(
        self,
        repository: Repository,
        tokens: Tokens,
        store: Invitations,
        *,
        mails: CredentialMails,
        dpo_notices: DpoNotices,
        token_days: int,
    ) -> None:
        self._repository = repository
        self._tokens = tokens
        self._store = store
        self._mails = mails
        self._dpo_notices = dpo_notices
        self._token_days = token_days

    @use_case
    def invite(self, identifier: str, call: Call) -> Answer:
        """Mail a member of staff a code, at their work address; the DPO is told.

        Raises StaffUnknown, StaffHasLeft, StaffUnreachable, TokenLimited (a token that gives less than its holder has
        does not become one that gives all).
        """
        require_whole(call.caller, identifier)
        with unit_of_work(self._repository, call) as work:
            staff, invitation_id = self._invited(work, identifier, by_mail=True)
            assert staff.invitation_expires_at is not None  # noqa: S101 - as it was invited now
            mail = DueMail(MailKind.INVITATION, identifier, invitation_id, staff.invitation_expires_at)
            work.effect(lambda: self._mails.add(mail, at=work.acting.at))
        return work.answer

    def print_code(self, identifier: str, call: Call) -> str:
        """The code of a new invitation, for whoever runs commands on the machine; recorded as printed, the DPO is told.

        Raises StaffUnknown, StaffHasLeft.
        """
        with unit_of_work(self._repository, call) as work:
            _, invitation_id = self._invited(work, identifier, by_mail=False)
        return self._store.make(invitation_id, identifier)

    def accept(self, code: str) -> tuple[Answer, str]:
        """A token for the holder of the code, which works once. Raises InvitationInvalid."""
        invitation_id, identifier = self._store.find(code)
        return retrying(lambda: self._accepted(invitation_id, identifier))

    def _invited(self, work: UnitOfWork, identifier: str, *, by_mail: bool) -> tuple[Staff, UUID]:
        invitation_id = uuid4()
        staff = changed_staff(self._repository, identifier, work)
        expires_at = work.acting.at + timedelta(days=INVITATION_DAYS)
        staff.invite(
            work.acting,
            invitation_id=invitation_id,
            expires_at=expires_at,
            by_mail=by_mail,
            confirmable=is_confirmable(self._repository, work.caller, identifier, staff.controllers),
        )
        self._dpo_notices.tell(work, staff, invitation_id, NoticeOf.INVITATION)
        body = {"invitation_id": invitation_id, "identifier": identifier, "expires_at": expires_at}
        work.respond(lambda: Answer(msgspec.json.encode(body), staff.version, str(invitation_id)))
        return staff, invitation_id

    def _accepted(self, invitation_id: UUID, identifier: str) -> tuple[Answer, str]:
        through = Credential(CredentialKind.INVITATION, invitation_id)
        holder = Call(Caller(identifier, frozenset(), None, credential=through))
        token_id, made = uuid4(), list[str]()
        with unit_of_work(self._repository, holder) as work:
            staff = self._repository.find(Staff, staff_id(identifier))
            if staff is None:
                raise InvitationInvalid()
            expires_at = work.acting.at + timedelta(days=self._token_days)
            staff.accept_invitation(
                work.acting, invitation_id=invitation_id, token_id=token_id, token_expires_at=expires_at
            )
            work.add(staff)

            def make() -> None:
                self._store.use(invitation_id)
                self._mails.add_reminder(DueMail(MailKind.EXPIRY, identifier, token_id, expires_at), at=work.acting.at)
                made.append(self._tokens.make(token_id, staff=identifier, request_id=None, expires_at=expires_at))

            work.effect(make)
            body = {"token_id": token_id, "identifier": identifier, "expires_at": expires_at}
            unlimited = {"name": None, "roles": None, "controllers": None, "reads_only": False, "calendar_only": False}
            work.respond(lambda: Answer(msgspec.json.encode(body | unlimited), staff.version, str(token_id)))
        return work.answer, made[-1]
