"""Words that somebody may have meant by one that no record has, looked for among the words of the real corpus."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rapidfuzz.distance import OSA

from hub.corpus import Corpus
from hub.engine.whoosh.spelling import close, parts
from hub.record import SECTIONS
from hub.text import fold
from hub.words import find_words

RECORDS = Path(__file__).resolve().parent.parent / "corpus"
MORE = ("scolaires", "otters")

# What is typed and what is meant.
TYPED = {
    "en": """
        indigenious/indigenous restoraton/restoration biodivesity/biodiversity seabrid/seabird wetlnd/wetland
        mangove/mangrove polinators/pollinators comunity/community grasland/grassland fishereis/fisheries
        recieve/receive enviroment/environment eradicaton/eradication managment/management rewildling/rewilding
        peatlnad/peatland habitt/habitat forrest/forest seagras/seagrass wildlfie/wildlife corridoor/corridor
        specis/species invasve/invasive coastall/coastal otterss/otters habiat/habitat
    """,
    "fr": """
        biodiversté/biodiversité envahisantes/envahissantes scolare/scolaires oiseux/oiseaux habitnts/habitants
        amenagment/aménagement comunautés/communautés protegéees/protégées chercheures/chercheurs
        conservatoir/conservatoire ecosystemmes/écosystèmes medicinalles/médicinales
    """,
    "es": """
        restauracon/restauración biodiversdad/biodiversidad comunidaes/comunidades indijenas/indígenas bosqes/bosques
        conservacoin/conservación umedales/humedales hectarias/hectáreas pescadorez/pescadores
        reintroducion/reintroducción sostenibel/sostenible guardiannes/guardianes
    """,
    "de": """
        Hochwaserschutz/Hochwasserschutz Lebensräme/Lebensräume Naturshutz/Naturschutz Gewässserschutz/Gewässerschutz
        Artenvielfallt/Artenvielfalt Landwirtschft/Landwirtschaft Renaturirung/Renaturierung Wildbinen/Wildbienen
        Bundesprogram/Bundesprogramm Wasserqualtät/Wasserqualität
    """,
    "pt": """
        florestta/floresta restaurasão/restauração cooperatva/cooperativa proprietaros/proprietários
        biodiversidde/biodiversidade qualidad/qualidade asociações/associações agroflorestall/agroflorestal
    """,
    "it": """
        biodiversitta/biodiversità pescattori/pescatori segnalazoni/segnalazioni mediteraneo/mediterraneo
        volontri/volontari associazzione/associazione progeto/progetto rifuti/rifiuti esperiensa/esperienza
    """,
}
PAIRS = [(language, *pair.split("/")) for language, pairs in TYPED.items() for pair in pairs.split()]

FAR = """
    xylophone kubernetes blockchain qwertz zzzzzz bitcoin smartphone quidditch algorithmus spaghetti jazz volleyball
    pokemon
"""

PIECES = """
    rain water hochwasser schutz river bank landschaft bund land wiese pflege frau verein oak grass grassland birds
    landbirds
