"""From a source's data to a draft, and from a draft to its next state."""

import pytest
from conftest import ROOT
from msgspec.structs import replace

from hub.corpus import Corpus, format_record
from hub.errors import InvalidRecord
from hub.record import Change, Decision, Evidence, Link, Point, Status, Tag, Translation
from indexer.harvest.draft import draft
from indexer.harvest.item import Item, Reference, Unreadable
from indexer.harvest.mapping import Mapper, expression, find
from indexer.harvest.merge import NOTHING, flagged_back, flagged_gone, merged
from indexer.harvest.source import Source

VOCABULARIES = Corpus(ROOT / "corpus").vocabularies()
COUNTRIES = VOCABULARIES["country"]
SOURCE = Source(
    "example-portal", "Example Portal", "json", "https://example.org/api", license="CC BY 4.0", full_text=True
)
ITEM = Item(
    id="17",
    url="https://example.org/cases/17",
    title="Reed beds clean a lake",
    abstract="A town planted reed beds around its lake. The water became clearer.",
    challenge="Nutrients from farms.",
    action="Reeds were planted.",
    language="en",
    countries=("BEL",),
    source_tags=("wetlands", "GBF-TARGET-02"),
)


@pytest.fixture(scope="module")
def mapper():
    return Mapper(VOCABULARIES, ROOT / "corpus" / "tagging")


def made(item=ITEM, source=SOURCE, today="2026-01-01"):
    return draft(item, source, "reed-beds", today, COUNTRIES)


def mapped(mapper, data, **fields):
    expressions = {name: (text,) if isinstance(text, str) else text for name, text in fields.items()}
    return mapper.item(Reference("1", "/p/1", data=data), expressions, "https://example.org/")


# mapping


def test_data_becomes_an_item_by_declared_expressions(mapper):
    data = {
        "attributes": {"title": "A <b>title</b>", "body": {"value": "<p>One</p><p>Two</p>"}, "lang": "eng"},
        "where": ["be", "Espagne", "Atlantis"],
        "geo": '{"type":"Point","coordinates":[4.3,50.8]}',
        "tags": "restoration, GBF-TARGET-02,,",
        "img": [{"src": "/a.jpg", "alt": "Reeds"}, {"src": "/a.jpg"}],
        "mail": "jane.doe@example.org",
        "kind": "Good practices",
    }
    item = mapped(
        mapper,
        data,
        title="attributes.title",
        text="attributes.body.value",
        language="attributes.lang",
        countries="where",
        point="geo",
        source_tags=("split(tags, ',')", "kind"),
        images="img",
        contact="mail",
        type="kind",
    )
    assert (item.title, item.text, item.language) == ("A title", "One\n\nTwo", "en")
    assert (item.countries, item.point) == (("BEL", "ESP"), Point(4.3, 50.8, "approximate"))
    assert item.source_tags == ("restoration", "GBF-TARGET-02", "Good practices")
    assert item.images == (Link("https://example.org/a.jpg"),)
    assert (item.contact, item.type, item.url) == ("", "good-practice", "https://example.org/p/1")


def test_a_list_in_one_text_gives_way_to_its_parts(mapper):
    item = mapped(mapper, {"t": "peat; farms", "u": "fire, flood"}, source_tags=("split(t, ';')", "t", "u"))
    assert item.source_tags == ("peat", "farms", "fire, flood")


def test_of_several_expressions_a_text_takes_the_first_that_finds_something(mapper):
    item = mapped(mapper, {"b": "", "c": "yes"}, title=("a", "b", "c"))
    assert item.title == "yes"


def test_texts_in_several_languages_give_one_record_and_its_translations(mapper):
    data = {"t": {"fr": "Un titre", "en": "A title", "ar": ""}, "s": {"fr": "Un résumé", "en": "A summary"}}
    item = mapped(mapper, data, title="t", abstract="s")
    assert (item.language, item.title, item.abstract) == ("en", "A title", "A summary")
    assert item.translations == {"fr": Translation("Un titre", "Un résumé")}
    only = mapped(mapper, {"t": {"fr": "Un titre"}}, title="t")
    assert (only.language, only.title, only.translations) == ("fr", "Un titre", None)


def test_a_body_is_divided_by_its_headings_where_the_source_gives_no_sections(mapper):
    body = "<p>Intro.</p><h2>Challenge</h2><p>Too dry.</p><h2>Results</h2><p>Wet again.</p>"
    item = mapped(mapper, {"b": body}, text="b")
    assert (item.text, item.challenge, item.results) == ("Intro.", "Too dry.", "Wet again.")
    kept = mapped(mapper, {"b": body, "r": "Measured."}, text="b", results="r")
    assert (kept.results, kept.challenge) == ("Measured.", "")
    assert "Too dry." in kept.text


