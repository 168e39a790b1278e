"""Letters on their way: written from the case, completed, approved, released, sent, and what came back.

Source: GDPR Art. 12(1) to (4), 19; law.md §5.
"""

from dsr.desk.dispatching.bounces import Bouncing
from dsr.desk.dispatching.case_file import Subject
from dsr.desk.dispatching.content import Address, Rewording
from dsr.desk.dispatching.deciding import ACKNOWLEDGEMENT_SPACING, Deciding, Preview
from dsr.desk.dispatching.outbox import outbox
from dsr.desk.dispatching.sending import Drained, Sending
from dsr.desk.dispatching.writing import Writing


class DispatchDesk(Writing, Deciding, Sending, Bouncing):
    """addressees, prepare, edit; preview, print, approve, release, discard; send, drain; mark as posted; record a
    bounce."""


__all__ = ["ACKNOWLEDGEMENT_SPACING", "Address", "DispatchDesk", "Drained", "Preview", "Rewording", "Subject", "outbox"]
