"""Migrations, each a frozen step; `geoapp db migrate` takes them all."""
