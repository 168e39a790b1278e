"""Why nothing is signed, proved or cosigned."""

from dsr.domain.errors import Unavailable, Unknown


class LogShorterThanCheckpoint(Unavailable):
    """The log is shorter than it was when it was last signed: it is an older copy, or events were cut off. Nothing more
    is signed. Restore the newer log, and find out who else could write to the database.
    """

    code = "log-shorter-than-checkpoint"


class LogDiffersFromCheckpoint(Unavailable):
    """The log is not the one that was signed: events were changed, moved or replaced. Nothing more is signed. Run
    `dsr evidence check`, compare the log with a backup, and find out who else could write to the database.
    """

    code = "log-differs-from-checkpoint"


class CheckpointCopyUnusable(Unavailable):
    """The file in DSR_CHECKPOINT_COPY can't be read or written, or holds no checkpoint. Nothing is signed until that is
    put right. Give the service's user read and write access to the file; if it is no checkpoint, move it away.
    """

    code = "checkpoint-copy-unusable"


class CheckpointCopyMissing(Unavailable):
    """The file that DSR_CHECKPOINT_COPY names was written before, and is gone. Nothing is signed until it is back:
    mount the share on which it lies, or restore it. If it is gone for good, find out why, then delete
    `checkpoint-copied` in DSR_HOME; the next checkpoint makes the file again.
    """

    code = "checkpoint-copy-missing"


class CheckpointMissing(Unavailable):
    """The log has not been signed yet. `dsr evidence checkpoint` signs it now; the scheduler does so by itself."""

    code = "checkpoint-missing"


class NotInCheckpoint(Unknown):
    """The last checkpoint does not reach that far, or there is no such event. Name a position or size up to the size of
    `GET /evidence/checkpoint`.
    """

    code = "not-in-checkpoint"


class WitnessKeyUnusable(Unavailable):
    """The file holds no private key of a witness, or can't be read or created. `dsr witness key NAME FILE` creates one
    where there is no file yet.
    """

    code = "witness-key-unusable"
