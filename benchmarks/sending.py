"""Letters through the outbox to a mail server on this machine ÷ the same mails handed over by the standard library.

Ours: claim the letter, open it, rehearse the command of its case, one dialogue with the server, record that it left and
what that means for the case, in one commit. Theirs: the dialogue alone, with one connection for each mail as well.
"""

import smtplib
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from typing import Final
from uuid import UUID

from benchmarks.places import CALL, Place, installed
from benchmarks.results import Result, compared, rates
from benchmarks.serving import mail_server
from benchmarks.watching import Watching
from dsr.bootstrap import Service
from dsr.desk.new_case import Person
from dsr.domain.request.values import Channel
from dsr.domain.rights import Right

AIM: Final = 0.1
_LETTERS: Final = 20
_ROUNDS: Final = 8


def run(place: Place, watching: Watching) -> list[Result]:
    """Measure acknowledgements in batches; the result says how many leave in a minute."""
    with mail_server() as port:
        out = {"DSR_MAIL_OUT": f"smtp://127.0.0.1:{port}?tls=none"}
        with installed(place.environment("sending") | out) as made:
            mail = _queued(
                made, (_ROUNDS + 1) * _LETTERS, watching.steps(f"letters to send, {place.kind}", _ROUNDS + 1)
            )

            def ours() -> int:
                drained = made.desk.dispatching.drain(made.clock.now(), _LETTERS)
                if drained.sent != _LETTERS:
                    raise RuntimeError(f"{drained} instead of {_LETTERS} letters that leave")
                return drained.sent

            def theirs() -> int:
                for _ in range(_LETTERS):
                    with smtplib.SMTP("127.0.0.1", port) as connection:
                        connection.send_message(mail)
                return _LETTERS

            step = watching.steps(f"letters through the outbox, {place.kind}", _ROUNDS)
            measured = rates(ours, theirs, rounds=_ROUNDS, progress=step)
    found = compared("letters through the outbox by SMTP", place.kind, *measured, aim=AIM)
    return [replace(found, ours=f"{measured[0] * 60:,.0f}/min", baseline=f"{measured[1] * 60:,.0f}/min")]


def _queued(made: Service, number: int, step: Callable[[], None]) -> EmailMessage:
    """As many acknowledgements, each to somebody else, in the outbox; returns a mail of the same kind."""
    made.policies.begin()
    received_at = datetime.now(UTC) - timedelta(hours=1)
    for each in range(number):
        entered = made.desk.entry.enter_request(
            CALL,
            controller_id="callcentre-de",
            channel=Channel.EMAIL,
            received_at=received_at,
            person=Person(name=f"Person {each}", email=f"person-{each}@mail.example"),
            text="Please send me a copy of my data.",
            language="de",
        )
        made.desk.triage.register(UUID(entered.resource_id), CALL, rights=(Right.ACCESS,), direct_marketing=False)
        if (each + 1) % _LETTERS == 0:
            while made.policies.run():
                pass
            step()
    mail = EmailMessage()
    mail["From"], mail["To"] = "privacy@callcentre.example", "person@mail.example"
    mail["Subject"] = "Your request"
    mail.set_content("A letter of about as many words.\n" * 60)
    mail.add_alternative("<p>A letter of about as many words.</p>\n" * 60, subtype="html")
    return mail
