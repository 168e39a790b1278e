"""The work addresses of staff, opened where a mail leaves, and the members who can be written to (GDPR Art. 5(1)(c),
(e)).

Whatever is to be sent to a member of staff names them, and looks the address up when it leaves.
"""

from collections.abc import Iterable
from datetime import UTC, datetime

from dsr.desk.repository import Repository
from dsr.domain.roles import Role
from dsr.domain.staff import Staff, StaffUnreachable, staff_id
from dsr.projections.staff import reachable_holders, staff_member


class AddressBook:
    """list who can be written to; look an address up."""

    def __init__(self, repository: Repository) -> None:
        self._repository = repository

    def holding(self, role: Role, controller_id: str | None) -> list[str]:
        """Identifiers of the reachable members with this role for a controller, in order; None: for all controllers."""
        with self._repository.database.glancing() as connection:
            found = reachable_holders(connection, role, controller_id)
        return self.reachable(found)

    def reachable(self, identifiers: Iterable[str]) -> list[str]:
        """Those of these members who can be written to."""
        return list(filter(self._find, identifiers))

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
