"""The work addresses of staff, opened where a letter leaves, and the members warned about due dates (GDPR Art. 5(1)(c),
(e)).

A letter to a member of staff names them, and looks the address up when it is sent.
"""

from datetime import UTC, datetime

from dsr.desk.repository import Repository
from dsr.domain.matter import Matter
from dsr.domain.request import Request
from dsr.domain.staff import Staff, StaffUnreachable, staff_id
from dsr.projections.staff import reachable_approvers, staff_member


class AddressBook:
    """list who is warned about a case; look an address up."""

    def __init__(self, repository: Repository) -> None:
        self._repository = repository

    def who_answers_for(self, case: Request) -> dict[str, list[str]]:
        """Identifiers of the reachable approvers and of the assignee, by controller that answers in the case."""
        found = {}
        with self._repository.database.glancing() as connection:
            for controller_id in sorted(case.controllers):
                found[controller_id] = set(reachable_approvers(connection, controller_id))
        if case.assignee is not None:
            found[case.controller_id].add(case.assignee)
        return {controller_id: sorted(filter(self._find, names)) for controller_id, names in found.items()}

    def who_answers_for_matter(self, matter: Matter) -> list[str]:
        """Identifiers of the person responsible and of the reachable approvers of its controller."""
        with self._repository.database.glancing() as connection:
            found = set(reachable_approvers(connection, matter.controller_id))
        if matter.responsible is not None:
            found.add(matter.responsible)
        return sorted(filter(self._find, found))

    def of(self, identifier: str) -> str:
        """The present work address of this member of staff. Raises StaffUnreachable."""
        email = self._find(identifier)
        if not email:
            raise StaffUnreachable()
        return email

    def holder(self, identifier: str, at: datetime) -> Staff | None:
        """The member of staff addressed at that time, if their address is still the same."""
        staff = self._repository.find(Staff, staff_id(identifier))
        if staff is None or staff.address is None or staff.address_since is None or staff.address_since > at:
            return None
        return staff

    def opened(self, staff: Staff) -> str:
        """The opened address. Raises StaffUnreachable."""
        if staff.address is None:
            raise StaffUnreachable()
        email = self._repository.sealer.open_json(staff.address, stream_id=staff.id, field="address")
        assert isinstance(email, str)  # noqa: S101 - as `give` seals it
        return email

    def _find(self, identifier: str) -> str:
        """The address; empty if access ended, no address is known, or it became one of our mailboxes."""
        with self._repository.database.glancing() as connection:
            member = staff_member(connection, identifier)
        staff = self._repository.find(Staff, staff_id(identifier))
        if member is None or staff is None or staff.address is None:
            return ""
        if not member.has_access(self._repository.now().astimezone(UTC).date()):
            return ""
        email = self.opened(staff)
        return "" if self.is_mailbox(email) else email

    def is_mailbox(self, email: str) -> bool:
        """Whether this is a mailbox that the service reads."""
        record = self._repository.ropa.record()
        return record is not None and record.current.document.controller_of_mailbox(email) is not None
