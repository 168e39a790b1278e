"""Members of staff sign in at `oidc-provider`, a provider for Node.js that shares no code with this service.

It has its own pages to sign in and to consent on; a real Chromium goes there and comes back. `.ci/run` installs it
beside `oidc_provider/package-lock.json`.
"""

import base64
import hashlib
import json
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, quote_plus, urlencode, urlsplit

import pytest
from joserfc.jwk import ECKey, Key, KeySet, OKPKey, RSAKey
from playwright.sync_api import Browser, Page

from dsr.api import stepping_up
from dsr.bootstrap import openid_provider_of
from dsr.desk.caller import Call
from dsr.desk.caller import service as part
from dsr.desk.openid_sign_in import CALLBACK
from dsr.domain.roles import Role
from dsr.openid import Fetcher, OpenIdProvider, OpenIdRefused
from dsr.openid.id_token import Expected, identity_of
from tests.api.conftest import backend, make_refusal, team
from tests.api.my.test_in_browser import browser, serving
from tests.api.my.texts import pages_in
from tests.api.team import Team
from tests.certificates import Authority
from tests.with_servers.programs import free_port, program, started

__all__ = ["backend", "browser", "make_refusal", "team"]

FOLDER = Path(__file__).parent / "oidc_provider"
CLIENT, SECRET = "dsr of the office", "canary: 100 % of a+b/c"
WORDS = pages_in("en")
CARLA = "248289761001"


def rsa(name: str) -> RSAKey:
    return RSAKey.generate_key(2048, {"kid": name, "use": "sig"})


@dataclass
class Place:
    """The provider, where it is, and the site that sends people to it."""

    authority: Authority
    port: int
    site: str
    keys: list[Key]
    algorithm: str = "RS256"
    acr: str = ""
    """How people prove who they are there, as its tokens say."""

    @property
    def issuer(self) -> str:
        return f"https://localhost:{self.port}"

    def running(self) -> AbstractContextManager[None]:
        """Until it is ended; it keeps nothing."""
        assert (FOLDER / "node_modules").is_dir(), f"run `npm ci` in {FOLDER}"
        client = {
            "redirect_uris": [f"{self.site}{CALLBACK}", f"{self.site}/elsewhere"],
            "id_token_signed_response_alg": self.algorithm,
        }
        told = {
            "issuer": self.issuer,
            "port": self.port,
            "chain": str(self.authority.chain),
            "key": str(self.authority.key),
            "jwks": KeySet(self.keys).as_dict(private=True),
            "clients": [client | {"client_id": each, "client_secret": SECRET} for each in (CLIENT, "another")],
            "acr": self.acr,
        }
        return started([program("node"), str(FOLDER / "provider.js")], self.port, {"PROVIDER": json.dumps(told)})

    def client(self, team: Team, **settings: Any) -> OpenIdProvider:
        """The service's side of it, by the settings that an operator makes."""
        made = {"oidc_issuer": self.issuer, "oidc_client_id": CLIENT, "oidc_client_secret": SECRET} | settings
        found = openid_provider_of(replace(team.service.settings, **made))
        assert found is not None
        return found


@pytest.fixture
def place(team: Team, authority: Authority, monkeypatch: pytest.MonkeyPatch) -> Iterator[Place]:
    """A provider that does not run yet; Carla, an approver, is linked to an account there."""
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.certificate))
    team.clock.time = datetime.now(UTC)
    with serving(team.app) as address:
        place = Place(authority, free_port(), address.replace("127.0.0.1", "localhost"), [rsa("first")])
        desk = team.service.desk.openid_sign_in
        desk._provider, desk._public_url = place.client(team), place.site
        team.enrol("carla", Role.APPROVER)
        desk.link("carla", Call(part("cli")), subject=CARLA)
        yield place


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(locale="en", ignore_https_errors=True)
    context.set_default_timeout(10_000)
    context.route(
        lambda url: urlsplit(url).hostname != "localhost", lambda route: route.abort()
    )  # its pages want a font
    yield context.new_page()
    context.close()


