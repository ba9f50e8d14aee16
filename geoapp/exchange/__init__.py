"""Files in, files out: imports by layout, the demo, examples, backups.

Never here: uploads of strangers (these get their own gate), or rules about a noun.
"""
