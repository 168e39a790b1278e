"""Why a package is not made, not offered, not handed over or not purged."""

from dsr.domain.errors import DomainError


class ExportEmpty(DomainError):
    """The export would hold no data. Collect data first, or record that nothing is held that this right covers."""

    code = "export-empty"


class ExportExpiryInvalid(DomainError):
    """A link has to expire at a time that lies ahead."""

    code = "export-expiry-invalid"


class ExportOutdated(DomainError):
    """Since this package was built, data was added or taken out, what is told was corrected, or another controller
    answers the item. Prepare a new one."""

    code = "export-outdated"


class ExportWithheld(DomainError):
    """As the request stands, this package may not be handed over. Ask those who sent you the link."""

    code = "export-withheld"


class ExportNotOffered(DomainError):
    """There is no such link to an export."""

    code = "export-not-offered"


class ExportAlreadyRedeemed(DomainError):
    """This link has been used; it works once. Ask for a new link."""

    code = "export-already-redeemed"


class ExportExpired(DomainError):
    """This link has expired. Ask for a new link."""

    code = "export-expired"


class ExportIsRevoked(DomainError):
    """This link was revoked. Ask for a new link."""

    code = "export-revoked"


class ExportIsLocked(DomainError):
    """The second secret was wrong too often, so this link was revoked. Ask for a new link."""

    code = "export-locked"


class ExportSessionEnded(DomainError):
    """The hour in which the package could be downloaded is over, or never began. Ask for a new link."""

    code = "export-session-ended"


class ExportIsPurged(DomainError):
    """This package was deleted for good. Ask for a new one."""

    code = "export-purged"


class ExportStillKept(DomainError):
    """The package is kept as long as its last link was promised to work; it can't be purged as expired yet."""

    code = "export-still-kept"


class ByteRangeInvalid(DomainError):
    """The package has no such bytes."""

    code = "byte-range-invalid"


class SecretWrong(DomainError):
    """The second secret is wrong. After five wrong ones the link is revoked."""

    code = "secret-wrong"
