"""Whether two forms are of one word, but for number, case or tense: a stem alone takes *costly* for *cost*."""

from __future__ import annotations

# English endings derive other words so often (watering, costly, conservancy) that those of inflection are named: what a
# word of a phrase ends with, and what its forms in a text end with instead.
_ENGLISH = (
    {("", ending) for ending in ("s", "es", "ed", "d", "ing", "er", "ers", "n")}
    | {("e", "ing"), ("y", "ied"), ("is", "es"), ("us", "i"), ("um", "a"), ("on", "a"), ("a", "ae"), ("man", "men")}
    | {("y", "ies"), ("f", "ves"), ("fe", "ves")}
)
_PLURALS = {("s", ""), ("es", ""), ("ies", "y"), ("ves", "f")}  # of phrases that stand in the plural themselves
_DOUBLED = ("ed", "ing", "er", "ers")  # behind a doubled letter: planned
_ENDING = 2  # letters that forms may end with differently in other languages
_LONG_ENDING = 3  # where cases are told by endings, and in Portuguese (ação, ações)
_LONG_ENDINGS = frozenset(
    ("pt", "ru", "uk", "pl", "cs", "hr", "sr", "bs", "cnr", "el", "tr", "sq", "ro", "hu", "fi", "et")
)


def is_inflection(word: str, form: str, language: str) -> bool:
    """Whether a form in a text is one of a word of a phrase; both are folded and have the same stem."""
    same = 0
    for one, other in zip(word, form, strict=False):
        if one != other:
            break
        same += 1
    ends = (word[same:], form[same:])
    if language != "en":
        return max(map(len, ends)) <= (_LONG_ENDING if language in _LONG_ENDINGS else _ENDING)
    doubled = same > 0 and not ends[0] and ends[1][:1] == word[-1] and ends[1][1:] in _DOUBLED
    return ends == ("", "") or ends in _ENGLISH or ends in _PLURALS or doubled
