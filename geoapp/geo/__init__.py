"""Pure geometry: coordinate systems, shapes, tile ids (`tile`), and how each symbol is drawn
(`symbol`; its colours: `static/css/tokens.css`).

Never here: a noun of the service, a database, a request.
"""
