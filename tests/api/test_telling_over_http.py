"""When a member of staff is told of what, over HTTP."""

from tests.api.team import Team


def test_what_is_chosen_is_shown_and_other_kinds_stay(team: Team) -> None:
    before = team.get("/staff/me/tellings").get_json()
    assert set(before.values()) == {"by-urgency"}
    chosen = team.post("/staff/me/tellings", {"message": "at-once", "task": "off"}).get_json()
    assert chosen == before | {"message": "at-once", "task": "off"}
    assert team.get("/staff/me/tellings").get_json() == chosen
    assert team.get("/staff/me/tellings", "approver").get_json() == before


def test_dates_can_not_be_turned_off_over_http(team: Team) -> None:
    team.refused(team.post("/staff/me/tellings", {"date": "off"}), 409, "telling-needed")
    team.refused(team.post("/staff/me/tellings", {"weather": "off"}), 422, "input-invalid")
