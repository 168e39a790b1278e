"""The form by which anybody makes a request: a case at once, and nothing that a stranger or a bot gains by it."""

import io
import re
from html import unescape
from typing import Any
from uuid import uuid4

import pytest
from werkzeug.test import TestResponse

from dsr.api.context import DOWNLOADS, LARGE_FORMS
from dsr.api.my.intake_form import TRAP
from dsr.api.my.words import LANGUAGES
from dsr.desk.attempts import FORMS_AN_HOUR
from dsr.domain.roles import Role
from tests.api.colleague import signed_in
from tests.api.my.conftest import Person, public_at
from tests.api.my.texts import pages_in
from tests.api.team import Team
from tests.settable_clock import SettableClock

FORM = "/request/callcentre-de"
ADA = {"right": "access", "text": "", "name": "Ada Lovelace", "email": "ada@example.org", "address": ""}


class Visitor:
    """Somebody at the form of one controller."""

    def __init__(self, person: Person, clock: SettableClock) -> None:
        self.person, self.clock = person, clock
        self.ticket = self.action = ""

    def opens(self) -> TestResponse:
        return self._noted(self.person.open(FORM))

    def sends(self, *, after: int = 60, files: tuple[tuple[bytes, str], ...] = (), **typed: Any) -> TestResponse:
        """The form that was seen last, some seconds later."""
        self.clock.advance(seconds=after)
        data: dict[str, Any] = {"ticket": self.ticket} | ADA | typed
        if files:
            data["file"] = [(io.BytesIO(content), name) for content, name in files]
        sent = {"REMOTE_ADDR": self.person.address}
        language = {"Accept-Language": self.person.language}
        return self._noted(
            self.person.client.post(
                self.action, data=data, content_type="multipart/form-data", headers=language, environ_base=sent
            )
        )

    def _noted(self, response: TestResponse) -> TestResponse:
        found = re.search(r'name="ticket" value="([^"]+)"', response.text)
        self.ticket = found[1] if found else self.ticket
        action = re.search(r'action="([^"]+)"', response.text)
        self.action = action[1] if action else self.action
        return response


@pytest.fixture
def visitor(team: Team, person: Person, clock: SettableClock) -> Visitor:
    public_at(team, "https://dsr.example")
    found = Visitor(person, clock)
    found.opens()
    return found


def only_case(team: Team) -> Any:
    [case] = team.get("/requests").get_json()["items"]
    return case


def reference_in(response: TestResponse) -> str:
    [found] = set(re.findall(r"DSR-[0-9A-Z]{4}-[0-9A-Z]{4}", response.text))
    return str(found)


def shown(response: TestResponse) -> str:
    return unescape(response.text)


def test_a_form_opens_a_case_and_shows_its_reference_and_date_at_once(team: Team, visitor: Visitor) -> None:
    # when
    answer = visitor.sends(right=["erasure", "access"], text="I moved out last year.")
    # then
    assert answer.status_code == 201
    case = only_case(team)
    assert case["reference"] in answer.text
    assert pages_in("en")["request.due"] % {"day": "4 April 2026"} in shown(answer)
    assert (case["channel"], case["controller_id"]) == ("web-form", "callcentre-de")
    assert case["suggested_rights"] == ["access", "erasure"]


def test_nothing_leaves_to_an_address_that_anybody_may_have_typed(team: Team, visitor: Visitor) -> None:
    visitor.sends()
    assert only_case(team)["sender_doubtful"]
    visitor.person.ask_for_code(only_case(team)["reference"])
    assert visitor.person.codes() == []


def test_a_stranger_who_types_an_address_holds_up_no_erasure_of_its_owner(team: Team, visitor: Visitor) -> None:
    # given
    erasure, carla = team.registered("erasure"), signed_in(team, "carla", Role.HANDLER)
    visitor.sends()
    asked = next(each["request_id"] for each in team.get("/requests?sender_doubtful=true").get_json()["items"])
    # when, then: whoever decides is told
    assert team.get(f"/requests/{erasure.id}/next").get_json()["copies_in_doubt"] == [asked]
    form = carla.open(f"/console/cases/{erasure.id}/do/grant_item?item_id=erasure").text
    assert f'href="/console/cases/{asked}"' in form
    ground = {"erasure_ground": "no-longer-necessary", "activities": ["customer-calls"]}
    assert team.command(erasure, "items/erasure/grant", ground).status_code == 200


