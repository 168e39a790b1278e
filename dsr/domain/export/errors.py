"""Errors of exports: why a package is not prepared, offered, handed over or purged."""

from dsr.domain.errors import Denied, Gone, Invalid, Refused, Unknown


class ExportEmpty(Refused):
    """The export would hold no data. First collect the data that this right covers."""

    code = "export-empty"


class ExportExpiryInvalid(Refused):
    """The expiry time of a link must lie in the future."""

    code = "export-expiry-invalid"


class ExportOutdated(Refused):
    """This package is out of date: its data or an explanation changed, or another controller now answers the item.
    Prepare a new one.
    """

    code = "export-outdated"


class ExportWithheld(Refused):
    """In the present state of the request this package may not be handed over. Ask those who sent you the link."""

    code = "export-withheld"


class ExportNotOffered(Unknown):
    """There is no such download link. Check that you copied it completely, or ask for a new link."""

    code = "export-not-offered"


class ExportAlreadyRedeemed(Gone):
    """The package was downloaded by this link, or the hour of the link is over. Ask for a new link."""

    code = "export-already-redeemed"


class ExportExpired(Gone):
    """This link has expired. Ask for a new link."""

    code = "export-expired"


class ExportIsRevoked(Gone):
    """This link was revoked. Ask for a new link."""

    code = "export-revoked"


class ExportIsLocked(Gone):
    """The password was entered wrongly too often, so this link was revoked. Ask for a new link."""

    code = "export-locked"


class LinkStillWorks(Refused):
    """The link to this package still works, so it can't be opened again. Use it, or create a new link."""

    code = "link-still-works"


class ExportSessionEnded(Gone):
    """The one-hour download session has ended or was never started. Ask for a new link."""

    code = "export-session-ended"


class ExportIsPurged(Gone):
    """This package was deleted for good. Ask for a new one."""

    code = "export-purged"


class ExportStillKept(Refused):
    """The last link to this package has not expired, so it can't be purged as expired. Wait, or revoke the link for
    wrong content.
    """

    code = "export-still-kept"


class ByteRangeInvalid(Invalid):
    """The package has no such bytes. Ask for a range below its size, which `facts` states."""

    code = "byte-range-invalid"


class SecretWrong(Denied):
    """The password is wrong. After five wrong ones the link is revoked."""

    code = "secret-wrong"
