"""An export: the package for a data subject, and the links to it (GDPR Art. 15(3), 20(1)).

`package.py` and `links.py` hold events and commands.
"""

from dsr.domain.export.errors import (
    ByteRangeInvalid,
    ExportAlreadyRedeemed,
    ExportEmpty,
    ExportExpired,
    ExportExpiryInvalid,
    ExportIsLocked,
    ExportIsPurged,
    ExportIsRevoked,
    ExportNotOffered,
    ExportOutdated,
    ExportSessionEnded,
    ExportStillKept,
    ExportWithheld,
    LinkStillWorks,
    SecretWrong,
)
from dsr.domain.export.links import (
    MAX_WRONG_SECRETS,
    SESSION,
    ExportDownloaded,
    ExportOffered,
    ExportRedeemed,
    ExportRenewed,
    ExportRevoked,
    ExportSecretRefused,
    ExportSent,
)
from dsr.domain.export.network import network_of
from dsr.domain.export.package import ExportPrepared, ExportPurged, PackageCommands
from dsr.domain.export.values import ExportKind, Offer, PurgeReason, RevocationReason

__all__ = [
    "MAX_WRONG_SECRETS",
    "SESSION",
    "ByteRangeInvalid",
    "Export",
    "ExportAlreadyRedeemed",
    "ExportDownloaded",
    "ExportEmpty",
    "ExportExpired",
    "ExportExpiryInvalid",
    "ExportIsLocked",
    "ExportIsPurged",
    "ExportIsRevoked",
    "ExportKind",
    "ExportNotOffered",
    "ExportOffered",
    "ExportOutdated",
    "ExportPrepared",
    "ExportPurged",
    "ExportRedeemed",
    "ExportRenewed",
    "ExportRevoked",
    "ExportSecretRefused",
    "ExportSent",
    "ExportSessionEnded",
    "ExportStillKept",
    "ExportWithheld",
    "LinkStillWorks",
    "Offer",
    "PurgeReason",
    "RevocationReason",
    "SecretWrong",
    "network_of",
]


class Export(PackageCommands):
    """One package for one item of a request."""

    TOPIC = "dsr.export"
