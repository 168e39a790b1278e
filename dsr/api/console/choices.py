"""The choices in fields of a form that take ids: people, controllers, systems, items of the case."""

from collections.abc import Callable, Collection, Mapping, Sequence
from functools import cache
from typing import Any, Final
from unicodedata import normalize
from uuid import UUID

from dsr.api.console.forms import Choosing, Options
from dsr.api.console.in_force import controller_in_words, named_in_record, record_in_force
from dsr.api.console.language import _, page_language
from dsr.api.console.words import code_as_words, full_day, moment_in_words
from dsr.api.context import caller, desk, service
from dsr.catalogues import LOCALES, formats
from dsr.domain.staff import ALL_CONTROLLERS
from dsr.projections import staff_list
from dsr.projections.rows import Row

_MOST_STAFF: Final = 200


def choosing_at(controller_id: str | None) -> Choosing:
    """The choices where there is no case: at one controller, or, if None, at all in scope."""
    known: dict[str, Callable[[], Options]] = {
        "assignee": lambda: _staff(controller_id),
        "responsible": lambda: _staff(controller_id),
        "language": _languages,
        "controller_id": _controllers,
        "controllers": _controllers,
    }
    return _choosing(known)


def choosing_for(request_id: UUID, row: Row) -> Choosing:
    """The choices of a case, each asked for only when a form needs it."""
    known: dict[str, Callable[[], Options]] = {
        "assignee": lambda: _staff(row["controller_id"]),
        "language": _languages,
        "item_id": lambda: _items(row),
        "item_ids": lambda: _items(row),
        "concerns": lambda: _concerned(request_id, row),
        "message_ids": lambda: _messages(request_id, row),
        "subjects": lambda: _subjects(row),
        "controllers": lambda: _joint(row),
        "activities": lambda: _activities(row),
        "systems": lambda: _systems(row),
        "system": lambda: _systems(row),
    }
    return _choosing(known)


def with_every_controller(choosing: Choosing) -> Choosing:
    """The same choices, and all controllers at once for a member who may give them."""

    def choose(name: str) -> Options:
        found = choosing(name)
        if name != "controllers" or caller().scope is not None:
            return found
        return [(ALL_CONTROLLERS, _("All controllers, also future ones")), *found]

    return choose


def _choosing(known: Mapping[str, Callable[[], Options]]) -> Choosing:
    """Gives the choices of a field by its name; a field without choices takes typed text."""

    def choose(name: str) -> Options:
        return known[name]() if name in known else ()

    return choose


def _languages() -> Options:
    """Every language by its name. Those in which the service writes letters come first: most people use one of them."""
    return _languages_in(page_language())


@cache
def _languages_in(language: str) -> Options:
    names = formats(language).language_names()
    known = sorted(names.items(), key=lambda each: (each[0] not in LOCALES, normalize("NFD", each[1]).casefold()))
    return [(code, f"{name[:1].upper()}{name[1:]}") for code, name in known]


def _controllers() -> Options:
    scope = caller().scope
    known = record_in_force().document.controllers
    return [(each.id, controller_in_words(each.id)) for each in known if scope is None or each.id in scope]


def _staff(controller_id: str | None) -> Options:
    scope = caller().scope if controller_id is None else frozenset({controller_id})
    with service().database.reading() as connection:
        members: Sequence[Any] = staff_list(connection, scope, limit=_MOST_STAFF).rows
    return [(each["identifier"], each["identifier"]) for each in members if not each["has_left"]]


def _items(row: Row) -> Options:
    return [(each["item_id"], code_as_words(each["item_id"])) for each in row["items"]]


def _message(message: Row, zone: str) -> str:
    return f"{code_as_words(message['channel'])}, {moment_in_words(message['received_at'], zone)}"


def _messages(request_id: UUID, row: Row) -> Options:
    waiting = [each for each in desk().messages.listed(request_id, caller()) if each["unexamined"]]
    return [(str(each["message_id"]), _message(each, row["zone"])) for each in waiting]


def _concerned(request_id: UUID, row: Row) -> Options:
    """What a letter may be about beside the rights: restrictions in force, fees and questions that are open."""
    case = desk().repository.request(request_id, caller())
    restrictions = [each for each in case.restrictions.values() if not each.lifted]
    fees = [each for each in case.fees.values() if each.status.is_outstanding]
    return [
        *((str(each.restriction_id), _restriction(each.activities)) for each in restrictions),
        *((str(each.fee_id), _("Fee of %(day)s", day=full_day(each.proposed_at))) for each in fees),
        *(
            (str(each.question_id), _("Question of %(moment)s", moment=moment_in_words(each.asked_at, row["zone"])))
            for each in case.open_questions
        ),
    ]


def _restriction(activities: Collection[str]) -> str:
    return _("Restriction of %(activities)s", activities=", ".join(map(named_in_record, activities)))


def _subjects(row: Row) -> Options:
    document = record_in_force().document
    activities = document.activities_of(row["controller_id"])
    known = sorted({subjects for activity in activities for subjects in activity.subjects})
    return [(each, code_as_words(document.group_name(each))) for each in known]


def _joint(row: Row) -> Options:
    document = record_in_force().document
    joint = [each for each in document.controllers if document.are_joint(each.id, row["controller_id"])]
    return [(each.id, controller_in_words(each.id)) for each in joint]


def _activities(row: Row) -> Options:
    used = record_in_force().document.activities_of(row["controller_id"])
    return [(each.id, each.name) for each in used]


def _systems(row: Row) -> Options:
    document = record_in_force().document
    used = document.systems_of(each.id for each in document.activities_of(row["controller_id"]))
    return [(each, document.name_of(each)) for each in used]
