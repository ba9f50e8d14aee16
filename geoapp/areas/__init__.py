"""Areas: official ones (imported, read-only), organic neighbourhoods, names, figures.

Never here: platforms, assets, money.
"""