def test_what_was_asked_is_sealed_and_opens_to_the_team_in_the_words_of_the_form(team: Team, visitor: Visitor) -> None:
    # given
    visitor.sends(right="erasure", text="Customer number 4711.", address="1 Example Road\nLondon")
    # when
    case = only_case(team)
    opened = team.post(
        f"/requests/{case['request_id']}/disclosures",
        {"purpose": "triage"},
        if_match=team.get(f"/requests/{case['request_id']}").headers["ETag"],
    ).get_json()
    # then
    message = opened["opened"][0]["fields"]["message"]
    assert message["text"] == f"– {pages_in('en')['right.erasure']}\n\nCustomer number 4711."
    assert message["person"]["name"] == "Ada Lovelace"
    assert message["person"]["address"] == "1 Example Road\nLondon"
    written = b"".join(bytes(str(each), "utf-8") for each in team.service.log.read())
    assert b"Lovelace" not in written
    assert b"4711" not in written


def test_files_are_kept_as_those_of_a_mail(team: Team, visitor: Visitor) -> None:
    # given
    visitor.sends(files=((b"%PDF-1.7 invoice", "in\u202evoice.pdf"), (b"<script>1</script>", "../x.html")))
    case = only_case(team)
    path = f"/requests/{case['request_id']}"
    # when
    opened = team.post(f"{path}/disclosures", {"purpose": "triage"}, if_match=team.get(path).headers["ETag"]).get_json()
    file = team.post(
        f"{path}/originals",
        {"purpose": "triage", "version": 1, "part": 0},
        if_match=team.get(path).headers["ETag"],
    )
    # then
    listed = opened["opened"][0]["fields"]["message"]["attachments"]
    assert [(each["name"], each["size"]) for each in listed] == [("invoice.pdf", 16), ("x.html", 18)]
    assert file.data == b"%PDF-1.7 invoice"


def test_a_form_sent_twice_makes_one_request(team: Team, visitor: Visitor) -> None:
    first = visitor.sends()
    again = visitor.sends()
    reference = only_case(team)["reference"]
    assert reference in first.text
    assert reference in again.text


def test_a_form_makes_no_second_request_with_other_words(team: Team, visitor: Visitor) -> None:
    visitor.sends()
    ticket = visitor.ticket
    other = visitor.sends(name="Grace Hopper")
    assert other.status_code == 422
    assert only_case(team)["reference"] not in other.text
    assert visitor.ticket != ticket


WRONG: tuple[tuple[dict[str, Any], str, str], ...] = (
    ({"right": [], "text": "  "}, "form.no_request", "text"),
    ({"name": " "}, "form.no_name", "name"),
    ({"email": ""}, "form.no_address", "email"),
    ({"email": "ada"}, "form.no_address", "email"),
    ({"email": "privacy@callcentre.example"}, "form.no_address", "email"),
    ({"email": "poststelle@bfdi.bund.de"}, "form.no_address", "email"),
)
"""What is typed, what is said of it, and the field."""


def test_what_is_missing_is_said_and_what_was_typed_stays(team: Team, visitor: Visitor) -> None:
    for typed, key, field in WRONG:
        answer = visitor.sends(**{"text": "My <b>words</b>."} | typed)
        assert answer.status_code == 422, typed
        assert pages_in("en")[key] in shown(answer), typed
        assert re.search(f'id="{field}"[^>]*aria-invalid="true"', answer.text), typed
        assert "text" in typed or "My &lt;b&gt;words&lt;/b&gt;." in answer.text
    assert team.events("request.received") == []
    assert visitor.sends().status_code == 201, "the corrected form is taken"


