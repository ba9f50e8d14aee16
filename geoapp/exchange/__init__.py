"""Files in, files out.

Never here: uploads of strangers (these get their own gate), or rules about a noun.
"""
