"""A package for access holds the file on its request, and nothing that the person does not get (docs/law §11)."""

import io
import json
import zipfile
from datetime import date
from typing import Any
from uuid import UUID

import pytest

from dsr.desk.caller import Call
from dsr.desk.disclosures import sealed_parts
from dsr.desk.exports.own_file import WITHHELD
from dsr.desk.new_case import Person
from dsr.desk.search_lists import SystemReport
from dsr.domain.request.search_list import SearchResult
from dsr.domain.request.standing import AnswerTo
from dsr.domain.request.values import DisclosurePurpose, IdentityMethod, Provenance
from dsr.domain.rights import Right
from tests.desk.office import ACCESS_TEXT, Office, refusal

from .test_exporting import redeem

NOTHING_LEFT_OUT = "Nothing was left out."


def with_a_file(office: Office, **facts: Any) -> UUID:
    """Access with a note, an opinion of the DPO, a decision and an opening on file."""
    request_id = office.registered(Right.ACCESS, **facts)
    desk = office.desk
    desk.triage.add_note(request_id, office.call(request_id), note="She sounded worried about the recording.")
    desk.identity.give_dpo_opinion(
        request_id,
        office.call(request_id, office.dpo),
        supports=False,
        opinion="In law, a copy of the passport is too much.",
        method=IdentityMethod.DOCUMENT_COPY,
        doubt="The voice differs.",
    )
    versions = tuple(each.originator_version for each in office.events("request.note-added"))
    desk.disclosures.open(request_id, Call(office.bob), purpose=DisclosurePurpose.COMPLAINT, versions=versions)
    desk.items.grant(request_id, "access", office.call(request_id))
    office.collect(request_id, "access")
    return request_id


