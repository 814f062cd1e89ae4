"""Twins across sources: found in other words, parts and languages; look-alikes and neighbours left alone."""

import random
import re
from pathlib import Path

import pytest
from conftest import make_record, tag
from lxml import etree
from msgspec.structs import replace

from hub.record import Point, Provenance, Record, Status, Translation
from indexer.harvest.plain import plain
from indexer.harvest.twins import THRESHOLD, Twins, canonical_address, signature

SHARED = Path(__file__).resolve().parents[2] / "shared" / "harvest"
CASES = SHARED / "fixtures" / "xml-case-studies" / "climate-adapt-cases-dev.xml"
# Number of a case in the file -> our record, which tells it in other words; paired by reading both.
PAIRS = {
    "4014": "valsain-amphibian-ponds", "4012": "life-boscos-menorca", "3981": "ebro-delta-lagoons",
    "3978": "allgaeu-moorallianz", "3976": "malmo-stakeholder-partnerships", "3974": "room-for-the-waal-nijmegen",
    "3972": "tamera-water-retention-landscape", "3983": "saimaa-seal-snowdrifts",
    "3985": "koros-maros-climate-management", "3996": "sigma-plan-scheldt", "3994": "rouen-luciline-ecodistrict",
    "3992": "isar-plan-munich", "3966": "zaragoza-water-saving-city", "3963": "berlin-biotope-area-factor",
    "3925": "vitoria-gasteiz-green-infrastructure", "3915": "freixo-do-meio-montado", "3917": "oka-estuary-urdaibai",
    "3919": "bosco-limite-aquifer-recharge", "3921": "hedwige-prosper-depoldering",
    "3923": "groundwork-london-social-housing", "3938": "basel-green-roofs", "3940": "lodz-blue-green-network",
    "3942": "lower-danube-green-corridor",
}  # fmt: skip
TEXTS = ("abstract", "challenge", "action", "results", "lessons")
MENU = "Skip to main content. We use cookies to improve this site. Home Solutions Events About us. Share this page."


@pytest.fixture(scope="module")
def records(real_corpus):
    return {entry.record.id: entry.record for entry in real_corpus.entries()}


@pytest.fixture(scope="module")
def twins(records):
    return Twins(records.values())


def others(twins, record):
    return [twin.other for twin in twins.like(record)]


def whole_text(record):
    return "\n\n".join([*(getattr(record, name) for name in TEXTS), record.text])


def mirror(record, text, **changes):
    """The record as a portal that copies it would show it."""
    bare = dict.fromkeys(TEXTS, "") | {"references": (), "documents": (), "also_at": ()}
    given = {"id": "mirror", "source": "mirror", "url": f"https://mirror.example/{record.id}", "text": text}
    return replace(record, **(bare | given | changes))


def in_another_language(text):
    """A text whose words are all others, but for names and numbers."""
    return re.sub(r"[^\W\d_]+", lambda word: word[0] if word[0][0].isupper() else "q" + word[0][::-1], text)


@pytest.mark.parametrize(
    "url",
    [
        "http://www.example.org/cases/7",
        "https://example.org/cases/7/",
        "https://EXAMPLE.org:443/fr/cases/7/index.html",
        "https://example.org/pt-br/cases/7?utm_source=letter&fbclid=x#results",
        "https://example.org/cases/7?lang=es",
    ],
)
def test_what_changes_no_page_is_no_part_of_an_address(url):
    assert canonical_address(url) == "//example.org/cases/7"


def test_what_changes_the_page_stays_in_an_address():
    assert canonical_address("https://example.org/index.php?b=2&a=1") == "//example.org?a=1&b=2"
    assert canonical_address("https://example.org/#/cases/7") == "//example.org#/cases/7"
    assert canonical_address("https://example.org:8080/fr") == "//example.org:8080/fr"
    assert canonical_address("https://[broken/") == ""


def test_the_same_address_is_the_same_case_whatever_the_words():
    known = make_record("known", also_at=["http://www.example.net/en/a?utm_medium=rss"])
    found = make_record(
        "found", source="other", title="Quite another", abstract="Nothing alike.", url="https://example.net/a/"
    )
    (twin,) = Twins([known]).like(found)
    assert (twin.one, twin.other, twin.score) == ("found", "known", 1.0)
    assert "the same address" in twin.reason


