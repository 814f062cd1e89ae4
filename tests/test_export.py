"""Files of records, read by the programs that people open them with."""

from __future__ import annotations

import csv
import io
import json
import re
import tracemalloc
from gettext import NullTranslations
from itertools import islice

import pytest
import rispy
from bounded import bounded
from conftest import ROOT, make_record, tag
from markdown_it import MarkdownIt
from msgspec import structs
from pybtex.database import parse_string

from hub.cells import freed, guarded, guarded_pieces
from hub.serialize import export
from hub.serialize.evidence import Chapter, Occasion, escaped, evidence_list
from hub.serialize.export import Extent, Site
from hub.serialize.facts import COLUMNS
from hub.vocabulary import language_vocabulary, load_vocabularies

VOCABULARIES = {**load_vocabularies(ROOT / "corpus" / "vocabularies"), "language": language_vocabulary(["en", "fr"])}
PAGES = "https://hub.example.org"
SITE = Site(
    "The Hub", "en", VOCABULARIES, lambda kind, name: f"{PAGES}/{kind}/{name}", lambda one: f"{PAGES}/cite/{one}"
)
FROM_SOURCE = {"harvester": "t", "first_seen": "2026-01-01", "last_seen": "2026-01-01", "words": "source"}
POINT = {"lon": -3.25, "lat": 51.5, "precision": "approximate"}
RECORDS = (
    make_record(
        "reed-bed", tags=[tag("target", "GBF-TARGET-02"), tag("target", "GBF-TARGET-11"), tag("country", "DEU"),
                          tag("theme", "eco-coast", "rejected")],
        place="Upper lake", point=POINT, began="2014", license="CC BY-SA 4.0", rights="© Portal",
        organisations=["A", "B"],
    ),
    make_record("tourbiere", language="fr", title="L'eau - revenue", issued="2019-05", provenance=FROM_SOURCE),
)  # fmt: skip
WRITERS = (
    export.csv_table, export.json_lines, export.geojson, export.ris_file, export.bibtex_file, export.csl_json,
)  # fmt: skip


def written(writer, records=RECORDS, extent=None) -> str:
    return "".join(writer(records, SITE, extent or Extent(len(records), 100)))


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text, newline="")))


def test_a_table_has_a_row_for_each_record_and_says_source_and_licence():
    text = written(export.csv_table)
    first, second = rows(text)
    assert tuple(first) == COLUMNS and text.count("\r\n") == 3
    wanted = {
        "id": "reed-bed", "targets": "2; 11", "targets_names": "Restoration; Nature’s contributions",
        "countries": "DEU", "themes": "", "lat": "51.5", "lon": "-3.25", "precision": "approximate",
        "organisations": "A; B", "url": "https://example.org/cases/reed-bed", "publisher": "Example Portal",
        "license": "CC BY-SA 4.0", "rights": "© Portal", "abstract_license": "CC BY 4.0",
        "link": f"{PAGES}/html/reed-bed",
    }  # fmt: skip
    assert {name: first[name] for name in wanted} == wanted
    assert (second["abstract_license"], second["license"]) == ("", ""), "the source's words, without a licence"


@pytest.mark.parametrize(
    "text",
    [
        "=1+1",
        "+1",
        "-1+2",
        "@SUM(A1)",
        "\t=1",
        "\r=1",
        "\n=1",
        "＝1+1",
        "＋1",
        "－1",
        "＠x",
        "'=1",
        "''+1",
        "=cmd|' /C calc'!A0",
    ],
)
def test_no_cell_begins_as_a_formula(text):
    hostile = structs.replace(make_record(), title=text, place=text, organisations=(text, "B"), publisher=text)
    (row,) = rows(written(export.csv_table, [hostile]))
    for name in ("title", "place", "organisations", "publisher"):
        assert row[name].startswith("'"), name
    assert freed(guarded(text)) == text


