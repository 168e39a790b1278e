"""Copies of data, and data of somebody else in them: law.md §4 and §6 (GDPR Art. 15(3), 15(4), 20(4))."""

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

from hypothesis import strategies as st

from .frame import Frame, command, mostly, never, when, which
from .item import Item
from .law import COPIES


def copies(item: Item) -> bool:
    return item.status == "granted" and item.right in COPIES


class CollectionRules(Frame):
    """Collect data, require that it is redacted, discard it."""

    @when(
        lambda law: law.some(copies),
        brings_on=lambda law: len(law.data_sets) < 2 or any(each.copy is None for each in law.redactions.values()),
    )
    @command(which=which, name=st.sampled_from(["calls", "calls", "letters"]))
    def collect_data(self, which: int, name: str) -> None:
        """What is collected takes the place of the first that waits for a redacted copy of the same name and system."""
        law, item_id = self.law, self.item_id(which, copies)
        item, broken = self.item_rules(item_id, "granted", otherwise="item-not-granted")
        broken |= {"item-has-no-copy": item.right not in COPIES, "identity-unresolved": law.doubt}
        data_set = replace(self.made.data_set(item_id, self.now), name=name)
        if self.send("collect_data", broken, item_id, data_set=data_set):
            place = (item_id, name)
            law.data_sets[data_set.data_set_id] = SimpleNamespace(item_id=item_id, place=place)
            waiting = [each for each in law.redactions.values() if each.copy is None and each.place == place]
            if waiting:
                waiting[0].copy = data_set.data_set_id

    @when(lambda law: law.data_sets and not law.closed, brings_on=never)
    @command(which=which, reason=mostly)
    def require_redaction(self, which: int, reason: bool) -> None:
        law = self.law
        key, item = self.a_data_set(which)
        broken = {
            "data-set-unknown": item is None,
            "item-not-granted": item is not None and item.status != "granted",
            "reason-required": not reason,
        }
        if self.send("require_redaction", broken, key, reason=self.sealed(reason)):
            law.redactions.setdefault(key, SimpleNamespace(place=law.data_sets[key].place, copy=None))

    @when(lambda law: law.data_sets and not law.closed, brings_on=lambda law: set(law.redactions) & set(law.data_sets))
    @command(which=which)
    def discard_data(self, which: int) -> None:
        """The duty to redact stays; a copy that is gone leaves its place empty again."""
        law = self.law
        key, item = self.a_data_set(which)
        broken = {"data-set-unknown": item is None, "item-not-granted": item is not None and not item.pending}
        if self.send("discard_data", broken, key):
            del law.data_sets[key]
            filled = [each for each in law.redactions.values() if each.copy == key]
            if filled and key not in law.redactions:
                filled[0].copy = None

    def a_data_set(self, which: int) -> tuple[Any, Item | None]:
        law = self.law
        of = {key: law.items[each.item_id] for key, each in law.data_sets.items()}
        key = self.key(which, of, [key for key, item in of.items() if item.status == "granted"])
        return key, of.get(key)
