"""What all that is done with letters shares: finding one, composing it from its case, answering with how it stands."""

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from datetime import date
from typing import Final
from uuid import UUID

import msgspec
from msgspec import structs

from dsr.desk.caller import Call, Caller
from dsr.desk.casebook import Casebook, require_version
from dsr.desk.dispatching.answers import ANSWERS, nothing_held, refused
from dsr.desk.dispatching.case_file import CaseFile, Subject, as_id, subject_of
from dsr.desk.dispatching.content import DAYS_TO_CHOOSE, Address, Content, seal
from dsr.desk.dispatching.notices import NOTICES, Filled
from dsr.desk.dispatching.outbox import Outbox
from dsr.desk.errors import DispatchUnknown, RequestUnknown
from dsr.desk.exports.links import ExportLinks
from dsr.desk.exports.room import is_due
from dsr.desk.idempotency import Answer
from dsr.desk.work_addresses import WorkAddresses
from dsr.domain.acting import Acting
from dsr.domain.dispatch import Dispatch, Filling
from dsr.domain.dispatch.errors import DispatchStale, LetterPartFixed
from dsr.domain.messages import MessageTransport
from dsr.domain.request import Request
from dsr.domain.request.clarification import ClarificationRequested
from dsr.domain.request.errors import LetterIncomplete
from dsr.domain.request.extension import ExtensionProposed
from dsr.domain.request.fees import FeeUnknown
from dsr.domain.request.identity import IdentityInsufficient, IdentityRequested
from dsr.domain.request.letters import ANSWER_OF, MAY_REFUSE, LetterKind
from dsr.domain.request.restriction import RestrictionUnknown
from dsr.domain.request.values import Channel, ItemStatus
from dsr.domain.rights import Right
from dsr.letters import LANGUAGES, Templates, render
from dsr.letters.fields import (
    Clock,
    Coded,
    ComplaintTo,
    Costs,
    Count,
    Day,
    LetterFields,
    Money,
    Package,
    Processed,
    Sender,
)
from dsr.projections.dispatches import dispatch_row
from dsr.projections.rows import Row

_ASKED_BY: Final = {
    LetterKind.IDENTITY_QUESTION: (IdentityRequested, IdentityInsufficient),
    LetterKind.REMINDER: (IdentityRequested, IdentityInsufficient),
    LetterKind.CLARIFICATION: (ClarificationRequested,),
    LetterKind.EXTENSION: (ExtensionProposed,),
}
"""Events that ask for a letter: each asks for one."""

_OF_THE_CASE: Final = (Money, Costs, Coded, ComplaintTo, Clock, Processed, Count)
"""Statements that say what was decided or computed: what stands on the case is not edited in a letter."""


