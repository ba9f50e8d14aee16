"""Where is nothing, and for whom: need without provision, as far as it is known.

`worlds` are plain arrays; all but `reading` and what stands on it is pure. Never here: facts of one
noun, or anything that changes a fact.
"""
