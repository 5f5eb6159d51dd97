"""Which servers this process uses, and the embedded database under a management command."""

import contextlib
import sys
from collections.abc import Iterator, Sequence
from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from omni.local.account import NoAccount
from omni.local.binaries import BinaryMissing
from omni.local.paths import UnsafeFolder, places
from omni.local.postgres import ServerFailed
from omni.local.sharing import Lease

# `up` holds the database itself; the others read and write files only.
WITHOUT_DATABASE = frozenset(
    {
        "", "check", "collectstatic", "compilemessages", "diffsettings", "findstatic", "help",
        "lab", "makemessages", "spectacular", "startapp", "up", "version",
    }
)  # fmt: skip
FAILURES = (ServerFailed, BinaryMissing, UnsafeFolder, NoAccount)


@contextlib.contextmanager
def database_for(arguments: Sequence[str]) -> Iterator[None]:
    """Brings the embedded database for one command, or shares the one that runs."""
    if not _needs_database(arguments):
        yield
        return
    if not settings.IS_DATABASE_EMBEDDED:
        say(f"database: {address(settings.DATABASE_URL)}")
        yield
        return
    lease = Lease(places())
    try:
        lease.take()
        how = "started for this command" if lease.started else "shared with what runs already"
        say(f"database: embedded PostgreSQL in {places().postgres}, {how}")
        yield
    finally:
        lease.give_back()


def settings_error() -> str | None:
    """What is wrong with the settings, in the words of the settings."""
    try:
        settings.DATABASES  # noqa: B018  the first access reads the file
    except (ImproperlyConfigured, *FAILURES) as error:
        return str(error)
    return None


def address(url: str) -> str:
    """A server's address without user, password and options."""
    parts = urlsplit(url)
    host = (parts.hostname or "") + (f":{parts.port}" if parts.port else "")
    return f"{parts.scheme}://{host}{parts.path}"


def say(text: str) -> None:
    """To standard error: what a command prints may be read by a program."""
    print(f"omni: {text}", file=sys.stderr, flush=True)


def _needs_database(arguments: Sequence[str]) -> bool:
    command = arguments[1] if len(arguments) > 1 else ""
    if command == "check" and "--database" in arguments:
        return True
    asks_help = {"-h", "--help", "--version"} & set(arguments)
    return command not in WITHOUT_DATABASE and not asks_help
