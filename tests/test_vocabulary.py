"""Vocabularies: looking concepts up, walking up and down, reading files, and round trips as plain data."""

import json

import pytest
from conftest import ROOT

from hub.errors import InvalidRecord, NotFound
from hub.vocabulary import (
    NOT_STATED,
    UN_LANGUAGES,
    Concept,
    Vocabulary,
    concept_from_data,
    from_data,
    language_labels,
    language_vocabulary,
    load_vocabularies,
    regions_of,
    source_vocabulary,
    territory_labels,
    to_data,
)

HEAD = "label:\n  en: Kind\nconcepts:\n"


@pytest.fixture(scope="module")
def vocabularies():
    return load_vocabularies(ROOT / "corpus" / "vocabularies")


@pytest.fixture
def load(tmp_path):
    """Write vocabulary files and load them."""

    def load(**files):
        for name, text in files.items():
            (tmp_path / f"{name}.yaml").write_text(text, encoding="utf-8")
        return load_vocabularies(tmp_path)

    return load


def refusal(load, **files):
    with pytest.raises(InvalidRecord) as caught:
        load(**files)
    return [str(problem) for problem in caught.value.problems]


def concept(concept_id, *broader):
    return Concept(concept_id, "test", concept_id, {"en": concept_id}, broader=broader)


@pytest.mark.parametrize("name", ["GBF-TARGET-08", "gbf-target-08", "8"])
def test_a_concept_is_found_by_id_or_notation_in_any_case(vocabularies, name):
    assert vocabularies["target"].get(name).id == "GBF-TARGET-08"
    assert name in vocabularies["target"]


@pytest.mark.parametrize("name", ["", "99", "GBF-TARGET-8", NOT_STATED])
def test_an_unknown_concept_is_not_found(vocabularies, name):
    assert name not in vocabularies["target"]
    with pytest.raises(NotFound, match="target has no concept"):
        vocabularies["target"].get(name)


def test_an_id_wins_over_the_notation_of_another_concept():
    other = Concept("b", "test", "A", {"en": "B"})
    assert Vocabulary("test", {"en": "Test"}, (other, concept("a"))).get("a").id == "a"


def test_only_text_can_name_a_concept(vocabularies):
    assert 8 not in vocabularies["target"]
    assert None not in vocabularies["target"]


def test_ancestors_come_nearest_first_each_once():
    tree = Vocabulary("t", {}, (concept("top"), concept("a", "top"), concept("b", "top"), concept("leaf", "a", "b")))
    assert tree.ancestors("leaf") == ("a", "b", "top")
    assert tree.ancestors("top") == ()


def test_a_circle_of_broader_concepts_ends():
    circle = Vocabulary("t", {}, (concept("a", "b"), concept("b", "a")))
    assert set(circle.ancestors("a")) <= {"a", "b"}


def test_narrower_concepts_keep_their_order(vocabularies):
    numbers = [target.notation for target in vocabularies["target"].narrower("reducing-threats")]
    assert numbers == [str(number) for number in range(1, 9)]
    assert vocabularies["target"].narrower("GBF-TARGET-01") == ()


def test_a_label_falls_back_to_english(vocabularies):
    target = vocabularies["target"].get("8")
    assert (target.label("fr"), target.label("pl")) == ("Changements climatiques", "Climate change")


def test_a_country_lies_in_its_regions_and_groups_nearest_first(vocabularies):
    regions = regions_of("FRA", vocabularies)
    assert regions.index("155") < regions.index("150") < regions.index("001")
    assert {"eu27", "mediterranean"} <= set(regions)
    assert "eu27" not in regions_of("NOR", vocabularies)
    assert "002" in regions_of("ken", vocabularies)
    assert len(set(regions)) == len(regions)


def test_territories_are_named_in_the_six_languages_of_the_un():
    labels = territory_labels("KE")
    assert tuple(labels) == UN_LANGUAGES
    assert (labels["en"], labels["es"], labels["zh"]) == ("Kenya", "Kenia", "肯尼亚")
    assert territory_labels("419", ("fr",)) == {"fr": "Amérique latine"}
    assert territory_labels("no such place") == {}


def test_languages_are_named_with_a_capital():
    assert language_labels("fr", ("en", "fr", "es")) == {"en": "French", "fr": "Français", "es": "Francés"}


@pytest.mark.parametrize(("tag", "word"), [("pt-BR", "Portuguese"), ("sr-Latn", "Serbian"), ("es-419", "Spanish")])
def test_a_language_with_region_or_script_has_a_name(tag, word):
    assert word in language_labels(tag)["en"]


