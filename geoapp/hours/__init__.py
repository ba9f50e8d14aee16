"""Opening hours: the week of a thing, days that differ, "closed today", and the district's calendar
of holidays; whether it is open is told by `rules` alone.

Never here: what is broken (defects), sentences on screen (web).
"""
