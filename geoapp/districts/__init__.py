"""Districts: bounds, metric CRS, time zone, calendar, languages, days for each move, numbers to
call, background map, who runs the map (its slots: `rules`); their values are
`data/*_district.json`.

Never here: anything that stands in a district.
"""
