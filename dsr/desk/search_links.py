"""Use cases of links for owners of systems: a person without an account says what a system holds (docs/law §11).

A link holds the id of the case and a secret, of which the case keeps the hash. Only the case decides whether a link
opens.
"""

import base64
import binascii
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count
from typing import Final
from uuid import UUID, uuid4

import msgspec

from dsr.desk.caller import Call, Caller
from dsr.desk.collection import CollectionDesk
from dsr.desk.errors import RequestUnknown, SecretShown
from dsr.desk.idempotency import Answer
from dsr.desk.kept_secrets import hash_of
from dsr.desk.repository import Repository
from dsr.desk.search_lists import SearchListDesk, SystemReport
from dsr.desk.tokens import REPEATED_FOR
from dsr.desk.unit_of_work import changing, retrying, use_case
from dsr.desk.upload_store import UploadDetails
from dsr.desk.uploads import UploadDesk
from dsr.domain.credential import Credential, CredentialKind
from dsr.domain.errors import Refused, Unknown
from dsr.domain.request import Request
from dsr.domain.request.item import Item
from dsr.domain.request.search_link import SearchLinkUnknown, link_with
from dsr.domain.request.search_list import SearchLink, SearchResult
from dsr.domain.request.searching import may_account_for_systems
from dsr.domain.request.values import DisclosurePurpose, ItemStatus, Provenance
from dsr.domain.rights import Right
from dsr.domain.roles import Role
from dsr.domain.sealed import KeyDestroyed
from dsr.vault import PassingSecrets

LINK_DAYS: Final = 7
"""How long a link may wait to be opened."""
SESSION: Final = timedelta(hours=12)
"""How long the owner may work once it is open."""

_PREFIX: Final = "dsrt_"
_ID_BYTES: Final = 16
_SECRET_BYTES: Final = 32


@dataclass(frozen=True)
class SearchTask:
    """The task of the owner of a system."""

    link_id: UUID
    reference: str
    controller: str
    system: str
    system_name: str
    right: Right
    look_for: str
    ends_at: datetime
    is_granted: bool
    """Whether data that is found can be handed in, corrected or erased now."""
    handed_in: tuple[str, ...]
    """Names of what was handed in for the system."""
    result: SearchResult | None
    """What is on record for the system; None where nothing is."""

    @property
    def wants_copies(self) -> bool:
        """Whether data that is found is handed in; else it is corrected or erased in the system."""
        return self.right in (Right.ACCESS, Right.PORTABILITY)


