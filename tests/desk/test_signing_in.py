"""Members of staff sign in with passkeys: what proves who somebody is, and what does not (GDPR Art. 32(1)(b), (4))."""

import json
from datetime import timedelta
from typing import Any
from uuid import UUID

import cbor2
import pytest
import sqlalchemy as sa
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url

from dsr.desk.caller import Call, Caller
from dsr.desk.caller import service as part
from dsr.desk.challenges import CHALLENGE_MINUTES, ChallengeInvalid, used_challenges
from dsr.desk.errors import Forbidden, SignInNeeded
from dsr.desk.session_desk import SessionFilter
from dsr.desk.signing_in import PasskeyKnown
from dsr.desk.staff_sessions import staff_session_secrets
from dsr.domain.roles import Role
from dsr.domain.staff import InvitationInvalid, LastPasskey, StaffAlreadyConfirmed
from dsr.domain.staff_session import StaffSessionOver, StaffSessionUnknown
from dsr.passkeys import LARGEST_ANSWER, PasskeyRefused, RelyingParty, SignInUnavailable
from tests.authenticator import PRESENT, Authenticator
from tests.desk.office import Office

OPERATOR = Caller("operator", frozenset({Role.OPERATOR}), None)
BROWSER = "the secret in a cookie"


@pytest.fixture(autouse=True)
def public_url(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(office.desk.signing_in, "_public_url", "https://dsr.example")


@pytest.fixture
def carla(office: Office) -> Authenticator:
    """A handler who registered this authenticator."""
    office.enrol("carla", "callcentre-de")
    return registered(office, "carla")


def registered(office: Office, identifier: str) -> Authenticator:
    """An authenticator that an invitation let this member register."""
    key = Authenticator()
    accept(office, identifier, key)
    return key


def accept(office: Office, identifier: str, key: Authenticator) -> str:
    """The secret of the session that begins with the registration."""
    desk, code = office.desk, office.desk.invitations.print_code(identifier, Call(part("cli")))
    return desk.signing_in.accept(code, key.create(desk.signing_in.invitation_options(code, BROWSER).options), BROWSER)


def signed_in(office: Office, key: Authenticator) -> str:
    """The secret of a session."""
    return office.desk.signing_in.sign_in(key.get(office.desk.signing_in.options(BROWSER).options), BROWSER)


def who(office: Office, secret: str) -> Caller:
    return office.desk.staff.authenticate_session(secret)


# Passkeys ---------------------------------------------------------------------------------------------------------


def test_an_invitation_registers_one_passkey_and_signs_its_holder_in(office: Office) -> None:
    # given
    office.enrol("carla", "callcentre-de")
    key, code = Authenticator(), office.desk.invitations.print_code("carla", Call(part("cli")))
    options = office.desk.signing_in.invitation_options(code, BROWSER).options
    # when
    secret = office.desk.signing_in.accept(code, key.create(options), BROWSER)
    # then
    caller = who(office, secret)
    assert (caller.actor, caller.roles, caller.scope) == (
        "carla",
        frozenset({Role.HANDLER}),
        frozenset({"callcentre-de"}),
    )
    assert who(office, signed_in(office, key)).actor == "carla"
    with pytest.raises(InvitationInvalid):
        office.desk.signing_in.invitation_options(code, BROWSER)
    with pytest.raises(InvitationInvalid):
        office.desk.signing_in.accept(code, Authenticator().create(options), BROWSER)
    rows = repr(office.everything())
    assert (secret in rows, code in rows) == (False, False)
    assert office.differences() == []


WRONG: dict[str, dict[str, Any]] = {
    "another site asked": {"origin": "https://evil.example"},
    "a page within that of another site": {"crossOrigin": True},
    "a registration in place of a signature": {"type": "webauthn.create"},
}


@pytest.mark.parametrize("wrong", WRONG)
def test_an_answer_that_was_made_elsewhere_proves_nothing(office: Office, carla: Authenticator, wrong: str) -> None:
    options = office.desk.signing_in.options(BROWSER).options
    with pytest.raises(PasskeyRefused):
        office.desk.signing_in.sign_in(carla.get(options, **WRONG[wrong]), BROWSER)


def test_whoever_was_not_verified_by_the_authenticator_gets_nothing(office: Office, carla: Authenticator) -> None:
    carla.flags = PRESENT
    with pytest.raises(PasskeyRefused):
        signed_in(office, carla)
    office.enrol("dora")
    with pytest.raises(PasskeyRefused):
        accept(office, "dora", Authenticator(flags=PRESENT))


def test_another_host_another_key_and_another_user_prove_nothing(office: Office, carla: Authenticator) -> None:
    for wrong in (
        Authenticator(credential=carla.credential, user=carla.user),
        Authenticator(key=carla.key, user=carla.user),
        Authenticator(key=carla.key, credential=carla.credential, user=b"somebody else"),
        Authenticator(key=carla.key, credential=carla.credential, user=carla.user, rp_id="evil.example"),
    ):
        wrong.count = 100
        with pytest.raises(PasskeyRefused):
            signed_in(office, wrong)


def test_a_counter_that_does_not_rise_shows_a_copy(office: Office, carla: Authenticator) -> None:
    signed_in(office, carla)
    carla.count -= 1
    with pytest.raises(PasskeyRefused):
        signed_in(office, carla)
    carla.count += 5
    assert signed_in(office, carla)


def test_an_authenticator_that_counts_nothing_signs_in_again_and_again(office: Office) -> None:
    office.enrol("carla", "callcentre-de")
    key = Authenticator(counts=False)
    accept(office, "carla", key)
    for _ in range(3):
        assert signed_in(office, key)


def test_an_answer_works_once_for_its_browser_and_for_five_minutes(office: Office, carla: Authenticator) -> None:
    # given
    desk = office.desk.signing_in
    answer = carla.get(desk.options(BROWSER).options)
    for browser in ("another browser", ""):
        with pytest.raises(ChallengeInvalid):
            desk.sign_in(answer, browser)
    # when
    desk.sign_in(answer, BROWSER)
    # then
    with pytest.raises((ChallengeInvalid, PasskeyRefused)):
        desk.sign_in(answer, BROWSER)
    late = carla.get(desk.options(BROWSER).options)
    office.clock.advance(seconds=CHALLENGE_MINUTES * 60)
    with pytest.raises(ChallengeInvalid):
        desk.sign_in(late, BROWSER)


def test_an_answer_of_one_ceremony_serves_no_other(office: Office, carla: Authenticator) -> None:
    desk, caller = office.desk.signing_in, who(office, signed_in(office, carla))
    with pytest.raises(ChallengeInvalid):
        desk.step_up(carla.get(desk.options(BROWSER).options), caller, BROWSER)
    with pytest.raises(ChallengeInvalid):
        desk.sign_in(carla.get(desk.step_up_options(caller, BROWSER).options), BROWSER)
    with pytest.raises(ChallengeInvalid):
        desk.register(Authenticator().create(_creation_for_another(office)), caller, BROWSER)


def _creation_for_another(office: Office) -> str:
    """Options that an invitation of somebody else gave."""
    office.enrol("dora")
    code = office.desk.invitations.print_code("dora", Call(part("cli")))
    return office.desk.signing_in.invitation_options(code, BROWSER).options


def test_showing_the_page_stores_nothing(office: Office) -> None:
    before = repr(office.everything())
    for _ in range(5):
        office.desk.signing_in.options(BROWSER)
    assert repr(office.everything()) == before


def test_used_challenges_are_forgotten_once_they_would_have_ended(office: Office, carla: Authenticator) -> None:
    signed_in(office, carla)
    office.clock.advance(seconds=CHALLENGE_MINUTES * 60 + 1)
    signed_in(office, carla)
    with office.service.database.reading() as connection:
        assert len(connection.execute(sa.select(used_challenges)).all()) == 1


HOSTILE = (
    "",
    "{",
    "[]",
    "null",
    "1" * (LARGEST_ANSWER + 1),
    "[" * 10_000,
    '{"response": {}}',
    '{"id": 1, "rawId": [], "type": {}, "response": {"clientDataJSON": 7}}',
    '{"response": {"clientDataJSON": "bnVsbA"}}',
    '{"response": {"clientDataJSON": "//"}}',
    '{"response": {"clientDataJSON": "eyJ0eXBlIjoxLCJjaGFsbGVuZ2UiOjEsIm9yaWdpbiI6MX0"}}',
    json.dumps({"response": {"clientDataJSON": bytes_to_base64url(b"[" * 5_000)}}),
)


@pytest.mark.parametrize("given", HOSTILE)
def test_an_answer_that_is_none_is_refused_with_its_code(office: Office, given: str) -> None:
    with pytest.raises(PasskeyRefused):
        office.desk.signing_in.sign_in(given, BROWSER)
    office.enrol("dora")
    code = office.desk.invitations.print_code("dora", Call(part("cli")))
    with pytest.raises(PasskeyRefused):
        office.desk.signing_in.accept(code, given, BROWSER)


@pytest.mark.parametrize("public_key", [[], "", b"", {}, {1: 2, 3: -7, -1: 1, -2: None, -3: 2**70}, 2**70])
@pytest.mark.parametrize("statement", [{}, {"attStmt": {"alg": 2**70, "sig": b""}, "fmt": "packed"}, {"fmt": 2**70}])
def test_a_passkey_of_another_shape_is_refused_with_its_code(public_key: object, statement: dict[str, object]) -> None:
    # given
    challenge, key = bytes(56), Authenticator()
    party = RelyingParty("dsr.example", key.origin)
    answer = json.loads(key.create(party.creation_options(challenge, user=b"u", name="carla", known=[])))
    made = cbor2.loads(base64url_to_bytes(answer["response"]["attestationObject"]))
    # when
    made["authData"] = made["authData"][:55] + key.credential + cbor2.dumps(public_key)
    answer["response"]["attestationObject"] = bytes_to_base64url(cbor2.dumps(made | statement))
    # then
    with pytest.raises(PasskeyRefused):
        party.registered(json.dumps(answer), challenge)


def test_an_authenticator_is_registered_once(office: Office, carla: Authenticator) -> None:
    office.enrol("dora")
    carla.count = 0
    with pytest.raises(PasskeyKnown):
        accept(office, "dora", carla)


def test_several_passkeys_sign_in_and_the_last_one_stays(office: Office, carla: Authenticator) -> None:
    # given
    desk, caller, second = office.desk.signing_in, who(office, signed_in(office, carla)), Authenticator()
    office.clock.advance(minutes=1)
    desk.register(second.create(desk.registration_options(caller, BROWSER).options), caller, BROWSER)
    first, other = (each["passkey_id"] for each in reversed(desk.passkeys("carla", caller)))
    with_second = signed_in(office, second)
    # when
    desk.revoke("carla", other, Call(caller))
    # then
    with pytest.raises(PasskeyRefused):
        signed_in(office, second)
    with pytest.raises(SignInNeeded):
        who(office, with_second)
    assert signed_in(office, carla)
    with pytest.raises(LastPasskey):
        desk.revoke("carla", first, Call(caller))
    with pytest.raises(Forbidden):
        desk.revoke("carla", first, Call(Caller("eve", frozenset({Role.HANDLER}), None)))
    desk.revoke("carla", first, Call(OPERATOR))
    with pytest.raises(PasskeyRefused):
        signed_in(office, carla)


def test_whoever_lost_the_passkey_is_invited_anew_and_confirmed_by_a_second_person(
    office: Office, carla: Authenticator
) -> None:
    # given
    office.enrol("dana", roles=(Role.DPO,))
    office.desk.work_addresses.give("carla", Call(part("test")), email="carla@staff.example")
    # when
    office.desk.invitations.invite("carla", Call(OPERATOR))
    # then
    assert who(office, signed_in(office, carla)).roles == frozenset(), "nothing holds until somebody confirms it"
    office.desk.staff.confirm("carla", Call(Caller("dana", frozenset({Role.DPO}), None)))
    assert who(office, signed_in(office, carla)).roles
    with pytest.raises(StaffAlreadyConfirmed):
        office.desk.staff.confirm("carla", Call(Caller("dana", frozenset({Role.DPO}), None)))


ADDRESSES = {
    "https://dsr.example": RelyingParty("dsr.example", "https://dsr.example"),
    "https://dsr.example:8443": RelyingParty("dsr.example", "https://dsr.example:8443"),
    "https://dsr.example:443": RelyingParty("dsr.example", "https://dsr.example"),
    "http://localhost:8000": RelyingParty("localhost", "http://localhost:8000"),
    "http://dsr.example": None,
    "http://127.0.0.1:8000": None,
    "https://127.0.0.1": None,
    "https://intranet": None,
    "": None,
}


@pytest.mark.parametrize("address", ADDRESSES)
def test_passkeys_work_at_an_https_name_and_at_localhost(address: str) -> None:
    assert RelyingParty.at(address) == ADDRESSES[address]


def test_another_host_name_knows_no_passkey_of_the_first(
    office: Office, carla: Authenticator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(office.desk.signing_in, "_public_url", "https://new.example")
    carla.origin, carla.rp_id = "https://new.example", "new.example"
    with pytest.raises(PasskeyRefused):
        signed_in(office, carla)
    monkeypatch.setattr(office.desk.signing_in, "_public_url", "http://dsr.example")
    with pytest.raises(SignInUnavailable):
        office.desk.signing_in.options(BROWSER)


# Sessions ---------------------------------------------------------------------------------------------------------


def test_a_session_ends_half_an_hour_after_its_last_use_and_twelve_hours_after_its_first(
    office: Office, carla: Authenticator
) -> None:
    # given
    idle, busy = signed_in(office, carla), signed_in(office, carla)
    # when
    for _ in range(24):
        office.clock.advance(minutes=29)
        assert who(office, busy).actor == "carla"
    # then
    with pytest.raises(SignInNeeded):
        who(office, idle)
    office.clock.advance(minutes=24)
    with pytest.raises(SignInNeeded):
        who(office, busy)


def test_the_last_use_is_noted_once_a_minute(office: Office, carla: Authenticator) -> None:
    secret = signed_in(office, carla)

    def seen() -> Any:
        with office.service.database.reading() as connection:
            return connection.execute(sa.select(sa.func.max(staff_session_secrets.c.last_seen_at))).scalar_one()

    first = seen()
    office.clock.advance(seconds=59)
    who(office, secret)
    assert seen() == first
    office.clock.advance(seconds=1)
    who(office, secret)
    assert seen() > first


@pytest.mark.parametrize("ends", ["left", "roles", "access", "signed-out", "operator", "all"])
def test_leaving_other_roles_and_whoever_may_end_every_session(office: Office, carla: Authenticator, ends: str) -> None:
    # given
    secrets = [signed_in(office, carla) for _ in range(3)]
    caller = who(office, secrets[0])
    assert caller.session_id is not None
    # when
    match ends:
        case "left":
            office.desk.staff.leave("carla", Call(OPERATOR))
        case "roles" | "access":
            last = office.clock.now().date() if ends == "access" else None
            roles = (Role.HANDLER,)
            office.desk.staff.change_roles(
                "carla", Call(OPERATOR), roles=roles, controllers=("callcentre-de",), access_ends_on=last
            )
        case "signed-out":
            for each in secrets:
                office.desk.sessions.sign_out(who(office, each))
        case "operator":
            office.desk.sessions.end("carla", caller.session_id, Call(OPERATOR))
            secrets = secrets[:1]
        case _:
            office.desk.sessions.end_all("carla", Call(caller))
    # then
    for each in secrets:
        with pytest.raises(SignInNeeded):
            who(office, each)
    assert office.differences() == []


def test_a_member_whose_access_is_over_is_in_no_session(office: Office) -> None:
    office.enrol("aud", roles=(Role.AUDITOR,), access_ends_on=office.clock.now().date() + timedelta(days=1))
    key = registered(office, "aud")
    office.clock.advance(days=1)
    secret = signed_in(office, key)
    office.clock.time = office.clock.time.replace(hour=23, minute=50)
    secret = signed_in(office, key)
    office.clock.advance(minutes=15)
    with pytest.raises(SignInNeeded):
        who(office, secret)
    with pytest.raises(PasskeyRefused):
        signed_in(office, key)


def test_sessions_are_listed_to_their_member_and_ended_by_nobody_else(office: Office, carla: Authenticator) -> None:
    # given
    caller = who(office, signed_in(office, carla))
    other = Caller("eve", frozenset({Role.HANDLER}), frozenset({"callcentre-de"}))
    # then
    listed = office.desk.sessions.of("carla", caller, SessionFilter()).rows
    assert [(each["runs"], each["method"]) for each in listed] == [(True, "passkey")] * 2
    assert caller.session_id is not None
    for refused in (
        lambda: office.desk.sessions.of("carla", other, SessionFilter()),
        lambda: office.desk.sessions.end_all("carla", Call(other)),
    ):
        with pytest.raises(Forbidden):
            refused()
    with pytest.raises(StaffSessionUnknown):
        office.desk.sessions.end("carla", UUID(int=7), Call(caller))
    office.desk.sessions.end("carla", caller.session_id, Call(OPERATOR))
    with pytest.raises(StaffSessionOver):
        office.desk.sessions.end("carla", caller.session_id, Call(OPERATOR))
    ended = office.desk.sessions.of("carla", OPERATOR, SessionFilter()).rows[0]
    assert (ended["runs"], ended["ended_by"], ended["end_reason"]) == (False, "operator", "ended-by-other")


def test_a_secret_that_no_event_knows_opens_nothing(office: Office, carla: Authenticator) -> None:
    """Whoever can write the table of secrets is still nobody."""
    secret = signed_in(office, carla)
    with office.service.database.writing() as connection:
        connection.execute(
            staff_session_secrets.insert(),
            {
                "sha256": "0" * 64,
                "session_id": UUID(int=7),
                "last_seen_at": office.clock.now(),
                "ends_at": office.clock.now() + timedelta(hours=1),
            },
        )
    assert who(office, secret).actor == "carla"
    for wrong in ("", "dsrs_x", secret[:-1]):
        with pytest.raises(SignInNeeded):
            who(office, wrong)


def test_proving_oneself_again_is_on_record_and_only_by_the_same_person(office: Office, carla: Authenticator) -> None:
    # given
    office.enrol("dora")
    dora, secret = registered(office, "dora"), signed_in(office, carla)
    office.clock.advance(minutes=10)
    desk, caller = office.desk.signing_in, who(office, secret)
    with pytest.raises(PasskeyRefused):
        desk.step_up(dora.get(desk.step_up_options(caller, BROWSER).options), caller, BROWSER)
    # when
    renewed = desk.step_up(carla.get(desk.step_up_options(caller, BROWSER).options), caller, BROWSER)
    # then
    assert (who(office, renewed).proved_at, who(office, renewed).credential) == (office.clock.now(), caller.credential)
    with pytest.raises(SignInNeeded):  # a copy of the cookie before opens nothing any more
        who(office, secret)
    assert [each.name for each in office.service.log.read()][-1] == "dsr.staff-session.stepped-up"


# Failures ---------------------------------------------------------------------------------------------------------


def noted(office: Office) -> list[Any]:
    """The events of failed attempts."""
    return [each.event for each in office.service.log.read() if each.name == "dsr.failed-sign-in.noted"]


def fail(office: Office, key: Authenticator) -> None:
    """An attempt with the id of this key, which another key signs."""
    forged = Authenticator(credential=key.credential, user=key.user, count=1_000)
    with pytest.raises(PasskeyRefused):
        signed_in(office, forged)


def test_failures_with_a_known_passkey_are_events_four_an_hour_at_most(office: Office, carla: Authenticator) -> None:
    # when
    for _ in range(3):
        fail(office, carla)
    office.clock.advance(minutes=14)
    fail(office, carla)
    assert [each.failures for each in noted(office)] == [1]
    office.clock.advance(minutes=1)
    for _ in range(2):
        fail(office, carla)
    # then
    told = noted(office)
    assert [each.failures for each in told] == [1, 4]
    assert {each.identifier for each in told} == {"carla"}
    assert {each.actor for each in told} == {"service:sign-in"}
    assert office.desk.sign_in_failures.known() == 6
    assert signed_in(office, carla), "whoever tries locks nobody out"


def test_strangers_make_neither_the_log_nor_a_table_grow(office: Office, carla: Authenticator) -> None:
    # given
    with pytest.raises(PasskeyRefused):
        signed_in(office, Authenticator(user=carla.user))
    head, rows = office.service.log.head().position, {name: len(each) for name, each in office.everything().items()}
    # when
    for given in (*HOSTILE, Authenticator(user=carla.user).get(office.desk.signing_in.options(BROWSER).options)):
        with pytest.raises(PasskeyRefused):
            office.desk.signing_in.sign_in(given, BROWSER)
    # then
    assert office.service.log.head().position == head
    assert {name: len(each) for name, each in office.everything().items()} == rows
    assert office.desk.sign_in_failures.unknown() == len(HOSTILE) + 2


def test_a_page_that_is_too_old_counts_as_no_failure(office: Office, carla: Authenticator) -> None:
    with pytest.raises(ChallengeInvalid):
        office.desk.signing_in.sign_in(carla.get(office.desk.signing_in.options("other").options), BROWSER)
    assert office.desk.sign_in_failures.known() == 0
    assert office.desk.sign_in_failures.unknown() == 0


def test_a_member_without_access_who_tries_is_noted(office: Office, carla: Authenticator) -> None:
    roles = (Role.HANDLER,)
    office.desk.staff.change_roles(
        "carla", Call(OPERATOR), roles=roles, controllers=("*",), access_ends_on=office.clock.now().date()
    )
    office.clock.advance(days=1)
    with pytest.raises(PasskeyRefused):
        signed_in(office, carla)
    assert [each.failures for each in noted(office)] == [1]
