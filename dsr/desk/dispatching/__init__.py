"""Letters on their way: written from the case, completed, approved, released, sent, and returned.

`DispatchDesk` is what others call. Each of its verbs is a function over one `Letters` (`letters.py`), in a module that
reads down the page: `write.py`, `read.py`, `since.py`, `decide.py`, `send.py`, `settle.py`, `bounce.py`. They share
`compose.py` (what a letter says), `case_file.py` (what it is filled in from) and `outbox.py` (when it is sent next).
Source: GDPR Art. 12(1) to (4), 19; docs/law §5.
"""

from dsr.desk.dispatching import bounce, decide, letters, read, send, settle, since, write
from dsr.desk.dispatching.case_file import Subject
from dsr.desk.dispatching.content import Address, Rewording
from dsr.desk.dispatching.decide import ACKNOWLEDGEMENT_SPACING
from dsr.desk.dispatching.outbox import Outbox, outbox
from dsr.desk.dispatching.read import Preview
from dsr.desk.dispatching.send import Drained


class DispatchDesk(letters.Letters):
    """The use cases of letters."""

    addressees = write.addressees
    prepare = write.prepare
    edit = write.edit

    view = read.view
    with_doubt = letters.with_doubt
    refusals = read.refusals
    since = since.since
    preview = read.preview
    paper = read.paper
    passed_on = read.passed_on

    approve = decide.approve
    release = decide.release
    discard = decide.discard

    drain = send.drain
    send = send.send
    mark_posted = settle.mark_posted
    record_bounce = bounce.record_bounce
    record_returned = bounce.record_returned


__all__ = [
    "ACKNOWLEDGEMENT_SPACING",
    "Address",
    "DispatchDesk",
    "Drained",
    "Outbox",
    "Preview",
    "Rewording",
    "Subject",
    "outbox",
]