"""
LETTERS = st.text("aabeinrst", min_size=1, max_size=14)


@pytest.fixture(scope="module")
def counts() -> Counter[str]:
    """In how many records each word is."""
    found = Counter(MORE)
    for entry in Corpus(RECORDS).entries():
        record = entry.record
        texts = [record.title, record.abstract, record.text, *(getattr(record, name) for name in SECTIONS)]
        found.update({fold(word) for text in texts for word, _ in find_words(text)})
    return found


@pytest.fixture(scope="module")
def known(counts) -> list[str]:
    return sorted(counts)


@pytest.mark.parametrize(("language", "typed", "meant"), PAIRS)
def test_what_is_meant_is_found(language, typed, meant, known, counts):
    found = close(fold(typed), known, lambda at: counts[known[at]])
    assert fold(meant) == found[0] or (language != "en" and fold(meant) in found)


def test_most_of_the_time_it_comes_first(known, counts):
    records = [counts[word] for word in known]
    first = [close(fold(typed), known, records)[0] == fold(meant) for _, typed, meant in PAIRS]
    assert len(PAIRS) >= 40
    assert sum(first) >= 0.9 * len(first)


@pytest.mark.parametrize("word", FAR.split())
def test_a_word_of_another_world_has_no_close_neighbour(word, known, counts):
    assert close(word, known, lambda at: counts[known[at]]) == []


@pytest.mark.parametrize("word", ["owl", "fog", "h2o", "co2", "2020s", "wetland5", ""])
def test_short_words_and_words_with_digits_are_not_guessed_at(word):
    assert close(word, ["bowl", "foggy", "h2so", "co2s", "2020", "wetlands", "owls"], [1] * 7) == []


@pytest.mark.parametrize(
    ("word", "other", "found"),
    [
        ("bear", "bird", False),
        ("bird", "bids", False),
        ("brid", "bird", True),
        ("rivers", "livery", True),
        ("rivers", "limery", False),
        ("riversides", "reparsites", False),
        ("protectional", "proditionel", False),
        ("biodivercitty", "biodiversity", True),
        ("beodivercitty", "biodiversity", True),
        ("treeses", "tree", False),
        ("birds", "bir", False),
        ("birds", "bird5", False),
    ],
)
def test_long_words_may_have_more_mistakes(word, other, found):
    assert close(word, [other], [1]) == ([other] if found else [])


@pytest.mark.parametrize(
    ("word", "better", "worse"),
    [
        ("grasland", "grassland", "grasslands"),  # fewer mistakes
        ("reeed", "reed", "reeled"),  # a doubled letter
        ("comunes", "communes", "comunies"),  # a letter that is missing beside the same
        ("sedar", "sadar", "segar"),  # a vowel for another
        ("conservasion", "conservacion", "conservabion"),  # letters that sound alike
        ("restration", "restoration", "restpration"),  # a vowel that is missing
        ("habtat", "habitat", "habxtat"),
        ("cedar", "codar", "sedar"),  # the same first letter
        ("cotton", "cottol", "cottonxx"),
    ],
)
def test_smaller_mistakes_come_first(word, better, worse):
    assert close(word, sorted([better, worse]), [1, 1])[0] == better


def test_of_equal_words_the_one_in_more_records_comes_first_then_the_alphabet():
    known = ["bards", "barks", "barns", "bars"]
    assert close("barzs", known, [1, 1, 1, 1], limit=9) == known
    assert close("barzs", known, [1, 2, 3, 1]) == ["barns", "barks", "bards"]


def test_a_much_more_frequent_word_makes_up_for_a_larger_mistake():
    assert close("habitt", ["habit", "habitat"], [1, 1]) == ["habit", "habitat"]
    assert close("habitt", ["habit", "habitat"], [1, 100]) == ["habitat", "habit"]


def test_at_most_so_many():
    known = ["wetlands", "wetlanda", "wetlande", "wetlandi"]
    assert len(close("wetland", known, [1] * 4)) == 3
    assert len(close("wetland", known, [1] * 4, limit=1)) == 1


def test_other_scripts():
    assert close(fold("биоразнобразие"), [fold("биоразнообразие")], [1]) == [fold("биоразнообразие")]
    assert close(fold("βιοποικλότητα"), [fold("βιοποικιλότητα")], [1]) == [fold("βιοποικιλότητα")]


@given(LETTERS, st.lists(LETTERS, unique=True), st.data())
def test_never_the_word_itself_and_always_the_same(word, known, data):
    counts = data.draw(st.lists(st.integers(1, 50), min_size=len(known), max_size=len(known)))
    found = close(word, known, counts)
    assert found == close(word, known, counts.__getitem__)
    order = sorted(range(len(known)), key=lambda at: known[at])
    assert found == close(word, [known[at] for at in order], [counts[at] for at in order])
    assert word not in found
    assert len(set(found)) == len(found) <= 3
    assert set(found) <= set(known)
    distances = [OSA.distance(word, other) for other in found]
    assert distances == sorted(distances)
    assert all(0 < distance <= 3 for distance in distances)


@pytest.mark.parametrize(
    ("word", "found"),
    [
        ("rainwater", ("rain", "water")),
        ("hochwasserschutz", ("hochwasser", "schutz")),
        ("riverbank", ("river", "bank")),
        ("landschaftsschutz", ("landschaft", "schutz")),  # linking letters
        ("bundesland", ("bund", "land")),
        ("wiesenpflege", ("wiese", "pflege")),
        ("frauenverein", ("frau", "verein")),
        ("waterbank", ("water", "bank")),
        ("grasslandbirds", ("grassland", "birds")),  # the longest shorter part
        ("rainwaters", ()),
        ("oakriver", ()),  # too short a part
        ("rain", ()),
        ("waterxbank", ()),
        ("", ()),
    ],
)
def test_a_word_made_of_two(word, found):
    assert parts(word, set(PIECES.split())) == found


@given(st.text("abens", max_size=16), st.frozensets(st.text("abens", max_size=8)))
def test_both_parts_are_known_and_make_up_the_word(word, known):
    found = parts(word, known)
    if found:
        first, second = found
        assert {first, second} <= known
        assert min(len(first), len(second)) >= 4
        assert word.startswith(first)
        assert word.endswith(second)
        assert word[len(first) : len(word) - len(second)] in ("", "s", "es", "n", "en")


def test_parts_of_words_of_the_corpus(known):
    words = frozenset(known)
    for word, found in {
        "mangroveforest": ("mangrove", "forest"),
        "coralreef": ("coral", "reef"),
        "insektenhotel": ("insekten", "hotel"),
        "kubernetes": (),
    }.items():
        assert parts(word, words) == found
