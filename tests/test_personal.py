"""What holds words for a moderator: phone numbers, e-mail addresses, licence plates."""

from time import perf_counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geoapp.moderation.rules import PersonalKind, find_personal

PHONE, EMAIL, PLATE = (frozenset({kind}) for kind in PersonalKind)
NOTHING: frozenset[PersonalKind] = frozenset()

SENTENCES = [
    # Phone numbers as people write them.
    ("Bel mij op 0612345678", PHONE),
    ("06-12345678", PHONE),
    ("06 12 34 56 78", PHONE),
    ("06 - 12 34 56 78 na zes uur", PHONE),
    ("06.12.34.56.78", PHONE),
    ("06/12345678", PHONE),
    ("o6-12345678 met de letter", PHONE),
    ("mijn nummer:0612345678.", PHONE),
    ("020-1234567", PHONE),
    ("020 123 45 67", PHONE),
    ("(020) 123 45 67", PHONE),
    ("0297-123456 is van de buurman", PHONE),
    ("+31 6 12345678", PHONE),
    ("+31612345678", PHONE),
    ("+31 (0)6 12 34 56 78", PHONE),
    ("+31 (0)20 123 45 67", PHONE),
    ("0031 6 1234 5678", PHONE),
    ("+32 470 12 34 56", PHONE),
    ("+49 1512 3456789", PHONE),
    ("+597 8123456 voor mijn zus", PHONE),
    ("bel 675 43 21 als het klaar is", PHONE),
    ("tel. 1234567", PHONE),
    ("app 06-1234 5678", PHONE),
    ("sinds 12-11-2026, bel 06 12345678", PHONE),
    ("niet 0900-8844 maar 06-12345678", PHONE),
    ("\uff10\uff16\uff11\uff12\uff13\uff14\uff15\uff16\uff17\uff18", PHONE),
    ("06\u201112345678", PHONE),
    ("06\u200b12345678", PHONE),
    ("06\u00ad1234\u20605678", PHONE),
    ("".join(f"{digit}\ufe0f\u20e3" for digit in "0612345678"), PHONE),
    ("06\n12345678", PHONE),
    ("06_12*34\u00b756\u221278", PHONE),
    ("https://wa.me/31612345678", PHONE),
    # E-mail addresses.
    ("Mail naam@example.org", EMAIL),
    ("naam.achternaam+kast@mail.example.nl graag", EMAIL),
    ("naam @ example . nl", EMAIL),
    ("naam apenstaartje example punt nl", EMAIL),
    ("naam (at) example.nl", EMAIL),
    ("naam [at] example [dot] com", EMAIL),
    ("naam at example punt nl", EMAIL),
    ("naam@\u200bexample.nl", EMAIL),
    # Licence plates, by their shapes.
    ("AB\u200b-12-34", PLATE),
    ("De auto AB-12-34 staat er weer", PLATE),
    ("12-34-AB", PLATE),
    ("12-AB-34", PLATE),
    ("AB-12-CD", PLATE),
    ("AB-CD-12", PLATE),
    ("12-AB-CD", PLATE),
    ("12-ABC-3", PLATE),
    ("1-ABC-23", PLATE),
    ("AB-123-C", PLATE),
    ("A-123-BC", PLATE),
    ("ABC-12-D", PLATE),
    ("A-12-BCD", PLATE),
    ("1-AB-234", PLATE),
    ("123-AB-4", PLATE),
    ("1-abc-23 in kleine letters", PLATE),
    ("1-ABC-234 uit België", PLATE),
    ("12 ABC 3 met spaties", PLATE),
    ("kenteken 12ABC3", PLATE),
    ("kenteken is GZ905K", PLATE),
    ("nummerplaat B AB 1234", PLATE),
    ("een busje 12ABC3 op de stoep", PLATE),
    ("Bel 0612345678 of naam@example.nl", PHONE | EMAIL),
    # What is no person's.
    ("De plank is los", NOTHING),
    ("Gooioord 123, derde verdieping", NOTHING),
    ("Reigersbos 12-14", NOTHING),
    ("Huisnummer 12-A", NOTHING),
    ("1102 AB 34", NOTHING),
    ("1102AB", NOTHING),
    ("Postcode 1103 XK, nummer 12-34", NOTHING),
    ("Sinds 01-12-2026 om 10.30 uur kapot", NOTHING),
    ("01-12-2026 10:30", NOTHING),
    ("2026-01-12 1030 12", NOTHING),
    ("Op 1-nov-26 gezien", NOTHING),
    ("elke dag van 10 tot 12 uur", NOTHING),
    ("van 10 om 12 en 3 van 12", NOTHING),
    ("Open van 09:00 tot 17:30", NOTHING),
    ("Gemeld als SIA-1234567", NOTHING),
    ("Gemeld als SIA 0123456789", NOTHING),
    ("Uw melding 1234567 van vorige week", NOTHING),
    ("Bel 14 020", NOTHING),
    ("Bij gevaar: 112", NOTHING),
    ("Bel 0800-1234", NOTHING),
    ("Bel 0900 8844 voor de politie", NOTHING),
    ("0900-123456", NOTHING),
    ("088 1234567 is van de dienst", NOTHING),
    ("Het kost € 1.250,00", NOTHING),
    ("wel 10.000.000 euro", NOTHING),
    ("52.0116, 4.0123456789", NOTHING),
    ("0.1234567890 graden", NOTHING),
    ("lantaarnpaal 12-345", NOTHING),
    ("paal 0612", NOTHING),
    ("GN-234", NOTHING),
    ("bij lijn 47 en 66", NOTHING),
    ("look at example.nl", NOTHING),
    ("3 @ 2.50 euro", NOTHING),
    ("volg @gemeente", NOTHING),
    ("A-2, A-9 en A-10", NOTHING),
    ("auto's op de stoep, 3 van de 10", NOTHING),
]


@pytest.mark.parametrize(("words", "kinds"), SENTENCES, ids=[words for words, _ in SENTENCES])
def test_what_leads_to_a_person_is_found_and_nothing_else(
    words: str, kinds: frozenset[PersonalKind]
) -> None:
    assert find_personal(words) == kinds


HOSTILE = st.text(alphabet="0612 .-_*()/+@abAB[]\u00a0tpun\n\u200b", max_size=40).map(
    lambda piece: (piece * 2000)[:2000]
)


@settings(max_examples=60, deadline=None)
@given(words=HOSTILE)
def test_no_words_keep_the_search_busy(words: str) -> None:
    begun = perf_counter()
    find_personal(words)
    assert perf_counter() - begun < 0.5
