"""How much is known of what stands where: of each area and kind complete, partial or unknown.

Never here: the things themselves.
"""
