"""The source's own tags, read in our vocabularies."""

from __future__ import annotations

from pathlib import Path

import pytest
from conftest import ROOT, make_record

from hub.errors import InvalidRecord
from hub.record import Evidence, Method
from hub.vocabulary import load_vocabularies
from indexer.tag.crosswalk.crosswalks import SCORES, load_crosswalks, suggestions_from
from indexer.tag.crosswalk.tables import Relation, key

VOCABULARIES = load_vocabularies(ROOT / "corpus" / "vocabularies")
CROSSWALKS = load_crosswalks(ROOT / "corpus" / "tagging", VOCABULARIES)
FILES = sorted((ROOT / "corpus" / "tagging" / "crosswalk").glob("*.yaml"))

EXACT, CLOSE, BROAD, RELATED = (SCORES[relation] for relation in Relation)


def suggested(*tags: str, source: str = "example-portal", **changes) -> dict[str, float]:
    record = make_record(source=source, source_tags=list(tags), **changes)
    return {s.concept: s.score for s in suggestions_from(record, CROSSWALKS)}


def one_file(folder: Path, text: str):
    (folder / "crosswalk").mkdir()
    (folder / "crosswalk" / "bad.yaml").write_text(text, encoding="utf-8")
    return load_crosswalks(folder, VOCABULARIES)


def test_every_file_is_a_scheme_with_a_head_that_says_whose_reading_it_is():
    assert len(CROSSWALKS.schemes) == len(FILES) >= 20
    assert len({scheme.name for scheme in CROSSWALKS.schemes}) == len(FILES)
    for path in FILES:
        head = path.read_text(encoding="utf-8").split("scheme:")[0]
        assert head.startswith("# ") and "OUR reading" in head.replace("\n# ", " "), path.name


def test_every_concept_of_every_file_can_be_given_to_a_record():
    for scheme in CROSSWALKS.schemes:
        for mapped in scheme.maps.values():
            for concept in mapped:
                vocabulary = VOCABULARIES[CROSSWALKS.vocabulary_of[concept]]
                assert vocabulary.get(concept).assignable


@pytest.mark.parametrize(
    ("tag", "concept", "score"),
    [
        ("GBF-TARGET-02", "GBF-TARGET-02", EXACT),
        ("GBF Target 2", "GBF-TARGET-02", EXACT),
        ("KMGBF-2", "GBF-TARGET-02", EXACT),
        ("GBF-T02. Restore 30% of all Degraded Ecosystems", "GBF-TARGET-02", EXACT),
        ("Restore 30% of all degraded ecosystems", "GBF-TARGET-02", EXACT),
        ("Cible 2 du Cadre mondial de la biodiversité", "GBF-TARGET-02", EXACT),
        ("Target 2", "GBF-TARGET-02", CLOSE),
        ("T02", "GBF-TARGET-02", CLOSE),
        ("Meta 13", "GBF-TARGET-13", CLOSE),
        ("GBF-GOAL-C", "GBF-TARGET-13", CLOSE),
        ("AICHI-TARGET-05", "GBF-TARGET-01", CLOSE),
        ("Aichi Target 9", "GBF-TARGET-06", CLOSE),
        ("Objectif d’Aichi 11", "GBF-TARGET-03", CLOSE),
        ("Meta de Aichi 16", "GBF-TARGET-13", CLOSE),
        ("SDG 14.5", "GBF-TARGET-03", CLOSE),
        ("SDG 15.8: invasive alien species on land and in water", "GBF-TARGET-06", CLOSE),
        ("ODD 15.7", "GBF-TARGET-05", CLOSE),
        ("ODS 15.a", "GBF-TARGET-19", CLOSE),
        ("SDG 13 – Climate action", "GBF-TARGET-08", RELATED),
        ("Égalité entre les sexes", "GBF-TARGET-23", CLOSE),
        ("CBD-SUBJECT-FOR", "eco-forest", CLOSE),
        ("CBD-SUBJECT-ECOA+ECORES", "act-restoration", CLOSE),
        ("Diversité biologique insulaire", "eco-island", CLOSE),
        ("Biodiversidad marina y costera", "eco-marine", CLOSE),
        ("8.1 Invasive Non-Native/Alien Species", "thr-invasive", CLOSE),
        ("Invasive/Problematic Species Control", "GBF-TARGET-06", CLOSE),
        ("2.2. Invasive/problematic species control", "thr-invasive", CLOSE),
        ("IUCN-GET-F1", "eco-freshwater", RELATED),
        ("M49-150", "150", EXACT),
        ("Kenya", "KEN", EXACT),
        ("Côte d’Ivoire", "CIV", EXACT),
        ("Alemania", "DEU", EXACT),
        ("Франция", "FRA", EXACT),
        ("肯尼亚", "KEN", EXACT),
        ("West Africa", "011", CLOSE),
    ],
)
def test_a_term_is_read_in_many_spellings_and_languages(tag, concept, score):
    assert suggested(tag)[concept] == score


