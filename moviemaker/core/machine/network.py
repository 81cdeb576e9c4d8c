"""Which machines may be connected to: those on the Internet, and local ones only with permission.

A scene or a file from somewhere else must not reach what only this machine reaches: its own services, those of its
network, and the one that gives rented machines their passwords (169.254.169.254).
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from moviemaker.core.errors import InputError

if TYPE_CHECKING:
    import socket

PERMISSION = "MOVIEMAKER_ALLOW_LOCAL_NETWORK"
"""Variable of the environment that permits local addresses to this process and those that it starts."""

OPTION = "--allow-local-network"

SECONDS = 20.0
"""Longest wait for a connection, and for each answer on it."""


def local_network_is_allowed() -> bool:
    """Whether local addresses may be connected to."""
    return os.environ.get(PERMISSION) == "1"


@contextmanager
def local_network(allowed: bool) -> Iterator[None]:
    """Permits local addresses in the block, and to processes that are started there.

    Args:
        allowed: false leaves it as it is.
    """
    before = os.environ.get(PERMISSION)
    if allowed:
        os.environ[PERMISSION] = "1"
    try:
        yield
    finally:
        if allowed and before is None:
            os.environ.pop(PERMISSION, None)
        elif allowed and before is not None:
            os.environ[PERMISSION] = before


def is_local(address: str) -> bool:
    """Whether an IP address is not on the Internet: private, loopback, link-local, reserved, or one that stands for it.

    >>> [is_local(each) for each in ("127.0.0.1", "169.254.169.254", "::ffff:10.0.0.1", "64:ff9b::7f00:1", "1.1.1.1")]
    [True, True, True, True, False]
    """
    import ipaddress

    found = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(found, ipaddress.IPv6Address):
        inner = found.ipv4_mapped or found.sixtofour or (found.teredo and found.teredo[1])
        if inner is None and int(found) >> 32 in (0, _TRANSLATED):
            inner = ipaddress.IPv4Address(int(found) & 0xFFFFFFFF)
        if inner is not None:
            return is_local(str(inner))
        if found.is_site_local:
            return True
    return not found.is_global or found.is_multicast or found.is_reserved or found.is_unspecified


_TRANSLATED = 0x64FF9B << 64
"""The first 96 bits of IPv6 addresses that stand for those of IPv4: 64:ff9b::/96 (RFC 6052)."""


def connected(host: str, port: int, allowed: bool) -> socket.socket:
    """A connection to a host by its name.

    The name is resolved once, and the connection is made to an address that was checked: a name that is given another
    address in between reaches nothing else.

    Args:
        host: name or address, in any spelling.
        port: number.
        allowed: whether local addresses are.

    Raises:
        InputError: at `file`: the host has a local address.
        OSError: it cannot be found, or does not answer.
    """
    import socket

    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except UnicodeError:
        raise OSError(f"{host!r} is not the name of a host") from None
    for *_, place in found:
        if not allowed and is_local(str(place[0])):
            what = f"{host!r} is an address of this machine or its network ({place[0]})"
            raise InputError(what, f"name a public one, or permit it by {OPTION}", ("file",))
    failed: OSError = OSError(f"{host!r} has no address")
    for family, kind, protocol, _, place in found:
        made = socket.socket(family, kind, protocol)
        try:
            made.settimeout(SECONDS)
            made.connect(place)
            return made
        except OSError as error:
            made.close()
            failed = error
    raise failed
