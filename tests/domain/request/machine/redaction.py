"""Data of somebody else in a copy: docs/law §4 and §6 (GDPR Art. 15(4), 20(4)).

What it means for whatever leaves says `Law.unredacted`; who is asked there, the machine, after each step.
"""

from collections.abc import Collection
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

from hypothesis import strategies as st

from dsr.domain.request.others_rights import OthersRight, RedactionKind

from .collection import FIELDS, CollectionRules
from .frame import command, mostly, seldom, when, which
from .law import Law

POINTERS = {
    "/*/caller": "",
    "/*/caller/number": "",
    "/3/caller/number/0": "",
    "/*/2024": "redaction-field-unknown",
    "/0/*": "",
    "": "redaction-place-invalid",
    "caller": "redaction-place-invalid",
    "/caller": "redaction-place-invalid",
    "/caller/number": "redaction-place-invalid",
    "/*": "redaction-place-invalid",
    "/*/": "redaction-place-invalid",
    "/*/address": "redaction-field-unknown",
    "/*/caller/street": "redaction-field-unknown",
}
"""Places within the records of a data set, and what is wrong with them."""

COLUMNS = {**dict.fromkeys(FIELDS, ""), "": "redaction-place-invalid", "address": "redaction-field-unknown"}

WHOLE = {"": "", "caller": "redaction-place-invalid"}

places: dict[RedactionKind, dict[str, str]] = {
    RedactionKind.JSON_POINTER: POINTERS,
    RedactionKind.COLUMN: COLUMNS,
    RedactionKind.WHOLE_FILE: WHOLE,
    RedactionKind.REPLACED: WHOLE,
}


def places_of(kind: RedactionKind) -> st.SearchStrategy[tuple[RedactionKind, str]]:
    """Mostly a place that fits the kind."""
    fitting = [place for place, wrong in places[kind].items() if not wrong]
    return st.tuples(st.just(kind), st.sampled_from([*fitting * 3, *places[kind]]))


def standing(law: Law) -> list[Any]:
    """What was redacted of something that is still there."""
    return [] if law.closed else [key for key, each in law.redactions.items() if each.target in law.collected]


def unconfirmed(law: Law) -> list[Any]:
    """What is there, and waits for somebody who looks at it."""
    of_others = {*law.duties, *(each.target for each in law.redactions.values())}
    return [key for key in law.collected if key in of_others - law.confirmed]


class RedactionRules(CollectionRules):
    """Require that something is redacted; redact, take that back, confirm."""

    @when(lambda law: law.collected and not law.closed, brings_on=lambda law: len(law.duties) < 1)
    @command(which=which, reason=mostly)
    def require_redaction(self, which: int, reason: bool) -> None:
        law = self.law
        target, broken = self.a_target(which)
        broken |= {"reason-required": not reason}
        if self.send("require_redaction", broken, target, reason=self.sealed(reason)):
            law.duties.setdefault(target, SimpleNamespace(place=law.collected[target].place, copy=None))
            law.confirmed.discard(target)

    @when(lambda law: law.collected and not law.closed, brings_on=lambda law: len(law.redactions) < 2)
    @command(
        which=which,
        how=st.one_of(*map(places_of, [RedactionKind.COLUMN, *RedactionKind])),
        other=which,
        odd=seldom,
        hit=mostly,
        right=st.sampled_from(OthersRight),
        reason=mostly,
    )
    def redact(
        self,
        *,
        which: int,
        how: tuple[RedactionKind, str],
        other: int,
        odd: bool,
        hit: bool,
        right: OthersRight,
        reason: bool,
    ) -> None:
        """A file is left out whole or replaced; what replaces it is there, for the same item, and not left out.

        A place within records hits at least one value.
        """
        law, (kind, place) = self.law, how
        target, broken = self.a_target(which)
        within = kind in (RedactionKind.COLUMN, RedactionKind.JSON_POINTER)
        if (wrong := places[kind][place]) != "":
            broken[wrong] = True
        is_file = target in law.collected and law.collected[target].fields is None
        broken["redaction-kind-unfit"] = within and is_file
        broken["redaction-hits-nothing"] = within and not hit
        replacement = None
        if (kind is RedactionKind.REPLACED) is not odd:
            left_out = [key for key in law.collected if not law.left_in(key)]
            replacement = self.key(other, law.collected, left_out if other > 3 else self.fit_to_replace(target))
        broken["replacement-unfit"] = odd or (
            replacement is not None and replacement not in self.fit_to_replace(target)
        )
        broken["reason-required"] = not reason
        redaction_id = uuid4()
        given = {"kind": kind, "place": place, "replacement_id": replacement, "right": right}
        given |= {"values": int(hit) if within else None}
        given |= {"redaction_id": redaction_id, "reason": self.sealed(reason)}
        if self.send("redact", broken, target, **given):
            law.redactions[redaction_id] = SimpleNamespace(
                target=target, kind=kind.value, place=place, replacement=replacement
            )
            law.confirmed.discard(target)

    @when(standing, brings_on=lambda law: len(standing(law)) > 1)
    @command(which=which, reason=mostly)
    def withdraw_redaction(self, which: int, reason: bool) -> None:
        """What stands of the others is confirmed anew."""
        law = self.law
        key = self.key(which, law.redactions, standing(law))
        target = law.redactions[key].target if key in law.redactions else None
        item = law.items[law.collected[target].item_id] if target in law.collected else None
        broken = {
            "redaction-unknown": item is None,
            "item-not-granted": item is not None and item.status != "granted",
            "reason-required": not reason,
        }
        if self.send("withdraw_redaction", broken, key, reason=self.sealed(reason)):
            del law.redactions[key]
            law.confirmed.discard(target)

    @when(lambda law: law.collected and not law.closed, brings_on=unconfirmed)
    @command(which=which, reason=mostly)
    def confirm_redactions(self, which: int, reason: bool) -> None:
        """Where nothing was redacted, it was flagged by mistake, which has its reason."""
        law = self.law
        target, broken = self.a_target(which, unconfirmed(law))
        redacted = law.redactions_of(target)
        broken |= {
            "nothing-redacted": not redacted and target not in law.duties,
            "reason-required": not redacted and not reason,
        }
        if self.send("confirm_redactions", broken, target, reason=self.sealed(reason)):
            law.confirmed.add(target)
            if not redacted:
                del law.duties[target]

    def fit_to_replace(self, target: Any) -> list[Any]:
        """What else was collected for the same item, and is not left out."""
        law = self.law
        if target not in law.collected:
            return []
        item_id = law.collected[target].item_id
        return [
            key for key, each in law.collected.items() if key != target and each.item_id == item_id and law.left_in(key)
        ]

    def a_target(self, which: int, among: Collection[Any] = ()) -> tuple[Any, dict[str, Any]]:
        """What was collected, and what is broken where it is not there, or was handed over."""
        target, item = self.a_copy(which, among)
        return target, {
            "redaction-target-unknown": item is None,
            "item-not-granted": item is not None and item.status != "granted",
        }
