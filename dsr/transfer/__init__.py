"""Out over HTTPS: packages to another controller's interface (GDPR Art. 20(2)), and texts to a team's channel."""

from dsr.transfer.https import HttpsTransport
from dsr.transfer.webhook import Webhook

__all__ = ["HttpsTransport", "Webhook"]
