"""Questions across nouns: what is here, what is it called, what stands in this area.

Never here: facts of one noun, or anything that changes a fact.
"""
