"""The query language and the order of filters: nothing a person types is an error, equal requests are equal."""

import re

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from hub.query import (
    FACETS,
    MAX_CLAUSES,
    Clause,
    Kind,
    Results,
    SearchPage,
    SearchRequest,
    filters_of,
    parse_query,
)

MARKS = "\"“”„«»‘’'-–—*_:()[]{}^~?+&|!/\\ \t\n\u00a0"
typed = st.text(st.sampled_from(MARKS + "abcé1"), max_size=60) | st.text(max_size=60)


def word(text, excluded=False):
    return Clause(Kind.WORD, text, excluded)


def phrase(text, excluded=False):
    return Clause(Kind.PHRASE, text, excluded)


def prefix(text, excluded=False):
    return Clause(Kind.PREFIX, text, excluded)


@settings(deadline=None, max_examples=400)
@given(typed)
@example("\ud800")
@example("\x00\x01")
@example('"' * 5000)
@example("-" * 5000)
@example("*" * 5000)
@example('-"' * 2000)
def test_any_text_is_a_query(q):
    for clause in parse_query(q):
        assert re.search(r"[^\W_]", clause.text)
        assert clause.text == clause.text.strip()


@settings(deadline=None)
@given(typed)
def test_no_part_of_a_query_is_asked_twice(q):
    clauses = parse_query(q)
    assert len(set(clauses)) == len(clauses)


@settings(deadline=None)
@given(st.lists(st.text(st.sampled_from("abcdéß1я中"), min_size=1, max_size=8), unique=True, max_size=10))
def test_words_are_parts_in_the_order_typed(words):
    assert parse_query("  ".join(words)) == tuple(word(text) for text in words)


@pytest.mark.parametrize(
    "typed_", ['"reed bed"', "“reed bed”", "„reed bed“", "«reed bed»", "»reed bed«", "« reed  bed »", '"reed\tbed"']
)
def test_a_phrase_may_stand_in_any_of_the_usual_quotation_marks(typed_):
    assert parse_query(typed_) == (phrase("reed bed"),)


def test_phrases_words_and_exclusions_mix():
    assert parse_query('lake "reed bed" -coast -“salt marsh” restor*') == (
        word("lake"), phrase("reed bed"), word("coast", True), phrase("salt marsh", True), prefix("restor"),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("q", "parts"),
    [
        ('"reed bed', (word("reed"), word("bed"))),
        ('reed bed"', (word("reed"), word("bed"))),
        ('"reed bed" "salt', (phrase("reed bed"), word("salt"))),
        ('-"reed bed', (word("reed", True), word("bed"))),
        ("„reed bed", (word("reed"), word("bed"))),
        ("reed »", (word("reed"),)),
    ],
)
def test_an_unbalanced_quotation_mark_is_ignored(q, parts):
    assert parse_query(q) == parts


@pytest.mark.parametrize(
    "q",
    ["", " ", "-", "--", "–", "*", "**", "-*", '"', '""', '" "', '-""', '"-"', "?!", "& | ()", "_", "__ -_ _*", '"_"'],
)
def test_what_has_no_letter_or_digit_says_nothing(q):
    assert parse_query(q) == ()


def test_marks_alone_do_not_disturb_the_words_beside_them():
    assert parse_query('reed - "" * & bed') == (word("reed"), word("bed"))


@pytest.mark.parametrize(
    ("q", "part"),
    [
        ("restor*", prefix("restor")),
        ("restor**", prefix("restor")),
        ("-restor*", prefix("restor", True)),
        ("re*", prefix("re")),
        ("r*", word("r")),
        ("*bed", word("bed")),
        ('"reed bed*"', phrase("reed bed*")),
    ],
)
def test_a_star_at_the_end_of_a_word_makes_a_prefix(q, part):
    assert parse_query(q) == (part,)


@pytest.mark.parametrize("q", ["l’eau", "peer-to-peer", "CO2", "a/b", "GBF:8", "AND", "NOT", "title:reed", "C++", "№5"])
def test_what_stands_inside_a_word_belongs_to_it(q):
    assert parse_query(q) == (word(q),)


def test_the_same_word_may_be_wanted_and_excluded():
    assert parse_query("reed reed -reed") == (word("reed"), word("reed"), word("reed", True))


def test_a_query_has_a_bounded_number_of_parts():
    clauses = parse_query(" ".join(f"word{n}" for n in range(10 * MAX_CLAUSES)))
    assert clauses == tuple(word(f"word{n}") for n in range(MAX_CLAUSES))


def test_filters_come_in_the_order_of_the_facets_each_value_once():
    assert filters_of({"type": ("tool", "method", "tool"), "target": ("8", "2")}) == (
        ("target", ("2", "8")),
        ("type", ("method", "tool")),
    )


def test_a_facet_without_values_is_no_filter():
    assert filters_of({"target": (), "type": ("tool",)}) == (("type", ("tool",)),)
    assert filters_of({}) == ()


@settings(deadline=None)
@given(st.dictionaries(st.sampled_from(FACETS), st.lists(st.sampled_from("abcde"), max_size=5)), st.randoms())
def test_equal_choices_make_equal_requests(chosen, random):
    shuffled = [(name, tuple(random.sample(values, len(values)))) for name, values in chosen.items()]
    random.shuffle(shuffled)
    one = SearchRequest(filters=filters_of({name: tuple(values) for name, values in chosen.items()}))
    other = SearchRequest(filters=filters_of(dict(shuffled)))
    assert one == other
    assert len({one, other}) == 1


@pytest.mark.parametrize(("required", "relaxed"), [(2, False), (1, True)])
def test_a_page_says_when_no_record_has_all_words(required, relaxed):
    results = Results(1, (), {}, (("reed", 3), ("bed", 0)), required, "r1")
    assert SearchPage(SearchRequest(q="reed bed"), results, (), 1).relaxed is relaxed
