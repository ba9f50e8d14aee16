"""Recognition: the file in which a platform shows who it is, by criteria that platforms own, and
what reviewers decided with reasons.

Never here: a score, a total or a rank of any kind.
"""
