"""What must happen once, how often something may happen, and what each import changed.

Never here: a noun; a key or a subject is only text to this room.
"""
