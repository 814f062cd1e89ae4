"""Stems: British and American spelling make no difference, and words that only look like it stay apart."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from hub.spelling_en import one_spelling
from hub.words import stems

# British and American.
SAME = """
    organise/organize organised/organized organising/organizing organisation/organization organiser/organizer
    organisational/organizational fertiliser/fertilizer fertilisers/fertilizers colonisation/colonization
    urbanisation/urbanization mobilise/mobilize mobilisation/mobilization prioritise/prioritize recognise/recognize
    recognisable/recognizable stabilise/stabilize synthesise/synthesize emphasise/emphasize decentralised/decentralized
    minimising/minimizing summarises/summarizes baptise/baptize ionising/ionizing analyse/analyze analysed/analyzed
    analysing/analyzing catalyse/catalyze hydrolysed/hydrolyzed colour/color colours/colors colourful/colorful
    behaviour/behavior behavioural/behavioral harbour/harbor harbours/harbors labour/labor labourers/laborers
    neighbourhood/neighborhood neighbouring/neighboring favourable/favorable unfavourable/unfavorable favourite/favorite
    honoured/honored vapour/vapor odour/odor humour/humor vigour/vigor discolouration/discoloration
    multicoloured/multicolored endeavour/endeavor centre/center centres/centers centred/centered centring/centering
    metre/meter kilometres/kilometers litre/liter litres/liters millilitres/milliliters fibre/fiber
    fibreglass/fiberglass theatre/theater meagre/meager ochre/ocher sombre/somber lustre/luster epicentre/epicenter
    manoeuvre/maneuver manoeuvring/maneuvering travelled/traveled travelling/traveling travellers/travelers
    modelling/modeling modelled/modeled labelled/labeled channelled/channeled fuelled/fueled refuelling/refueling
    levelling/leveling tunnelling/tunneling shovelling/shoveling signalling/signaling cancelled/canceled dialled/dialed
    counsellor/counselor trialled/trialed focussed/focused benefitted/benefited marvellous/marvelous catalogue/catalog
    catalogues/catalogs catalogued/cataloged cataloguing/cataloging dialogue/dialog dialogues/dialogs analogue/analog
    defence/defense defences/defenses offence/offense licence/license licences/licenses pretence/pretense
    practise/practice practised/practiced practising/practicing haemoglobin/hemoglobin anaemia/anemia oestrogen/estrogen
    foetus/fetus archaeology/archeology archaeological/archeological palaeontology/paleontology palaearctic/palearctic
    oedema/edema diarrhoea/diarrhea paediatric/pediatric faeces/feces grey/gray greyish/grayish plough/plow
    ploughed/plowed mould/mold moult/molt programme/program programmes/programs dyke/dike dykes/dikes fulfil/fulfill
    fulfilment/fulfillment enrol/enroll enrolment/enrollment skilful/skillful wilful/willful aluminium/aluminum
    sulphur/sulfur sulphate/sulfate draught/draft cosy/cozy sceptic/skeptic sceptical/skeptical artefact/artifact
    artefacts/artifacts mollusc/mollusk molluscs/mollusks woollen/woolen jewellery/jewelry yoghurt/yogurt
    judgement/judgment ageing/aging sizeable/sizable learnt/learned burnt/burned enquiry/inquiry Colour/COLOR
    chequered/checkered
"""

# Written alike in Britain and America, though they look like words that are not.
UNCHANGED = """
    four hour tour pour sour flour our your contour velour devour scour detour troubadour paramour tourism course
    source resource court journal encourage wise rise arise promise exercise surprise advise advice revise precise
    concise noise raise praise cruise enterprise expertise merchandise disguise franchise otherwise likewise paradise
    premise tortoise comprise size sized resize oversized capsize prize prized seize seizing maize citizen horizon
    lizard grizzly amazon belize acre genre ogre massacre mediocre lucre cadre timbre nacre macabre tree were more
    falling selling filling filled controlling controlled installing compelling distilled killed felling patrolled
    dwelling willing skilled smaller spelling excelled rebelled parallel metallic crystalline dialect blog ecologist
    league tongue vague evidence science residence audience influence existence fence sense dense consensus
    aerial aerobic algae larvae does shoes canoe phoenix poem storey story tyre tire kerb curb cheque check tonne ton
    shoulder should drought thought tough laboratory coral moral flora floral forest
