"""Answers for machines: the JSON API, vector tiles, problem details.

Never here: rules and queries beyond the call that answers.
"""
