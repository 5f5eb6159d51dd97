"""The payment service provider sandbox: a small HTTP server that stands for a card PSP.

It is a program of its own (``python -m omni.local.psp``) and shares nothing with the product
but the wire: its own port, its own durable journal, its own webhook retries. It imports neither
Django nor any package of the product, so that the product can only reach it as it would reach a
real provider, and so that either may be killed while the other lives.
"""
