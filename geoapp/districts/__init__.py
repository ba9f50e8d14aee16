"""Districts: slug, bounds, metric CRS, time zone, calendar, languages.

Never here: anything that stands in a district.
"""
