"""The language a text is in, judged by the text itself with py3langid, a naive Bayes model of byte sequences."""

from __future__ import annotations

import unicodedata
from typing import Any

from py3langid.langid import MODEL_FILE, LanguageIdentifier  # type: ignore[import-untyped]

from hub.record import Evidence, Method
from indexer.tag.describe.tables import Tables
from indexer.tag.suggestion import Suggestion
from indexer.tag.text import QUOTE, Reading

ENOUGH = 300  # characters; more text changes nothing
SURE = 60  # bytes of letters from which the model's own probability is the score; a few words never score high
CLOSE = 0.45  # share of right answers where a text's language has near relatives, however sure the model is
HIGHEST = 0.99
NONE = ("la", "zxx")  # names of species, and no language at all


class LanguageModel:
    """Tells the languages that the tables name apart. Takes half a second to make."""

    def __init__(self, tables: Tables) -> None:
        self._model: Any = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
        self._known = frozenset((*tables.languages["known"], *NONE))
        self._close = frozenset(tables.languages["close"])

    def language(self, reading: Reading) -> Suggestion | None:
        """The language of a record's text; None where there are no letters to tell it by."""
        text = " ".join(sentence.text for sentence in reading.sentences)[:ENOUGH]
        letters = len("".join(filter(str.isalpha, text)).encode())
        if not letters:
            return None
        ranks = [(name, share) for name, share in self._model.rank(text) if name in self._known]
        name, share = ranks[0]
        if name in NONE or not share:
            return None
        score = min(share / sum(other for _, other in ranks), HIGHEST, 0.3 + 0.7 * letters / SURE)
        if name in self._close and not any(map(_is_cyrillic, text)):
            score = min(score, CLOSE)
        return Suggestion("language", str(name), Method.RULE, round(score, 2), _evidence(reading))


def _evidence(reading: Reading) -> Evidence:
    """The longest sentence that can be quoted whole."""
    longest = max(reading.sentences, key=lambda sentence: len(sentence.text) * (len(sentence.text) <= QUOTE))
    return Evidence(longest.field, longest.quote(0, 0))


def _is_cyrillic(letter: str) -> bool:
    return letter > "\u0370" and unicodedata.name(letter, "").startswith("CYRILLIC")
