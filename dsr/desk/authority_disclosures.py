"""Requests of authorities: recorded, reviewed by a second person, and answered within what the review allowed."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from uuid import UUID, uuid4

from dsr.desk.caller import Call, Caller
from dsr.desk.errors import AuthorityDisclosureUnknown, MatterUnknown
from dsr.desk.idempotency import Answer
from dsr.desk.originals import kept
from dsr.desk.repository import Repository
from dsr.desk.unit_of_work import UnitOfWork, unit_of_work, use_case
from dsr.desk.without_request import Opening, load, open_all, own_key, text_sealer, view
from dsr.domain.authority_disclosure import AuthorityDisclosure, DisclosureFinding
from dsr.domain.matter import Matter
from dsr.domain.request.values import Channel, DisclosurePurpose
from dsr.projections.authority_disclosures import authority_disclosure_row


class AuthorityDisclosureDesk:
    """record a request, review it, give, open."""

    def __init__(self, repository: Repository) -> None:
        self._repository = repository

    @use_case
    def record_request(
        self,
        call: Call,
        *,
        controller_id: str,
        authority: str,
        country: str,
        received_at: datetime,
        channel: Channel,
        text: str,
        reference: str = "",
        provision: str = "",
        request_id: UUID | None = None,
        matter_id: UUID | None = None,
    ) -> Answer:
        """Record the request of an authority. ¶Raises RopaMissing, Forbidden (controller out of scope), RequestUnknown,
        MatterUnknown, and what `AuthorityDisclosure.record_request` raises.
        """
        repository, disclosure_id = self._repository, uuid4()
        with unit_of_work(repository, call) as work:
            call.caller.require_controller(controller_id)
            if request_id is not None:
                repository.request(request_id, call.caller)
            matter = None
            if matter_id is not None:
                matter = load(repository, Matter, matter_id, call.caller, unknown=MatterUnknown)
            record = repository.ropa.current()
            keys = work.enter(kept(repository, None, ""))
            seal = text_sealer(repository, disclosure_id, keys.case_key)
            disclosure = AuthorityDisclosure.record_request(
                work.acting,
                disclosure_id=disclosure_id,
                controller_id=controller_id,
                authority=authority,
                country=country,
                received_at=received_at,
                channel=channel,
                provision=provision,
                request_id=request_id,
                matter=matter,
                document=record.document,
                ropa_version=record.number,
                keys=keys.introductions,
                reference=seal("reference", reference),
                request=seal("request", text),
            )
            work.add(disclosure)
            work.respond(lambda: self._view(disclosure_id))
        return work.answer

    @use_case
    def review(
        self,
        disclosure_id: UUID,
        call: Call,
        *,
        finding: DisclosureFinding,
        provision: str,
        agreement: str,
        extent: tuple[str, ...],
        reasons: str,
    ) -> Answer:
        """Decide what may be given. Raises FourEyes for a DPO, and for the person who recorded the request."""
        repository = self._repository
        with self._changing(disclosure_id, call) as (work, disclosure):
            call.caller.require_decision_maker()
            disclosure.review(
                work.acting,
                finding=finding,
                provision=provision,
                agreement=agreement,
                extent=extent,
                document=repository.ropa.at_version(disclosure.ropa_version).document,
                reasons=text_sealer(repository, disclosure_id, own_key(repository, disclosure))("reasons", reasons),
            )

        return work.answer

    @use_case
    def give(
        self,
        disclosure_id: UUID,
        call: Call,
        *,
        given_at: datetime | None,
        channel: Channel,
        systems: tuple[str, ...],
        categories: tuple[str, ...],
        content: str,
        contact: str,
    ) -> Answer:
        """Record what was given, when (default: now), and to whom at the authority."""
        repository = self._repository
        with self._changing(disclosure_id, call) as (work, disclosure):
            seal = text_sealer(repository, disclosure_id, own_key(repository, disclosure))
            disclosure.give(
                work.acting,
                given_at=given_at or work.acting.at,
                channel=channel,
                systems=systems,
                categories=categories,
                document=repository.ropa.at_version(disclosure.ropa_version).document,
                content=seal("content", content),
                contact=seal("contact", contact),
            )

        return work.answer

    def open(self, disclosure_id: UUID, call: Call, *, purpose: DisclosurePurpose) -> Opening:
        """Open its sealed parts; the opening is recorded first. Raises AuthorityDisclosureUnknown."""
        return open_all(self._repository, self._load(disclosure_id, call.caller), call, purpose=purpose)

    @contextmanager
    def _changing(self, disclosure_id: UUID, call: Call) -> Iterator[tuple[UnitOfWork, AuthorityDisclosure]]:
        """A unit of work on one request, at the version the caller saw. Raises AuthorityDisclosureUnknown,
        VersionStale.
        """
        with unit_of_work(self._repository, call) as work:
            disclosure = self._load(disclosure_id, call.caller)
            work.change(disclosure, lambda: self._view(disclosure_id))
            yield work, disclosure

    def _load(self, disclosure_id: UUID, caller: Caller) -> AuthorityDisclosure:
        return load(self._repository, AuthorityDisclosure, disclosure_id, caller, unknown=AuthorityDisclosureUnknown)

    def _view(self, disclosure_id: UUID) -> Answer:
        return view(self._repository, authority_disclosure_row, disclosure_id, unknown=AuthorityDisclosureUnknown)