@pytest.mark.parametrize(("separator", "other"), [(",", ";"), (";", ","), (",", "\t")])
def test_no_cell_begins_as_a_formula_where_a_program_expects_another_separator(separator, other):
    hostile = f'Reeds{other}=1+1{other} @x\n-2{other}\'=3{other}"=4{other} " +5'
    table = written(lambda *asked: export.csv_table(*asked, separator), [structs.replace(make_record(), title=hostile)])
    cells = [cell.strip(' "') for line in table.splitlines() for cell in line.split(other)]
    cells += [cell.strip() for row in csv.reader(io.StringIO(table, newline=""), delimiter=other) for cell in row]
    assert "Reeds" in str(cells) and not [cell for cell in cells if cell.startswith(("=", "@", "-2", "+"))]


def test_other_texts_are_not_touched_where_they_could_be_cut():
    text = "First; second - third\n\nFourth, fifth;\tsixth: 5 = 5"
    assert guarded_pieces(text, ";") == guarded_pieces(text, ",") == text


def test_nothing_in_a_reference_is_a_command_of_tex():
    hostile = structs.replace(
        make_record(), title=r"\input{/etc/passwd} for $5 ^ ~ 100% & #1", publisher=r"\write18{x}"
    )
    text = written(export.bibtex_file, [hostile])
    title = r"\textbackslash{}input(/etc/passwd) for \$5 \textasciicircum{} \textasciitilde{} 100\% \& \#1"
    (entry,) = parse_string(text, "bibtex").entries.values()
    assert entry.fields["title"] == title
    assert not re.search(r"\\(input|write)", text) and not re.search(r"(?<!\\)[$^]", text)


@pytest.mark.parametrize("text", ["", "plain", "2014-05", "007", "'quoted'", "a=b", "3.5"])
def test_other_cells_stay_as_they_are(text):
    assert guarded(text) == freed(text) == text


def test_lines_of_json_are_the_records_of_the_api():
    lines = written(export.json_lines).splitlines()
    first, second = map(json.loads, lines)
    assert (first["id"], first["license"], first["links"]["source"]) == ("reed-bed", "CC BY-SA 4.0", RECORDS[0].url)
    assert [one["concept"] for one in first["tags"]] == ["GBF-TARGET-02", "GBF-TARGET-11", "DEU"]
    assert second["links"]["html"] == f"{PAGES}/html/tourbiere"


def test_geojson_places_what_has_a_point_and_keeps_what_has_none():
    found = json.loads(written(export.geojson, extent=Extent(7, 2, ("gone",))))
    assert found["type"] == "FeatureCollection"
    assert (found["total"], found["given"], found["located"], found["missing"]) == (7, 2, 1, ["gone"])
    first, second = found["features"]
    assert {"type", "id", "geometry", "properties"} == set(first) == set(second)
    assert first["geometry"] == {"type": "Point", "coordinates": [-3.25, 51.5]}, "longitude comes first (RFC 7946)"
    assert second["geometry"] is None
    assert first["properties"]["precision"] == "approximate" and first["properties"]["license"] == "CC BY-SA 4.0"
    assert first["properties"]["url"] == RECORDS[0].url and first["properties"]["targets"] == ["2", "11"]


def test_ris_is_read_by_a_reader_of_ris():
    first, second = rispy.loads(written(export.ris_file))
    assert (first["title"], first["year"], first["urls"]) == (RECORDS[0].title, "2026", [f"{PAGES}/cite/reed-bed"])
    assert first["authors"] == ["The Hub"] and second["authors"] == ["Example Portal"]
    assert first["notes"] == [
        "Based on: Example Portal, https://example.org/cases/reed-bed",
        "Licence of this text: CC BY 4.0. Licence of the source: CC BY-SA 4.0; © Portal",
    ]
    assert second["title"] == "L'eau – revenue" and second["year"] == "2019"


