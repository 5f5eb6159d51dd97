"""The purposes of messages in plain words, for the ledger and the timeline."""

from journeys.messaging.purposes import PURPOSES
from omni.messages.phrases import register_purposes

register_purposes({purpose.code: purpose.label for purpose in PURPOSES.values()})
