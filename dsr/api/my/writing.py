"""A message of the data subject under `/my`: it joins their request, and a person examines it as any other."""

from typing import Final

from flask import Response, request

from dsr.api.attempts import count_attempt
from dsr.api.context import desk
from dsr.api.errors import RateLimited
from dsr.api.my.site import my, page, require_form, signed_in, to, words
from dsr.api.operation import mark, public
from dsr.desk.sign_in_codes import Session
from dsr.domain.request.letters import is_blank

LONGEST: Final = 10_000
"""Characters of one message."""


@my.get("/message")
@public
@signed_in
def write_message(session: Session) -> Response:  # noqa: ARG001 - whoever is signed in
    """Ask for the message."""
    return page("message.html", longest=LONGEST, sentence=None)


@my.post("/message")
@public
@signed_in
def send_message(session: Session) -> Response:
    """Add the message to the request, open or closed; it waits until a person examines it."""
    require_form()
    count_attempt()
    text = request.form.get("text", "").replace("\r\n", "\n").strip()[:LONGEST]
    if is_blank((text,)):
        return page("message.html", 422, longest=LONGEST, sentence="write.empty")
    if seconds := desk().attempts.count_message(session.request_id):
        raise RateLimited(retry_after=seconds)
    desk().my.write(session, text=text, language=words().language)
    return to("/my/request?done=message")


mark(write_message, takes_query=True)
