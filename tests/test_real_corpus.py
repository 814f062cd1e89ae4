"""The corpus of the project: complete, in canonical form, and true to its vocabularies and its own words."""

import re
from collections import Counter

import pytest

from hub.corpus import format_record
from hub.record import Decision, Status
from hub.vocabulary import NOT_STATED, UN_LANGUAGES

OURS = ("evidence_level", "target", "theme", "type")  # vocabularies whose words the project writes
SITE_LANGUAGES = {"en", "fr", "es"}
LABELS = ("pref_label", "title", "definition", "note")
LISTS = ("alt_labels", "includes", "excludes")
EU27 = """AUT BEL BGR CYP CZE DEU DNK ESP EST FIN FRA GRC HRV HUN IRL ITA LTU LUX LVA MLT NLD POL PRT ROU SVK SVN SWE"""
LANGUAGES = "de el en es fr hr it pl pt ro ru sq sr tr uk"


@pytest.fixture(scope="module")
def records(real_corpus):
    return [entry.record for entry in real_corpus.entries()]


@pytest.fixture(scope="module")
def vocabularies(real_corpus):
    return real_corpus.vocabularies()


def words(value):
    return " ".join(value.split())


def references(value):
    """The targets that a text (or list of texts) points to, such as {8}."""
    return Counter(re.findall(r"\{[^}]*\}", value if isinstance(value, str) else "\n".join(value)))


def test_nothing_is_wrong_with_the_corpus(real_corpus):
    assert [str(problem) for problem in real_corpus.check()] == []


def test_every_record_is_published(records):
    assert len(records) == 335
    assert {record.status for record in records} == {Status.PUBLISHED}


def test_ids_equal_file_stems(real_corpus):
    assert [entry.record.id for entry in real_corpus.entries()] == sorted(
        path.stem for path in real_corpus.records.iterdir()
    )


def test_files_are_canonical_to_the_byte(real_corpus, records):
    differing = [
        r.id for r in records if (real_corpus.records / f"{r.id}.yaml").read_bytes() != format_record(r).encode()
    ]
    assert differing == []


def test_every_target_has_cases(records, vocabularies):
    given = {target for record in records for target in record.concepts("target", Decision.ACCEPTED)}
    assert given == {target.id for target in vocabularies["target"] if target.id.startswith("GBF-TARGET-")}


def test_every_tag_is_a_concept_that_may_be_given(records, vocabularies):
    tags = {(tag.vocabulary, tag.concept) for record in records for tag in record.tags}
    assignable = {(name, c.id) for name, vocabulary in vocabularies.items() for c in vocabulary if c.assignable}
    assert tags - assignable == set()


def test_every_record_has_a_target_and_a_place(records):
    assert [record.id for record in records if not record.concepts("target")] == []
    assert [record.id for record in records if not record.concepts("country") + record.concepts("region")] == []


def test_every_record_has_one_to_four_themes_each_once(records):
    themes = {record.id: [tag.concept for tag in record.tags if tag.vocabulary == "theme"] for record in records}
    assert {name: given for name, given in themes.items() if not 1 <= len(given) <= 4} == {}
    assert {name: given for name, given in themes.items() if len(set(given)) < len(given)} == {}


def test_every_theme_has_cases(records, vocabularies):
    given = {theme for record in records for theme in record.concepts("theme")}
    assert {theme.id for theme in vocabularies["theme"] if theme.assignable} - given == set()


def test_records_are_written_in_fifteen_languages(records):
    assert sorted({record.language for record in records}) == LANGUAGES.split()


def test_evidence_quotes_the_record_word_for_word(records):
    wrong = []
    for record in records:
        for tag in record.tags:
            if tag.evidence:
                value = getattr(record, tag.evidence.field)
                texts = [value] if isinstance(value, str) else value
                if not any(words(tag.evidence.quote) in words(text) for text in texts):
                    wrong.append((record.id, tag.concept))
    assert wrong == []


def test_every_machine_made_tag_has_evidence(records):
    bare = [(r.id, t.concept) for r in records for t in r.tags if t.method != "curator" and not t.evidence]
    assert bare == []


def test_no_two_records_share_an_address_or_a_title(records):
    for values in ([record.url for record in records], [record.title.casefold() for record in records]):
        assert [value for value, count in Counter(values).items() if count > 1] == []


def test_a_source_has_one_name(records):
    names = {}
    for record in records:
        names.setdefault(record.source, set()).add(record.publisher)
    assert {source: found for source, found in names.items() if len(found) > 1 or "" in found} == {}


