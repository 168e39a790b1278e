"""Letters on their way."""

from dsr.domain.dispatch.dispatch import (
    Dispatch,
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
    DispatchState,
    Filling,
    is_decided_by_two,
)

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
