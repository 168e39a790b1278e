"""What has to have happened at the desk before a command: where several parts of the law begin alike."""

from collections.abc import Callable, Iterable
from datetime import timedelta
from uuid import UUID, uuid4

from dsr.desk.caller import Call
from dsr.domain.rights import Right
from dsr.domain.staff import staff_id
from tests.desk.office import Office

ACCESS, ERASURE, PORTABILITY = Right.ACCESS.value, Right.ERASURE.value, Right.PORTABILITY.value


def first(known: Iterable[UUID]) -> UUID:
    """The first of a case's holds, restrictions or data sets, or one that is none."""
    return next(iter(known), uuid4())


def nothing(_: Office) -> None:
    """The command makes something new."""


def arrived(office: Office) -> UUID:
    """A case came by telephone."""
    return office.arrived()


def registered(*rights: Right) -> Callable[[Office], UUID]:
    """A case that exercises these rights."""
    return lambda office: office.registered(*rights)


def granted(*rights: Right) -> Callable[[Office], UUID]:
    """A case in which these rights were granted."""
    return lambda office: office.granted(*rights)


def searched(right: Right) -> Callable[[Office], UUID]:
    """A case in which this right was granted, and every system has accounted for it."""

    def start(office: Office) -> UUID:
        request_id = office.granted(right)
        office.search(request_id, right.value, "crm", "hr", "recordings", "quality")
        return request_id

    return start


def done(office: Office) -> UUID:
    """Access was granted and carried out."""
    request_id = searched(Right.ACCESS)(office)
    office.desk.items.record_done(request_id, ACCESS, office.call(request_id), account="Copied from the CRM.")
    return request_id


def erased(office: Office) -> UUID:
    """Data was erased, so that its recipients have to be told."""
    request_id = searched(Right.ERASURE)(office)
    office.desk.items.record_done(request_id, ERASURE, office.call(request_id), account="All of it is gone.")
    return request_id


def collected(office: Office) -> UUID:
    """Data was collected for access, by a controller that has a key to sign packages."""
    request_id = office.granted(Right.ACCESS)
    office.collect(request_id, ACCESS)
    office.search(request_id, ACCESS)
    office.desk.signing.signer("callcentre-de", Call(office.ann))
    return request_id


def prepared(office: Office) -> UUID:
    """A package was prepared; its id."""
    return UUID(office.desk.exports.prepare(collected(office), ACCESS, Call(office.ann)).resource_id)


def offered(office: Office) -> UUID:
    """A link to a package was offered; the id of the package."""
    export_id = prepared(office)
    office.desk.exports.offer(export_id, Call(office.ann))
    return export_id


def offered_in_a_case(office: Office) -> UUID:
    """A link to a package was offered; the id of its case."""
    request_id = collected(office)
    package = office.desk.exports.prepare(request_id, ACCESS, Call(office.ann))
    office.desk.exports.offer(UUID(package.resource_id), Call(office.ann))
    return request_id


def expired(office: Office) -> UUID:
    """The package is kept on, but its link was opened, and its hour is over; the id of the package."""
    export_id = prepared(office)
    link = office.desk.exports.link(office.desk.exports.offer(export_id, Call(office.ann)))
    office.desk.exports.redeem(link.token, link.password, network="")
    office.clock.time += timedelta(hours=1)
    return export_id


def enrolled(office: Office) -> UUID:
    """Carla joined the team."""
    office.enrol("carla", "callcentre-de")
    return staff_id("carla")