class DispatchRoom:
    """Finds letters, and composes them."""

    def __init__(
        self,
        book: Casebook,
        *,
        transport: MessageTransport,
        templates: Templates,
        links: ExportLinks,
        work_addresses: WorkAddresses,
        public_url: str,
    ) -> None:
        """`public_url`: where links to packages lead; without one, no letter holds a link."""
        self._book = book
        self._transport = transport
        self._templates = templates
        self._links = links
        self._work_addresses = work_addresses
        self._public_url = public_url
        self.outbox = Outbox(book.database)

    def view(self, dispatch_id: UUID, caller: Caller) -> Answer:
        """How the letter stands, nothing of it opened. Raises DispatchUnknown."""
        self._load(dispatch_id, caller)
        return self._answer(dispatch_id)

    def with_doubt(self, rows: Sequence[Row]) -> list[Row]:
        """Rows of letters, with what no event says: that it may have left, while nobody knows."""
        in_doubt = self.outbox.in_doubt(row["dispatch_id"] for row in rows)
        return [row | {"may_have_left": row["dispatch_id"] in in_doubt} for row in rows]

    # Finding ---------------------------------------------------------------------------------------------------

    def _load(self, dispatch_id: UUID, caller: Caller) -> Dispatch:
        """The letter, for who sees its case. Raises DispatchUnknown."""
        dispatch = self._book.find(Dispatch, dispatch_id)
        if dispatch is None or caller.request_id is not None:
            raise DispatchUnknown()
        try:
            self._case_of(dispatch, caller)
        except RequestUnknown:
            raise DispatchUnknown() from None
        return dispatch

    def _case_of(self, dispatch: Dispatch, caller: Caller) -> Request:
        """Raises RequestUnknown."""
        return self._book.request(dispatch.request_id, caller)

    def _to_decide(self, dispatch_id: UUID, call: Call) -> Dispatch:
        """For a command: on this version, by somebody who works for the controller that answers what it is about now,
        whoever did when it was written.

        Raises DispatchUnknown, VersionStale, Forbidden.
        """
        dispatch = self._load(dispatch_id, call.caller)
        require_version(dispatch, call.expected)
        file = CaseFile(self._book, self._case_of(dispatch, call.caller), self._book.now())
        call.caller.require_controller(file.controller(subject_of(dispatch)).id)
        return dispatch

    def _answer(self, dispatch_id: UUID) -> Answer:
        with self._book.database.glancing() as connection:
            row = dispatch_row(connection, dispatch_id)
        if row is None:
            raise DispatchUnknown()
        return Answer(msgspec.json.encode(self.with_doubt([row])[0]), row["version"], str(dispatch_id))

    def _mailbox(self, address: Address) -> str:
        """Where a mail goes now; empty for what has no such address. Raises StaffUnreachable."""
        return self._work_addresses.of(address.staff) if address.staff else address.email

    # Composing -------------------------------------------------------------------------------------------------

    def _subject(self, file: CaseFile, subject: Subject) -> Subject:
        """What the letter is about, in full. Raises FeeUnknown, RestrictionUnknown, ItemUnknown."""
        file.items(subject)
        case, concerns = file.case, subject.concerns
        if subject.kind is LetterKind.FEE and as_id(concerns) not in case.fees:
            raise FeeUnknown()
        if subject.kind is LetterKind.LIFTING and as_id(concerns) not in case.restrictions:
            raise RestrictionUnknown()
        if concerns is None and subject.kind in _ASKED_BY:
            asking = next((e for e in reversed(file.events) if isinstance(e, _ASKED_BY[subject.kind])), None)
            concerns = None if asking is None else str(asking.originator_version)
        return Subject(subject.kind, subject.item_ids, concerns, subject.recipient)

    def _standing(
        self,
        file: CaseFile,
        subject: Subject,
        *,
        language: str,
        due_on: date | None,
        holding: AbstractSet[str | None] = frozenset(),
    ) -> LetterFields:
        """What stands on the case, for the letter to say; `due_on` is the date of a warning.

        `holding`: links that stand in the letter already; that one of them was used since is no reason to take it out.
        Raises ExtensionTooLate, AuthorityUnknown, KeyDestroyed.
        """
        case, controller = file.case, file.controller(subject)
        due = case.clock.deadline.effective_due if case.clock.deadline is not None else None
        rights = {item.right for item in file.items(subject)} or case.rights
        filled = self._filled(file, subject, holding)
        return LetterFields(
            kind=subject.kind,
            language=language,
            reference=case.reference,
            written_on=file.today,
            sender=Sender(
                name=controller.name,
                mailbox=file.document.mailbox_of(controller.id),
                country=controller.country,
                address=controller.address,
                regime=case.clock.regime_id,
            ),
            received_on=case.received_on,
            due_on=due_on or due,
            rights=tuple(right for right in Right if right in rights),
            statements={code: said for code, said in filled.items() if said is not None},
            refused=refused(file, subject) if subject.kind in MAY_REFUSE else (),
        )

    def _fill(
        self,
        file: CaseFile,
        dispatch_id: UUID,
        subject: Subject,
        content: Content,
        channel: Channel,
    ) -> Filling:
        """Render the letter, and seal it. Raises LetterPartFixed, LetterTemplateInvalid, KeyDestroyed."""
        _require_open(content)
        fields, controller = content.fields, file.controller(subject)
        statements, missing = set(fields.statements), _not_enclosed(fields, channel)
        spoken = fields.language if fields.language in LANGUAGES else LANGUAGES[0]
        version = self._templates.version(fields.kind, controller_id=controller.id, language=spoken)
        try:
            rendered = render(fields, self._templates, controller_id=controller.id)
        except LetterIncomplete as incomplete:
            named = incomplete.facts["missing"]
            assert isinstance(named, list)  # noqa: S101 - how rendering says it
            missing |= set(named)
        else:
            statements = set(rendered.statements)
            content = structs.replace(content, wording=None if missing else rendered)
        return Filling(
            controller_id=controller.id,
            content=seal(self._book, self._book.case_key(file.case), dispatch_id, content),
            addressed=bool(fields.postal_address) if channel is Channel.POST else content.given.address.takes_mail,
            statements=tuple(sorted(statements - missing)),
            missing=tuple(sorted(missing)),
            nothing_held=fields.nothing_held,
            refuses=bool(fields.refused),
            template_version=version,
        )

    # Comparing -------------------------------------------------------------------------------------------------

    def _now_standing(self, file: CaseFile, dispatch: Dispatch, content: Content) -> LetterFields:
        """What stands on the case now for this letter. Raises as `_standing`."""
        return self._standing(
            file,
            subject_of(dispatch),
            language=dispatch.language,
            due_on=content.given.due_on,
            holding=content.links,
        )

    def _require_up_to_date(self, file: CaseFile, dispatch: Dispatch, content: Content) -> None:
        """Raise DispatchStale, naming what the case says otherwise than the letter; as `_standing`."""
        outdated = content.outdated_by(self._now_standing(file, dispatch, content))
        if outdated:
            raise DispatchStale(changed=list(outdated))

    def _renew(self, file: CaseFile, dispatch: Dispatch, content: Content, *, actor: str) -> None:
        """Let the letter say what stands on the case now. Raises as `_standing` and `_fill`, DispatchNotDraft."""
        standing = self._now_standing(file, dispatch, content)
        renewed = Content(standing=standing, given=content.still_given(standing))
        filling = self._fill(file, dispatch.id, subject_of(dispatch), renewed, dispatch.channel)
        dispatch.renew(Acting(actor, file.at), filling=filling)

    # Filling in ------------------------------------------------------------------------------------------------

    def _filled(self, file: CaseFile, subject: Subject, holding: AbstractSet[str | None]) -> Filled:
        if subject.kind in NOTICES:
            return NOTICES[subject.kind](file, subject)
        items = file.items(subject)
        is_right = subject.kind in ANSWER_OF.values()
        if is_right and items and all(item.status is ItemStatus.NOTHING_HELD for item in items):
            return nothing_held(file, subject)
        filled = ANSWERS[subject.kind](file, subject, lambda item_id: self._link(file, item_id, holding))
        if is_right and any(item.refused_in_part for item in items):
            return {**filled, "authority": file.complaint_to(file.controller(subject))}
        return filled

    def _link(self, file: CaseFile, item_id: str, holding: AbstractSet[str | None]) -> Package | None:
        """The link that was offered last for the item and worked then; the second secret goes another way."""
        if not self._public_url:
            return None
        offers = [export.offer_made for export in file.packages(item_id) if is_due(export, file.case)]
        standing = [each for each in offers if each and not each.revoked and each.expires_at > file.stood_at]
        for offer in sorted(standing, key=lambda each: each.expires_at, reverse=True):
            link = f"{self._public_url}/x#{self._links.link(offer.token_id).token}"
            if offer.redeemed_at is None or link in holding:
                return Package(link, file.local_date(offer.expires_at))
        return None


