"""What is told beside a copy: shown before it leaves, corrected, and opened on record only (GDPR Art. 15(1), (2))."""

import io
import json
import zipfile
from typing import Any
from uuid import UUID

import pytest

from dsr.desk.access_information import InformationShown, PointShown
from dsr.desk.caller import Call
from dsr.domain.export import ExportOutdated, ExportWithheld
from dsr.domain.request.access_information import InformationNotCorrected
from dsr.domain.request.errors import ItemOfOtherRight
from dsr.domain.request.information_point import InformationPoint
from dsr.domain.request.values import DisclosurePurpose
from dsr.domain.rights import Right
from dsr.domain.sealed import KeyDestroyed
from tests.desk.office import Office

NETWORK = "203.0.113.77"
SOURCE, COMPLAINT = InformationPoint.SOURCE, InformationPoint.COMPLAINT
CANARY = "CANARY-CORRECTION From your sister Dora."
ANSWERING = DisclosurePurpose.ANSWERING


def correct(office: Office, request_id: UUID, point: InformationPoint = SOURCE, text: str = CANARY, **on: str) -> None:
    item_id = on.get("item_id", "access")
    office.desk.access_information.correct(request_id, item_id, office.call(request_id), point=point, text=text)


def shown(office: Office, request_id: UUID, item_id: str = "access") -> InformationShown:
    found: InformationShown = office.desk.access_information.show(request_id, item_id, office.ann)
    return found


def opened(office: Office, request_id: UUID, call: Call | None = None) -> InformationShown:
    found: InformationShown = office.desk.access_information.open(
        request_id, "access", call or office.call(request_id), purpose=ANSWERING
    )
    return found


def of(information: InformationShown, point: InformationPoint) -> PointShown:
    return next(each for each in information.points if each.point is point)


def prepared(office: Office, request_id: UUID, item_id: str = "access") -> UUID:
    office.search(request_id, item_id)
    return UUID(office.desk.exports.prepare(request_id, item_id, office.call(request_id)).resource_id)


def package(office: Office, export_id: UUID) -> dict[str, bytes]:
    """What the person gets."""
    link = office.desk.exports.link(office.desk.exports.offer(export_id, Call(office.ann)))
    session = office.desk.exports.redeem(link.token, link.password, network=NETWORK)
    content = b"".join(office.desk.exports.download(session.secret, network=NETWORK))
    archive = zipfile.ZipFile(io.BytesIO(content))
    return {name: archive.read(name) for name in archive.namelist()}


def told(files: dict[str, bytes]) -> dict[str, list[str]]:
    return {each["point"]: each["statements"] for each in json.loads(files["information.json"])["points"]}


def with_data(office: Office, *rights: Right, **facts: Any) -> UUID:
    request_id: UUID = office.granted(*rights, **facts)
    for right in rights:
        office.collect(request_id, right.value)
    return request_id


def test_a_reading_shows_every_point_in_the_language_of_the_subject_and_records_nothing(office: Office) -> None:
    request_id = office.registered(Right.ACCESS, language="de")
    before = office.names()
    found = shown(office, request_id)
    assert (found.language, found.is_fallback, found.controller_id) == ("de", False, "callcentre-de")
    assert [each.point for each in found.points] == list(InformationPoint)
    assert all(each.statements == each.of_record and not each.corrected for each in found.points)
    assert of(found, COMPLAINT).title == "Wo Sie sich beschweren können"
    assert office.names() == before


def test_what_is_shown_is_what_the_package_says(office: Office) -> None:
    # given
    request_id = with_data(office, Right.ACCESS)
    correct(office, request_id)
    correct(office, request_id, COMPLAINT, "You may also write to our DPO.")
    # when
    found = opened(office, request_id)
    # then
    files = package(office, prepared(office, request_id))
    assert told(files) == {each.point: list(each.statements or ()) for each in found.points}
    assert told(files)["source"] == [CANARY]
    assert CANARY in files["index.html"].decode()
    assert office.differences() == []


def test_a_correction_leaves_the_authority_in_the_answer(office: Office) -> None:
    request_id = with_data(office, Right.ACCESS)
    correct(office, request_id, COMPLAINT, "Nobody is in charge of us.")
    of_record = of(shown(office, request_id), COMPLAINT).of_record
    assert any("Berlin" in line for line in of_record)
    said = told(package(office, prepared(office, request_id)))["complaint"]
    assert said == [*of_record, "Nobody is in charge of us."]


def test_a_reading_opens_no_correction(office: Office) -> None:
    request_id = office.registered(Right.ACCESS)
    correct(office, request_id)
    found = shown(office, request_id)
    point = of(found, SOURCE)
    assert (point.corrected, point.statements, point.correction_version) == (True, None, found.version)
    assert point.of_record
    assert CANARY not in repr(found)
    everything = office.everything()
    assert not any(CANARY in row for rows in everything.values() for row in rows)


