"""Our own mail servers: whose fields in the header of a mail are believed."""

from dataclasses import dataclass


@dataclass(frozen=True)
class OwnServers:
    """Names of our own mail servers; whatever other servers wrote is a claim of the sender."""

    stamping: frozenset[str] = frozenset()
    """Host names whose `Received` fields are believed."""
    authenticating: frozenset[str] = frozenset()
    """Names (authserv-id, RFC 8601) under which they write `Authentication-Results`; empty: they write none."""


NO_SERVERS = OwnServers()
