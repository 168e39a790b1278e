"""Use cases: note for whom work waits, and tell them of what still waits (decision 90).

What still waits, and to which address a mail goes, is looked up when the mail is written. A mail names cases by their
reference only, so no personal data leaves.
"""

import logging
import re
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Final
from uuid import UUID

from dsr.catalogues import Domain, reading_language
from dsr.desk.address_book import AddressBook
from dsr.desk.caller import Call
from dsr.desk.offices import WritingOffice, days_of, office_of_controller, office_of_staff
from dsr.desk.repository import Repository
from dsr.desk.staff_access import forgetting_address
from dsr.desk.telling.choices import TellingChoices
from dsr.desk.telling.tellings import Telling, TellingRecipient, Tellings, Way
from dsr.desk.telling.waits import OpenWait, Waits
from dsr.desk.unit_of_work import unit_of_work
from dsr.domain.errors import ServiceWide, code_of
from dsr.domain.handing_over import TeamChannel
from dsr.domain.messages import MessageRefused, MessageTransport, OutgoingMessage
from dsr.domain.recorded import Recorded
from dsr.domain.roles import Role
from dsr.domain.staff import StaffUnreachable
from dsr.domain.telling import TellingChoice, Urgent, WaitKind, is_digest_time, is_urgent, leaves_now, next_digest
from dsr.eventstore.log import Log
from dsr.letters import TellingText, ToldWait, in_language_or_english, telling_text
from dsr.mailbox.bounce import Bounce

log: Final = logging.getLogger("dsr.telling")

AGAIN: Final = timedelta(minutes=5)
"""Wait before a mail that could not be sent is tried again."""

_OUR_MAIL: Final = re.compile(r"telling\.(?P<mail_id>[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})@.+", re.ASCII)
"""Message-ID, without angle brackets."""

_TEAM: Final = TellingRecipient(Way.CHANNEL, "team")

_OF_A_ROLE: Final = {
    WaitKind.TASK: Role.SYSTEM_OWNER,
    WaitKind.QUARANTINE: Role.HANDLER,
    WaitKind.PARKED: Role.OPERATOR,
}
"""Kinds that concern all holders of a role, not one person."""

_OFFICES_NOT_TOLD: Final = frozenset({WaitKind.ASSIGNMENT, WaitKind.TASK, WaitKind.PARKED})
"""Kinds of which no data protection officer is told instead."""


