"""The DPO is told of every credential that somebody makes for another (GDPR Art. 32(4), 39(1)(b))."""

from datetime import datetime
from uuid import UUID

from dsr.desk.credential_outbox import CredentialMails, DueMail, MailKind
from dsr.desk.repository import Repository
from dsr.desk.unit_of_work import UnitOfWork
from dsr.domain.staff import ALL_CONTROLLERS, Staff
from dsr.projections.staff import dpos


class DpoNotices:
    """tell each DPO among the staff, and each controller's DPO at the mailbox in the record of processing."""

    def __init__(self, repository: Repository, mails: CredentialMails) -> None:
        self._repository = repository
        self._mails = mails

    def tell(self, work: UnitOfWork, staff: Staff, credential_id: UUID, *, expires_at: datetime) -> None:
        """Let this work store the mails: they name identifiers, and hold no secret."""
        with self._repository.database.glancing() as connection:
            members = dpos(connection, staff.controllers)
        due = [
            *(DueMail(MailKind.NOTICE, each, credential_id, expires_at) for each in members),
            *(DueMail(MailKind.OFFICE_NOTICE, each, credential_id, expires_at) for each in self._offices(staff)),
        ]

        def add() -> None:
            for each in due:
                self._mails.add(each, at=work.acting.at)

        work.effect(add)

    def _offices(self, staff: Staff) -> list[str]:
        """One controller for each mailbox of a DPO of the controllers in their scope."""
        record = self._repository.ropa.record()
        known = () if record is None else record.current.document.controllers
        found: dict[str, str] = {}
        for each in known:
            if each.dpo_mailbox and (ALL_CONTROLLERS in staff.controllers or each.id in staff.controllers):
                found.setdefault(each.dpo_mailbox, each.id)
        return list(found.values())