def package(office: Office, request_id: UUID) -> dict[str, bytes]:
    office.search(request_id, "access")
    export_id = UUID(office.desk.exports.prepare(request_id, "access", office.call(request_id)).resource_id)
    link = office.desk.exports.link(office.desk.exports.offer(export_id, Call(office.ann)))
    with zipfile.ZipFile(io.BytesIO(redeem(office, link))) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def records(files: dict[str, bytes]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(files["data/request-file.json"])
    return found


def test_it_holds_messages_notes_decisions_and_openings(office: Office) -> None:
    # when
    found = {each["what"]: each for each in records(package(office, with_a_file(office)))}
    # then
    assert found["received"]["text"]["message"]["text"] == ACCESS_TEXT
    assert found["note-added"]["text"] == {"note": "She sounded worried about the recording."}
    assert found["item-granted"]["facts"]["item_id"] == "access"
    assert found["personal-data-disclosed"]["facts"]["purpose"] == "complaint"
    assert found["personal-data-disclosed"]["at"] == office.clock.now().isoformat()


def test_a_message_is_given_as_it_arrived(office: Office) -> None:
    # given
    raw = office.mail()
    request_id = office.case_by_mail(raw)
    office.desk.triage.register(request_id, office.call(request_id), rights=(Right.ACCESS,), direct_marketing=False)
    office.desk.items.grant(request_id, "access", office.call(request_id))
    office.collect(request_id, "access")
    # when
    files = package(office, request_id)
    # then
    [name] = [name for name in files if name.endswith(".eml")]
    assert files[name] == raw


def test_it_names_nobody_of_the_team_and_gives_no_legal_advice(office: Office) -> None:
    files = package(office, with_a_file(office))
    everything = b"".join(files[name] for name in files if "request-file" in name).decode()
    for actor in ("ann", "bob", "dana", "cleo"):
        assert f'"{actor}"' not in everything, actor
    assert "too much" not in everything
    assert {each["what"]: each for each in records(files)}["dpo-opinion-given"]["text"] == {}


def test_it_says_nothing_of_a_representative(office: Office) -> None:
    # given
    request_id = office.represented(Right.ACCESS, answer_to=AnswerTo.DATA_SUBJECT)
    reason = "Her brother Charles was declared bankrupt."
    office.desk.representation.end(request_id, office.call(request_id), reason=reason)
    office.desk.items.grant(request_id, "access", office.call(request_id))
    office.collect(request_id, "access")
    # when
    files = package(office, request_id)
    # then
    assert {each["what"]: each for each in records(files)}["representation-ended"]["text"] == {}
    assert "Charles" not in b"".join(files.values()).decode(errors="ignore")


def test_it_says_nothing_of_another_person_who_was_protected(office: Office) -> None:
    # given
    request_id = office.granted(Right.ACCESS, Right.RESTRICTION)
    desk = office.desk.restriction
    wanted: dict[str, Any] = {"activities": ("customer-relations",), "review_on": date(2027, 6, 1)}
    call = office.call(request_id)
    desk.restrict(request_id, "restriction", call, ground="accuracy-contested", facts="The address.", **wanted)
    [restriction_id] = office.case(request_id).restrictions
    account = "The other caller, Charles, is a child."
    desk.use(request_id, restriction_id, office.call(request_id), use="protect-another", account=account)
    office.collect(request_id, "access")
    # when
    files = package(office, request_id)
    # then
    assert {each["what"]: each for each in records(files)}["restricted-data-used"]["text"] == {}
    assert "Charles" not in b"".join(files.values()).decode(errors="ignore")


def test_making_the_package_is_an_opening_on_record(office: Office) -> None:
    # given
    request_id = with_a_file(office)
    office.search(request_id, "access")
    before = office.events("request.personal-data-disclosed")
    # when
    office.desk.exports.prepare(request_id, "access", office.call(request_id))
    # then
    [opening] = office.events("request.personal-data-disclosed")[len(before) :]
    assert (opening.actor, opening.purpose) == ("ann", DisclosurePurpose.ANSWERING)
    history = {each.originator_version: each for each in office.desk.repository.events_of(office.case(request_id))}
    sealed = {version for version, event in history.items() if any(sealed_parts(event)) and type(event) not in WITHHELD}
    assert set(opening.versions) == {version for version in sealed if version < opening.originator_version}
    assert office.differences() == []


def test_a_package_that_holds_it_and_all_that_was_found_leaves_nothing_out(office: Office) -> None:
    files = package(office, with_a_file(office))
    assert NOTHING_LEFT_OUT in files["index.html"].decode()
    own_files = office.desk.repository.ropa.current().document.own_files
    searched = {each["system"]: each["result"] for each in json.loads(files["manifest.json"])["searched"]}
    assert searched[own_files] == "found"


def test_nothing_was_left_out_is_not_said_while_another_request_of_the_person_is_on_file(office: Office) -> None:
    ada = Person(name="Ada Lovelace", email="ada@example.org")
    office.arrived(person=ada)
    assert NOTHING_LEFT_OUT not in package(office, with_a_file(office, person=ada))["index.html"].decode()


def test_what_the_team_collected_and_redacted_replaces_it(office: Office) -> None:
    request_id = with_a_file(office)
    own_files = office.desk.repository.ropa.current().document.own_files
    office.collect(request_id, "access", name="file-without-names", system=own_files, provenance=Provenance.OBSERVED)
    files = package(office, request_id)
    assert "data/file-without-names.json" in files
    assert "data/request-file.json" not in files


def test_no_file_gives_away_reasons_that_a_law_forbids_telling(office: Office) -> None:
    # given: a part is refused for reasons that stay on file
    request_id = with_a_file(office)
    secret = refusal(
        ground="national-restriction",
        provision="§ 47 GwG",
        reasons="He is reported under the anti-money-laundering act.",
        facts="The report of 2 March.",
        withheld_under="§ 47(1) GwG",
        extent=("history.reports",),
        in_part=True,
    )
    desk = office.desk.items
    desk.propose_refusal(request_id, "access", office.call(request_id, office.bob), draft=secret)
    desk.decide_refusal(request_id, "access", office.call(request_id), approve=True, reason="")
    # when
    files = package(office, request_id)
    # then
    assert "data/request-file.json" not in files
    assert b"laundering" not in b"".join(files.values())
    assert NOTHING_LEFT_OUT not in files["index.html"].decode()


def test_it_is_left_out_where_the_team_says_why(office: Office) -> None:
    request_id = with_a_file(office)
    own_files = office.desk.repository.ropa.current().document.own_files
    left_out = SystemReport(own_files, SearchResult.LEFT_OUT, reason="It names another customer throughout.")
    office.desk.search_lists.account(request_id, "access", office.call(request_id), reports=[left_out])
    files = package(office, request_id)
    assert "data/request-file.json" not in files
    assert "It names another customer throughout." in files["index.html"].decode()
    assert NOTHING_LEFT_OUT not in files["index.html"].decode()


@pytest.mark.parametrize("right", [Right.PORTABILITY])
def test_portability_does_not_reach_it(office: Office, right: Right) -> None:
    request_id = office.granted(right)
    office.collect(request_id, right.value)
    office.search(request_id, right.value)
    before = office.events("request.personal-data-disclosed")
    office.desk.exports.prepare(request_id, right.value, office.call(request_id))
    assert office.events("request.personal-data-disclosed") == before
