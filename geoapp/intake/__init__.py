"""What people send in: how many words and photos, checked, routed to its first addressee, stored
exactly once.

Never here: what becomes of a defect afterwards (defects), or how a form or an API reads.
"""
