"""The queue: which records are in which part of it, in which order, and how many each filter would leave."""

from datetime import date

import pytest
from conftest import make_record, tag

from hub.curation.queue import KINDS, NOBODY, PER_PAGE, SORTS, Asked, chosen, page_of, suggested, works_of
from hub.curation.shelf import Row, row_of
from hub.errors import InvalidRequest
from hub.links import LinkStatus

TODAY = date(2026, 11, 26)
WHOLE = {"license": "CC BY 4.0", "began": "2019", "evidence_level": "measured"}
PLACED = [tag("target", "GBF-TARGET-02"), tag("country", "DEU")]
SEEN = {"harvester": "test", "first_seen": "2026-01-01", "last_seen": "2026-01-01"}


def record(record_id="reed-bed", **changes):
    """A draft on which nothing is left to do."""
    return make_record(record_id, **{"status": "draft", "tags": PLACED, **WHOLE, **changes})


def works(*records, links=(), claims=None):
    return works_of(map(row_of, records), {link.url: link for link in links}, claims or {}, TODAY)


def ids(found):
    return [work.row.id for work in found]


def seen(first, **more):
    return {"provenance": {**SEEN, "first_seen": first, **more}}


def open_tag(concept="eco-urban", score=0.9, decision="suggested"):
    return {**tag("theme", concept, decision), "method": "rule", "score": score}


TWIN = {"proposals": [tag("also_at", "https://example.org/twin", "suggested")]}
CHANGED = {"changes": [{"field": "title", "at": "2026-02-01"}]}
BROKEN = LinkStatus("https://example.org/broken", "broken", 404)
LINKED = {"references": ["https://example.org/broken#part"]}


@pytest.mark.parametrize(
    ("changes", "kinds"),
    [
        ({}, {"drafts"}),
        ({"status": "published"}, {"published"}),
        (CHANGED, {"drafts", "changed"}),
        ({"tags": [*PLACED, open_tag()]}, {"drafts", "undecided"}),
        ({"proposals": [tag("began", "2014", "suggested")]}, {"drafts", "undecided"}),
        ({"tags": [*PLACED, open_tag(decision="rejected")], "proposals": [tag("began", "2014")]}, {"drafts"}),
        (TWIN, {"drafts", "duplicates"}),
        (LINKED, {"drafts", "links"}),
        ({"references": ["https://example.org/moved"]}, {"drafts"}),
        ({"license": None}, {"drafts", "facts"}),
        (seen("2026-01-01", gone="2026-03-01"), {"drafts", "gone"}),
        (
            {"status": "withdrawn", "license": None, **CHANGED, **TWIN, **LINKED, **seen("2026-01-01", gone="2026-03"),
             "tags": [open_tag()]},
            {"withdrawn"},
        ),
    ],
)  # fmt: skip
def test_a_record_is_in_the_parts_that_have_something_to_do_on_it(changes, kinds):
    links = [BROKEN, LinkStatus("https://example.org/moved", "moved")]
    (work,) = works(record(**changes), links=links)
    assert {name for name, is_one in KINDS.items() if is_one(work)} == kinds


def test_a_damaged_record_is_only_among_the_damaged():
    (work,) = works_of([Row("bad", (0, 0, 0), problem="title: is missing")], {}, {}, TODAY)
    assert {name for name, is_one in KINDS.items() if is_one(work)} == {"damaged"}
    assert work.waiting == 0


def test_what_is_left_is_all_that_is_to_decide_or_to_find_out():
    busy = record(license=None, began=None, tags=[*PLACED, open_tag()], **CHANGED, **TWIN, **LINKED)
    (work,) = works(busy, links=[BROKEN], claims={"reed-bed": "anna"})
    assert (work.left, work.broken, work.who, work.waiting) == (6, (BROKEN,), "anna", 329)
    assert works(record())[0].left == 0


IN_ORDER = [
    record("d", title="eel", **seen("2026-05-01")),
    record("b", title="écluse", **seen("2026-03-01")),
    record("a", title="Zebra", license=None, **seen("2026-03-01")),
    record("c", title="Eel", license=None, began=None, **seen("2026-01-01")),
]


@pytest.mark.parametrize(
    ("sort", "order"),
    [("newest", "dbac"), ("oldest", "cabd"), ("least left", "bdac"), ("most left", "cadb"), ("title", "bcda")],
)
def test_the_queue_is_in_the_order_asked_for(sort, order):
    assert "".join(ids(chosen(works(*IN_ORDER), Asked(sort=sort)))) == order