def test_bibtex_is_read_by_a_reader_of_bibtex_with_a_key_for_each():
    hostile = make_record("7-days", title='@misc{reed-bed, } \\input{x} "a" {', publisher="% $x_1$ & {", rights="}")
    entries = parse_string(
        written(export.bibtex_file, [*RECORDS, hostile], Extent(9, 3, ("@misc{x",))), "bibtex"
    ).entries
    assert list(entries) == ["reed-bed", "tourbiere", "7-days"]
    assert entries["reed-bed"].fields["url"] == f"{PAGES}/cite/reed-bed"
    assert "CC BY-SA 4.0" in entries["reed-bed"].fields["copyright"]
    assert "https://example.org/cases/reed-bed" in entries["reed-bed"].fields["note"]
    assert [str(person) for person in entries["tourbiere"].persons["author"]] == ["{Example Portal}"]


CSL_FIELDS = {
    "id": str, "type": str, "title": str, "author": list, "issued": dict, "container-title": str, "URL": str,
    "abstract": str, "language": str, "note": str,
}  # fmt: skip


def test_csl_json_has_fields_of_csl_only():
    first, second = json.loads(written(export.csl_json))
    for item in (first, second):
        assert {name: type(value) for name, value in item.items()} == CSL_FIELDS
    assert first["author"] == [{"literal": "The Hub"}] and first["type"] == "webpage"
    assert first["issued"] == {"date-parts": [[2026, 1, 1]]} and second["issued"] == {"date-parts": [[2019, 5]]}
    assert "Licence of the source: CC BY-SA 4.0" in first["note"] and RECORDS[0].url in first["note"]


@pytest.mark.parametrize("writer", WRITERS)
def test_nothing_found_is_a_whole_file_too(writer):
    text = written(writer, [])
    if writer in (export.geojson, export.csl_json):
        assert json.loads(text) in ([], {"type": "FeatureCollection", "total": 0, "given": 0, "missing": [],
                                         "features": [], "located": 0})  # fmt: skip
    else:
        assert text in ("", ",".join(COLUMNS) + "\r\n")


# -- the list of evidence


def chapters(records=RECORDS):
    yield Chapter(VOCABULARIES["target"].get("2"), 700, records[:1])
    yield Chapter(None, 1, records[1:])


def listed(records=RECORDS, asked="“reeds”; Country: Germany", missing=()) -> str:
    occasion = Occasion(asked, f"{PAGES}/search?q=reeds&country=DEU", "26 November 2026")
    return "".join(evidence_list(chapters(records), SITE, Extent(2, 500, missing), occasion, NullTranslations()))


def read(text: str) -> list[tuple[str, str]]:
    """What a reader of Markdown sees: kinds of elements with the text in them."""
    tokens = MarkdownIt("commonmark").enable("table").parse(text)
    return [
        (tokens[number - 1].tag, "".join(child.content for child in token.children))
        for number, token in enumerate(tokens)
        if token.type == "inline"
    ]


def links(text: str) -> list[str]:
    tokens = [child for token in MarkdownIt("commonmark").parse(text) for child in token.children or ()]
    return [token.attrs["href"] for token in tokens if token.type == "link_open"]


def test_evidence_stands_by_target_with_place_years_citation_and_licence():
    seen = read(listed())
    assert seen[0] == ("h1", "Case studies by target of the Global Biodiversity Framework")
    heads = [text for kind, text in seen if kind == "h2"]
    assert heads == ["Target 2: Restoration", "No target stated"]
    assert [text for kind, text in seen if kind == "h3"] == [RECORDS[0].title, "L'eau – revenue"]
    texts = [text for _, text in seen]
    assert RECORDS[0].abstract in texts
    for expected in (
        "Place: Germany · Upper lake", "Years: since 2014", "Other targets: 11", "Language: French",
        "Licence of this text: CC BY 4.0", "Licence of the source: CC BY-SA 4.0", "Licence of this text: not stated",
        "The first 500 of 700 cases; a narrower search shows the others.", "Search: “reeds”; Country: Germany",
        f"Citation: The Hub (2026). {RECORDS[0].title}. {PAGES}/cite/reed-bed. "
        "Based on: Example Portal, https://example.org/cases/reed-bed",
    ):  # fmt: skip
        assert expected in texts, expected
    assert links(listed())[0] == f"{PAGES}/search?q=reeds&country=DEU"


