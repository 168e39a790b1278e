"""Fills in what an answer says about the search: which systems, and what was left out and why (docs/law §11)."""

from collections.abc import Iterator

from dsr.desk.dispatching.case_file import CaseFile, Subject
from dsr.desk.search_results import is_nothing_left_out, results_of
from dsr.domain.request.item import Item
from dsr.domain.request.search_list import SearchResult
from dsr.domain.request.values import ItemStatus
from dsr.domain.rights import Right
from dsr.letters.fields import FreeText, Searched, SearchEntry


def searched(file: CaseFile, subject: Subject) -> Searched | None:
    """The search for the items of a letter; None where one of them has no search list, so that a person has to say it.

    Raises KeyDestroyed.
    """
    items = file.items(subject)
    lists = [item.search for item in items if item.search is not None]
    if len(lists) < len(items):
        return None
    copied = [item for item in items if item.right in (Right.ACCESS, Right.PORTABILITY)]
    return Searched(
        systems=tuple(dict.fromkeys(each for item in items for each in _systems(file, item))),
        groups_not_searched=tuple(
            dict.fromkeys(file.document.group_name(group) for each in lists for group in each.set_aside)
        ),
        copy_is_whole=all(
            file.case.copies.is_whole(item.item_id, inferred=item.right is Right.ACCESS) for item in copied
        ),
        is_whole=all(is_nothing_left_out(file.repository, file.case, item) for item in items),
    )


def _systems(file: CaseFile, item: Item) -> Iterator[SearchEntry]:
    """The systems on the list of an item; the case files, if an erasure leaves them out by itself, come last."""
    for each in results_of(file.repository, file.case, item):
        yield SearchEntry(
            name="" if each.searched_at is None else file.name_of_system(each.system),
            result=each.result,
            on=None if each.searched_at is None else file.local_date(each.searched_at),
            reason=FreeText(each.reason) if each.reason else None,
        )
    search = item.search
    # What an erasure keeps, its answer says elsewhere.
    if search is not None and search.are_own_files_left_out and item.status is ItemStatus.NOTHING_HELD:
        yield SearchEntry("", SearchResult.LEFT_OUT)
