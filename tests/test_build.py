"""From the corpus to the index: what a build does, leaves alone and reports."""

from __future__ import annotations

import os
import shutil

import pytest
from conftest import ROOT, SMALL, make_record, tag
from msgspec.structs import replace

from hub.corpus import Corpus, format_record
from hub.engine.whoosh.engine import WhooshEngine
from hub.errors import InvalidRecord, Moved, NotFound, Withdrawn
from hub.query import FACETS, SearchRequest
from hub.vocabulary import load_vocabularies
from indexer.build import Done, build, facets_of, keywords_of, prepare, to_document

VOCABULARIES = load_vocabularies(ROOT / "corpus" / "vocabularies")
PUBLISHED = {record.id for record in SMALL if record.status == "published"}


def put(corpus, record):
    (corpus.records / f"{record.id}.yaml").write_text(format_record(record), encoding="utf-8")


def damage(corpus, record_id):
    (corpus.records / f"{record_id}.yaml").write_text("title: [", encoding="utf-8")


def found(engine, q=""):
    return {hit.record.id for hit in engine.search(SearchRequest(q, per_page=100)).hits}


def small(record_id):
    return next(record for record in SMALL if record.id == record_id)


def counts(report):
    return report.added, report.changed, report.removed


# -- outcomes


def test_the_first_build_is_fresh_and_the_second_has_nothing_to_do(corpus, tmp_path):
    engine = WhooshEngine(tmp_path / "index")
    first = build(corpus, engine)
    assert (first.done, *counts(first), first.problems) == (Done.FRESH, 5, 0, 0, ())
    assert (first.info.records, first.info.revision) == (5, corpus.revision())
    assert found(engine) == PUBLISHED
    second = build(corpus, engine)
    assert (second.done, *counts(second)) == (Done.NOTHING, 0, 0, 0)
    assert second.info == first.info


def test_a_touched_file_with_the_same_content_changes_nothing(corpus, engine):
    os.utime(corpus.records / "reed-bed.yaml", (1, 1))
    assert build(corpus, engine).done is Done.NOTHING


def test_added_changed_and_removed_records_are_an_update(corpus, engine):
    put(corpus, make_record("otter-holt", title="Otters"))
    put(corpus, replace(small("reed-bed"), title="Otters in the reeds"))
    (corpus.records / "merged-case.yaml").unlink()
    report = build(corpus, engine)
    assert (report.done, *counts(report)) == (Done.UPDATED, 1, 1, 1)
    assert found(engine, "otter") == {"otter-holt", "reed-bed"}
    assert found(engine) == PUBLISHED - {"merged-case"} | {"otter-holt"}
    assert (engine.info().revision, engine.info().records) == (corpus.revision(), 5)


def test_a_fresh_build_on_demand_writes_everything(corpus, engine):
    report = build(corpus, engine, fresh=True)
    assert (report.done, report.info.generation, report.info.records) == (Done.FRESH, "g000002", 5)
    assert found(engine) == PUBLISHED


def test_a_change_that_no_document_holds_still_brings_the_revision_in(corpus, engine):
    put(corpus, replace(small("draft-case"), title="Another draft"))
    report = build(corpus, engine)
    assert (report.done, *counts(report)) == (Done.UPDATED, 0, 0, 0)
    assert engine.info().revision == corpus.revision()
    assert build(corpus, engine).done is Done.NOTHING


def test_a_damaged_index_is_built_afresh(corpus, engine, tmp_path):
    (tmp_path / "instance" / "index" / "current.json").write_text("{")
    assert build(corpus, engine).done is Done.FRESH
    assert found(engine) == PUBLISHED


def test_an_empty_corpus_is_built_once(corpus, engine):
    for path in corpus.records.glob("*.yaml"):
        path.unlink()
    assert counts(build(corpus, engine)) == (0, 0, 5)
    assert found(engine) == set()
    assert build(corpus, engine).done is Done.NOTHING


def test_progress_is_shown_for_exactly_what_is_written(corpus, engine):
    seen = []

    def progress(documents, total):
        for document in documents:
            seen.append((document.record.id, total))
            yield document

    put(corpus, replace(small("reed-bed"), title="Otters"))
    build(corpus, engine, progress=progress)
    assert seen == [("reed-bed", 1)]


# -- damaged files


def test_a_damaged_file_keeps_the_indexed_version_and_is_reported(corpus, engine):
    damage(corpus, "reed-bed")
    report = build(corpus, engine)
    assert (report.done, *counts(report)) == (Done.UPDATED, 0, 0, 0)
    assert [problem.file for problem in report.problems] == ["records/reed-bed.yaml"]
    assert engine.get("reed-bed").title == small("reed-bed").title
    assert found(engine) == PUBLISHED
    again = build(corpus, engine)
    assert (again.done, again.problems) == (Done.NOTHING, report.problems)


