"""Kinds of mistakes about places that were made once, each with a sentence; and time on hostile texts."""

from __future__ import annotations

import pytest
from bounded import bounded
from test_places import ids, places

# (language, text, ids): kinds of mistakes that were made once, each with a sentence
FAULTS = (
    ("de", "Im Wallis lassen 62 Betriebe ihre Rebberge bewachsen.", "CHE"),
    ("es", "En Bolivia se protegen 983 000 hectáreas, casi la extensión del Líbano.", "BOL"),
    ("en", "In Chad a park the size of Belgium was created.", "TCD"),
    ("en", "Creditors from France, Belgium and the United Kingdom forgave debt of Seychelles.", "SYC"),
    ("it", "Esperti dalla Germania hanno aiutato i pastori in Albania.", "ALB"),
    ("pl", "Naukowcy z Holandii pomogli rolnikom w Polsce.", "POL"),
    ("hr", "Stručnjaci iz Slovenije rade u Hrvatskoj.", "HRV"),
    ("es", "Noruega y Alemania financiaron viveros en Bolivia.", "BOL"),
    ("fr", "La Suisse a financé des haies au Togo.", "TGO"),
    ("de", "Die Tiere stammen aus Italien, heute leben sie in Österreich.", "AUT"),
    ("pt", "A cortiça de Portugal é exportada para a França e os Estados Unidos.", "PRT"),
    ("ru", "Лошадей привезли из Чехии и Германии. Они живут в России.", "RUS"),
    ("en", "Jordan's rangelands recover.", "JOR"),
    ("fr", "Maurice a retiré les rats.", "MUS"),
    ("fr", "Réunion des maires.", ""),
    ("en", "Jordan Smith restores ponds.", ""),
    ("de", "Im Kanton wachsen Hecken.", ""),
    ("en", "Oral histories of herders.", ""),
    ("nl", "Koper schaadt wormen.", ""),
    ("en", "European eel (Anguilla anguilla) returns to Ireland.", "IRL"),
    ("fr", "Le Milan royal niche en Suisse.", "CHE"),
    ("es", "La carpa asiática desaparece.", ""),
    ("zh", "西部国家的太平洋", ""),
    ("ja", "サルの群れ", ""),
    ("uk", "Зубрів привезли з Польщі у Карпати. Україна їх випустила.", "UKR"),
    ("en", "Volunteers plant kelp off Big Sur.", "USA"),
    ("es", "Pescadores de Pátzcuaro.", "MEX"),
)


@pytest.mark.parametrize(("language", "text", "expected"), FAULTS)
def test_a_kind_of_mistake_is_not_made_again(language, text, expected):
    assert ids(text, language) == expected


@pytest.mark.parametrize("words", ["Kenya ", "Kenya and ", "engineers from Kenya and ", "Kenya funded and "])
def test_names_without_end_take_time_that_grows_with_their_number(words):
    with bounded(5):
        places(text=(words * 4000)[:20_000])
