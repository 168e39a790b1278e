"""What the page of a case offers: whom the case waits for, what may be done now, and what may not, with the reason."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final
from urllib.parse import urlencode
from uuid import UUID

from dsr.api.console.command_words import command_in_words, need_in_words, party_in_words
from dsr.api.console.language import N_, _
from dsr.api.console.operations import offered_operations, subject_of
from dsr.api.console.words import code_as_words, codes_in_words, within
from dsr.api.context import caller, desk
from dsr.desk.next_steps import NextSteps, Offered, commands
from dsr.domain.dispatch.state import DispatchState
from dsr.domain.request.awaited import Awaited, Need
from dsr.domain.request.letters import LetterKind
from dsr.domain.roles import Role
from dsr.projections.rows import Row

_HEADINGS: Final[Mapping[str, tuple[str, ...]]] = {
    N_("Letters and messages"): (
        *("examine_messages", "ask_question", "take_question_answer", "record_answer", "confirm_sender"),
        *("record_returned_letter", "suggest_rights"),
    ),
    N_("Time"): (
        *("propose_extension", "decide_extension", "send_extension_notice", "ask_clarification"),
        *("receive_clarification", "correct_arrival", "correct_calendar", "confirm_earlier_fact"),
    ),
    N_("Who asks"): (
        *("ask_identity", "ask_identity_again", "confirm_identity", "give_up_identity", "take_identity_evidence"),
        *("accept_representation", "end_representation", "issue_subject_token", "end_subject_access", "split_request"),
    ),
    N_("Who works on it"): ("assign_request", "add_note", "correct_language", "reassign_request", "forward_request"),
    N_("The end"): (
        *("close_request", "propose_end", "decide_end", "reopen_request", "dismiss_request", "link_duplicate"),
        *("join_request", "withdraw_request", "propose_forgetting", "decide_forgetting"),
    ),
}
"""Where a command on the whole case stands; the others stand under `More`."""

OUR_PAGES: Final = "docs/law"
"""How references to our own pages of the law begin, which are for developers of the service."""

_ON_PAGES: Final[Mapping[str, str]] = {"account_for_systems": "data/{item_id}#search"}
"""Commands that have a page of their own, with its address below that of the case."""

_CARRY_OUT: Final = frozenset({"restrict_processing", "rectify_data", "review_decision", "stop_processing"})
"""Commands that carry out a granted item."""

_UNSENT: Final = frozenset({DispatchState.DRAFT, DispatchState.QUEUED, DispatchState.FAILED})

_PACKAGES: Final = "/api/v1/exports/"
"""How the address of a command on a package begins."""

_QUESTIONS: Final = frozenset(
    {
        *(LetterKind.IDENTITY_QUESTION, LetterKind.CLARIFICATION, LetterKind.QUESTION),
        *(LetterKind.FEE, LetterKind.EXTENSION),
    }
)
"""Letters that a case waits for, which answer no right."""

_FEES: Final = N_("Fees")
_MORE: Final = N_("More")


@dataclass(frozen=True)
class CommandLink:
    """One command about one subject."""

    words: str
    href: str
    about: str = ""
    """What it is about, in words; empty for the case or the item under whose heading it stands."""
    why_not: str = ""
    """Why it is not possible now; empty where it is."""
    code: str = ""
    """With which code it would be refused."""
    law: Sequence[str] = ()


@dataclass(frozen=True)
class CommandGroup:
    """Commands that belong together."""

    heading: str
    possible: list[CommandLink] = field(default_factory=list)
    others: list[CommandLink] = field(default_factory=list)


@dataclass(frozen=True)
class Wait:
    """A party for whom the case waits, with the command that ends the wait."""

    words: str
    link: CommandLink | None


@dataclass(frozen=True)
class Offers:
    """For whom a case waits, and what the caller may do."""

    waits: Sequence[Wait]
    groups: Sequence[CommandGroup]

    @property
    def others(self) -> int:
        """How many commands are not possible now."""
        return sum(len(group.others) for group in self.groups)


def offers_for(request_id: UUID, letters: Sequence[Row] = (), restrictions: Sequence[Row] = ()) -> Offers:
    """The steps of the case as links to forms, and to the letter that it waits for. Raises RequestUnknown.

    A command on one of its `restrictions` stands with the right that the restriction carries out.
    """
    steps = desk().next_steps.of_case(request_id, caller())
    restricted_for = {each["restriction_id"]: str(each["item_id"]) for each in restrictions}
    groups: dict[str, CommandGroup] = {}
    seen = set()
    for step in steps.steps:
        if not _has_form(step):
            continue
        link = _link(request_id, step)
        if link.href in seen:  # to approve and to decline have one form
            continue
        seen.add(link.href)
        heading = _heading(step, restricted_for)
        group = groups.setdefault(heading, CommandGroup(_(heading)))
        (group.possible if step.allowed else group.others).append(link)
    order = [*(code_as_words(each) for each in _items(steps)), *_HEADINGS, _FEES, _MORE]
    found = [groups[each] for each in order if each in groups]
    return Offers(_waits(request_id, steps, letters), found)


def _waits(request_id: UUID, steps: NextSteps, letters: Sequence[Row]) -> list[Wait]:
    found = []
    for each in steps.waits_for:
        words = _("%(party)s %(need)s", party=party_in_words(each.party), need=need_in_words(each.need, each.command))
        if "item_id" in each.about:
            words = f"{words} ({within(code_as_words(each.about['item_id']))})"
        given_by = commands().get(each.command or "")
        operation = "" if given_by is None else given_by.operation
        link = next(
            (
                _link(request_id, step)
                for step in steps.steps
                if step.operation == operation and step.allowed and each.about.items() <= step.about.items()
            ),
            _first_towards(each, request_id, steps)
            or _answer_to(each, request_id, letters)
            or _question_in(each, request_id, letters),
        )
        found.append(Wait(f"{words[:1].upper()}{words[1:]}", link))
    return found


def _first_towards(awaited: Awaited, request_id: UUID, steps: NextSteps) -> CommandLink | None:
    """The command that carries out a granted item, before it can be recorded as done."""
    if awaited.need is not Need.COMPLETION:
        return None
    return next(
        (
            _link(request_id, step)
            for step in steps.steps
            if step.operation in _CARRY_OUT and step.allowed and awaited.about.items() <= step.about.items()
        ),
        None,
    )


def _answer_to(awaited: Awaited, request_id: UUID, letters: Sequence[Row]) -> CommandLink | None:
    """The letter that answers the item for which the case waits. The service drafts the first one within seconds; where
    it was discarded, a handler writes another.
    """
    if awaited.need is not Need.ANSWER or Role.HANDLER not in caller().roles:
        return None
    item_id, case = str(awaited.about.get("item_id", "")), f"/console/cases/{request_id}"
    known = [each for each in letters if item_id in each["item_ids"]]
    begun = next((each for each in known if each["state"] in _UNSENT), None)
    if begun is not None:
        return CommandLink(_("Read the answer, and send it"), f"/console/letters/{begun['dispatch_id']}")
    if not known:
        return CommandLink(_("The service is drafting it: load again"), case)
    form = f"{case}/do/prepare_dispatch?{urlencode({'item_ids': item_id})}"
    return CommandLink(command_in_words("prepare_dispatch"), form)


def _question_in(awaited: Awaited, request_id: UUID, letters: Sequence[Row]) -> CommandLink | None:
    """The letter that asks or tells the person what the case waits for, which the service drafts within seconds."""
    if awaited.need is not Need.LETTER or Role.HANDLER not in caller().roles:
        return None
    begun = next((each for each in letters if each["kind"] in _QUESTIONS and each["state"] in _UNSENT), None)
    if begun is None:
        return CommandLink(_("The service is drafting it: load again"), f"/console/cases/{request_id}")
    return CommandLink(_("Read the letter, and send it"), f"/console/letters/{begun['dispatch_id']}")


def _has_form(step: Offered) -> bool:
    """Whether the console has a form for it. A command on a package has one once there is a package."""
    return step.operation in offered_operations() and (subject_of(step.operation) == "request_id" or bool(step.href))


def _link(request_id: UUID, step: Offered) -> CommandLink:
    typed = [(name, one) for name, value in step.about.items() for one in _typed(value)]
    query = f"?{urlencode(typed)}" if typed else ""
    about = [one for name, one in typed if name != "item_id" and not _is_id(one)]
    return CommandLink(
        words=command_in_words(step.operation),
        about=codes_in_words(about),
        href=_place_of(request_id, step, query),
        why_not="" if step.allowed else step.detail or "",
        code=step.code or "",
        law=[each for each in step.law if not each.startswith(OUR_PAGES)],
    )


def _place_of(request_id: UUID, step: Offered, query: str) -> str:
    """Where the command is given."""
    if step.href and step.href.startswith(_PACKAGES):
        export_id = step.href.removeprefix(_PACKAGES).partition("/")[0]
        return f"/console/packages/{export_id}/do/{step.operation}"
    case = f"/console/cases/{request_id}"
    if step.operation in _ON_PAGES and "item_id" in step.about:
        return f"{case}/{_ON_PAGES[step.operation].format(item_id=step.about['item_id'])}"
    return f"{case}/do/{step.operation}{query}"


def _typed(value: Any) -> list[str]:
    """A subject as a query names it."""
    if isinstance(value, str | UUID | int | StrEnum):
        return [str(value)]
    return [str(each) for each in value] if isinstance(value, list | tuple | set | frozenset) else []


def _is_id(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True


def _heading(step: Offered, restricted_for: Mapping[UUID, str]) -> str:
    item_id = step.about.get("item_id") or restricted_for.get(step.about.get("restriction_id", UUID(int=0)))
    if item_id is not None:
        return code_as_words(item_id)
    if step.operation.endswith("_fee") or "fee" in step.operation.split("_"):
        return _FEES
    return next((words for words, names in _HEADINGS.items() if step.operation in names), _MORE)


def _items(steps: NextSteps) -> list[str]:
    """The items, as they first appear."""
    return list(dict.fromkeys(str(each.about["item_id"]) for each in steps.steps if "item_id" in each.about))
