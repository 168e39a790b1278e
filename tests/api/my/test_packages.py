"""A package that waits, opened at /my: the code stands for the link, the password is asked for all the same."""

import dataclasses
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import uuid4

import pytest

from dsr.domain.export import MAX_WRONG_SECRETS
from tests.api.my.texts import pages_in
from tests.api.team import Team
from tests.settable_clock import SettableClock

WORDS = pages_in("en")


@pytest.fixture(params=["sqlite", "postgresql"])
def backend(request: pytest.FixtureRequest) -> str:
    """Who opens a package is decided by who writes first: on both."""
    return str(request.param)


@pytest.fixture
def signed_in(person: Any, reference: Any, offered: Any) -> Any:
    """The person whose package waits."""
    person.shown = person.sign_in(reference(offered.case))
    return person


def happened(team: Team) -> list[str]:
    """What became of packages, with the network that it was done from."""
    events = [each.event for each in team.service.log.read() if each.name.startswith("dsr.export.")]
    return [f"{type(each).__name__} {getattr(each, 'network', '')}".strip() for each in events]


def test_a_package_that_waits_is_shown_without_its_secrets(signed_in: Any, offered: Any) -> None:
    shown = signed_in.shown.text
    assert WORDS["package.title"] in shown
    assert WORDS["package.signed_in"] in shown
    assert offered.token not in shown
    assert offered.password not in shown


def test_whoever_is_signed_in_downloads_with_the_password_alone(team: Team, signed_in: Any, offered: Any) -> None:
    # when
    opened = signed_in.send("/my/package", package=offered.export_id, password=offered.password.lower())
    # then
    assert (opened.status_code, opened.headers["Location"]) == (303, offered.page)
    shown = signed_in.open(offered.page).text
    assert WORDS["download.title"] in shown
    assert "5 March 2026, 11:00" in shown, "an hour, in the time of the controller"
    assert f'href="{offered.page}/package" download' in shown
    package = signed_in.client.get(f"{offered.page}/package", environ_base={"REMOTE_ADDR": signed_in.address})
    assert package.mimetype == "application/zip"
    assert package.data.startswith(b"PK")
    assert happened(team) == [
        "ExportPrepared",
        "ExportOffered",
        "ExportRedeemed 192.0.2.0/24",
        "ExportDownloaded 192.0.2.0/24",
        "ExportSent",
    ]


