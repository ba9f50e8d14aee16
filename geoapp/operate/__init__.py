"""What operators see: health, figures, logs.

Never here: a page, a noun's words, anything about who asked.
"""
