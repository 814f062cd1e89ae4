"""YAML as the corpus writes it: scalars are text, the form is fixed, and what could do harm is refused."""

import pytest
import yaml
from hypothesis import example, given, settings
from hypothesis import strategies as st

from hub.canonical import LIMIT, parse_yaml, read_yaml, to_yaml
from hub.errors import InvalidRecord
from hub.parse import CONTROL

LOOKALIKES = ("NO", "yes", "null", "~", "true", "1977", "012", "1_000", "0x1f", "1e3", ".inf", "2026-01-01", "<<")
AWKWARD = (*LOOKALIKES, ": ", "a: b", "a:", "# no", "a #b", "- item", "-", "---", "...", "?", "'", '"', '"both\'"', "")
PARAGRAPHS = f"{'First paragraph goes on and on. ' * 6}\n\n{'Second paragraph - with: marks. ' * 6}\nand one more line"

# Everything the record model lets through.
texts = st.text(st.characters(exclude_categories=("Cs",)), max_size=40).filter(lambda text: not CONTROL.search(text))
words = st.lists(texts | st.sampled_from(AWKWARD), max_size=20)
long_texts = words.map(" ".join) | words.map("\n".join) | words.map("\n\n".join)
plain_data = st.recursive(
    texts | long_texts | st.sampled_from(AWKWARD),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=10,
)


def refusal(text):
    with pytest.raises(InvalidRecord) as caught:
        parse_yaml(text, "records/case.yaml")
    return str(caught.value)


@pytest.mark.parametrize("scalar", LOOKALIKES)
def test_a_plain_scalar_is_read_as_text(scalar):
    assert parse_yaml(f"key: {scalar}\n", "f.yaml") == {"key": scalar}


@pytest.mark.parametrize("text", AWKWARD)
def test_awkward_text_reads_back_as_value_item_and_key(text):
    data = {"value": text, "items": [text, text], "keys": {text: "x"}}
    assert parse_yaml(to_yaml(data), "f.yaml") == data


@pytest.mark.parametrize("text", ["NO", "null", "yes", "~", "1e3", "012"])
def test_text_that_other_readers_would_mistake_is_quoted(text):
    assert yaml.safe_load(to_yaml({"key": text})) == {"key": text}


@pytest.mark.parametrize("text", ["1977", "2026-01-31"])
def test_years_and_dates_are_written_without_quotation_marks(text):
    assert to_yaml({"key": text}) == f"key: {text}\n"


@settings(deadline=None)
@given(plain_data)
@example({"text": PARAGRAPHS})
@example({"text": "x" * 200})
@example({"text": "word " * 30 + "\n\n\n- item\n# no comment"})
@example({"text": "word " * 30 + "\u2028" + "word " * 30})
def test_everything_written_reads_back_the_same(data):
    assert parse_yaml(to_yaml(data), "f.yaml") == data


@settings(deadline=None)
@given(plain_data)
def test_writing_what_was_read_changes_nothing(data):
    once = to_yaml(data)
    assert to_yaml(parse_yaml(once, "f.yaml")) == once


def test_long_text_is_folded_and_short_text_stays_on_its_line():
    short, long = to_yaml({"text": "a few words"}), to_yaml({"text": "a few words " * 30 + "end"})
    assert short == "text: a few words\n"
    assert long.startswith("text: >-\n  a few words")
    assert max(len(line) for line in long.splitlines()) <= 130


def test_keys_keep_their_order_and_letters_their_script():
    written = to_yaml({"z": "Ελληνικά", "a": "العربية", "m": "中文"})
    assert written == "z: Ελληνικά\na: العربية\nm: 中文\n"


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("id: a\ntitle: one: two\n", 2),
        ("id: a\n\ttitle: b\n", 2),
        ("id: a\ntags:\n- b\n c: d\n", 4),
        ('id: "a\\ud800"\n', 1),
        ("--- a\n--- b\n", 2),
    ],
)
def test_a_syntax_error_names_file_and_line(text, line):
    assert refusal(text).startswith(f"records/case.yaml: line {line}: not valid YAML")


@pytest.mark.parametrize("text", ["a: [", "a: {b", "'", "? [x]\n: y", "%YAML 9.9\n---\na: b", "a: \x01", "\0", "@"])
def test_broken_yaml_is_refused_in_our_own_terms(text):
    assert refusal(text).startswith("records/case.yaml: ")


def test_aliases_are_refused():
    assert "aliases" in refusal("a: &x text\nb: *x\n")


def test_a_billion_laughs_is_refused_before_it_grows():
    lines = ["a0: &a0 [lol, lol]"] + [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 30)]
    assert "aliases" in refusal("\n".join(lines))


def test_a_merge_key_is_only_text():
    assert parse_yaml("<<: {a: b}\nc: d\n", "f.yaml") == {"<<": {"a": "b"}, "c": "d"}


@pytest.mark.parametrize(
    "value",
    [
        "!!python/object:os.system {}",
        "!!python/object/apply:os.system [echo]",
        "!!python/name:os.system ''",
        "!!python/module:os ''",
        "!own x",
    ],
)
def test_a_tag_that_would_make_an_object_is_refused(value):
    assert "line 1" in refusal(f"key: {value}\n")


@pytest.mark.parametrize(
    "value",
    ["!!int 5", "!!int x", "!!bool maybe", "!!timestamp x", "!!float x", "!!binary aGk=", "!!set {a}", "!!null x"],
)
def test_a_tag_that_would_type_a_scalar_is_refused(value):
    assert refusal(f"key: {value}\n").startswith("records/case.yaml: ")


def test_a_key_given_twice_is_refused_because_one_would_be_lost():
    assert "title" in refusal("title: one\nabstract: x\ntitle: two\n")


def test_nesting_far_beyond_any_record_is_refused():
    assert refusal("key: " + "[" * 1000 + "]" * 1000).startswith("records/case.yaml: ")


@settings(deadline=None)
@given(st.text(st.sampled_from("ab:-#&*!|>'\"{}[],?%@` \n\t\\1"), max_size=30) | st.text(max_size=30))
def test_any_text_is_read_or_refused(text):
    try:
        read = parse_yaml(text, "f.yaml")
    except InvalidRecord as error:
        assert error.problems
    else:
        assert read is None or isinstance(read, str | list | dict)


def test_a_file_is_read_under_the_name_given(tmp_path):
    path = tmp_path / "case.yaml"
    path.write_text("a: [", encoding="utf-8")
    with pytest.raises(InvalidRecord, match=r"^records/case\.yaml: line"):
        read_yaml(path, "records/case.yaml")


def test_a_file_that_is_not_utf8_is_refused(tmp_path):
    path = tmp_path / "case.yaml"
    path.write_bytes("title: été".encode("latin-1"))
    with pytest.raises(InvalidRecord, match=r"^case\.yaml: not UTF-8 text \(byte 7\)$"):
        read_yaml(path)


def test_a_file_beyond_the_limit_is_refused(tmp_path):
    path = tmp_path / "case.yaml"
    path.write_text("a: " + "x" * LIMIT, encoding="utf-8")
    with pytest.raises(InvalidRecord, match="larger than"):
        read_yaml(path)


def test_a_missing_file_is_reported_as_a_problem(tmp_path):
    with pytest.raises(InvalidRecord, match=r"^gone\.yaml: cannot be read"):
        read_yaml(tmp_path / "gone.yaml")
