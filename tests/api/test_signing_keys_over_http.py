"""The keys of a controller: published to everybody, replaced by an operator."""

from tests.api.team import Team

PATH = "/controllers/callcentre-de"


def test_public_keys_are_for_everybody_and_the_older_stay(team: Team) -> None:
    made = team.post(f"{PATH}/signing-keys", {}, "operator", key="one")
    assert (made.status_code, made.headers["Location"]) == (201, f"/api/v1{PATH}/jwks.json")
    team.post(f"{PATH}/signing-keys", {}, "operator", key="two")
    answer = team.ask("GET", f"{PATH}/jwks.json", None)
    keys = answer.get_json()["keys"]
    assert (answer.status_code, answer.headers["Cache-Control"]) == (200, "public, max-age=300")
    assert [each["retired_at"] is None for each in keys] == [True, False]
    assert keys[1]["kid"] == made.get_json()["kid"]
    assert all("d" not in each for each in keys)
    team.refused(team.post(f"{PATH}/signing-keys", {}, "handler", key="three"), 403, "forbidden")
    team.refused(team.ask("GET", "/controllers/nobody/jwks.json", None), 404, "path-controller-unknown")
