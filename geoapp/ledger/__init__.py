"""Ledger: what must happen once, and how often something may happen.

Never here: a noun; a key or a subject is only text to this room.
"""