def test_an_expression_that_does_not_fit_the_data_finds_nothing(mapper):
    assert find("length(a)", {"a": 3}) is None
    assert find("from_json(a).b", {"a": '{"b": 1}'}) == 1
    assert find("from_json(a)", {"a": "{"}) is None
    assert find("split(a, ',')", {"a": None}) == []
    assert find("paragraphs(a, b, c)", {"a": "<p>x</p>", "c": "y"}) == "x\n\ny"
    with pytest.raises(Unreadable, match="no JMESPath expression"):
        expression("a[")
    assert mapped(mapper, {"a": {"deep": [1]}}, title="a.b.c", point="a", countries="a").title == ""


@pytest.mark.parametrize(
    ("value", "codes"),
    [
        ("be", "BEL"),
        ("Österreich", "AUT"),
        ("Bolivia (Plurinational State of)", "BOL"),
        ("United Kingdom of Great Britain and Northern Ireland", "GBR"),
        ("UK", "GBR"),
        ("EL", "GRC"),
        ("The Gambia", "GMB"),
        ("Ivory Coast", "CIV"),
        ("DE, FR; Polska", "DEU FRA POL"),
        (["Spain", {"name": "Portugal"}], "ESP PRT"),
        ("Atlantis", ""),
    ],
)
def test_countries_are_known_by_code_and_by_name_in_any_language(mapper, value, codes):
    assert mapped(mapper, {"c": value}, countries="c").countries == tuple(codes.split())


# drafts


def test_an_item_becomes_a_draft_that_the_corpus_can_hold():
    record = made()
    assert format_record(record)
    assert (record.status, record.type, record.source, record.source_id) == (
        Status.DRAFT,
        "case-study",
        "example-portal",
        "17",
    )
    assert (record.publisher, record.license, record.place) == ("Example Portal", "CC BY 4.0", "Belgium")
    assert (record.challenge, record.action) == ("Nutrients from farms.", "Reeds were planted.")
    assert (record.provenance.harvester, record.provenance.words) == ("indexer harvest", "source")
    assert record.tags == ()


def test_the_source_s_text_stays_outside_where_its_licence_does_not_allow_it():
    closed = replace(SOURCE, full_text=False, license="")
    record = made(source=closed)
    assert (record.challenge, record.action, record.text) == ("", "", "")
    assert record.abstract == ITEM.abstract
    assert "licence does not allow" in record.provenance.note
    free = made(replace(ITEM, license="CC BY 4.0"), closed)
    assert free.challenge == "Nutrients from farms."
    assert made(replace(ITEM, license="CC BY-NC 4.0"), closed).challenge == ""


def test_an_abstract_is_the_first_sentences_up_to_sixty_words():
    long = " ".join(f"Sentence number {n} has exactly seven words." for n in range(30))
    record = made(replace(ITEM, abstract=long, challenge="", action=""))
    assert 50 <= len(record.abstract.split()) <= 60
    assert record.abstract.endswith("words.")
    assert record.text == long
    assert made(replace(ITEM, abstract="")).abstract == "Nutrients from farms."
    endless = made(replace(ITEM, abstract="word " * 100))
    assert endless.abstract == "word " * 60 + "…"


def test_what_a_record_cannot_hold_is_left_out_and_costs_no_item():
    item = replace(
        ITEM,
        contact="not a mailbox",
        began="0001",
        references=("https://example.org/x", "ftp://no"),
        images=(Link("https://example.org/i.jpg", "a\nb"),),
        text="word " * 10_000,
        title="t" * 900,
    )
    record = made(item)
    assert format_record(record)
    assert (record.contact, record.began, record.references, record.images) == ("", "", ("https://example.org/x",), ())
    assert 19_900 < len(record.text) <= 20_000
    assert record.title.endswith("…")
    assert "cut" in record.provenance.note


@pytest.mark.parametrize("name", ["title", "language", "url"])
def test_what_lacks_the_necessary_is_no_record(name):
    with pytest.raises(InvalidRecord, match=f"^{name}: the source does not say it"):
        made(replace(ITEM, **{name: ""}))


@pytest.mark.parametrize(
    ("said", "kept"), [("en-US", "en"), ("pt-BR", "pt-BR"), ("zh-TW", "zh-TW"), ("sr-Latn-RS", "sr-Latn"), ("fr", "fr")]
)
def test_a_language_keeps_its_region_only_where_that_says_something(said, kept):
    assert made(replace(ITEM, language=said)).language == kept


def test_the_hash_tells_whether_the_source_says_the_same_and_the_record_would_hold_it():
    def hash_of(item=ITEM, source=SOURCE, today="2026-01-01"):
        return made(item, source, today).provenance.content_hash

    assert hash_of() == hash_of(replace(ITEM, read="page"), today="2026-05-05")
    others = {
        hash_of(replace(ITEM, title="Another")),
        hash_of(source=replace(SOURCE, license="CC0 1.0")),
        hash_of(source=replace(SOURCE, full_text=False, license="")),
    }
    assert len({hash_of(), *others}) == 4


