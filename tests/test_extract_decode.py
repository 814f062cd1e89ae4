"""Bytes become the text that was meant, whatever the server and the page say of it."""

from __future__ import annotations

import codecs

import pytest

from indexer.extract.decode import decode

FRENCH = "Les haies protègent la vallée : à l’été, les pies-grièches y nichent déjà. Où l’eau coulait, l’œil se perd."
RUSSIAN = "<p>Реке вернули одиннадцать излучин, и город ниже по течению остался сухим.</p>"
JAPANESE = "<p>川は十一の曲がりを取り戻し、下流の町は三度の洪水でも乾いたままだった。</p>"
META = '<meta charset="{}">'


@pytest.mark.parametrize(
    ("text", "encoding", "said", "meta"),
    [
        (FRENCH, "utf-8", "", ""),
        (FRENCH, "utf-8", "iso-8859-1", "iso-8859-1"),
        (FRENCH, "utf-8", "nonsense", "utf-16"),
        (FRENCH, "cp1252", "iso-8859-1", ""),
        (FRENCH, "cp1252", "", "iso-8859-1"),
        (FRENCH, "cp1252", "utf-8", ""),
        (RUSSIAN, "cp1251", "", "windows-1251"),
        (RUSSIAN, "cp1251", "iso-8859-1", "windows-1251"),
        (RUSSIAN * 5, "cp1251", "iso-8859-1", ""),
        (RUSSIAN, "koi8-r", "koi8-r", ""),
        (JAPANESE, "shift_jis", "", "Shift_JIS"),
        (JAPANESE, "euc_jp", "EUC-JP", ""),
        (JAPANESE, "iso2022_jp", "", ""),
        (FRENCH, "utf-16-le", "", ""),
        (FRENCH, "utf-16-be", "utf-8", ""),
        ("<p>河流恢复了十一个弯道</p>", "gb18030", "gb2312", ""),
    ],
)
def test_declared_undeclared_and_wrongly_declared(text, encoding, said, meta):
    html = f"<html><head>{META.format(meta) if meta else ''}</head><body>{text}</body></html>"
    assert decode(html.encode(encoding), said) == html


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-32"])
def test_byte_order_marks(encoding):
    assert decode(FRENCH.encode(encoding), "iso-8859-1") == FRENCH


def test_a_letter_cut_in_two_does_not_spoil_a_page():
    body = (FRENCH * 20).encode() + "é".encode()[:1] + FRENCH.encode()
    assert decode(body).count("protègent") == 21


@pytest.mark.parametrize("said", ["base64", "rot13", "idna", "zip", "", "utf-8\0", "hex"])
def test_nothing_makes_it_fail(said):
    assert isinstance(decode(bytes(range(256)) * 40, said), str)
    assert decode(b"", said) == ""
    assert decode(codecs.BOM_UTF8, said) == ""