def test_an_address_of_many_records_says_nothing():
    home = ["https://programme.example.org/"]
    known = [
        make_record(f"known-{n}", title=f"Title {n}", abstract=f"Words {n}.", source="one", also_at=home)
        for n in range(9)
    ]
    found = make_record("found", source="other", title="Quite another", abstract="Nothing alike.", also_at=home)
    assert Twins(known).like(found) == []


def test_records_of_the_same_source_are_no_twins(records, twins):
    record = records["basel-green-roofs"]
    assert others(twins, replace(record, id="again", source="another")) == [record.id]
    assert others(twins, replace(record, id="again")) == []


def test_many_like_it_in_its_own_source_do_not_hide_a_twin(records):
    record = records["basel-green-roofs"]
    known = [replace(record, id=f"known-{n}", source="found") for n in range(60)]
    found = replace(record, id="found", source="found", url="https://example.org/found")
    assert others(Twins([*known, *records.values()]), found) == [record.id]


def test_a_record_is_no_twin_of_itself(records, twins):
    assert "basel-green-roofs" not in others(twins, records["basel-green-roofs"])


def test_a_record_added_again_takes_the_place_of_the_first(records):
    index = Twins(records.values())
    found = replace(records["basel-green-roofs"], id="found", source="other", url="https://example.org/other")
    index.add(replace(make_record("basel-green-roofs"), source="climate-adapt"))
    assert others(index, found) == []


def test_a_new_record_is_found_at_once():
    text = (
        "The bog near Quickenborn was drained for peat more than a century ago. Volunteers closed eleven ditches and "
        "the water rose within two winters, so that sphagnum, sundew and cranes came back."
    )
    known = make_record("known", title="Rewetting pays", abstract=text)
    found = replace(known, id="found", source="other", title="A bog", url="https://example.org/bog")
    index = Twins()
    assert others(index, found) == []
    index.add(known)
    assert others(index, found) == ["known"]


def test_a_text_within_a_page_is_found(records, twins):
    for record in list(records.values())[::9]:
        page = f"{MENU}\n\n{whole_text(record)}\n\n{MENU.upper()}"
        (twin, *_) = twins.like(mirror(record, page, title="Case study", tags=(), place="", point=None))
        assert twin.other == record.id
        assert "of the shorter text" in twin.reason


