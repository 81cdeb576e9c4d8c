"""Reading from the web: which machines are connected to, also after redirections and by DNS, and limits of answers."""

from __future__ import annotations

import socket
import threading
import time
import zlib
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from moviemaker.core.errors import InputError
from moviemaker.core.machine import network
from moviemaker.data.stores import web


class Handler(BaseHTTPRequestHandler):
    """Answers by the path that is asked for."""

    protocol_version = "HTTP/1.1"

    def do_GET(self):
        self.server.asked.append((self.path, dict(self.headers)))
        status, headers, content = self.server.answers.get(self.path, (404, {}, b""))
        self.send_response(status)
        for name, value in ({"Content-Length": str(len(content))} | headers).items():
            if value is not None:
                self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *words):
        pass


def serve(host):
    server = ThreadingHTTPServer((host, 0), Handler)
    server.asked, server.answers, server.daemon_threads = [], {}, True
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    server.address = f"http://{host}:{server.server_address[1]}"
    return server


@pytest.fixture
def servers(monkeypatch):
    """Two servers of this machine. The first one passes for one on the Internet whose answers are not encrypted."""
    public, local = serve("127.0.0.2"), serve("127.0.0.1")
    is_local = network.is_local
    monkeypatch.setattr(network, "is_local", lambda address: address != "127.0.0.2" and is_local(address))
    yield public, local
    for server in (public, local):
        server.shutdown()
        server.server_close()


def test_a_redirection_to_this_machine_is_not_followed(servers):
    public, local = servers
    for target in (
        local.address,
        local.address.replace("127.0.0.1", "localhost"),
        "http://2130706433:9",
        "http://[::1]:9",
    ):
        public.answers["/a"] = 302, {"Location": f"{target}/secret"}, b""
        with pytest.raises(InputError, match="is an address of this machine or its network"):
            web.Web(public.address, local=False).read("a", 100)
    assert not local.asked
    local.answers["/secret"] = 200, {}, b"secret"
    public.answers["/a"] = 302, {"Location": f"{local.address}/secret"}, b""
    assert web.Web(public.address, local=True).read("a", 100) == b"secret"


@pytest.mark.parametrize(
    "target",
    ["file:///etc/passwd", "ftp://127.0.0.1/a", "https://127.0.0.2/a", "http://a:b@127.0.0.2/", "gopher://a/", None],
)
def test_redirections_to_other_protocols_are_not_followed(servers, target):
    public, _ = servers
    public.answers["/a"] = 301, {"Location": target}, b""
    with pytest.raises(OSError, match="it leads on to"):
        web.Web(public.address, local=False).read("a", 100)


def test_redirections_without_end(servers):
    public, _ = servers
    public.answers["/a"] = 302, {"Location": "/b"}, b""
    public.answers["/b"] = 302, {"Location": "/a"}, b""
    with pytest.raises(OSError, match="more than 5 times"):
        web.Web(public.address, local=False).read("a", 100)
    assert len(public.asked) == 6


def test_a_name_that_is_given_another_address_reaches_nothing_else(servers, monkeypatch):
    """DNS rebinding: the first answer is a public address, and every later one is this machine's."""
    public, local = servers
    port = public.server_address[1]
    addresses = iter(["127.0.0.2"])

    def resolve(host, port, **keys):
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (next(addresses, "127.0.0.1"), port))]

    public.answers["/a"] = 200, {}, b"public"
    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    client = web.Web(f"http://evil.example:{port}", local=False)
    assert client.read("a", 100) == b"public"
    assert client.read("a", 100) == b"public"  # on the connection that there is
    client._close()
    with pytest.raises(InputError, match=r"'evil.example' is an address of this machine or its network \(127.0.0.1\)"):
        client.read("a", 100)
    assert not local.asked


def test_one_local_address_among_public_ones_is_enough(monkeypatch):
    found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 443)) for address in ("93.184.216.34", "10.0.0.1")]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *args, **keys: found)
    with pytest.raises(InputError, match=r"10\.0\.0\.1"):
        web.Web("https://example.org", local=False).read("a", 100)


def test_plain_http_is_read_from_this_machine_only(servers, monkeypatch):
    public, _ = servers
    monkeypatch.setattr(web, "is_local", network.is_local)
    with pytest.raises(InputError, match="is not encrypted"):
        web.Web(public.address, local=True).read("a", 100)
    assert not public.asked


@pytest.fixture
def server():
    found = serve("127.0.0.1")
    yield found, web.Web(found.address, local=True)
    found.shutdown()
    found.server_close()