def test_languages_and_sources_of_records_become_vocabularies():
    assert [c.id for c in language_vocabulary(["fr", "en", "fr"])] == ["en", "fr"]
    assert source_vocabulary({"p": "Portal"}).get("p").label("fr") == "Portal"


def test_plain_data_and_vocabulary_are_inverse(vocabularies):
    for vocabulary in vocabularies.values():
        assert from_data(json.loads(json.dumps(to_data(vocabulary)))) == vocabulary


def test_a_file_becomes_a_vocabulary_named_after_it(load):
    kinds = load(kind=HEAD + "- id: a\n  notation: 1\n  pref_label:\n    en: A\n  assignable: 'false'\n")["kind"]
    assert (kinds.id, kinds.label) == ("kind", {"en": "Kind"})
    assert kinds.get("1") == Concept("a", "kind", "1", {"en": "A"}, assignable=False)


def test_labels_given_win_over_those_of_the_territory():
    made = concept_from_data({"id": "KEN", "territory": "KE", "pref_label": {"en": "Our Kenya"}}, "country")
    assert (made.label("en"), made.label("fr")) == ("Our Kenya", "Kenya")


@pytest.mark.parametrize(
    ("item", "reason"),
    [
        ("- pref_label:\n    en: A\n", "id"),
        ("- id: a\n", "English"),
        ("- id: a\n  pref_label:\n    fr: A\n", "English"),
        ("- id: a\n  territory: Nowhere\n", "English"),
        ("- id: a\n  pref_label:\n    en: A\n  colour: green\n", "colour"),
        ("- id: a\n  pref_label: A\n", "concept a"),
        ("- just text\n", "number 1"),
        ("- id: [a]\n  pref_label:\n    en: A\n", "concept"),
        ("- id: a\n  pref_label:\n    en: A\n  broader: top\n", "broader"),
        ("- id: a\n  pref_label:\n    en: A\n  alt_labels:\n    en: one text\n", "alt_labels"),
        ("- id: a\n  pref_label:\n    en: A\n  assignable: never\n", "assignable"),
        (f"- id: {NOT_STATED}\n  pref_label:\n    en: A\n", NOT_STATED),
        (f"- id: a\n  notation: {NOT_STATED}\n  pref_label:\n    en: A\n", NOT_STATED),
    ],
)
def test_a_concept_that_cannot_be_used_is_reported_with_its_file(load, item, reason):
    found = refusal(load, kind=HEAD + item)
    assert any(text.startswith("vocabularies/kind.yaml: ") and reason in text for text in found)


def test_two_concepts_cannot_share_a_name_in_any_case(load):
    items = "- id: a\n  pref_label:\n    en: A\n- id: b\n  notation: A\n  pref_label:\n    en: B\n"
    assert refusal(load, kind=HEAD + items) == ["vocabularies/kind.yaml: concept b: 'a' names two concepts"]


@pytest.mark.parametrize(
    "text", ["", "text", "concepts: text\n", "label:\n  en: Kind\n", "concepts: []\n", "label: X\nconcepts: []\n"]
)
def test_a_file_without_label_or_concepts_is_reported(load, text):
    assert all(found.startswith("vocabularies/kind.yaml: ") for found in refusal(load, kind=text))


def test_problems_of_all_files_come_at_once(load):
    found = refusal(
        load, one=HEAD + "- id: a\n- id: b\n", two="a: [", three=HEAD + "- id: c\n  pref_label:\n    en: C\n"
    )
    assert [text.split(": ")[0] for text in found] == ["vocabularies/one.yaml"] * 2 + ["vocabularies/two.yaml"]


def test_a_folder_without_vocabularies_is_refused(tmp_path):
    with pytest.raises(InvalidRecord, match="no vocabulary files"):
        load_vocabularies(tmp_path)


def test_every_unknown_member_of_a_group_of_countries_is_reported(load):
    country = HEAD + "- id: KEN\n  territory: KE\n"
    region = HEAD + "- id: g\n  pref_label:\n    en: G\n  member: [KEN, XXX, YYY]\n"
    found = refusal(load, country=country, region=region)
    assert [name for name in ("KEN", "XXX", "YYY") if name in " ".join(found)] == ["XXX", "YYY"]


def test_a_group_lists_its_members_once_and_countries_know_their_groups(load):
    country = HEAD + "- id: KEN\n  territory: KE\n  broader: ['002']\n- id: FRA\n  territory: FR\n"
    region = HEAD + "- id: '002'\n  territory: '002'\n- id: g\n  pref_label:\n    en: G\n  member: [KEN]\n"
    found = load(country=country, region=region)
    assert found["country"].get("KEN").broader == ("002", "g")
    assert found["country"].get("FRA").broader == ()