def test_a_part_of_a_text_is_found_without_title_and_place(records, twins):
    for record in list(records.values())[::9]:
        words = whole_text(record).split()
        part = " ".join(words[: len(words) * 4 // 10])
        assert record.id in others(twins, mirror(record, part, title="News", tags=(), place="", point=None, began=""))


def test_sentences_in_another_order_under_a_shortened_title_are_found(records, twins):
    shuffle = random.Random(7)  # noqa: S311 - a fixed order
    for record in list(records.values())[::9]:
        sentences = re.split(r"(?<=[.!?])\s+", whole_text(record))
        shuffle.shuffle(sentences)
        title = " ".join(record.title.split()[: len(record.title.split()) * 2 // 3])
        assert record.id in others(twins, mirror(record, " ".join(sentences), title=title))


def test_the_same_title_is_found_without_any_text(records, twins):
    for record in list(records.values())[::9]:
        bare = mirror(record, "", tags=(), place="", point=None, organisations=(), began="")
        (twin, *_) = twins.like(bare)
        assert twin.other == record.id
        assert "the same title" in twin.reason


def test_many_translations_are_found_by_names_numbers_and_place(records, twins):
    chosen = list(records.values())[::3]
    found = 0
    for record in chosen:
        language = "es" if record.language != "es" else "en"
        text = in_another_language(whole_text(record))
        translated = mirror(record, text, language=language, title=in_another_language(record.title))
        found += record.id in others(twins, translated)
    assert found / len(chosen) > 0.55


def test_a_translated_title_of_ours_counts():
    known = [
        make_record(f"known-{n}", title=f"Another case of number {n}", abstract="It went well.") for n in range(20)
    ]
    french = Translation("Des roselières nettoient l'eau du lac de Clara", "Une ville plante des roseaux.")
    known.append(replace(make_record("reed-bed"), translations={"fr": french}))
    found = make_record(
        "found",
        source="other",
        language="fr",
        title=french.title,
        abstract="Autres mots.",
        url="https://example.org/fr",
    )
    assert others(Twins(known), found) == ["reed-bed"]


def test_the_same_case_on_pages_of_two_languages(records, twins):
    (twin,) = twins.like(records["os-minarzos-reserva-pescadores"])
    assert twin.other == "os-minarzos-co-management-model-spreads"
    assert twin.reason.startswith("places close together; both began in 2007; in common: ")
    assert "Carnota" in twin.reason


@pytest.mark.parametrize(
    "ids",
    [
        ("bhutan-for-life-single-closing", "bhutan-nine-abs-products"),
        ("blacknets-karadeniz-hayalet-aglar", "turkiye-terk-edilmis-av-araclari"),
        ("acteon-gambier-sans-rats", "tetiaroa-deratisation-manuelle"),
        ("mboga-yaye-ostreiculture-joal", "yoon-ndiofor-mangroves-saloum"),
        ("copenhagen-repair-cafes", "copenhagen-organic-public-kitchens"),
        ("mexico-lmo-training-of-trainers", "new-delhi-lmo-training-of-trainers"),
    ],
)
def test_look_alikes_are_no_twins(records, twins, ids):
    # Two of them are of one source, where nothing is compared: as if of two.
    record = replace(records[ids[0]], source="another")
    assert ids[1] not in others(twins, record)


def test_few_records_of_the_corpus_are_called_twins(records, twins):
    pairs = {tuple(sorted((twin.one, twin.other))) for record in records.values() for twin in twins.like(record)}
    assert len(pairs) <= 3


def test_the_same_words_of_another_country_count_half(records, twins):
    record = replace(
        records["basel-green-roofs"], id="found", source="other", title="Roofs", url="https://example.org/x"
    )
    away = replace(record, tags=make_record("a", tags=[tag("country", "NZL")]).tags)
    here, there = (twins.like(entry)[0] for entry in (record, away))
    assert there.score < here.score
    assert "but the countries differ" in there.reason


def test_places_far_apart_speak_against_twins(records, twins):
    record = records["os-minarzos-reserva-pescadores"]
    copy = mirror(record, "")
    away, country = (replace(copy, point=Point(-3.7, 40.4, precision)) for precision in ("exact", "country"))
    near, far, unknown = (twins.like(entry)[0] for entry in (copy, away, country))
    assert near.score > unknown.score > far.score
    assert "places close together" in near.reason
    assert "but places 524 km apart" in far.reason


def test_names_are_words_written_with_a_capital_only():
    abstract = "Roofs were made green for 12,500 people in 1996."
    mark = signature(make_record("a", title="Green Roofs of Basel", place="Basel, Switzerland", abstract=abstract))
    assert mark.head == {"basel", "roofs"}
    assert mark.body == {"12500"}


def test_texts_are_found_in_a_sorted_index_too():
    words = [f"word{n}" for n in range(3000)]
    choose = random.Random(3)  # noqa: S311 - fixed texts
    known = [
        make_record(f"known-{n}", title=f"Case {n}", abstract=" ".join(choose.choices(words, k=40)))
        for n in range(2300)
    ]
    index = Twins(known)
    for record in (known[5], known[2000], known[2299]):
        found = replace(record, id="found", source="other", language="fr", title="Page", url="https://example.org/p")
        assert others(index, found) == [record.id]
    index.add(make_record("latest", abstract=" ".join(choose.choices(words, k=40))))
    assert others(index, found) == ["known-2299"]


def test_a_record_without_words_has_no_twins(twins):
    assert twins.like(make_record("empty", title="…", abstract="…", source="other", url="https://example.org/e")) == []


def test_pages_are_found_from_summaries_in_other_words(twins):
    if not CASES.exists():
        pytest.skip("the real files are not there")
    right, wrong = set(), set()
    for item in etree.parse(CASES).getroot():
        record = page(item)
        for twin in twins.like(record):
            assert twin.score >= THRESHOLD
            (right if PAIRS.get(record.id) == twin.other else wrong).add((twin.one, twin.other))
    assert len(right) == len(PAIRS)
    # Two parts of the Sigma Plan have records of their own and are named on its page.
    assert {one for one, _ in wrong} <= {"3996"}


def page(item):
    """A case of the file as a record, without its links: text, title and nothing else."""

    def text(name):
        return plain(item.findtext(name) or "")

    return Record(
        id=item.findtext("item_id"),
        status=Status.DRAFT,
        type="case-study",
        title=text("field_title"),
        abstract=text("field_information"),
        language="en",
        source="the-portal-itself",
        url=f"https://example.org/{item.findtext('item_id')}",
        provenance=Provenance("test", "2026-01-01", "2026-01-01"),
        challenge=text("field_challenges"),
        action=text("field_solutions"),
        results=text("field_factors"),
        text=text("field_objectives"),
    )
