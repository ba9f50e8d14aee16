"""Answers for machines: the JSON API (its fields: `catalogue`), vector tiles (what a feature tells:
the tile question in the `queries` of its noun, then the field list in `tiles`), problem details.

Never here: rules and queries beyond the call that answers.
"""
