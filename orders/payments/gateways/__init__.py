"""Who moves the money: one file per way to pay, behind the protocols of ``base``."""
