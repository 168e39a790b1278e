"""The supervisory authorities: one can be named in every state of the EEA and in the United Kingdom."""

import re
from dataclasses import astuple

import pytest

from dsr.domain.deadlines.regime import EEA
from dsr.ropa import AUTHORITIES, AuthorityUnknown, authorities_of, authority

GERMAN_LANDS = {
    "Baden-Württemberg", "Bayern", "Berlin", "Brandenburg", "Bremen", "Hamburg", "Hessen", "Mecklenburg-Vorpommern",
    "Niedersachsen", "Nordrhein-Westfalen", "Rheinland-Pfalz", "Saarland", "Sachsen", "Sachsen-Anhalt",
    "Schleswig-Holstein", "Thüringen",
}  # fmt: skip


@pytest.mark.parametrize("country", sorted(EEA | {"GB"}))
def test_every_state_has_one_authority_for_the_whole_country(country: str) -> None:
    national = [each for each in authorities_of(country) if each.region is None]

    assert len(national) == 1
    assert authorities_of(country)[0] == national[0]


def test_no_authority_stands_outside_the_eea_and_the_united_kingdom() -> None:
    assert {each.country for each in AUTHORITIES.values()} == EEA | {"GB"}
    assert authorities_of("US") == ()


def test_germany_has_an_authority_for_every_land() -> None:
    assert {each.region for each in authorities_of("DE")} == GERMAN_LANDS | {None}


@pytest.mark.parametrize("authority_id", AUTHORITIES)
def test_a_letter_can_name_the_authority_and_say_how_to_reach_it(authority_id: str) -> None:
    each = authority(authority_id)

    assert each.id.startswith(each.country.lower() + "-")
    assert each.name
    assert each.name_en
    assert len(each.address) >= 3
    assert re.fullmatch(r"\+\d[\d ]+\d", each.phone)
    assert each.email or each.complaint_url
    assert all(re.fullmatch(r"[a-z]{2}", language) for language in each.languages)
    for address in (each.web, each.complaint_url):
        assert address is None or address.startswith("https://")
    assert each.email is None or re.fullmatch(r"[a-z0-9.-]+@[a-z0-9.-]+\.[a-z]+", each.email)
    assert all(text == text.strip() for text in (each.name, each.name_en, *each.address))


def test_every_authority_accepts_complaints_in_a_language() -> None:
    assert all(each.languages for each in AUTHORITIES.values())
    assert len({astuple(each) for each in AUTHORITIES.values()}) == len(AUTHORITIES)


def test_an_authority_that_is_not_there_is_an_error() -> None:
    with pytest.raises(AuthorityUnknown):
        authority("fr-bnil")