def test_a_repaired_file_comes_back_as_a_change(corpus, engine):
    damage(corpus, "reed-bed")
    build(corpus, engine)
    put(corpus, replace(small("reed-bed"), title="Otters"))
    report = build(corpus, engine)
    assert (report.done, *counts(report), report.problems) == (Done.UPDATED, 0, 1, 0, ())
    assert found(engine, "otter") == {"reed-bed"}


def test_a_damaged_file_does_not_keep_others_from_the_first_build(corpus, tmp_path):
    damage(corpus, "reed-bed")
    engine = WhooshEngine(tmp_path / "index")
    report = build(corpus, engine)
    assert (report.done, *counts(report), len(report.problems)) == (Done.FRESH, 4, 0, 0, 1)
    assert found(engine) == PUBLISHED - {"reed-bed"}


def test_a_record_that_contradicts_the_vocabularies_is_held_back_and_reported(corpus, engine):
    put(corpus, replace(small("reed-bed"), title="Otters", type="no-such-type"))
    report = build(corpus, engine)
    assert [str(problem) for problem in report.problems] == [
        "records/reed-bed.yaml: type: 'no-such-type' is not in vocabulary 'type'"
    ]
    assert engine.get("reed-bed").type == "case-study"


def test_a_withdrawal_takes_effect_even_where_the_record_contradicts_the_vocabularies(corpus, engine):
    put(corpus, replace(small("reed-bed"), status=small("gone-case").status, type="no-such-type"))
    assert len(build(corpus, engine).problems) == 1
    assert "reed-bed" not in found(engine)
    with pytest.raises(Withdrawn):
        engine.get("reed-bed")


def test_every_value_that_is_counted_has_its_concept_though_its_only_file_is_damaged(corpus, engine):
    damage(corpus, "mangrove-nursery")  # the only one of its source
    damage(corpus, "indice-de-ciudades")  # the only one in its language
    build(corpus, engine)
    facets, vocabularies = engine.search(SearchRequest(facets=FACETS)).facets, engine.edition().vocabularies
    assert facets["source"].values["other-portal"] == facets["language"].values["es"] == 1
    for name in ("source", "language", "target", "theme", "country", "region", "type"):
        assert [value for value in facets[name].values if value not in vocabularies[name]] == []


def test_former_and_withdrawn_ids_in_a_damaged_file_still_answer(corpus, engine):
    damage(corpus, "merged-case")
    damage(corpus, "gone-case")
    build(corpus, engine)
    with pytest.raises(Moved):
        engine.get("old-case")
    with pytest.raises(Withdrawn):
        engine.get("gone-case")


def test_damaged_vocabularies_stop_the_build_and_leave_the_index(corpus, engine):
    before = engine.info()
    (corpus.folder / "vocabularies" / "theme.yaml").write_text("concepts: 7")
    with pytest.raises(InvalidRecord, match="theme"):
        build(corpus, engine)
    assert engine.info() == before
    assert found(engine) == PUBLISHED


# -- vocabularies, status, former ids


def rename_freshwater(corpus):
    path = corpus.folder / "vocabularies" / "theme.yaml"
    text = path.read_text(encoding="utf-8")
    assert "en: Rivers, lakes and inland wetlands" in text
    path.write_text(text.replace("en: Rivers, lakes and inland wetlands", "en: Xylophonic waters"), encoding="utf-8")


def test_a_vocabulary_change_rebuilds_everything(corpus, engine):
    rename_freshwater(corpus)
    report = build(corpus, engine)
    assert (report.done, *counts(report)) == (Done.FRESH, 0, 5, 0)
    assert found(engine, "xylophonic") == {"reed-bed", "tourbiere-du-plateau"}
    assert engine.edition().vocabularies["theme"].get("eco-freshwater").pref_label["en"] == "Xylophonic waters"


def test_a_vocabulary_change_reaches_every_readable_record_beside_a_damaged_one(corpus, engine):
    damage(corpus, "reed-bed")
    rename_freshwater(corpus)
    report = build(corpus, engine)
    assert (report.done, *counts(report)) == (Done.UPDATED, 0, 4, 0)
    assert found(engine, "xylophonic") == {"tourbiere-du-plateau"}
    assert found(engine) == PUBLISHED


@pytest.mark.parametrize(("status", "error"), [("draft", NotFound), ("withdrawn", Withdrawn)])
def test_a_record_that_is_no_longer_published_leaves_the_index(corpus, engine, status, error):
    put(corpus, make_record("reed-bed", status=status))
    assert counts(build(corpus, engine)) == (0, 0, 1)
    assert found(engine, "reed") == {"merged-case"}
    with pytest.raises(error):
        engine.get("reed-bed")


