"""The record model: what a record may hold, and that everything wrong with one is said at once."""

import pytest
from conftest import PLAIN, make_record, tag

from hub.errors import InvalidRecord
from hub.record import FIELDS, Decision, Point, Record, Status, parse_record, record_to_data

FULL = {
    **PLAIN,
    "challenge": "One.\n\nTwo.",
    "translations": {"fr": {"title": "Roselières", "abstract": "Résumé."}},
    "tags": [
        {
            "vocabulary": "target",
            "concept": "GBF-TARGET-02",
            "decision": "rejected",
            "method": "model",
            "score": "0.25",
            "evidence": {"field": "title", "quote": "Reed beds"},
            "by": "curator",
            "at": "2026-01-02",
        }
    ],
    "point": {"lon": "-13.5", "lat": "52", "precision": "approximate"},
    "began": "2014",
    "ended": "2015-06",
    "issued": "2016-07-08",
    "organisations": ["Town council"],
    "contact": "office@example.org",
    "replaces": ["older-case"],
    "images": [{"url": "https://example.org/a.jpg", "alt": "A reed bed", "credit": "A. Nonymous"}],
}


def problems(**changes):
    with pytest.raises(InvalidRecord) as caught:
        make_record(**changes)
    return {problem.field: problem.message for problem in caught.value.problems}


def test_a_record_gets_its_types_from_text():
    record = parse_record(FULL, "records/reed-bed.yaml")
    assert record.status is Status.PUBLISHED
    assert record.point == Point(-13.5, 52.0, "approximate")
    assert (record.tags[0].decision, record.tags[0].score) == (Decision.REJECTED, 0.25)
    assert record.tags[0].evidence.quote == "Reed beds"
    assert record.images[0].alt == "A reed bed"
    assert record.translations["fr"].title == "Roselières"


def test_plain_data_and_record_are_inverse():
    record = parse_record(FULL, "reed-bed.yaml")
    assert parse_record(record_to_data(record), "reed-bed.yaml") == record


def test_plain_data_comes_in_the_order_of_the_model_without_what_is_empty():
    data = record_to_data(parse_record(dict(reversed(FULL.items())), "reed-bed.yaml"))
    assert list(data) == [name for name in FIELDS if name in FULL]
    assert "by" not in record_to_data(make_record(tags=[tag("target", "GBF-TARGET-02")]))["tags"][0]


def test_a_score_or_coordinate_of_zero_is_kept():
    data = record_to_data(
        make_record(
            point={"lon": "0", "lat": "0", "precision": "exact"},
            tags=[{**tag("target", "GBF-TARGET-02"), "score": "0"}],
        )
    )
    assert data["point"] == {"lon": 0, "lat": 0, "precision": "exact"}
    assert data["tags"][0]["score"] == 0


def test_the_model_reads_exactly_the_fields_of_a_record():
    assert set(FIELDS) == set(Record.__struct_fields__)


@pytest.mark.parametrize(
    "name", ["id", "status", "type", "title", "abstract", "language", "source", "url", "provenance"]
)
def test_a_required_field_cannot_be_left_out(name):
    data = {key: value for key, value in PLAIN.items() if key != name}
    with pytest.raises(InvalidRecord, match=f"{name}: is missing"):
        parse_record(data, "reed-bed.yaml")


@pytest.mark.parametrize("blank", ["", "   ", "\n\n", "\u00a0"])
def test_a_required_field_cannot_be_blank(blank):
    assert problems(title=blank) == {"title": "is missing"}


@pytest.mark.parametrize("blank", ["", "  "])
def test_a_list_holds_no_blank_entries(blank):
    assert "organisations.1" in problems(organisations=[blank, "Town council"])


def test_everything_wrong_is_said_at_once():
    found = problems(
        status="ready",
        language="english",
        url="example.org",
        colour="green",
        abstract="",
        tags=[tag("target", "GBF-TARGET-02"), {"vocabulary": "theme"}],
        images=[{"alt": "no address"}],
        began="soon",
    )
    assert set(found) == {
        "status", "language", "url", "colour", "abstract", "began", "images.1.url",
        "tags.2.concept", "tags.2.decision", "tags.2.method",
    }  # fmt: skip


def test_every_translation_that_is_wrong_is_named():
    found = problems(translations={"fr": {"title": "Titre"}, "es": {"abstract": "Resumen"}})
    assert set(found) == {"translations.fr.abstract", "translations.es.title"}


@pytest.mark.parametrize("data", [None, "text", [], ["id"], 5])
def test_a_record_must_be_a_mapping(data):
    with pytest.raises(InvalidRecord, match="must be a mapping"):
        parse_record(data, "reed-bed.yaml")


@pytest.mark.parametrize("value", [["a"], {"a": "b"}, True, 5])
def test_a_text_field_takes_text_only(value):
    assert "must be text" in problems(title=value)["title"]


@pytest.mark.parametrize("name", ["tags", "organisations", "replaces", "images", "also_at"])
def test_a_list_field_takes_a_list_only(name):
    assert "must be a list" in problems(**{name: "text"})[name]


@pytest.mark.parametrize("text", ["a\nb", "a\rb", "a\r\nb", "a\u2028b"])
def test_a_title_is_one_line(text):
    assert "title" in problems(title=text)


