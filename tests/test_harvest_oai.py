"""OAI-PMH: lists, tokens, deletions, errors and broken answers."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from test_harvest_xml import BOMB, SHARED, data, source, split

from indexer.harvest.item import FetchFailed, Get, Response, Skipped, Unreadable
from indexer.harvest.protocols import oai

BASE = "https://oai.example/request"
LIST = BASE + "?verb=ListRecords"


def server(answer: Callable[[str], bytes | None], asked: list[str]) -> Get:
    def get(url: str, kinds: tuple[str, ...] = ("any",)) -> Response:
        asked.append(url)
        body = answer(url)
        if body is None:
            raise FetchFailed(f"{url} answers 503", "failing", 503)
        return Response(url, 200, "text/xml", "", body, {})

    return get


def answers(url: str) -> bytes | None:
    if "Identify" in url:
        return data("oai/identify.xml")
    return data("oai/list2.xml") if "resumptionToken" in url else data("oai/list1.xml")


def error(code: str, text: str = "") -> bytes:
    return f'<OAI-PMH><request>x</request><error code="{code}">{text}</error></OAI-PMH>'.encode()


def page(number: int, token: str) -> bytes:
    return (
        f"<OAI-PMH><ListRecords><record><header><identifier>oai:x:{number}</identifier></header><metadata>"
        f'<dc xmlns="http://purl.org/dc/elements/1.1/"><title>T</title></dc></metadata></record>'
        f"<resumptionToken>{token}</resumptionToken></ListRecords></OAI-PMH>"
    ).encode()


def test_records_of_all_answers_are_found() -> None:
    asked: list[str] = []
    found, skipped = split(oai.gather(source(BASE, options={"set": "a:b"}), server(answers, asked), ""))
    assert asked == [LIST + "&metadataPrefix=oai_dc&set=a:b", LIST + "&resumptionToken=two%20%26%20more"]
    beavers, deleted, otters = found
    assert (beavers.id, beavers.url) == ("oai:oai.example:1", "https://cases.example/beavers")
    assert beavers.modified == "2024-04-01T10:00:00Z"
    assert beavers.data is not None
    assert beavers.data["title"] == {"en": "Beavers slow a stream", "de": "Biber bremsen einen Bach"}
    assert beavers.data["description"] == ["Beavers built dams.", "The water stays longer."]
    assert beavers.data["header"]["sets"] == ["cases"]
    assert deleted.gone
    assert deleted.id == "oai:oai.example:2"
    assert otters.data is not None
    assert otters.data["title"] == ["Otters & eels"]
    assert "'CMD'" in skipped["oai:oai.example:3"].reason
    assert "not well-formed" in skipped[asked[1]].reason


def test_changes_are_asked_for_as_the_repository_counts() -> None:
    asked: list[str] = []
    list(
        oai.gather(
            source(BASE + "?verb=Identify&key=1&set=s", options={"prefix": "qdc"}), server(answers, asked), "2024-01-02"
        )
    )
    assert asked[0] == BASE + "?key=1&verb=Identify"
    assert asked[1] == BASE + "?key=1&verb=ListRecords&metadataPrefix=qdc&set=s&from=2024-01-02T00:00:00Z"
    asked.clear()
    list(oai.gather(source(BASE), server(lambda url: None if "Identify" in url else page(1, ""), asked), "2024-01-02"))
    assert asked[1].endswith("&from=2024-01-02")


@pytest.mark.parametrize(
    ("token", "number"),
    [
        (lambda turn: "same", lambda turn: turn),
        (lambda turn: f"t{turn}", lambda turn: 1),
        (lambda turn: f"t{turn % 3}", lambda turn: turn),
    ],
)
def test_tokens_without_end_end(token: Callable[[int], str], number: Callable[[int], int]) -> None:
    asked: list[str] = []
    get = server(lambda _: page(number(len(asked)), token(len(asked))), asked)
    found, skipped = split(oai.gather(source(BASE), get, ""))
    assert 1 <= len(found) <= 3
    assert len(asked) <= 4
    assert all("circles" in each.reason and each.failed for each in skipped.values())
    assert skipped


@pytest.mark.parametrize(
    "second",
    [
        error("badResumptionToken", "expired"),
        None,
        b"broken",
        b"<OAI-PMH><ListRecords><resumptionToken>t</resumptionToken></ListRecords></OAI-PMH>",
    ],
)
def test_what_was_listed_stands_when_a_list_breaks_off(second: bytes | None) -> None:
    asked: list[str] = []
    found, skipped = split(
        oai.gather(source(BASE), server(lambda _: page(1, "next") if len(asked) == 1 else second, asked), "")
    )
    assert [each.id for each in found] == ["oai:x:1"]
    assert [each.failed for each in skipped.values()] == [True]


def test_no_records_are_no_error() -> None:
    for body in (error("noRecordsMatch"), b"<OAI-PMH><ListRecords/></OAI-PMH>"):
        found = oai.gather(source(BASE), server(lambda _, body=body: body, []), "")  # type: ignore[misc]
        assert list(found) == [Skipped(BASE, "holds no items")]


def test_what_a_repository_says_is_shown_on_one_line() -> None:
    body = '<?xml version="1.1"?><OAI-PMH><error code="bad">\u009b31m two\nlines &#x1b;[2J</error></OAI-PMH>'
    with pytest.raises(Unreadable) as raised:
        list(oai.gather(source(BASE), server(lambda _: body.encode(), []), ""))
    assert str(raised.value).isprintable()
    assert "two lines" in str(raised.value)


@pytest.mark.parametrize("code", ["cannotDisseminateFormat", "badArgument", "idDoesNotExist", "newKindOfError"])
def test_errors_name_code_and_text(code: str) -> None:
    with pytest.raises(Unreadable, match=f"{code}: not here"):
        list(oai.gather(source(BASE), server(lambda _: error(code, "not here"), []), ""))


@pytest.mark.parametrize(
    "body", [b"", b"broken", b"<rss/>", b"<html><body>x</body></html>", BOMB, data("oai/identify.xml")]
)
def test_what_is_no_list_is_unreadable(body: bytes) -> None:
    with pytest.raises(Unreadable):
        list(oai.gather(source(BASE), server(lambda _: body, []), ""))


def test_single_records_and_lists_of_identifiers_are_read() -> None:
    single = page(7, "").replace(b"ListRecords>", b"GetRecord>")
    assert [entry.id for entry in oai.read(single, "it").entries] == ["oai:x:7"]
    listed = (
        b"<OAI-PMH><ListIdentifiers><header><identifier>a</identifier></header>"
        b'<header status="deleted"><identifier>b</identifier></header><header/></ListIdentifiers></OAI-PMH>'
    )
    found, skipped = split(oai.read(listed, "it").entries)
    assert [(each.id, each.gone) for each in found] == [("b", True)]
    assert set(skipped) == {"a", "(no id)"}


def test_records_without_the_necessary_are_skipped() -> None:
    body = (
        b"<OAI-PMH><ListRecords><record/><record><header/></record>"
        b"<record><header><identifier>x</identifier></header></record></ListRecords></OAI-PMH>"
    )
    found, skipped = split(oai.read(body, "it").entries)
    assert found == []
    assert skipped["x"].reason == "has no metadata"
    assert skipped["(no id)"].failed


FILES = sorted(SHARED.glob("fixtures/oai-pmh/*")) + sorted(SHARED.glob("payloads/oai*"))


@pytest.mark.skipif(not FILES, reason=f"there are no real files in {SHARED}")
def test_real_answers_give_records_or_a_reason() -> None:
    records = gone = 0
    for path in FILES:
        try:
            found, skipped = split(oai.read(path.read_bytes(), path.name).entries)
        except Unreadable as wrong:
            assert len(str(wrong)) > 20
            continue
        assert all(each.reason for each in skipped.values())
        records += sum(not each.gone for each in found)
        gone += sum(each.gone for each in found)
    assert records >= 10
    assert gone >= 3
