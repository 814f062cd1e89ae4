"""Why the tagger suggests what it suggests: one record explained on a terminal."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from unicodedata import bidirectional

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.rule import Rule
from rich.text import Text

from hub.record import Decision, Method, Record
from hub.vocabulary import Vocabularies
from indexer.tag.classify import Verdict
from indexer.tag.cues import Cue
from indexer.tag.suggestion import Suggestion
from indexer.tag.tagger import Opinion

HEADINGS = {
    "target": "Targets", "theme": "Themes", "country": "Countries", "region": "Regions", "type": "Type",
    "language": "Language", "began": "Began", "ended": "Ended", "evidence_level": "Level of evidence",
    "organisations": "Organisations",
}  # fmt: skip
_TURNS = ("LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI")
_GROUNDS = 6  # weights shown for a concept
_NEARLY = 2  # concepts shown that were not likely enough
_HOW = {Method.MODEL: "learned", Method.RULE: "rule", Method.SOURCE: "the source's own tag"}


def explain(
    record: Record, opinion: Opinion, cues: Sequence[Cue], vocabularies: Vocabularies, plain: bool = False
) -> Group:
    """A record's suggestions, their quotations, what weighed for and against them, and what was nearly suggested.

    `plain` marks the words that matched with brackets, for where no style can be seen.
    """
    lines: list[RenderableType] = [Rule(Text(record.id, style="bold"), align="left", style="dim")]
    lines.append(Text(_visible(record.title), style="bold"))
    for name, heading in HEADINGS.items():
        mine = [one for one in opinion.suggestions if one.vocabulary == name]
        verdicts = {verdict.concept: verdict for verdict in opinion.verdicts.get(name, ())}
        if mine or verdicts:
            lines.append(Text(f"\n{heading}", style="bold cyan"))
        for one in mine:
            lines.append(Padding(_head(one, record, vocabularies), (0, 0, 0, 2)))
            verdict = verdicts.get(one.concept)
            below = [_quotation(one, plain)] + ([_weights(verdict, cues)] if verdict and verdict.grounds else [])
            lines.extend(Padding(line, (0, 0, 0, 7)) for line in below)
        nearly = _nearly(verdicts.values(), {one.concept for one in mine}, record, vocabularies)
        lines.extend(Padding(line, (0, 0, 0, 2)) for line in nearly)
    return Group(*lines)


def _head(one: Suggestion, record: Record, vocabularies: Vocabularies) -> Text:
    style = "green" if one.score >= 0.7 else "yellow" if one.score >= 0.4 else "red"
    called = _called(one.vocabulary, one.concept, vocabularies)
    how, decided = _HOW.get(one.method, one.method), _decision(record, one)
    parts = [
        (f"{one.score:4.2f} ", f"bold {style}"),
        (called, "bold"),
        (f"  {how}", "dim"),
        (f"  {decided}", "magenta"),
    ]
    return Text.assemble(*parts)


def _decision(record: Record, one: Suggestion | Verdict) -> str:
    tags = (*record.tags, *record.proposals)
    for tag in tags:
        if (tag.vocabulary, tag.concept) == (one.vocabulary, one.concept) and tag.decision is not Decision.SUGGESTED:
            return f"{tag.decision} by {tag.by}" if tag.by else str(tag.decision)
    return ""


def _called(vocabulary: str, concept: str, vocabularies: Vocabularies) -> str:
    known = vocabularies.get(vocabulary)
    found = known.find(concept) if known else None
    if found is None:
        return concept
    return (
        f"{found.notation} {found.label('en')}" if found.notation != found.id else f"{found.label('en')} ({found.id})"
    )


def _quotation(one: Suggestion, plain: bool) -> Text:
    quote = Text(_visible(one.evidence.quote), style="italic")
    quote.highlight_words([_visible(words) for words in one.matched], style="not italic reverse")
    if plain:
        spans = [span for span in quote.spans if span.style == "not italic reverse"]
        ends = sorted({(span.start, "[") for span in spans} | {(span.end, "]") for span in spans}, reverse=True)
        text = quote.plain
        for place, bracket in ends:
            text = text[:place] + bracket + text[place:]
        quote = Text(text)
    return Text.assemble((f"{one.evidence.field}: ", "dim"), "“", quote, "”")


def _visible(text: str) -> str:
    """Text whose signs for the direction of writing are written out: they could turn a line around."""
    return "".join(f"<U+{ord(sign):04X}>" if bidirectional(sign) in _TURNS else sign for sign in text)


def _weights(verdict: Verdict, cues: Sequence[Cue]) -> Text:
    loudest = sorted(verdict.grounds, key=lambda ground: -abs(ground[1]))[:_GROUNDS]
    speaking = {ground.cue for ground in verdict.evidence}
    lines = [_weight(cues[cue].name, amount, cue in speaking) for cue, amount in sorted(loudest, key=lambda g: -g[1])]
    return Text("  ").join(lines)


def _weight(name: str, amount: float, speaks: bool) -> Text:
    style = "red" if amount < 0 else "green" if speaks else "dim green"
    seen = "" if speaks or amount < 0 else "~"  # merely seen together: no editor gave it to the concept
    return Text.assemble((f"{amount:+.1f}", style), f" {seen}{name}")


def _nearly(verdicts: Iterable[Verdict], said: set[str], record: Record, vocabularies: Vocabularies) -> Iterator[Text]:
    rest = [each for each in verdicts if each.concept not in said and 3 * each.probability > each.threshold]
    for verdict in rest[:_NEARLY]:
        name = _called(verdict.vocabulary, verdict.concept, vocabularies)
        needs = f", needs {verdict.threshold:.2f}" if verdict.probability < verdict.threshold else ""
        why = _decision(record, verdict) or f"not suggested{needs}"
        yield Text(f"{verdict.probability:4.2f} {name}  ({why})", style="dim")
