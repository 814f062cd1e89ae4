"""Language, years and organisations read from texts of several languages."""

from __future__ import annotations

from pathlib import Path

import pytest
from bounded import bounded
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.errors import InvalidRecord
from hub.record import Method
from indexer.tag.describe.describer import Describer, language_of, load_describer, organisations_of, years_of
from indexer.tag.text import Reading, sentences_of

TABLES = Path(__file__).parents[1] / "corpus" / "tagging" / "describe.yaml"
TODAY = 2026


@pytest.fixture(scope="module")
def describer() -> Describer:
    return load_describer(TABLES)


def reading(text: str, language: str = "en", field: str = "abstract") -> Reading:
    return Reading(language, tuple(sentences_of(field, text)))


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Farmers and a water company restored the wetland together, and birds came back within two years.", "en"),
        ("Les agriculteurs ont restauré la zone humide avec la commune, et les oiseaux sont revenus.", "fr"),
        ("Os agricultores restauraram a zona húmida com o município, e as aves voltaram em dois anos.", "pt"),
        ("Die Landwirte haben das Moor gemeinsam mit der Gemeinde wiedervernässt, und die Vögel kamen zurück.", "de"),
        ("Местные жители восстановили болото вместе с заповедником, и птицы вернулись.", "ru"),
        ("Οι αγρότες αποκατέστησαν τον υγρότοπο μαζί με τον δήμο και τα πουλιά επέστρεψαν.", "el"),
        ("我们与当地农民一起恢复了湿地，鸟类在两年内回来了。", "zh"),
        ("Çiftçiler belediyeyle birlikte sulak alanı onardı ve kuşlar iki yıl içinde geri döndü.", "tr"),
    ],
)
def test_the_text_tells_its_language_whatever_the_source_claims(text, language, describer):
    told = language_of(reading(text, "xx"), describer)
    assert told is not None
    assert (told.vocabulary, told.concept, told.method) == ("language", language, Method.RULE)
    assert told.score > 0.7


def test_languages_that_are_close_and_short_texts_score_low(describer):
    text = "Poljoprivrednici su zajedno s općinom obnovili močvaru i ptice su se vratile nakon dvije godine."
    close = language_of(reading(text), describer)
    short = language_of(reading("Wetland"), describer)
    assert close is not None
    assert close.concept in ("hr", "sr", "bs")
    assert close.score <= 0.5
    assert short is None or short.score < 0.6


@pytest.mark.parametrize("text", ["", "12 345 - 67 %", "…"])
def test_without_letters_there_is_no_language(text, describer):
    assert language_of(reading(text), describer) is None


def years(text: str, language: str, describer: Describer, field: str = "abstract") -> tuple[str, str]:
    found = {s.vocabulary: s.concept for s in years_of(reading(text, language, field), TODAY, describer)}
    return found.get("began", ""), found.get("ended", "")


