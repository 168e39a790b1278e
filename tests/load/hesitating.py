"""A mail server that keeps a mail, and now and then takes its time before it says so: who dies then leaves a doubt."""

import asyncio
from itertools import count
from typing import Any

from aiosmtpd.handlers import Mailbox

EVERY = 3
SECONDS = 0.5


class Hesitating(Mailbox):
    """Every third mail to a person, and none to the team, waits half a second for its reply."""

    _taken = count(1)

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> Any:  # noqa: N802 - the library's name
        said = await super().handle_DATA(server, session, envelope)
        if envelope.rcpt_tos[0].endswith("@example.org") and next(self._taken) % EVERY == 0:
            await asyncio.sleep(SECONDS)
        return said
