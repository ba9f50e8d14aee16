"""What must happen once, how often something may happen (`rules`), and what each import changed and
when it may be undone (`batches`).

Never here: a noun; a key or a subject is only text to this room.
"""
