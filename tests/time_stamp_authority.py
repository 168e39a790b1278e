"""A time-stamp authority that tests ask: `openssl ts` behind a small HTTP server, with certificates of its own."""

import subprocess
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

_CONFIG = """
[tsa]
default_tsa = here
[here]
dir = .
serial = serial
signer_cert = signer.pem
certs = root.pem
signer_key = signer.key
signer_digest = sha256
default_policy = 1.2.3.4
digests = sha256, sha512
accuracy = secs:1
ess_cert_id_alg = sha256
ess_cert_id_chain = no
"""

HOUR = timedelta(hours=1)


@dataclass
class Authority:
    """Where it listens, and what to do with the next question."""

    url: str
    root: Path
    """PEM file of the certificate that vouches for it."""
    is_away: bool = False
    asked: int = 0
    answers: bytes = b""
    """Sent instead of an answer, if not empty."""
    last_answer: bytes = b""


def _certificate(
    name: str, key: ec.EllipticCurvePrivateKey, issuer: str, issuer_key: ec.EllipticCurvePrivateKey, *, signs: bool
) -> x509.Certificate:
    now = datetime.now(UTC)
    made = x509.CertificateBuilder(
        x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, issuer)]),
        x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]),
        key.public_key(),
        x509.random_serial_number(),
        now - HOUR,
        now + 24 * HOUR,
    ).add_extension(x509.BasicConstraints(ca=not signs, path_length=None), critical=True)
    if signs:
        made = made.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING]), critical=True)
    return made.sign(issuer_key, hashes.SHA256())


def _written(home: Path) -> None:
    """The files that `openssl ts` needs."""
    root_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    root = _certificate("Root", root_key, "Root", root_key, signs=False)
    signer = _certificate("TSA", key, "Root", root_key, signs=True)
    (home / "root.pem").write_bytes(root.public_bytes(Encoding.PEM))
    (home / "signer.pem").write_bytes(signer.public_bytes(Encoding.PEM))
    (home / "signer.key").write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    (home / "ts.conf").write_text(_CONFIG)
    (home / "serial").write_text("01")


@contextmanager
def time_stamp_authority() -> Iterator[Authority]:
    """An authority that runs meanwhile."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        _written(home)

        class Answering(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                authority.asked += 1
                query = self.rfile.read(int(self.headers["Content-Length"]))
                if authority.is_away:
                    self.send_error(503)
                    return
                body = authority.answers or self._replied(query)
                self.send_response(200)
                self.send_header("Content-Type", "application/timestamp-reply")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def _replied(self, query: bytes) -> bytes:
                (home / "query").write_bytes(query)
                command = "openssl ts -reply -config ts.conf -queryfile query -out reply"
                subprocess.run(command.split(), cwd=home, check=True, capture_output=True)
                authority.last_answer = (home / "reply").read_bytes()
                return authority.last_answer

            def log_message(self, *_: object) -> None:
                pass

        server = ThreadingHTTPServer(("127.0.0.1", 0), Answering)
        authority = Authority(f"http://127.0.0.1:{server.server_port}/", home / "root.pem")
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield authority
        finally:
            server.shutdown()
            server.server_close()
            thread.join()
