"""Tests: each is a sentence about one behaviour, on a real PostGIS and a real browser."""
