"""A model of one case, written from docs/law and docs/decisions, not from the code: what is so, never how it is stored.

It knows no event. What each command demands stands beside the commands, in one file for each part of the law; the
machine compares the case with this model after each step.
"""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace
from typing import Any

from dsr.domain.rights import Right

from .dates import AWAITED, Dates
from .item import Item

COPIES = (Right.ACCESS, Right.PORTABILITY)

RETAINED: dict[tuple[str, str], tuple[str, int, int, str]] = {
    ("acme-de", "recorded-calls"): ("P30D", 0, 30, "telephony"),
    ("acme-de", "chats"): ("P3M", 3, 0, "crm"),
    ("acme-de", "visits"): ("P100D", 0, 100, "crm"),
    ("acme-de", "contracts"): ("P3Y", 36, 0, "crm"),
    ("acme-fr", "recorded-calls"): ("P30D", 0, 30, "telephony"),
    ("acme-fr", "reviews"): ("P2M", 2, 0, "crm"),
    ("acme-gb", "recorded-calls"): ("P30D", 0, 30, "telephony"),
    ("acme-gb", "chats"): ("P3M", 3, 0, "crm"),
    ("acme-gb", "contracts"): ("P3Y", 36, 0, "crm"),
}
"""Controller and activity: its period, the same in months and days, and its system."""


