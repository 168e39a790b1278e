"""Letter and package say what was searched, and what was left out and why (docs/law §11)."""

import io
import json
import zipfile
from uuid import UUID

import pytest

from dsr.desk.caller import Call
from dsr.desk.search_lists import SystemReport
from dsr.domain.dispatch.errors import LetterPartFixed
from dsr.domain.request.data_set import FieldDescription
from dsr.domain.request.letters import LetterKind
from dsr.domain.request.search_list import SearchResult
from dsr.domain.request.values import Provenance
from dsr.domain.rights import Right
from dsr.exports.errors import DataFieldsUndescribed
from dsr.letters.fields import FreeText
from tests.desk.dispatching.letters import Letters
from tests.desk.office import Office
from tests.desk.test_exporting import redeem

from .test_writing import KEPT, do, erased, nothing_held, offer

WHY = "The recordings lie with a court."
NOTHING_LEFT_OUT = "Nothing was left out."
SAID = {**KEPT, "recipients-told": FreeText("Nobody yet.")}


def leave_out(office: Office, request_id: UUID, item_id: str) -> None:
    """The recordings are left out."""
    left_out = SystemReport("recordings", SearchResult.LEFT_OUT, reason=WHY)
    office.desk.search_lists.account(request_id, item_id, office.call(request_id), reports=[left_out])


def test_the_letter_names_each_searched_system_and_why_one_was_left_out(office: Office, letters: Letters) -> None:
    # given
    request_id = office.granted(Right.PORTABILITY)
    leave_out(office, request_id, "portability")
    offer(office, request_id, "portability")
    do(office, request_id, "portability")
    # when
    dispatch_id = letters.write(request_id, LetterKind.PORTABILITY, "portability")
    # then
    text = letters.read(dispatch_id).text
    assert "Customer relations (on 5 March 2026): data about you was found" in text
    assert "Quality evaluation (on 5 March 2026): no data about you was found" in text
    assert f"Recordings of calls: {WHY}" in text
    assert NOTHING_LEFT_OUT not in text


def test_the_package_says_the_same(office: Office, letters: Letters) -> None:
    # given
    request_id = office.granted(Right.PORTABILITY)
    leave_out(office, request_id, "portability")
    # when
    archive = zipfile.ZipFile(io.BytesIO(redeem(office, offer(office, request_id, "portability"))))
    # then
    found = {each["system"]: each for each in json.loads(archive.read("manifest.json"))["searched"]}
    assert {system: each["result"] for system, each in found.items()} == {
        "crm": "found",
        "hr": "nothing",
        "quality": "nothing",
        "recordings": "left-out",
    }
    assert found["recordings"]["reason"] == WHY
    assert WHY in archive.read("index.html").decode()


def test_a_package_explains_the_data_in_the_words_of_the_data_dictionary_and_the_language_of_the_person(
    office: Office,
) -> None:
    """Law: docs/law §14. The handler used the words of the record, in its own language; names in the data stay."""
    # given
    request_id = office.granted(Right.ACCESS, language="de")
    office.collect(
        request_id,
        "access",
        content=b'[{"seconds": 90, "note": "none"}]',
        name="lengths",
        system="recordings",
        purpose="To answer what customers ask, and to do what they order.",
        fields=(
            FieldDescription("seconds", "How long it took", Provenance.OBSERVED),
            FieldDescription("note", "In the words of the handler", Provenance.OBSERVED),
        ),
    )
    # when
    archive = zipfile.ZipFile(io.BytesIO(redeem(office, offer(office, request_id, "access"))))
    # then
    page = archive.read("index.html").decode()
    assert '<th scope="row">seconds</th><td>Wie lange er dauerte</td>' in page
    assert "In the words of the handler" in page
    assert "Um Fragen unserer Kundinnen und Kunden zu beantworten" in page
    [schema] = [each for each in archive.namelist() if each.endswith("lengths.schema.json")]
    described = json.loads(archive.read(schema))["items"]["properties"]
    assert described["seconds"]["description"] == "Wie lange er dauerte"