def go(page: Page, place: Place) -> None:
    """To the page of the provider, from the page of the sign-in."""
    page.goto(f"{place.site}/sign-in")
    page.get_by_role("link", name=WORDS["account.organisation_now"]).click()


def prove(page: Page, name: str = CARLA, *, consents: bool = True) -> None:
    """On the pages of the provider."""
    page.get_by_placeholder("Enter any login").fill(name)
    page.get_by_placeholder("and password").fill("any")
    page.get_by_role("button", name="Sign-in").click()
    if consents:
        page.get_by_role("button", name="Continue").click()


def signs_in(team: Team, page: Page, place: Place, name: str = CARLA) -> None:
    team.clock.time = datetime.now(UTC)
    go(page, place)
    prove(page, name)


def is_out(team: Team, page: Page, place: Place, sign_ins: int = 0) -> None:
    """Nobody is signed in here, in no half either."""
    assert {each["name"] for each in page.context.cookies(place.site)}.isdisjoint({"dsr_staff", "dsr_openid"})
    page.goto(f"{place.site}/account")
    assert urlsplit(page.url).path == "/sign-in"
    assert len(team.events("staff-session.signed-in")) == sign_ins


# A provider that keeps the rules ----------------------------------------------------------------------------------


def test_a_person_signs_in_there_signs_out_here_and_then_there(team: Team, page: Page, place: Place) -> None:
    with place.running():
        # when: they prove it, and consent
        signs_in(team, page, place)
        # then
        page.wait_for_url("**/console")
        page.goto(f"{place.site}/account")
        assert WORDS["account.who"] % {"identifier": "carla"} in page.inner_text("main")
        # when: they sign out here, the provider knows them for a while
        page.get_by_role("button", name=WORDS["page.sign_out"]).click()
        page.wait_for_url("**/sign-in?done=signed-out")
        is_out(team, page, place, sign_ins=1)
        go(page, place)
        page.wait_for_url("**/console")
        # when: they sign out there, too, it asks again
        page.goto(f"{place.site}/account")
        page.get_by_role("button", name=WORDS["page.sign_out"]).click()
        page.goto(f"{place.issuer}/session/end")
        page.get_by_role("button", name="Yes, sign me out").click()
        page.get_by_text("Sign-out Success").wait_for()
        go(page, place)
        prove(page)
        page.wait_for_url("**/console")
    assert [each.actor for each in team.events("staff-session.signed-in")] == ["carla"] * 3


def test_keys_that_the_provider_rotates_are_found_with_each_algorithm(team: Team, page: Page, place: Place) -> None:
    # given
    now = [0.0]
    provider = team.service.desk.openid_sign_in._provider
    assert provider is not None
    provider._clock = lambda: now[0]
    (old,), second = place.keys, rsa("second")
    curve = ECKey.generate_key("P-256", {"kid": "third", "use": "sig"})
    edwards = OKPKey.generate_key("Ed25519", {"kid": "fourth", "use": "sig"})
    rotated: tuple[tuple[str, list[Key]], ...] = (
        ("RS256", [old]),
        ("RS256", [second, old]),
        ("ES256", [second, curve]),
        ("EdDSA", [edwards, curve]),
        ("PS256", [rsa("fifth"), edwards]),
    )
    for place.algorithm, place.keys in rotated:
        # when
        now[0] += 61
        with place.running():
            page.context.clear_cookies()
            signs_in(team, page, place)
            # then
            page.wait_for_url("**/console")
    assert len(team.events("staff-session.signed-in")) == len(rotated)


