"""Direct transfer of packages to another controller's interface over HTTPS (GDPR Art. 20(2))."""

from dsr.transfer.https import HttpsTransport

__all__ = ["HttpsTransport"]
