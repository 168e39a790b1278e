"""Rules of a record of processing beyond its schema: one pure function per rule; all problems are reported at once."""

import re
from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import fields
from datetime import date
from typing import Final
from zoneinfo import ZoneInfo

from dsr.domain.deadlines.periods import is_period
from dsr.domain.deadlines.regime import REGIMES
from dsr.domain.email_address import EmailAddressInvalid, email_address
from dsr.domain.ropa.activities import LegalBasis
from dsr.domain.ropa.document import Ropa
from dsr.domain.ropa.errors import RopaProblem
from dsr.domain.ropa.transfers import safeguards_are_fit, transfers_are_declared

CHILD_AGES: Final = range(13, 17)
"""Ages that a member state may choose (GDPR Art. 8(1)), in years."""

MAJORITY: Final = 18
"""The age of majority."""


def problems_of(ropa: Ropa, authorities: Collection[str]) -> tuple[RopaProblem, ...]:
    """All problems of the document, in its order; `authorities` are the known ids."""
    rules = (
        ids_are_unique(ropa),
        regimes_are_known(ropa),
        zones_exist(ropa),
        authorities_are_known(ropa, authorities),
        ages_of_children_are_lawful(ropa),
        the_notice_leaves_out_no_child(ropa),
        own_days_are_dates(ropa),
        mailboxes_are_addresses(ropa),
        mailboxes_are_unique(ropa),
        someone_receives_for_each_controller(ropa),
        references_resolve(ropa),
        processors_are_controllers_of_the_record(ropa),
        joint_controllers_have_an_arrangement(ropa),
        legal_bases_are_substantiated(ropa),
        retention_is_readable(ropa),
        transfers_are_declared(ropa),
        safeguards_are_fit(ropa),
    )
    return tuple(problem for rule in rules for problem in rule)


def ids_are_unique(ropa: Ropa) -> Iterator[RopaProblem]:
    """Controllers, ours and others, and recipients share one name space, since a transfer may go to either."""
    lists = [
        [
            *((f"/controllers/{i}/id", party.id) for i, party in enumerate(ropa.controllers)),
            *((f"/recipients/{i}/id", party.id) for i, party in enumerate(ropa.recipients)),
            *((f"/processing_for/{i}/id", party.id) for i, party in enumerate(ropa.processing_for)),
        ],
        [(f"/systems/{i}/id", system.id) for i, system in enumerate(ropa.systems)],
        [(f"/activities/{i}/id", activity.id) for i, activity in enumerate(ropa.activities)],
        *(
            [(f"/activities/{i}/data/{j}/id", category.id) for j, category in enumerate(activity.data)]
            for i, activity in enumerate(ropa.activities)
        ),
    ]
    for entries in lists:
        for pointer, name in _repeated(entries):
            yield RopaProblem("id-repeated", pointer, f"The id {name} is taken already: give each its own.")


def regimes_are_known(ropa: Ropa) -> Iterator[RopaProblem]:
    """An unknown regime is an error, never a silent default."""
    for i, controller in enumerate(ropa.controllers):
        if controller.regime not in REGIMES:
            known = ", ".join(sorted(REGIMES))
            yield RopaProblem(
                "regime-unknown",
                f"/controllers/{i}/regime",
                f"{controller.id} names the regime {controller.regime}, which is not implemented: use one of {known}.",
            )


def zones_exist(ropa: Ropa) -> Iterator[RopaProblem]:
    """The day of arrival is a date in this zone, so it must be one that the time zone database knows."""
    for i, controller in enumerate(ropa.controllers):
        try:
            ZoneInfo(controller.zone)
        except (KeyError, OSError, ValueError):  # unknown, a folder of the database, a path that leaves it
            yield RopaProblem(
                "zone-unknown",
                f"/controllers/{i}/zone",
                f"{controller.zone} is not an IANA time zone: name one such as Europe/Berlin.",
            )


def authorities_are_known(ropa: Ropa, authorities: Collection[str]) -> Iterator[RopaProblem]:
    """A refusal names the authority to complain to (GDPR Art. 12(4), 77), so it must be known with its address."""
    for i, controller in enumerate(ropa.controllers):
        if controller.authority not in authorities:
            yield RopaProblem(
                "authority-unknown",
                f"/controllers/{i}/authority",
                f"No supervisory authority has the id {controller.authority}: "
                "take one of those that `dsr ropa authorities` lists.",
            )


def ages_of_children_are_lawful(ropa: Ropa) -> Iterator[RopaProblem]:
    """16, or less where national law says so, never under 13 (GDPR Art. 8(1))."""
    for i, controller in enumerate(ropa.controllers):
        if controller.child_age not in CHILD_AGES:
            yield RopaProblem(
                "child-age-unlawful",
                f"/controllers/{i}/child_age",
                f"{controller.child_age} is not an age that GDPR Art. 8(1) allows: give the one that applies in "
                f"{controller.country}, from {CHILD_AGES[0]} to {CHILD_AGES[-1]}.",
            )


