"""Exact answers that take long: asked by somebody, worked on by a process of its own, cancelled.

Never here: how such an answer is found.
"""
