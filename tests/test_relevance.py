"""The search answers judged queries as well as it has to; the measures say what they should."""

from __future__ import annotations

import json
import math
import shutil

import pytest
from click.testing import CliRunner
from conftest import ROOT, make_record

import indexer.cli
from hub.errors import HubError, InvalidRecord
from indexer.relevance.evaluate import LEAST, by_category, compare, evaluate_search
from indexer.relevance.judged import QUERIES, read_judged
from indexer.relevance.measures import Scores, mean, scores
from indexer.relevance.plain import PlainSearch
from indexer.relevance.report import relevance_tables, run_lines
from indexer.report import grid

# What the search has to reach on the judged queries. A better ranking raises these; nothing lowers them.
FLOORS = {"ndcg": 0.85, "mrr": 0.96, "recall": 0.82, "success": 0.93}
CATEGORY_FLOOR = 0.60  # nDCG@10 of every category of four or more queries
TOLERANCE = 0.03  # a changed record or synonym may cost a little

QUERY = {"id": "q1", "query": "reed beds", "language": "en", "tags": ["short"]}


@pytest.fixture(scope="session")
def relevance(real_engine):
    return evaluate_search(real_engine, read_judged(QUERIES))


@pytest.fixture
def judged(tmp_path):
    """A folder of judged queries about the small corpus."""
    folder = tmp_path / "judged"
    folder.mkdir()
    french = {"id": "q2", "query": "tourbière", "language": "fr", "filters": {"country": ["FRA"]}}
    nothing = {"id": "q3", "query": "qxqxqx", "language": "de"}
    (folder / "few.jsonl").write_text("\n".join(map(json.dumps, (QUERY, french, nothing))) + "\n")
    (folder / "few.qrels.tsv").write_text("q1\t0\treed-bed\t2\nq1 0 merged-case 0\n\nq2 0 tourbiere-du-plateau 1\n")
    (folder / "collection.txt").write_text("reed-bed\ntourbiere-du-plateau\nmerged-case\nindice-de-ciudades\n")
    return folder


