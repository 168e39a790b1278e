"""What all commands of the machine share: how one is sent, and how its outcome is compared with what the law says."""

import inspect
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any, TypeVar

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule

from dsr.domain.errors import DomainError
from dsr.domain.request.basis import ActivityBasis
from dsr.domain.request.holds import HoldPlaced, Retained
from dsr.domain.request.letters import Letter, LetterKind
from dsr.domain.request.standing import AnswerTo
from dsr.domain.request.values import Channel
from dsr.domain.rights import Right
from dsr.domain.ropa import LegalBasis
from tests.domain.request.a_case import Made

from .dates import DAY
from .item import Item
from .law import RETAINED, Law

Function = TypeVar("Function", bound=Callable[..., None])

mostly = st.sampled_from([True] * 14 + [False])
often = st.sampled_from([True, True, True, False])
seldom = mostly.map(lambda yes: not yes)
sometimes = often.map(lambda yes: not yes)
back = st.sampled_from([timedelta()] * 8 + [timedelta(hours=5), 2 * DAY, 9 * DAY])
staff = st.sampled_from(["bob", "bob", "bob", "ann", "dora"])
which = st.integers(0, 7)
addressees = st.sampled_from([AnswerTo.DATA_SUBJECT] * 8 + [AnswerTo.REPRESENTATIVE, AnswerTo.BOTH])
bases = st.lists(
    st.sampled_from([LegalBasis.CONSENT] * 3 + [LegalBasis.LEGITIMATE_INTERESTS] * 3 + list(LegalBasis)), max_size=2
)

ALWAYS = {
    *(
        "attach_follow_up",
        "examine_messages",
        "confirm_earlier_fact",
        "correct_language",
        "note_malware",
        "suggest_rights",
        "note_order_date",
        "doubt_sender",
        "confirm_sender",
        "add_note",
        "disclose",
        "end_subject_access",
        "reopen",
        "place_hold",
    ),
    *("release_hold",),
    *("propose_forgetting", "approve_forgetting", "decline_forgetting", "attest_forgetting"),
    *("record_due", "record_answer", "send_question", "answer_question", "note_claim", "settle_claim"),
    *("propose_exception", "approve_exception", "decline_exception", "end_representation"),
    *("send_sign_in_code", "sign_in", "record_hand_over", "record_hand_over_failed"),
    *("offer_package", "revoke_offer", "ask_for_link", "tell_password", "send_password", "record_misdelivery"),
    *(
        "add_recipient",
        "tell_recipient",
        "excuse_recipient",
        "use_restricted_data",
        "set_review",
        "tell_of_lifting",
        "lift_restriction",
    ),
}
"""What may be done about a closed case: it stays on file, and some duties outlive the answer."""

PERIODS = tuple(
    Retained(controller, activity, (system,), period)
    for (controller, activity), (period, _, _, system) in RETAINED.items()
)


def resting_on(on: list[LegalBasis]) -> tuple[ActivityBasis, ...]:
    """Processing on these bases, one activity each."""
    return tuple(ActivityBasis(f"on-{basis}", basis) for basis in dict.fromkeys(on))


def unfinished(right: Right) -> Callable[[Law], bool]:
    """Whether what gives effect to a right is still missing somewhere."""
    return lambda law: law.some(lambda item: item.right is right and item.pending and not item.effected)


def never(law: Law) -> bool:
    """It makes sense now and then, but no case gets on by it."""
    return False


def when(
    sensible: Callable[[Law], Any], *, brings_on: Callable[[Law], Any] = lambda law: True
) -> Callable[[Function], Function]:
    """Where a command makes sense, and where the case gets on by it."""

    def mark(function: Function) -> Function:
        function.sensible, function.brings_on = sensible, brings_on  # type: ignore[attr-defined]  # read by `Frame`
        return function

    return mark


