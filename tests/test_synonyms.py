"""Synonyms as editors write them: read, or refused with file, entry and reason."""

from __future__ import annotations

from collections import Counter

import pytest
from conftest import ROOT

from hub.errors import InvalidRecord
from hub.synonyms import FILE, load_synonyms
from hub.vocabulary import load_vocabularies

VOCABULARIES = ROOT / "corpus" / "vocabularies"
RODENT = """
- en: [rodent]
  fr: [rongeur]
  la: [Rodentia]
"""
MOUSE = """
- en: [mouse, mice]
  fr: [souris]
  broader: [rodent]
"""


@pytest.fixture
def load(tmp_path):
    def load(content: str | bytes):
        (tmp_path / FILE).write_bytes(content if isinstance(content, bytes) else content.encode())
        return load_synonyms(tmp_path)

    return load


def problems(load, content):
    """What is wrong: file, entry and reason."""
    with pytest.raises(InvalidRecord) as refused:
        load(content)
    return [(problem.file, problem.field, problem.message) for problem in refused.value.problems]


def test_an_entry_is_an_idea_named_by_its_first_english_phrase(load):
    rodent, mouse = load(RODENT + MOUSE)
    assert (rodent.name, rodent.broader) == ("rodent", ())
    assert dict(rodent.phrases) == {"en": ("rodent",), "fr": ("rongeur",), "la": ("Rodentia",)}
    assert (mouse.name, mouse.phrases["en"], mouse.broader) == ("mouse", ("mouse", "mice"), ("rodent",))
    assert not rodent.values
    assert not rodent.is_name


def test_a_corpus_need_not_have_synonyms(tmp_path, load):
    assert load_synonyms(tmp_path) == load("[]") == ()


def test_an_entry_may_come_before_the_broader_one(load):
    assert [idea.name for idea in load(MOUSE + RODENT)] == ["mouse", "rodent"]


@pytest.mark.parametrize(
    ("entry", "reason"),
    [
        ("- mouse", "is not a set of fields"),
        ("- [mouse, mice]", "is not a set of fields"),
        ("- {english: [mouse, mice]}", "'english' is no language"),
        ("- {EN: [mouse, mice]}", "'EN' is no language"),
        ("- {en-GB: [mouse, mice]}", "'en-GB' is no language"),
        ("- {en: mouse, fr: [souris]}", "en needs a list of phrases"),
        ("- {en: [mouse], fr: }", "fr needs a list of phrases"),
        ("- {en: [[mouse], mice]}", "en needs a list of phrases"),
        ("- {en: [mouse, '...']}", "'...' (en) holds nothing to look for"),
        ("- {en: [mouse], fr: ['~ *']}", "'~ *' (fr) holds nothing to look for"),
        ("- {fr: [souris, mulot]}", "needs an English phrase"),
        ("- {en: [], fr: [souris, mulot]}", "needs an English phrase"),
        ("- {en: [mouse]}", "needs two phrases at least"),
        ("- {en: [mouse], fr: []}", "needs two phrases at least"),
        ("- {en: [mouse, mice], broader: rodent}", "broader needs a list of first English phrases"),
        ("- {en: [mouse, mice], broader: [[rodent]]}", "broader needs a list of first English phrases"),
        ("- {en: [mouse, mice], broader: }", "broader needs a list of first English phrases"),
        ("- {en: [rodent, gnawer]}", "'rodent' is the first English phrase of another entry too"),
    ],
)
def test_a_wrong_entry_is_one_problem_that_names_file_and_entry(load, entry, reason):
    ((file, where, message),) = problems(load, f"{RODENT}{entry}\n")
    assert (file, where) == ("vocabularies/synonyms.yaml", "entry 2")
    assert reason in message


def test_a_broader_idea_that_is_not_there_is_named_with_the_entry(load):
    expected = ("vocabularies/synonyms.yaml", "mouse", "broader: no entry begins with 'rodent'")
    assert problems(load, MOUSE) == [expected]


@pytest.mark.parametrize(
    ("content", "where", "reason"),
    [
        ("rodent: [rongeur]", "", "needs a list of entries"),
        ("rodent", "", "needs a list of entries"),
        ("", "", "needs a list of entries"),
        ("- en: [mouse]]\n", "line 1", "not valid YAML"),
        (b"- {en: [m\xfcse]}", "", "not UTF-8"),
    ],
)
def test_a_file_that_is_no_list_is_one_problem_that_names_it(load, content, where, reason):
    ((file, found, message),) = problems(load, content)
    assert (file, found) == ("vocabularies/synonyms.yaml", where)
    assert reason in message


def test_everything_that_is_wrong_is_told_at_once(load):
    wrong = RODENT + "- {en: [mouse]}\n- {en: [rat, rats], broader: [gnawer]}\n- shrew\n"
    assert [where for _, where, _ in problems(load, wrong)] == ["entry 2", "entry 4", "rat"]


# -- the real file


@pytest.fixture(scope="module")
def ideas():
    return load_synonyms(VOCABULARIES)


def test_the_real_file_is_read_and_is_no_vocabulary(ideas):
    assert len(ideas) > 2_000
    assert "synonyms" not in load_vocabularies(VOCABULARIES)


def test_every_broader_idea_exists_and_none_is_a_kind_of_itself(ideas):
    broader = {idea.name: idea.broader for idea in ideas}
    assert {name for names in broader.values() for name in names} <= set(broader)
    for name, wider in broader.items():
        above, new = set(), set(wider)
        while new:
            above |= new
            new = {other for one in new for other in broader[one]} - above
        assert name not in above


def test_no_entry_has_a_phrase_twice_as_case_makes_no_difference_but_to_acronyms(ideas):
    twice = {
        (idea.name, language): found
        for idea in ideas
        for language, phrases in idea.phrases.items()
        if (found := repeated(phrases))
    }
    assert twice == {}


def repeated(phrases):
    counts = Counter(phrase if phrase.isupper() else phrase.lower() for phrase in phrases)
    return [phrase for phrase, count in counts.items() if count > 1]
