"""Who needs something, square by square: the people of the figures, and layers that are imported.

Never here: what they need, or how far it is. No figure is made up from another.
"""