class TellingDesk:
    """note for whom work waits; tell them."""

    def __init__(
        self,
        repository: Repository,
        log: Log,
        book: AddressBook,
        transport: MessageTransport,
        *,
        channel: TeamChannel | None,
        is_parked: Callable[[int], bool],
        public_url: str,
        english_if_untranslated: bool,
    ) -> None:
        """`is_parked`: whether a policy gave up on the event at this position, and nobody tried again."""
        self._repository = repository
        self._is_parked = is_parked
        self._log = log
        self._book = book
        self._transport = transport
        self._channel = channel
        self._public_url = public_url
        self._english_if_untranslated = english_if_untranslated
        self._tellings = Tellings(repository.database)
        self._choices = TellingChoices(repository.database)

    def note(self, recorded: Recorded) -> None:
        """Note for whom work waits because of this event, if it still does. Safe to repeat.

        Raises RopaMissing, RopaVersionUnknown.
        """
        wait = Waits(self._repository).of(recorded)
        if wait is not None:
            self._add(recorded, wait)

    def tell(self, stop: Callable[[], bool] = lambda: False) -> int:
        """Send what is due, one mail for each recipient; return how many mails left. `stop` is called before each.

        A mail that fails delays no other. Raises DatabaseBusy, DatabaseUnavailable, StorageFull: it is safe to repeat.
        """
        sent, waits = 0, Waits(self._repository)
        for recipient in self._tellings.recipients(self._repository.now()):
            if stop():
                break
            now = self._repository.now()
            due = self._tellings.due(recipient, now)
            try:
                sent += self._tell(recipient, due, waits)
            except ServiceWide:
                raise
            except Exception as error:  # noqa: BLE001 - whatever one mail does, the others leave
                log.error("%s %s is not told yet: %s", recipient.way, recipient.name, code_of(error))  # noqa: TRY400
                self._tellings.put_off(due, until=now + AGAIN)
        return sent

    def note_parked(self, recorded: Recorded) -> None:
        """Note for operators that a policy gave up on this event. Safe to repeat."""
        self._add(recorded, Waits(self._repository).parked(recorded))

    def record_bounce(self, bounce: Bounce, call: Call) -> UUID | None:
        """Record that a mail of this part came back; return its id. None: it is not one of these.

        An address that returns a mail for good is destroyed, and the events of the mail are noted for another member
        who can be reached.
        """
        found = (_OUR_MAIL.fullmatch(each) for each in bounce.message_ids)
        mail_id = next((UUID(each["mail_id"]) for each in found if each is not None), None)
        told, left_at = ([], None) if mail_id is None else self._tellings.of_mail(mail_id)
        if left_at is None:
            return None
        recipient = told[0].recipient
        staff = self._book.holder(recipient.name, left_at) if recipient.way is Way.STAFF else None
        if bounce.permanent and staff is not None and bounce.is_about(self._book.opened(staff)):
            with unit_of_work(self._repository, Call(call.caller)) as work:
                work.irrevocable(*forgetting_address(self._repository, staff))
                staff.note_returned_mail(work.acting, status=bounce.status)
                work.add(staff)
            self._note_again(told)
        return mail_id

    def forget_old(self) -> int:
        """Delete what was told more than a month ago; return how much."""
        return self._tellings.forget_old(self._repository.now())

    def _recipients(self, wait: OpenWait) -> list[TellingRecipient]:
        """Who is told, by kind; if nobody of a controller's staff can be reached, its data protection officer.

        The channel of the team is told beside them, except of kinds that concern one person.
        """
        found: dict[TellingRecipient, None] = {}
        for controller_id in wait.controllers or (None,):
            names = self._names(wait, controller_id)
            found |= dict.fromkeys(TellingRecipient(Way.STAFF, name) for name in names if name != wait.by)
            if not names and controller_id is not None and wait.kind not in _OFFICES_NOT_TOLD:
                found[TellingRecipient(Way.OFFICE, controller_id)] = None
        if self._channel is not None and wait.kind is not WaitKind.ASSIGNMENT:
            found[_TEAM] = None
        return list(found)

    def _names(self, wait: OpenWait, controller_id: str | None) -> list[str]:
        """Members of staff who can be reached, in order. Who caused the wait is not told, and can't approve it."""
        book, of_assignee = self._book, [] if wait.assignee is None else [wait.assignee]
        match wait.kind:
            case WaitKind.ASSIGNMENT:
                return book.reachable(of_assignee)
            case WaitKind.APPROVAL:
                return [each for each in book.holding(Role.APPROVER, controller_id) if each != wait.by]
            case WaitKind.DATE | WaitKind.MATTER:
                return sorted({*book.holding(Role.APPROVER, controller_id), *book.reachable(of_assignee)})
            case kind if kind in _OF_A_ROLE:
                return book.holding(_OF_A_ROLE[kind], controller_id)
            case _:
                return book.reachable(of_assignee) or book.holding(Role.HANDLER, controller_id)

    def _add(self, recorded: Recorded, wait: OpenWait) -> None:
        recipients = self._recipients(wait)
        chosen = self._choices.of([each.name for each in recipients if each.way is Way.STAFF], wait.kind)
        noted = []
        for recipient in recipients:
            choice = chosen.get(recipient.name) if recipient.way is Way.STAFF else None
            if choice is not TellingChoice.OFF:
                noted.append(self._telling(recorded, wait, recipient, choice or TellingChoice.BY_URGENCY))
        self._tellings.add(noted)

    def _telling(
        self, recorded: Recorded, wait: OpenWait, recipient: TellingRecipient, choice: TellingChoice
    ) -> Telling:
        now = self._repository.now()
        days = days_of(self._repository, self._office(recipient))
        urgent = choice is TellingChoice.AT_ONCE
        if choice is TellingChoice.BY_URGENCY:
            urgent = is_urgent(wait.kind, wait.due, today=days.local_date(now), calendar=days)
        return Telling(
            recipient=recipient,
            position=recorded.position,
            kind=wait.kind,
            urgent=urgent,
            noted_at=now,
            tell_at=now if urgent else next_digest(days, now),
        )

    def _tell(self, recipient: TellingRecipient, due: Sequence[Telling], waits: Waits) -> int:
        """Send one mail with what is due for this recipient, if it leaves now; return how many left."""
        now, tellings = self._repository.now(), self._tellings
        try:
            chosen = self._chosen(recipient, due)
            found = [wait for each in chosen if (wait := self._wait(each, waits)) is not None]
            if not found:
                tellings.settle(chosen, at=now, mail_id=None)
                return 0
            mail_id = tellings.mail_of(chosen)
            self._send(recipient, found, mail_id)
        except StaffUnreachable:  # they left, or lost their address, since it was noted
            self._note_again(due)
            return 0
        except MessageRefused as error:
            log.warning("%s %s can't be told: %s", recipient.way, recipient.name, error.code)
            tellings.settle(chosen, at=now, mail_id=None)
            return 0
        tellings.settle(chosen, at=now, mail_id=mail_id)
        log.info("%s %s told of %d events", recipient.way, recipient.name, len(chosen))
        return 1

    def _wait(self, telling: Telling, waits: Waits) -> OpenWait | None:
        """What it tells, if that still waits."""
        recorded = self._recorded(telling)
        if telling.kind is WaitKind.PARKED:
            return waits.parked(recorded) if self._is_parked(telling.position) else None
        return waits.of(recorded)

    def _chosen(self, recipient: TellingRecipient, due: Sequence[Telling]) -> list[Telling]:
        """What leaves now: all that is due with a digest, else what is urgent. Raises StaffUnreachable, RopaMissing."""
        now = self._repository.now()
        days = days_of(self._repository, self._office(recipient))
        if not all(each.urgent for each in due) and is_digest_time(days, now):
            return list(due)
        urgent = [each for each in due if each.urgent]
        gathered = [Urgent(each.kind, each.noted_at) for each in urgent]
        if leaves_now(gathered, last_mail_at=self._tellings.last_mail_at(recipient), now=now):
            return urgent
        return []

    def _note_again(self, untold: Sequence[Telling]) -> None:
        """Note untold events for members who can be reached now. What no member of staff can be told ends here."""
        self._tellings.drop(untold)
        for each in untold:
            note = self.note_parked if each.kind is WaitKind.PARKED else self.note
            if each.recipient.way is Way.STAFF:
                note(self._recorded(each))

    def _recorded(self, telling: Telling) -> Recorded:
        return next(self._log.read(telling.position - 1, until=telling.position))

    def _office(self, recipient: TellingRecipient) -> WritingOffice:
        """The office that writes. Raises StaffUnreachable, RopaMissing, ControllerUnknown."""
        if recipient.way is Way.STAFF:
            return office_of_staff(self._repository, recipient.name)
        document = self._repository.ropa.current().document
        name = document.controllers[0].id if recipient.way is Way.CHANNEL else recipient.name
        return office_of_controller(document, name)

    def _address(self, recipient: TellingRecipient, office: WritingOffice) -> str:
        """Raises StaffUnreachable."""
        if recipient.way is Way.STAFF:
            return self._book.of(recipient.name)
        if not office.dpo_mailbox or self._book.is_mailbox(office.dpo_mailbox):
            raise StaffUnreachable()
        return office.dpo_mailbox

    def _send(self, recipient: TellingRecipient, waits: Sequence[OpenWait], mail_id: UUID) -> None:
        office = self._office(recipient)
        told = [self._told(each) for each in waits]

        def write(language: str) -> tuple[str, TellingText]:
            return language, telling_text(language, told, console=self._console(), regime=office.regime)

        wanted = reading_language(Domain.LETTERS, "", office.languages)
        language, text = in_language_or_english(write, wanted, english_if_untranslated=self._english_if_untranslated)
        if recipient.way is Way.CHANNEL:
            if self._channel is not None:  # it may have been taken away since
                self._channel.post(f"{text.subject}\n\n{text.body}")
            return
        message = OutgoingMessage(
            message_id=f"<telling.{mail_id}@{office.mailbox.rpartition('@')[2]}>",
            sender=office.mailbox,
            recipient=self._address(recipient, office),
            subject=text.subject,
            text=f"{text.body}\n\n{office.name}\n",
            languages=(language,),
            written_at=self._repository.now(),
        )
        self._transport.send(message)

    def _told(self, wait: OpenWait) -> ToldWait:
        matter, date, zone = wait.matter, None, ""
        if matter is not None and matter.date is not None:
            date = matter.date
            zone = self._repository.ropa.at_version(matter.ropa_version).calendar(matter.controller_id).zone
        return ToldWait(
            reference=wait.reference,
            rights=wait.rights,
            due=wait.due,
            says=wait.says,
            page=f"{self._console()}/{wait.page}".rstrip("/") if self._public_url else "",
            matter_date=date,
            missed=matter is not None and matter.is_missed,
            zone=zone,
        )

    def _console(self) -> str:
        return f"{self._public_url}/console" if self._public_url else ""
