"""The channel of a team in Slack, Teams, Mattermost or the like, by its incoming webhook.

It goes the way of packages: over TLS to a host that proves its name, at an address of the internet or of a network that
the operator allowed, without redirects.
"""

import json
from datetime import timedelta
from typing import Final

from dsr.domain.handing_over import TargetAddress
from dsr.transfer.https import HttpsTransport

WITHIN: Final = timedelta(seconds=30)
"""Longest time of one post, with its answer."""


class Webhook:
    """The port `TeamChannel`. It has no `repr`, since its address is a secret."""

    def __init__(self, transport: HttpsTransport, address: TargetAddress) -> None:
        self._transport = transport
        self._address = address

    def post(self, text: str) -> None:
        """Post a text as `{"text": …}`. Raises what `TeamChannel.post` raises."""
        with self._transport.connect(self._address, within=WITHIN) as connection:
            connection.post_json(json.dumps({"text": text}).encode())
