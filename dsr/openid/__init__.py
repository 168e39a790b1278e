"""Sign-in at the organisation's provider: OpenID Connect Core 1.0, code flow with PKCE (RFC 7636) and `iss` (RFC 9207).

The provider is believed in one thing: that this subject signed in there, for us, just now. Nothing that it answers is
logged or quoted.
"""

from dsr.openid.errors import OpenIdRefused, OpenIdUnavailable
from dsr.openid.fetching import Fetcher
from dsr.openid.id_token import Identity
from dsr.openid.provider import OpenIdAttempt, OpenIdClient, OpenIdProvider

__all__ = [
    "Fetcher",
    "Identity",
    "OpenIdAttempt",
    "OpenIdClient",
    "OpenIdProvider",
    "OpenIdRefused",
    "OpenIdUnavailable",
]