def test_an_opening_is_recorded_before_it_is_shown(office: Office) -> None:
    # given
    request_id = office.registered(Right.ACCESS)
    correct(office, request_id)
    correct(office, request_id, InformationPoint.RETENTION, "Until the end of your contract.")
    versions = {each.correction_version for each in shown(office, request_id).points} - {None}
    # when
    found = opened(office, request_id)
    # then
    assert of(found, SOURCE).statements == (CANARY,)
    assert found.version == office.case(request_id).version
    [event] = office.events("request.personal-data-disclosed")
    assert (event.purpose, set(event.versions), event.actor) == (ANSWERING, versions, "ann")


def test_an_opening_repeated_under_one_key_shows_what_it_opened_and_nothing_newer(office: Office) -> None:
    # given
    request_id = office.registered(Right.ACCESS)
    correct(office, request_id)
    call = office.call(request_id, key=office.key())
    first = opened(office, request_id, call)
    # when
    correct(office, request_id, text="From the directory.")
    office.desk.access_information.withdraw_correction(request_id, "access", office.call(request_id), point=SOURCE)
    # then
    assert opened(office, request_id, call) == first
    assert office.names().count("request.personal-data-disclosed") == 1


def test_where_nothing_is_sealed_nothing_is_opened(office: Office) -> None:
    request_id = office.registered(Right.ACCESS)
    with pytest.raises(InformationNotCorrected):
        opened(office, request_id)
    assert "request.personal-data-disclosed" not in office.names()


def test_what_was_forgotten_is_neither_shown_nor_put_into_a_package(office: Office) -> None:
    # given
    request_id = with_data(office, Right.ACCESS)
    correct(office, request_id)
    office.desk.repository.keystore.destroy([office.case(request_id).keys["case-file"]])
    # when, then
    with pytest.raises(KeyDestroyed):
        opened(office, request_id)
    assert "request.personal-data-disclosed" not in office.names()
    with pytest.raises(KeyDestroyed):
        prepared(office, request_id)
    assert of(shown(office, request_id), SOURCE).corrected


@pytest.mark.parametrize("right", [Right.PORTABILITY, Right.ERASURE])
def test_only_of_access_is_it_shown(office: Office, right: Right) -> None:
    request_id = office.registered(Right.ACCESS, right)
    with pytest.raises(ItemOfOtherRight):
        shown(office, request_id, right.value)
    with pytest.raises(ItemOfOtherRight):
        office.desk.access_information.open(request_id, right.value, office.call(request_id), purpose=ANSWERING)


# Packages ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("item_id", ["access", "portability"])
@pytest.mark.parametrize("change", ["correct", "withdraw"])
def test_a_package_that_was_built_before_a_correction_changed_does_not_leave(
    office: Office, item_id: str, change: str
) -> None:
    # given
    request_id = with_data(office, Right.ACCESS, Right.PORTABILITY)
    correct(office, request_id, text="From the directory.")
    export_id = prepared(office, request_id, item_id)
    link = office.desk.exports.link(office.desk.exports.offer(export_id, Call(office.ann)))
    # when: within the same instant, which a clock does not tell apart
    if change == "correct":
        correct(office, request_id)
    else:
        office.desk.access_information.withdraw_correction(request_id, "access", office.call(request_id), point=SOURCE)
    # then
    with pytest.raises(ExportWithheld):
        office.desk.exports.redeem(link.token, link.password, network=NETWORK)
    with pytest.raises(ExportOutdated):
        office.desk.exports.offer(export_id, Call(office.ann))
    page = package(office, prepared(office, request_id, item_id))["index.html"].decode()
    assert "From the directory." not in page
    assert (CANARY in page) == (change == "correct")


def test_a_correction_leaves_the_packages_of_another_controller_alone(office: Office) -> None:
    # given
    request_id = office.arrived()
    both = ("callcentre-de", "callcentre-fr")
    office.desk.triage.register(request_id, office.call(request_id), rights=(Right.ACCESS,), controllers=both)
    for item_id in ("access", "access-2"):
        office.desk.items.grant(request_id, item_id, office.call(request_id))
        office.collect(request_id, item_id)
    french = prepared(office, request_id, "access-2")
    # when
    correct(office, request_id)
    # then
    assert CANARY not in package(office, french)["index.html"].decode()
    assert CANARY not in package(office, prepared(office, request_id, "access-2"))["index.html"].decode()
    assert CANARY in package(office, prepared(office, request_id))["index.html"].decode()
