"""Putting things on the map: where a new one stands, whose it is and who keeps it; moving it, and
drawing its outline.

Never here: what is known of a thing (assets), files full of them (exchange), forms (web).
"""
