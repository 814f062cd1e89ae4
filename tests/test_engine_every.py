"""All records of a search: in the order of its pages, or by id for whoever harvests them."""

from __future__ import annotations

from dataclasses import replace

import pytest
from conftest import make_record
from test_engine_contract import documents, edition, engine, fill, ids, new_engine  # noqa: F401 - fixtures

from hub.query import SORTS, SearchRequest, filters_of


@pytest.fixture(scope="module")
def many(new_engine):  # noqa: F811
    """An engine with more records than are looked at again when they are ranked."""
    words = ("reed", "heron", "peat", "otter")
    return fill(
        new_engine(),
        [
            make_record(
                f"case-{number:04}", title=f"The {words[number % 4]} of {number}", began=str(1990 + number % 30),
                abstract=f"{words[number % 3]} and {words[number % 4]} " * (1 + number % 5),
            )
            for number in range(700)
        ],
    )  # fmt: skip


def whole(engine, request):  # noqa: F811
    """The ids of all pages of a request, one after the other."""
    total = engine.search(request).total
    pages = [replace(request, page=number, per_page=100) for number in range(1, -(-total // 100) + 1)]
    return [one for page in pages for one in ids(engine.search(page))]


@pytest.mark.parametrize("sort", SORTS)
@pytest.mark.parametrize("q", ["", "reed", "reed heron", "-otter", "unheard"])
def test_all_records_come_in_the_order_of_the_pages(many, sort, q):
    request = SearchRequest(q, sort=sort, page=3, per_page=7)
    every = many.every(request)
    found = [record.id for record in every.records]
    assert (found, every.total) == (whole(many, request), len(found))


def test_filters_and_scope_hold(engine):  # noqa: F811
    request = SearchRequest(filters=filters_of({"country": ("DEU",)}), scope=filters_of({"target": ("2",)}))
    assert [record.id for record in engine.every(request).records] == whole(engine, request)
    assert engine.every(request).total == engine.search(request).total


def test_by_id_whoever_goes_on_from_the_last_one_gets_each_once(many):
    request = SearchRequest("reed", sort="title")
    found, last = [], ""
    while records := list(zip(range(37), many.every(request, last).records, strict=False)):
        found += [record.id for _, record in records]
        last = found[-1]
    assert found == sorted(whole(many, request))
    assert many.every(request, last).total == len(found), "the total is that of the search"


def test_an_update_in_between_loses_and_repeats_nothing(new_engine):  # noqa: F811
    records = [make_record(f"case-{number}") for number in "13579"]
    changing = fill(new_engine(), records)
    stream = changing.every(SearchRequest(), "").records
    first = [next(stream).id, next(stream).id]
    more = [make_record("case-0"), make_record("case-6")]
    changing.update(documents(more), ["case-9"], edition([*records, *more], "r2"), changing.info().generation)
    assert [record.id for record in stream] == ["case-5", "case-7", "case-9"], "of the state it began in"
    assert [r.id for r in changing.every(SearchRequest(), first[-1]).records] == ["case-5", "case-6", "case-7"]
