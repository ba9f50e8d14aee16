"""Assets: their kinds, which details each kind may have, whose they are, who keeps them.

Never here: under which agreement (agreements), who holds a key (keys), who pays (budgets) or what
is broken (defects).
"""
