"""The request under `/my`: viewing, withdrawing it, withdrawing consent."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from flask import Response, request

from dsr.api.context import desk
from dsr.api.my.site import my, page, require_form, signed_in, to, words
from dsr.api.operation import mark, public
from dsr.api.statuses import status_of
from dsr.api.views import for_subject
from dsr.desk.caller import Call
from dsr.desk.my import MyRequest, subject
from dsr.desk.sign_in_codes import Session
from dsr.domain.request.closing import ItemEffected
from dsr.domain.request.consent import ConsentNotFound
from dsr.domain.request.errors import ItemNotOpen, ItemUnknown, RequestIsClosed

WHOLE: Final = "request"
"""Stands for the whole request if no right is registered yet."""

_DONE: Final = {
    "withdrawal": "withdrawal.done",
    "consent": "consent.done",
    "link": "package.asked",
    "new-link": "package.granted",
    "still": "package.still",
    "message": "write.done",
}


@my.get("/request")
@public
@signed_in
def show(session: Session) -> Response:
    """The state of the request, what it waits for, and the possible actions."""
    shown = desk().my.show(session)
    return page(
        "request.html",
        session=session,
        controller=shown.controllers.get(shown.row["controller_id"]),
        zone=shown.row["zone"],
        case=for_subject(shown.row),
        shown=shown,
        mailbox=shown.mailbox,
        name=_named(shown),
        done=_DONE.get(request.args.get("done", "")),
    )


@my.get("/withdrawal")
@public
@signed_in
def choose_withdrawal(session: Session) -> Response:
    """Choose what to withdraw."""
    return page("withdrawal.html", parts=_parts(session))


@my.post("/withdrawal/confirmation")
@public
@signed_in
def confirm_withdrawal(session: Session) -> Response:
    """Ask for confirmation: withdrawn items get no answer."""
    require_form()
    parts = _parts(session)
    chosen = {each: parts[each] for each in request.form.getlist("part") if each in parts}
    if not chosen:
        return page("withdrawal.html", 422, parts=parts, sentence="withdrawal.choose")
    return page("withdrawal_confirmation.html", chosen=chosen)


@my.post("/withdrawal")
@public
@signed_in
def withdraw(session: Session) -> Response:
    """Withdraw; the whole request if all remaining items are chosen."""
    require_form()
    parts = _parts(session)
    chosen = tuple(each for each in dict.fromkeys(request.form.getlist("part")) if each in parts)
    if not chosen:
        return page("withdrawal.html", 422, parts=parts, sentence="withdrawal.choose")
    try:
        desk().answers.withdraw(
            session.request_id,
            Call(subject(session)),
            confirmed=True,
            statement="",
            item_ids=None if len(chosen) == len(parts) else chosen,
        )
    except (ItemNotOpen, ItemEffected, ItemUnknown, RequestIsClosed) as error:
        return page("withdrawal.html", status_of(type(error)), parts=_parts(session), sentence="withdrawal.refused")
    return to("/my/request?done=withdrawal")


@my.get("/consent")
@public
@signed_in
def ask_consent(session: Session) -> Response:  # noqa: ARG001 - whoever is signed in
    """Say what withdrawing consent means, and ask."""
    return page("consent.html", sentence=None)


@my.post("/consent")
@public
@signed_in
def withdraw_consent(session: Session) -> Response:
    """Withdraw all consent; it takes effect at once (GDPR Art. 7(3))."""
    require_form()
    try:
        desk().consent.withdraw(session.request_id, Call(subject(session)), item_id=None, activities=(), statement="")
    except ConsentNotFound as error:
        return page("consent.html", status_of(type(error)), sentence="consent.none")
    except RequestIsClosed as error:
        return page("consent.html", status_of(type(error)), sentence="consent.closed")
    return to("/my/request?done=consent")


for _view in (show, choose_withdrawal, ask_consent):
    mark(_view, takes_query=True)


def _named(shown: MyRequest) -> Callable[[Mapping[str, Any]], str]:
    """Name of an item: its right; the table also shows the controller."""
    say = words()

    def name(item: Mapping[str, Any]) -> str:
        right = say(f"right.{item['right']}")
        several = len(shown.controllers) > 1
        controller_id = next(each["controller_id"] for each in shown.row["items"] if each["item_id"] == item["item_id"])
        return say.beside(right, shown.controllers[controller_id].name) if several else right

    return name


def _parts(session: Session) -> dict[str, str]:
    """Items that can be withdrawn, id → name; the whole request if no right is registered yet."""
    shown = desk().my.show(session)
    case, name = for_subject(shown.row), _named(shown)
    if case["status"] != "open":
        return {}
    if not case["items"]:
        return {WHOLE: str(words()("request.title", reference=case["reference"]))}
    return {item["item_id"]: name(item) for item in case["items"] if item["state"] == "in-progress"}
