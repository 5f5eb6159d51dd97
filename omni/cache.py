"""The cache, which nobody may depend on: when its server is away, it knows nothing."""

from collections.abc import Callable
from typing import Any

import structlog
from django.core.cache.backends.redis import RedisCache, RedisCacheClient
from redis.exceptions import RedisError

logger = structlog.get_logger("omni.cache")


def _forgiving(name: str, otherwise: Callable[..., Any]) -> Callable[..., Any]:
    def call(self: RedisCacheClient, *args: Any, **kwargs: Any) -> Any:
        try:
            return getattr(super(_ForgivingClient, self), name)(*args, **kwargs)
        except (RedisError, OSError) as error:
            logger.warning("cache is away", operation=name, error=type(error).__name__)
            return otherwise(*args, **kwargs)

    call.__name__ = name
    return call


class _ForgivingClient(RedisCacheClient):
    add = _forgiving("add", lambda *_, **__: True)
    get = _forgiving("get", lambda key, default=None, **__: default)
    set = _forgiving("set", lambda *_, **__: None)
    touch = _forgiving("touch", lambda *_, **__: False)
    delete = _forgiving("delete", lambda *_, **__: False)
    get_many = _forgiving("get_many", lambda *_, **__: {})
    has_key = _forgiving("has_key", lambda *_, **__: False)
    incr = _forgiving("incr", lambda key, delta=1, **__: delta)
    set_many = _forgiving("set_many", lambda *_, **__: None)
    delete_many = _forgiving("delete_many", lambda *_, **__: None)
    clear = _forgiving("clear", lambda *_, **__: True)


class ForgivingRedisCache(RedisCache):
    """Django's Redis cache, whose failures are misses."""

    def __init__(self, server: str, params: dict[str, Any]) -> None:
        super().__init__(server, params)
        self._class = _ForgivingClient
