"""Pages for people: the map, things, reports, areas, platforms; words in their language.

Never here: rules and queries; a page parses, makes one call and renders.
"""