@pytest.fixture
def evaluate(corpus, monkeypatch, capsys):
    """The command over the small corpus: exit status, what it says, what it complains of."""

    def run(*arguments: str) -> tuple[int, str, str]:
        monkeypatch.setattr("sys.argv", ["indexer", "evaluate", "search", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            indexer.cli.main()
        return (ended.value.code or 0, *capsys.readouterr())

    monkeypatch.setenv("HUB_CORPUS", str(corpus.folder))
    return run


@pytest.mark.parametrize("measure", FLOORS)
def test_the_search_is_as_right_as_it_has_to_be(relevance, measure):
    reached = getattr(compare("all", relevance.answerable).hub, measure)
    assert reached >= FLOORS[measure] - TOLERANCE, f"{measure} fell to {reached:.3f}"


def test_no_category_is_left_behind(relevance):
    categories = by_category(relevance.answerable)
    low = {one.category: round(one.hub.ndcg, 3) for one in categories if one.hub.ndcg < CATEGORY_FLOOR - TOLERANCE}
    assert low == {}


def test_the_judged_records_are_in_the_corpus_and_only_they_count(relevance):
    collection = read_judged(QUERIES).collection
    assert (len(collection), relevance.absent) == (195, ())
    assert len(relevance.answers) == len(relevance.run) == 50
    assert len(relevance.unanswerable) == 3
    for answer in relevance.answers:
        assert collection.issuperset((*answer.hub, *answer.plain))
        assert len(relevance.run[answer.query.id]) <= 100


def test_plain_bm25_is_worth_what_it_is_known_to_be(relevance):
    plain = compare("all", relevance.answerable).plain
    assert plain.ndcg == pytest.approx(0.39, abs=0.03)
    assert plain.success == pytest.approx(0.53, abs=0.03)


def test_filters_hold_for_both(relevance, real_corpus):
    answers = [answer for answer in relevance.answers if answer.query.filters.get("country")]
    assert answers
    for answer in answers:
        for record in (*answer.hub, *answer.plain):
            assert set(real_corpus.get(record).concepts("country")) & set(answer.query.filters["country"])


def test_categories_are_large_enough_and_the_largest_come_first(relevance):
    sizes = [one.queries for one in by_category(relevance.answerable)]
    assert sizes == sorted(sizes, reverse=True)
    assert min(sizes) >= LEAST
    tables = {table.title: table for table in relevance_tables(relevance)}
    for title in ("nDCG@10", "MRR@10", "recall@20", "success@1"):
        assert [int(row[1]) for row in tables[f"{title} by category"].rows] == sizes


def test_measures_are_those_reckoned_by_hand():
    found = scores(["x", "b", "a"], {"a": 2, "b": 1, "c": 1})
    assert found.ndcg == pytest.approx((1 / math.log2(3) + 2 / 2) / (2 + 1 / math.log2(3) + 1 / 2))
    assert (found.mrr, found.recall, found.success) == (1 / 2, 2 / 3, 0.0)
    assert scores(["a", "b", "c"], {"a": 2, "b": 1, "c": 1}) == Scores(1.0, 1.0, 1.0, 1.0)
    assert scores([], {"a": 1}) == Scores(0.0, 0.0, 0.0, 0.0)


def test_measures_look_only_as_far_as_they_say():
    others = [f"x{number}" for number in range(30)]
    assert scores([*others[:9], "a"], {"a": 1}) == Scores(1 / math.log2(11), 1 / 10, 1.0, 0.0)
    assert scores([*others[:10], "a"], {"a": 1}) == Scores(0.0, 0.0, 1.0, 0.0)
    assert scores([*others[:19], "a"], {"a": 1}).recall == 1.0
    assert scores([*others[:20], "a"], {"a": 1}).recall == 0.0
    assert scores(others[:10], dict.fromkeys(others, 1)).ndcg == 1.0  # more answers than places


def test_a_mean_is_taken_of_each_measure():
    assert mean([Scores(1.0, 0.5, 0.0, 1.0), Scores(0.0, 0.5, 1.0, 0.0)]) == Scores(0.5, 0.5, 0.5, 0.5)
    assert mean([]) == Scores(0.0, 0.0, 0.0, 0.0)


def test_plain_bm25_is_the_formula():
    short, long = make_record("short", title="Otters", abstract="River."), make_record("long")
    plain = PlainSearch([short, long])
    words = "reed beds clean water lake town planted reed beds around its lake water became clearer within three years"
    length = len(words.split())  # "A", "the", "of" and "The" are left out
    mean_length = (2 + length) / 2
    weight = 2 / (2 + 1.2 * (0.25 + 0.75 * length / mean_length))
    assert plain.search("the LAKES") == (("long", pytest.approx(math.log(1 + 1.5 / 1.5) * weight)),)
    assert [record for record, _ in plain.search("river lake")] == ["short", "long"]
    assert plain.search("river lake", among={"long"})[0][0] == "long"
    assert plain.search("of the") == plain.search("") == PlainSearch([]).search("lake") == ()


def test_the_command_shows_tables_and_writes_a_run(evaluate, judged, tmp_path):
    run = tmp_path / "run.tsv"
    status, said, complaints = evaluate("--queries", judged, "--per-query", "--run", run)
    assert (status, complaints) == (0, "")
    for title in ("All queries with an answer", "Queries without an answer", "q2 tourbière"):
        assert title in said
    rows = {line.split()[0]: line.split()[1:] for line in said.splitlines() if line.strip()}
    assert rows["success@1"] == ["2", "1.000", "1.000", "1.00"]
    lines = [line.split("\t") for line in run.read_text(encoding="utf-8").splitlines()]
    assert lines[0][:3] == ["q1", "reed-bed", "1"]
    assert {line[0] for line in lines} == {"q1", "q2"}
    assert all(float(line[3]) > 0 for line in lines)


def test_what_the_corpus_lacks_is_said(evaluate, judged):
    with (judged / "collection.txt").open("a") as file:
        file.write("nowhere\n")
    status, _, complaints = evaluate("--queries", judged)
    assert (status, complaints) == (0, "The index lacks 1 of the judged records, nowhere the first of them.\n")


def test_a_ratio_to_nothing_is_a_dash(engine, judged):
    (judged / "few.qrels.tsv").write_text("q3 0 reed-bed 1\n")
    tables = list(relevance_tables(evaluate_search(engine, read_judged(judged))))
    assert tables[0].rows[0] == ("nDCG@10", "1", "0.000", "0.000", "–")
    assert grid(tables[0]).columns[1].justify == "right"


def test_a_run_is_lines_with_tabs():
    assert list(run_lines({"q1": (("b", 2.0), ("a", 1.5))})) == ["q1\tb\t1\t2.000000\n", "q1\ta\t2\t1.500000\n"]


@pytest.mark.parametrize(
    ("file", "line", "said"),
    [
        ("few.jsonl", "{", "few.jsonl: line 4: is no query: "),
        ("few.jsonl", '{"id": "q4", "language": "en"}', "few.jsonl: line 4: is no query: "),
        ("few.jsonl", json.dumps(QUERY), "few.jsonl: line 4: query 'q1' is there twice"),
        ("few.jsonl", json.dumps(QUERY | {"id": "q4", "filters": {"themes": []}}), "line 4: 'themes' is no filter"),
        ("few.jsonl", json.dumps(QUERY | {"id": "q4", "filters": {"country": ["XX"]}}), "query q4: country: There is"),
        ("few.qrels.tsv", "q1 reed-bed 2", "few.qrels.tsv: line 5: is no judgement"),
        ("few.qrels.tsv", "q1 0 reed-bed good", "few.qrels.tsv: line 5: is no judgement"),
        ("few.qrels.tsv", "q9 0 reed-bed 2", "few.qrels.tsv: line 5: there is no query 'q9'"),
        ("few.qrels.tsv", "q2 0 elsewhere 1", "few.qrels.tsv: line 5: record 'elsewhere' is not in collection.txt"),
        ("few.qrels.tsv", "q1 0 reed-bed 1", "few.qrels.tsv: line 5: record 'reed-bed' is judged twice for query 'q1'"),
        ("collection.txt", "\xff", "collection.txt: line 5: is not UTF-8"),
    ],
)  # fmt: skip
def test_a_line_that_cannot_be_read_is_named(evaluate, judged, file, line, said):
    with (judged / file).open("ab") as opened:
        opened.write(line.encode("latin-1") + b"\n")
    status, _, complaints = evaluate("--queries", judged)
    assert status == 1
    assert said in complaints
    assert complaints.count("\n") == 1


@pytest.mark.parametrize("file", ["few.jsonl", "few.qrels.tsv", "collection.txt"])
def test_a_missing_file_is_one_line(evaluate, judged, file):
    (judged / file).unlink()
    status, _, complaints = evaluate("--queries", judged)
    assert (status, complaints.count("\n")) == (1, 1)
    assert str(judged) in complaints


def test_folders_that_are_none_are_one_line(evaluate, judged, tmp_path):
    assert evaluate("--queries", tmp_path / "no")[::2] == (1, f"There is no folder {tmp_path / 'no'}.\n")
    status, _, complaints = evaluate("--queries", judged, "--run", tmp_path / "no" / "run.tsv")
    assert (status, complaints) == (1, f"{tmp_path / 'no'} is no folder to write the run to.\n")


def test_a_folder_holds_one_file_of_queries(judged):
    shutil.copy(judged / "few.jsonl", judged / "more.jsonl")
    with pytest.raises(HubError, match="it holds 2"):
        read_judged(judged)
    (judged / "more.jsonl").unlink()
    (judged / "few.jsonl").write_text("\n")
    with pytest.raises(HubError, match="holds no query"):
        read_judged(judged)


def test_the_reader_of_judgements_names_the_line(judged):
    (judged / "few.qrels.tsv").write_text("q1 0 reed-bed -1\n")
    with pytest.raises(InvalidRecord, match=r"few\.qrels\.tsv: line 1: is no judgement"):
        read_judged(judged)


def test_the_other_evaluation_stays():
    shown = CliRunner().invoke(indexer.cli.cli, ["evaluate", "--help"]).output
    assert "tags" in shown
    assert "search" in shown
    assert QUERIES.is_relative_to(ROOT)