@pytest.mark.parametrize(
    ("headers", "content", "words"),
    [
        ({}, bytes(200), "200 bytes, where at most 100"),
        ({"Content-Length": str(2**62)}, b"", "bytes, where at most 100"),
        ({"Content-Length": None, "Connection": "close"}, bytes(10**6), "more than the 100 bytes"),
        ({"Content-Encoding": "gzip"}, zlib.compress(bytes(10**4), wbits=31), "more than the 100 bytes"),
        ({"Content-Encoding": "br"}, b"x", "encoding 'br'"),
        ({"Content-Encoding": "gzip"}, b"x" * 20, "not packed by gzip"),
    ],
)
def test_answers_have_a_limit(server, headers, content, words):
    found, client = server
    found.answers["/a"] = 200, headers, content
    with pytest.raises((OSError, ValueError), match=words):
        client.read("a", 100)


def test_what_is_sent_is_what_is_needed(server, monkeypatch, tmp_path):
    """No cookie, no login, no setting of the environment."""
    found, client = server
    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login a password b\n")
    for name, value in {
        "HOME": str(tmp_path),
        "HTTP_PROXY": "http://127.0.0.1:1",
        "http_proxy": "http://127.0.0.1:1",
    }.items():
        monkeypatch.setenv(name, value)
    found.answers["/a%20b/c"] = 200, {"Set-Cookie": "a=b"}, b"content"
    for _ in range(2):
        assert client.read("a b/c", 100) == b"content"
    assert {name for _, headers in found.asked for name in headers} == {"Host", "User-Agent", "Accept-Encoding"}


def test_parts_of_files(server):
    found, client = server
    found.answers["/a"] = 200, {}, bytes(range(100))  # a server that gives whole files only
    assert client.read("a", 10, 5, 15) == bytes(range(5, 15))
    assert client.read("a", 10, -10, None) == bytes(range(90, 100))
    found.answers["/a"] = 206, {}, bytes(range(10))
    assert client.read("a", 10, 0, 10) == bytes(range(10))
    assert [headers["Range"] for _, headers in found.asked] == ["bytes=5-14", "bytes=-10", "bytes=0-9"]


def test_a_server_that_sends_drop_by_drop(monkeypatch):
    monkeypatch.setattr(web, "SECONDS", 0.3)
    monkeypatch.setattr(web, "_SLOWEST", 1e9)
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def drip():
            connection, _ = listening.accept()
            with connection:
                try:
                    for letter in b"HTTP/1.1 200 OK\r\n" + b"X-A: b\r\n" * 100:
                        connection.sendall(bytes([letter]))
                        time.sleep(0.05)
                except OSError:
                    pass

        threading.Thread(target=drip, daemon=True).start()
        began = time.monotonic()
        with pytest.raises(OSError, match="too slowly"):
            web.Web(f"http://127.0.0.1:{listening.getsockname()[1]}", local=True).read("a", 100)
        assert time.monotonic() - began < 3


@pytest.mark.parametrize(
    ("address", "base"),
    [
        ("s3://noaa-data/a/b.zarr", "https://noaa-data.s3.amazonaws.com/a/b.zarr"),
        ("s3://data.of.us/a.zarr", "https://s3.amazonaws.com/data.of.us/a.zarr"),
        ("gs://gcp-public-data/ar/a.zarr", "https://storage.googleapis.com/gcp-public-data/ar/a.zarr"),
        ("gcs://bucket_1/a b.zarr", "https://storage.googleapis.com/bucket_1/a%20b.zarr"),
    ],
)
def test_buckets_are_addresses_that_no_setting_changes(address, base, monkeypatch):
    for name in ("AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3", "STORAGE_EMULATOR_HOST", "FSSPEC_GS_ENDPOINT_URL"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    assert web.Web(address, local=False)._base == base


def test_the_region_of_a_bucket(monkeypatch):
    class Answer:
        def __init__(self, region, target=None):
            self.region, self.target = region, target

        def getheader(self, name):
            return self.region if name == "x-amz-bucket-region" else self.target

    assert (
        web._led_to("https://s3.amazonaws.com/a.b/c", Answer("eu-west-1")) == "https://s3.eu-west-1.amazonaws.com/a.b/c"
    )
    assert (
        web._led_to("https://ab.s3.amazonaws.com/c", Answer("us-west-2")) == "https://ab.s3.us-west-2.amazonaws.com/c"
    )
    with pytest.raises(OSError, match="leads on"):
        web._led_to("https://ab.s3.amazonaws.com/c", Answer("evil.example/"))


def test_folders_that_a_server_lists(server):
    found, client = server
    page = (
        b'<a href="../">up</a><a href="rho/">rho</a><a href="/etc/">x</a><a href="a.txt">a</a><a href="http://x/">x</a>'
    )
    found.answers["/g/"] = 200, {}, page
    assert client.inside("g") == ["rho"]
    assert client.inside("other") == []