def test_a_form_that_comes_at_once_or_a_day_later_is_asked_for_again(team: Team, visitor: Visitor) -> None:
    for seconds in (0, 2, 25 * 3600):
        answer = visitor.sends(after=seconds)
        assert answer.status_code == 403
        assert pages_in("en")["form.again"] in shown(answer)
        assert "Ada Lovelace" in answer.text
    assert team.events("request.received") == []
    assert visitor.sends().status_code == 201


def test_a_form_that_was_not_made_here_opens_nothing(team: Team, visitor: Visitor) -> None:
    for ticket in ("", "x", "x.1.y", "a.9999999999999999999999.b", "é.1.é"):
        visitor.ticket = ticket
        assert visitor.sends().status_code == 403
    assert team.events("request.received") == []


def test_the_ticket_of_one_controller_is_none_of_another(team: Team, visitor: Visitor) -> None:
    ticket = visitor.person.ticket_of("/request/callcentre-at")
    visitor.ticket = ticket
    assert visitor.sends().status_code == 403


def test_who_fills_in_what_nobody_sees_is_shown_that_field(team: Team, visitor: Visitor) -> None:
    assert TRAP == "website"
    answer = visitor.sends(website="https://spam.example")
    assert answer.status_code == 422
    assert pages_in("en")["form.trap"] in shown(answer)
    assert 'class="trap"' not in answer.text
    assert team.events("request.received") == []


def test_a_flood_is_bounded_by_the_hour_and_told_the_mailbox(
    team: Team, visitor: Visitor, clock: SettableClock, make_person: Any
) -> None:
    # given
    for _ in range(FORMS_AN_HOUR):
        visitor.opens()
        assert visitor.sends(after=10).status_code == 201
    # when
    visitor.opens()
    answer = visitor.sends(after=10)
    # then
    assert answer.status_code == 503
    assert "privacy@callcentre.example" in answer.text
    assert 0 < int(answer.headers["Retry-After"]) <= 3600
    assert len(team.events("request.received")) == FORMS_AN_HOUR
    # and
    other = Visitor(make_person(address="198.51.100.9"), clock)
    other.opens()
    assert other.sends().status_code == 201, "another network has its own"
    clock.advance(hours=1)
    visitor.opens()
    assert visitor.sends().status_code == 201


def test_all_networks_together_are_bounded_too(team: Team, visitor: Visitor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dsr.desk.attempts.FORMS_OF_ALL", 0)
    assert visitor.sends().status_code == 503


def test_hostile_input_is_shown_as_it_is_and_kept_without_what_nobody_types(team: Team, visitor: Visitor) -> None:
    evil = "\x00\x1b[31m\u202e<script>alert(1)</script>\r\nBcc: all@example.org"
    assert visitor.sends(text=evil, name=evil, address=evil, files=((b"x", "\u202efdp.exe"),)).status_code == 201
    refused = visitor.sends(text=evil, name="", right="none")
    assert "<script>" not in refused.text
    assert only_case(team)["suggested_rights"] == ["access"]


def test_the_form_needs_neither_cookie_nor_script_nor_another_host(visitor: Visitor) -> None:
    answer = visitor.opens()
    assert "Set-Cookie" not in answer.headers
    assert "<script" not in answer.text
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]


def test_each_controller_has_its_form_and_nobody_else(team: Team, visitor: Visitor) -> None:
    listed = visitor.person.open("/request").text
    for controller in team.service.desk.intake_form.controllers():
        assert f"/request/{controller.id}?" in listed
        assert controller.name in shown(visitor.person.open(f"/request/{controller.id}"))
    assert visitor.person.open("/request/nobody").status_code == 404
    assert visitor.person.open("/request/nobody").mimetype == "text/html"


def test_the_form_speaks_every_language_of_the_pages(visitor: Visitor) -> None:
    for language in LANGUAGES:
        page = visitor.person.open(f"{FORM}?language={language}")
        assert f'<html lang="{language}">' in page.text
        assert pages_in(language)["form.send"] in shown(page)


