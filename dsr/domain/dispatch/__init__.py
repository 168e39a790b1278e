"""Letters on their way."""

from dsr.domain.dispatch.dispatch import (
    DECIDED_BY_TWO,
    Dispatch,
    DispatchApproved,
    DispatchBounced,
    DispatchDiscarded,
    DispatchEdited,
    DispatchFailed,
    DispatchOpened,
    DispatchPrepared,
    DispatchQueued,
    DispatchSent,
    DispatchState,
)

__all__ = [
    "DECIDED_BY_TWO",
    "Dispatch",
    "DispatchApproved",
    "DispatchBounced",
    "DispatchDiscarded",
    "DispatchEdited",
    "DispatchFailed",
    "DispatchOpened",
    "DispatchPrepared",
    "DispatchQueued",
    "DispatchSent",
    "DispatchState",
]
