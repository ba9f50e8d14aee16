"""Files in, files out: imports by layout (the layouts themselves, column by
column, are `data/layouts`), the demo, examples, backups, reports row by row; and what a stranger
uploads, through its own gate (`uploads`).

Never here: a rule about a noun, or GDAL for a file that is not the operator's own.
"""