def command(
    sends: Collection[str] | None = None, /, **arguments: st.SearchStrategy[Any]
) -> Callable[[Function], Function]:
    """A method that sends the command of its own name, or these, with what it is drawn from."""

    def mark(function: Function) -> Function:
        function.sends = {function.__name__} if sends is None else set(sends)  # type: ignore[attr-defined]  # as below
        function.arguments = st.fixed_dictionaries(arguments)  # type: ignore[attr-defined]  # read by `Frame`
        return function

    return mark


@dataclass
class Seen:
    """What became of the commands in all histories so far."""

    outcomes: Counter[tuple[str, str]] = field(default_factory=Counter)
    """By command and the code that refused it, or none."""
    rules: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    """By the code of a rule: the commands that it may refuse."""
    waits: set[str] = field(default_factory=set)
    """Kinds of question that moved a date."""

    @property
    def accepted(self) -> set[str]:
        return {command for command, refused in self.outcomes if not refused}

    @property
    def refusals(self) -> set[str]:
        return {refused for _, refused in self.outcomes if refused}

    def wanted(self, commands: Collection[str], codes: Collection[str]) -> frozenset[str]:
        """Which of these commands were never accepted, and which commands might show a code that was never seen."""
        unseen = [self.rules[code] for code in codes if code not in self.refusals]
        return frozenset(set(commands) - self.accepted).union(*unseen)


