"""Files in, files out: imports by layout (the layouts themselves, column by
column, are `data/layouts`), the demo, examples, backups, reports row by row.

Never here: uploads of strangers (these get their own gate), or rules about a noun.
"""
