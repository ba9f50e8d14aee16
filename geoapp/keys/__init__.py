"""Keys: which there are, what they open, who has each and how it came to them.

Never public: nothing of this room leaves for anybody but those who manage the thing, and whoever
has the key or is to have it. Never here: who keeps what part of a thing (duties, in assets).
"""
