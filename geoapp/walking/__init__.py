"""Networks of paths to walk along, as they were imported.

Never here: where anybody walks from or to.
"""
