"""geoapp: who pays for, keeps and answers for every place in a neighbourhood.

Nouns live inside, tongues outside; the map of the house is in the README.
"""
