"""Which right exists on which legal basis (docs/law §4)."""

from typing import Any

import pytest

from dsr.domain.request.basis import ActivityBasis, Existence, verdict
from dsr.domain.rights import Right
from dsr.domain.ropa import LegalBasis

B, Y, C, I, N = LegalBasis, Existence.YES, Existence.CONDITIONAL, Existence.INSTEAD, Existence.NO  # noqa: E741
BASES = (B.CONSENT, B.CONTRACT, B.LEGAL_DUTY, B.VITAL_INTERESTS, B.PUBLIC_TASK, B.LEGITIMATE_INTERESTS)
MATRIX = {
    Right.ACCESS: (Y, Y, Y, Y, Y, Y),
    Right.RECTIFICATION: (Y, Y, Y, Y, Y, Y),
    Right.RESTRICTION: (Y, Y, Y, Y, Y, Y),
    Right.INFORMATION: (Y, Y, Y, Y, Y, Y),
    Right.ERASURE: (Y, C, C, C, C, C),
    Right.PORTABILITY: (Y, Y, N, N, N, N),
    Right.OBJECTION: (I, N, N, N, Y, Y),
    Right.CONSENT_WITHDRAWAL: (Y, N, N, N, N, N),
    Right.AUTOMATED_DECISION: (N, N, N, N, N, N),
}
CELLS = [(right, basis, row[place]) for right, row in MATRIX.items() for place, basis in enumerate(BASES)]


def test_the_matrix_has_a_row_for_each_right_and_a_column_for_each_basis() -> None:
    assert set(MATRIX) == set(Right)
    assert set(BASES) == set(LegalBasis)


@pytest.mark.parametrize(("right", "basis", "existence"), CELLS)
def test_a_right_exists_where_the_matrix_says_and_cites_its_article(right: Any, basis: Any, existence: Any) -> None:
    found = verdict(right, ActivityBasis("telephony", basis))
    assert found.existence is existence
    assert found.provision.startswith("GDPR Art. ")
    assert found.why.endswith(".")


@pytest.mark.parametrize("basis", LegalBasis)
def test_an_objection_to_direct_marketing_is_absolute_on_any_basis(basis: LegalBasis) -> None:
    found = verdict(Right.OBJECTION, ActivityBasis("newsletter", basis), direct_marketing=True)
    assert (found.existence, found.provision) == (Existence.YES, "GDPR Art. 21(2), (3)")


@pytest.mark.parametrize("basis", [B.CONSENT, B.CONTRACT])
def test_portability_needs_processing_by_automated_means(basis: LegalBasis) -> None:
    found = verdict(Right.PORTABILITY, ActivityBasis("paper", basis, automated=False))
    assert (found.existence, found.provision) == (Existence.NO, "GDPR Art. 20(1)(b)")


@pytest.mark.parametrize("basis", LegalBasis)
def test_an_automated_decision_is_contested_only_where_one_is_made(basis: LegalBasis) -> None:
    assert verdict(Right.AUTOMATED_DECISION, ActivityBasis("scoring", basis, decides=True)).existence is Existence.YES
