"""Mail servers that take no password: access tokens from a real token server, shown to real IMAP and SMTP servers."""

import base64
import logging
import time
from collections.abc import Iterator
from typing import Any

import pytest
from aiosmtpd.smtp import SMTP, AuthResult
from pysasl import SASLAuth
from pysasl.creds.external import ExternalCredentials, ExternalVerificationRequired
from pysasl.creds.plain import PlainCredentials

from dsr.domain.messages import MailOauthRefused, MailOauthUnavailable, TransportUnavailable
from dsr.letters.smtp import SmtpServer, SmtpTransport
from dsr.mail_oauth import BearerLogin
from dsr.mailbox.inbox import ImapInbox, InboxRefused, InboxUnsuited, Waiting
from tests.certificates import Authority
from tests.imap_server import USER, ImapHost
from tests.letters.test_transports import MESSAGE, Inbox, serving
from tests.token_server import TokenHost, token_host

LETTER = b"From: ada@example.org\r\nSubject: a\r\n\r\nHello.\r\n"


@pytest.fixture
def host(authority: Authority) -> Iterator[TokenHost]:
    with token_host(authority) as running:
        yield running


# Tokens ----------------------------------------------------------------------------------------------------------


def test_a_token_is_kept_until_shortly_before_it_expires(host: TokenHost) -> None:
    now = [0.0]
    tokens = host.tokens(clock=lambda: now[0])
    first = tokens.token()
    now[0] = 3539
    assert tokens.token() == first
    now[0] = 3541
    assert tokens.token() != first
    assert len(host.issued) == 2


def test_a_token_of_unknown_life_is_not_kept_and_a_short_one_for_half_of_it(host: TokenHost) -> None:
    now = [0.0]
    host.answer = {"token_type": "bearer"}
    unknown = host.tokens(clock=lambda: now[0])
    assert unknown.token() != unknown.token()
    host.answer |= {"expires_in": "30"}
    short = host.tokens(clock=lambda: now[0])
    first = short.token()
    now[0] = 14
    assert short.token() == first
    now[0] = 16
    assert short.token() != first


