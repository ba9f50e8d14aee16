"""Care: what nobody does. Which things have nobody who keeps them, nobody who pays, an agreement
that ends, no inspection in its time; kept as rows, so that a page reads only what it shows.

Never here: the facts it follows from (assets, agreements, inspections, budgets), and nothing of
keys, which are no public matter.
"""
