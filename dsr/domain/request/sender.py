"""Doubts about the sender of a request by mail (GDPR Art. 5(1)(f), 12(6), 32; docs/law §9).

Anybody can write any address as theirs. Where our own mail server found that the domain of the address did not send the
message (DMARC), or where the address was typed into the public form, nothing leaves to this address by itself: a
stranger could otherwise have the controller write to any address. A handler finds out who wrote, and confirms the
sender; or the reader of the mailbox confirms the address by the link that was sent there.
"""

from typing import ClassVar

from dsr.domain.acting import CaseActing
from dsr.domain.errors import Refused
from dsr.domain.frozen import replace
from dsr.domain.request.case import Case, RequestEvent
from dsr.domain.request.errors import ReasonRequired
from dsr.domain.request.state_guards import state_guard
from dsr.domain.sealed import Sealed


class SenderDoubtful(Refused):
    """Our own mail server found that this request did not come from the address that it names, or the address was
    typed into the form and is not confirmed. So no mail leaves to it. Find out who wrote, then confirm the sender
    (`POST /requests/{request_id}/sender/confirmation`), or send the letter to another address or by post.
    """

    code = "sender-doubtful"


class SenderNotDoubtful(Refused):
    """There is no doubt about the sender of this request, or it was settled. Nothing needs to be confirmed."""

    code = "sender-not-doubtful"


class SenderDoubted(RequestEvent):
    """Our own mail server refuted the sender of the message that opened the case (DMARC), or the address was typed into
    the public form.
    """

    TOPIC: ClassVar[str] = "dsr.request.sender-doubted"

    def apply(self, case: Case) -> None:
        _assign(case, doubtful=True)


class SenderConfirmed(RequestEvent):
    """A person found out that the message came from the person at this address after all."""

    TOPIC: ClassVar[str] = "dsr.request.sender-confirmed"
    reason: Sealed
    """How that was found out."""

    def apply(self, case: Case) -> None:
        _assign(case, doubtful=False)


def _assign(case: Case, *, doubtful: bool) -> None:
    case.sender_doubtful = doubtful
    for message in tuple(case.messages.values()):
        if message.opens_case:
            case.messages[message.message_id] = replace(message, sender_doubtful=doubtful)


@state_guard
def may_doubt_sender(_: Case) -> None:
    """Always allowed: it is known about the message that opens the case."""


@state_guard
def may_confirm_sender(case: Case) -> None:
    """A sender in doubt; on a closed case too, which letters may still leave. Raises SenderNotDoubtful."""
    if not case.sender_doubtful:
        raise SenderNotDoubtful()


def require_no_doubt_about_sender(case: Case) -> None:
    """Raise SenderDoubtful while nothing may leave to the address that the message names."""
    if case.sender_doubtful:
        raise SenderDoubtful()


class SenderCommands(Case):
    """doubt the sender, confirm the sender."""

    def doubt_sender(self, acting: CaseActing) -> None:
        """Record that our own mail server refuted the sender of the message that opened the case, or that anybody may
        have typed their address.
        """
        may_doubt_sender(self)
        self.record(acting, SenderDoubted)

    def confirm_sender(self, acting: CaseActing, *, reason: Sealed | None) -> None:
        """Confirm that the message came from the person at this address, with the reason.

        That proves no identity (Art. 12(6)): letters may leave to the address. Raises SenderNotDoubtful,
        ReasonRequired.
        """
        may_confirm_sender(self)
        if reason is None:
            raise ReasonRequired()
        self.record(acting, SenderConfirmed, reason=reason)
