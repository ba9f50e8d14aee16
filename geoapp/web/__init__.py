"""Pages for people: residents, platforms; words and dates in their language.

Never here: rules and queries; a page parses, makes one call and renders.
"""