MIXED = (
    record("a", title="La tourbière", language="fr", source="lakes", place="Plateau"),
    record("b", title="Reeds", source="lakes", tags=[tag("target", "GBF-TARGET-08"), tag("country", "DEU")]),
    record("c", title="Reeds of the plateau", source="peat",
           tags=[*PLACED, tag("target", "GBF-TARGET-08", "rejected"), tag("target", "GBF-TARGET-07", "suggested")]),
    record("d", title="Elsewhere", source="peat", status="published"),
)  # fmt: skip
CLAIMS = {"a": "anna", "b": "ben", "d": "anna"}


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({}, "abc"),
        ({"q": "TOURBIERE plat"}, "a"),
        ({"q": "reeds plateau"}, "c"),
        ({"q": "reeds lakes"}, ""),
        ({"source": "lakes"}, "ab"),
        ({"target": "GBF-TARGET-08"}, "b"),
        ({"target": "GBF-TARGET-07"}, "c"),
        ({"language": "fr"}, "a"),
        ({"who": "anna"}, "a"),
        ({"who": NOBODY}, "c"),
        ({"source": "lakes", "language": "en", "who": "ben"}, "b"),
        ({"source": "lakes", "who": NOBODY}, ""),
    ],
)
def test_a_filter_leaves_what_it_says(asked, found):
    queue = page_of(works(*MIXED, claims=CLAIMS), Asked(sort="oldest", **asked))
    assert ("".join(ids(queue.works)), queue.total) == (found, len(found))


def test_counts_beside_a_filter_respect_the_others_and_the_part_but_not_itself():
    queue = page_of(works(*MIXED, claims=CLAIMS), Asked(source="lakes", language="en"))
    assert queue.counts["source"] == {"lakes": 1, "peat": 1}
    assert queue.counts["language"] == {"fr": 1, "en": 1}
    assert (queue.counts["target"], queue.counts["who"]) == ({"GBF-TARGET-08": 1}, {"ben": 1})
    assert page_of(works(*MIXED, claims=CLAIMS), Asked(q="reeds", who="ben")).counts["who"] == {"ben": 1, NOBODY: 1}


def test_counts_come_with_most_first_and_those_of_the_parts_ignore_every_filter():
    queue = page_of(works(*MIXED[::-1]), Asked(who="anna"))
    assert (queue.kinds["drafts"], queue.kinds["published"], queue.kinds["withdrawn"]) == (3, 1, 0)
    assert list(page_of(works(*MIXED[::-1]), Asked()).counts["source"].items()) == [("lakes", 2), ("peat", 1)]


@pytest.mark.parametrize(("number", "pages"), [(0, 1), (PER_PAGE, 1), (PER_PAGE + 1, 2)])
def test_a_page_holds_so_many(number, pages):
    every = works(*(record(f"r-{n:03}") for n in range(number)))
    shown = [page_of(every, Asked(sort="oldest", page=page)) for page in range(1, pages + 1)]
    assert [name for queue in shown for name in ids(queue.works)] == [f"r-{n:03}" for n in range(number)]
    assert {(queue.pages, queue.total) for queue in shown} == {(pages, number)}
    assert page_of(every, Asked(page=pages + 1)).works == ()


@pytest.mark.parametrize("ask", [page_of, chosen])
@pytest.mark.parametrize(("name", "allowed"), [("kind", tuple(KINDS)), ("sort", tuple(SORTS))])
def test_a_part_or_an_order_that_does_not_exist_is_said(ask, name, allowed):
    with pytest.raises(InvalidRequest, match="'best'") as caught:
        ask([], Asked(**{name: "best"}))
    assert (caught.value.parameter, caught.value.value, caught.value.allowed) == (name, "best", allowed)


@pytest.mark.parametrize(
    ("concept", "least", "found"),
    [("eco-urban", 0.5, "ab"), ("eco-urban", 0.9, "a"), ("eco-urban", 0.91, ""), ("", 0.5, "abc"), ("", 0.95, "c")],
)
def test_what_is_suggested_surely_enough_is_found(concept, least, found):
    rows = [
        row_of(record("a", tags=[open_tag()])),
        row_of(record("b", tags=[open_tag(score=0.5), open_tag("eco-coast", 0.2)])),
        row_of(record("c", tags=[tag("theme", "eco-coast", "suggested")])),  # nobody measured: taken as sure
        row_of(record("d", tags=[open_tag(decision="accepted"), open_tag("eco-coast", decision="rejected")])),
        row_of(record("e", tags=[tag("target", "GBF-TARGET-02", "suggested")])),
    ]
    assert "".join(row.id for row in suggested(rows, "theme", concept, least)) == found
