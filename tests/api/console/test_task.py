"""The owner of a system answers by a link that opens once, for one system of one item, without an account."""

import io
import re
from uuid import UUID

from werkzeug.test import TestResponse

from dsr.api.arriving import MOST_BODY
from dsr.api.context import LARGE_FORMS
from dsr.api.cookies import TASK
from dsr.domain.roles import Role
from tests.api.colleague import signed_in
from tests.api.my.conftest import Person
from tests.api.team import Case, Team

LOOK_FOR = "Ada Lovelace, customer 4711, since 2024. <b>\u202e"


class Owner(Person):
    """Somebody who knows a system and has no account."""

    def open_task(self, token: str) -> TestResponse:
        self.open("/console/task")
        return self.send("/console/task", token=token)

    def answer(self, place: str, form: str, **typed: object) -> TestResponse:
        shown = self.open(place).text
        sent = dict(re.findall(r'<input type="hidden" name="(form_token)" value="([^"]*)">', shown))
        return self.send(f"{place}/{form}", **sent | typed)


def asked(team: Team, case: Case, item: str, system: str = "crm") -> str:
    """The secret of a new link for the owner of a system."""
    body = {"system": system, "look_for": LOOK_FOR}
    case.etag = team.get(f"/requests/{case.id}").headers["ETag"]
    answer = team.post(
        f"/requests/{case.id}/items/{item}/search/links",
        body,
        "handler",
        key=f"{item}-{system}-{case.etag}",
        if_match=case.etag,
    )
    assert answer.status_code == 201, answer.text
    return str(answer.get_json()["token"])


def searched(team: Team, case: Case, item: str) -> dict[str, tuple[str | None, str | None]]:
    found = team.get(f"/requests/{case.id}/items/{item}/search").get_json()["systems"]
    return {each["system"]: (each["result"], each["by"]) for each in found}


def test_an_owner_reads_what_to_look_for_once_and_answers(team: Team) -> None:
    # given
    case = team.registered("access", "erasure")
    team.done(case, "items/access/grant", {})
    token = asked(team, case, "access")
    owner, thief = Owner(team), Owner(team, address="198.51.100.9")
    # when it is opened, then once and on record, before anything is shown
    assert LOOK_FOR.partition(",")[0] not in owner.open("/console/task").text
    place = owner.open_task(token).location
    page = owner.open(place).text
    assert "Ada Lovelace, customer 4711, since 2024. &lt;b&gt;" in page
    opened = team.events("request.personal-data-disclosed")[-1]
    assert (opened.actor, opened.credential, opened.purpose) == (
        "owner:crm",
        f"search-link:{place.rpartition('/')[2]}",
        "assessment",
    )
    assert thief.open_task(token).status_code == 404
    assert thief.open(place).status_code == 404
    # and when the owner hands in a document, and says that this is all
    typed = {
        "kind": "file",
        "purpose": "to invoice your orders",
        "provenance": "observed",
        "description": "An invoice.",
    }
    owner.language = "de"
    refused = owner.answer(place, "data", **typed | {"purpose": "Kept for you."}, file=(io.BytesIO(b""), "nothing.pdf"))
    owner.language = "en"
    assert refused.status_code == 413
    assert "Eine Datei hat mindestens ein Byte" in refused.text
    assert 'value="Kept for you."' in refused.text
    # what was not chosen is not guessed, and what is too long is not cut
    for wrong in ({"provenance": ""}, {"kind": "other"}, {"description": "x" * 2_001}, {"purpose": "x" * 501}):
        unclear = owner.answer(place, "data", **typed | wrong, file=(io.BytesIO(b"%PDF-1.4 invoice"), "invoice.pdf"))
        assert (unclear.status_code, "Look again at" in unclear.text) == (422, True), wrong
    for answer in ({}, {"result": "left-out"}, {"result": "nothing", "identifiers": "x" * 2_001}):
        assert owner.answer(place, "result", **answer).status_code == 422
    assert searched(team, case, "access")["crm"] == (None, None)
    given = owner.answer(place, "data", **typed, file=(io.BytesIO(b"%PDF-1.4 invoice"), "invoice.pdf"))
    assert given.location == f"{place}?done=1", given.text
    # and while another large file of the same link arrives, one more waits, so that no link holds up the service
    end = team.app.extensions[LARGE_FORMS].begin(UUID(place.rpartition("/")[2]))
    large = owner.answer(place, "data", **typed, file=(io.BytesIO(b"%PDF-1.4" + b" " * MOST_BODY), "invoice.pdf"))
    assert (large.status_code, "Too many files arrive at once." in large.text) == (503, True)
    end()
    # and the page says what is left to do: nothing was found is no answer any more
    shown = owner.open(f"{place}?done=1").text
    assert ("crm-1" in shown, "say below that this is all" in shown) == (True, True)
    assert ("That is all the system holds" in shown, "The system holds nothing" in shown) == (True, False)
    ended = owner.answer(place, "result", result="found")
    assert (ended.status_code, ended.location) == (303, f"{place}?done=1")
    shown = owner.open(f"{place}?done=1").text
    assert ("Nothing more is needed from you." in shown, "That is all the system holds" in shown) == (True, False)
    # then it counts for this system of this item alone, whatever else a form names
    assert searched(team, case, "access")["crm"] == ("found", "owner:crm")
    attached = team.get(f"/requests/{case.id}/items/access/attachments").get_json()["items"]
    assert [(each["system"], each["name"]) for each in attached] == [("crm", "crm-1.pdf")]
    owner.answer(place, "result", result="nothing", identifiers="Ada", system="recordings", item_id="erasure")
    assert searched(team, case, "erasure")["crm"] == (None, None)
    assert searched(team, case, "access")["recordings"][0] is None


