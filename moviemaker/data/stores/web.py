"""Files on the web: `https`, and the public objects of `s3` and `gs`, which are `https` too.

No login is used: no passwords of `.netrc`, no keys of the environment, no cookies, no proxies. Addresses of this
machine and its network need permission (see `core.machine.network`), also those that a redirection leads to, and so
does `http`, which goes to such addresses only. Each answer has a limit of bytes and of time.
"""

from __future__ import annotations

import http.client
import re
import socket
import ssl
import threading
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from html import unescape
from time import monotonic
from urllib.parse import SplitResult, quote, urljoin, urlsplit

from moviemaker.core.errors import InputError
from moviemaker.core.machine.network import SECONDS, connected, is_local

_REDIRECTIONS = 5
"""Most of them that are followed."""

_SLOWEST = 50_000.0
"""Bytes per second below which a server is given up, after the first `SECONDS`."""

_PIECE = 1 << 18
_PORTS = {"https": 443, "http": 80}
_BUCKET = re.compile(r"[a-z0-9][a-z0-9._-]{1,220}[a-z0-9]")
_REGION = re.compile(r"[a-z]{2,3}(-[a-z]+)+-\d{1,2}")
_WHOLE = 1 << 28
"""Most bytes of a file of which a part is asked for, if the server gives whole files only."""

_LISTED = 1 << 22
"""Most bytes of a listing."""


class Web:
    """Files below an address.

    Args:
        address: with its protocol.
        local: whether addresses of this machine and its network may be connected to.

    Raises:
        InputError: at `file`: the protocol, or an address with a login, cannot be used.
    """

    def __init__(self, address: str, local: bool):
        self._local = local
        self._own = threading.local()
        parts = _split(address)
        if parts.username is not None or parts.password is not None:
            what = "the address holds a name or a password, and data are read without a login"
            raise InputError(what, "write it without them", ("file",))
        self._listing, self._prefix = "", ""
        self._query = f"?{parts.query}" if parts.query else ""
        if parts.scheme in _PORTS:
            self._base = f"{parts.scheme}://{parts.netloc}{_quoted(parts.path.rstrip('/'))}"
        else:
            self._base, self._listing = _bucket(parts.scheme, parts.netloc)
            self._prefix = parts.path.strip("/")
            self._base += "/" + quote(self._prefix) if self._prefix else ""

    def read(self, name: str, most: int, start: int | None = None, stop: int | None = None) -> bytes:
        """Bytes of a file.

        Args:
            name: below the address, with slashes.
            most: bytes that the answer may have.
            start, stop: a range of its bytes; a start below 0 counts from the end; None: the whole file.

        Raises:
            FileNotFoundError: there is none.
            PermissionError: the server asks for a login. Some ask so for missing files.
            InputError: at `file`: the server has a local address.
            OSError, ValueError: it does not answer as it should.
        """
        url = f"{self._base}/{quote(name)}{self._query}" if name else f"{self._base}{self._query}"
        try:
            return self._get(url, most, start, stop)
        except http.client.HTTPException as error:
            raise OSError(f"the server does not speak HTTP: {str(error) or type(error).__name__}") from None

    def inside(self, group: str) -> list[str]:
        """Names of the folders in a folder; empty: the server does not list them."""
        try:
            if self._listing:
                prefix = "/".join(part for part in (self._prefix, group) if part)
                question = f"?list-type=2&delimiter=%2F&prefix={quote(prefix + '/' if prefix else '', safe='')}"
                found = self._get(self._listing + question, _LISTED).decode("utf-8", "replace")
                names = re.findall(r"<CommonPrefixes>\s*<Prefix>([^<]*)/</Prefix>", found)
                return sorted({unescape(name).rpartition("/")[2] for name in names})
            found = self._get(f"{self._base}/{quote(group) + '/' if group else ''}{self._query}", _LISTED).decode()
            return sorted(set(re.findall(r'href="(?:\./)?([^"/?#:%.][^"/?#:%]*)/"', found)))
        except (OSError, ValueError):
            return []  # most servers give no listing

    def _get(self, url: str, most: int, start: int | None = None, stop: int | None = None) -> bytes:
        ranged = start is not None
        span = f"bytes={start}" if (start or 0) < 0 else f"bytes={start}-{'' if stop is None else stop - 1}"
        headers = {"User-Agent": "moviemaker", "Accept-Encoding": "identity"} | ({"Range": span} if ranged else {})
        for _ in range(_REDIRECTIONS + 1):
            answer = self._asked(url, headers)
            with _in_time(self._own.connection, most):
                if answer.status in (301, 302, 303, 307, 308):
                    self._close()
                    url, before = _led_to(url, answer), url
                    if url.endswith(before.removeprefix(self._base)):  # S3 keeps each bucket in one region
                        self._base = url.removesuffix(before.removeprefix(self._base))
                    continue
                if answer.status in (404, 410):
                    self._drop(answer)
                    raise FileNotFoundError(url)
                if answer.status in (401, 403):
                    self._drop(answer)
                    raise PermissionError(url)
                if answer.status == 416:
                    self._drop(answer)
                    return b""
                if answer.status not in (200, 206):
                    self._close()
                    raise OSError(f"the server answers {answer.status} {answer.reason[:60]}")
                try:
                    if answer.status == 206 or not ranged:
                        return _content(answer, most)
                    return _content(answer, max(most, _WHOLE))[start:stop]  # it gives whole files only
                except BaseException:
                    self._close()
                    raise
        raise OSError(f"it leads on more than {_REDIRECTIONS} times")

    def _asked(self, url: str, headers: dict[str, str]) -> http.client.HTTPResponse:
        """The answer of the server, of which only the header has been read."""
        parts = urlsplit(url)
        place = (parts.scheme, parts.hostname or "", parts.port or _PORTS[parts.scheme])
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        for attempt in range(2):
            known = getattr(self._own, "place", None) == place
            if not known:
                self._close()
                self._own.connection, self._own.place = self._connection(*place), place
            try:
                self._own.connection.request("GET", target, headers=headers)
                with _in_time(self._own.connection, 0):
                    answer: http.client.HTTPResponse = self._own.connection.getresponse()
                return answer
            except (OSError, http.client.HTTPException):
                self._close()
                if not known or attempt:  # a kept connection may have been closed by the server
                    raise
        raise AssertionError

    def _connection(self, protocol: str, host: str, port: int) -> http.client.HTTPConnection:
        sock = connected(host, port, self._local)
        try:
            if protocol == "https":
                sock = _safety().wrap_socket(sock, server_hostname=host)
            elif not is_local(str(sock.getpeername()[0])):
                right = "write https://, if the server has it, or download the data"
                what = f"http://{host} is not encrypted, so that anyone on the way may change it"
                raise InputError(what, right, ("file",))
        except BaseException:
            sock.close()
            raise
        made = http.client.HTTPConnection(host, port, timeout=SECONDS)
        made.sock = sock
        made.auto_open = 0
        return made

    def _drop(self, answer: http.client.HTTPResponse) -> None:
        """Reads what little an error says, so that the connection can be kept."""
        if len(answer.read(_PIECE)) == _PIECE:
            self._close()

    def _close(self) -> None:
        connection = getattr(self._own, "connection", None)
        if connection is not None:
            connection.close()
        self._own.connection = self._own.place = None