def test_a_refused_client_says_so_and_shows_no_secret(host: TokenHost, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    for wrong in ({"client_secret": "canary-wrong"}, {"scope": "other"}):
        tokens = host.tokens(**wrong)
        with pytest.raises(MailOauthRefused) as refused:
            tokens.token()
        shown = f"{refused.value!r} {refused.value.facts} {refused.value.__cause__} {vars(tokens)!r} {caplog.text}"
        assert "canary" not in shown
    assert host.issued == []


@pytest.mark.parametrize(
    "raw",
    [
        b"<html>canary</html>",
        b"\xff",
        b"[]",
        b'{"token_type": "Bearer"}',
        b'{"access_token": "", "token_type": "Bearer"}',
        b'{"access_token": "canary", "token_type": "mac"}',
        b'{"access_token": "canary\\u0001user=eve", "token_type": "Bearer"}',
        b'{"access_token": "canary", "token_type": "Bearer", "expires_in": -1}',
        b'{"access_token": "canary", "token_type": "Bearer", "expires_in": 1e999}',
        b"canary" * 20_000,
    ],
)
def test_an_answer_without_a_usable_token_is_no_token(host: TokenHost, raw: bytes) -> None:
    host.raw = raw
    with pytest.raises(MailOauthUnavailable) as told:
        host.tokens().token()
    assert "canary" not in f"{told.value!r} {told.value.facts} {told.value.__cause__}"


@pytest.mark.parametrize("status", [302, 429, 500, 503])
def test_a_token_server_in_trouble_is_told_from_one_that_refuses(host: TokenHost, status: int) -> None:
    host.status = status
    with pytest.raises(MailOauthUnavailable) as told:
        host.tokens().token()
    assert told.value.code == "mail-oauth-unavailable"
    host.status = 200
    assert host.tokens().token()


def test_a_token_server_that_drips_or_that_nobody_vouches_for_is_unavailable(host: TokenHost) -> None:
    with pytest.raises(MailOauthUnavailable):
        host.tokens(context=None).token()
    host.drips, began = 0.05, time.monotonic()
    with pytest.raises(MailOauthUnavailable):
        host.tokens(seconds=0.5).token()
    assert time.monotonic() - began < 2


def test_a_user_is_written_as_the_mechanism_asks() -> None:
    assert BearerLogin("OAUTHBEARER", "a=b,c@x", "t")() == "n,a=a=3Db=2Cc@x,\x01auth=Bearer t\x01\x01"
    assert BearerLogin("XOAUTH2", "a@x", "t")(b"") == "user=a@x\x01auth=Bearer t\x01\x01"
    assert "canary" not in repr(BearerLogin("XOAUTH2", "a@x", "canary"))


# IMAP ------------------------------------------------------------------------------------------------------------


class TokenImapHost(ImapHost):
    """A server that takes access tokens for its one account, beside the password of the tests' mail program."""

    def __init__(self, tokens: TokenHost) -> None:
        super().__init__()
        authenticate = self._login.authenticate

        async def by_token(credentials: Any) -> Any:
            if not isinstance(credentials, ExternalCredentials):
                return await authenticate(credentials)
            try:
                credentials.verify(None)
            except ExternalVerificationRequired as shown:
                is_admitted = credentials.authzid == USER and tokens.admits(shown.token or "")
            return await authenticate(PlainCredentials(USER, self.password if is_admitted else ""))

        mechanisms = property(lambda _: SASLAuth.named([b"PLAIN", b"XOAUTH2"]))
        for where, name, changed in (
            (self._login, "authenticate", by_token),
            (self._plain, "initial_auth", mechanisms),
            (self._plain, "tls_auth", mechanisms),
        ):
            setattr(where, name, changed)


@pytest.fixture
def imap(host: TokenHost) -> Iterator[ImapHost]:
    running = TokenImapHost(host)
    yield running
    running.stop()


def read(imap: ImapHost, tokens: Any) -> list[bytes]:
    inbox = ImapInbox(imap.server(password="", tokens=tokens), max_bytes=2000, max_head_bytes=500)
    with inbox.open() as session:
        return [each.raw for each in session.messages() if isinstance(each, Waiting)]


def test_mail_is_read_with_an_access_token(host: TokenHost, imap: ImapHost) -> None:
    imap.put(LETTER)
    tokens = host.tokens()
    assert read(imap, tokens) == read(imap, tokens) == [LETTER]
    assert len(host.issued) == 1


def test_a_token_that_the_mailbox_refuses_is_fetched_anew_once(
    host: TokenHost, imap: ImapHost, caplog: pytest.LogCaptureFixture
) -> None:
    imap.put(LETTER)
    tokens = host.tokens()
    host.revoked.add(tokens.token())
    assert read(imap, tokens) == [LETTER]
    assert len(host.issued) == 2
    host.revoked |= {f"canary-token-{number}" for number in range(10)}
    caplog.set_level(logging.DEBUG)
    caplog.clear()
    with pytest.raises(InboxRefused) as refused:
        read(imap, tokens)
    assert len(host.issued) == 3
    ours = " ".join(each.getMessage() for each in caplog.records if not each.name.startswith("pymap"))
    assert "canary" not in f"{refused.value!r} {refused.value.__cause__} {ours}"


def test_an_inbox_waits_while_the_token_server_is_in_trouble(host: TokenHost, imap: ImapHost) -> None:
    host.status = 503
    with pytest.raises(MailOauthUnavailable):
        read(imap, host.tokens())


def test_a_mailbox_that_takes_no_tokens_is_told_and_gets_none(host: TokenHost) -> None:
    running = ImapHost()
    with pytest.raises(InboxUnsuited):
        read(running, host.tokens())
    running.stop()
    assert host.issued == []


# SMTP ------------------------------------------------------------------------------------------------------------


class TokenInbox(Inbox):
    """A server that takes access tokens by both mechanisms, or by one."""

    tokens: TokenHost
    used: list[str]

    async def auth_XOAUTH2(self, server: SMTP, args: list[str]) -> AuthResult:  # noqa: N802 - the library's names
        return await self._decide(server, args, "user=team@x\x01auth=Bearer ")

    async def auth_OAUTHBEARER(self, server: SMTP, args: list[str]) -> AuthResult:  # noqa: N802
        return await self._decide(server, args, "n,a=team@x,\x01auth=Bearer ")

    async def _decide(self, server: SMTP, args: list[str], begins: str) -> AuthResult:
        said = base64.b64decode(args[1]).decode()
        self.used.append(args[0])
        if said.startswith(begins) and self.tokens.admits(said.removeprefix(begins).removesuffix("\x01\x01")):
            return AuthResult(success=True)
        # The reasons come as a challenge, which the client answers by one more line.
        await server.challenge_auth('{"status": "invalid_token"}')
        return AuthResult(success=False, handled=False)


@pytest.mark.parametrize("without", [(), ("OAUTHBEARER",)], ids=["both", "XOAUTH2 only"])
def test_mail_leaves_with_an_access_token_and_a_refused_one_is_fetched_anew_once(
    host: TokenHost, authority: Authority, without: tuple[str, ...]
) -> None:
    inbox = TokenInbox()
    inbox.tokens, inbox.used = host, []
    tokens = host.tokens()
    options = {"tls_context": authority.server(), "require_starttls": True, "auth_exclude_mechanism": without}
    with serving(inbox, auth_required=True, **options) as port:
        server = SmtpServer("localhost", port, "starttls", "team@x", tokens=tokens)
        out = SmtpTransport(server, context=authority.client())
        out.send(MESSAGE)
        host.revoked.add(tokens.token())
        out.send(MESSAGE)
        assert (len(inbox.taken), len(host.issued)) == (2, 2)
        assert set(inbox.used) == {"XOAUTH2" if without else "OAUTHBEARER"}
        host.revoked |= {f"canary-token-{number}" for number in range(10)}
        with pytest.raises(TransportUnavailable) as refused:
            out.send(MESSAGE)
    assert len(host.issued) == 3
    assert "canary" not in f"{refused.value!r} {refused.value.facts} {refused.value.__cause__} {server!r}"


def test_letters_wait_while_no_token_can_be_had(host: TokenHost) -> None:
    with serving(Inbox()) as port:
        server = SmtpServer("127.0.0.1", port, "none", "team@x", tokens=host.tokens(client_secret="wrong"))
        with pytest.raises(MailOauthRefused) as refused:
            SmtpTransport(server).send(MESSAGE)
    assert isinstance(refused.value, TransportUnavailable), "no letter is marked as failed"
