"""The courtesy limit: how much one principal may ask of one process in a minute.

It keeps a runaway client from starving others and costs no round trip; it is best effort by design.
What guards a secret is counted in the database instead (``omni.rest.limits``).
"""

from __future__ import annotations

import time

from django.conf import settings
from django.http import HttpRequest
from rest_framework.exceptions import Throttled

WINDOW = 60

_counts: dict[str, int] = {}
_window = 0


def spend(principal: str) -> tuple[int, int, int]:
    """Count one request: limit, what remains, seconds until the window ends.

    Raises: Throttled. A limit of 0 switches it off.
    """
    global _counts, _window
    limit: int = settings.API_REQUESTS_PER_MINUTE
    now = int(time.time())
    window = now // WINDOW
    if window != _window:
        _window, _counts = window, {}
    used = _counts.get(principal, 0) + 1
    _counts[principal] = used
    resets = WINDOW - now % WINDOW
    if limit and used > limit:
        raise Throttled(wait=resets)
    return limit, max(0, limit - used), resets


def client_address(request: HttpRequest) -> str:
    """The caller's address; behind proxies of ours, the one that the outermost of them saw.

    ``TRUSTED_PROXIES`` says how many proxies in front append to X-Forwarded-For.
    """
    proxies: int = settings.TRUSTED_PROXIES
    if proxies:
        chain = [part.strip() for part in request.headers.get("X-Forwarded-For", "").split(",")]
        if len(chain) >= proxies and chain[-proxies]:
            return chain[-proxies]
    return str(request.META.get("REMOTE_ADDR", ""))
