"""Pages for people: the live map (`home`), snapshot maps with their legend (`maps`), maps drawn as
SVG (`drawn_map`, `spots`), things (`residents`), that they are still there (`sightings`), when they
open (`hours`, `hours_editing`), their signs to print (`signs`), what an organisation keeps
(`keeping`) and puts on the map (`placing`, `moving`, with the `chooser`), what keepers change
(`register_editing`, `keepers_editing`, `contracts`, `agreements`, `agreement_editing`, `keys`),
whether things are clean and safe (`clean_safe`, `rounds`, `inspecting`, `removing`, for whom:
`hands`), what nobody does (`care`), whom to call (`contacts`), an officer's own register
(`register_pages`, `register_steps`), reports, areas and platforms (`platforms`), the form
(`report`), the three words of residents (`voices`), the desk of whoever keeps things right
(`desk`), its list of the week (`monday`) and what draws it on paper (`prints`), how reports are
answered (`answers`), whose map this is, privacy and accessibility (`trust`); words in the reader's
language (`words`).

Never here: rules and queries; a page parses, makes one call and renders.
"""
