"""The office from which the service writes to members of staff: a controller, with its mailbox, languages and days."""

from dataclasses import dataclass

from dsr.desk.repository import Repository
from dsr.domain.deadlines import WorkingCalendar
from dsr.domain.ropa import Ropa
from dsr.domain.staff import ALL_CONTROLLERS, Staff, StaffUnreachable, staff_id


@dataclass(frozen=True)
class WritingOffice:
    """Who writes: a controller, from its own mailbox or that of the controller whose mailbox it uses."""

    controller_id: str
    name: str
    mailbox: str
    languages: tuple[str, ...]
    regime: str
    dpo_mailbox: str
    """Empty if the record of processing names none."""


def office_of_controller(document: Ropa, controller_id: str) -> WritingOffice:
    """The office of a controller. Raises ControllerUnknown."""
    controller = document.controller(controller_id)
    office = controller if controller.mailboxes else document.controller(controller.mailbox_of or controller.id)
    return WritingOffice(
        controller_id=controller.id,
        name=controller.name,
        mailbox=office.mailboxes[0],
        languages=tuple(controller.languages),
        regime=controller.regime,
        dpo_mailbox=controller.dpo_mailbox or "",
    )


def office_of_staff(repository: Repository, identifier: str) -> WritingOffice:
    """The office of a member of staff: the first controller in the scope that they were given.

    Raises RopaMissing, StaffUnreachable.
    """
    document = repository.ropa.current().document
    staff = repository.find(Staff, staff_id(identifier))
    given = () if staff is None else staff.controllers
    named = [each.id for each in document.controllers if ALL_CONTROLLERS in given or each.id in given]
    if not named:  # a later record dropped them
        raise StaffUnreachable()
    return office_of_controller(document, named[0])


def days_of(repository: Repository, office: WritingOffice) -> WorkingCalendar:
    """The working days and the zone of an office, now. Raises RopaMissing."""
    return repository.ropa.current().calendar(office.controller_id)
