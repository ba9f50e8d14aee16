"""Plans: what platforms and residents want to make, place by place, from idea to realised; what is
said of it, who decided with which reasons, and the spending that a second person confirms.

Never here: lines and their balances (budgets), or the things that stand (assets).
"""
