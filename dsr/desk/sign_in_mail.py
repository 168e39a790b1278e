"""The mail with a one-time code: the worker checks that the case exists, and sends it.

The page only stores a wish, so that it does the same for every reference and no command waits for a mail server. The
mail is not a letter: it answers nothing in the case (see `dispatching`), expires after ten minutes, and is not
kept. No personal data waits here: each attempt writes the mail from the kept code and from the case, which can't be
opened once its key is destroyed.
"""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from dsr.catalogues import Domain, reading_language
from dsr.desk.caller import Call, service
from dsr.desk.errors import VersionStale
from dsr.desk.on_file import address_on_file
from dsr.desk.repository import Repository
from dsr.desk.sign_in_codes import CODE_MAILS, LEAST_MINUTES, Held, SignInCodes, Wish
from dsr.desk.unit_of_work import retrying, unit_of_work
from dsr.domain.errors import DomainError
from dsr.domain.events import Event
from dsr.domain.messages import (
    MessageInDoubt,
    MessageRefused,
    MessageTransport,
    OutgoingMessage,
    TransportUnavailable,
)
from dsr.domain.request import Request
from dsr.domain.request.errors import CaseForgotten, SubjectDeceased
from dsr.domain.request.intake import RequestReceived
from dsr.domain.request.sender import SenderDoubtful, require_no_doubt_about_sender
from dsr.domain.request.values import DisclosurePurpose
from dsr.domain.sealed import KeyDestroyed
from dsr.letters import in_language_or_english, sign_in_code
from dsr.projections.queue import request_by_reference

log = logging.getLogger("dsr.my")

_AT_ONCE: Final = 20
"""Wishes processed at once."""

_CALL: Final = Call(service("my-page"))


class _NoCode(Exception):
    """No code is sent for this wish, silently: no such case, no address, enough mails with the code that holds, or
    hardly any time left.
    """


class _NotYet(Exception):
    """A code of the case waits for its first mail to leave; this wish is granted after it."""


