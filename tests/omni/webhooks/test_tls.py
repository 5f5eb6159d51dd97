"""Over TLS the connection goes to the checked address, and the certificate must be the name's."""

import asyncio
import datetime
import socket
import ssl
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from omni.core.ids import uuid7
from omni.webhooks import sender
from omni.webhooks.deliveries import Claim

NAME = "hooks.shop.example"


def _certificate(folder: Path) -> Path:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, NAME)])
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(NAME)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    file = folder / "server.pem"
    file.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + certificate.public_bytes(serialization.Encoding.PEM)
    )
    return file


@pytest.fixture
def server(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> Iterator[tuple[int, list[str], list[bytes]]]:
    """A TLS server that knows one name; every name is resolved to it, once."""
    file = _certificate(tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    asked_for: list[str] = []
    context.sni_callback = lambda _socket, name, _context: asked_for.append(str(name))
    listener = socket.create_server(("127.0.0.1", 0))
    requests: list[bytes] = []

    def serve() -> None:
        while True:
            try:
                raw, _ = listener.accept()
                with context.wrap_socket(raw, server_side=True) as connection:
                    request = connection.recv(65536)
                    while not request.endswith(b"}"):
                        request += connection.recv(65536)
                    requests.append(request)
                    connection.sendall(b"HTTP/1.1 204 No Content\r\n\r\n")
            except ssl.SSLError:
                continue
            except OSError:
                return

    threading.Thread(target=serve, daemon=True).start()
    settings.WEBHOOK_ALLOW_PRIVATE = True
    monkeypatch.setenv("SSL_CERT_FILE", str(file))
    sender._tls.cache_clear()
    port = listener.getsockname()[1]
    entry = (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port))
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: [entry])
    yield port, asked_for, requests
    listener.close()
    sender._tls.cache_clear()


def _post(url: str) -> Any:
    secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    return asyncio.run(
        sender.post(Claim(1, uuid7(), uuid7(), url, "evt_1", '{"id":"evt_1"}', (secret,)))
    )


def test_post_keeps_the_name_for_tls_and_host(
    server: tuple[int, list[str], list[bytes]],
) -> None:
    port, asked_for, requests = server

    outcome = _post(f"https://{NAME}:{port}/in?a=1")

    assert (outcome.status_code, outcome.error) == (204, "")
    assert asked_for == [NAME]
    assert requests[0].startswith(b"POST /in?a=1 HTTP/1.1\r\n")
    assert f"host: {NAME}:{port}\r\n".encode() in requests[0].lower()


def test_post_refuses_the_certificate_of_another_name(
    server: tuple[int, list[str], list[bytes]],
) -> None:
    port, _, requests = server

    outcome = _post(f"https://other.example:{port}/")

    assert (outcome.status_code, outcome.error) == (None, "no_connection")
    assert requests == []
