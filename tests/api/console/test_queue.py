"""The queue: saved filters, many cases at once, and why a date is the one that it is."""

import re
from typing import Any

from dsr.domain.roles import Role
from tests.api.colleague import Colleague, signed_in
from tests.api.team import Case, Team

QUEUE = "/console/queue"


def tick(who: Colleague, *cases: Case, version: int | None = None) -> list[str]:
    """What the boxes of these cases send."""
    found = dict(re.findall(r'name="case" value="([0-9a-f-]{36}):(\d+)"', who.open(f"{QUEUE}?status=open").text))
    return [f"{each.id}:{version or found[each.id]}" for each in cases]


def results(shown: str) -> dict[str, str]:
    """What happened, by case."""
    rows = re.findall(r'<a class="row" href="/console/cases/([0-9a-f-]+)">.*?<td>(.*?)</td>', shown, re.DOTALL)
    return {id_: " ".join(re.sub("<[^>]*>", " ", said).split()) for id_, said in rows}


def test_a_filter_is_saved_under_a_name_and_deleted(team: Team) -> None:
    # given
    carla, dora = signed_in(team, "carla", Role.HANDLER), signed_in(team, "dora", Role.HANDLER)
    case, other = team.registered("access"), team.registered("erasure")
    carla.open(f"{QUEUE}?right=erasure&order=desc")
    # when
    asked = {"query": "right=erasure&order=desc", "shared": "true"}
    saved = carla.send(f"{QUEUE}/filters", name="All erasures", key="1", **asked)
    # then: it is a link for everybody, and one's own to delete
    assert saved.location == f"{QUEUE}?right=erasure&order=desc"
    for who in (carla, dora):
        shown = who.open(QUEUE).text
        [(link, words)] = re.findall(r'<a class="saved" href="([^"]+)">([^<]+)<', shown)
        assert words == "All erasures"
        assert ("/deletion" in shown) == (who is carla)
        found = who.open(link.replace("&amp;", "&")).text
        assert other.id in found
        assert case.id not in found
    # when: a name that is taken, one that looks like an address, and a filter that is none
    carla.open(f"{QUEUE}?right=erasure")
    taken = carla.send(f"{QUEUE}/filters", name="All erasures", key="2", **asked)
    assert taken.status_code == 409
    assert 'value="All erasures"' in taken.text
    assert carla.send(f"{QUEUE}/filters", name="ada@example.org", key="3", **asked).status_code == 422
    assert carla.send(f"{QUEUE}/filters", name="Odd", key="4", query="clock=broken").status_code == 422
    # then
    [one] = team.get("/saved-filters").get_json()["items"]
    by_id = f"{QUEUE}?filter={one['filter_id']}"
    assert carla.open(by_id).location == f"{QUEUE}?right=erasure&order=desc"
    assert carla.open(f"{by_id}&order=asc").location == f"{QUEUE}?right=erasure&order=asc"
    # and a file holds the cases of the filter alone
    assert carla.open(f"{QUEUE}.csv?filter={one['filter_id']}").text.count("DSR-") == 1
    assert carla.open(f"{QUEUE}.csv?filter={other.id}").status_code == 404
    dora.open(QUEUE)
    assert dora.send(f"{QUEUE}/filters/{one['filter_id']}/deletion").status_code == 403
    carla.open(QUEUE)
    assert carla.send(f"{QUEUE}/filters/{one['filter_id']}/deletion").location == QUEUE
    assert team.get("/saved-filters").get_json()["items"] == []


def test_many_cases_are_assigned_and_the_answer_says_what_not_and_why(team: Team) -> None:
    # given
    carla = signed_in(team, "carla", Role.HANDLER)
    first, second, stale = (team.registered("access") for _ in range(3))
    boxes = [*tick(carla, first, second), *tick(carla, stale, version=1)]
    form: dict[str, Any] = {"assignee": "carla", "case": boxes, "query": "status=open", "key": "one"}
    # when
    answer = carla.send(f"{QUEUE}/assignments", **form)
    # then
    told = results(answer.text)
    assert told[first.id] == told[second.id] == "✓ Assigned to carla"
    assert told[stale.id].startswith("! Not done")
    assert "Done for 2 of 3" in answer.text
    assert 'href="/console/queue?status=open"' in answer.text
    assert [team.get(f"/requests/{each.id}").get_json()["assignee"] for each in (first, second, stale)] == [
        "carla",
        "carla",
        None,
    ]
    # when: it is sent again, without a tick, to nobody, and about cases that are still open
    assert results(carla.send(f"{QUEUE}/assignments", **form).text) == told
    assert "Nothing was ticked" in carla.send(f"{QUEUE}/assignments", assignee="carla", key="two").text
    wrong: tuple[dict[str, Any], ...] = ({"assignee": ""}, {"case": [f"{first.id}:{'9' * 5000}"]}, {"case": boxes * 99})
    for key, said in enumerate(wrong):
        assert carla.send(f"{QUEUE}/assignments", **form | said | {"key": f"wrong-{key}"}).status_code == 422
    refused = carla.send(f"{QUEUE}/forgettings", case=tick(carla, first), ground="period", reasons="", key="four")
    # then
    assert results(refused.text)[first.id].startswith("! Not done")


def test_each_date_says_why(team: Team) -> None:
    # given: a controller whose privacy notice promises an answer earlier than the law
    carla = signed_in(team, "carla", Role.HANDLER)
    row = team.get(f"/requests/{team.registered('access').id}").get_json()
    # when
    shown = " ".join(re.sub("<[^>]*>", " ", carla.open(QUEUE).text).split())
    # then
    assert (row["received_on"], row["statutory_due"]) == ("2026-03-05", "2026-04-07")
    assert "Arrived on 5 Mar 2026 " in shown
    assert "<kbd>x</kbd> ticks" in carla.text
    assert "By law: 7 Apr 2026 (GDPR Art. 12(3))." in shown


def test_the_address_finds_a_reference_and_a_list_refuses_what_it_does_not_know(team: Team) -> None:
    # given
    carla, case = signed_in(team, "carla", Role.HANDLER), team.registered("access")
    reference = team.get(f"/requests/{case.id}").get_json()["reference"]
    # when
    found = carla.open(f"{QUEUE}?reference={reference.lower()}")
    unknown = carla.open(f"{QUEUE}?reference=DSR-2222-2222")
    # then
    assert found.location == f"/console/cases/{case.id}"
    assert unknown.status_code == 404
    assert carla.open(f"{QUEUE}?reference={reference}&status=open").status_code == 422
    assert reference in carla.open(f"{QUEUE}.csv?reference={reference}").text
    # and
    for page, known in (("quarantine", "?status=discarded"), ("matters", "?status=closed"), ("letters", "?state=sent")):
        refused = carla.open(f"/console/{page}?status=nonsense&state=nonsense")
        assert refused.status_code == 422
        assert "Choose a filter above" in refused.text
        assert known in refused.text
        assert carla.open(f"/console/{page}{known}").status_code == 200
