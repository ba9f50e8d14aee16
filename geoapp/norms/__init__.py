"""How far is near: norms with their source's own text, versions and owners; an area's own norm.

Never here: who lives within a distance, or what stands there.
"""