def test_a_link_that_was_replaced_expired_or_is_of_another_task_opens_nothing(team: Team) -> None:
    # given
    case = team.registered("access", "erasure")
    first, other = asked(team, case, "access"), asked(team, case, "erasure")
    owner, another = Owner(team), Owner(team)
    place, elsewhere = owner.open_task(first).location, another.open_task(other).location
    session = another.client.get_cookie(TASK, path=elsewhere)
    assert session is not None
    # when the session of another task comes to this one
    owner.client.set_cookie(TASK, session.value, path=place)
    # then
    assert owner.open(place).status_code == 404
    assert (
        another.send(f"{elsewhere}/result", result="nothing", identifiers="x", form_token="0" * 64).status_code == 403
    )
    assert another.answer(elsewhere, "result", result="nothing", identifiers="Ada").status_code == 303
    assert searched(team, case, "erasure")["crm"] == ("nothing", "owner:crm")
    # and what was replaced, or guessed, is as unknown as what never was
    replaced = asked(team, case, "access", "recordings")
    asked(team, case, "access", "recordings")
    wrong = ("", "dsrt_", "dsrt_" + "A" * 64, replaced, replaced[:-4] + "AAAA", other, "dsrx_" + "A" * 43)
    answers = {Owner(team, address=f"198.51.100.{n}").open_task(each).status_code for n, each in enumerate(wrong)}
    assert answers == {404}
    # and after its time
    late = asked(team, case, "access", "recordings")
    team.clock.advance(days=7)
    assert Owner(team).open_task(late).status_code == 404
    assert another.open(elsewhere).status_code == 404


def test_a_handler_makes_the_link_in_the_console(team: Team) -> None:
    # given
    carla = signed_in(team, "carla", Role.HANDLER)
    case = team.registered("access")
    (link, *_) = re.findall(
        r'"(/console/cases/[^"]+/do/issue_search_link\?[^"]+)"',
        carla.open(f"/console/cases/{case.id}/data/access").text,
    )
    # when
    form = carla.open(link.replace("&amp;", "&")).text
    sent = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', form))
    system = re.search(r'value="([^"]+)"(?: selected| checked)', form)
    assert system is not None
    shown = carla.send(link.partition("?")[0], **sent, system=system[1], look_for="Ada Lovelace").text
    # then
    token = re.search(r"dsrt_[\w=-]+", shown)
    assert token is not None
    assert Owner(team).open_task(token[0]).status_code == 303