"""

APART = """
    fertilizer/fertile fertiliser/fertile urbanization/urban organization/organic organisation/organ mobilize/mobile
    specialize/special colonization/colon realize/real generalize/general utilize/utility prize/prise advise/advice
    wise/wide liter/literal litre/literature willful/willing analog/analogy four/for four/fore hour/hoar tour/tor
    pour/poor sour/sore flour/flor flour/floor our/or your/yore contour/contort devour/devote scour/score detour/deter
    troubadour/door labour/laboratory labor/laboratory colour/colony honour/honest harbour/harbinger harbour/arbour
    vapour/vain odour/order rumour/room armour/arm parlour/parlance centre/central metre/metric metre/metro litre/litter
    litre/lit fibre/fibula theatre/threat mitre/mite spectre/spectrum acre/acer genre/gender ogre/ogle cadre/cadet
    timbre/timber tyre/tire kerb/curb cheque/check storey/story tonne/ton falling/failing filling/filing tilling/tiling
    stalling/staling grey/great mould/mount plough/slough draught/drought dyke/duke moult/mount mollusc/muscle
    model/mode label/labial channel/chain level/lever signal/sign total/tote panel/pan medal/metal trial/try fuel/full
    catalogue/catalyst dialogue/dialect defence/defer licence/lichen sceptic/septic haem/hem foetus/feet
    archaeology/archery aerial/areal palaeontology/pale palaearctic/nearctic program/progress fulfil/full
    recentre/recent grass/graze hose/house
"""


def pairs(text: str) -> list[list[str]]:
    return [pair.split("/") for pair in text.split()]


def stem(word: str, tag: str = "en") -> str:
    return stems(word, (tag,))[0]


def test_there_are_enough_examples():
    assert min(len(pairs(SAME)), len(pairs(APART)), len(UNCHANGED.split())) >= 60


@pytest.mark.parametrize(("british", "american"), pairs(SAME))
def test_british_and_american_words_share_a_stem(british, american):
    assert stem(british) == stem(american)


@pytest.mark.parametrize("word", UNCHANGED.split())
def test_words_that_only_look_british_or_american_stay_as_they_are(word):
    assert one_spelling(word) == word


@pytest.mark.parametrize(("one", "other"), pairs(APART))
def test_different_words_stay_apart(one, other):
    assert stem(one) != stem(other)


def test_forms_of_a_word_share_its_stem_in_either_spelling():
    assert {stem(word) for word in ("fertilise", "fertilizing", "fertilisers", "fertilization")} == {"fertilis"}
    assert {stem(word) for word in ("label", "labelled", "labeling", "labels")} == {"label"}
    assert {stem(word) for word in ("program", "programmes", "programmed", "programming")} == {"program"}
    assert {stem(word) for word in ("meter", "metres", "metered", "metering")} == {"meter"}


def test_other_languages_keep_their_spelling():
    assert stem("couleur", "fr") == "couleur"
    assert stem("labour", "fr") == "labour"
    assert stem("centre", "fr") == "centr"
    assert stem("organiza", "es") == stem("organiza", "es")
    assert stems("colour", ("en", "fr")) == ["color", "colour"]


PARTS = """
    colour or our iz is ation e ed ing s er travel label l ll catalog ue centre metre re haem o aemia sulph ph mould
    grey liter litre will ful size pr plough defence practis program me gramme analyz lyz y a t cancel dge ment
"""
WORDS = st.lists(st.sampled_from(PARTS.split()), min_size=1, max_size=5).map("".join)


@given(WORDS | st.text("abcdefghilmnoprstuyz", max_size=14) | st.text())
@example("catalogs")
@example("liters")
@example("chillies")
def test_a_word_in_the_one_spelling_stays_in_it(word):
    assert one_spelling(one_spelling(word)) == one_spelling(word)


def test_no_word_takes_long():
    for hostile in ("a" * 100_000 + "iz", "iz" * 50_000, "l" * 100_000 + "ed", "ly" * 50_000 + "z", "our" * 30_000):
        one_spelling.__wrapped__(hostile)
