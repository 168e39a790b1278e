"""A real IMAP server in a thread, and a second client that puts mail there and looks at it, as a mail program does."""

import asyncio
import ssl
import threading
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import pytest
from imapclient import IMAPClient
from proxyprotocol.reader import ProxyProtocolReader
from pymap.backend.dict import Config, DictBackend, Login
from pymap.imap import IMAPServer, IMAPService

from dsr.mailbox.inbox import ImapServer

USER, PASSWORD = "team@callcentre.example", "canary-imap-password"


class ImapHost:
    """One account with its folders; it lives on when the server is stopped and started again."""

    def __init__(
        self, *, moves: bool = True, context: ssl.SSLContext | None = None, tls: str = "none", password: str = PASSWORD
    ) -> None:
        class Plain(Config):
            @property
            def login_capability(self) -> Sequence[bytes]:
                return [each for each in super().login_capability if moves or each != b"MOVE"]

        self.tls = tls
        self.password = password
        self.port = 0
        self._context = context
        self._plain = Plain
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self._writers: set[Any] = set()
        self._do(self._make())
        self.start()

    def server(self, **facts: Any) -> ImapServer:
        said: dict[str, Any] = {"host": "localhost", "port": self.port, "tls": self.tls, "user": USER}
        return ImapServer(**(said | {"password": self.password} | facts))

    def start(self) -> None:
        self._do(self._start())

    def cut(self) -> None:
        """End every connection at once, as a server does that is killed; new ones are taken."""
        self._do(self._cut())

    def stop(self) -> None:
        self._do(self._stop())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    # A mail program --------------------------------------------------------------------------------------------

    @contextmanager
    def client(self, folder: str = "INBOX") -> Iterator[IMAPClient]:
        trusting = ssl.create_default_context()
        trusting.check_hostname, trusting.verify_mode = False, ssl.CERT_NONE
        with IMAPClient("localhost", self.port, ssl=self.tls == "implicit", ssl_context=trusting, timeout=10) as client:
            if self.tls == "starttls":
                client.starttls(trusting)
            client.plain_login(USER, self.password)
            client.normalise_times = False
            client.select_folder(folder)
            yield client

    def put(self, *messages: bytes, at: datetime | None = None, folder: str = "INBOX") -> None:
        with self.client() as client:
            for raw in messages:
                client.append(folder, raw, msg_time=at)

    def folder(self, name: str) -> list[bytes]:
        """The messages there, in order."""
        with self.client() as client:
            if not client.folder_exists(name):
                return []
            client.select_folder(name, readonly=True)
            uids = client.search("ALL")
            found = client.fetch(uids, ["BODY.PEEK[]"]) if uids else {}
            return [found[uid][b"BODY[]"] for uid in sorted(found)]

    # The server ------------------------------------------------------------------------------------------------

    def _do(self, job: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(job, self._loop).result(30)

    async def _make(self) -> None:
        parser = ArgumentParser()
        IMAPService.add_arguments(parser)
        DictBackend.add_subparser("dict", parser.add_subparsers())
        args: Namespace = parser.parse_args(["dict", "--demo-user", USER, "--demo-password", self.password])
        args.debug, args.passlib_cfg, args.tls = False, None, self.tls == "starttls"
        options = {} if self._context is None else {"ssl_context": self._context}
        self._config = self._plain.from_args(args, invalid_user_sleep=0.0, **options)
        self._login = Login(self._config)
        await DictBackend._add_demo_user(self._config, self._login)

    async def _start(self) -> None:
        self._config.apply_context()
        serve = IMAPServer(self._login, self._config)

        async def remembered(reader: Any, writer: Any, info: Any) -> None:
            self._writers.add(writer)
            try:
                await serve(reader, writer, info)
            except (OSError, EOFError):
                pass  # it was cut
            finally:
                self._writers.discard(writer)

        callback = ProxyProtocolReader(self._config.proxy_protocol).get_callback(remembered)
        implicit = self._context if self.tls == "implicit" else None
        self._server = await asyncio.start_server(callback, "127.0.0.1", self.port, ssl=implicit, limit=2**26)
        self.port = self._server.sockets[0].getsockname()[1]

    async def _cut(self) -> None:
        for writer in list(self._writers):
            writer.transport.abort()

    async def _stop(self) -> None:
        self._server.close()
        await self._cut()
        for task in asyncio.all_tasks() - {asyncio.current_task()}:
            task.cancel()
        await asyncio.sleep(0.05)


@pytest.fixture
def imap() -> Iterator[ImapHost]:
    """A server without TLS, on this machine."""
    host = ImapHost()
    yield host
    host.stop()
