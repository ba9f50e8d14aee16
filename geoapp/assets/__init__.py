"""Assets: their kinds, which details each kind may have, whose they are, who keeps them, when they
were last seen and by which sort of people.

Never here: under which agreement (agreements), who holds a key (keys), who pays (budgets) or what
is broken (defects).
"""
