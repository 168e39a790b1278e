"""Letters: `state.py` holds the state of one, `events.py` its events, `dispatch.py` the commands."""

from dsr.domain.dispatch.dispatch import Dispatch, is_decided_by_two
from dsr.domain.dispatch.events import (
    DispatchApproved,
    DispatchBounced,
    DispatchDiscarded,
    DispatchEdited,
    DispatchFailed,
    DispatchOpened,
    DispatchPrepared,
    DispatchQueued,
    DispatchRenewed,
    DispatchSent,
)
from dsr.domain.dispatch.state import DispatchState, Filling

__all__ = [
    "Dispatch",
    "DispatchApproved",
    "DispatchBounced",
    "DispatchDiscarded",
    "DispatchEdited",
    "DispatchFailed",
    "DispatchOpened",
    "DispatchPrepared",
    "DispatchQueued",
    "DispatchRenewed",
    "DispatchSent",
    "DispatchState",
    "Filling",
    "is_decided_by_two",
]
