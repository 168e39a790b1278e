"""The file on the request in a package for access: what the privacy team wrote and did (GDPR Art. 15; docs/law §11).

It gives messages and letters, decisions with their reasons, notes and analyses, and when and why data was opened. It
leaves out who acted or opened something, legal advice as such, and what concerns other people: see `WITHHELD`.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from functools import partial
from typing import Any, Final
from uuid import UUID

import msgspec

from dsr.desk.disclosures import open_event, sealed_parts
from dsr.desk.repository import Repository
from dsr.domain.events import Event
from dsr.domain.request.data_set import DataSet, FieldDescription
from dsr.domain.request.dpo_opinion import DpoOpinionGiven
from dsr.domain.request.item import Item
from dsr.domain.request.misdelivery import MisdeliveryRecorded
from dsr.domain.request.password import PasswordSent
from dsr.domain.request.redaction import Redacted, RedactionConfirmed, RedactionRequired, RedactionWithdrawn
from dsr.domain.request.representation import RepresentationAccepted, RepresentationEnded
from dsr.domain.request.restriction import RestrictedDataUsed
from dsr.domain.request.restriction_exception import ExceptionDeclined, ExceptionProposed
from dsr.domain.request.values import Provenance
from dsr.domain.sealed import BlobRef, KeyDestroyed
from dsr.exports import JSON, Collected, PackagedFile, PackageLanguage, Record
from dsr.projections.facts import facts_of

WITHHELD: Final[frozenset[type[Event]]] = frozenset(
    {
        DpoOpinionGiven,  # legal advice as such
        PasswordSent,  # opens a package
        RepresentationAccepted,  # these two describe the representative
        RepresentationEnded,
        ExceptionProposed,  # these three may describe the person whose rights are protected (GDPR Art. 18(2))
        ExceptionDeclined,
        RestrictedDataUsed,
        MisdeliveryRecorded,  # names whom something reached by mistake
        Redacted,  # these four describe data of other people
        RedactionConfirmed,
        RedactionRequired,
        RedactionWithdrawn,
    }
)
"""Events that the file names, with their time, but without their sealed text."""

_FACTS: Final = (
    *("item_id", "item_ids", "right", "rights", "kind", "ground", "extent", "provision", "activities", "outcome"),
    *("finding", "result", "system", "systems", "purpose", "versions", "method", "channel", "received_at", "asked_at"),
)
"""Plain facts that the file gives; none of them names a member of staff."""

NAME: Final = "request-file"
_NOWHERE: Final = BlobRef(UUID(int=0), UUID(int=0), 0, JSON, "")
"""The file is written into the package, and stored nowhere else."""

_EXTENSIONS: Final[Mapping[str, str]] = {
    "message/rfc822": "eml",
    "application/pdf": "pdf",
    "image/jpeg": "jpg",
    "image/png": "png",
}


def sealed_versions(events: Iterable[Event]) -> tuple[int, ...]:
    """Versions of the events whose sealed text the file gives, since opening it is recorded."""
    return tuple(
        event.originator_version for event in events if type(event) not in WITHHELD and any(sealed_parts(event))
    )


def own_file(
    repository: Repository, item: Item, events: tuple[Event, ...], say: PackageLanguage, at: datetime
) -> Collected:
    """One record for each event of the case, opened while the package is written."""
    assert item.search is not None  # noqa: S101 - a package needs its search
    described = ("at", "what", "facts", "text")
    return Collected(
        data_set=DataSet(
            data_set_id=UUID(int=0),
            item_id=item.item_id,
            name=NAME,
            system=item.search.own_files,
            controller_id=item.controller_id,
            purpose=say("file.purpose"),
            provenance=Provenance.OBSERVED,
            fields=tuple(FieldDescription(name, say(f"file.{name}"), Provenance.OBSERVED) for name in described),
            collected_at=at,
            content=_NOWHERE,
        ),
        read=partial(_records, repository, events),
    )


def messages_of(
    repository: Repository, item: Item, events: tuple[Event, ...], say: PackageLanguage, at: datetime
) -> Iterator[PackagedFile]:
    """The messages of the person as they arrived, with their attachments; evidence that was destroyed is gone."""
    assert item.search is not None  # noqa: S101 - a package needs its search
    for event in events:
        original = getattr(event, "original", None)
        if not isinstance(original, BlobRef) or not _is_there(repository, original):
            continue
        yield PackagedFile(
            attachment_id=original.blob_id,
            name=f"message-{event.originator_version}.{_EXTENSIONS.get(original.media_type, 'bin')}",
            media_type=original.media_type,
            size=original.size,
            description=say("file.message"),
            provenance=Provenance.PROVIDED,
            system=item.search.own_files,
            controller_id=item.controller_id,
            purpose=say("file.purpose"),
            collected_at=at,
            chunks=partial(_chunks, repository, original),
        )


def _records(repository: Repository, events: tuple[Event, ...]) -> Iterator[Record]:
    """Raises SealBroken."""
    for event in events:
        facts: dict[str, Any] = msgspec.json.decode(facts_of(event).shown)
        texts = {} if type(event) in WITHHELD else open_event(repository, event).fields
        yield {
            "at": event.timestamp.isoformat(),
            "what": event.TOPIC.rpartition(".")[2],
            "facts": {name: facts[name] for name in _FACTS if facts.get(name) is not None},
            "text": texts,
        }


def _is_there(repository: Repository, original: BlobRef) -> bool:
    try:
        repository.keystore.open(original.key_id)
    except KeyDestroyed:
        return False
    return True


def _chunks(repository: Repository, original: BlobRef) -> Iterator[bytes]:
    return repository.blobs.read(original, repository.keystore.open(original.key_id))
