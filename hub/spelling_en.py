"""British and American spelling brought to one, so that a search in either finds texts in both.

Of two spellings of a word, the one is kept whose stem meets fewer other words: -ise, because the stem of *fertilizer*
is that of *fertile*; -logue, because the stem of *analog* is that of *analogy*; otherwise the American one. Words are
listed wherever a rule would take others along, such as *tour*, *genre* and *size*.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from itertools import product


def _list(words: str) -> list[str]:
    return words.split()


def _table(pairs: str) -> dict[str, str]:
    return dict(pair.split("/") for pair in pairs.split())


def _plural(table: dict[str, str]) -> dict[str, str]:
    return {f"{word}s": f"{one}s" for word, one in table.items()} | table


def _re(prefixes: Iterable[str], roots: Iterable[str]) -> dict[str, str]:
    stems = ["".join(parts) for parts in product(prefixes, roots)]
    return _plural({f"{stem}re": f"{stem}er" for stem in stems}) | {f"{stem}red": f"{stem}ered" for stem in stems}


# Wholes, and the same with an s behind.
_WORDS = _table("""
    aeon/eon aeroplane/airplane ageing/aging appal/appall ax/axe burnt/burned carcase/carcass chilli/chili
    chillies/chilies cosier/cozier cosiest/coziest cosily/cozily cosiness/coziness cosy/cozy councillor/councilor
    disc/disk distil/distill dreamt/dreamed dyke/dike dyked/diked dyking/diking enrol/enroll enrolment/enrollment
    enthral/enthrall fulfil/fulfill fulfilment/fulfillment gaol/jail gipsies/gypsies gipsy/gypsy instal/install
    instalment/installment instil/instill learnt/learned liquorice/licorice maths/math moult/molt moulted/molted
    moulting/molting moustache/mustache omelette/omelet pedlar/peddler pyjama/pajama spoilt/spoiled waggon/wagon
    whisky/whiskey woollen/woolen woollies/woolies woolly/wooly yoghurt/yogurt gramme/gram kilogramme/kilogram
    milligramme/milligram programme/program reprogramme/reprogram centring/centering lacklustre/lackluster
    manoeuvre/maneuver manoeuvred/maneuvered
""")
_WORDS = _plural(_WORDS) | {"carcases": "carcasses"}
_WORDS |= _re(
    ["", "amphi", "centi", "epi", "hecto", "kilo", "micro", "milli", "nano"],
    _list("calib cent fib goit louv lust meag met mit och sab saltpet scept sepulch somb spect theat tit"),
)
# The other way round, since *literal* and *willing* have the stems of the American words.
_WORDS |= _plural({f"{prefix}liter": f"{prefix}litre" for prefix in ("", "centi", "deci", "hecto", "milli")})

_BEGINNINGS = _table("""
    aesthet/esthet aetiolog/etiolog aluminium/aluminum amoeb/ameb anaem/anem anaesth/anesth artefact/artifact
    caesium/cesium chequer/checker centref/centerf centrel/centerl centrep/centerp chimaera/chimera coeliac/celiac
    connexion/connection defence/defense diarrhoea/diarrhea encyclopaed/encycloped enquir/inquir faec/fec fibreb/fiberb
    fibreg/fiberg foetal/fetal foeti/feti foetus/fetus grey/gray gynaec/gynec haema/hema haemo/hemo homoeo/homeo
    jewellery/jewelry leukaem/leukem licenc/licens manoeuvra/maneuvera manoeuvri/maneuveri mediaev/mediev
    mollusc/mollusk oedem/edem oenolog/enolog oesoph/esoph oestr/estr offence/offense orthopaed/orthoped
    paediatr/pediatr paedo/pedo practis/practic pretence/pretense primaev/primev sceptic/skeptic skilful/skillful
    syphon/siphon theatreg/theaterg tranquilli/tranquili willful/wilful
""")
_ANYWHERE = _table("""
    archaeo/archeo cognizan/cognisan dgement/dgment draught/draft likeabl/likabl liveabl/livabl mould/mold
    moveabl/movabl palae/pale plough/plow saleabl/salabl sizeabl/sizabl sulph/sulf tradeabl/tradabl useabl/usabl
""") | {
    f"{root}our": f"{root}or"
    for root in _list("""
        arb ard arm behavi cand clam col demean dol enam endeav fav ferv flav glam harb hon hum lab neighb od parl ranc
        rig rum savi sav splend succ tum val vap vig
    """)
}

# Verbs that double their last letter before an ending, though it is not stressed: *travelling*.
_DOUBLING = tuple(
    _list("""
    apparel barrel benefit bevel bias bushel cancel carol cavil channel chisel combat counsel cudgel dial dishevel
    drivel duel enamel equal flannel focus fuel funnel gravel grovel hovel imperil initial jewel kennel kidnap label
    laurel level libel marshal marvel medal model panel parcel pedal pencil pummel quarrel ravel revel rival shovel
    shrivel signal snivel snorkel spiral squirrel stencil swivel symbol target tassel total towel travel trial trowel
    tunnel victual weasel worship yodel
    """)
)

_BEGINNING = re.compile("|".join(_BEGINNINGS))
_INSIDE = re.compile("|".join(_ANYWHERE))
_DOUBLED = re.compile(r"(.*([lpst]))\2((?:e[ds]|ings?|ers?|ors?|ous|ously|ists?)$)")
_IZE = re.compile(r"iz(?=(?:e[ds]?|ers?|ings?|ingly|ements?|abl[ey]|ability|ation(?:s|al|ally)?)$)")
_NOT_IZE = re.compile(r"(?:as|cap|down|life|mid|out|over|re|right|super|under|up)s|bel|(?:ap|re|sur|un)?pr")
_VOWEL = re.compile("[aeiouy]")
_LYZE = re.compile(r"(.*ly)z(e[ds]?|ers?|ing|able)$")
_LOG = re.compile(r"((?:ana|cata|dia|epi|homo|mono|pro|trave)log)(s?|ed|ers?|ing)$")


@lru_cache(maxsize=100_000)
def one_spelling(word: str) -> str:
    """An English word in lower case as this module spells it: `colour` -> `color`, `organization` -> `organisation`."""
    if word in _WORDS:
        return _WORDS[word]
    if begins := _BEGINNING.match(word):
        word = _BEGINNINGS[begins[0]] + word[begins.end() :]
    word = _INSIDE.sub(lambda found: _ANYWHERE[found[0]], word)
    if (doubled := _DOUBLED.match(word)) and doubled[1].endswith(_DOUBLING):
        word = doubled[1] + doubled[3]
    return _with_s(word) if "z" in word else _with_ue(word)


def _with_s(word: str) -> str:
    if found := _LYZE.match(word):
        return f"{found[1]}s{found[2]}"
    found = _IZE.search(word)
    begins = word[: found.start()] if found else ""
    # Before the ending of size, prize and maize there is no vowel, or nothing else.
    if not _VOWEL.search(begins) or begins[-1] in "aeiou" or _NOT_IZE.fullmatch(begins):
        return word
    return f"{begins}is{word[len(begins) + 2 :]}"


def _with_ue(word: str) -> str:
    found = _LOG.match(word)
    return f"{found[1]}{'u' if found[2][:1] in ('e', 'i') else 'ue'}{found[2]}" if found else word
