"""Members of staff sign in at their organisation: a provider that keeps the rules, and one that lies (GDPR Art. 32)."""

import base64
import hmac
import json
import logging
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from joserfc import jws
from joserfc.jwk import OctKey, RSAKey

from dsr.desk.caller import Call, Caller
from dsr.desk.caller import service as part
from dsr.desk.challenges import ChallengeInvalid
from dsr.desk.errors import SignInNeeded
from dsr.desk.openid_sign_in import AWAY_MINUTES, AccountTaken, AccountUnlinked
from dsr.domain.roles import Role
from dsr.openid import OpenIdRefused, OpenIdUnavailable
from tests.certificates import Authority
from tests.desk.office import Office
from tests.openid_provider import CLIENT, Host, openid_host
from tests.settable_clock import SettableClock

OPERATOR = Caller("operator", frozenset({Role.OPERATOR}), None)
BROWSER = "the secret in a cookie"
SUBJECT = "248289761001"


@pytest.fixture
def host(authority: Authority, clock: SettableClock) -> Iterator[Host]:
    with openid_host(authority, lambda: clock.now().timestamp()) as host:
        yield host


@pytest.fixture
def desk(office: Office, host: Host) -> Any:
    """The desk of the sign-in; Carla is linked to an account at the provider."""
    found = office.desk.openid_sign_in
    found._provider, found._public_url = host.provider(), "https://dsr.example"
    office.enrol("carla", "callcentre-de")
    found.link("carla", Call(part("cli")), subject=SUBJECT)
    return found


def come_back(desk: Any, host: Host, subject: str = SUBJECT, caller: Caller | None = None, **replaced: Any) -> Any:
    """Go there, sign in, and come back; `replaced` is what the browser brings in place of what it got."""
    back = host.sign_in(desk.begin(BROWSER, caller), subject)
    told = {"state": back["state"], "code": back["code"], "issuer": back["iss"], "browser": BROWSER} | replaced
    return desk.finish(**told, caller=caller)


# A provider that keeps the rules ----------------------------------------------------------------------------------


def test_whoever_is_linked_signs_in_with_the_roles_of_this_service(office: Office, desk: Any, host: Host) -> None:
    # when
    secret = come_back(desk, host)
    # then
    caller = office.desk.staff.authenticate_session(secret)
    assert (caller.actor, caller.roles, caller.scope) == (
        "carla",
        frozenset({Role.HANDLER}),
        frozenset({"callcentre-de"}),
    )
    signed_in: Any = next(each for each in reversed(list(office.service.log.read())) if "session" in each.name)
    assert signed_in.event.credential.startswith("account:")
    rows = repr(office.everything())
    assert ("canary" in rows, secret in rows) == (False, False)
    assert office.differences() == []


def test_a_mail_address_matches_nobody(office: Office, desk: Any, host: Host) -> None:
    """The subject of somebody else with the same address stays somebody else."""
    host.claims = {"email": "carla@staff.example", "email_verified": True, "preferred_username": "carla"}
    with pytest.raises(AccountUnlinked):
        come_back(desk, host, "999")
    assert office.desk.sign_in_failures.unknown() == 1


def test_an_account_that_an_operator_links_waits_for_a_second_person(office: Office, desk: Any, host: Host) -> None:
    # given
    office.enrol("dana", roles=(Role.DPO,))
    office.enrol("dora", "callcentre-de")
    with pytest.raises(AccountTaken):
        desk.link("dora", Call(OPERATOR), subject=SUBJECT)
    # when
    desk.link("dora", Call(OPERATOR), subject="7")
    # then
    secret = come_back(desk, host, "7")
    assert office.desk.staff.authenticate_session(secret).roles == frozenset()
    office.desk.staff.confirm("dora", Call(Caller("dana", frozenset({Role.DPO}), None)))
    assert office.desk.staff.authenticate_session(secret).roles == frozenset({Role.HANDLER})


@pytest.mark.parametrize("ends", ["unlinked", "left"])
def test_an_account_that_was_unlinked_and_a_member_who_left_get_in_no_more(
    office: Office, desk: Any, host: Host, ends: str
) -> None:
    # given
    secret = come_back(desk, host)
    (account,) = desk.accounts("carla", OPERATOR)
    # when
    if ends == "left":
        office.desk.staff.leave("carla", Call(OPERATOR))
    else:
        desk.unlink("carla", account["account_id"], Call(OPERATOR))
    # then
    with pytest.raises(SignInNeeded):
        office.desk.staff.authenticate_session(secret)
    with pytest.raises(AccountUnlinked):
        come_back(desk, host)


