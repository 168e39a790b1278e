"""Transfers to third countries: declared, and safeguarded (GDPR Art. 30(1)(e), 44-49)."""

from collections.abc import Iterator

from dsr.domain.deadlines.regime import EEA
from dsr.domain.ropa.activities import ProcessingActivity, Safeguard
from dsr.domain.ropa.adequacy import ADEQUATE, PARTLY_ADEQUATE
from dsr.domain.ropa.document import Ropa
from dsr.domain.ropa.errors import RopaProblem


def transfers_are_declared(ropa: Ropa) -> Iterator[RopaProblem]:
    """Everyone who receives data outside the EEA is declared: recipients, their sub-processors, joint controllers."""
    for i, activity in enumerate(ropa.activities):
        declared = {(transfer.to, transfer.country) for transfer in activity.transfers}
        for receiver, country in _receivers_abroad(ropa, activity):
            if (receiver, country) not in declared:
                yield RopaProblem(
                    "transfer-missing",
                    f"/activities/{i}",
                    f"Data of {activity.id} goes to {receiver} in {country}: declare it in `transfers`.",
                )


def safeguards_are_fit(ropa: Ropa) -> Iterator[RopaProblem]:
    """Outside the EEA and adequate countries a safeguard is named; adequacy needs a decision of the Commission."""
    for i, activity in enumerate(ropa.activities):
        for j, transfer in enumerate(activity.transfers):
            pointer = f"/activities/{i}/transfers/{j}"
            if transfer.safeguard is None and transfer.country not in EEA | ADEQUATE:
                yield RopaProblem(
                    "safeguard-missing",
                    pointer,
                    f"{transfer.country} is not adequate as a whole: name the safeguard for {transfer.to}.",
                )
            if transfer.safeguard is Safeguard.ADEQUACY and transfer.country not in EEA | ADEQUATE | PARTLY_ADEQUATE:
                yield RopaProblem(
                    "safeguard-unfit",
                    f"{pointer}/safeguard",
                    f"No decision finds {transfer.country} adequate: name another safeguard.",
                )


def _receivers_abroad(ropa: Ropa, activity: ProcessingActivity) -> Iterator[tuple[str, str]]:
    """(id, country) of every receiver of data outside the EEA, unless all controllers are in that country."""
    home = {controller.country for controller in ropa.controllers if controller.id in activity.controllers}
    received = [(other.id, other.country) for other in ropa.controllers if other.id in activity.controllers]
    for recipient in ropa.recipients:
        if recipient.id in activity.recipients:
            received.append((recipient.id, recipient.country))
            received.extend((recipient.id, sub.country) for sub in recipient.sub_processors)
    for receiver, country in dict.fromkeys(received):
        if country not in EEA and home != {country}:
            yield receiver, country
