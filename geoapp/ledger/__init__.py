"""What must happen once, how often something may happen (`rules`), what each import changed and
when it may be undone (`batches`), who did what to which thing, sealed so that no change goes
unseen and a person can be erased (`audit`; the seals themselves: `chain`), and what needs a second
person (`four_eyes`).

Never here: a noun; a key, a subject, a thing or a person is only text to this room.
"""
