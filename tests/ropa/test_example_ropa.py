"""The example that users copy: it loads, and it shows what the product promises."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner

from dsr.calendars import resolve
from dsr.catalogues.formats import LOCALES
from dsr.cli import main
from dsr.domain.acting import Acting
from dsr.domain.ropa import (
    LegalBasis,
    RecordOfProcessing,
    Ropa,
    Safeguard,
    calendar_years,
)
from dsr.eventstore.mapper import EventMapper
from dsr.ropa import AUTHORITIES, LoadedRopa, authority, load
from dsr.ropa.example import example as written
from dsr.ropa.example import further_languages

EXAMPLE = Path(__file__).parents[2] / "dsr" / "ropa" / "example.yaml"
NOW = datetime(2026, 3, 5, 9, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def loaded() -> LoadedRopa:
    return load(EXAMPLE)


@pytest.fixture(scope="module")
def example(loaded: LoadedRopa) -> Ropa:
    return loaded.document


def test_the_example_is_complete_in_ten_languages_and_in_all_of_letters_where_they_are_asked_for(
    tmp_path: Path,
) -> None:
    assert written() == EXAMPLE.read_text(encoding="utf-8")
    # given
    every = tmp_path / "ropa.yaml"
    every.write_text(written(further_languages()), encoding="utf-8")
    # when
    some, full = load(EXAMPLE).document, load(every).document
    # then
    assert {each.text for each in full.translations} == {each.text for each in some.translations}
    for document, count in ((some, 10), (full, len(LOCALES))):
        assert {(len(each.others), all(one.text for one in each.others)) for each in document.translations} == {
            (count - 1, True)
        }
    assert {one.language for one in full.translations[0].others} == set(LOCALES) - {"en"}
    assert replace(full, translations=()) == replace(some, translations=())


def test_a_language_that_the_example_has_no_texts_in_is_refused_by_name() -> None:
    asked = CliRunner().invoke(main, ["ropa", "example", "--language", "cs", "--language", "xx"])
    assert asked.exit_code == 2
    assert "no texts in xx" in asked.output
    assert "bg, cs, da" in asked.output


def test_the_example_names_joint_controllers_in_nineteen_countries(example: Ropa) -> None:
    countries = {controller.country for controller in example.controllers}

    assert " ".join(sorted(countries)) == "AT BE BG CZ DE DK EE ES FR GB GR HU IE IT NL PL RO SE US"
    assert len(example.controllers) == 19
    assert len(example.activity("customer-calls").controllers) == 19


def test_each_controller_names_an_authority_of_the_country_whose_calendar_counts(example: Ropa) -> None:
    for controller in example.controllers:
        country, _ = example.calendar_place(controller.id)
        assert authority(controller.authority).country == country


def test_regimes_are_those_of_the_countries_and_the_us_member_answers_under_the_gdpr(example: Ropa) -> None:
    assert example.controller("callcentre-gb").regime == "uk-gdpr"
    assert example.controller("callcentre-us").regime == "eu-gdpr"
    assert example.calendar_place("callcentre-us") == ("IE", "Europe/Dublin")


def test_the_age_of_consent_of_a_child_is_that_of_each_country(example: Ropa) -> None:
    ages = {controller.country: controller.child_age for controller in example.controllers}

    assert ages == {
        "AT": 14, "BE": 13, "BG": 14, "CZ": 15, "DE": 16, "DK": 15, "EE": 13, "ES": 14, "FR": 15, "GB": 13,
        "GR": 15, "HU": 16, "IE": 16, "IT": 14, "NL": 16, "PL": 16, "RO": 16, "SE": 13, "US": 16,
    }  # fmt: skip
    assert example.children_under == 16


def test_the_mailbox_of_the_group_is_the_german_one(example: Ropa) -> None:
    group = example.controller_of_mailbox("privacy@callcentre.example")

    assert group is not None
    assert group == example.controller_of_mailbox("privacy@de.callcentre.example")
    assert group.country == "DE"
    assert example.mail_servers == example.authentication_servers == ("mx.callcentre.example",)


def test_customers_calls_rest_on_consent_and_are_kept_thirty_days(example: Ropa) -> None:
    calls = example.activity("customer-calls")

    assert (calls.legal_basis, calls.retention.period) == (LegalBasis.CONSENT, "P30D")
    assert example.recipient("telephony").sub_processors
    assert any(
        (each.country, each.safeguard) == ("US", Safeguard.STANDARD_CONTRACTUAL_CLAUSES) for each in calls.transfers
    )


def test_the_evaluation_of_employees_rests_on_stated_legitimate_interests(example: Ropa) -> None:
    evaluation = example.activity("employee-evaluation")

    assert evaluation.legal_basis is LegalBasis.LEGITIMATE_INTERESTS
    assert evaluation.interests


def test_the_example_can_be_adopted_and_stored_with_the_holidays_of_its_countries(loaded: LoadedRopa) -> None:
    years = calendar_years(NOW.date())
    calendars = tuple(resolve(*place, *years) for place in loaded.document.calendar_places())
    record = RecordOfProcessing.open(Acting("ada", NOW))

    record.adopt(
        Acting("ada", NOW), document=loaded.document, sha256=loaded.sha256, calendars=calendars, authorities=AUTHORITIES
    )

    opened, adopted = record.collect_events()
    mapper = EventMapper()
    stored = [mapper.to_stored_event(event) for event in (opened, adopted)]
    assert [mapper.to_domain_event(event) for event in stored] == [opened, adopted]
    assert len(calendars) == 18
    for controller in loaded.document.controllers:
        assert record.current.calendar(controller.id).first_year == 2023
