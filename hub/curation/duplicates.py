"""Two records that may be one case: told apart for good, or joined into one that keeps both sources and decisions."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec.structs import replace

from hub.record import Decision, Method, Record, Status, Tag, precedes

_FACTS = ("place", "point", "began", "ended", "evidence_level", "contact")  # of the case, not of the page it is on
_TEXTS = ("challenge", "action", "results", "lessons", "text")
_LISTS = ("organisations", "source_tags", "references", "images", "documents")
_WEIGHT = {Decision.SUGGESTED: 0, Decision.REJECTED: 1, Decision.ACCEPTED: 2}


def told_apart(record: Record, other: Record, by: str, today: str) -> Record:
    """The record with the decision that the other is a different case, so that it is never proposed again."""
    meant = {other.url, *other.also_at}
    decided = tuple(_rejected(each, by, today) if _means(each, meant) else each for each in record.proposals)
    if not any(_means(each, meant) for each in record.proposals):
        proposal = Tag("also_at", other.url, Decision.REJECTED, Method.CURATOR, by=by, at=today)
        decided = (*record.proposals, proposal)
    return replace(record, proposals=decided)


def joined(kept: Record, other: Record, by: str, today: str) -> tuple[Record, Record]:
    """Two records of one case: the one that stays, with all the other knows, and the other, withdrawn.

    The address of the other, and its own `also_at`, go under `also_at`; its id goes under `replaces`, so that it leads
    here. Decisions of both are kept: where they differ, what was accepted wins over what was rejected, and both over
    what was only suggested. Facts and texts that the kept record lacks come from the other, texts and translations only
    where they may be published together: both in our own words, or under one licence.
    """
    addresses = [url for url in (*kept.also_at, other.url, *other.also_at) if url != kept.url]
    meant = {other.url, *other.also_at}
    shared = _may_share(kept, other)
    names = (*_FACTS, *_TEXTS) if shared else _FACTS
    facts = {name: getattr(other, name) for name in names if not getattr(kept, name) and getattr(other, name)}
    translations = {**((other.translations or {}) if shared else {}), **(kept.translations or {})}
    if precedes(facts.get("ended", kept.ended), facts.get("began", kept.began)):
        facts = {name: value for name, value in facts.items() if name not in ("began", "ended")}
    lists = {name: tuple(dict.fromkeys((*getattr(kept, name), *getattr(other, name)))) for name in _LISTS}
    stays = replace(
        kept,
        tags=_union(kept.tags, other.tags, facts),
        proposals=_proposals(kept, other, meant, by, today),
        changes=tuple({each.field: each for each in (*other.changes, *kept.changes)}.values()),
        also_at=tuple(dict.fromkeys(addresses)),
        replaces=tuple(name for name in dict.fromkeys((*kept.replaces, other.id, *other.replaces)) if name != kept.id),
        translations=translations or None,
        provenance=replace(kept.provenance, words=kept.provenance.words or (other.provenance.words if shared else "")),
        **facts,
        **lists,
    )
    return stays, replace(other, status=Status.WITHDRAWN, replaces=())


def _may_share(kept: Record, other: Record) -> bool:
    ours = not (kept.provenance.words or other.provenance.words)
    return ours or (bool(other.license) and kept.license == other.license)


def _proposals(kept: Record, other: Record, meant: set[str], by: str, today: str) -> tuple[Tag, ...]:
    """The proposals of both; that they are one case is accepted, and not proposed the other way round."""
    own = {kept.url, *kept.also_at}
    ours = [_accepted(each, by, today) if _means(each, meant) else each for each in kept.proposals]
    return _union(ours, (each for each in other.proposals if not _means(each, own)), ())


def _union(kept: Iterable[Tag], other: Iterable[Tag], texts: Iterable[str]) -> tuple[Tag, ...]:
    """The tags of both; a quotation comes along only from a text that does."""
    found = {(tag.vocabulary, tag.concept): tag for tag in kept}
    for tag in other:
        own = found.get((tag.vocabulary, tag.concept))
        if own is None or _WEIGHT[tag.decision] > _WEIGHT[own.decision]:
            quoted = tag.evidence if tag.evidence and tag.evidence.field in texts else own.evidence if own else None
            found[tag.vocabulary, tag.concept] = replace(tag, evidence=quoted)
    return tuple(found.values())


def _means(proposal: Tag, addresses: set[str]) -> bool:
    return proposal.vocabulary == "also_at" and proposal.concept in addresses


def _rejected(proposal: Tag, by: str, today: str) -> Tag:
    return replace(proposal, decision=Decision.REJECTED, by=by, at=today)


def _accepted(proposal: Tag, by: str, today: str) -> Tag:
    return replace(proposal, decision=Decision.ACCEPTED, by=by, at=today)