def test_a_request_is_kept_in_the_language_of_the_form_unless_its_text_speaks_another(
    team: Team, visitor: Visitor
) -> None:
    visitor.person.language = "fr"
    visitor.opens()
    visitor.sends()
    assert only_case(team)["language"] == "fr"


def test_large_forms_hold_few_threads(team: Team, visitor: Visitor) -> None:
    """Each waits in a thread for its bytes, so that strangers could hold them all, and with them those of downloads."""
    large = ((b"x" * 100_000, "x.bin"),)
    end = team.app.extensions[LARGE_FORMS].begin(uuid4())
    assert visitor.sends(files=large).status_code == 503
    assert team.events("request.received") == []
    team.app.extensions[DOWNLOADS].begin(uuid4())()
    end()
    visitor.opens()
    assert visitor.sends(files=large).status_code == 201


# The address is confirmed -------------------------------------------------------------------------------------


def mailed(team: Team, visitor: Visitor) -> list[Any]:
    """What Ada has got, once the worker has sent what is due."""
    team.service.desk.credential_mail.send_due()
    return [mail for mail in visitor.person.mails() if mail["To"] == "ada@example.org"]


def test_the_only_mail_before_the_address_is_confirmed_says_nothing_of_the_request(
    team: Team, visitor: Visitor
) -> None:
    # given
    visitor.sends(text="I had an operation.", address="1 Example Road")
    # when
    [mail] = mailed(team, visitor)
    # then
    assert mail["To"] == "ada@example.org"
    assert mail["From"] == "privacy@callcentre.example"
    text = mail.get_content()
    assert "/request/mail/confirmation?link=" in text
    case = only_case(team)
    for personal in ("Ada", "operation", "Example Road", case["reference"], case["request_id"], "April"):
        assert personal not in text, personal


def test_whoever_opens_the_link_ends_the_doubt_and_gets_a_copy(team: Team, visitor: Visitor) -> None:
    # given
    visitor.sends(text="I had an operation.")
    case, link = only_case(team), visitor.person.link_in_mail()
    # when
    page = visitor.person.open(f"/request/mail/confirmation?link={link}&language=en")
    assert f'href="/request/mail/confirmation?link={link}&language=fr"' in shown(page)
    assert only_case(team)["sender_doubtful"], "programs that look at mails open links"
    done = visitor.person.send("/request/mail/confirmation", link=link)
    # then
    assert link in page.text
    assert pages_in("en")["confirm.done"] in shown(done)
    assert not only_case(team)["sender_doubtful"]
    copy = mailed(team, visitor)[-1]
    assert case["reference"] in copy["Subject"]
    assert "I had an operation." in copy.get_content()
    assert "4 April 2026" in copy.get_content()
    # and
    again = visitor.person.send("/request/mail/confirmation", link=link)
    assert pages_in("en")["confirm.done"] in shown(again)
    assert len(mailed(team, visitor)) == 2, "one copy"


def test_the_opening_of_the_address_and_its_confirmation_are_on_record(team: Team, visitor: Visitor) -> None:
    visitor.sends()
    visitor.person.send("/request/mail/confirmation", link=visitor.person.link_in_mail())
    timeline = team.get(f"/requests/{only_case(team)['request_id']}/timeline").get_json()["items"]
    assert [(each["name"].removeprefix("dsr.request."), each["actor"]) for each in timeline] == [
        ("received", "service:intake-form"),
        ("sender-doubted", "service:intake-form"),
        ("personal-data-disclosed", "service:intake-form"),
        ("sender-confirmed", "service:intake-form"),
        ("personal-data-disclosed", "service:intake-form"),
    ]


def test_a_link_that_was_not_made_here_confirms_nothing(team: Team, visitor: Visitor) -> None:
    visitor.sends()
    for typed in ("", "x", "x.y.1.z", f"{'0' * 32}.a.1.b"):
        answer = visitor.person.send("/request/mail/confirmation", link=typed)
        assert pages_in("en")["confirm.over"] in shown(answer)
    assert only_case(team)["sender_doubtful"]


