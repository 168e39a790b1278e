"""Finishing an item over HTTP: one call instead of four, with what is missing where it stops (GDPR Art. 15(3))."""

from tests.api.team import Team


def test_an_item_is_finished_by_one_call_that_shows_link_and_password(team: Team) -> None:
    # given
    case = team.collected()
    team.search(case, "access")
    # when
    shown = team.done(case, "items/access/finish", {"account": "Copied from the CRM."}, key="finish-1")
    # then
    assert [each["state"] for each in shown["steps"]] == ["not-needed", *["done"] * 4]
    assert shown["refusal"] is None
    assert "/x#" in shown["url"]
    assert len(shown["password"]) >= 8
    assert [*shown["letters"][0]] == ["dispatch_id", "missing"]


def test_what_can_not_be_completed_is_refused_by_the_guard_of_its_completion(team: Team) -> None:
    case = team.granted("access")
    response = team.command(case, "items/access/finish", {"account": "Copied."}, key="finish-1")
    team.refused(response, 409, "systems-unsearched")