def _split(address: str) -> SplitResult:
    try:
        parts = urlsplit(address)
        parts.port  # noqa: B018
        if not parts.hostname:
            raise ValueError
    except ValueError:
        raise InputError(f"{address[:80]!r} is not an address", "write https://HOST/PATH", ("file",)) from None
    return parts


def _bucket(protocol: str, name: str) -> tuple[str, str]:
    """Address of the objects of a bucket, and of their listing."""
    if not _BUCKET.fullmatch(name):
        raise InputError(f"{name[:80]!r} is not the name of a bucket", f"write {protocol}://BUCKET/PATH", ("file",))
    if protocol == "s3":
        host = "s3.amazonaws.com"
        base = f"https://{host}/{name}" if "." in name else f"https://{name}.{host}"
    else:
        base = f"https://storage.googleapis.com/{name}"
    return base, base


def _region(answer: http.client.HTTPResponse) -> str:
    found = answer.getheader("x-amz-bucket-region") or ""
    return found if _REGION.fullmatch(found) else ""


def _led_to(url: str, answer: http.client.HTTPResponse) -> str:
    """The address that an answer leads on to.

    Raises:
        OSError: it is not an address of the web, or is less safe than the one before.
    """
    target, region = answer.getheader("Location"), _region(answer)
    if target is None and region:  # S3 names the region of a bucket
        target = re.sub(r"(^https://[^/]*?)s3(?:[.-][a-z0-9-]+)?\.amazonaws\.com", rf"\1s3.{region}.amazonaws.com", url)
    found = urljoin(url, target or "")
    parts = urlsplit(found)
    if found == url or parts.scheme not in _PORTS or parts.scheme != urlsplit(url).scheme or "@" in parts.netloc:
        raise OSError(f"it leads on to {found[:80]!r}")
    return found


def _content(answer: http.client.HTTPResponse, most: int) -> bytes:
    """Content of an answer, of which at most so many bytes are read."""
    length = answer.length
    if length is not None and length > most:
        raise ValueError(f"a file of it has {length} bytes, where at most {most} belong")
    unpack = None
    encoding = (answer.getheader("Content-Encoding") or "identity").lower()
    if encoding == "gzip":
        unpack = zlib.decompressobj(31)
    elif encoding != "identity":
        raise OSError(f"the server answers in the encoding {encoding[:40]!r}")
    pieces, size = [], 0
    while size <= most and (piece := answer.read(min(_PIECE, most + 1))):
        try:
            piece = piece if unpack is None else unpack.decompress(piece, most + 1 - size)
        except zlib.error:
            raise OSError("the answer is not packed by gzip, as it says") from None
        pieces.append(piece)
        size += len(piece)
    if size > most:
        raise ValueError(f"a file of it has more than the {most} bytes that belong there")
    return b"".join(pieces)


@contextmanager
def _in_time(connection: http.client.HTTPConnection, most: int) -> Iterator[None]:
    """Ends a connection whose server sends its answer too slowly, however small the pieces are."""
    sock = connection.sock

    def end() -> None:
        if sock is not None:
            with suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)

    began, limit = monotonic(), SECONDS + min(most, 1 << 32) / _SLOWEST
    timer = threading.Timer(limit, end)
    timer.daemon = True
    timer.start()
    try:
        yield
    except (OSError, http.client.HTTPException):
        if monotonic() - began >= limit:
            raise TimeoutError("the server answers too slowly") from None
        raise
    finally:
        timer.cancel()


def _quoted(path: str) -> str:
    """A path as an address has it; what is quoted already stays."""
    return quote(path, safe="/%:@!$&'()*+,;=~")


@cache
def _safety() -> ssl.SSLContext:
    return ssl.create_default_context()