class SignInMail:
    """send the codes asked for."""

    def __init__(
        self,
        repository: Repository,
        codes: SignInCodes,
        transport: MessageTransport,
        *,
        english_if_untranslated: bool,
    ) -> None:
        """`english_if_untranslated`: write a mail with an untranslated sentence in English instead of failing."""
        self._repository = repository
        self._english_if_untranslated = english_if_untranslated
        self._codes = codes
        self._transport = transport

    def send_due(self, stop: Callable[[], bool] = lambda: False) -> int:
        """Process wishes, the longest waiting first; return their number. `stop` is called before each.

        If a code of an existing case can't be sent, the error code is logged. A mail that fails temporarily is tried
        again until its code expires; a failure delays no other mail. Raises TransportUnavailable, which concerns every
        mail: no wish is lost, send again later.
        """
        looked_at = 0
        for wish in self._codes.wishes_due(self._repository.now(), limit=_AT_ONCE):
            if stop():
                break
            looked_at += 1
            at = self._repository.now()
            if wish.expires_at <= at:
                self._codes.drop(wish)
            elif self._codes.claim(wish, at):
                self._grant(wish)
        return looked_at

    def _grant(self, wish: Wish) -> None:
        try:
            code_id, message = retrying(lambda: self._recorded(wish))
        except _NotYet:
            return
        except _NoCode:
            pass
        except (CaseForgotten, KeyDestroyed, SenderDoubtful, SubjectDeceased) as error:
            log.warning("%s no sign-in code: %s", wish.code_id, error.code)
        else:
            if not self._send(wish, code_id, message):
                return
        self._codes.drop(wish)

    def _send(self, wish: Wish, code_id: UUID, message: OutgoingMessage) -> bool:
        """Send the mail; False if it is tried again."""
        try:
            self._transport.send(message)
        except MessageInDoubt as error:
            # It may have arrived, so it counts; the person can ask again.
            log.warning("%s sign-in code: %s", wish.code_id, error.code)
        except MessageRefused as error:
            log.warning("%s no sign-in code: %s", wish.code_id, error.code)
            return True
        except TransportUnavailable:
            raise
        except DomainError as error:
            log.warning("%s no sign-in code yet: %s", wish.code_id, error.code)
            return False
        self._codes.has_left(code_id, at=self._repository.now())
        return True

    def _recorded(self, wish: Wish) -> tuple[UUID, OutgoingMessage]:
        """The code and its mail, after recording that it is sent.

        Raises _NoCode, _NotYet, SenderDoubtful, SubjectDeceased, VersionStale, CaseForgotten, KeyDestroyed.
        """
        repository, at = self._repository, self._repository.now()
        case = repository.request(self._find(wish.reference), _CALL.caller)
        first = self._first_event(case)
        if first.message is None:
            raise _NoCode
        require_no_doubt_about_sender(case)
        address = address_on_file(repository, case)
        if not address:
            raise _NoCode
        sent = self._codes.granted(wish)
        if sent is None:
            sent = self._holding(case, wish, at)
            self._record(case, first, wish, sent, at)
        if sent.expires_at - at < timedelta(minutes=LEAST_MINUTES):
            raise _NoCode
        return sent.code_id, self._message(case, address, wish, sent, at)

    def _holding(self, case: Request, wish: Wish, at: datetime) -> Held:
        """The code that holds and may be sent once more, else a new one. Raises _NoCode, _NotYet."""
        held = self._codes.held(case.id, at)
        if held is None:
            return Held(wish.code_id, wish.expires_at, 0)
        if not held.mails:
            raise _NotYet
        if held.mails >= CODE_MAILS:
            log.info("case %s: no further mail with the sign-in code that holds", case.id)
            self._codes.note_asker(wish, held.code_id)
            raise _NoCode
        return held

    def _record(self, case: Request, first: RequestReceived, wish: Wish, sent: Held, at: datetime) -> None:
        if sent.expires_at - at < timedelta(minutes=LEAST_MINUTES):
            raise _NoCode

        def keep() -> None:
            # Compared again, now that no other process can send one.
            if self._holding(case, wish, at) != sent:
                raise VersionStale()
            if sent.code_id == wish.code_id:
                self._codes.keep(wish, case.id, at=at)
            else:
                self._codes.grant(wish, sent.code_id)

        with unit_of_work(self._repository, _CALL) as work:
            acting = self._repository.acting_on(case, work.acting)
            case.disclose(acting, purpose=DisclosurePurpose.SIGN_IN, versions=(first.originator_version,))
            case.send_sign_in_code(acting, code_id=sent.code_id, expires_at=sent.expires_at)
            work.add(case)
            work.effect(keep)

    def _find(self, reference: str) -> UUID:
        with self._repository.database.glancing() as connection:
            row = request_by_reference(connection, reference)
        if row is None:
            raise _NoCode
        found: UUID = row["request_id"]
        return found

    def _message(self, case: Request, address: str, wish: Wish, sent: Held, at: datetime) -> OutgoingMessage:
        document = self._repository.ropa.at_version(case.ropa_version).document
        controller = document.controller(case.controller_id)
        office = controller if controller.mailboxes else document.controller(controller.mailbox_of or controller.id)
        sender = office.mailboxes[0]
        code = self._codes.code(sent.code_id, at=at)
        if code is None:
            raise _NoCode
        written_in = reading_language(Domain.LETTERS, case.language, (wish.language, *controller.languages))

        def write(language: str) -> OutgoingMessage:
            subject, text = sign_in_code(
                language,
                code=code,
                reference=case.reference,
                minutes=(sent.expires_at - at) // timedelta(minutes=1),
                controller=controller.name,
            )
            return OutgoingMessage(
                message_id=f"<sign-in.{wish.code_id}@{sender.rpartition('@')[2]}>",
                sender=sender,
                recipient=address,
                subject=subject,
                text=text,
                languages=(language,),
                written_at=at,
            )

        return in_language_or_english(write, written_in, english_if_untranslated=self._english_if_untranslated)

    def _first_event(self, case: Request) -> RequestReceived:
        first: Event = next(iter(self._repository.application.events.get(case.id, lte=1)))  # type: ignore[assignment]  # ours
        assert isinstance(first, RequestReceived)  # noqa: S101 - how every case starts
        return first