def test_a_link_works_for_a_week_and_for_its_own_request(team: Team, visitor: Visitor, clock: SettableClock) -> None:
    # given
    visitor.sends()
    link = visitor.person.link_in_mail()
    visitor.opens()
    visitor.sends(name="Grace Hopper", email="grace@example.org")
    other = next(
        each["request_id"]
        for each in team.get("/requests").get_json()["items"]
        if each["request_id"].replace("-", "") not in link
    )
    # when
    swapped = visitor.person.send("/request/mail/confirmation", link=other.replace("-", "") + link[32:])
    clock.advance(days=7, minutes=2)
    late = visitor.person.send("/request/mail/confirmation", link=link)
    # then
    assert (swapped.status_code, late.status_code) == (403, 403)
    assert all(each["sender_doubtful"] for each in team.get("/requests").get_json()["items"])


def test_a_mailbox_gets_three_mails_a_day_whoever_types_its_address(team: Team, visitor: Visitor) -> None:
    answers = []
    for typed in ("ada@example.org", "Ada+1@example.org", "ada+2@example.org", "a.da@example.org", "ada@example.org"):
        visitor.opens()
        answers.append(shown(visitor.sends(email=typed)))
    team.service.desk.credential_mail.send_due()
    assert len(visitor.person.mails()) == 3
    # and: the page says so, and says the same whether a mail leaves or not
    assert all(pages_in("en")["form.no_link"] in each for each in answers)


def test_the_mailboxes_of_one_domain_get_so_many_mails_a_day(
    team: Team, visitor: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its owner may get the mail to every name; one network does not use up the mails of all people of a provider."""
    monkeypatch.setattr("dsr.desk.attempts.MAILS_TO_A_DOMAIN", 4)
    monkeypatch.setattr("dsr.desk.attempts.MAILS_OF_A_NETWORK", 2)

    def may_write_to(address: str, typed_at: str = "192.0.2.1") -> bool:
        return team.service.desk.attempts.may_write_to(address, typed_at=typed_at)

    assert [may_write_to(f"{name}@example.org") for name in ("ada", "bea", "cleo", "ada")] == [True, True, False, False]
    assert [may_write_to("ada@example.org", f"192.0.{number}.1") for number in (3, 4, 5)] == [True, True, False]
    assert not may_write_to("dora@example.org", "192.0.6.1")
    assert may_write_to("ada@elsewhere.example")
    assert may_write_to("+@example.net"), "a name that is all tag counts as it is"


def test_a_form_that_opens_no_case_uses_up_nobodys_mails(
    team: Team, visitor: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    # given
    monkeypatch.setattr("dsr.desk.attempts.MAILS_OF_A_NETWORK", 2)
    ticket, reference = visitor.ticket, reference_in(visitor.sends())
    # when: the same form comes again, as it was and with the address of somebody else
    for typed in ("ada@example.org", "bea@example.org"):
        visitor.ticket = ticket
        again = visitor.sends(email=typed)
        assert (again.status_code, reference in again.text) in ((201, True), (422, False))
    # then
    assert team.service.desk.attempts.may_write_to("bea@example.org", typed_at=visitor.person.address)


def test_once_a_handler_confirmed_the_sender_no_link_leaves(team: Team, visitor: Visitor) -> None:
    visitor.sends()
    path = f"/requests/{only_case(team)['request_id']}"
    etag = team.get(path).headers["ETag"]
    assert team.post(f"{path}/sender/confirmation", {"reason": "Called her."}, if_match=etag).status_code == 200
    assert mailed(team, visitor) == []


def test_the_mails_speak_the_language_of_the_request(team: Team, visitor: Visitor) -> None:
    visitor.person.language = "de"
    visitor.opens()
    visitor.sends()
    assert mailed(team, visitor)[0]["Content-Language"] == "de"
    visitor.person.send("/request/mail/confirmation", link=visitor.person.link_in_mail())
    assert pages_in("de")["right.access"] in mailed(team, visitor)[-1].get_content()