@pytest.mark.parametrize(
    ("text", "language", "began", "ended"),
    [
        ("The project ran from 2003 to 2011.", "en", "2003", "2011"),
        ("The project (2014–19) rewetted bogs.", "en", "2014", "2019"),
        ("Between March 2010 and February 2013 a plan was made.", "en", "2010", "2013"),
        ("A workshop took place from 21 to 25 November 2011.", "en", "2011", "2011"),
        ("Since 2011 rangers have patrolled.", "en", "2011", ""),
        ("Works began in 2010 and continued until 2015.", "en", "2010", "2015"),
        ("Since 2007 they work together, and from 2009 to 2012 they drew up a plan.", "en", "2007", "2012"),
        ("La campagne, lancée en 2014, a duré. Elle s'est achevée en 2018.", "fr", "2014", "2018"),
        ("Entre 2010 et 2015, des haies ont été plantées.", "fr", "2010", "2015"),
        ("El programa comenzó en 2006 y terminó en 2010.", "es", "2006", "2010"),
        ("Seit 2008 beobachten Betriebe ihre Wiesen.", "de", "2008", ""),
        ("Die Arbeiten wurden im Herbst 2015 abgeschlossen.", "de", "", "2015"),
        ("Il progetto è durato dal 2012 al 2015.", "it", "2012", "2015"),
        ("Os ensaios iniciados em 2009 continuam.", "pt", "2009", ""),
        ("Od 2016 roku powstało 200 lodówek.", "pl", "2016", ""),
        ("Proiectul a fost lansat în 2015 și finalizat în 2019.", "ro", "2015", "2019"),
        ("Dernek 2008'den beri çalışıyor.", "tr", "2008", ""),
        ("Проект начался в 2009 году.", "ru", "2009", ""),
        ("Το έργο ξεκίνησε το 2012 και ολοκληρώθηκε το 2016.", "el", "2012", "2016"),
        ("Projekt je započeo 2014. godine i trajao je od 2014. do 2018. godine.", "hr", "2014", "2018"),
    ],
)
def test_years_of_the_work(text, language, began, ended, describer):
    assert years(text, language, describer) == (began, ended)


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Under the Law of 2007 and Directive 2000/60/EC owners must act.", "en"),
        ("La loi 2016-1087 oblige les communes.", "fr"),
        ("El Real Decreto de 2013 lo regula.", "es"),
        ("This was shown before (Smith et al. 2015).", "en"),
        ("By 2030 the Agenda 2030 wants more.", "en"),
        ("D'ici 2030, la ville plantera des arbres.", "fr"),
        ("They planted in 2000 hectares some 1,950 species at 2010 m.", "en"),
        ("Since the 1950s the wetland was drained.", "en"),
        ("From 1987 to 2009 forest cover was lost.", "en"),
        ("The site belongs to Natura 2000 and LIFE12 NAT/IT/000123.", "en"),
        ("It will be completed in 2040.", "en"),
        ("In 2019 the average payment was low.", "en"),
        ("The work began in 2014.", "xx"),
    ],
)
def test_years_of_other_things_are_left_alone(text, language, describer):
    assert years(text, language, describer) == ("", "")


def test_the_challenge_is_background(describer):
    assert years("The park was created in 1997.", "en", describer, "challenge") == ("", "")


def organisations(text: str, language: str, describer: Describer) -> list[str]:
    return [s.concept for s in organisations_of(reading(text, language), describer)]


@pytest.mark.parametrize(
    ("text", "language", "names"),
    [
        ("A review by the University of Perugia.", "en", ["University of Perugia"]),
        ("Hammersmith and Fulham Council took part.", "en", ["Hammersmith and Fulham Council"]),
        (
            "The University of Kent and the Centre for Ecology and Hydrology compared them.",
            "en",
            ["University of Kent", "Centre for Ecology and Hydrology"],
        ),
        ("The Ministry of Agriculture, Forestry and Fisheries agreed.", "en",
         ["Ministry of Agriculture, Forestry and Fisheries"]),
        ("The Greek Biotope Centre (EKBY) wrote it. EKBY helped.", "en", ["Greek Biotope Centre (EKBY)"]),
        ("It was led by ICCROM with care.", "en", ["ICCROM"]),
        ("BirdLife Malta and partners worked.", "en", ["BirdLife Malta"]),
        ("The IUCN Red List and the European Union were named.", "en", []),
        ("Le laboratoire de l'Université de Lomé a étudié les sols.", "fr", ["Université de Lomé"]),
        ("En 2010, l'Institut de recherche pour le développement a participé.", "fr",
         ["Institut de recherche pour le développement"]),
        ("Con la Asociación Calidris se firmó un pacto.", "es", ["Asociación Calidris"]),
        ("Das Landesamt für Umwelt prüfte es, die Bürger und Bauern der Region halfen.", "de",
         ["Landesamt für Umwelt"]),
        ("Die Moorpflege GmbH baute Teiche.", "de", ["Moorpflege GmbH"]),
        ("Il Ministero dell'Ambiente e il Comune di Bologna collaborano.", "it",
         ["Ministero dell'Ambiente", "Comune di Bologna"]),
        ("O Instituto Chico Mendes de Conservação da Biodiversidade criou a reserva.", "pt",
         ["Instituto Chico Mendes de Conservação da Biodiversidade"]),
        ("Uniwersytet Jagielloński prowadzi badania.", "pl", ["Uniwersytet Jagielloński"]),
        ("Asociația Green Vision a lansat proiectul.", "ro", ["Asociația Green Vision"]),
        ("Ankara Üniversitesi'nden araştırmacılar geldi.", "tr", ["Ankara Üniversitesi"]),
        ("Помогает фонд «Заповедное дело».", "ru", ["Заповедное дело"]),
        ("Sveučilište u Zagrebu vodi projekt.", "hr", ["Sveučilište u Zagrebu"]),
        ("Ο Δήμος Αθηναίων συνεργάζεται.", "el", ["Δήμος Αθηναίων"]),
        ("Work went on in the City of Ghent and the Green Deal.", "en", []),
        ("La asociación Amigos de la Tierra ayuda.", "es", ["Amigos de la Tierra"]),
        ("The council met the ministry and an association of farmers.", "en", []),
    ],
)  # fmt: skip
def test_organisations_are_named_as_written(text, language, names, describer):
    assert sorted(organisations(text, language, describer)) == sorted(names)


