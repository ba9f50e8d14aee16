"""Assets: their kinds, which details each kind may have, whose they are, who keeps them, under
which agreement.

Never here: who pays (budgets) or what is broken (defects).
"""
