"""TLS changes nothing: who is not proven is not asked, and the deadline holds."""

import datetime
import ssl
import time
from ipaddress import ip_address

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from app.clients.http import HttpClient, Remote, RemoteError
from tests.clients.loopback import always

MARGIN = 5.0


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    """A certificate for 127.0.0.1 that is its own authority: paths of it and of its key."""
    folder = tmp_path_factory.mktemp("tls")
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "stub")])
    now = datetime.datetime.fromtimestamp(time.time(), datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    (folder / "certificate.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    (folder / "key.pem").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return folder / "certificate.pem", folder / "key.pem"


@pytest.fixture
def serve_tls(serve, certificate):
    """Start a server that speaks TLS and then hands over to a handler."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(*certificate)

    def start(handler):
        def handle(visit):
            visit = visit.over_tls(context)
            handler(visit)
            visit.close()

        return serve(handle)

    return start


@pytest.fixture
def trusted(certificate, monkeypatch):
    """Trust the certificate as an operator would."""
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate[0]))


def client_of(server):
    return HttpClient(Remote(name="stub", url=server.url.replace("http:", "https:")))


def failure(client, *, deadline):
    started = time.monotonic()
    with pytest.raises(RemoteError) as caught:
        client.request("GET", "/", deadline=deadline)
    assert time.monotonic() - started < deadline + MARGIN
    return caught.value.kind


@pytest.mark.usefixtures("trusted")
def test_a_server_that_proves_itself_is_asked_over_one_connection(serve_tls):
    server = serve_tls(always({"a": 1}))
    client = client_of(server)
    for _ in range(3):
        assert client.request("POST", "/", json={}, deadline=10).json_object() == {"a": 1}
    assert (server.visits, len(server.requests)) == (1, 3)


def test_a_server_that_nobody_vouches_for_is_not_asked(serve_tls):
    server = serve_tls(always({"a": 1}))
    assert failure(client_of(server), deadline=10) == "unreachable"
    assert server.requests == []


@pytest.mark.usefixtures("trusted")
def test_a_server_with_another_name_is_not_asked(serve_tls):
    server = serve_tls(always({"a": 1}))
    client = HttpClient(Remote(name="stub", url=f"https://localhost:{server.port}"))
    assert failure(client, deadline=10) == "unreachable"
    assert server.requests == []


@pytest.mark.usefixtures("trusted")
@pytest.mark.parametrize("head", [b"", b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n"])
def test_a_drip_ends_at_the_deadline(serve_tls, head):
    def handle(visit):
        visit.request()
        visit.send(head)
        visit.drip(b"H")

    assert failure(client_of(serve_tls(handle)), deadline=0.4) == "timeout"


def test_a_handshake_that_hangs_ends_at_the_deadline(serve):
    assert failure(client_of(serve(lambda visit: visit.hang())), deadline=0.4) == "timeout"


def test_a_handshake_that_drips_ends_at_the_deadline(serve):
    # The head of a record of 16 kB, of which a byte comes now and then.
    server = serve(lambda visit: visit.drip(b"\x16\x03\x03\x40\x00\x02"))
    assert failure(client_of(server), deadline=0.4) == "timeout"
