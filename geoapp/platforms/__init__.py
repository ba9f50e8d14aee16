"""Platforms and their areas.

Never here: budgets or plans (see budgets).
"""