HOSTILE = (
    "# Heading", "- item", "1. one", "2) two", "(iv) four", "> quote", "```", "~~~", "---", "***", "===", "+ plus",
    "[x](javascript:alert(1))", "![x](http://e.example/x.png)", "<script>alert(1)</script>", "<http://e.example>",
    "*bold* _it_ **b** __u__", "`code`", "a | b", "&lt;b&gt; &#35;", "[^1]: note", "[ref]: http://e.example",
    "\\# x", "x\\", "$x$ ~a~ ^b^ @key", ": definition", "% title", "{.class}", "    indented", "Line\n\n# two\r\n- x",
    "a\u202eb\x00c",
)  # fmt: skip


@pytest.mark.parametrize("text", HOSTILE)
def test_nothing_that_was_harvested_is_markdown(text):
    plain = make_record(title="T", abstract="A", publisher="P", place="L", license="C", tags=[tag("country", "DEU")])
    record = structs.replace(plain, title=f"{text} T", abstract=text, publisher=text, place=text, license=text)
    seen, calm = read(listed([record, RECORDS[1]], text, (text,))), read(listed([plain, RECORDS[1]], "S", ("gone",)))
    assert [kind for kind, _ in seen] == [kind for kind, _ in calm], "the same headings, paragraphs and items"
    kinds = {token.type for token in MarkdownIt("commonmark").parse(listed([record, RECORDS[1]]))}
    assert not kinds & {"html_block", "fence", "code_block", "blockquote_open", "hr", "ordered_list_open"}
    inline = MarkdownIt("commonmark").parse(listed([record, RECORDS[1]]))
    kinds = {child.type for token in inline for child in token.children or ()}
    assert kinds <= {"text", "text_special", "link_open", "link_close"}
    unseen = text.replace("\u202e", "").replace("\x00", "")
    assert " ".join(unseen.split()) in [said for _, said in seen], "it reads as it was written"


@pytest.mark.parametrize(
    "address", ["https://e.example/a_(b)?c=1&copy;=2", "https://e.example/`x`|y*", "http://e.example/a\\b"]
)
def test_links_lead_where_the_source_is(address):
    record = make_record(url=address)
    (found,) = [one for one in links(listed([record, RECORDS[1]])) if one.startswith(address[:16])]
    assert found.replace("%60", "`").replace("%5C", "\\").replace("%7C", "|") == address


def test_bare_addresses_do_not_become_links():
    assert escaped("see https://e.example and www.e.example or a@b.example") == (
        "see https\\://e.example and www\\.e.example or a\\@b.example"
    )


# -- files of any length


def many(number: int):
    """So many records of 20 kB, one after the other; the number of the last that was read stands in `read`."""
    like = make_record("case", tags=[tag("target", "GBF-TARGET-02")], point=POINT)
    for count in range(number):
        many.read = count + 1
        yield structs.replace(like, id=f"case-{count}", text=f"{count:020000}")


def of_evidence(records, site, extent):
    chapter = Chapter(VOCABULARIES["target"].get("2"), extent.total, records)
    return evidence_list(iter([chapter]), site, extent, Occasion("", PAGES, ""), NullTranslations())


@pytest.mark.parametrize("writer", [*WRITERS, of_evidence])
def test_a_file_begins_before_the_last_record_is_read(writer):
    texts = writer(many(1_000), SITE, Extent(1_000, 1_000))
    assert "".join(islice(texts, 5)) and many.read < 10
    assert "".join(texts).count("case-999") and many.read == 1_000


@pytest.mark.parametrize("writer", [*WRITERS, of_evidence])
def test_a_file_of_10_mb_takes_little_memory(writer):
    tracemalloc.start()
    with bounded(30):
        for _ in writer(many(500), SITE, Extent(500, 500)):
            pass
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert many.read == 500 and most < 4_000_000
