"""Copies of data, the files among them: docs/law §3 and §6 (GDPR Art. 15(3), 20(1)).

Whether data of somebody else is in them stands in `redaction.py`.
"""

from collections.abc import Collection
from dataclasses import replace
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

from hypothesis import strategies as st

from dsr.domain.request.data_set import FieldDescription
from dsr.domain.request.values import Provenance

from .frame import Frame, back, command, when, which
from .item import Item
from .law import COPIES, Law

FIELDS = ("caller", "caller.number")
"""What the data sets describe; the last lies within the one before."""


def copies(item: Item) -> bool:
    return item.status == "granted" and item.right in COPIES


def gap(law: Law) -> bool:
    """Something was taken out, and nothing stands in its place."""
    return any(duty.copy is None and key not in law.collected for key, duty in law.duties.items())


def replacements(law: Law) -> list[Any]:
    """What is there in the place of something that was redacted."""
    return [each.replacement for each in law.redactions.values() if each.replacement in law.collected]


class CollectionRules(Frame):
    """Collect data, attach files; discard them."""

    @when(lambda law: law.some(copies), brings_on=lambda law: len(law.collected) < 2 or gap(law))
    @command(which=which, name=st.sampled_from(["calls", "calls", "letters"]), earlier=back)
    def collect_data(self, which: int, name: str, earlier: timedelta) -> None:
        law, item_id = self.law, self.item_id(which, copies)
        broken = self.copy_rules(item_id, self.now - earlier)
        fields = tuple(FieldDescription(each, "what it is", Provenance.OBSERVED) for each in FIELDS)
        data_set = replace(self.made.data_set(item_id, self.now - earlier), name=name, fields=fields)
        if self.send("collect_data", broken, item_id, data_set=data_set):
            law.collect(
                data_set.data_set_id,
                SimpleNamespace(item_id=item_id, place=(item_id, "table", name), fields={*FIELDS}),
            )

    @when(lambda law: law.some(copies), brings_on=lambda law: len(law.collected) < 2 or gap(law))
    @command(which=which, name=st.sampled_from(["call.wav", "call.ogg", "letter.pdf"]), earlier=back)
    def attach(self, which: int, name: str, earlier: timedelta) -> None:
        """In the package each file needs a name of its own, whatever its format."""
        law, item_id = self.law, self.item_id(which, copies)
        place = (item_id, "file", name.partition(".")[0])
        broken = self.copy_rules(item_id, self.now - earlier)
        broken["attachment-name-taken"] = any(each.place == place for each in law.collected.values())
        attachment = replace(self.made.attachment(item_id, self.now - earlier), name=name)
        if self.send("attach", broken, item_id, attachment=attachment):
            law.collect(attachment.attachment_id, SimpleNamespace(item_id=item_id, place=place, fields=None))

    def copy_rules(self, item_id: str, collected_at: Any) -> dict[str, Any]:
        item, broken = self.item_rules(item_id, "granted", otherwise="item-not-granted")
        return broken | {
            "item-has-no-copy": item.right not in COPIES,
            "identity-unresolved": self.law.doubt,
            "dates-invalid": collected_at < self.law.received_at,
        }

    @when(
        lambda law: law.collected and not law.closed,
        brings_on=lambda law: {*law.duties, *replacements(law)} & {*law.collected},
    )
    @command(("discard_attachment", "discard_data"), which=which, replacing=st.booleans())
    def discard(self, which: int, replacing: bool) -> None:
        """What was handed over stays on file; what replaces something else may go, so that this has to wait again."""
        law = self.law
        key, item = self.a_copy(which, replacements(law) if replacing else [])
        is_file = law.collected[key].fields is None if key in law.collected else bool(which % 2)
        broken = {
            "attachment-unknown" if is_file else "data-set-unknown": item is None,
            "item-not-granted": item is not None and not item.pending,
        }
        if self.send("discard_attachment" if is_file else "discard_data", broken, key):
            law.discard(key)

    def a_copy(self, which: int, among: Collection[Any] = ()) -> tuple[Any, Item | None]:
        """One of the data sets and files, mostly among these or one of a granted item, or none."""
        law = self.law
        of = {key: law.items[each.item_id] for key, each in law.collected.items()}
        key = self.key(which, of, [*among] or [key for key, item in of.items() if item.status == "granted"])
        return key, of.get(key)
