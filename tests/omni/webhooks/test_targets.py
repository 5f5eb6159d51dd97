"""Where a webhook may go. Every refusal is made before a packet leaves."""

import asyncio
import socket
from typing import Any

import pytest

from omni.core.ids import uuid7
from omni.webhooks import sender, targets
from omni.webhooks.deliveries import Claim
from omni.webhooks.targets import AddressRefused, UrlNotAllowed, is_public, parse, resolve

PRIVATE = [
    "127.0.0.1",
    "127.1.2.3",
    "10.0.0.1",
    "10.255.255.255",
    "172.16.0.1",
    "172.31.255.255",
    "192.168.1.1",
    "169.254.169.254",
    "169.254.0.1",
    "100.64.0.1",
    "100.127.255.254",
    "0.0.0.0",  # noqa: S104
    "0.1.2.3",
    "192.0.0.1",
    "192.0.2.1",
    "198.18.0.1",
    "198.51.100.1",
    "203.0.113.9",
    "224.0.0.1",
    "239.255.255.255",
    "240.0.0.1",
    "255.255.255.255",
    "192.88.99.1",
    "::",
    "::1",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "::ffff:169.254.169.254",
    "::ffff:0:127.0.0.1",
    "::127.0.0.1",
    "64:ff9b::7f00:1",
    "64:ff9b::a9fe:a9fe",
    "64:ff9b::10.0.0.1",
    "64:ff9b:1::1",
    "64:ff9b:1::8.8.8.8",
    "2002:7f00:1::",
    "2002:a9fe:a9fe::1",
    "2002:0a00:0001::1",
    "2001:0:4136:e378:8000:63bf:3fff:fdd2",
    "2001::1",
    "2001:db8::1",
    "fe80::1",
    "fe80::1%eth0",
    "fec0::1",
    "fc00::1",
    "fd12:3456:789a::1",
    "ff02::1",
    "ff0e::1",
    "100::1",
    "3fff::1",
    "5f00::1",
    "not-an-address",
]
PUBLIC = [
    "8.8.8.8",
    "1.1.1.1",
    "93.184.216.34",
    "172.15.0.1",
    "172.32.0.1",
    "100.63.255.255",
    "100.128.0.1",
    "169.253.1.1",
    "2606:4700:4700::1111",
    "2a00:1450:4001:81b::200e",
    "64:ff9b::8.8.8.8",
    "::ffff:8.8.8.8",
    "2002:0808:0808::1",
]
REFUSED_URLS = [
    "http://example.com/",
    "ftp://example.com/",
    "file:///etc/passwd",
    "gopher://example.com/",
    "//example.com/",
    "example.com",
    "https://",
    "https:///x",
    "https://user@example.com/",
    "https://user:pass@example.com/",
    "https://example.com:8443/",
    "https://example.com:80/",
    "https://example.com:99999/",
    "https://example.com:x/",
    "https://example.com/#part",
    "https://exa mple.com/",
    "https://example.com/\r\nX: y",
    "https://example.com\\@127.0.0.1/",
    "https://127.0.0.1/",
    "https://10.0.0.1/",
    "https://169.254.169.254/latest/meta-data/",
    "https://[::1]/",
    "https://[::ffff:127.0.0.1]/",
    "https://[64:ff9b::7f00:1]/",
    "https://[fe80::1%25eth0]/",
    "https://bücher.example/",
    "javascript:alert(1)",
    "",
]
# Forms of 127.0.0.1 that a resolver understands, and names that lead inside.
NAMES_THAT_LEAD_INSIDE = [
    "localhost",
    "localhost.",
    "127.1",
    "2130706433",
    "0x7f000001",
    "0177.0.0.1",
    "0",
]


@pytest.mark.parametrize("address", PRIVATE)
def test_is_public_refuses(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", PUBLIC)
def test_is_public_allows(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize("url", REFUSED_URLS)
def test_parse_refuses(url: str) -> None:
    with pytest.raises(UrlNotAllowed):
        parse(url)


def test_parse_takes_a_public_url_apart() -> None:
    target = parse("https://hooks.example.com/in?shop=1")

    assert target.host_header == "hooks.example.com"
    assert target.url_at("93.184.216.34") == "https://93.184.216.34:443/in?shop=1"
    assert target.url_at("2606:4700::1") == "https://[2606:4700::1]:443/in?shop=1"


@pytest.mark.parametrize("name", NAMES_THAT_LEAD_INSIDE)
def test_resolve_refuses_names_that_lead_inside(name: str) -> None:
    target = parse(f"https://{name}/")

    with pytest.raises(AddressRefused):
        asyncio.run(resolve(target))


def _answers(*addresses: str) -> Any:
    def getaddrinfo(*_: Any, **__: Any) -> list[Any]:
        return [
            (
                socket.AF_INET6 if ":" in address else socket.AF_INET,
                socket.SOCK_STREAM,
                6,
                "",
                (address, 443),
            )
            for address in addresses
        ]

    return getaddrinfo


@pytest.mark.parametrize("inside", ["10.0.0.7", "::ffff:127.0.0.1", "169.254.169.254", "fd00::1"])
def test_resolve_refuses_a_name_with_one_private_address_among_public_ones(
    monkeypatch: pytest.MonkeyPatch, inside: str
) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", _answers("93.184.216.34", inside))

    with pytest.raises(AddressRefused):
        asyncio.run(resolve(parse("https://hooks.example.com/")))


def test_resolve_gives_the_address_that_was_checked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", _answers("93.184.216.34", "93.184.216.35"))

    assert asyncio.run(resolve(parse("https://hooks.example.com/"))) == "93.184.216.34"


def test_a_name_is_resolved_once_and_no_packet_goes_inside(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """DNS rebinding: the second answer would lead to a listener on this machine."""
    listener = socket.create_server(("127.0.0.1", 0))
    listener.settimeout(0.2)
    asked: list[str] = []
    first, second = _answers("198.51.100.1"), _answers("127.0.0.1")

    def rebinding(host: str, *args: Any, **more: Any) -> Any:
        asked.append(host)
        return (first if len(asked) == 1 else second)(host, *args, **more)

    monkeypatch.setattr(socket, "getaddrinfo", rebinding)
    claimed = Claim(
        delivery_id=1,
        endpoint_id=uuid7(),
        lease=uuid7(),
        url="https://rebinding.example/",
        message_id="evt_1",
        body="{}",
        secrets=("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",),
    )

    outcome = asyncio.run(sender.post(claimed))

    assert outcome.error == "address_refused"
    assert asked == ["rebinding.example"]
    with pytest.raises(TimeoutError):
        listener.accept()
    listener.close()


@pytest.mark.parametrize("url", ["https://localhost/", "https://127.0.0.1/", "http://127.0.0.1/"])
def test_post_to_a_private_target_is_refused(url: str) -> None:
    claimed = Claim(1, uuid7(), uuid7(), url, "evt_1", "{}", ("whsec_MfKQ9r8GKYqrTwjUPD8ILA==",))

    outcome = asyncio.run(sender.post(claimed))

    assert outcome.error == "address_refused"
    assert outcome.status_code is None


def test_private_targets_are_allowed_by_the_setting_alone(settings: Any) -> None:
    settings.WEBHOOK_ALLOW_PRIVATE = True

    assert parse("http://127.0.0.1:8080/x").port == 8080
    assert targets.private_allowed()
