"""Budgets: rounds, lines, and the funding of assets.

Never here: a decision about an asset itself.
"""