def test_a_published_draft_enters_the_index(corpus, engine):
    with pytest.raises(NotFound):
        engine.get("draft-case")
    put(corpus, make_record("draft-case", title="Otters"))
    assert counts(build(corpus, engine)) == (1, 0, 0)
    assert found(engine, "otter") == {"draft-case"}


def test_a_merged_record_answers_for_its_former_ids(corpus, engine):
    (corpus.records / "reed-bed.yaml").unlink()
    put(corpus, replace(small("merged-case"), replaces=("old-case", "reed-bed")))
    build(corpus, engine)
    for former in ("old-case", "reed-bed"):
        with pytest.raises(Moved) as moved:
            engine.get(former)
        assert moved.value.record_id == "merged-case"


def test_the_edition_holds_every_vocabulary_with_languages_and_sources(corpus, engine):
    edition = engine.edition()
    assert set(edition.vocabularies) == {*corpus.vocabularies(), "language", "source"}
    assert [concept.id for concept in edition.vocabularies["language"]] == ["en", "es", "fr"]
    labels = {concept.id: concept.pref_label["en"] for concept in edition.vocabularies["source"]}
    assert labels == {"example-portal": "Example Portal", "other-portal": "Other Portal"}
    assert (edition.withdrawn, dict(edition.moved)) == (("gone-case",), {"old-case": "merged-case"})


# -- documents


def test_facets_hold_broader_concepts_and_leave_out_what_is_not_stated():
    facets = facets_of(small("mangrove-nursery"), VOCABULARIES)
    assert set(facets["target"]) == {"2", "23", "reducing-threats", "tools-solutions"}
    assert set(facets["theme"]) == {"eco-coast", "eco"}
    assert facets["country"] == ("KEN",)
    assert {"014", "202", "002", "001"} <= set(facets["region"])
    assert (facets["year"], facets["type"], facets["language"]) == (("2019",), ("good-practice",), ("en",))
    assert facets["source"] == ("other-portal",)
    assert "evidence" not in facets


def test_a_region_tag_counts_under_its_broader_regions_without_a_country():
    facets = facets_of(make_record(tags=[tag("region", "202")]), VOCABULARIES)
    assert set(facets["region"]) == {"202", "002", "001"}
    assert "country" not in facets


def test_rejected_tags_count_nowhere_and_suggested_ones_do():
    tags = [tag("target", "GBF-TARGET-08", "rejected"), tag("target", "GBF-TARGET-07", "suggested")]
    record = make_record(tags=[*tags, tag("country", "KEN", "rejected")])
    facets = facets_of(record, VOCABULARIES)
    assert set(facets["target"]) == {"7", "reducing-threats"}
    assert not {"country", "region"} & set(facets)
    assert "Kenya" not in dict(map(reversed, keywords_of(record, VOCABULARIES)))


def test_every_facet_value_of_a_record_stands_once():
    record = make_record(tags=[tag("country", "FRA"), tag("country", "BEL"), tag("region", "150")])
    for values in facets_of(record, VOCABULARIES).values():
        assert len(set(values)) == len(values)


def test_keywords_are_own_words_and_concept_names_each_with_its_language():
    record = make_record(
        language="pt", place="Rio Claro", organisations=["Instituto Lontra"], source_tags=["zonas húmidas"],
        tags=[tag("country", "KEN"), tag("theme", "eco-coast")],
    )  # fmt: skip
    keywords = keywords_of(record, VOCABULARIES)
    assert {("pt", "Rio Claro"), ("pt", "Instituto Lontra"), ("pt", "zonas húmidas")} <= set(keywords)
    assert {("en", "Kenya"), ("es", "Kenia"), ("en", "Coasts, estuaries and lagoons")} <= set(keywords)
    assert {language for language, _ in keywords} == {"en", "fr", "es", "pt"}
    assert len(set(keywords)) == len(keywords)


def test_a_document_holds_no_contact_and_its_own_fingerprint():
    record = make_record(contact="office@example.org")
    document = to_document(record, VOCABULARIES, "abc")
    assert document.record == make_record()
    assert document.fingerprint == "abc"
    assert document.facets == facets_of(record, VOCABULARIES)


def test_fingerprints_change_with_the_record_and_with_the_vocabularies_only(corpus):
    def fingerprints():
        return {document.record.id: document.fingerprint for document in prepare(corpus)[0]}

    before = fingerprints()
    assert before.keys() == PUBLISHED
    put(corpus, replace(small("reed-bed"), text="Otters."))
    after = fingerprints()
    assert {record_id for record_id in before if before[record_id] != after[record_id]} == {"reed-bed"}
    rename_freshwater(corpus)
    assert not set(fingerprints().values()) & set(after.values())


def test_preparing_changes_no_file(corpus, tmp_path):
    copy = shutil.copytree(corpus.folder, tmp_path / "copy")
    prepare(corpus)
    assert Corpus(copy).revision() == corpus.revision()
