"""Regimes are data, pinned by id and version."""

from datetime import date
from typing import Any

import msgspec
import pytest

from dsr.domain.deadlines import compute
from dsr.domain.deadlines.regime import EEA, REGIMES, Regime, RegimeUnknown, regime, regime_of_country


def test_the_eea_has_thirty_states() -> None:
    assert len(EEA) == 30
    assert {"IS", "LI", "NO", "GR"} <= EEA


def test_each_state_of_the_eea_answers_under_eu_gdpr_and_britain_under_its_own() -> None:
    assert {regime_of_country(country).id for country in EEA} == {"eu-gdpr"}
    assert regime_of_country("GB").id == "uk-gdpr"


@pytest.mark.parametrize("country", ["US", "CH", "UK", "", "de"])
def test_no_country_gets_a_regime_by_default(country: str) -> None:
    with pytest.raises(RegimeUnknown):
        regime_of_country(country)


def test_an_unknown_regime_or_version_is_an_error() -> None:
    with pytest.raises(RegimeUnknown):
        regime("us-ccpa")
    with pytest.raises(RegimeUnknown):
        regime("eu-gdpr", 99)


@pytest.mark.parametrize("id", REGIMES)
def test_a_pinned_version_is_found_again(id: str) -> None:
    current = regime(id)
    assert regime(id, current.version) == REGIMES[id] == current


def test_a_deadline_names_the_regime_and_version_it_was_computed_under(calendar_of: Any) -> None:
    deadline = compute(regime=regime("uk-gdpr"), calendar=calendar_of("GB"), received_on=date(2026, 3, 2))
    assert (deadline.regime, deadline.regime_version) == ("uk-gdpr", 1)


@pytest.mark.parametrize("id", REGIMES)
def test_a_regime_survives_json(id: str) -> None:
    assert msgspec.json.decode(msgspec.json.encode(REGIMES[id]), type=Regime) == REGIMES[id]
