"""Which time zone a controller has unless it names one."""

from importlib.resources import files
from zoneinfo import available_timezones

import pytest

from dsr.calendars import CountryUnknown, ZoneUnknown, capital_zone, resolve
from dsr.domain.deadlines.regime import EEA

NO_CAPITAL = {"AQ", "UM", "BV", "HM"}
"""Antarctica, scattered islands of the US, and two uninhabited islands."""


def iso_countries() -> list[str]:
    lines = (files("tzdata.zoneinfo") / "iso3166.tab").read_text(encoding="utf-8").splitlines()
    return [line[:2] for line in lines if not line.startswith("#")]


@pytest.mark.parametrize(
    ("country", "zone"),
    [
        ("DE", "Europe/Berlin"),
        ("ES", "Europe/Madrid"),
        ("PT", "Europe/Lisbon"),
        ("CY", "Asia/Nicosia"),
        ("GB", "Europe/London"),
        ("IS", "Atlantic/Reykjavik"),
        ("LI", "Europe/Vaduz"),
        ("US", "America/New_York"),
        ("AU", "Australia/Sydney"),
        ("XK", "Europe/Belgrade"),
    ],
)
def test_the_zone_is_that_of_the_capital(country: str, zone: str) -> None:
    assert capital_zone(country) == zone


@pytest.mark.parametrize("country", sorted(set(iso_countries()) - NO_CAPITAL))
def test_every_country_with_a_capital_has_a_zone(country: str) -> None:
    assert capital_zone(country) in available_timezones()


@pytest.mark.parametrize("country", [*sorted(NO_CAPITAL), "ZZ", "UK", "EL", "DEU", "de", ""])
def test_what_is_no_country_or_has_no_capital_is_an_error(country: str) -> None:
    with pytest.raises(CountryUnknown) as refusal:
        capital_zone(country)
    assert refusal.value.code == "country-unknown"


@pytest.mark.parametrize("zone", ["Europe/Atlantis", "Europe", "", "../etc/passwd", "/etc/localtime"])
def test_what_is_no_zone_is_an_error(zone: str) -> None:
    with pytest.raises(ZoneUnknown) as refusal:
        resolve("DE", zone, 2026, 2026)
    assert refusal.value.code == "zone-unknown"


@pytest.mark.parametrize("country", sorted(EEA | {"GB", "US"}))
def test_every_country_of_the_group_resolves_with_the_zone_of_its_capital(country: str) -> None:
    assert resolve(country, capital_zone(country), 2024, 2035).holidays
