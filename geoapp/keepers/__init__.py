"""Keepers: whose a thing becomes, who takes over which part of keeping it, and under which
framework contract it is built; each from a day on, and what was stays on record.

Never here: the thing itself and its tables (assets), keys, agreements, what keeping costs.
"""
