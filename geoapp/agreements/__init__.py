"""Agreements: one paper for many assets, who undertakes what, from when until when, and its scan,
which only those who manage it ever get.

Never here: who holds a key (keys), who keeps what part of a thing (duties, in assets).
"""