def test_a_handler_describes_no_field_that_the_data_dictionary_describes(office: Office) -> None:
    """Law: docs/law §14. A package gives the terms of common vocabularies beside."""
    # given
    request_id = office.granted(Right.ACCESS, language="de")
    content = b'[{"seconds": 90, "number": "0301234567", "mood": "calm"}]'
    own = (FieldDescription("mood", "In the words of the handler", Provenance.INFERRED),)
    with pytest.raises(DataFieldsUndescribed) as refused:
        office.collect(request_id, "access", content=content, name="lengths", system="recordings", fields=())
    assert refused.value.facts["fields"] == ["mood"], "the only one that the dictionary of this system lacks"
    # when
    office.collect(request_id, "access", content=content, name="lengths", system="recordings", fields=own)
    # then
    [held] = [each for each in office.case(request_id).copies.data_sets.values() if each.name == "lengths"]
    assert [(each.name, each.description, each.unit) for each in held.fields] == [
        ("mood", "In the words of the handler", None),
        ("seconds", "How long it took", "s"),
        ("number", "Your telephone number as our line saw it", None),
    ], "fields that do not occur are left out"
    archive = zipfile.ZipFile(io.BytesIO(redeem(office, offer(office, request_id, "access"))))
    [schema] = [each for each in archive.namelist() if each.endswith("lengths.schema.json")]
    described = json.loads(archive.read(schema))["items"]["properties"]
    assert described["number"]["description"] == "Ihre Telefonnummer, wie unser Anschluss sie sah"
    assert described["number"]["x-term"] == "https://schema.org/telephone"
    assert "x-term" not in described["mood"]


def test_an_answer_that_nothing_is_held_says_the_same(office: Office, letters: Letters) -> None:
    request_id = office.registered(Right.RECTIFICATION)
    leave_out(office, request_id, "rectification")
    office.search(request_id, "rectification")
    office.desk.items.record_nothing_held(request_id, "rectification", office.call(request_id))
    text = letters.read(letters.write(request_id, LetterKind.RECTIFICATION, "rectification")).text
    assert f"Recordings of calls: {WHY}" in text
    assert NOTHING_LEFT_OUT not in text


def test_nothing_was_left_out_is_said_once_each_system_was_searched(office: Office, letters: Letters) -> None:
    request_id = office.registered(Right.RECTIFICATION)
    office.search(request_id, "rectification")
    office.desk.items.record_nothing_held(request_id, "rectification", office.call(request_id))
    text = letters.read(letters.write(request_id, LetterKind.RECTIFICATION, "rectification")).text
    assert NOTHING_LEFT_OUT in text


def test_an_erasure_says_that_the_file_on_the_request_stays(office: Office, letters: Letters) -> None:
    text = letters.read(letters.write(erased(office), LetterKind.ERASURE, "erasure", statements=SAID)).text
    assert "The file on your request: We keep it as proof of how we answered you" in text
    assert NOTHING_LEFT_OUT not in text


def test_groups_that_the_person_does_not_belong_to_are_named(office: Office, letters: Letters) -> None:
    request_id = office.arrived()
    office.desk.triage.register(
        request_id,
        office.call(request_id),
        rights=(Right.RECTIFICATION,),
        direct_marketing=False,
        subjects=("customers",),
    )
    office.search(request_id, "rectification")
    office.desk.items.record_nothing_held(request_id, "rectification", office.call(request_id))
    text = letters.read(letters.write(request_id, LetterKind.RECTIFICATION, "rectification")).text
    assert "because you do not belong to them:\n\n- Employees" in text
    assert NOTHING_LEFT_OUT not in text


def test_a_person_changes_no_word_of_what_was_searched(office: Office, letters: Letters) -> None:
    dispatch_id = nothing_held(office, letters)
    with pytest.raises(LetterPartFixed):
        letters.desk.edit(dispatch_id, Call(office.ann), statements={"searched": FreeText("Everywhere.")})
