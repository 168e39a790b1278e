"""Whom of the staff a caller may see and change, and whether a change waits for a second person (GDPR Art. 32(1)(b),
(4)).
"""

from collections.abc import Collection
from datetime import UTC

import msgspec

from dsr.desk.caller import Caller
from dsr.desk.errors import TokenLimited
from dsr.desk.idempotency import Answer
from dsr.desk.repository import Repository
from dsr.desk.unit_of_work import Effect, UnitOfWork
from dsr.domain.roles import Role
from dsr.domain.staff import ALL_CONTROLLERS, Staff, StaffUnknown, staff_id
from dsr.projections.staff import confirmers, identifiers_of_staff


def changed_staff(repository: Repository, identifier: str, work: UnitOfWork) -> Staff:
    """The member of staff that this work changes, at the version the caller saw.

    Raises StaffUnknown, also for one who shares no controller with the caller; VersionStale.
    """
    staff = repository.find(Staff, staff_id(identifier))
    if staff is None or not shares(work.caller, staff.controllers):
        raise StaffUnknown()
    work.change(staff, lambda: answer_of(staff))
    return staff


def visible_member(repository: Repository, identifier: str, caller: Caller, *others: Role) -> Staff:
    """The member whose credentials and sessions the caller may see: themselves, or anybody if they have one of these
    roles.

    Raises Forbidden, whether there is such a member or not: who may not look does not learn who is there. Raises
    StaffUnknown, also for one who shares no controller with the caller.
    """
    require_own(caller, identifier, *others)
    staff = repository.find(Staff, staff_id(identifier))
    if staff is None or not shares(caller, staff.controllers):
        raise StaffUnknown()
    return staff


def is_confirmable(repository: Repository, caller: Caller, identifier: str, controllers: Collection[str]) -> bool:
    """Whether what the caller gives waits for an operator or DPO besides caller and member, who shares a controller.

    It also waits where the caller took away the access of those who could have confirmed it: nobody gets rid of the
    second person alone.
    """
    today = repository.now().astimezone(UTC).date()
    with repository.database.glancing() as connection:
        found = confirmers(connection, caller.actor, identifier)
    is_there = any(
        each.has_access(today)
        and (each.scope is None or ALL_CONTROLLERS in controllers or not each.scope.isdisjoint(controllers))
        for each in found
    )
    return is_there or _has_changed_confirmer(repository, caller)


def _has_changed_confirmer(repository: Repository, caller: Caller) -> bool:
    with repository.database.glancing() as connection:
        everybody = identifiers_of_staff(connection)
    others = (repository.find(Staff, staff_id(each)) for each in everybody if each != caller.actor)
    return any(each is not None and each.confirmer_changed_by == caller.actor for each in others)


def require_own(caller: Caller, identifier: str, *others: Role) -> None:
    """Raise Forbidden unless this is the caller, or they have one of these roles."""
    if caller.actor != identifier:
        caller.require(*others)


def require_whole(caller: Caller, identifier: str) -> None:
    """Raise TokenLimited where a token that gives less than its holder has would give its holder a credential."""
    if caller.limits.are_any and caller.actor == identifier:
        raise TokenLimited()


def shares(caller: Caller, controllers: Collection[str]) -> bool:
    """Whether the caller shares a controller with a member of staff of this scope; if not, neither knows the other."""
    return caller.scope is None or not caller.scope.isdisjoint(controllers) or ALL_CONTROLLERS in controllers


def forgetting_address(repository: Repository, staff: Staff) -> list[Effect]:
    """An effect that destroys the key of the present work address, for the transaction that drops it."""
    address = staff.address
    return [] if address is None else [lambda: repository.keystore.destroy([address.key_id])]


def answer_of(staff: Staff) -> Answer:
    """The answer about a member of staff, without their address."""
    body = {
        "identifier": staff.identifier,
        "roles": staff.held_roles,
        "controllers": staff.held_controllers,
        "unconfirmed": staff.is_unconfirmed,
        "asked_roles": staff.roles if staff.is_unconfirmed else (),
        "asked_controllers": staff.controllers if staff.is_unconfirmed else (),
        "has_left": staff.has_left,
        "access_ends_on": staff.access_ends_on,
        "confidentiality_signed_on": staff.confidentiality_signed_on,
        "training_completed_on": staff.training_completed_on,
        "training": staff.training,
        "reachable": staff.address is not None,
    }
    return Answer(msgspec.json.encode(body), staff.version, staff.identifier)
