"""The interface is complete in every language, and the compiled catalogues are those of the sources."""

from __future__ import annotations

import io
import re
import subprocess
import sys

import pytest
from babel.messages.mofile import read_mo, write_mo
from babel.messages.pofile import read_po
from conftest import ROOT

from hub.config import LANGUAGES

FOLDER = ROOT / "hub" / "translations"
OTHERS = [language for language in LANGUAGES if language != "en"]
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]")


@pytest.fixture(scope="module")
def strings(tmp_path_factory) -> set:
    """Every string of the interface, as the extractor finds it."""
    path = tmp_path_factory.mktemp("strings") / "messages.pot"
    extract = [
        sys.executable,
        "-m",
        "babel.messages.frontend",
        "--quiet",
        "extract",
        "-F",
        "babel.cfg",
        "-o",
        path,
        ".",
    ]
    subprocess.run(extract, cwd=ROOT, check=True)
    return {message.id for message in read_po(io.BytesIO(path.read_bytes())) if message.id}


@pytest.mark.parametrize("language", OTHERS)
def test_every_string_is_translated_and_none_is_left_over(language, strings):
    catalogue = read_po(io.BytesIO((FOLDER / language / "LC_MESSAGES" / "messages.po").read_bytes()))
    messages = {message.id: message for message in catalogue if message.id}
    assert set(messages) == strings
    for message in messages.values():
        texts = message.string if isinstance(message.string, tuple) else (message.string,)
        assert all(texts) and not message.fuzzy, message.id
        ids = message.id if isinstance(message.id, tuple) else (message.id,)
        wanted = set(PLACEHOLDER.findall(" ".join(ids)))
        assert all(set(PLACEHOLDER.findall(text)) <= wanted for text in texts), message.id
        assert set(PLACEHOLDER.findall(texts[-1])) == set(PLACEHOLDER.findall(ids[-1])), message.id


def pairs(catalogue) -> dict[str, str]:
    return {str(message.id): str(message.string) for message in catalogue if message.id}


@pytest.mark.parametrize("language", OTHERS)
def test_the_compiled_catalogue_is_that_of_the_source(language):
    folder = FOLDER / language / "LC_MESSAGES"
    compiled = io.BytesIO()
    write_mo(compiled, read_po(io.BytesIO((folder / "messages.po").read_bytes())))
    compiled.seek(0)
    kept = io.BytesIO((folder / "messages.mo").read_bytes())
    assert pairs(read_mo(kept)) == pairs(read_mo(compiled)), "run: make translations"


def test_french_and_spanish_pages_speak_their_language(client):
    assert "Parcourir" in client.get("/fr/").text or "cibles" in client.get("/fr/").text
    assert "metas" in client.get("/es/").text
    assert "Find what has worked" not in client.get("/fr/").text + client.get("/es/").text


def test_dates_and_numbers_take_the_readers_form(client):
    assert "1 January 2026" in client.get("/records/reed-bed").text
    assert "1 janvier 2026" in client.get("/fr/records/reed-bed").text
    assert "1 de enero de 2026" in client.get("/es/records/reed-bed").text
