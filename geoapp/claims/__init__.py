"""Claims: which platforms say that an area is theirs, side by side, and whom the district's
commission chose to speak for it, with its reasons.

Never here: a rank of platforms, or what a platform is (platforms).
"""