@pytest.mark.parametrize(
    ("source", "tag", "concept", "score"),
    [
        ("climate-adapt", "WATERMANAGEMENT", "eco-freshwater", CLOSE),
        ("climate-adapt", ",AGRICULTURE,WATERMANAGEMENT,", "sec-agri", CLOSE),
        ("climate-adapt", "FLOODING", "thr-climate", BROAD),
        ("climate-adapt", "D1: Green options", "act-nbs", CLOSE),
        ("climate-adapt", "Restoration of rivers<>Wetland restoration", "GBF-TARGET-02", CLOSE),
        ("panorama", "Unsustainable harvesting incl. Overfishing", "GBF-TARGET-05", CLOSE),
        ("panorama", "Pool, lake, pond", "eco-freshwater", CLOSE),
        ("panorama", "Legal and policy frameworks, policy advocacy", "gov-policy", CLOSE),
        ("oppla", "Public health and well-being", "sec-health", CLOSE),
        ("wocat", "Forest/woodlands > Natural and semi-natural forest management", "sec-forestry", CLOSE),
        ("life-public-database", "Natura 2000 site management", "act-protected", CLOSE),
        ("gef", "Chemicals and Waste", "thr-pollution", CLOSE),
    ],
)
def test_a_source_has_terms_of_its_own(source, tag, concept, score):
    assert suggested(tag, source=source)[concept] == score


def test_terms_of_one_source_are_not_read_at_another():
    assert "eco-freshwater" not in suggested("WATERMANAGEMENT")
    assert suggested("D1") == {}


def test_what_a_source_means_by_its_term_goes_before_what_others_mean():
    assert suggested("Mitigation", source="panorama")["GBF-TARGET-08"] == RELATED


def test_biolands_joined_tags_are_read_one_by_one_and_quoted_whole():
    joined = "GBF-TARGET-02,be,CBD-SUBJECT-FOR,SDG-GOAL-15"
    record = make_record(source_tags=[joined])
    found = suggestions_from(record, CROSSWALKS)
    by_concept = {s.concept: s for s in found}
    assert by_concept["GBF-TARGET-02"].score == by_concept["BEL"].score == EXACT
    assert by_concept["eco-forest"].score == CLOSE
    assert {s.evidence for s in found} == {Evidence("source_tags", joined)}
    assert {s.method for s in found} == {Method.SOURCE}
    assert by_concept["BEL"].matched == ("be",) and by_concept["BEL"].vocabulary == "country"
    assert record.source_tags == (joined,)


def test_codes_of_countries_are_read_where_clearing_houses_write_them_alone():
    assert suggested("no", "de", "it", "BEL") == {}
    assert set(suggested("no", "GBF-TARGET-03")) == {"NOR", "GBF-TARGET-03"}
    assert set(suggested("it", "MAR", source="chm-morocco")) == {"ITA", "MAR"}
    assert set(suggested("be", url="https://be.chm-cbd.net/projects/reed-bed")) == {"BEL"}
    assert suggested("IT", source="chm-morocco") == {}


def test_a_goal_that_relates_to_many_targets_says_little_of_each():
    wide, narrow = suggested("SDG-15"), suggested("SDG-04")
    assert set(wide) > {"GBF-TARGET-02", "GBF-TARGET-19"} and max(wide.values()) < 0.05
    assert narrow["GBF-TARGET-16"] == RELATED
    assert suggested("SDG-GOAL-15") == suggested("ODD 15") == suggested("SDG 15: Life on land") == wide


@pytest.mark.parametrize(
    ("keyword", "concept"),
    [
        ("wetlands", "eco-freshwater"),
        ("Wetland", "eco-freshwater"),
        ("forêts", "eco-forest"),
        ("FORETS", "eco-forest"),
        ("áreas marinas protegidas", "GBF-TARGET-03"),
        ("citizen science", "ppl-monitoring"),
        ("land use planning", "GBF-TARGET-01"),
        ("EIA", "thr-landuse"),
    ],
)
def test_a_free_keyword_that_is_a_label_is_close(keyword, concept):
    assert suggested(keyword)[concept] == CLOSE


@pytest.mark.parametrize(
    "tag", ["", "wetlands of the north", "communication plan", "eia", "42", "...", "Biodiversity", "Lynx"]
)
def test_unknown_tags_give_nothing(tag):
    assert suggested(*([tag] if tag else [])) == {}


def test_words_with_one_stem_are_not_one_keyword():
    assert "ppl-iplc" not in suggested("communication")
    assert set(suggested("mar")) == {"eco-marine"}  # and no French mare, a pond


