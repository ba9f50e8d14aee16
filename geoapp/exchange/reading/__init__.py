"""Readers of a stranger's map file: GeoJSON, GeoPackage, Shapefile and CSV, from memory alone. They
run in `program`, a process of its own with limits; no file is opened, and none is written.

Never here: GDAL, the database, what a column means.
"""
