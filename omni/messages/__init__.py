"""Messages to people: one ledger of what was sent, by which way, and why it was allowed."""