def test_the_targets_goals_and_groups_are_complete(vocabularies):
    ids = [concept.id for concept in vocabularies["target"]]
    targets = [f"GBF-TARGET-{number:02}" for number in range(1, 24)]
    goals = [f"GBF-GOAL-{letter}" for letter in "ABCD"]
    groups = ["reducing-threats", "meeting-needs", "tools-solutions"]
    assert sorted(ids) == sorted(targets + goals + groups)
    assert [vocabularies["target"].get(str(number)).id for number in range(1, 24)] == targets
    assert [len(vocabularies["target"].narrower(group)) for group in groups] == [8, 5, 10]
    assert [name for name in groups if vocabularies["target"].get(name).assignable] == []


def test_there_are_38_themes_in_7_groups(vocabularies):
    themes = vocabularies["theme"]
    groups = [concept.id for concept in themes if not concept.assignable]
    members = [concept for concept in themes if concept.assignable]
    assert (len(groups), len(members)) == (7, 38)
    assert [theme.id for theme in members if len(theme.broader) != 1 or theme.broader[0] not in groups] == []
    assert [group for group in groups if themes.get(group).broader] == []


def test_every_broader_concept_exists(vocabularies):
    missing = {
        parent
        for name, vocabulary in vocabularies.items()
        for concept in vocabulary
        for parent in concept.broader
        if parent not in vocabularies["region" if name == "country" else name]
    }
    assert missing == set()


@pytest.mark.parametrize("name", OURS)
def test_what_the_project_writes_is_in_english_french_and_spanish(vocabularies, name):
    missing = [
        (concept.id, field)
        for concept in vocabularies[name]
        for field in LABELS + LISTS
        if (value := getattr(concept, field)) and (set(value) != SITE_LANGUAGES or not all(value.values()))
    ]
    assert missing == []
    assert {concept.id for concept in vocabularies[name] if not concept.definition and concept.assignable} == set()


def test_every_vocabulary_and_region_is_named_in_english_french_and_spanish(vocabularies):
    assert [name for name, vocabulary in vocabularies.items() if not set(vocabulary.label) >= SITE_LANGUAGES] == []
    assert [region.id for region in vocabularies["region"] if not set(region.pref_label) >= SITE_LANGUAGES] == []


def test_translations_point_to_the_same_targets(vocabularies):
    differing = []
    for vocabulary in vocabularies.values():
        for concept in vocabulary:
            for field in (*LABELS, "includes", "excludes"):
                found = [references(value) for value in getattr(concept, field).values()]
                if any(other != found[0] for other in found[1:]):
                    differing.append((concept.id, field))
    assert differing == []


def test_references_point_to_targets_that_exist(vocabularies):
    pointed = Counter()
    for concept in vocabularies["target"]:
        for field in LABELS + LISTS:
            for value in getattr(concept, field).values():
                pointed += references(value)
    assert pointed
    assert [mark for mark in pointed if mark[1:-1] not in map(str, range(1, 24))] == []


def test_translations_have_the_same_number_of_sentences(vocabularies):
    differing = [
        (concept.id, field)
        for vocabulary in vocabularies.values()
        for concept in vocabulary
        for field in ("includes", "excludes")
        if len({len(texts) for texts in getattr(concept, field).values()}) > 1
    ]
    assert differing == []


@pytest.mark.parametrize("language", sorted(SITE_LANGUAGES))
def test_no_two_concepts_of_a_vocabulary_have_the_same_name(vocabularies, language):
    for vocabulary in vocabularies.values():
        names = Counter(concept.label(language).casefold() for concept in vocabulary)
        assert [name for name, count in names.items() if count > 1] == []


def test_countries_are_named_in_the_six_languages_of_the_un(vocabularies):
    countries = vocabularies["country"]
    assert [c.id for c in countries if not set(c.pref_label) >= set(UN_LANGUAGES)] == ["XKX"]
    assert set(countries.get("XKX").note) == set(countries.get("XKX").pref_label) == SITE_LANGUAGES
    assert all(re.fullmatch("[A-Z]{3}", country.id) for country in countries)


def test_the_european_union_has_its_27_members(vocabularies):
    assert sorted(vocabularies["region"].get("eu27").member) == EU27.split()
    assert sorted(c.id for c in vocabularies["country"].narrower("eu27")) == EU27.split()


def test_every_country_lies_in_the_world(vocabularies):
    regions = vocabularies["region"]
    outside = [
        country.id
        for country in vocabularies["country"]
        if not any("001" in (region, *regions.ancestors(region)) for region in country.broader)
    ]
    assert outside == []


def test_no_concept_takes_the_name_kept_for_records_that_do_not_say(vocabularies):
    taken = [c.id for v in vocabularies.values() for c in v if NOT_STATED in (c.id, c.notation)]
    assert taken == []
