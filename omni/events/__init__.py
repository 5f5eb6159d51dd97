"""The log of what happened, which is also the outbox."""
