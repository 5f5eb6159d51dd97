"""Who moves the money: one file per way to pay, behind the protocols of ``base``."""

from orders.payments.gateways.base import OnlineGateway
from orders.payments.gateways.psp import PspGateway

_ONLINE: dict[str, OnlineGateway] = {gateway.code: gateway for gateway in (PspGateway(),)}


def online_gateway(code: str) -> OnlineGateway:
    """The provider with this code. Raises: LookupError."""
    return _ONLINE[code]