def the_notice_leaves_out_no_child(ropa: Ropa) -> Iterator[RopaProblem]:
    """The notice may promise more than the law, never less."""
    lowest = max((each.child_age for each in ropa.controllers if each.child_age in CHILD_AGES), default=CHILD_AGES[0])
    if not lowest <= ropa.children_under <= MAJORITY:
        yield RopaProblem(
            "children-under-unfit",
            "/notice/children_under",
            f"The promise for children under {ropa.children_under} does not fit: give an age from {lowest}, "
            f"the highest `child_age` of the controllers, to {MAJORITY}.",
        )


def own_days_are_dates(ropa: Ropa) -> Iterator[RopaProblem]:
    """A controller adds a day to its calendar or removes it, not both."""
    for i, controller in enumerate(ropa.controllers):
        own, place = controller.calendar, f"/controllers/{i}/calendar"
        removed = {each.day for each in own.remove}
        for name, days in (("add", own.add), ("remove", own.remove)):
            for j, each in enumerate(days):
                if _WRITTEN_DAY.fullmatch(each.day) and not _is_day(each.day):
                    yield RopaProblem("day-unknown", f"{place}/{name}/{j}/day", f"There is no day {each.day}.")
                if name == "add" and each.day in removed:
                    yield RopaProblem(
                        "day-added-and-removed", f"{place}/add/{j}/day", f"{each.day} is removed too: keep one of them."
                    )


_WRITTEN_DAY: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
"""The schema reports what is not written so."""


def _is_day(written: str) -> bool:
    try:
        date.fromisoformat(written)
    except ValueError:
        return False
    return True


def mailboxes_are_addresses(ropa: Ropa) -> Iterator[RopaProblem]:
    """Mailboxes are written in the canonical form of addresses, as letters use them."""
    places = [
        *(
            (f"/controllers/{i}/mailboxes/{j}", mailbox)
            for i, controller in enumerate(ropa.controllers)
            for j, mailbox in enumerate(controller.mailboxes)
        ),
        *((f"/controllers/{i}/dpo_mailbox", controller.dpo_mailbox) for i, controller in enumerate(ropa.controllers)),
        *((f"/recipients/{i}/mailbox", recipient.mailbox) for i, recipient in enumerate(ropa.recipients)),
    ]
    for pointer, mailbox in places:
        if mailbox is None:
            continue
        try:
            fitting = email_address(mailbox)
        except EmailAddressInvalid as invalid:
            yield RopaProblem("mailbox-invalid", pointer, invalid.detail)
        else:
            if fitting != mailbox.lower():
                yield RopaProblem("mailbox-invalid", pointer, f"Write this address as {fitting}.")


def mailboxes_are_unique(ropa: Ropa) -> Iterator[RopaProblem]:
    """The mailbox decides whose clock a letter starts, so no two controllers share one."""
    entries = [
        (f"/controllers/{i}/mailboxes/{j}", mailbox.casefold())
        for i, controller in enumerate(ropa.controllers)
        for j, mailbox in enumerate(controller.mailboxes)
    ]
    for pointer, mailbox in _repeated(entries):
        yield RopaProblem(
            "mailbox-repeated", pointer, f"{mailbox} is a mailbox already: a letter must reach one controller."
        )


def someone_receives_for_each_controller(ropa: Ropa) -> Iterator[RopaProblem]:
    """A controller has a mailbox, or names the controller that receives for it; the latter if it answers from outside
    its regime's territory.
    """
    by_id = {controller.id: controller for controller in ropa.controllers}
    for i, controller in enumerate(ropa.controllers):
        place = f"/controllers/{i}"
        if controller.mailbox_of is None:
            if controller.regime in REGIMES and not controller.is_inside_its_regime:
                yield RopaProblem(
                    "receiver-missing",
                    place,
                    f"{controller.id} answers under {controller.regime} from outside its territory: name in "
                    "`mailbox_of` the controller that receives its letters, whose calendar then counts.",
                )
            elif not controller.mailboxes:
                yield RopaProblem(
                    "mailbox-missing",
                    place,
                    f"{controller.id} can't be reached: give it `mailboxes`, or name in `mailbox_of` the controller "
                    "that receives its letters.",
                )
            continue
        receiver = by_id.get(controller.mailbox_of)
        if controller.mailboxes:
            yield RopaProblem(
                "mailbox-ambiguous",
                f"{place}/mailbox_of",
                f"{controller.id} has both `mailboxes` and `mailbox_of`: keep one of the two.",
            )
        if receiver is None:
            yield _unknown("controller-unknown", f"{place}/mailbox_of", "controller", controller.mailbox_of)
        elif not receiver.mailboxes:
            yield RopaProblem(
                "mailbox-missing",
                f"{place}/mailbox_of",
                f"{receiver.id} has no mailbox of its own: name a controller that has.",
            )


