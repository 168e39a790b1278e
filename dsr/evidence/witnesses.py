"""Asks witnesses to cosign a checkpoint, by the protocol for transparency logs (C2SP tlog-witness).

A witness keeps the last checkpoint that it saw of a log, and cosigns only one that extends it. So it notices a
rewritten log.
"""

import base64
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from dsr.domain.errors import Unavailable
from dsr.evidence.checkpoint import Checkpoint
from dsr.evidence.egress import NoAnswer, is_address, post
from dsr.evidence.signed_note import WITNESS_KEY, NoteInvalid, NoteSignature, SignedNote, VerifierKey

_TRIES: Final = 2
"""Requests: a second one starts from the size that the witness says it saw."""

Proof = Callable[[int], Sequence[bytes]]
"""Proof that the log of this size begins the one of the checkpoint."""


class WitnessAway(Unavailable):
    """The witness did not answer as its protocol says. Check that it runs, and its address in DSR_WITNESSES."""

    code = "witness-away"


class WitnessSawOther(Unavailable):
    """The log does not extend the one that the witness saw: events were removed or changed, or this is an older copy.
    Compare it with a backup before anything more is signed.
    """

    code = "witness-saw-other"


@dataclass(frozen=True)
class Witness:
    """A witness: where it listens, and the key with which it cosigns."""

    url: str
    """Without a final slash; `/add-checkpoint` follows it."""
    key: VerifierKey

    @classmethod
    def parse(cls, text: str) -> "Witness":
        """Read `URL key`. Raises ValueError, which says what is wrong."""
        url, _, key = text.strip().partition(" ")
        if not is_address(url):
            raise ValueError("a witness is an http or https address and its key, with a space between")
        try:
            parsed = VerifierKey.parse(key.strip())
        except NoteInvalid as error:
            raise ValueError(f"the key of the witness: {error}") from None
        if parsed.kind != WITNESS_KEY:
            raise ValueError("the key of the witness is no key that cosigns (type 4)")
        return cls(url.rstrip("/"), parsed)

    def cosign(self, note: SignedNote, seen: int, proof: Proof) -> NoteSignature:
        """Its cosignature. `seen`: the size that it last cosigned, as far as is known here.

        Raises WitnessAway, WitnessSawOther.
        """
        size = Checkpoint.parse(note.text).size
        for _ in range(_TRIES):
            status, body = self._post(_request(seen, proof(seen), note))
            if status == 200:
                return self._signature(body, note)
            if status == 422:
                raise WitnessSawOther(witness=self.key.name, size=seen)
            if status != 409:
                raise WitnessAway(witness=self.key.name, status=status)
            told = body.strip()
            if not told.isascii() or not told.isdigit() or len(told) > 19:
                raise WitnessAway(witness=self.key.name, status=status)
            if int(told) > size or int(told) == seen:
                raise WitnessSawOther(witness=self.key.name, size=int(told))
            seen = int(told)
        raise WitnessAway(witness=self.key.name, status=409)

    def _signature(self, body: str, note: SignedNote) -> NoteSignature:
        for line in body.splitlines():
            try:
                found = NoteSignature.parse(line)
            except NoteInvalid:
                continue
            if self.key.verifies(found, note.text):
                return found
        raise WitnessAway(witness=self.key.name, status=200)

    def _post(self, request: str) -> tuple[int, str]:
        """Status and text of the answer. Raises WitnessAway."""
        try:
            answer = post(f"{self.url}/add-checkpoint", request.encode(), {"Content-Type": "text/plain; charset=utf-8"})
            return answer.status, answer.body.decode()
        except (NoAnswer, UnicodeDecodeError):
            raise WitnessAway(witness=self.key.name) from None


def _request(seen: int, proof: Sequence[bytes], note: SignedNote) -> str:
    lines = [f"old {seen}", *(base64.b64encode(each).decode() for each in proof)]
    return "\n".join(lines) + "\n\n" + str(note)
