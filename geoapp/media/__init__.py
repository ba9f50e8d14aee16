"""Pictures: which formats and how large (`rules`; what reads them: `decoder`), the one gate every
photo passes, and the store that keeps them.

Two doors more than other nouns have. `gate` hands an upload to `decoder`, a program of its own
with limits, which alone touches the bytes of a stranger; `store` is the files on disk. Both
stand beside the four: they hold no row, and the four hold no file.

Never here: what a picture shows, and whose it is.
"""