def test_those_who_do_the_work_come_before_those_who_pay(describer):
    text = "Funded by the Oak Foundation. Led by the Cedar Foundation."
    doing, paying = organisations_of(reading(text), describer)
    assert (doing.concept, paying.concept) == ("Cedar Foundation", "Oak Foundation")
    assert doing.score > paying.score


def test_at_most_eight_organisations_each_once(describer):
    trees = ("Oak", "Elm", "Ash", "Fir", "Yew", "Beech", "Birch", "Cedar", "Maple", "Willow")
    text = " ".join(f"The {tree} Foundation came. The {tree} Foundation stayed." for tree in trees)
    names = organisations(text, "en", describer)
    assert len(names) == len(set(names)) == 8


PIECES = st.sampled_from([
    "The University of Kent", "WWF", "from 2003 to 2011", "since 2008", "depuis 2010", "launched in 2014", "(GIZ)",
    "Fundación Global Nature", "Müller GmbH", "«Екодія»", "l'Institut de recherche", "and", ",", ".", "\n", "é",
    "2014-19", "Ministry of Water and Energy", "a" * 90, "Société d'ornithologie", "'", "’s", "(", "until 2020",
])  # fmt: skip


@settings(deadline=None, max_examples=150)
@given(st.lists(PIECES | st.text(max_size=12), max_size=40), st.sampled_from(["en", "fr", "es", "ru", "tr", "xx"]))
def test_evidence_is_verbatim_and_answers_are_the_same_each_time(pieces, language):
    describer = _shared()
    text = " ".join(pieces)
    read = reading(text, language)
    found = (language_of(read, describer), *years_of(read, TODAY, describer), *organisations_of(read, describer))
    again = (language_of(read, describer), *years_of(read, TODAY, describer), *organisations_of(read, describer))
    assert found == again
    for suggestion in filter(None, found):
        assert suggestion.evidence.quote in text
        assert len(suggestion.evidence.quote) <= 300
        assert 0 <= suggestion.score <= 1
        assert all(words in suggestion.evidence.quote for words in suggestion.matched)


_DESCRIBERS: list[Describer] = []


def _shared() -> Describer:
    if not _DESCRIBERS:
        _DESCRIBERS.append(load_describer(TABLES))
    return _DESCRIBERS[0]


@pytest.mark.parametrize(
    ("content", "field"),
    [
        ("languages: {known: en}", "languages.known"),
        ("years: {en: {ranges: [from]}}", "years.en.ranges"),
        ("years: {en: {sinse: [since]}}", "years.en.sinse"),
        ("organisations: [trust]", "organisations"),
        ("colours: {}", "colours"),
    ],
)
def test_what_is_wrong_with_the_tables_is_named(content, field, tmp_path):
    path = tmp_path / "describe.yaml"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(InvalidRecord) as caught:
        load_describer(path)
    assert {problem.file for problem in caught.value.problems} == {"describe.yaml"}
    assert field in {problem.field for problem in caught.value.problems}


@pytest.mark.parametrize("words", ["Institute ", "Abc GmbH ", "from 2010 ", "in 2010 founded ", "Institute of "])
def test_text_without_sentences_takes_no_square_of_time(words, describer):
    endless = reading(words * 3000, field="text")
    with bounded(5):
        organisations_of(endless, describer)
        years_of(endless, TODAY, describer)
