"""Texts cut into sentences: each a verbatim piece of its field, at the right places."""

from __future__ import annotations

import pytest
from conftest import make_record
from hypothesis import given
from hypothesis import strategies as st

from indexer.tag.text import QUOTE, read, sentences_of


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("One ended. Two began.", ["One ended.", "Two began."]),
        ("Dr. Who planted approx. 300 trees. They grew.", ["Dr. Who planted approx. 300 trees.", "They grew."]),
        ("J. Smith counted. It rained.", ["J. Smith counted.", "It rained."]),
        ("A rise of 3.5 per cent. Really?", ["A rise of 3.5 per cent.", "Really?"]),
        ("No mark\nbut a new line\n\nand another", ["No mark", "but a new line", "and another"]),
        ("Il a dit : « Assez. » Puis rien.", ["Il a dit : « Assez. »", "Puis rien."]),
        ("¿Quién? ¡Nadie! Fin.", ["¿Quién?", "¡Nadie!", "Fin."]),
        ("Первое. Второе.", ["Первое.", "Второе."]),
        ("第一句。第二句。", ["第一句。", "第二句。"]),
        ("", []),
        (" \n ", []),
    ],
)
def test_sentences(text, pieces):
    assert [sentence.text for sentence in sentences_of("text", text)] == pieces


def test_a_record_is_read_in_the_order_of_its_fields():
    record = make_record(challenge="A problem.", text="And more.")
    assert [sentence.field for sentence in read(record).sentences] == [
        "title",
        "abstract",
        "abstract",
        "challenge",
        "text",
    ]


@given(st.text(alphabet="ab .!?\n\u2028\r;:'’-0é中", max_size=400))
def test_every_sentence_quotation_and_word_stands_in_the_text(text):
    at = 0
    for sentence in sentences_of("text", text):
        at = text.index(sentence.text, at) + len(sentence.text)
        assert len(sentence.text.splitlines()) == 1
        for word in sentence.words:
            assert sentence.text[word.start : word.end] == word.text


@given(st.integers(0, 900), st.integers(1, 900))
def test_a_long_sentence_is_quoted_around_what_matters(start, length):
    (sentence,) = sentences_of("text", "word " * 250)
    words = [word for word in sentence.words if word.start >= start]
    quote = sentence.quote(words[0].start, min(words[0].start + length, words[-1].end))
    assert quote in sentence.text
    assert 0 < len(quote) <= QUOTE


def test_what_is_too_long_is_no_word():
    (sentence,) = sentences_of("text", f"They trained {'x' * 1200} rangers.")
    assert [word.text for word in sentence.words] == ["They", "trained", "rangers"]
    assert len(sentence.quote(5, 1220)) <= QUOTE


def test_a_quotation_holds_the_words_it_is_for():
    (sentence,) = sentences_of("text", "before " * 60 + "the reason stands here " + "after " * 60)
    start = sentence.text.index("reason")
    quote = sentence.quote(start, start + 6)
    assert "the reason stands here" in quote
    assert len(quote) <= QUOTE
