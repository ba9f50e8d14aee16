"""Reports and their life: three axes, one public state, whose move it is.

Never here: who may see or do what (people), or how a page says it (web).
"""
