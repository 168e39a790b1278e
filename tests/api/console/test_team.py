"""The team in the console: who is in it, what is done about them, and nobody learns of whom they may not know."""

import re
from html import unescape

from dsr.domain.roles import Role
from tests.api.colleague import signed_in
from tests.api.team import Team


def hidden(text: str) -> dict[str, str]:
    """The hidden fields of the form of a command."""
    return dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', text))


def test_who_may_not_know_the_team_does_not_learn_who_is_there(team: Team) -> None:
    # given
    team.enrol("noah", Role.HANDLER)
    iris = team.enrol("iris", Role.INTAKE)
    # when
    pages = ("/console/staff/{}/do/issue_token", "/console/staff/{}/do/revoke_token", "/console/team/{}")
    none = "00000000-0000-0000-0000-000000000000"
    reads = ("tokens", "sessions", "passkeys", "accounts")
    ends = (f"tokens/{none}/revocation", f"passkeys/{none}/revocation", f"accounts/{none}/unlinking", "sessions/end")
    headers = {"Authorization": f"Bearer {team.token(iris)}"}
    seen = {page: [team.client.get(page.format(who), headers=headers) for who in ("noah", "nobody")] for page in pages}
    for each in reads:
        seen[each] = [team.get(f"/staff/{who}/{each}", iris) for who in ("noah", "nobody")]
    for each in ends:
        seen[each] = [team.post(f"/staff/{who}/{each}", {}, iris, key=f"{each}-{who}") for who in ("noah", "nobody")]
    body = {"name": "nightly-report"}
    seen["token"] = [team.post(f"/staff/{who}/tokens", body, iris, key=who) for who in ("noah", "nobody")]
    # then
    assert {name: [each.status_code for each in two] for name, two in seen.items()} == {
        name: [409, 409] if name == "token" else [403, 403] for name in seen
    }
    # and one's own is there
    assert team.client.get("/console/staff/iris/do/issue_token", headers=headers).status_code == 200


def test_an_operator_works_on_a_member(team: Team) -> None:
    # given
    oona = signed_in(team, "oona", Role.OPERATOR)
    noah = signed_in(team, "noah", Role.HANDLER)
    # when
    assert "/console/team/noah" in oona.open("/console/team").text
    page = oona.open("/console/team/noah").text
    place = "/console/staff/noah/do/complete_training"
    assert place in page
    given = oona.send(place, **hidden(oona.open(place).text), course="gdpr-erasure", completed_on="2026-03-05")
    # then
    assert given.location == "/console/team/noah?done=complete_training"
    assert "gdpr-erasure" in oona.open("/console/team/noah").text
    # and when
    (end,) = re.findall(r'"(/console/staff/noah/do/end_session\?session_id=[^"]+)"', oona.text)
    assert oona.send(end.partition("?")[0], **hidden(oona.open(end).text)).status_code == 303
    # then
    assert noah.open("/console").location == "/sign-in"
    # and the form of the roles begins with what holds
    (roles,) = re.findall(r'"(/console/staff/noah/do/change_roles\?[^"]+)"', oona.open("/console/team/noah").text)
    form = oona.open(unescape(roles)).text
    assert re.findall(r'value="([^"]+)" checked', form) == ["handler", "*"]
    # and a handler sees neither sessions nor commands of others
    hanna = signed_in(team, "hanna", Role.HANDLER)
    page = hanna.open("/console/team/oona").text
    assert "Passkeys" not in page
    assert "/console/staff/oona/do/" not in page


def test_no_member_of_staff_is_offered_the_role_of_the_data_subject(team: Team) -> None:
    # given
    oona = signed_in(team, "oona", Role.OPERATOR)
    team.enrol("noah", Role.HANDLER)
    places = ("/console/do/enrol_staff", "/console/staff/noah/do/change_roles", "/console/staff/oona/do/issue_token")
    for place in places:
        # when
        offered = re.findall(r'name="roles" value="([^"]+)"', oona.open(place).text)
        # then
        assert set(offered) == set(Role) - {Role.DATA_SUBJECT}, place


def test_everybody_chooses_what_they_are_told(team: Team) -> None:
    # given
    carla = signed_in(team, "carla", Role.HANDLER)
    sent = hidden(carla.open("/console/me").text)
    # when
    answer = carla.send("/console/do/change_tellings", **sent, draft="off", date="digest")
    # then
    assert answer.location == "/console/me?done=change_tellings"
    told = carla.ask("GET", "/staff/me/tellings").get_json()
    assert (told["draft"], told["date"], told["task"]) == ("off", "digest", "by-urgency")
    shown = carla.open("/console/me").text
    assert re.search(r'name="draft">(?:(?!</select>).)*value="off" selected', shown)
    # and what harms people can't be turned off
    refused = carla.send("/console/do/change_tellings", **hidden(shown), date="off")
    assert refused.status_code == 409
    assert "can&#39;t be turned off" in refused.text


def test_only_a_second_person_is_offered_to_confirm_a_member(team: Team) -> None:
    # given: an operator gives a data protection officer one more role
    oona, olaf = signed_in(team, "oona", Role.OPERATOR), signed_in(team, "olaf", Role.OPERATOR)
    dora, ines = signed_in(team, "dora", Role.DPO), signed_in(team, "ines", Role.DPO)
    change, confirm = (f"/console/staff/dora/do/{name}" for name in ("change_roles", "confirm_staff"))
    roles = {"roles": ["dpo", "approver"], "controllers": "*"}
    assert oona.send(change, **hidden(oona.open(change).text), **roles).status_code == 303
    dora.sign_in_with_key()
    # when
    pages = {"oona": (oona, 1), "olaf": (olaf, 1), "dora": (dora, 2), "ines": (ines, 2)}
    offered = {
        name: [confirm in who.open(place).text for place in ("/console/team/dora", "/console/approvals")[:number]]
        for name, (who, number) in pages.items()
    }
    # then: neither who asked nor whom it is about
    assert offered == {"oona": [False], "olaf": [True], "dora": [False, False], "ines": [True, True]}
    assert "Yourself: somebody else confirms" in dora.open("/console/approvals").text
    # and that is what the rule says
    refused = {
        name: who.send(confirm, **hidden(who.open(confirm).text)).status_code
        for name, who in (("oona", oona), ("dora", dora), ("ines", ines))
    }
    assert refused == {"oona": 409, "dora": 409, "ines": 303}
