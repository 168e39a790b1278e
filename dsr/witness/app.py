"""The witness over HTTP: `POST /add-checkpoint` (C2SP tlog-witness)."""

import base64
import time
from collections.abc import Mapping, Sequence
from typing import Any, Final

from flask import Flask, Response, request
from werkzeug.exceptions import HTTPException

from dsr.evidence.checkpoint import Checkpoint
from dsr.evidence.signed_note import NoteInvalid, NoteSigner, SignedNote, VerifierKey
from dsr.evidence.tree import proves_consistency
from dsr.witness.memory import Memory

_MOST_BYTES: Final = 64_000
_MOST_HASHES: Final = 63


def create_witness(signer: NoteSigner, logs: Sequence[VerifierKey], memory: Memory) -> Flask:
    """A witness that cosigns the checkpoints of these logs. Several keys of one name are one log with several keys."""
    app = Flask("dsr.witness", static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = _MOST_BYTES
    known: dict[str, list[VerifierKey]] = {}
    for key in logs:
        known.setdefault(key.name, []).append(key)

    @app.errorhandler(NoteInvalid)
    def malformed(error: NoteInvalid) -> Response:
        return _told(400, f"{error}\n")

    @app.errorhandler(HTTPException)
    def failed(error: HTTPException) -> Response:
        return _told(error.code or 500, f"{error.name}\n")

    @app.post("/add-checkpoint")
    def add_checkpoint() -> Response:
        """Cosign a checkpoint that extends what was seen of its log."""
        earlier, proof, note = _parsed(request.get_data())
        checkpoint = Checkpoint.parse(note.text)
        if checkpoint.origin not in known:
            return _told(404, "This witness does not know the log.\n")
        if not any(note.verified_by(key) for key in known[checkpoint.origin]):
            return _told(403, "No known key of the log signed the checkpoint.\n")
        if earlier > checkpoint.size:
            return _told(400, "The old size is larger than the checkpoint.\n")
        with memory.of(checkpoint.origin) as seen:
            if earlier != seen.size:
                return _told(409, f"{seen.size}\n", "text/x.tlog.size")
            if earlier == checkpoint.size:
                if seen.root != checkpoint.root:
                    return _told(409, f"{seen.size}\n", "text/x.tlog.size")
                if proof:
                    return _told(422, "A log of the same size needs no proof.\n")
            elif not earlier:
                if proof:
                    return _told(422, "A log that was never seen needs no proof.\n")
            elif not proves_consistency(earlier, checkpoint.size, proof, seen.root, checkpoint.root):
                return _told(422, "The proof does not show that the log extends what was seen of it.\n")
            seen.move_on(checkpoint)
        return _told(200, signer.sign(note.text, at=int(time.time())).line + "\n")

    return app


def serve_witness(app: Flask, *, host: str, port: int, worker: type) -> None:
    """Serve it until told to stop. `worker`: a class of gunicorn's workers that gives no thread to slow senders."""
    from gunicorn.app.base import BaseApplication  # noqa: PLC0415 - a tenth of a second that only serving needs

    settings: Mapping[str, object] = {
        "bind": f"[{host}]:{port}" if ":" in host else f"{host}:{port}",
        "worker_class": worker,
        "threads": 4,
        "limit_request_line": 1_000,
        "proc_name": "dsr-witness",
        "control_socket_disable": True,
    }

    class Served(BaseApplication):
        def load_config(self) -> None:
            for name, value in settings.items():
                self.cfg.set(name, value)

        def load(self) -> Any:
            return app

    Served().run()


def _parsed(raw: bytes) -> tuple[int, list[bytes], SignedNote]:
    """Old size, proof and note. Raises NoteInvalid."""
    try:
        text = raw.decode()
    except UnicodeDecodeError:
        raise NoteInvalid("the request is not UTF-8") from None
    head, gap, note = text.partition("\n\n")
    first, *hashes = head.split("\n")
    size = first.removeprefix("old ")
    if not gap or first == size or not size.isascii() or not size.isdigit() or len(size) > 19:
        raise NoteInvalid("the request begins with old, a size, the proof, and an empty line")
    if len(hashes) > _MOST_HASHES:
        raise NoteInvalid("the proof has too many lines")
    try:
        proof = [base64.b64decode(each, validate=True) for each in hashes]
    except ValueError:
        raise NoteInvalid("the proof is not base64") from None
    return int(size), proof, SignedNote.parse(note)


def _told(status: int, text: str, media_type: str = "text/plain; charset=utf-8") -> Response:
    return Response(text, status, content_type=media_type)
