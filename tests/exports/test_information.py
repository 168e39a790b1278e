"""What Art. 15(1)(a) to (h) and 15(2) want to be told: from the record of processing, each point correctable."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from dsr.catalogues import Domain, languages_of
from dsr.domain.request.information_point import InformationPoint
from dsr.exports import Information, PackageContents
from dsr.exports.information import as_json, told
from dsr.exports.language import language_of


def points(information: Information, code: str = "en") -> dict[str, str]:
    return {each.point: "\n".join(each.statements) for each in told(information, language_of(code))}


@pytest.mark.parametrize("code", languages_of(Domain.PACKAGES))
@pytest.mark.parametrize("subjects", [(), ("customers",), ("employees",), ("nobody",)])
def test_no_point_of_article_15_is_left_out(code: str, subjects: tuple[str, ...], access: PackageContents) -> None:
    found = told(replace(access.information, subjects=subjects), language_of(code))
    assert [each.point for each in found] == list(InformationPoint)
    assert all(each.statements and all(each.statements) for each in found)
    assert {each.point.provision for each in found} == {
        *(f"GDPR Art. 15(1)({letter})" for letter in "abcdefgh"),
        "GDPR Art. 15(2)",
    }


def test_words_of_the_record_are_in_the_language_of_the_page(access: PackageContents) -> None:
    for code, expected in (("en", "To improve the service"), ("de", "Um den Service zu"), ("ja", "お客様が録音に")):
        [purpose, *_] = told(access.information, language_of(code).as_markup())[0].statements
        assert purpose.startswith(expected)
        assert "<span" not in purpose


def test_words_of_the_record_that_a_language_lacks_are_in_english_and_say_so(access: PackageContents) -> None:
    """Law: docs/law §14."""
    untranslated = replace(access.information, record=replace(access.information.record, translations=()))
    [purpose, *_] = told(untranslated, language_of("de"))[0].statements
    assert purpose.startswith("To improve the service")
    assert "recorded (Englisch). Was es erlaubt: Ihre Einwilligung" in purpose
    [purpose, *_] = told(untranslated, language_of("de").as_markup())[0].statements
    assert purpose.startswith('<span lang="en">To improve the service')
    assert "</span> (Englisch). Was es erlaubt: Ihre Einwilligung" in purpose
    for record, code in ((untranslated.record, "en"), (replace(untranslated.record, language=""), "de")):
        marked = [each.statements for each in told(replace(untranslated, record=record), language_of(code).as_markup())]
        assert not any("<span" in line for lines in marked for line in lines)
    assert "<span" not in json.dumps(as_json(untranslated, language_of("de")))


def test_a_company_has_its_own_name_in_every_language(access: PackageContents) -> None:
    said = points(access.information, "de")["recipients"]
    assert "Example Telephony Ltd (Irland)" in said
    assert "Speicherung von Aufzeichnungen" in said


def test_words_of_the_record_are_no_markup(access: PackageContents) -> None:
    record = access.information.record
    activities = tuple(replace(each, purpose="<b>Sale</b> & more.") for each in record.activities)
    for code, expected in (
        ("en", "&lt;b&gt;Sale&lt;/b&gt; &amp; more. "),
        ("de", '<span lang="en">&lt;b&gt;Sale&lt;/b&gt; &amp; more</span> (Englisch). '),
    ):
        information = replace(access.information, record=replace(record, activities=activities))
        [purpose, *_] = told(information, language_of(code).as_markup())[0].statements
        assert purpose.startswith(expected)


def test_recipients_are_named_with_those_they_engage(access: PackageContents) -> None:
    record = access.information.record
    said = points(access.information)["recipients"]
    for recipient_id in record.recipients_of("callcentre-de", ("customers",)):
        recipient = record.recipient(recipient_id)
        assert recipient.name in said
        assert all(sub.name in said for sub in recipient.sub_processors)


def test_the_authority_is_named_with_its_address(access: PackageContents) -> None:
    said = points(access.information)["complaint"]
    authority = access.information.authority
    assert authority.name in said
    assert all(line in said for line in authority.address)


def test_only_rights_that_exist_on_the_legal_bases_are_told(access: PackageContents) -> None:
    customer = points(access.information)["rights"]
    employee = points(replace(access.information, subjects=("employees",)))["rights"]
    assert "withdraw your consent" in customer
    assert "Art. 20" in customer
    assert "Art. 21(1)" not in customer
    assert "Art. 21(1)" in employee
    assert "withdraw your consent" not in employee
    assert "Art. 20" not in employee


def test_each_transfer_names_its_safeguard(access: PackageContents) -> None:
    said = points(access.information)["safeguards"]
    for activity in access.information.activities:
        for transfer in activity.transfers:
            assert f"({language_of('en').country(transfer.country)})." in said
    assert "standard contractual clauses" in said


def test_that_nothing_is_decided_by_a_machine_is_said(access: PackageContents) -> None:
    assert "no decision" in points(access.information)["automated-decisions"]


@pytest.mark.parametrize("point", [point for point in InformationPoint if not point.stays])
def test_a_correction_takes_the_place_of_what_the_record_says(point: InformationPoint, access: PackageContents) -> None:
    corrected = replace(access.information, corrections={point: "As it is for you."})
    plain = replace(access.information, corrections={})
    changed = {key for key, said in points(corrected).items() if said != points(plain)[key]}
    assert changed == {point}
    assert points(corrected)[point] == "As it is for you."
    assert [each.point for each in told(corrected, language_of("en")) if each.corrected] == [point]


@pytest.mark.parametrize("point", [InformationPoint.RIGHTS, InformationPoint.COMPLAINT])
def test_neither_a_right_nor_the_authority_is_taken_out_of_the_answer(
    point: InformationPoint, access: PackageContents
) -> None:
    plain = replace(access.information, corrections={})
    corrected = replace(plain, corrections={point: "You may also write to us."})
    assert points(corrected)[point] == points(plain)[point] + "\nYou may also write to us."
    assert plain.authority.name in points(corrected)["complaint"]
    assert [each.point for each in told(corrected, language_of("en")) if each.corrected] == [point]


def test_each_line_of_a_correction_is_a_statement(access: PackageContents) -> None:
    corrections = {InformationPoint.RECIPIENTS: "Dialler Ltd.\n\n  The court of Berlin. \nDialler Ltd.\n"}
    found = {each.point: each for each in told(replace(access.information, corrections=corrections), language_of("en"))}
    assert found[InformationPoint.RECIPIENTS].statements == ("Dialler Ltd.", "The court of Berlin.")


def test_a_blank_correction_corrects_nothing(access: PackageContents) -> None:
    blank = replace(access.information, corrections={InformationPoint.SOURCE: " \n"})
    assert points(blank) == points(replace(access.information, corrections={}))


@pytest.mark.parametrize(
    ("code", "states"),
    [("en", "United States"), ("de", "Vereinigte Staaten"), ("fr", "États-Unis"), ("es", "Estados Unidos")],
)
def test_countries_have_their_names_in_the_language_of_the_page(
    code: str, states: str, access: PackageContents
) -> None:
    record = access.information.record
    countries = {recipient.country for recipient in record.recipients}
    said = points(access.information, code)
    assert not any(f"({country})" in line for country in countries for line in said.values())
    assert f"({states})" in said["safeguards"]


def test_access_carries_the_information_as_a_file_and_portability_does_not(
    access: PackageContents, portability: PackageContents, unpacked: Callable[[PackageContents], dict[str, bytes]]
) -> None:
    written: dict[str, Any] = json.loads(unpacked(replace(access, language="fr"))["information.json"])
    assert written == as_json(access.information, language_of("fr"))
    assert written["language"] == "fr"
    assert "information.json" not in unpacked(portability)
