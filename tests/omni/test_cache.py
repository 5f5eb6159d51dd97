"""A cache whose server is away knows nothing, and harms nobody."""

from omni.cache import ForgivingRedisCache


def test_cache_without_a_server_answers_as_if_it_were_empty() -> None:
    cache = ForgivingRedisCache("unix:///nowhere/valkey.sock?db=1", {})

    cache.set("a", 1)

    assert cache.get("a", "nothing") == "nothing"
    assert cache.add("a", 1)
    assert cache.get_many(["a", "b"]) == {}
    assert cache.incr("a", 2) == 2
    assert not cache.delete("a")
    assert "a" not in cache
