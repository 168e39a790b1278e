"""What our own mail server found out about where a message came from (RFC 8601): SPF, DKIM, DMARC.

A pass says that a domain sent the message, never that a person did: who holds the mailbox, or borrowed it, it does not
tell. So a pass proves no identity and opens nothing; a failure is one reason for a person to doubt (GDPR Art. 12(6)).
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from dsr.mailbox.headers import received_by

_METHODS: Final = ("spf", "dkim", "dmarc")
_RESULTS: Final = frozenset(
    {"pass", "fail", "softfail", "neutral", "none", "policy", "temperror", "permerror", "hardfail", "nxdomain"}
)
_DOUBTFUL: Final = frozenset({"fail", "softfail", "hardfail", "policy", "permerror"})
"""The server says that the domain does not stand for the message; the others say that it can't tell."""
_TOKENS: Final = re.compile(r'"(?:[^"\\]|\\.)*"|[();]|[^\s();"]+')
_FINDING: Final = re.compile(r"([A-Za-z][A-Za-z0-9-]*)(?:/[0-9]+)?=([A-Za-z]+)")
_DOMAIN: Final = re.compile(r"(?:header\.(?:d|i|from)|smtp\.(?:mailfrom|helo))=(?:[^@=\s]*@)?([A-Za-z0-9._-]{1,253})")
_MOST: Final = 20
"""Results that are kept of one message; it may have many signatures."""
_MAX_FIELD: Final = 5_000


@dataclass(frozen=True)
class AuthenticationResult:
    """One result."""

    method: str
    """`spf`, `dkim` or `dmarc`."""
    result: str
    """As RFC 8601 names it, such as `pass` or `fail`."""
    domain: str
    """Of the sender that it is about; empty where the server names none."""

    @property
    def is_doubtful(self) -> bool:
        """A reason to ask who wrote this."""
        return self.result in _DOUBTFUL


def authentication_results(
    fields: list[tuple[str, str]], own_servers: frozenset[str]
) -> tuple[AuthenticationResult, ...]:
    """The results that a server of `own_servers` wrote last; those of anybody else are claims of the sender.

    `fields`: names in lower case and unfolded values of all header fields, in order. What stands below the first
    `Received` of another server was in the message before it reached us, whoever it says it were from; so may be what
    stands below the first field in our name, and our server does not contradict itself. A field that a sender wrote
    above that `Received` our server has to remove (RFC 8601, section 5), or write its own above it. Never raises.
    """
    own = {server.lower().rstrip(".") for server in own_servers}
    for name, value in fields:
        if name == "received" and received_by(value) not in own:
            break
        if name == "authentication-results":
            head, *parts = _parts(value[:_MAX_FIELD])
            if head and head[0].strip('"').lower().rstrip(".") in own:
                return tuple(dict.fromkeys(_results(parts)))[:_MOST]
    return ()


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