class Law(Dates):
    """What docs/law says of one case."""

    def __init__(
        self, controller: str, regime: str, calendar: Any, received_at: datetime, *, authenticated: bool
    ) -> None:
        super().__init__(regime, calendar, received_at)
        self.controller = controller
        self.authenticated, self.closed, self.executing = authenticated, False, False
        self.outcome: str | None = None
        self.lifted_after_death = False
        """A restriction was lifted of which nobody was left to be told."""
        self.ending: SimpleNamespace | None = None
        """The proposal to end the case: `end`, `by`."""
        self.forgetting: SimpleNamespace | None = None
        """The proposal to forget its file: `by`."""
        self.forgotten, self.attested = False, False
        self.items: dict[str, Item] = {}
        self.refusals: dict[str, SimpleNamespace] = {}
        self.identity, self.question_sent = "not-needed", False
        self.asked_on: date | None = None
        self.last_word, self.unidentified_since = False, datetime.min.replace(tzinfo=UTC)
        self.evidence: dict[Any, date] = {}
        """The local day on which each arrived."""
        self.opinions: set[str] = set()
        self.supported = False
        self.clarification: date | None = None
        self.extension: SimpleNamespace | None = None
        self.holds: dict[Any, SimpleNamespace] = {}
        self.restrictions: dict[Any, SimpleNamespace] = {}
        self.recipients: dict[tuple[str, str], bool] = {}
        self.tell_by: dict[str, date] = {}
        self.collected: dict[Any, SimpleNamespace] = {}
        """Data sets and attachments, by their ids."""
        self.duties: dict[Any, SimpleNamespace] = {}
        """What was said to hold data of somebody else, by the id of what was collected."""
        self.redactions: dict[Any, SimpleNamespace] = {}
        self.confirmed: set[Any] = set()
        self.corrections: set[tuple[str, str]] = set()
        """Controller and point of what is told beside a copy."""
        self.hand_overs: dict[Any, SimpleNamespace] = {}
        self.representations: list[SimpleNamespace] = []
        self.messages: dict[Any, SimpleNamespace] = {}
        self.claims: dict[Any, datetime] = {}
        self.elsewhere, self.was_split = False, False
        self.asked: dict[Any, SimpleNamespace] = {}
        """Questions that stop no clock."""
        self.reply = False
        """Whether a message that opened the case again waits for its reply."""
        self.told_unidentified: date | None = None
        """When a letter said last that the person stays unidentified."""

    # lifecycle and identity

    @property
    def lifecycle(self) -> str:
        if self.closed:
            return "closed"
        if not self.items:
            return "received"
        return "executing" if self.executing else "assessing"

    @property
    def kept(self) -> bool:
        """Whether something demands that the file is kept, whatever its period."""
        restricted = any(not each.lifted for each in self.restrictions.values())
        handing_over = any(not each.ended for each in self.hand_overs.values())
        untold = not all(self.recipients.values())
        return not self.closed or bool(self.waiting) or bool(self.holds) or restricted or handing_over or untold

    @property
    def deceased(self) -> bool:
        return self.outcome == "deceased"

    @property
    def open_questions(self) -> list[Any]:
        return [question_id for question_id, question in self.asked.items() if question.open]

    @property
    def doubt(self) -> bool:
        return self.identity in ("asked", "insufficient", "failed", "lapsed")

    @property
    def in_question(self) -> bool:
        return self.identity in ("asked", "insufficient")

    # items

    def some(self, fits: Callable[[Item], Any]) -> bool:
        """Whether an open case has such an item: then a command about it makes sense."""
        return not self.closed and any(map(fits, self.items.values()))

    def pending(self, *rights: Right) -> bool:
        return any(item.pending and (not rights or item.right in rights) for item in self.items.values())

    def open_all(self, rights: tuple[Right, ...], controllers: tuple[str, ...], marketing: bool, now: datetime) -> None:
        """One item for each right and controller; ids count up and are never given twice.

        A letter to somebody who stays unidentified did not speak of what was opened after it.
        """
        for right in dict.fromkeys(rights):
            for controller in dict.fromkeys(controllers or (self.controller,)):
                number, item_id = 1, right.value
                while item_id in self.items:
                    number += 1
                    item_id = f"{right.value}-{number}"
                self.items[item_id] = Item(right, controller, marketing=marketing)
        self.last_word, self.unidentified_since = False, max(self.unidentified_since, now)

    def become(self, item_id: str, status: str) -> None:
        """What is decided anew is answered anew; once no access is pending, nobody has to say what is meant."""
        self.items[item_id].status, self.items[item_id].answered = status, False
        if not self.pending(Right.ACCESS):
            self.clarification = None

    def run_without_access(self, on: date, today: date) -> None:
        """A question of clarification stops no clock once no access is pending."""
        if not self.pending(Right.ACCESS):
            self.give_up("clarification", on, today)

    def grant(self, item_id: str) -> None:
        """A proposal to refuse the whole falls away; one about a part stays to be decided."""
        self.become(item_id, "granted")
        self.executing = True
        item = self.items[item_id]
        if item.right in (Right.RECTIFICATION, Right.ERASURE):  # where data was found, it is corrected or erased now
            item.held = {system for system, how in item.searched.items() if how == "found"}
            item.searched = {system: how for system, how in item.searched.items() if how != "found"}
        if item_id in self.refusals and not self.refusals[item_id].extent:
            del self.refusals[item_id]

    def end_item(self, item_id: str, status: str, today: date) -> None:
        """Refused or taken back: nothing is left to be decided or paid for."""
        self.become(item_id, status)
        self.refusals.pop(item_id, None)
        self.drop_fees(item_id, today)

    def restart(self, item_id: str, now: datetime) -> None:
        """To be decided again; who was told of the end of a restriction was told of a decision that is open again."""
        self.items[item_id].restart(now)
        for restriction in self.restrictions.values():
            if restriction.awaits == item_id and not restriction.lifted:
                restriction.told_at = None

    def undecided(self, status: str) -> list[str]:
        """What closing ended so, and nobody has decided since."""
        return [item_id for item_id, item in self.items.items() if item.undecided and item.status == status]

    # fees

    def drop_fees(self, item_id: str, today: date) -> None:
        for fee in self.outstanding(item_id):
            fee.status, fee.settled_on = "dropped", today
        self.settle(today)

    def outstanding(self, *item_ids: str) -> list[SimpleNamespace]:
        """Fees for any of these items that somebody still has to answer or pay."""
        return [fee for fee in self.fees.values() if fee.status in AWAITED and set(item_ids) & set(fee.items)]

    # copies: data of somebody else leaves only redacted (GDPR Art. 15(4), 20(4))

    def unredacted(self, item_id: str) -> bool:
        """Something is still to be redacted, or would be left out in silence.

        What is there and holds data of somebody else waits until that is redacted and confirmed; what is gone, until a
        copy is in its place or a part was refused. What replaces something has to be there, and, unless a part was
        refused, something of all that was collected.
        """
        refused = bool(self.items[item_id].parts)
        held = [key for key, each in self.collected.items() if each.item_id == item_id]
        return (
            any(self.waits_for_redaction(key) for key in held)
            or any(
                key not in self.collected and duty.copy is None and not refused
                for key, duty in self.duties.items()
                if duty.place[0] == item_id
            )
            or (bool(held) and not refused and not any(self.left_in(key) for key in held))
        )

    # the search list (docs/law §11)

    def has_copy(self, item_id: str, system: str) -> bool:
        """All that the machine collects comes from one system; what was taken out to be redacted counts still."""
        held = any(each.item_id == item_id for each in self.collected.values())
        return system == "telephony" and (held or any(duty.place[0] == item_id for duty in self.duties.values()))

    def unsearched(self, item_id: str) -> set[str]:
        """Systems that are still to account for it, among them those whose account what was collected contradicts."""
        item = self.items[item_id]
        contradicted = {
            system
            for system, how in item.searched.items()
            if item.right in COPIES and self.has_copy(item_id, system) is not (how == "found")
        }
        return {"telephony", "crm"} - {*item.searched} | contradicted

    def redactions_of(self, target: Any) -> list[SimpleNamespace]:
        return [redaction for redaction in self.redactions.values() if redaction.target == target]

    def waits_for_redaction(self, target: Any) -> bool:
        redactions = self.redactions_of(target)
        if any(each.replacement is not None and each.replacement not in self.collected for each in redactions):
            return True
        return bool(redactions or target in self.duties) and target not in self.confirmed

    def left_in(self, target: Any) -> bool:
        """Whether anything leaves of it: it was not left out whole, nor each of its fields."""
        redactions = self.redactions_of(target)
        whole = any(each.kind in ("whole-file", "replaced") for each in redactions)
        columns = {each.place for each in redactions if each.kind == "column"}
        fields = self.collected[target].fields or set()
        # A column takes all beneath it: `caller` is gone, and so is `caller.number`.
        gone = {name for name in fields if name in columns or name.rpartition(".")[0] in columns}
        return not whole and not (columns and gone == fields)

    def collect(self, key: Any, collected: SimpleNamespace) -> None:
        """It takes the place of the first that waits for a redacted copy of its kind, system and name."""
        self.collected[key] = collected
        waiting = [duty for duty in self.duties.values() if duty.copy is None and duty.place == collected.place]
        if waiting:
            waiting[0].copy = key

    def discard(self, key: Any) -> None:
        """The duty to redact stays; a copy that is gone leaves its place empty again."""
        del self.collected[key]
        filled = [duty for duty in self.duties.values() if duty.copy == key]
        if filled and key not in self.duties:
            filled[0].copy = None

    # holds (docs/law §6)

    def hold_what_expires(self, new_ids: list[Any], today: date) -> None:
        """What would be deleted before a copy may leave, up to three months on, is held; the case says the ids."""
        asked = {item.controller for item in self.items.values() if item.pending and item.right in COPIES}
        last_day = self.months(3, max(self.received_on, today))
        ids = iter(new_ids)
        for controller in sorted(asked):
            expiring = [
                (activity, system)
                for (holder, activity), (_, months, days, system) in RETAINED.items()
                if holder == controller
                and self.months(months) + timedelta(days=days) <= last_day
                and not self._held(holder, activity, system)
            ]
            if expiring:
                activities, systems = ({pair[part] for pair in expiring} for part in (0, 1))
                self.holds[next(ids)] = SimpleNamespace(
                    kind="retention", controller=controller, activities=activities, systems=systems
                )
        for controller in sorted(self.contested()):
            stays = [
                (activity, system)
                for (holder, activity), (*_, system) in RETAINED.items()
                if holder == controller and not self._held(holder, activity, system, "restriction")
            ]
            if stays:
                activities, systems = ({pair[part] for pair in stays} for part in (0, 1))
                self.holds[next(ids)] = SimpleNamespace(
                    kind="restriction", controller=controller, activities=activities, systems=systems
                )
        assert not list(ids), "nothing else is held"

    def contested(self) -> set[str]:
        """The controllers whose data waits to be restricted: that was asked for, or will follow from an objection."""
        raised = {each.awaits for each in self.restrictions.values() if not each.lifted}
        return {
            item.controller
            for item_id, item in self.items.items()
            if item.pending
            and not item.effected
            and (
                item.right is Right.RESTRICTION
                or (item.right is Right.OBJECTION and not item.marketing and item_id not in raised)
            )
        }

    def _held(self, controller: str, activity: str, system: str, kind: str = "retention") -> bool:
        """A legal hold may be released before the answer, so it holds nothing for it."""
        holding = [hold for hold in self.holds.values() if hold.kind == kind and hold.controller == controller]
        return any(activity in hold.activities and system in hold.systems for hold in holding)

    def release_ended(self) -> None:
        """What waits for no copy and no restriction any more; what is restricted stays."""
        copy, contested = self.pending(*COPIES), self.contested()
        self.holds = {
            key: hold
            for key, hold in self.holds.items()
            if hold.kind == "legal"
            or (hold.kind == "retention" and copy)
            or (hold.kind == "restriction" and (key in self.restrictions or hold.controller in contested))
        }

    def restricted_in(self, systems: set[str]) -> bool:
        """A restriction that names no system holds all of them."""
        restricted = [hold for hold in self.holds.values() if hold.kind == "restriction"]
        return any(not hold.systems or hold.systems & systems for hold in restricted)

    def restrict(self, key: Any, restriction: SimpleNamespace, controller: str, activities: set[str]) -> None:
        """From now on its data is only stored."""
        self.restrictions[key] = restriction
        self.holds[key] = SimpleNamespace(
            kind="restriction", controller=controller, activities=activities, systems=set()
        )

    def end_restriction(self, key: Any, *, stopped: bool = False) -> None:
        """It was lifted, or ended with the processing."""
        self.restrictions[key].lifted, self.restrictions[key].stopped = True, stopped
        self.holds.pop(key, None)

    # messages (docs/law §9)

    @property
    def waiting(self) -> list[Any]:
        """What nobody has examined, here or elsewhere; nobody has to examine what a machine sent."""
        return [*(key for key, each in self.messages.items() if not each.kind and not each.automatic), *self.claims]

    def can_wait(self, today: date) -> bool:
        """Before the last working day before the un-extended date, a refusal or the end can wait for a message."""
        day = self.month_ends(today) - timedelta(days=1)
        while day.weekday() >= 5 or day in self.calendar.holidays:
            day -= timedelta(days=1)
        return today < day

    # who may get a letter

    def getting_letters(self, moment: datetime, day: date) -> SimpleNamespace | None:
        """Whoever could act for the person at that moment, and got the letters."""
        for each in self.representations:
            begun, ended = each.since <= moment, each.ended_at is not None and moment >= each.ended_at
            held = begun and not ended and each.answer_to != "data-subject"
            if held and (each.expires_on is None or day <= each.expires_on):
                return each
        return None

    def may_get(self, addressee: str, moment: datetime, day: date, rights: set[Right]) -> bool:
        """The person always; a representative as far and as long as the authority goes, if answers go there."""
        if addressee == "data-subject":
            return True
        acting = self.getting_letters(moment, day)
        return acting is not None and rights <= acting.rights

    # the end

    def ask_nothing_more(self) -> None:
        """Nothing waits for approval or for an answer; a question that was out has to be asked anew."""
        self.ending, self.extension, self.evidence = None, None, {}
        for question in self.asked.values():
            question.open = False
        if self.in_question:
            self.identity = "lapsed"

    def end(self, end: str, now: datetime, today: date) -> None:
        """Two people ended the case; where the person died, it is closed, and no link works any more."""
        for item_id, item in self.items.items():
            if item.pending:
                item.decide(now)
                self.end_item(item_id, "ended", today)
                item.undecided, item.end = True, end
            if end == "deceased":
                self.drop_fees(item_id, today)
                item.offer, item.link_asked = None, False
        self.ask_nothing_more()
        self.give_up("identity", today, today)
        self.give_up("clarification", today, today)
        if end == "deceased":
            self.close(end, today)
        self.release_ended()

    def close(self, outcome: str, today: date, *, on: date | None = None, elsewhere: bool = False) -> None:
        """A closed case waits for nobody, and its clock runs.

        `on`: the day from which nobody waits, if that is not today. `elsewhere`: another case answers the letter.
        """
        on = on or today
        self.reply = False
        self.closed, self.outcome = True, outcome
        self.elsewhere |= elsewhere
        self.ask_nothing_more()
        if outcome in ("unidentified", "duplicate", "forwarded"):
            self.refusals.clear()
            for item_id, item in self.items.items():
                if item.pending:
                    self.become(item_id, "refused" if outcome == "unidentified" else "withdrawn")
                    item.undecided, item.answered = True, outcome == "unidentified"
        self.give_up("identity", on, today)
        self.give_up("clarification", on, today)
        self.release_ended()
