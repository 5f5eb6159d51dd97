"""The ledger of a real retailer: UCI Online Retail, read, understood and loaded."""
