"""Search lists: which system accounted for which item (docs/law §11)."""

from datetime import timedelta

from hypothesis import strategies as st

from dsr.domain.request.search_list import SearchResult

from .frame import Frame, back, command, mostly, never, seldom, when, which
from .item import SEARCHED, Item
from .law import COPIES

places = st.sampled_from([("telephony", "crm")] * 4 + [("telephony",), ("crm",), ("archive",), ()])
results = st.sampled_from([SearchResult.NOTHING] * 3 + [SearchResult.FOUND] * 2 + [SearchResult.LEFT_OUT])


def to_be_searched(item: Item) -> bool:
    """It waits for its systems and for nothing else."""
    return item.status == "granted" and item.right in SEARCHED and not {*item.searched} >= {"telephony", "crm"}


class SearchRules(Frame):
    """Account for systems; ask the owner of one by a link."""

    @when(lambda law: law.some(lambda item: item.pending), brings_on=never)
    @command(("issue_search_link", "open_search_link"), which=which, says=mostly, late=seldom)
    def ask_an_owner(self, *, which: int, says: bool, late: bool) -> None:
        """The link opens once, and not after its time."""
        item_id, link_id = self.item_id(which, lambda item: item.pending), self.case.uuid()
        item, broken = self.item_rules(item_id, "open", "granted", otherwise="item-not-open")
        is_awaited = item_id in self.law.items and item.listed and self.law.unsearched(item_id)
        broken |= {"reason-required": not says, "system-not-awaited": not is_awaited}
        given = {"link_id": link_id, "look_for": self.sealed(says)}
        expires_at = self.now + timedelta(hours=-1 if late else 1)
        if self.send("issue_search_link", broken, item_id, expires_at=expires_at, **given):
            self.send("open_search_link", {"search-link-unknown": late}, link_id=link_id)
            self.send("open_search_link", {"search-link-unknown": True}, link_id=link_id)

    @when(lambda law: law.some(lambda item: item.pending), brings_on=lambda law: law.some(to_be_searched))
    @command(which=which, systems=places, result=results, says=mostly, earlier=back)
    def account_for_systems(
        self, *, which: int, systems: tuple[str, ...], result: SearchResult, says: bool, earlier: timedelta
    ) -> None:
        """In a copy, `found` needs something that was collected there, and nothing else agrees with it."""
        law = self.law
        fits = to_be_searched if law.some(to_be_searched) else lambda item: item.pending
        item_id = self.item_id(which, fits)
        item, broken = self.item_rules(item_id, "open", "granted", otherwise="item-not-open")
        searched_at, found = self.now - earlier, result is SearchResult.FOUND
        copied = [system for system in systems if item.right in COPIES and law.has_copy(item_id, system)]
        broken |= {
            "reason-required": not systems or (not says and not found),
            "nothing-collected": found and item.right in COPIES and len(copied) < len(systems),
            "data-found": not found and bool(copied),
            "dates-invalid": searched_at < law.received_at,
        }
        said = {"identifiers": self.sealed(says), "reason": self.sealed(says), "searched_at": searched_at}
        accounts = self.made.accounts(*systems, result=result, **said)
        if self.send("account_for_systems", broken, item_id, accounts=accounts):
            item.listed = True
            item.searched |= dict.fromkeys(systems, result.value)
            if item.held is not None and found:
                item.held |= {*systems}
