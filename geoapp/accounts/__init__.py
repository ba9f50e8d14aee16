"""Signing in: links by mail, sessions, second factors, tokens of machines.

Never here: what somebody may do (people), or how a page or a header reads.
"""