def _require_open(content: Content) -> None:
    """Raise LetterPartFixed where a person put in what only the case can say; links are offered by the service alone.

    Only a letter of refusal is put into other words: it is approved again.
    """
    standing, given = content.standing, content.given
    is_warning = standing.kind is LetterKind.STAFF_WARNING
    if given.due_on is not None and not is_warning:
        raise LetterPartFixed(part="due-date")
    for code, said in given.statements.items():
        filled = standing.statements.get(code)
        fixed = isinstance(filled, _OF_THE_CASE) or (isinstance(filled, Day) and code not in DAYS_TO_CHOOSE)
        only_by_case = isinstance(said, _OF_THE_CASE) and not is_warning
        if fixed or only_by_case or (isinstance(said, Package) and said.link is not None):
            raise LetterPartFixed(part=code)
    places = len(standing.refused) if standing.kind is LetterKind.REFUSAL else 0
    if given.rewordings and max(given.rewordings) >= places:
        raise LetterPartFixed(part="refused")


def _not_enclosed(fields: LetterFields, channel: Channel) -> set[str]:
    """Codes of what the letter would call enclosed although nothing goes with a mail: on paper a person encloses it."""
    if channel is Channel.POST:
        return set()
    unlinked = {code for code, said in fields.statements.items() if isinstance(said, Package) and said.link is None}
    return unlinked | ({"clauses"} if fields.kind is LetterKind.CONTRACT_CLAUSES else set())
