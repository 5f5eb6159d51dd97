"""Where a webhook may go: to public addresses over HTTPS, and nowhere else.

The name is resolved once, every address it has is checked, and the connection is made to a checked
address with the name kept for TLS and Host. So a name that changes between look and call (DNS
rebinding) gains nothing. ``WEBHOOK_ALLOW_PRIVATE`` (development) lifts the guard.
"""

from __future__ import annotations

import asyncio
import socket
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network
from urllib.parse import urlsplit

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from omni.core.errors import Invalid

HTTPS_PORT = 443

# IPv6 ranges that carry an IPv4 address, and where in them it lies (bits from the right).
_CARRIERS: tuple[tuple[IPv6Network, int], ...] = (
    (IPv6Network("::ffff:0:0/96"), 0),  # mapped
    (IPv6Network("::ffff:0:0:0/96"), 0),  # translated (SIIT)
    (IPv6Network("::/96"), 0),  # compatible, deprecated
    (IPv6Network("64:ff9b::/96"), 0),  # NAT64
    (IPv6Network("2002::/16"), 80),  # 6to4
)
# Not public whatever Python's table of the day says.
_REFUSED = tuple(
    ip_network(text)
    for text in (
        "100.64.0.0/10",  # carrier-grade NAT
        "192.0.0.0/24",  # protocol assignments
        "192.88.99.0/24",  # 6to4 relays
        "198.18.0.0/15",  # benchmarks
        "64:ff9b:1::/48",  # NAT64, local use
        "2001::/23",  # protocol assignments, Teredo among them
        "3fff::/20",  # documentation
        "5f00::/16",  # segment routing
        "fec0::/10",  # site-local
    )
)


class UrlNotAllowed(Invalid):
    code = "webhook_url_not_allowed"
    message = _(
        "Nothing can be sent to this address. Name a public https:// one on port 443, without a"
        " user name."
    )


class AddressRefused(Exception):
    """The name leads to an address that is not public, or to none."""


@dataclass(frozen=True, slots=True)
class Target:
    """A URL taken apart, and the form of its host that Host and TLS need."""

    scheme: str
    host: str
    port: int
    path: str

    @property
    def host_header(self) -> str:
        name = f"[{self.host}]" if ":" in self.host else self.host
        usual = HTTPS_PORT if self.scheme == "https" else 80
        return name if self.port == usual else f"{name}:{self.port}"

    def url_at(self, address: str) -> str:
        """The same URL with a checked address in place of the name."""
        name = f"[{address}]" if ":" in address else address
        return f"{self.scheme}://{name}:{self.port}{self.path}"


def private_allowed() -> bool:
    return bool(getattr(settings, "WEBHOOK_ALLOW_PRIVATE", False))


def parse(url: str) -> Target:
    """Check the form of a URL; an address written out is checked at once. Raises: UrlNotAllowed."""
    if not url.isascii() or any(c.isspace() or not c.isprintable() or c == "\\" for c in url):
        raise UrlNotAllowed
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise UrlNotAllowed from error
    host = (parts.hostname or "").rstrip(".")
    open_ = private_allowed()
    if parts.scheme not in (("https", "http") if open_ else ("https",)):
        raise UrlNotAllowed
    if not host or "%" in host or "@" in parts.netloc or parts.fragment:
        raise UrlNotAllowed
    port = port or (HTTPS_PORT if parts.scheme == "https" else 80)
    if not open_ and port != HTTPS_PORT:
        raise UrlNotAllowed
    _refuse_written_address(host)
    path = parts.path or "/"
    return Target(parts.scheme, host, port, f"{path}?{parts.query}" if parts.query else path)


async def resolve(target: Target) -> str:
    """One address to connect to; all that the name has must be public. Raises: AddressRefused."""
    loop = asyncio.get_running_loop()
    try:
        found = await loop.getaddrinfo(target.host, target.port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise AddressRefused from error
    addresses = [str(entry[4][0]).partition("%")[0] for entry in found]
    if not addresses:
        raise AddressRefused
    if not private_allowed() and not all(is_public(each) for each in addresses):
        raise AddressRefused
    return addresses[0]


def is_public(address: str) -> bool:
    """Whether an address belongs to the public internet, also the one that it may carry inside."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return False
    if isinstance(parsed, IPv6Address):
        carried = _carried(parsed)
        if carried is not None:
            return is_public(str(carried))
    if any(parsed in network for network in _REFUSED if network.version == parsed.version):
        return False
    return parsed.is_global and not parsed.is_multicast and not parsed.is_reserved


def _carried(address: IPv6Address) -> IPv4Address | None:
    for network, shift in _CARRIERS:
        if address in network:
            return IPv4Address(int(address) >> shift & 0xFFFFFFFF)
    return None


def _refuse_written_address(host: str) -> None:
    try:
        ip_address(host)
    except ValueError:
        return
    if not private_allowed() and not is_public(host):
        raise UrlNotAllowed
