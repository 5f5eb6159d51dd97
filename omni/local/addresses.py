"""The addresses of the embedded servers, the same for every process that shares a data folder."""

from dataclasses import dataclass
from urllib.parse import quote

from omni.local.paths import places
from omni.local.postgres import database_url


@dataclass(frozen=True)
class Addresses:
    """What settings use where the environment names no server."""

    database: str
    broker: str
    cache: str


def embedded_addresses() -> Addresses:
    where = places()
    socket = quote(str(where.valkey_socket))
    return Addresses(
        database=database_url(where.postgres_sockets),
        broker=f"redis+socket://{socket}?virtual_host=0",
        cache=f"unix://{socket}?db=1",
    )
