"""Authentication results of our own mail server (RFC 8601): SPF, DKIM, DMARC.

A pass shows that a domain sent the message, not which person did. So a pass proves no identity and gives no access; a
failure is one reason for a person to doubt (GDPR Art. 12(6)).
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from dsr.mailbox.headers import received_by
from dsr.mailbox.own_servers import OwnServers

_METHODS: Final = ("spf", "dkim", "dmarc")
_RESULTS: Final = frozenset(
    {"pass", "fail", "softfail", "neutral", "none", "policy", "temperror", "permerror", "hardfail", "nxdomain"}
)
_DOUBTFUL: Final = frozenset({"fail", "softfail", "hardfail", "policy", "permerror"})
"""Results that the domain did not authorise the message; others are inconclusive."""
_TOKENS: Final = re.compile(r'"(?:[^"\\]|\\.)*"|[();]|[^\s();"]+')
_FINDING: Final = re.compile(r"([A-Za-z][A-Za-z0-9-]*)(?:/[0-9]+)?=([A-Za-z]+)")
_DOMAIN: Final = re.compile(r"(?:header\.(?:d|i|from)|smtp\.(?:mailfrom|helo))=(?:[^@=\s]*@)?([A-Za-z0-9._-]{1,253})")
_MOST: Final = 20
"""Maximum number of results kept per message, which may have many signatures."""
_MAX_FIELD: Final = 5_000


@dataclass(frozen=True)
class AuthenticationResult:
    """One result."""

    method: str
    """`spf`, `dkim` or `dmarc`."""
    result: str
    """Result code of RFC 8601, such as `pass` or `fail`."""
    domain: str
    """Domain of the sender concerned; empty if the server names none."""

    @property
    def is_doubtful(self) -> bool:
        """Whether it is a reason to doubt the sender."""
        return self.result in _DOUBTFUL


def authentication_results(fields: list[tuple[str, str]], own_servers: OwnServers) -> tuple[AuthenticationResult, ...]:
    """The latest results written by one of our servers; any others are claims of the sender.

    None are believed where our servers write none, since a sender could write any in their name. `fields`: names in
    lower case and unfolded values of all header fields, in order. Fields below the first `Received` of another server
    were in the message before it reached us, so they are ignored. Of several fields in our server's name, only the
    topmost counts. Our server has to remove forged fields above that `Received`, or write its own above them (RFC
    8601, section 5). Never raises.
    """
    stamping, authenticating = _plain(own_servers.stamping), _plain(own_servers.authenticating)
    for name, value in fields:
        if name == "received" and received_by(value) not in stamping:
            break
        if name == "authentication-results":
            head, *parts = _parts(value[:_MAX_FIELD])
            if head and head[0].strip('"').lower().rstrip(".") in authenticating:
                return tuple(dict.fromkeys(_results(parts)))[:_MOST]
    return ()


def _plain(servers: frozenset[str]) -> frozenset[str]:
    return frozenset(server.lower().rstrip(".") for server in servers)


def _results(parts: list[list[str]]) -> Iterator[AuthenticationResult]:
    for words in parts:
        finding = _FINDING.fullmatch(words[0]) if words else None
        if finding is None:
            continue
        method, result = finding[1].lower(), finding[2].lower()
        if method in _METHODS and result in _RESULTS:
            domains = (_DOMAIN.match(word.replace('"', "")) for word in words[1:])
            domain = next((each[1].lower() for each in domains if each is not None), "")
            yield AuthenticationResult(method, result, domain)


def _parts(value: str) -> list[list[str]]:
    """The words between semicolons, without comments, which may be nested."""
    parts: list[list[str]] = [[]]
    depth = 0
    for token in _TOKENS.findall(re.sub(r"\s*=\s*", "=", value)):
        if token == "(":  # noqa: S105 - a parenthesis
            depth += 1
        elif token == ")":  # noqa: S105
            depth = max(0, depth - 1)
        elif depth:
            continue
        elif token == ";":  # noqa: S105
            parts.append([])
        else:
            parts[-1].append(token)
    return parts
