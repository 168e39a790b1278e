"""Why a package is not made, not offered, not handed over or not purged."""

from dsr.domain.errors import Denied, Gone, Invalid, Refused, Unknown


class ExportEmpty(Refused):
    """The export would hold no data. Collect data first, or record that nothing is held that this right covers."""

    code = "export-empty"


class ExportExpiryInvalid(Refused):
    """A link has to expire at a time that lies ahead."""

    code = "export-expiry-invalid"


class ExportOutdated(Refused):
    """Since this package was built, data was added or taken out, what is told was corrected, or another controller
    answers the item. Prepare a new one."""

    code = "export-outdated"


class ExportWithheld(Refused):
    """As the request stands, this package may not be handed over. Ask those who sent you the link."""

    code = "export-withheld"


class ExportNotOffered(Unknown):
    """There is no such link to an export."""

    code = "export-not-offered"


class ExportAlreadyRedeemed(Gone):
    """This link has been used; it works once. Ask for a new link."""

    code = "export-already-redeemed"


class ExportExpired(Gone):
    """This link has expired. Ask for a new link."""

    code = "export-expired"


class ExportIsRevoked(Gone):
    """This link was revoked. Ask for a new link."""

    code = "export-revoked"


class ExportIsLocked(Gone):
    """The second secret was wrong too often, so this link was revoked. Ask for a new link."""

    code = "export-locked"


class ExportSessionEnded(Gone):
    """The hour in which the package could be downloaded is over, or never began. Ask for a new link."""

    code = "export-session-ended"


class ExportIsPurged(Gone):
    """This package was deleted for good. Ask for a new one."""

    code = "export-purged"


class ExportStillKept(Refused):
    """The package is kept as long as its last link was promised to work; it can't be purged as expired yet."""

    code = "export-still-kept"


class ByteRangeInvalid(Invalid):
    """The package has no such bytes."""

    code = "byte-range-invalid"


class SecretWrong(Denied):
    """The second secret is wrong. After five wrong ones the link is revoked."""

    code = "secret-wrong"