class Frame(RuleBasedStateMachine):
    """Sends commands to a case, and says beforehand which rules they break."""

    def __init__(self, made: Made, seen: Seen, country: str, wanted: Collection[str] = ()) -> None:
        """`wanted`: commands to try more often than others."""
        super().__init__()
        self.made, self.seen, self.country, self.wanted = made, seen, country, frozenset(wanted)
        self.home = f"acme-{country.lower()}"
        """The controller that the letters reach."""
        self.sent = self.all_sent()
        self.commands = {
            name: function for name, function in inspect.getmembers(type(self)) if hasattr(function, "arguments")
        }

    @classmethod
    def all_sent(cls) -> set[str]:
        """The commands that this machine sends."""
        return {each for _, function in inspect.getmembers(cls) for each in getattr(function, "sends", ())}

    def receive(self, day: int, *, authenticated: bool) -> None:
        """A case begins."""
        received = (date(2026, 1, 2) + day * DAY).isoformat()
        self.case = self.made.case(country=self.country, received_at=received, authenticated=authenticated)
        regime = "uk-gdpr" if self.country == "GB" else "eu-gdpr"
        self.dated: tuple[date, int] | None = None
        self.law = Law(self.home, regime, self.case.calendar, self.case.now, authenticated=authenticated)
        self.replica = self.made.replayed(self.case.events)

    @rule(data=st.data(), kind=st.sampled_from(["next"] * 3 + ["wanted"] * 3 + ["sensible", "sensible", "any"]))
    def act(self, data: Any, kind: str) -> None:
        """One command: mostly one that is wanted or brings the case on, so that it gets somewhere; sometimes one out of
        turn.
        """
        name = data.draw(st.sampled_from(sorted(self.choice(kind))), label="command")
        self.commands[name](self, **data.draw(self.commands[name].arguments, label="with"))

    def choice(self, kind: str) -> Collection[str]:
        """The names of the methods from which one is drawn."""
        if kind == "any":
            return self.commands
        sensible = {name for name, function in self.commands.items() if function.sensible(self.law)}
        if kind == "sensible":
            return sensible
        next_ones = {name for name in sensible if self.commands[name].brings_on(self.law)}
        aside = {name for name in sensible if self.commands[name].brings_on is never}
        wanted = {name for name in next_ones | aside if kind == "wanted" and self.commands[name].sends & self.wanted}
        return wanted or next_ones or sensible

    @property
    def now(self) -> datetime:
        return self.case.now

    @property
    def today(self) -> date:
        return self.local(self.now)

    def local(self, moment: datetime) -> date:
        day: date = self.law.calendar.local_date(moment)
        return day

    def sealed(self, said: bool = True) -> Any:
        return self.made.sealed() if said else None

    def send(self, command: str, broken: Mapping[str, Any], *named: Any, **arguments: Any) -> bool:
        """Send the command; whether it was accepted. `broken` says of each code whether its rule is broken.

        The case has to accept exactly what breaks no rule, and to refuse all else by one of the rules broken.
        """
        assert command in self.sent, "name it beside its method"
        codes = {code for code, is_broken in broken.items() if is_broken}
        if self.law.closed and command not in ALWAYS:
            codes = {"request-closed"}
        if self.law.forgotten and command != "attest_forgetting":
            codes = {"case-forgotten"}
        refused = self.refusal_of(command, *named, **arguments)
        self.seen.outcomes[command, refused or ""] += 1
        for code in broken:
            self.seen.rules[code].add(command)
        if refused is not None:
            assert refused in codes, (
                f"{command} was refused with {refused}; by the model it breaks {sorted(codes) or 'no rule'}. "
                "Is a rule missing in `broken` of this command, or is the guard too strict?"
            )
            assert self.case.request.collect_events() == []
            return False
        assert not codes, (
            f"{command} was accepted; by the model it breaks {sorted(codes)}. Is a guard missing, or is `broken` too "
            "strict?"
        )
        for happened in self.case.news:
            self.made.stored_and_read(happened).mutate(self.replica)
        return True

    def refusal_of(self, command: str, *named: Any, **arguments: Any) -> str | None:
        """Send the command; the code by which it was refused, or none."""
        try:
            getattr(self.case, command)(*named, **arguments)
        except DomainError as refused:
            return refused.code
        return None

    def item_id(self, which: int, fits: Callable[[Item], Any] = lambda item: True) -> str:
        """One of the items, mostly one that fits, or none."""
        fitting = [item_id for item_id, item in self.law.items.items() if fits(item)]
        known = fitting if fitting and which < 6 else [*self.law.items, "portability-9"]
        return known[which % len(known)]

    def key(self, which: int, known: Collection[Any], fitting: Collection[Any]) -> Any:
        """One of the known keys, mostly one that fits, or none."""
        chosen = [*fitting] if fitting and which < 6 else [*known, self.made.key().key_id]
        return chosen[which % len(chosen)]

    def item_rules(
        self, item_id: str, *statuses: str, otherwise: str, right: Right | None = None
    ) -> tuple[Item, dict[str, Any]]:
        """The item, and what is broken where it is not there, exercises another right, or is not in a status."""
        item = self.law.items.get(item_id)
        return item or Item(Right.RECTIFICATION), {
            "not-registered": not self.law.items,
            "item-unknown": item is None,
            "item-of-other-right": item is not None and right is not None and item.right is not right,
            otherwise: item is not None and item.status not in statuses,
        }

    def letter(
        self,
        kind: LetterKind,
        left: datetime,
        addressee: AnswerTo,
        *,
        without: str = "",
        besides: Collection[str] = (),
        by: Channel = Channel.EMAIL,
    ) -> Letter:
        """A complete letter that left at that moment, with what it says besides, or without one of its statements."""
        letter: Letter = self.case.letter(kind, left=left.isoformat())
        said = {*letter.statements, *besides} - {without}
        return replace(letter, statements=tuple(sorted(said)), addressee=addressee, channel=by)

    def enter(self, name: str, kind: str, day: date, **about: Any) -> None:
        """Somebody entered by hand what happened on an earlier day; the event of that name did."""
        [event] = [each for each in self.case.news if f"dsr.request.{name}" == each.TOPIC]
        self.law.enter(event.originator_version, kind, day, self.today, event.actor, **about)

    def placed(self) -> list[Any]:
        """Ids of the holds that the last command placed."""
        return [happened.hold_id for happened in self.case.news if isinstance(happened, HoldPlaced)]

    def evidence_left(self, purge: bool) -> bool:
        return bool(self.law.evidence) and not purge

    def purged(self, purge: bool) -> set[Any]:
        return set(self.law.evidence) if purge else set()
