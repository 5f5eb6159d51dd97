"""All writes of stock, by the name under which callers know them.

Claims (hold, commit, release) are in ``claims``; what is kept for a person in ``requests``; goods
that move (put, take, consume, undo) in ``goods``; what people find at the shelf (correct,
move_bucket) in ``corrections``; entries posted many at once in ``posting``. The statements that
check and write are in ``ledger``.
"""

from inventory.stock.claims import commit, expire_holds, hold, release, release_lines
from inventory.stock.corrections import correct, move_bucket, set_safety
from inventory.stock.errors import (
    AlreadyCommitted,
    BucketTooSmall,
    NoSuchStock,
    NotCommitted,
    NothingToUndo,
    OutOfStock,
    QuantityNotValid,
    StockChangeNotValid,
    StockReferenceReused,
)
from inventory.stock.goods import consume, put, take, undo
from inventory.stock.lines import Entry, StockArrival, StockRequest
from inventory.stock.posting import post
from inventory.stock.requests import pass_requests, release_request, request

__all__ = [
    "AlreadyCommitted",
    "BucketTooSmall",
    "Entry",
    "NoSuchStock",
    "NotCommitted",
    "NothingToUndo",
    "OutOfStock",
    "QuantityNotValid",
    "StockArrival",
    "StockChangeNotValid",
    "StockReferenceReused",
    "StockRequest",
    "commit",
    "consume",
    "correct",
    "expire_holds",
    "hold",
    "move_bucket",
    "pass_requests",
    "post",
    "put",
    "release",
    "release_lines",
    "release_request",
    "request",
    "set_safety",
    "take",
    "undo",
]
