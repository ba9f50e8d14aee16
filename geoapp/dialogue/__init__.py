"""What is said of a report after it came: the voices of those who live with it, what its handler
does, the ladder, days that are over, the word that goes to its followers at once or once a week
(`digests`), and the week's list of an organisation (`monday`).

Never here: the table of a report's life, which is in `defects`; how any of this is worded.
"""
