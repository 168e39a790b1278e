"""Finding the cases of a person who rings: by address, name or number, never in an address of a page."""

from dsr.domain.roles import Role
from tests.api.colleague import Colleague, signed_in
from tests.api.console.test_triage import hidden
from tests.api.team import Team


def found_by(who: Colleague, kind: str, value: str) -> str:
    """The page that answers."""
    fields = hidden(who.open("/console/find").text, "/console/find")
    return who.send("/console/find", **fields, kind=kind, value=value).text


def test_a_person_is_found_by_address_and_by_name(team: Team) -> None:
    # given
    case, carla = team.mailed(), signed_in(team, "carla", Role.HANDLER)
    reference = team.get(f"/requests/{case.id}").get_json()["reference"]
    # then
    assert reference in found_by(carla, "email", "ADA@example.org")
    assert reference in found_by(carla, "name", "ada")
    # and nobody else
    assert reference not in found_by(carla, "email", "grace@example.org")


def test_words_that_are_no_address_are_not_looked_for(team: Team) -> None:
    carla = signed_in(team, "carla", Role.HANDLER)
    shown = found_by(carla, "email", "Ada")
    assert "This finds nobody." in shown
    assert 'value="Ada"' in shown


def test_a_name_in_the_field_of_references_leads_to_the_page_for_people(team: Team) -> None:
    carla, ada = signed_in(team, "carla", Role.HANDLER), signed_in(team, "auditor", Role.AUDITOR)
    assert 'href="/console/find"' in carla.open("/console/queue?look=Ada+Lovelace").text
    # an auditor finds a case by its reference alone
    assert 'href="/console/find"' not in ada.open("/console/queue?look=Ada+Lovelace").text
    assert ada.open("/console/find").status_code == 403
