"""Organic neighbourhoods by agreement: what residents answer, platforms declare and anybody draws,
counted per cell of 25 m; and the population cells of 100 m that say how many people that is.

Never here: names and shapes of areas (areas), or who is active there (platforms).
"""