class SearchLinkDesk:
    """issue a link; open it, once; answer in its session."""

    def __init__(
        self,
        repository: Repository,
        search_lists: SearchListDesk,
        collection: CollectionDesk,
        uploads: UploadDesk,
        passing: PassingSecrets,
    ) -> None:
        self._repository = repository
        self._search_lists = search_lists
        self._collection = collection
        self._uploads = uploads
        self._passing = passing

    @use_case
    def issue(self, request_id: UUID, item_id: str, call: Call, *, system: str, look_for: str) -> Answer:
        """Make a link for the owner of a system that the item waits for; `token` shows it.

        Raises RequestUnknown, VersionStale, Forbidden, and what the domain refuses.
        """
        link_id, token = uuid4(), _token(request_id)
        with changing(self._repository, request_id, call, item_id=item_id) as work:
            expires_at = work.acting.at + timedelta(days=LINK_DAYS)
            work.case.issue_search_link(
                work.acting,
                item_id=item_id,
                system=system,
                link_id=link_id,
                token_sha256=hash_of(token),
                expires_at=expires_at,
                look_for=work.seal("look_for", look_for),
            )
            at, until = work.acting.at, work.acting.at + REPEATED_FOR
            work.effect(lambda: self._passing.keep(link_id, token, at=at, until=until))
            body = msgspec.json.encode({"link_id": link_id, "system": system, "expires_at": expires_at})
            work.respond(lambda: Answer(body, work.case.version, str(link_id)))
        return work.answer

    def token(self, answer: Answer) -> str:
        """The secret of the link in an answer of `issue`. Raises SecretShown ten minutes later."""
        token = self._passing.find(UUID(answer.resource_id), at=self._repository.now())
        if token is None:
            raise SecretShown()
        return token

    def open(self, token: str) -> tuple[UUID, str]:
        """Open a link, once, on record; its id, and the secret of the session that begins.

        Raises SearchLinkUnknown, whatever the reason, so that a stranger does not learn which cases there are.
        """
        case, item, link = self._found(token, token_sha256=hash_of(token))
        session = _token(case.id)

        def opened() -> None:
            with changing(self._repository, case.id, Call(_owner(item, link)), item_id=item.item_id) as work:
                ends_at = work.acting.at + SESSION
                work.case.open_search_link(
                    work.acting,
                    link_id=link.link_id,
                    session_sha256=hash_of(session),
                    session_ends_at=ends_at,
                )
                work.case.disclose(work.acting, purpose=DisclosurePurpose.ASSESSMENT, versions=(link.issued_in,))
                work.respond(lambda: Answer(b"{}", work.case.version))

        _hiding(lambda: retrying(opened))
        return link.link_id, session

    def task(self, session: str) -> SearchTask:
        """What the owner was asked, whose opening is on record. Raises SearchLinkUnknown."""
        case, item, link = self._of_session(session)
        document = self._repository.ropa.at_version(case.ropa_version).document
        try:
            look_for = self._repository.sealer.open_json(link.look_for, stream_id=case.id, field="look_for")
        except KeyDestroyed:
            raise SearchLinkUnknown() from None
        assert link.session_ends_at is not None  # noqa: S101 - the session runs
        return SearchTask(
            link_id=link.link_id,
            reference=case.reference,
            controller=document.controller(item.controller_id).name,
            system=link.system,
            system_name=document.name_of(link.system),
            right=item.right,
            look_for=str(look_for),
            ends_at=link.session_ends_at,
            is_granted=item.status is ItemStatus.GRANTED,
            handed_in=tuple(
                each.name
                for each in case.copies.collected.values()
                if (each.item_id, each.system) == (item.item_id, link.system)
            ),
            result=None if item.search is None else item.search.result_of(link.system),
        )

    def report(self, session: str, *, result: SearchResult, identifiers: str = "", reason: str = "") -> None:
        """Account for the system, as `account` does for a handler. Raises SearchLinkUnknown, and what it raises."""
        case, item, link = self._of_session(session)
        report = SystemReport(link.system, result, identifiers=identifiers, reason=reason)
        self._search_lists.account(case.id, item.item_id, Call(_owner(item, link)), reports=(report,))

    def hand_in_records(
        self, session: str, *, content: bytes, media_type: str, purpose: str, provenance: Provenance
    ) -> None:
        """Hand in records of the person (CSV or JSON), whose fields the record of processing describes.

        Raises SearchLinkUnknown, and what `collect` raises.
        """
        case, item, link = self._of_session(session)
        self._collection.collect(
            case.id,
            item.item_id,
            Call(_owner(item, link)),
            content=content,
            media_type=media_type,
            name=_next_name(case, item, link),
            system=link.system,
            purpose=purpose,
            provenance=provenance,
            fields=(),
            collected_at=None,
        )

    def hand_in_file(
        self, session: str, *, content: bytes, media_type: str, description: str, purpose: str, provenance: Provenance
    ) -> None:
        """Hand in a document or a recording of the person as it is. Raises SearchLinkUnknown, and what `receive`
        raises.
        """
        case, item, link = self._of_session(session)
        details = UploadDetails(
            name=_next_name(case, item, link),
            media_type=media_type,
            system=link.system,
            purpose=purpose,
            provenance=provenance,
            description=description,
            collected_at=None,
        )
        self._uploads.receive(case.id, item.item_id, Call(_owner(item, link)), content=content, details=details)

    def _of_session(self, session: str) -> tuple[Request, Item, SearchLink]:
        case, item, link = self._found(session, session_sha256=hash_of(session))
        if not link.runs(self._repository.now()):
            raise SearchLinkUnknown()
        return case, item, link

    def _found(self, secret: str, **hashed: str) -> tuple[Request, Item, SearchLink]:
        case = self._repository.find(Request, _request_id(secret))
        if case is None or case.is_forgotten:
            raise SearchLinkUnknown()
        item, link = link_with(case, **hashed)
        _hiding(lambda: may_account_for_systems(case, item_id=item.item_id))
        return case, item, link


def _owner(item: Item, link: SearchLink) -> Caller:
    """The owner of a system, who acts through the link on this item of this controller alone."""
    credential = Credential(CredentialKind.SEARCH_LINK, link.link_id)
    return Caller(
        f"owner:{link.system}", frozenset({Role.SYSTEM_OWNER}), frozenset({item.controller_id}), credential=credential
    )


def _next_name(case: Request, item: Item, link: SearchLink) -> str:
    """What a file is called in the package: `crm-1`, `crm-2` …"""
    known = {each.name.partition(".")[0] for each in case.copies.collected.values() if each.item_id == item.item_id}
    return next(name for number in count(1) if (name := f"{link.system}-{number}") not in known)


def _hiding(act: Callable[[], object]) -> None:
    """A case that refuses is as unknown as one that is not there."""
    try:
        act()
    except (Refused, Unknown, RequestUnknown):
        raise SearchLinkUnknown() from None


def _token(request_id: UUID) -> str:
    bits = request_id.bytes + secrets.token_bytes(_SECRET_BYTES)
    return _PREFIX + base64.urlsafe_b64encode(bits).decode()


def _request_id(token: str) -> UUID:
    """The case that a secret names. Raises SearchLinkUnknown."""
    try:
        bits = base64.urlsafe_b64decode(token.removeprefix(_PREFIX))
    except (binascii.Error, ValueError):
        raise SearchLinkUnknown() from None
    if not token.startswith(_PREFIX) or len(bits) != _ID_BYTES + _SECRET_BYTES:
        raise SearchLinkUnknown()
    return UUID(bytes=bits[:_ID_BYTES])
