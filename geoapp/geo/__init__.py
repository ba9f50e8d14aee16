"""Pure geometry: coordinate systems, shapes, tile ids, symbols.

Never here: a noun of the service, a database, a request.
"""