def test_a_proof_is_renewed_by_the_same_person_who_signed_in_just_then(office: Office, desk: Any, host: Host) -> None:
    # given
    secret = come_back(desk, host)
    office.clock.advance(minutes=20)
    caller = office.desk.staff.authenticate_session(secret)
    address = desk.begin(BROWSER, caller)
    assert "prompt=login" in address
    assert "max_age=0" in address
    # when
    renewed = come_back(desk, host, caller=caller)
    # then
    assert office.desk.staff.authenticate_session(renewed).proved_at == office.clock.now()
    with pytest.raises(SignInNeeded):
        office.desk.staff.authenticate_session(secret)
    host.claims = {"auth_time": int(office.clock.now().timestamp()) - 3_600}
    with pytest.raises(OpenIdRefused, match="prove"):
        come_back(desk, host, caller=caller)
    host.claims = {"auth_time": None}
    with pytest.raises(OpenIdRefused):
        come_back(desk, host, caller=caller)
    host.claims = {}
    office.enrol("dora", "callcentre-de")
    desk.link("dora", Call(part("cli")), subject="7")
    with pytest.raises(OpenIdRefused):
        come_back(desk, host, "7", caller=caller)


def test_only_a_way_to_sign_in_that_is_named_counts(office: Office, desk: Any, host: Host) -> None:
    # given: a second factor is asked for
    provider = host.provider()
    provider.client = replace(provider.client, strengths=("phr", "phrh"))
    desk._provider = provider
    assert "acr_values=phr+phrh" in desk.begin(BROWSER)
    # when, then
    for claims in ({}, {"acr": "pwd"}, {"acr": ["phr"]}):
        host.claims = claims
        with pytest.raises(OpenIdRefused) as refused:
            come_back(desk, host)
        assert refused.value.facts == {"reason": "acr"}
    host.claims = {"acr": "phrh"}
    assert office.desk.staff.authenticate_session(come_back(desk, host)).actor == "carla"


def test_keys_that_the_provider_rotates_are_asked_for_anew(office: Office, desk: Any, host: Host) -> None:
    # given
    now = [0.0]
    desk._provider._clock = lambda: now[0]
    come_back(desk, host)
    # when
    host.key, host.header = RSAKey.generate_key(2048, {"kid": "second", "use": "sig"}), {"kid": "second"}
    # then
    with pytest.raises(OpenIdRefused):
        come_back(desk, host)
    now[0] += 61
    assert come_back(desk, host)
    assert host.asked.count("/keys") == 2, "once a minute at most"


# One that lies ----------------------------------------------------------------------------------------------------

FOREIGN = RSAKey.generate_key(2048, {"kid": "first", "use": "sig"})


def _unsigned(header: dict[str, Any], content: bytes) -> str:
    def text(raw: bytes) -> str:
        return base64.urlsafe_b64encode(raw).decode().rstrip("=")

    return f"{text(json.dumps(header | {'alg': 'none'}).encode())}.{text(content)}."


def _by_the_public_key(host: Host) -> Callable[[dict[str, Any], bytes], str]:
    """HMAC with the public key as its secret, as a library that takes any algorithm would verify it."""

    def sign(header: dict[str, Any], content: bytes) -> str:
        head = base64.urlsafe_b64encode(json.dumps(header | {"alg": "HS256"}).encode()).decode().rstrip("=")
        body = base64.urlsafe_b64encode(content).decode().rstrip("=")
        mac = hmac.digest(host.key.as_pem(private=False), f"{head}.{body}".encode(), "sha256")
        return f"{head}.{body}.{base64.urlsafe_b64encode(mac).decode().rstrip('=')}"

    return sign