def test_years_that_contradict_each_other_are_left_out():
    record = made(replace(ITEM, began="2019", ended="2014-05"))
    assert (record.began, record.ended) == ("", "")
    assert made(replace(ITEM, began="2019-02", ended="2019")).ended == "2019"


def test_translations_are_as_short_as_the_record_s_own_abstract():
    long = "Une phrase de sept mots est ici. " * 40
    record = made(replace(ITEM, translations={"fr": Translation("Un titre", long + "\n\n" + long)}))
    assert format_record(record)
    assert len(record.translations["fr"].abstract.split()) <= 60


def test_no_address_of_anybody_is_kept_as_an_organisation():
    record = made(replace(ITEM, organisations=("Town of Clara", "jane@example.org"), publisher="jane@example.org"))
    assert (record.organisations, record.publisher) == (("Town of Clara",), "Example Portal")


# merging


def test_a_draft_that_nobody_touched_takes_what_changed_and_says_so():
    base, theirs = made(), made(replace(ITEM, title="Reed beds clean two lakes"), today="2026-02-02")
    found = merged(base, base, theirs, "2026-02-02")
    assert found.title == "Reed beds clean two lakes"
    assert found.changes == (Change("title", "2026-02-02"),)
    assert (found.provenance.first_seen, found.provenance.last_seen) == ("2026-01-01", "2026-02-02")
    assert found.provenance.content_hash == theirs.provenance.content_hash


def test_what_a_curator_wrote_stays_and_the_source_s_new_value_is_put_beside_it():
    base = made()
    ours = replace(base, title="A better title", began="2014", provenance=replace(base.provenance, words=""))
    theirs = made(replace(ITEM, title="Reed beds clean two lakes"))
    found = merged(ours, base, theirs, "2026-02-02")
    assert (found.title, found.began, found.provenance.words) == ("A better title", "2014", "")
    assert found.changes == (Change("title", "2026-02-02", "Reed beds clean two lakes"),)
    back = merged(found, theirs, replace(base, title="A better title"), "2026-03-03")
    assert back.changes == ()


def test_a_published_record_never_changes_by_itself():
    base = made()
    ours = replace(base, status=Status.PUBLISHED)
    found = merged(ours, base, made(replace(ITEM, action="", point=Point(4.0, 50.0, "exact"))), "2026-02-02")
    assert found.action == base.action
    assert {change.field: change.value for change in found.changes} == {
        "action": NOTHING,
        "point": "50.0, 4.0 (exact)",
    }


def test_without_the_memory_of_what_the_source_said_nothing_is_overwritten():
    ours = replace(made(), title="A better title")
    found = merged(ours, None, made(replace(ITEM, abstract="New words of the source.")), "2026-02-02")
    assert (found.title, found.abstract) == ("A better title", ITEM.abstract)
    assert {change.field for change in found.changes} == {"title", "abstract"}


def test_decisions_stay_and_quotations_that_stand_no_more_go():
    said = {"field": "challenge", "quote": "Nutrients from farms."}
    base = made()
    tags = tuple(
        Tag("theme", name, decision, "rule", evidence=None if name == "eco-island" else Evidence(**said))
        for name, decision in (("eco-freshwater", Decision.ACCEPTED), ("eco-coast", Decision.SUGGESTED),
                               ("eco-urban", Decision.REJECTED), ("eco-island", Decision.SUGGESTED))
    )  # fmt: skip
    ours = replace(base, tags=tags)
    found = merged(ours, base, made(replace(ITEM, challenge="Something else.")), "2026-02-02")
    assert [(tag.concept, tag.evidence) for tag in found.tags] == [
        ("eco-freshwater", None),
        ("eco-urban", None),
        ("eco-island", None),
    ]
    same = merged(ours, base, made(replace(ITEM, title="Other")), "2026-02-02")
    assert same.tags == tags


def test_the_source_s_own_terms_always_follow_the_source():
    base = made()
    found = merged(
        replace(base, status=Status.PUBLISHED), base, made(replace(ITEM, source_tags=("new",))), "2026-02-02"
    )
    assert (found.source_tags, found.changes) == (("new",), ())


def test_what_is_gone_is_flagged_and_withdrawn_only_by_policy():
    base = replace(made(), status=Status.PUBLISHED)
    once = flagged_gone(base, 1, 3, "2026-02-02")
    assert (once.status, once.provenance.gone) == (Status.PUBLISHED, "2026-02-02")
    assert flagged_gone(once, 2, 0, "2026-03-03") == once
    third = flagged_gone(once, 3, 3, "2026-04-04")
    assert (third.status, third.provenance.gone) == (Status.WITHDRAWN, "2026-02-02")
    assert flagged_back(once) == base
