"""Use case of giving a member of staff a work address (GDPR Art. 5(1)(c), 32(1)(b), (4))."""

from dsr.desk.address_book import AddressBook
from dsr.desk.caller import Call
from dsr.desk.dpo_notices import DpoNotices
from dsr.desk.idempotency import Answer
from dsr.desk.repository import Repository
from dsr.desk.staff_access import changed_staff, forgetting_address, is_confirmable, require_whole
from dsr.desk.unit_of_work import unit_of_work, use_case
from dsr.domain.email_address import email_address
from dsr.domain.sealed import KeyPurpose
from dsr.domain.staff import StaffAddressOfMailbox
from dsr.letters import NoticeOf


class WorkAddresses:
    """record an address."""

    def __init__(self, repository: Repository, book: AddressBook, dpo_notices: DpoNotices) -> None:
        self._repository = repository
        self._book = book
        self._dpo_notices = dpo_notices

    @use_case
    def give(self, identifier: str, call: Call, *, email: str) -> Answer:
        """Store a work address, sealed; destroy the key of the one before.

        The DPO is told if another person replaces it; if it is the DPO's own, at the address of before.

        Raises EmailAddressInvalid, StaffUnknown, StaffHasLeft, StaffAddressOfMailbox (the service would read its own
        warnings), TokenLimited (a token that gives less than its holder has moves no invitation of theirs).
        """
        repository = self._repository
        require_whole(call.caller, identifier)
        with unit_of_work(repository, call) as work:
            email = email_address(email)
            if self._book.is_mailbox(email):
                raise StaffAddressOfMailbox()
            staff = changed_staff(repository, identifier, work)
            work.irrevocable(*forgetting_address(repository, staff))
            (key,) = repository.keystore.create(staff.id, KeyPurpose.WORK_ADDRESS)
            if staff.is_known and call.caller.actor != identifier:
                self._dpo_notices.tell(work, staff, key.key_id, NoticeOf.ADDRESS)
            address = repository.sealer.seal_json(email, key=key, stream_id=staff.id, field="address")
            staff.give_address(
                work.acting,
                address=address,
                key=key.introduction(),
                confirmable=is_confirmable(repository, call.caller, identifier, staff.controllers),
            )
        return work.answer
