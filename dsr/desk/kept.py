"""What an answer says was kept: the grounds that the case gives, and the check of those that a person gives."""

from collections.abc import Iterable
from datetime import date

import msgspec
from msgspec import structs

from dsr.desk.repository import Repository
from dsr.domain.request import Request
from dsr.domain.request.item import Item
from dsr.domain.request.kept import KeptGround, KeptThing, KeptWithoutGround, require_grounds
from dsr.domain.request.search_list import SearchResult
from dsr.domain.rights import Right
from dsr.domain.ropa import LegalBasis, ProcessingActivity, Ropa
from dsr.letters.fields import KeptData, KeptEntry, Nothing, Statement

_BASIS = {
    LegalBasis.CONSENT: "GDPR Art. 6(1)(a)",
    LegalBasis.CONTRACT: "GDPR Art. 6(1)(b)",
    LegalBasis.LEGAL_DUTY: "GDPR Art. 6(1)(c)",
    LegalBasis.VITAL_INTERESTS: "GDPR Art. 6(1)(d)",
    LegalBasis.PUBLIC_TASK: "GDPR Art. 6(1)(e)",
    LegalBasis.LEGITIMATE_INTERESTS: "GDPR Art. 6(1)(f)",
}


def kept_by_itself(document: Ropa, case: Request, items: Iterable[Item]) -> Statement:
    """What the case says was kept: refused parts, a suppression, and for an erasure the file on the request.

    Only a person can say whether an erasure kept more, unless all processing of the person's data was to be erased, in
    each of its systems.
    """
    entries, may_be_more = [], False
    for item in items:
        entries += [KeptEntry(KeptGround.REFUSED_PART, part, extent=part) for part in item.refused_in_part]
        if item.direct_marketing and item.effected:
            entries.append(KeptEntry(KeptGround.SUPPRESSION_ENTRY))
        if item.right is Right.ERASURE:
            entries.append(KeptEntry(KeptGround.CASE_FILE))
            may_be_more |= not _is_all_erased(document, case, item)
    return KeptData(tuple(dict.fromkeys(entries)), may_be_more=may_be_more) if entries else Nothing()


def checked(
    repository: Repository, case: Request, items: Iterable[Item], said: object, *, today: date
) -> KeptData | Nothing:
    """What a person says was kept, with the name and legal basis of each other processing.

    Raises KeptWithoutGround, also for free text.
    """
    try:
        kept = msgspec.convert(msgspec.to_builtins(said), KeptData | Nothing)
    except msgspec.ValidationError:
        raise KeptWithoutGround() from None
    if isinstance(kept, Nothing):
        return kept
    answered = list(items)
    document = repository.ropa.at_version(case.ropa_version).document
    activities = {each.id: each for item in answered for each in document.activities_of(item.controller_id)}
    if not kept.entries:
        raise KeptWithoutGround()
    require_grounds(
        [KeptThing(each.ground, each.what, each.extent, each.activity, each.until) for each in kept.entries],
        answered,
        today=today,
        holds=repository.holds_of_person(case.id),
        activities=activities,
    )
    return KeptData(
        tuple(
            structs.replace(
                each, purpose=activities[each.activity].name, provision=_BASIS[activities[each.activity].legal_basis]
            )
            if each.ground is KeptGround.OTHER_ACTIVITY
            else each
            for each in kept.entries
        )
    )


def together(by_itself: Statement | None, given: Statement | None) -> Statement | None:
    """What the case says was kept, and what a person adds to that, or that it is all."""
    match by_itself, given:
        case KeptData(entries), Nothing() if entries:
            return KeptData(entries)
        case KeptData(entries), KeptData(more):
            # Words of a person for a refused part replace its name.
            worded = {each.extent for each in more if each.extent}
            return KeptData((*(each for each in entries if each not in more and each.extent not in worded), *more))
        case _:
            return by_itself if given is None else given


def _is_all_erased(document: Ropa, case: Request, item: Item) -> bool:
    if item.search is None or item.search.ended_as(SearchResult.LEFT_OUT):
        return False
    subjects = set(case.subjects)
    every = [
        each for each in document.activities_of(item.controller_id) if not subjects or subjects & set(each.subjects)
    ]
    return {each.id for each in every if _holds_more_than_files(each, document)} <= set(item.to_erase)


def _holds_more_than_files(activity: ProcessingActivity, document: Ropa) -> bool:
    return bool(set(activity.systems) - {document.own_files})
