"""The database: base, session and transaction, spatial expressions, migrations, private cluster.

Never here: a noun of the service.
"""
