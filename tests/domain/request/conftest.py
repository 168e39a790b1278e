"""Cases to start from: `a_case()` opens one on 2 March 2026, 10:00 in Berlin, and drives it by the law's verbs."""

from collections.abc import Iterator
from typing import Any

import pytest

from dsr.domain.request.basis import ActivityBasis
from dsr.domain.rights import Right
from dsr.domain.ropa import LegalBasis
from tests.domain.request.a_case import ACase, Made, OpenCase


@pytest.fixture
def a_case() -> Iterator[OpenCase]:
    """Open cases; each is replayed at the end of the test."""
    made: list[ACase] = []

    def open_one(*rights: Right, **changes: Any) -> ACase:
        case = ACase(**changes)
        made.append(case)
        if rights:
            case.register(*rights)
        return case

    yield open_one
    for case in made:
        case.check_replay()


@pytest.fixture
def on_consent() -> tuple[ActivityBasis, ...]:
    """Processing that rests on consent."""
    return (ActivityBasis("recordings", LegalBasis.CONSENT),)


@pytest.fixture
def answered(a_case: OpenCase) -> ACase:
    """A case of access, carried out, answered and closed on 10 March."""
    case = a_case(Right.ACCESS)
    case.grant("access", at="2026-03-09")
    case.record_done("access")
    case.record_answer("access", at="2026-03-10")
    case.close()
    return case


@pytest.fixture
def quoted(a_case: OpenCase) -> OpenCase:
    """A fee for access, proposed and quoted on 3 March; the offer ends on 31 March."""

    def quote(*rights: Right, **changes: Any) -> ACase:
        case = a_case(*(rights or (Right.ACCESS,)), **changes)
        case.propose_fee(*(right.value for right in rights or (Right.ACCESS,)), at="2026-03-03")
        case.send_fee_notice()
        return case

    return quote


@pytest.fixture
def made() -> Made:
    """What else a test may need to make."""
    return Made()


@pytest.fixture
def offered(a_case: OpenCase) -> ACase:
    """Access was granted and carried out, and its package offered."""
    case = a_case(Right.ACCESS)
    case.grant("access")
    case.record_done("access")
    case.offer_package("access")
    return case
