"""Clean and safe: what is asked of a thing on the round (lists, by version), what was found, and
the `ladder` from a warning to removal; who may climb it, and when, is told by `rules` alone.

Never here: reports, which start nothing of this (defects); sentences on screen (web).
"""
