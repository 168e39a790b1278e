"""A proxy that makes a database server on this machine as distant as one in a network; started by `contention`.

It hands on what it gets, in either direction, after the same delay; what follows does not wait for what went before.
"""

import asyncio
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from selectors import SelectSelector

import psycopg
from sqlalchemy.engine import make_url


@contextmanager
def distant(url: str, *, round_trip: float) -> Iterator[str]:
    """The URL of the same database, with so many seconds added to each round trip."""
    with psycopg.connect(url) as connection:
        server = (connection.info.host, str(connection.info.port))
    command = [sys.executable, "-m", "benchmarks.distance", *server, str(round_trip / 2)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as proxy:
        assert proxy.stdout is not None
        try:
            yield (
                make_url(url)
                .set(host="127.0.0.1", port=int(proxy.stdout.readline()), query={})
                .render_as_string(hide_password=False)
            )
        finally:
            proxy.terminate()


async def _serve(host: str, port: int, delay: float) -> None:
    loop = asyncio.get_running_loop()

    async def hand_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(1 << 16):
            loop.call_later(delay, writer.write, data)
        loop.call_later(delay, writer.close)

    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if host.startswith("/"):
            there = await asyncio.open_unix_connection(f"{host}/.s.PGSQL.{port}")
        else:
            there = await asyncio.open_connection(host, port)
        await asyncio.gather(hand_on(reader, there[1]), hand_on(there[0], writer))

    server = await asyncio.start_server(accept, "127.0.0.1")
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    # `select` waits for microseconds; `epoll`, the default, for whole milliseconds.
    with asyncio.Runner(loop_factory=lambda: asyncio.SelectorEventLoop(SelectSelector())) as runner:
        runner.run(_serve(sys.argv[1], int(sys.argv[2]), float(sys.argv[3])))