@pytest.mark.parametrize("char", ["\x00", "\x07", "\x0b", "\x1b", "\x7f", "\x85", "\x9f", "\ufeff", "\uffff", "\ud800"])
@pytest.mark.parametrize("name", ["title", "text"])
def test_control_characters_are_refused(name, char):
    assert name in problems(**{name: f"a{char}b"})


def test_text_is_trimmed_and_bounded():
    assert make_record(title="  Reeds \n").title == "Reeds"
    assert make_record(title="x" * 500).title == "x" * 500
    assert problems(title="x" * 501)["title"] == "is 501 characters long, at most 500"


@pytest.mark.parametrize("record_id", ["Reed", "reed_bed", "-reed", "reed-", "reed--bed", "réed", "a/b", "..", "a b"])
def test_an_id_is_words_joined_by_hyphens(record_id):
    with pytest.raises(InvalidRecord, match="id: "):
        parse_record({**PLAIN, "id": record_id}, f"{record_id}.yaml")


def test_an_id_equals_the_stem_of_its_file():
    with pytest.raises(InvalidRecord, match="the file is called 'other'"):
        parse_record(PLAIN, "records/other.yaml")


@pytest.mark.parametrize("tag_", ["en", "pt-BR", "sr-Latn", "zh-Hans-CN", "es-419", "fil"])
def test_a_language_tag_is_accepted(tag_):
    assert make_record(language=tag_).language == tag_


@pytest.mark.parametrize("tag_", ["EN", "english", "en_GB", "en-", "e", "pt-br"])
def test_a_malformed_language_tag_is_refused(tag_):
    assert "language" in problems(language=tag_)


@pytest.mark.parametrize("url", ["https://example.org/", "http://example.org:8080/a?b=c#d", "https://пример.рф/é"])
def test_a_web_address_is_accepted(url):
    assert make_record(url=url).url == url


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)", "data:text/html,x", "ftp://example.org/", "//example.org/", "example.org", "https://",
        "https://[::1", 'https://example.org/"onclick="x', "https://example.org/<b>", "https://exa mple.org/",
    ],
)  # fmt: skip
def test_anything_but_a_web_address_is_refused(url):
    assert "is not an http(s) address" in problems(url=url)["url"]
    assert "also_at.1" in problems(also_at=[url])


@pytest.mark.parametrize("when", ["2014", "2014-05", "2014-05-31", "2016-02-29", "1500", "2150"])
def test_a_year_month_or_day_is_accepted(when):
    assert make_record(began=when).began == when


@pytest.mark.parametrize(
    "when", ["14", "2014-5", "2014-13", "2014-02-30", "2014/05", "05-2014", "1499", "2151", "0000", "٢٠١٤", "c. 2014"]
)
def test_anything_but_a_date_is_refused(when):
    assert "began" in problems(began=when)


@pytest.mark.parametrize(
    ("began", "ended"), [("2014", "2013"), ("2014-05", "2014-03"), ("2014-05-31", "2014-05-30"), ("2014-05-01", "2013")]
)
def test_work_cannot_end_before_it_begins(began, ended):
    assert "lies before began" in problems(began=began, ended=ended)["ended"]


@pytest.mark.parametrize(
    ("began", "ended"),
    [
        ("2014", "2014"),
        ("2014-05", "2014"),
        ("2014", "2014-03"),
        (None, "2014"),
    ],
)
def test_work_may_end_in_the_year_it_begins(began, ended):
    assert make_record(began=began, ended=ended).ended == ended


@pytest.mark.parametrize("score", ["-0.1", "1.1", "nan", "inf", "high"])
def test_a_score_lies_between_0_and_1(score):
    assert "tags.1.score" in problems(tags=[{**tag("theme", "eco-urban"), "score": score}])


@pytest.mark.parametrize(
    ("part", "value"), [("lon", "181"), ("lat", "-91"), ("lat", "nan"), ("lon", "east"), ("precision", "rough")]
)
def test_a_point_lies_on_the_globe(part, value):
    point = {"lon": "1", "lat": "2", "precision": "exact", part: value}
    assert set(problems(point=point)) == {f"point.{part}"}


@pytest.mark.parametrize("contact", ["office", "office@", "@example.org", "a b@example.org", "<a@example.org>"])
def test_a_contact_is_a_mailbox(contact):
    assert "contact" in problems(contact=contact)


def test_a_concept_is_given_once_whatever_the_decision():
    found = problems(tags=[tag("theme", "eco-urban"), tag("theme", "eco-urban", "rejected")])
    assert "is given twice" in found["tags"]


def test_a_record_cannot_replace_itself():
    assert "replaces" in problems(replaces=["reed-bed"])


def test_the_concepts_of_a_record_leave_out_the_rejected_unless_asked_for():
    record = make_record(
        tags=[
            tag("theme", "eco-urban", "suggested"),
            tag("theme", "eco-coast", "rejected"),
            tag("target", "GBF-TARGET-12"),
            tag("theme", "eco-forest"),
        ]
    )
    assert record.concepts("theme") == ("eco-urban", "eco-forest")
    assert record.concepts("theme", Decision.REJECTED) == ("eco-coast",)
    assert record.concepts("country") == ()


def test_a_record_cannot_be_changed_in_place():
    with pytest.raises(AttributeError):
        make_record().title = "Another"
