"""Why nothing is signed."""

from dsr.domain.errors import Unavailable, Unknown


class LogShorterThanCheckpoint(Unavailable):
    """The log ends before a checkpoint that was signed of it: it is an older copy, or events were cut off. Nothing is
    signed. Restore the newer log, or ask who else could write to the database.
    """

    code = "log-shorter-than-checkpoint"


class LogDiffersFromCheckpoint(Unavailable):
    """The log is not the one of which a checkpoint was signed: events were changed, moved or replaced. Nothing is
    signed. Compare it with a backup, event by event, and ask who else could write to the database.
    """

    code = "log-differs-from-checkpoint"


class CheckpointCopyUnusable(Unavailable):
    """The file in DSR_CHECKPOINT_COPY can't be read or written, or holds no checkpoint of this log. Nothing is signed
    before it does. Give the service's user write access; move a file of another log away.
    """

    code = "checkpoint-copy-unusable"


class CheckpointMissing(Unavailable):
    """No checkpoint of the log was signed yet. `dsr evidence checkpoint` signs one; the scheduler does so by itself."""

    code = "checkpoint-missing"


class NotInCheckpoint(Unknown):
    """The last checkpoint does not reach so far, or there is no such event. Name a position or size up to the size of
    `GET /evidence/checkpoint`.
    """

    code = "not-in-checkpoint"


class WitnessKeyUnusable(Unavailable):
    """The file does not hold the private key of a witness, or can't be read or made. `dsr witness key NAME FILE` makes
    one where no file is.
    """

    code = "witness-key-unusable"
