"""Moderation: what of a report is held or hidden, by whose verdict, and the appeal against it.

Never here: the pin, the state of a report, or whose move it is; those are never moderated.
"""
