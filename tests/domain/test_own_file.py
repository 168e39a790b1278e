"""A file that is no case: closed, kept for its period, forgotten by two people, and behind the fence nothing but the
attestation (docs/law §7).
"""

from datetime import UTC, datetime
from typing import Any

import pytest

from dsr.domain.matter import Matter, MatterOutcome, MatterStatus
from dsr.domain.own_file import FileForgettingOrdered, FileForgotten, FileKept, FileKind
from dsr.domain.request.errors import FourEyes, NothingProposed, ReasonRequired
from dsr.domain.request.forgetting import ForgettingNotOrdered, KeptBecause
from dsr.domain.request.standing import ForgettingGround
from dsr.domain.request.values import DisclosurePurpose
from tests.domain.matter.a_matter import ARRIVED, SEALED, acting, answer, complaint
from tests.domain.matter.test_messages import receive

LATER = datetime(2030, 1, 1, 9, tzinfo=UTC)
ANN, BOB = acting(LATER), acting(LATER, "bob")
EARLY: dict[str, Any] = {"ground": ForgettingGround.COURT_ORDER, "period": "P3Y", "reasons": SEALED}
DUE: dict[str, Any] = {"ground": ForgettingGround.PERIOD, "period": "P3Y", "reasons": None}
RESTORED: dict[str, Any] = {
    "ground": ForgettingGround.PERIOD,
    "proposed_by": "ann",
    "ordered_by": "bob",
    "ordered_at": LATER,
    "ended_as": "upheld",
    "closed_at": LATER,
}


def closed() -> Matter:
    matter = complaint()
    answer(matter, ARRIVED)
    matter.close(acting(ARRIVED), outcome=MatterOutcome.UPHELD)
    return matter


def test_a_file_is_forgotten_by_two_people_after_the_year_of_its_end_and_its_period() -> None:
    # given: a complaint that was closed in 2026
    matter = closed()
    with pytest.raises(FileKept) as early:
        matter.propose_forgetting(acting(datetime(2029, 12, 31, 9, tzinfo=UTC)), **DUE)
    assert early.value.facts == {"reasons": ["period"]}
    with pytest.raises(NothingProposed):
        matter.approve_forgetting(BOB, period="P3Y")
    with pytest.raises(NothingProposed):
        matter.decline_forgetting(BOB, reason=SEALED)
    with pytest.raises(ReasonRequired):
        matter.propose_forgetting(ANN, **EARLY | {"reasons": None})
    with pytest.raises(ForgettingNotOrdered):
        matter.attest_forgetting(ANN, keys=1, files=0, unreadable_on=None)
    # when
    matter.propose_forgetting(ANN, **DUE)
    with pytest.raises(FourEyes):
        matter.approve_forgetting(ANN, period="P3Y")
    with pytest.raises(FourEyes):
        matter.decline_forgetting(ANN, reason=SEALED)
    with pytest.raises(ReasonRequired):
        matter.decline_forgetting(BOB, reason=None)
    with pytest.raises(FileKept) as held:
        matter.approve_forgetting(BOB, period="P3Y", kept_elsewhere=(KeptBecause.HOLD, KeptBecause.CASE))
    assert held.value.facts == {"reasons": ["hold", "case"]}
    matter.approve_forgetting(BOB, period="P3Y")
    # then
    ordered = matter.pending_events[-1]
    assert isinstance(ordered, FileForgettingOrdered)
    assert (ordered.kind, ordered.controller_id, ordered.proposed_by, ordered.actor, str(ordered.kept_until)) == (
        *(FileKind.MATTER, "callcentre-gb", "ann", "bob"),
        "2030-01-01",
    )


def test_behind_the_fence_a_file_takes_in_the_attestation_and_nothing_else() -> None:
    matter = closed()
    matter.propose_forgetting(ANN, **DUE)
    matter.approve_forgetting(BOB, period="P3Y")
    for command in (
        lambda: receive(matter),
        lambda: matter.open(ANN, purpose=DisclosurePurpose.TRIAGE, versions=(1,)),
        lambda: matter.propose_forgetting(ANN, **EARLY),
        lambda: matter.approve_forgetting(ANN, period="P3Y"),
        lambda: matter.decline_forgetting(BOB, reason=SEALED),
        lambda: matter.restore_forgetting(ANN, **RESTORED),
    ):
        with pytest.raises(FileForgotten):
            command()
    matter.attest_forgetting(ANN, keys=1, files=0, unreadable_on=None)
    with pytest.raises(ForgettingNotOrdered):
        matter.attest_forgetting(ANN, keys=1, files=0, unreadable_on=None)


def test_what_a_restore_forgets_again_is_closed_whatever_state_it_was_in() -> None:
    matter = complaint()
    receive(matter)
    assert matter.kept_because() == (KeptBecause.OPEN, KeptBecause.MESSAGE_UNEXAMINED)
    with pytest.raises(FileKept):
        matter.propose_forgetting(ANN, **DUE)
    matter.restore_forgetting(ANN, **RESTORED)
    assert (matter.status, matter.ended_as, matter.date, matter.unexamined) == (
        *(MatterStatus.CLOSED, "upheld"),
        *(None, frozenset()),
    )
    assert matter.is_forgotten