def test_each_concept_comes_once_with_its_best_score_and_the_first_tag_that_has_it():
    record = make_record(source_tags=["SDG 14", "Target 3", "GBF-TARGET-03", "KMGBF Target 3"])
    found = suggestions_from(record, CROSSWALKS)
    concepts = [s.concept for s in found]
    assert len(concepts) == len(set(concepts)) and found[0].concept == "GBF-TARGET-03"
    assert found[0].evidence.quote == "GBF-TARGET-03"
    assert [s.score for s in found] == sorted((s.score for s in found), reverse=True)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("SDG-02", "sdg 2"),
        ("Objectif d’Aichi 5", "objectif d'aichi 5"),
        ("Roads & Railroads", "roads and railroads"),
        ("T02", "t2"),
    ],
)
def test_spellings_share_a_key(one, other):
    assert key(one) == key(other)


def test_keys_keep_numbers_apart():
    assert len({key("SDG 1"), key("SDG 10"), key("SDG 1.5"), key("SDG 15")}) == 4


HEAD = "scheme: S\nmaps:\n"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("- a\n", "bad.yaml: needs the fields scheme and maps"),
        ("scheme: S\nmaps: [\n", "bad.yaml: line"),
        ("maps: []\n", "bad.yaml: scheme: needs the name of the scheme"),
        ("scheme: S\nmaps: []\nkind: x\n", "bad.yaml: kind: is not a field of a crosswalk"),
        ("scheme: S\nsources: panorama\nmaps: []\n", "bad.yaml: sources: sources needs a list of texts"),
        ("scheme: S\nspellings: [SDG]\nmaps: []\n", "bad.yaml: spellings: 'SDG' has no {}"),
        (HEAD + "- word\n", "entry 1: is not a set of fields"),
        (HEAD + "- {tags: [A], to: {eco-forest: closeMatch}, by: me}\n", "entry 1: 'by' is not a field of an entry"),
        (HEAD + "- {to: {eco-forest: closeMatch}}\n", "entry 1: needs tags or codes"),
        (HEAD + "- {tags: A, to: {eco-forest: closeMatch}}\n", "entry 1: tags needs a list of texts"),
        (HEAD + "- {tags: ['...'], to: {eco-forest: closeMatch}}\n", "entry 1: '...' has no letters or digits"),
        (HEAD + "- {codes: [A], to: {eco-forest: closeMatch}}\n", "entry 1: codes need spellings"),
        (HEAD + "- {tags: [A]}\n", "entry 1: needs a field to"),
        (HEAD + "- {tags: [A], to: {eco-woods: closeMatch}}\n", "entry 1: there is no concept 'eco-woods'"),
        (HEAD + "- {tags: [A], to: {GBF-GOAL-A: closeMatch}}\n", "entry 1: there is no concept 'GBF-GOAL-A'"),
        (HEAD + "- {tags: [A], to: {eco-forest: near}}\n", "entry 1: 'near' is not one of exactMatch, closeMatch"),
        (HEAD + "- {tags: [A], same_as: SDG-99}\n", "entry 1: same_as: no vocabulary names 'SDG-99'"),
        (HEAD + "- {tags: [Été, ete], to: {eco-forest: closeMatch}}\n", "entry 1: 'ete' is given twice"),
    ],
)
def test_a_bad_file_says_what_is_wrong_and_where(tmp_path, text, message):
    with pytest.raises(InvalidRecord) as error:
        one_file(tmp_path, text)
    assert "tagging/crosswalk/bad.yaml" in str(error.value) and message in str(error.value)


def test_all_that_is_wrong_in_all_files_is_told_at_once(tmp_path):
    (tmp_path / "crosswalk").mkdir()
    (tmp_path / "crosswalk" / "worse.yaml").write_text("[", encoding="utf-8")
    text = HEAD + "- {tags: [A]}\n- {tags: [B], to: {x: closeMatch}}\n"
    (tmp_path / "crosswalk" / "other.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(InvalidRecord) as error:
        load_crosswalks(tmp_path, VOCABULARIES)
    assert [problem.field for problem in error.value.problems][:2] == ["entry 1", "entry 2"]
    assert {problem.file.rsplit("/")[-1] for problem in error.value.problems} == {"other.yaml", "worse.yaml"}


def test_without_files_the_vocabularies_speak(tmp_path):
    crosswalks = load_crosswalks(tmp_path, VOCABULARIES)
    record = make_record(source_tags=["GBF-TARGET-02", "AICHI-TARGET-09", "wetlands"])
    found = {s.concept: s.score for s in suggestions_from(record, crosswalks)}
    assert found == {"GBF-TARGET-02": EXACT, "GBF-TARGET-06": RELATED, "eco-freshwater": CLOSE}


@pytest.mark.parametrize("tag", ["Target 2.4", "Meta 2.4", "Cible 2.4"])
def test_a_national_target_with_two_numbers_is_not_read_as_one_of_the_sdgs(tag):
    assert suggested(tag) == {}
    assert suggested(tag.replace("Target", "SDG").replace("Meta", "ODS").replace("Cible", "ODD"))
