"""Reports and their life: categories, three axes, one public state, whose move it is (how many
days a move may take is the district's).

Never here: who may see or do what (people), or how a page says it (web).
"""
