"""Writes the report of a case in sections of plain text, from its events alone."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec

from dsr.desk.audits import AuditDesk, AuditedRequest
from dsr.desk.caller import Caller
from dsr.desk.case_reports.destroyed import Destroyed, destroyed_in
from dsr.desk.repository import Repository
from dsr.desk.search_lists import SearchListDesk, SearchListState
from dsr.domain.events import Event, event_types
from dsr.eventstore.log import Log
from dsr.projections.dispatches import dispatches_of
from dsr.projections.rows import Row

Opened = Mapping[int, Mapping[str, object]]
"""Opened texts, by the version of their event and the name of the part; empty where nothing was opened."""

_LETTERS: Final = {
    "dsr.request.answer-sent": "letter",
    "dsr.request.deadline-extended": "notice",
    "dsr.request.extension-notice-stated": "notice",
    "dsr.request.fee-quoted": "notice",
    "dsr.request.lifting-announced": "notice",
    "dsr.request.password-sent": "letter",
    "dsr.request.question-sent": "letter",
}
"""Events that record a letter, with the field that describes it."""

_MOVES_DATES: Final = frozenset(
    {
        "dsr.request.arrival-corrected",
        "dsr.request.calendar-corrected",
        "dsr.request.clock-resumed",
        "dsr.request.clock-suspended",
        "dsr.request.deadline-extended",
        "dsr.request.earlier-fact-confirmed",
        "dsr.request.letter-returned",
        "dsr.request.question-delayed",
        "dsr.request.reassigned",
    }
)

_TOLD_ELSEWHERE: Final = frozenset(
    {
        *("deadline", "letter", "notice", "keys", "key", "content", "original", "document", "reference", "zone"),
        *("ropa_version", "regime_version", "evidence_destroyed", "copies", "fields", "versions"),
    }
)
"""Facts that a section of their own shows, or that are of no use to a reader."""

_IDS: Final = frozenset(
    {
        *("controller_id", "from_controller", "item_id", "item_ids", "system", "systems", "own_files", "activities"),
        *("recipient", "recipients", "fields", "regime", "language"),
    }
)
"""Facts that name something of the record of processing."""

_UUID: Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_INSTANT: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")
_CODE: Final = re.compile(r"[a-z]+(-[a-z]+)+")
_END_OF_SENTENCE: Final = re.compile(r"(?<!Art)[.;]\s+(?=[A-Z`])")


@dataclass(frozen=True)
class ReportSection:
    """A heading, what the section is about, and a table."""

    title: str
    about: str
    columns: tuple[str, ...]
    widths: tuple[int, ...]
    """Of the columns, in parts of the whole."""
    rows: tuple[tuple[str, ...], ...]
    nothing: str
    """The sentence in place of a table without rows."""


@dataclass(frozen=True)
class CaseReport:
    """A report, in words."""

    reference: str
    controller: str
    made_at: datetime
    made: str
    """When it was made, and from how many events."""
    facts: tuple[tuple[str, str], ...]
    sections: tuple[ReportSection, ...]


class CaseReportDesk:
    """report a case."""

    def __init__(self, repository: Repository, log: Log, audits: AuditDesk, search_lists: SearchListDesk) -> None:
        self._repository = repository
        self._log = log
        self._audits = audits
        self._search_lists = search_lists

    def report(
        self,
        request_id: UUID,
        caller: Caller,
        *,
        opened: Opened | None = None,
        told: AuditedRequest | None = None,
        logged: Sequence[Any] | None = None,
    ) -> CaseReport:
        """What is on record of the case; nothing sealed is opened here. Raises RequestUnknown.

        `told`: the case made from its events, and `logged`: its rows of the log, where these were read already.
        """
        case = self._repository.request(request_id, caller)
        if told is None:
            [told], _ = self._audits.bundle([request_id], caller)
        record = self._repository.ropa.at_version(case.ropa_version).document
        names = {each.id: each.name for each in record.controllers}
        systems = {each.id: str(each.name) for each in record.systems}
        with self._repository.database.glancing() as connection:
            letters = dispatches_of(connection, request_id)
        searches = [self._search_lists.of_item(request_id, each["item_id"], caller)[0] for each in told.items]
        rows = self._rows(request_id, told.request["last_position"]) if logged is None else logged
        say = _Saying(told.request["zone"], opened or {}, destroyed_in(rows))
        at = self._repository.now()
        return CaseReport(
            reference=told.request["reference"],
            controller=str(names.get(case.controller_id, case.controller_id)),
            made_at=at,
            made=f"Made on {say.moment(at)} from {told.request['version']} events.",
            facts=tuple(_facts(told.request, say)),
            sections=(
                _dates(told),
                _moved(told, say),
                _decisions(told, say),
                _searches(searches, systems, say),
                _letters(told, letters, say),
                _openings(told, say),
                _forgotten(told, say),
                _timeline(told, say),
            ),
        )

    def _rows(self, request_id: UUID, until: int) -> list[Any]:
        return list(self._log.rows_at(self._log.positions_of([request_id], until=until)))


@dataclass(frozen=True)
class _Saying:
    """How moments are written, what was opened, and what nobody opens any more."""

    zone: str
    opened: Opened
    destroyed: Destroyed

    def moment(self, at: Any) -> str:
        """Local date and time; the report names the zone once, at its top."""
        return "" if at is None else _instant(at).astimezone(ZoneInfo(self.zone)).strftime("%Y-%m-%d %H:%M")

    def day(self, at: Any) -> str:
        """Local date."""
        return self.moment(at)[:10]


def _instant(at: Any) -> datetime:
    return at if isinstance(at, datetime) else datetime.fromisoformat(at)


def _facts(row: Row, say: _Saying) -> Iterator[tuple[str, str]]:
    yield "Arrived", f"{row['received_on']}, by {_words(row['channel'])}; days are those of {row['zone']}"
    rights = ", ".join(_words(each["right"]) for each in row["items"]) or "none yet"
    yield "Rights", rights[0].upper() + rights[1:]
    state = f"closed on {say.day(row['closed_at'])}" if row["closed_at"] else _words(row["lifecycle"])
    yield "State", state + (f", {_words(row['outcome'])}" if row["outcome"] else "")
    yield "Answer due", f"{row['effective_due']} (by law {row['statutory_due']})"
    answered = "not yet" if row["answered_at"] is None else say.moment(row["answered_at"])
    yield "Answered", answered + (", late" if row["late"] else "")
    yield "Identity", _words(row["identity"])
    if len(row["held_by"]) > 1:
        yield "Passed on", " → ".join(row["held_by"])


def _dates(told: AuditedRequest) -> ReportSection:
    return ReportSection(
        "How the date came about",
        "Each step applies one rule to the facts and to the result before it.",
        ("step", "rule", "date"),
        (60, 24, 16),
        tuple((each.detail, each.source, str(each.result or "")) for each in told.deadline.steps),
        "No step is on record.",
    )


def _moved(told: AuditedRequest, say: _Saying) -> ReportSection:
    rows = []
    before = None
    for each in told.timeline:
        deadline = _plain(each["facts"]).get("deadline")
        if not isinstance(deadline, Mapping):
            continue
        if each["name"] in _MOVES_DATES and before not in (None, deadline["effective_due"]):
            rows.append(
                (
                    say.day(each["happened_at"]),
                    say.day(each["recorded_at"]),
                    _title(each["name"]),
                    each["actor"],
                    f"{before} → {deadline['effective_due']}",
                )
            )
        before = deadline["effective_due"]
    return ReportSection(
        "Dates that were moved later on",
        "What moved the due date of the answer after it was first set. The fact can be older than its record.",
        ("happened", "recorded", "what", "who", "answer due"),
        (14, 14, 34, 14, 24),
        tuple(rows),
        "Nothing moved the date that was first set.",
    )


def _decisions(told: AuditedRequest, say: _Saying) -> ReportSection:
    return ReportSection(
        "Decisions and their grounds",
        "Who proposed, who decided, and on which ground. A decision that takes two people shows both.",
        ("decided", "what", "ground", "proposed by", "decided by"),
        (16, 28, 28, 14, 14),
        tuple(
            (
                say.moment(each["decided_at"]),
                _decided(each),
                ", ".join(filter(None, (_words(each["ground"] or ""), each["provision"] or "", *_named(each)))),
                each["opened_by"] or "",
                each["decided_by"] or "",
            )
            for each in told.decisions
        ),
        "Nothing has been decided yet.",
    )


def _decided(row: Row) -> str:
    about = row["item_id"] or ", ".join(row["item_ids"] or ())
    late = " (late)" if row["late"] else ""
    return f"{_words(row['kind'])}: {_words(row['outcome'] or 'open')}{f', {about}' if about else ''}{late}"


def _named(row: Row) -> tuple[str, ...]:
    return tuple(map(_words, row["extent"] or ()))


def _searches(lists: list[SearchListState], systems: Mapping[str, str], say: _Saying) -> ReportSection:
    return ReportSection(
        "Which systems were searched",
        "Each system that the record of processing names for these people, and the result of the search.",
        ("item", "system", "result", "when", "who"),
        (16, 34, 18, 18, 14),
        tuple(
            (
                each.item_id,
                systems.get(state.system, state.system),
                "open" if state.result is None else _words(state.result),
                say.moment(state.searched_at),
                state.by or "",
            )
            for each in lists
            for state in each.systems
        ),
        "No item is on record yet, so nothing was searched.",
    )


def _letters(told: AuditedRequest, sent: Any, say: _Saying) -> ReportSection:
    by_service = [
        (
            say.moment(each["sent_at"]),
            _words(each["kind"]),
            _words(each["channel"]),
            each["language"],
            _words(each["state"]),
        )
        for each in sent
    ]
    by_hand = [
        (
            say.moment(letter["dispatched_at"]),
            _words(letter["kind"]),
            _words(letter["channel"]),
            letter["language"],
            how,
        )
        for each in told.timeline
        if each["name"] in _LETTERS
        for letter in [_plain(each["facts"])[_LETTERS[each["name"]]]]
        for how in [f"recorded by {each['actor']}"]
        if letter.get("dispatch_id") is None
    ]
    return ReportSection(
        "Letters",
        "Letters that this service wrote, and letters that a person sent and recorded.",
        ("left", "letter", "way", "language", "state"),
        (18, 30, 16, 12, 24),
        tuple(sorted([*by_service, *by_hand])),
        "No letter has been written yet.",
    )


def _openings(told: AuditedRequest, say: _Saying) -> ReportSection:
    rows = []
    for each in told.timeline:
        facts = _plain(each["facts"])
        if "purpose" in facts and each["name"].endswith(("disclosed", "opened")):
            versions = ", ".join(map(str, facts.get("versions") or ()))
            what = f"events {versions}" if versions else "a letter"
            rows.append((say.moment(each["recorded_at"]), each["actor"], _words(facts["purpose"]), what))
    return ReportSection(
        "Who read personal data",
        "Each time that somebody opened what is stored encrypted. The numbers are those of the events below.",
        ("when", "who", "why", "what"),
        (20, 22, 22, 36),
        tuple(rows),
        "Nobody has opened what is stored encrypted.",
    )


def _forgotten(told: AuditedRequest, say: _Saying) -> ReportSection:
    rows = []
    for each in told.timeline:
        facts = _plain(each["facts"])
        destroyed = facts.get("evidence_destroyed") or facts.get("keys_destroyed") or ()
        if destroyed:
            what = f"{len(destroyed)} key{'s' if len(destroyed) > 1 else ''} destroyed; nobody opens what they sealed"
            rows.append((say.moment(each["recorded_at"]), _title(each["name"]), what, each["actor"]))
        elif each["name"].endswith("-discarded"):
            rows.append((say.moment(each["recorded_at"]), _title(each["name"]), "data destroyed", each["actor"]))
    return ReportSection(
        "What was destroyed",
        "The record still shows that it was there, and which decision destroyed it.",
        ("when", "event", "what", "who"),
        (20, 32, 34, 14),
        tuple(rows),
        "Nothing has been destroyed.",
    )


def _timeline(told: AuditedRequest, say: _Saying) -> ReportSection:
    return ReportSection(
        "Everything, in order",
        "Each event, with the day on which it happened and the moment when it was recorded. “Sealed” names the "
        "parts that are stored encrypted and not shown; “Destroyed” names those that nobody can open any more.",
        ("no", "happened", "recorded", "what", "who"),
        (6, 12, 16, 49, 17),
        tuple(
            (
                str(each["version"]),
                say.day(each["happened_at"]),
                say.moment(each["recorded_at"]),
                "\n".join([_sentence(each["name"]), *_details(each, say)]),
                each["actor"],
            )
            for each in told.timeline
        ),
        "No event is on record.",
    )


def _details(row: Row, say: _Saying) -> Iterator[str]:
    """The plain facts of an event on one line, then what is sealed in it, or what it says."""
    said = [
        f"{_noun(name)} {text}"
        for name, value in _plain(row["facts"]).items()
        if name not in _TOLD_ELSEWHERE and (text := _value(value, say, as_written=name in _IDS))
    ]
    if said:
        yield "; ".join(said)
    texts = say.opened.get(row["version"], {})
    for name in row["sealed"]:
        value = texts.get(name)
        if value is not None:
            yield f"{_words(name)}: {_text(value, say)}"
    closed = [name for name in row["sealed"] if name not in texts]
    if sealed := [_words(name) for name in closed if (row["version"], name) not in say.destroyed]:
        yield f"Sealed: {', '.join(sealed)}"
    for name in closed:
        if (gone := say.destroyed.get((row["version"], name))) is not None:
            by = f"event {gone.version}, {_title(gone.name)}"
            yield f"Destroyed on {say.moment(gone.recorded_at)} by {by}: {_words(name)}"


def _noun(name: str) -> str:
    """`item`, of the field `item_id`."""
    return _words(re.sub(r"_id(s?)$", r"\1", name))


def _value(value: object, say: _Saying, *, as_written: bool = False) -> str:
    """In words; empty for what only a program reads, and for what says nothing. Ids stay as they are written."""
    if isinstance(value, list):
        return ", ".join(filter(None, (_value(each, say, as_written=as_written) for each in value)))
    if isinstance(value, dict):
        told = (
            (name, _value(each, say, as_written=name in _IDS))
            for name, each in value.items()
            if name not in _TOLD_ELSEWHERE
        )
        return ", ".join(f"{_noun(name)} {text}" for name, text in told if text)
    if value in (None, False, "") or (isinstance(value, str) and _UUID.fullmatch(value)):
        return ""
    if isinstance(value, str) and _INSTANT.fullmatch(value):
        return say.moment(value)
    if isinstance(value, str) and _CODE.fullmatch(value) and not as_written:
        return _words(value)
    return "yes" if value is True else str(value)


def _text(value: object, say: _Saying) -> str:
    """An opened value as text."""
    if isinstance(value, str):
        return value
    if isinstance(value, Mapping) and isinstance(value.get("text"), str):
        return str(value["text"])
    return _value(msgspec.to_builtins(value), say)


def _plain(facts: Any) -> dict[str, Any]:
    """The facts of a row, which are JSON that was written once."""
    return msgspec.json.decode(facts) if isinstance(facts, msgspec.Raw | bytes) else dict(facts)


def _words(code: str) -> str:
    return str(code).replace("-", " ").replace("_", " ").replace(".", " ")


def _title(name: str) -> str:
    """`clock suspended`, of an event's name."""
    return _words(name.rpartition(".")[2])


@lru_cache(maxsize=1_000)
def _sentence(name: str) -> str:
    """What an event says, in the words of its class."""
    event: type[Event] | None = event_types().get(name)
    if event is None or not event.__doc__:
        return _title(name)
    first = _END_OF_SENTENCE.split(" ".join(event.__doc__.split()), maxsplit=1)[0]
    return first.replace("`", "").rstrip(";.") + "."
