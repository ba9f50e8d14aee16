"""Files of a register that somebody brought and has not loaded yet: the bytes as they came and what
was chosen of them, for a day.

Never here: what stands in a file (`exchange.uploads`), nor what loading it does.
"""