def references_resolve(ropa: Ropa) -> Iterator[RopaProblem]:
    """Every id that is named exists."""
    controllers = {controller.id for controller in ropa.controllers}
    recipients = {recipient.id for recipient in ropa.recipients}
    systems = {system.id for system in ropa.systems}
    if ropa.joint_arrangement is not None and ropa.joint_arrangement.contact not in controllers:
        contact = ropa.joint_arrangement.contact
        yield _unknown("controller-unknown", "/joint_arrangement/contact", "controller", contact)
    for i, system in enumerate(ropa.systems):
        if system.operator not in controllers | recipients:
            yield _unknown("operator-unknown", f"/systems/{i}/operator", "controller or recipient", system.operator)
    for i, activity in enumerate(ropa.activities):
        place = f"/activities/{i}"
        for j, name in enumerate(activity.controllers):
            if name not in controllers:
                yield _unknown("controller-unknown", f"{place}/controllers/{j}", "controller", name)
        for j, name in enumerate(activity.systems):
            if name not in systems:
                yield _unknown("system-unknown", f"{place}/systems/{j}", "system", name)
        for j, name in enumerate(activity.recipients):
            if name not in recipients:
                yield _unknown("recipient-unknown", f"{place}/recipients/{j}", "recipient", name)
        for j, transfer in enumerate(activity.transfers):
            if transfer.to not in {*activity.controllers, *activity.recipients}:
                yield RopaProblem(
                    "transfer-target-unknown",
                    f"{place}/transfers/{j}/to",
                    f"{transfer.to} is neither a recipient nor a controller of {activity.id}.",
                )


def processors_are_controllers_of_the_record(ropa: Ropa) -> Iterator[RopaProblem]:
    """Only a member whose mailbox a request reaches can forward it (GDPR Art. 28(3)(e))."""
    controllers = {controller.id for controller in ropa.controllers}
    for i, served in enumerate(ropa.processing_for):
        for j, name in enumerate(served.processors):
            if name not in controllers:
                yield _unknown("controller-unknown", f"/processing_for/{i}/processors/{j}", "controller", name)


def joint_controllers_have_an_arrangement(ropa: Ropa) -> Iterator[RopaProblem]:
    """The essence of an arrangement is made available to the data subject (GDPR Art. 26(2))."""
    if ropa.joint_arrangement is None:
        for i, activity in enumerate(ropa.activities):
            if len(activity.controllers) > 1:
                yield RopaProblem(
                    "joint-arrangement-missing",
                    f"/activities/{i}/controllers",
                    f"{activity.id} has joint controllers: describe their arrangement in `joint_arrangement`.",
                )


def legal_bases_are_substantiated(ropa: Ropa) -> Iterator[RopaProblem]:
    """Interests are stated (GDPR Art. 13(1)(d)); a duty or a task is laid down in law (Art. 6(3))."""
    for i, activity in enumerate(ropa.activities):
        if activity.legal_basis is LegalBasis.LEGITIMATE_INTERESTS and not activity.interests:
            yield RopaProblem(
                "interests-missing",
                f"/activities/{i}",
                f"{activity.id} rests on legitimate interests: say which, in `interests`.",
            )
        if activity.legal_basis in {LegalBasis.LEGAL_DUTY, LegalBasis.PUBLIC_TASK} and not activity.provision:
            yield RopaProblem(
                "provision-missing",
                f"/activities/{i}",
                f"{activity.id} rests on {activity.legal_basis}: cite the law that lays it down, in `provision`.",
            )


def retention_is_readable(ropa: Ropa) -> Iterator[RopaProblem]:
    """Retention is a period in calendar units, so that it can be computed (GDPR Art. 30(1)(f))."""
    stated = [
        *(
            (f"/controllers/{i}/retention/{field.name}", getattr(controller.retention, field.name))
            for i, controller in enumerate(ropa.controllers)
            for field in fields(controller.retention)
        ),
        *((f"/activities/{i}/retention/period", each.retention.period) for i, each in enumerate(ropa.activities)),
    ]
    for pointer, period in stated:
        if not is_period(period):
            yield RopaProblem(
                "retention-unreadable", pointer, f"{period} is not a period: write it like P3Y, P6M, P2W or P30D."
            )


def _repeated(entries: list[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    """The second and further occurrences of a value, each with its pointer."""
    seen: Counter[str] = Counter()
    for pointer, value in entries:
        seen[value] += 1
        if seen[value] > 1:
            yield pointer, value


def _unknown(code: str, pointer: str, kind: str, name: str) -> RopaProblem:
    return RopaProblem(code, pointer, f"No {kind} has the id {name}: correct the id, or add its entry.")
