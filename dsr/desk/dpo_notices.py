"""The DPO is told of every credential that is made for another member, of every address that another person replaces,
and of the end of their role (GDPR Art. 32(4), 38(3), 39(1)(b)).

The mail goes to the address on file when the command is given, so that nobody diverts it by replacing that address.
"""

from collections.abc import Iterator
from datetime import timedelta
from typing import Final
from uuid import UUID

from dsr.desk.address_book import AddressBook
from dsr.desk.credential_outbox import CredentialMails, CredentialNotice, DueMail, MailKind
from dsr.desk.repository import Repository
from dsr.desk.unit_of_work import UnitOfWork
from dsr.domain.ropa import Controller
from dsr.domain.staff import ALL_CONTROLLERS, Staff, StaffUnreachable
from dsr.letters import NoticeOf
from dsr.projections.staff import dpos

TRIED_FOR: Final = timedelta(days=7)
"""How long a notice that can't be sent is tried."""


class DpoNotices:
    """tell each DPO among the staff, and each controller's DPO at the mailbox in the record of processing."""

    def __init__(self, repository: Repository, mails: CredentialMails, book: AddressBook) -> None:
        self._repository = repository
        self._mails = mails
        self._book = book

    def tell(self, work: UnitOfWork, staff: Staff, given_id: UUID, what: NoticeOf) -> None:
        """Let this work store the mails: they name identifiers, and hold no secret."""

        def notice(address: str) -> CredentialNotice:
            return CredentialNotice(address, what, work.acting.actor, staff.identifier)

        self._add(
            work,
            [
                *((MailKind.NOTICE, member, notice(address)) for member, address in self._members(staff)),
                *((MailKind.OFFICE_NOTICE, office, notice(address)) for address, office in self._offices(staff)),
            ],
            given_id,
        )

    def tell_of_mailboxes(
        self, work: UnitOfWork, before: tuple[Controller, ...], after: tuple[Controller, ...], given_id: UUID
    ) -> None:
        """Let this work tell each DPO whose mailbox the next version of the record replaces, at the former one."""
        mailboxes = {each.id: each.dpo_mailbox for each in after}
        replaced = {
            each.dpo_mailbox: each.id
            for each in reversed(before)
            if each.dpo_mailbox and each.id in mailboxes and each.dpo_mailbox != mailboxes[each.id]
        }
        self._add(
            work,
            [
                (MailKind.OFFICE_NOTICE, office, CredentialNotice(address, NoticeOf.MAILBOX, work.acting.actor, office))
                for address, office in replaced.items()
            ],
            given_id,
        )

    def _add(self, work: UnitOfWork, due: list[tuple[MailKind, str, CredentialNotice]], given_id: UUID) -> None:
        at = work.acting.at
        mails = [DueMail(kind, recipient, given_id, at + TRIED_FOR, notice) for kind, recipient, notice in due]

        def add() -> None:
            for each in mails:
                self._mails.add(each, at=at)

        work.effect(add)

    def _members(self, staff: Staff) -> Iterator[tuple[str, str]]:
        """Each DPO who shares a controller with this member, with their address now."""
        with self._repository.database.glancing() as connection:
            members = dpos(connection, staff.controllers)
        for member in members:
            try:
                yield member, self._book.of(member)
            except StaffUnreachable:  # their access ended, or the address became a mailbox of ours
                continue

    def _offices(self, staff: Staff) -> list[tuple[str, str]]:
        """Each mailbox of a DPO of the controllers in their scope, with one of these controllers."""
        record = self._repository.ropa.record()
        known = () if record is None else record.current.document.controllers
        found: dict[str, str] = {}
        for each in known:
            if each.dpo_mailbox and (ALL_CONTROLLERS in staff.controllers or each.id in staff.controllers):
                found.setdefault(each.dpo_mailbox, each.id)
        return list(found.items())
