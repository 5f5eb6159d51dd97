"""All writes of this folder, by name; each capability has its own file beside this one.

``queueing``: into the ledger, in the caller's transaction. ``sender``: out of it, by leases
(``ledger``), with no transaction open meanwhile; ``send_due`` and ``send_at_once`` are processes.
"""

from omni.messages.ledger import end_expired
from omni.messages.queueing import Draft, one_line, queue_message, queue_messages, sender_of
from omni.messages.sender import send_at_once, send_due

__all__ = [
    "Draft",
    "end_expired",
    "one_line",
    "queue_message",
    "queue_messages",
    "send_at_once",
    "send_due",
    "sender_of",
]