def test_a_download_goes_on_where_it_broke_off(team: Team, signed_in: Any, offered: Any) -> None:
    signed_in.send("/my/package", package=offered.export_id, password=offered.password)
    place = f"{offered.page}/package"
    whole = signed_in.client.get(place)
    size = len(whole.data)
    asked = {"Range": f"bytes={size // 2}-", "If-Range": whole.headers["ETag"]}
    rest = signed_in.client.get(place, headers=asked)
    assert (rest.status_code, rest.data) == (206, whole.data[size // 2 :])
    beyond = signed_in.client.get(place, headers={"Range": f"bytes={size}-"})
    assert (beyond.status_code, beyond.headers["Content-Range"]) == (416, f"bytes */{size}")
    assert beyond.mimetype == "text/html"
    [_, second] = team.events("export.downloaded")
    assert (second.first_byte, second.last_byte) == (size // 2, size - 1), "on record, as far as it was asked for"


def test_the_cookie_of_a_package_goes_to_its_page_alone(signed_in: Any, offered: Any) -> None:
    opened = signed_in.send("/my/package", package=offered.export_id, password=offered.password)
    [cookie] = [each for each in opened.headers.getlist("Set-Cookie") if each.startswith("dsr_package=")]
    assert {"HttpOnly", "SameSite=Strict", f"Path={offered.page}"} <= set(cookie.split("; "))


@pytest.mark.parametrize("place", ["", "/package"])
def test_a_session_leads_to_its_own_package_alone(team: Team, signed_in: Any, offered: Any, place: str) -> None:
    signed_in.send("/my/package", package=offered.export_id, password=offered.password)
    secret = signed_in.client.get_cookie("dsr_package", path=offered.page).value
    other = f"/x/{uuid4()}"
    signed_in.client.set_cookie("dsr_package", secret, path=other)
    assert signed_in.client.get(f"{other}{place}").status_code == 410
    assert signed_in.client.get(f"{offered.page}{place}").status_code == 200
    assert happened(team).count("ExportDownloaded 127.0.0.0/24") == (place != "")


def test_whoever_downloads_twice_already_is_told_to_wait(signed_in: Any, offered: Any) -> None:
    signed_in.send("/my/package", package=offered.export_id, password=offered.password)
    under_way = [signed_in.client.get(f"{offered.page}/package") for _ in range(2)]
    refused = signed_in.open(f"{offered.page}/package")
    assert (refused.status_code, refused.mimetype) == (429, "text/html")
    assert WORDS["download.busy"] in refused.text
    assert int(refused.headers["Retry-After"]) > 0
    for each in under_way:
        each.close()
    assert signed_in.open(f"{offered.page}/package").status_code == 200


def test_all_who_come_by_link_and_by_code_at_once_share_one_hour(
    team: Team, make_person: Any, reference: Any, offered: Any
) -> None:
    # given
    comers = [make_person(address=f"198.51.{number}.7") for number in range(6)]
    told = reference(offered.case)
    for comer in comers[:3]:
        comer.sign_in(told)
    for comer in comers[3:]:
        comer.open("/x")

    # when
    def come(comer: Any) -> Any:
        secrets = {"password": offered.password}
        if comer in comers[:3]:
            return comer.send("/my/package", package=offered.export_id, **secrets)
        return comer.send("/x", token=offered.token, **secrets)

    with ThreadPoolExecutor(len(comers)) as threads:
        answers = list(threads.map(come, comers))
    # then
    assert [each.status_code for each in answers] == [303] * len(comers)
    assert len({each.session_ends_at for each in team.events("export.redeemed")}) == 1


def test_wrong_secrets_count_together_whichever_way_they_come(signed_in: Any, make_person: Any, offered: Any) -> None:
    for _ in range(MAX_WRONG_SECRETS - 1):
        wrong = signed_in.send("/my/package", package=offered.export_id, password="2222-2222")
        assert wrong.status_code == 403
        assert WORDS["package.wrong"] in wrong.text
        assert 'name="password"' in wrong.text, "asked for again"
    last = make_person().open_link(offered, password="2222-2222")
    assert (last.status_code, WORDS["package.locked"] in last.text) == (410, True)
    right = signed_in.send("/my/package", package=offered.export_id, password=offered.password)
    assert (right.status_code, WORDS["package.locked"] in right.text) == (410, True)
    assert 'name="password"' not in right.text


def test_the_package_of_another_request_is_none(team: Team, make_person: Any, reference: Any, offered: Any) -> None:
    other = make_person(address="203.0.113.9")
    other.sign_in(reference(team.arrived()))
    before = happened(team)
    for export_id in (offered.export_id, str(uuid4()), "no id", ""):
        answer = other.send("/my/package", package=export_id, password=offered.password)
        assert (answer.status_code, WORDS["package.unknown"] in answer.text) == (404, True), export_id
    assert happened(team) == before


def test_a_package_that_was_never_offered_is_not_opened(team: Team, person: Any, reference: Any) -> None:
    case = team.collected()
    team.search(case, "access")
    made = team.done(case, "items/access/export", {}, key="1")
    assert WORDS["package.title"] not in person.sign_in(reference(case)).text
    answer = person.send("/my/package", package=made["export_id"], password="2222-2222")
    assert answer.status_code == 404


def test_while_the_case_forbids_it_nothing_is_handed_over_and_the_link_is_not_used_up(
    team: Team, signed_in: Any, offered: Any
) -> None:
    # given
    offered.case.etag = team.get(f"/requests/{offered.case.id}").headers["ETag"]
    team.done(offered.case, "identity-question", {"doubt": "Another address.", "method": "call-back"})
    # when, then
    secrets = {"package": offered.export_id, "password": offered.password}
    withheld = signed_in.send("/my/package", **secrets)
    assert (withheld.status_code, WORDS["package.withheld"] in withheld.text) == (409, True)
    team.done(offered.case, "identity-evidence", {"evidence": "Contract number 7."})
    team.done(offered.case, "identity-confirmation", {"method": "known-facts", "assurance": "low"})
    assert signed_in.send("/my/package", **secrets).status_code == 303


def test_an_opened_package_is_found_again_until_its_hour_is_over(
    signed_in: Any, offered: Any, clock: SettableClock
) -> None:
    signed_in.send("/my/package", package=offered.export_id, password=offered.password)
    shown = signed_in.open("/my/request").text
    assert f'href="{offered.page}"' in shown
    assert WORDS["package.reopen"] in shown
    clock.advance(minutes=59)
    assert signed_in.open(offered.page).status_code == 200
    clock.advance(minutes=1)
    for path in (offered.page, f"{offered.page}/package"):
        over = signed_in.open(path)
        assert (over.status_code, over.mimetype) == (410, "text/html")
        assert WORDS["download.over"] in over.text


def test_without_its_cookie_a_package_has_no_page(make_person: Any, signed_in: Any, offered: Any) -> None:
    signed_in.send("/my/package", package=offered.export_id, password=offered.password)
    stranger = make_person()
    for path in (offered.page, f"{offered.page}/package"):
        assert stranger.open(path).status_code == 410


def test_tries_are_limited_for_each_network_on_both_ways_together(make_person: Any, offered: Any) -> None:
    from dsr.desk.attempts import ATTEMPTS_A_MINUTE

    person = make_person(address="198.51.100.4")
    for number in range(ATTEMPTS_A_MINUTE):
        assert person.open_link(offered, token=f"dsrx_{number}").status_code == 404
    limited = person.open_link(offered)
    assert (limited.status_code, WORDS["error.limit"] in limited.text) == (429, True)
    assert 1 <= int(limited.headers["Retry-After"]) <= 60
    assert make_person(address="203.0.113.5").open_link(offered).status_code == 303


def test_whoever_closed_the_browser_before_the_download_opens_the_package_in_another(
    make_person: Any, reference: Any, offered: Any
) -> None:
    """Opening used up the link once, though nothing was downloaded."""
    phone = make_person(address="203.0.113.9")
    phone.open_link(offered)
    computer = make_person(address="203.0.113.9")
    assert 'name="password"' in computer.sign_in(reference(offered.case)).text
    opened = computer.send("/my/package", package=offered.export_id, password=offered.password)
    assert opened.status_code == 303
    assert computer.open(f"{offered.page}/package").data.startswith(b"PK")


def test_a_person_asks_for_a_new_link_which_the_team_grants(team: Team, signed_in: Any, offered: Any) -> None:
    # given
    signed_in.send("/my/package", package=offered.export_id, password=offered.password)
    still = signed_in.send("/my/package/link", package=offered.export_id)
    assert still.headers["Location"] == "/my/request?done=still"
    assert signed_in.open(f"{offered.page}/package").data.startswith(b"PK")
    assert WORDS["package.ask"] in signed_in.open("/my/request").text
    # when
    asked = signed_in.send("/my/package/link", package=offered.export_id)
    # then
    assert asked.headers["Location"] == "/my/request?done=link"
    shown = signed_in.open("/my/request").text
    assert (WORDS["package.asked"] in shown, WORDS["package.ask"] in shown) == (True, False)
    [waits] = team.get("/reports/link-requests").get_json()["items"]
    assert (waits["export_id"], waits["granted_at"]) == (offered.export_id, None)
    package = team.get(f"/exports/{offered.export_id}")
    place = f"/exports/{offered.export_id}/link/renewal"
    assert team.post(place, {}, if_match=package.headers["ETag"], key="renew").status_code == 200
    assert team.get("/reports/link-requests").get_json()["items"] == []
    opened = signed_in.send("/my/package", package=offered.export_id, password=offered.password)
    assert opened.status_code == 303


def test_where_a_setting_says_so_a_new_link_works_at_once_and_is_on_record(
    team: Team, signed_in: Any, offered: Any
) -> None:
    # given
    desk = team.service.desk
    desk.exports = dataclasses.replace(desk.exports, new_link_at_once=True)
    signed_in.send("/my/package", package=offered.export_id, password=offered.password)
    assert signed_in.open(f"{offered.page}/package").data
    # when
    asked = signed_in.send("/my/package/link", package=offered.export_id)
    # then
    assert asked.headers["Location"] == "/my/request?done=new-link"
    assert WORDS["package.granted"] in signed_in.open("/my/request?done=new-link").text
    opened = signed_in.send("/my/package", package=offered.export_id, password=offered.password)
    assert opened.status_code == 303
    names = [each.name for each in team.service.log.read()][-4:]
    assert names[:3] == ["dsr.request.link-requested", "dsr.request.package-offered", "dsr.export.renewed"]
    [requested] = team.events("request.link-requested")
    assert requested.actor == "data-subject"