def test_a_second_signature_asks_for_a_proof_of_now_and_goes_on_where_it_was_asked_for(
    team: Team, page: Page, place: Place, make_refusal: Callable[[], dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    # given: a proposal that a handler made, and the session of an approver that is no longer fresh
    case = team.registered("erasure")
    team.done(case, "items/erasure/refusal", make_refusal())
    with place.running():
        signs_in(team, page, place)
        page.wait_for_url("**/console")
        monkeypatch.setattr(stepping_up, "FRESH_FOR", timedelta())
        page.get_by_role("link", name="Refusal of erasure").click()
        page.wait_for_url("**/account/step-up?next=**")
        asked_at = page.url
        # when: somebody else proves who they are at this browser
        page.get_by_role("link", name=WORDS["account.organisation_again"]).click()
        prove(page, "somebody else")
        page.get_by_text(WORDS["account.organisation_unlinked"]).wait_for()
        assert team.events("staff-session.stepped-up") == []
        # when: she does; the provider has to ask her, though it saw her a moment ago
        page.goto(asked_at)
        page.get_by_role("link", name=WORDS["account.organisation_again"]).click()
        monkeypatch.setattr(stepping_up, "FRESH_FOR", timedelta(minutes=5))
        prove(page)
        # then: she is where she wanted to sign
        page.wait_for_url("**/console/approvals/*/*")
        page.get_by_role("button", name="Agree").click()
        page.get_by_text("Nothing waits for a second person.").wait_for()
    assert len(team.events("staff-session.stepped-up")) == 1
    assert len(team.events("staff-session.signed-in")) == 1


def test_only_a_way_to_prove_it_that_is_named_counts(
    team: Team, page: Page, place: Place, caplog: pytest.LogCaptureFixture
) -> None:
    desk = team.service.desk.openid_sign_in
    desk._provider = place.client(team, oidc_acr=("phr", "phrh"))
    place.acr = "pwd"
    with place.running():
        signs_in(team, page, place)
        page.get_by_text(WORDS["account.organisation_refused"]).wait_for()
        assert "openid-refused: acr" in caplog.text
        is_out(team, page, place)
    place.acr = "phr"
    with place.running():
        page.context.clear_cookies()
        signs_in(team, page, place)
        page.wait_for_url("**/console")


# What fails ---------------------------------------------------------------------------------------------------------


def test_whoever_gives_up_or_is_unknown_here_is_told(team: Team, page: Page, place: Place) -> None:
    with place.running():
        go(page, place)
        page.get_by_text("[ Cancel ]").click()
        page.get_by_text(WORDS["account.organisation_refused"]).wait_for()
        is_out(team, page, place)
        signs_in(team, page, place, "carla@staff.example")
        page.get_by_text(WORDS["account.organisation_unlinked"]).wait_for()
        is_out(team, page, place)


def test_a_nonce_that_was_changed_on_the_way_is_refused(
    team: Team, page: Page, place: Place, caplog: pytest.LogCaptureFixture
) -> None:
    with place.running():
        page.goto(sent_to(page, place, nonce="of another"))
        prove(page)
        page.get_by_text(WORDS["account.organisation_refused"]).wait_for()
        assert "openid-refused: nonce" in caplog.text
        is_out(team, page, place)


def test_a_code_and_a_token_for_another_client_are_refused(
    team: Team, page: Page, place: Place, caplog: pytest.LogCaptureFixture
) -> None:
    with place.running():
        # when: the browser brings us the code that another service was meant to get
        page.goto(sent_to(page, place, client_id="another"))
        prove(page)
        # then
        page.get_by_text(WORDS["account.organisation_refused"]).wait_for()
        assert "openid-refused: code" in caplog.text
        is_out(team, page, place)
        # when: the other service exchanges such a code, and shows us the token
        verifier = "v" * 43
        challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")
        elsewhere = f"{place.site}/elsewhere"
        page.goto(
            sent_to(page, place, client_id="another", redirect_uri=elsewhere, code_challenge=challenge, nonce="n")
        )
        page.wait_for_url("**/elsewhere?*")
        (code,) = parse_qs(urlsplit(page.url).query)["code"]
        given = {"grant_type": "authorization_code", "code": code, "redirect_uri": elsewhere}
        secret = base64.b64encode(f"another:{quote_plus(SECRET)}".encode()).decode()
        headers = {"Authorization": f"Basic {secret}", "Content-Type": "application/x-www-form-urlencoded"}
        fetcher = Fetcher(f"localhost:{place.port}", place.authority.client())
        token = fetcher.post(f"{place.issuer}/token", urlencode(given | {"code_verifier": verifier}), headers)[
            "id_token"
        ]
        at = datetime.now(UTC)
        asked = Expected(place.issuer, "another", "n", at, fresh_since=at - timedelta(minutes=5))
        keys = place.client(team).keys
        # then: it is hers, and not for us
        assert identity_of(token, keys, asked).subject == CARLA
        with pytest.raises(OpenIdRefused) as refused:
            identity_of(token, keys, replace(asked, client_id=CLIENT))
        assert refused.value.facts == {"reason": "audience"}


def test_an_answer_of_another_provider_is_refused(
    team: Team, page: Page, place: Place, caplog: pytest.LogCaptureFixture
) -> None:
    """The browser was sent to one provider and comes back from another (RFC 9207)."""
    other = replace(place, port=free_port(), keys=[rsa("first")])
    with place.running(), other.running():
        page.goto(sent_to(page, place).replace(place.issuer, other.issuer))
        prove(page)
        page.get_by_text(WORDS["account.organisation_refused"]).wait_for()
        assert "openid-refused: issuer" in caplog.text
        is_out(team, page, place)
        # when: the setting names the one, and its address leads to the other
        team.service.desk.openid_sign_in._provider = place.client(team, oidc_issuer=f"{other.issuer}/")
        page.goto(f"{place.site}/sign-in/openid")
        # then
        page.get_by_text(WORDS["account.organisation_unavailable"]).wait_for()
        assert "openid-unavailable: issuer" in caplog.text


def test_a_provider_that_is_away_leaves_no_half_session_and_is_used_once_it_is_back(
    team: Team, page: Page, place: Place, caplog: pytest.LogCaptureFixture
) -> None:
    # given: it is away at first
    go(page, place)
    page.get_by_text(WORDS["account.organisation_unavailable"]).wait_for()
    assert "openid-unavailable: ConnectionError" in caplog.text
    is_out(team, page, place)
    # when: it goes away while the browser comes back
    with place.running():
        go(page, place)
        prove(page, consents=False)
        page.get_by_role("button", name="Continue").wait_for()
        form = page.locator("form").get_attribute("action") or ""
        on = page.request.post(form, form={"prompt": "consent"}, max_redirects=0).headers["location"]
        back = page.request.get(on, max_redirects=0).headers["location"]
    page.goto(back)
    # then
    page.get_by_text(WORDS["account.organisation_unavailable"]).wait_for()
    is_out(team, page, place)
    # when it is there again
    with place.running():
        signs_in(team, page, place)
        # then
        page.wait_for_url("**/console")


def test_a_secret_that_the_provider_does_not_take_is_named_in_the_log(
    team: Team, page: Page, place: Place, caplog: pytest.LogCaptureFixture
) -> None:
    """The operator mistyped it; nobody who signs in can do anything about it."""
    team.service.desk.openid_sign_in._provider = place.client(team, oidc_client_secret="mistyped")
    with place.running():
        signs_in(team, page, place)
        page.get_by_text(WORDS["account.organisation_unavailable"]).wait_for()
        assert "openid-unavailable: status 401" in caplog.text
        assert "canary" not in caplog.text
        is_out(team, page, place)


def sent_to(page: Page, place: Place, **changed: str) -> str:
    """Where the service sends this browser, with other parameters than it said."""
    answer = page.request.get(f"{place.site}/sign-in/openid", max_redirects=0)
    parts = urlsplit(answer.headers["location"])
    asked = {name: values[0] for name, values in parse_qs(parts.query).items()} | changed
    return parts._replace(query=urlencode(asked)).geturl()
