"""Intake of mail over HTTP ÷ a bare Flask endpoint that inserts one row.

Both under gunicorn with the same two processes and threads, on the same kind of database, for the same letters from the
same client. Ours reads the letter, suggests rights, seals it under keys of its own, keeps the original, opens the case,
projects it and makes it findable; theirs inserts the bytes.
"""

from benchmarks.letters import letter
from benchmarks.places import Place, handler_token, installed
from benchmarks.results import Result, compared, rates
from benchmarks.serving import Client, bare, service
from benchmarks.watching import Watching

AIM = 0.3
_LETTERS = 120
_ROUNDS = 8


def run(place: Place, watching: Watching) -> list[Result]:
    """Measure distinct letters, eight at a time."""
    environment = place.environment("intake")
    with installed(environment) as made:
        token = handler_token(made)
    with service(environment) as ours_url, bare(place.url("letters")) as bare_url:
        content = {"Content-Type": "message/rfc822"}
        ours = Client(ours_url, "/api/v1/intake/messages", content | {"Authorization": f"Bearer {token}"})
        theirs = Client(bare_url, "/letters", content)
        try:
            batches = iter([[letter() for _ in range(_LETTERS)] for _ in range(2 * (_ROUNDS + 1))])
            step = watching.steps(f"intake over HTTP, {place.kind}", _ROUNDS)
            measured = rates(
                lambda: ours.post_all(next(batches)),
                lambda: theirs.post_all(next(batches)),
                rounds=_ROUNDS,
                progress=step,
            )
        finally:
            ours.close()
            theirs.close()
    return [compared("intake over HTTP, 2 processes", place.kind, *measured, aim=AIM)]
