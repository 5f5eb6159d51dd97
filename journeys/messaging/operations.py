"""All writes of this folder, by name; each capability has its own file beside this one.

``listening``: the subscription, from events to messages. ``unreached``: what is done for those whom
none reached. ``writing``: what people and the clock
decide on. Both compose by ``composing`` and queue in the ledger of ``omni.messages``.
"""

from journeys.messaging.listening import tell_customers
from journeys.messaging.unreached import call_unreached
from journeys.messaging.writing import remind_of_pickups, send_again, send_receipt

__all__ = ["call_unreached", "remind_of_pickups", "send_again", "send_receipt", "tell_customers"]