LIES: dict[str, Callable[[Host], dict[str, Any]]] = {
    "another nonce; nonce": lambda host: {"claims": {"nonce": "x"}},
    "no nonce; nonce": lambda host: {"claims": {"nonce": None}},
    "another issuer; issuer": lambda host: {"claims": {"iss": "https://evil.example"}},
    "another audience; audience": lambda host: {"claims": {"aud": "another"}},
    "audiences without azp; audience": lambda host: {"claims": {"aud": [CLIENT, "another"]}},
    "another azp; audience": lambda host: {"claims": {"azp": "another"}},
    "expired; expired": lambda host: {"claims": {"exp": int(host.now()) - 61}},
    "no expiry; exp": lambda host: {"claims": {"exp": None}},
    "expiry that is a text; exp": lambda host: {"claims": {"exp": "9999999999"}},
    "expiry without end; exp": lambda host: {"claims": {"exp": 1e300}},
    "issued long ago; issued": lambda host: {"claims": {"iat": int(host.now()) - 3_600}},
    "issued in the future; issued": lambda host: {"claims": {"iat": int(host.now()) + 3_600}},
    "not yet valid; issued": lambda host: {"claims": {"nbf": int(host.now()) + 3_600}},
    "no subject; subject": lambda host: {"claims": {"sub": None}},
    "a subject that is no text; subject": lambda host: {"claims": {"sub": 248289761001}},
    "a subject too long; subject": lambda host: {"claims": {"sub": "x" * 256}},
    "unsigned; algorithm": lambda host: {"sign": _unsigned},
    "signed with the public key as a secret; algorithm": lambda host: {"sign": _by_the_public_key(host)},
    "signed with the client's secret; algorithm": lambda host: {
        "sign": lambda header, content: jws.serialize_compact(
            header | {"alg": "HS256"},
            content,
            OctKey.import_key("canary-client-secret"),
            algorithms=["HS256"],
        )
    },
    "a foreign key under the known name; signature": lambda host: {
        "sign": lambda header, content: jws.serialize_compact(header, content, FOREIGN, algorithms=["RS256"])
    },
    "an unknown key; key": lambda host: {"header": {"kid": "unknown"}},
    "a key that is for encryption; key": lambda host: {"shown": [host.key.as_dict(private=False) | {"use": "enc"}]},
    "two keys of one name; key": lambda host: {
        "shown": [FOREIGN.as_dict(private=False), host.key.as_dict(private=False)]
    },
    "keys that are none; signature": lambda host: {"shown": [{"kty": "RSA", "kid": "first", "n": "AA", "e": "AQAB"}]},
    "a token that is none; signature": lambda host: {"sign": lambda *_: "canary-token"},
    "a token without end; token": lambda host: {"sign": lambda *_: "a." * 20_000},
    "a list in place of claims; token": lambda host: {
        "sign": lambda header, _: jws.serialize_compact(header, b"[1]", host.key, algorithms=["RS256"])
    },
}
"""What the provider says otherwise, and for which reason it is refused."""


@pytest.mark.parametrize("backend", ["sqlite"])
@pytest.mark.parametrize("lie", LIES)
def test_a_token_that_does_not_prove_it_is_refused(
    office: Office, desk: Any, host: Host, lie: str, caplog: pytest.LogCaptureFixture
) -> None:
    # given
    caplog.set_level(logging.DEBUG)
    for name, value in LIES[lie](host).items():
        setattr(host, name, value)
    head = office.service.log.head().position
    # when
    with pytest.raises(OpenIdRefused) as refused:
        come_back(desk, host)
    # then
    assert refused.value.facts == {"reason": lie.partition("; ")[2]}
    assert office.service.log.head().position == head
    assert "canary" not in caplog.text + str(refused.value) + repr(refused.value.facts)
    assert SUBJECT not in caplog.text


ANSWERS: dict[str, Callable[[Host], dict[str, Any]]] = {
    "metadata of another issuer": lambda host: {"metadata": {"issuer": "https://evil.example"}},
    "a token endpoint without TLS": lambda host: {
        "metadata": {"token_endpoint": f"http://localhost:{host.port}/token"}
    },
    "a token endpoint within": lambda host: {"metadata": {"token_endpoint": "https://127.0.0.1:9/latest/meta-data"}},
    "a token endpoint of the cloud": lambda host: {"metadata": {"token_endpoint": "https://169.254.169.254/token"}},
    "keys within": lambda host: {"metadata": {"jwks_uri": "https://[::1]:9/keys"}},
    "an endpoint with a user": lambda host: {"metadata": {"token_endpoint": f"https://a@localhost:{host.port}/token"}},
    "an endpoint with a line break": lambda host: {"metadata": {"token_endpoint": f"{host.issuer}/to\r\nken"}},
    "no endpoint": lambda host: {"metadata": {"token_endpoint": None}},
    "keys without end": lambda host: {"answers": {"/keys": (200, {}, b"[" + b" " * 300_000 + b"]")}},
    "keys that are no list": lambda host: {"answers": {"/keys": (200, {}, b'{"keys": {}}')}},
    "deep keys": lambda host: {"answers": {"/keys": (200, {}, b"[" * 100_000)}},
    "a redirect": lambda host: {"answers": {"/token": (302, {"Location": "https://evil.example"}, b"")}},
    "an error": lambda host: {"answers": {"/token": (500, {}, b"canary-stack")}},
    "a refusal of the client": lambda host: {"answers": {"/token": (401, {}, b'{"error": "canary"}')}},
    "no JSON": lambda host: {"answers": {"/token": (200, {}, b"<html>canary</html>")}},
}


