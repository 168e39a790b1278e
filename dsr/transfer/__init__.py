"""Packages that go straight to the interface of another controller, over HTTPS (GDPR Art. 20(2))."""

from dsr.transfer.https import HttpsTransport

__all__ = ["HttpsTransport"]
