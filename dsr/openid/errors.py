"""Errors of the sign-in at the organisation's provider; their facts name what is wrong, and quote nothing."""

from dsr.domain.errors import Denied, Unavailable


class OpenIdRefused(Denied):
    """The answer of your organisation's sign-in does not prove who you are. Begin again at `/sign-in`."""

    code = "openid-refused"


class OpenIdUnavailable(Unavailable):
    """Your organisation's sign-in can't be reached, or is set up in another way than this service. Try again later, or
    sign in with a passkey.
    """

    code = "openid-unavailable"
