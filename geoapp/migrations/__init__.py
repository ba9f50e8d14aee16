"""Alembic migrations: frozen text, no imports from the house."""