@pytest.mark.parametrize("backend", ["sqlite"])
@pytest.mark.parametrize("answer", ANSWERS)
def test_an_answer_that_is_none_or_leads_elsewhere_is_not_followed(
    office: Office, desk: Any, host: Host, answer: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    for name, value in ANSWERS[answer](host).items():
        setattr(host, name, value)
    with pytest.raises(OpenIdUnavailable) as refused:
        come_back(desk, host)
    assert "canary" not in caplog.text + str(refused.value) + repr(refused.value.facts)


@pytest.mark.parametrize("backend", ["sqlite"])
def test_a_provider_that_answers_byte_by_byte_holds_nobody_up(office: Office, desk: Any, host: Host) -> None:
    desk._provider = host.provider(seconds=1)
    host.drips = 0.2
    with pytest.raises(OpenIdUnavailable):
        desk.begin(BROWSER)


def test_code_and_state_work_once_and_in_the_browser_that_began(office: Office, desk: Any, host: Host) -> None:
    # given
    back = host.sign_in(desk.begin(BROWSER), SUBJECT)
    told = {"state": back["state"], "code": back["code"], "issuer": back["iss"]}
    with pytest.raises(ChallengeInvalid):
        desk.finish(**told, browser="another browser")
    with pytest.raises(ChallengeInvalid):
        desk.finish(**told, browser="")
    # when
    desk.finish(**told, browser=BROWSER)
    # then
    with pytest.raises(ChallengeInvalid):
        desk.finish(**told, browser=BROWSER)
    other = host.sign_in(desk.begin(BROWSER), SUBJECT)
    with pytest.raises(OpenIdRefused):
        desk.finish(**told | {"state": other["state"]}, browser=BROWSER)


def test_a_code_of_another_sign_in_is_not_taken_over(office: Office, desk: Any, host: Host) -> None:
    """An attacker's code in the victim's browser, and a stolen one in the attacker's, fail by PKCE and nonce."""
    stolen = host.sign_in(desk.begin("the attacker's browser"), SUBJECT)
    with pytest.raises(OpenIdRefused):
        come_back(desk, host, code=stolen["code"])


@pytest.mark.parametrize("issuer", ["https://evil.example", "", None])
def test_an_answer_that_came_from_another_provider_is_refused(
    office: Office, desk: Any, host: Host, issuer: str | None
) -> None:
    with pytest.raises(OpenIdRefused):
        come_back(desk, host, issuer=issuer)


@pytest.mark.parametrize("state", ["", "x", "%", "A" * 75, "é", "=" * 40])
def test_a_state_that_is_none_of_ours_is_refused_before_anybody_is_asked(
    office: Office, desk: Any, host: Host, state: str
) -> None:
    with pytest.raises(ChallengeInvalid):
        desk.finish(state=state, code="x", issuer=host.issuer, browser=BROWSER)
    assert host.asked == []


def test_whoever_gives_up_or_stays_away_too_long_begins_again(office: Office, desk: Any, host: Host) -> None:
    with pytest.raises(OpenIdRefused):
        come_back(desk, host, code="")
    back = host.sign_in(desk.begin(BROWSER), SUBJECT)
    office.clock.advance(minutes=AWAY_MINUTES)
    with pytest.raises(ChallengeInvalid):
        desk.finish(state=back["state"], code=back["code"], issuer=back["iss"], browser=BROWSER)


def test_a_member_without_access_is_refused_and_noted(office: Office, desk: Any, host: Host) -> None:
    office.desk.staff.change_roles(
        "carla",
        Call(part("cli")),
        roles=(Role.HANDLER,),
        controllers=("*",),
        access_ends_on=office.clock.now().date(),
    )
    office.clock.advance(days=1)
    with pytest.raises(OpenIdRefused):
        come_back(desk, host)
    assert [each.name for each in office.service.log.read()][-1] == "dsr.failed-sign-in.noted"


def test_without_a_provider_there_is_no_such_sign_in(office: Office) -> None:
    with pytest.raises(OpenIdUnavailable):
        office.desk.openid_sign_in.begin(BROWSER)
    assert not office.desk.openid_sign_in.is_available
