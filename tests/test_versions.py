"""Two versions of a record: every difference is found, and what two people did is brought together."""

from conftest import make_record, tag
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from hub.curation.versions import Difference, differences, merged
from hub.record import FIELDS, Record

words = st.sampled_from(["reed", "lake", "two words", "a: b:", "Ελλάδα"])
sources = {"method": st.sampled_from(["rule", "curator"]), "decision": st.sampled_from(["accepted", "rejected"])}


def some(*values):
    """One of the values, or the field is left out."""
    return st.sampled_from([None, *values])


def tags(vocabulary, *concepts):
    """Tags, each concept at most once."""
    evidence = st.fixed_dictionaries({"field": st.sampled_from(["title", "abstract"]), "quote": words})
    more = {"score": st.sampled_from([0.5, 0.501, 1.0]), "evidence": evidence, "by": st.just("ana")}
    one = st.fixed_dictionaries(
        {"vocabulary": st.just(vocabulary), "concept": st.sampled_from(concepts), **sources}, optional=more
    )
    return st.lists(one, max_size=3, unique_by=lambda tag: tag["concept"])


link = st.fixed_dictionaries({"url": st.just("https://example.org/a.jpg")}, optional={"alt": words, "credit": words})
change = st.fixed_dictionaries(
    {"field": st.sampled_from(["title", "abstract"]), "at": st.sampled_from(["2026-01-01", "2026-01-02"])},
    optional={"value": words},
)
point = st.fixed_dictionaries(
    {
        "lon": st.sampled_from([13.1, 13.1000001]),
        "lat": st.just(52.0),
        "precision": st.sampled_from(["exact", "country"]),
    }
)
translation = st.fixed_dictionaries({"title": words, "abstract": words})
provenance = st.fixed_dictionaries(
    {"harvester": st.just("test"), "first_seen": st.just("2026-01-01"), "last_seen": st.just("2026-02-01")},
    optional={"note": words},
)
records = st.fixed_dictionaries(
    {},
    optional={
        "status": st.sampled_from(["draft", "published", "withdrawn"]),
        "title": words,
        "text": words,
        "tags": tags("theme", "eco-urban", "eco-coast", "eco-freshwater"),
        "proposals": tags("organisations", "Town", "Town of Clara"),
        "changes": st.lists(change, max_size=2, unique_by=lambda change: change["field"]),
        "translations": st.dictionaries(st.sampled_from(["fr", "es"]), translation),
        "point": point,
        "organisations": st.lists(words, max_size=2),
        "images": st.lists(link, max_size=2),
        "evidence_level": some("measured", "described"),
        "provenance": provenance,
    },
).map(lambda changes: make_record(**changes))


def said(found):
    return {each.name: (each.before, each.after) for each in found}


def units(record):
    """What a record says, one unit a value."""
    return {(each.name, each.after) for each in differences(None, record)}


def plain(record: Record):
    """A record without what the machine keeps, and without the order of entries that stand for themselves."""
    ordered = {name: tuple(sorted(getattr(record, name), key=repr)) for name in ("tags", "proposals", "changes")}
    return replace(record, **ordered, provenance=make_record().provenance)


def test_differences_are_named_by_field_and_entry():
    before = make_record(tags=[tag("theme", "eco-urban", "suggested"), tag("country", "DEU")], text="old")
    after = make_record(tags=[tag("theme", "eco-urban"), tag("theme", "eco-coast")], results="new")
    assert said(differences(before, after)) == {
        "results": ("", "new"),
        "text": ("old", ""),
        "tags theme eco-urban": ("suggested, curator", "accepted, curator"),
        "tags country DEU": ("accepted, curator", ""),
        "tags theme eco-coast": ("", "accepted, curator"),
    }


def test_what_differs_is_said_in_the_order_of_the_fields():
    found = [each.field for each in differences(None, make_record(text="text", tags=[tag("country", "DEU")]))]
    assert found == sorted(found, key=list(FIELDS).index)


def test_the_name_of_a_field_without_entries_is_its_own():
    assert Difference("title", "", "a", "b").name == "title"


@settings(deadline=None)
@given(records, records)
def test_every_difference_reads_differently_before_and_after(before, after):
    found = differences(before, after)
    assert all(each.before != each.after for each in found)
    assert bool(found) == (plain(before) != plain(after) or before.provenance != after.provenance)
    assert differences(before, before) == ()


@settings(deadline=None)
@given(records, records)
def test_what_only_one_changed_is_taken_as_it_is(base, changed):
    assert merged(base, changed, base) == (changed, ())
    theirs, both = merged(base, base, changed)
    assert (plain(theirs), both) == (plain(changed), ())
    assert merged(base, changed, changed) == (changed, ())


@settings(deadline=None)
@given(records, records, records)
def test_nothing_is_invented_and_nothing_is_lost_unsaid(base, ours, theirs):
    record, both = merged(base, ours, theirs)
    old, mine, other, got = map(units, (base, ours, theirs, record))
    assert mine & other <= got <= mine | other
    named = {name for name, _ in mine ^ got if name != "provenance"}
    assert named <= {name for name, _ in old ^ other}  # ours gives way only to what they changed
    lost = {name for name, _ in (other - old) - got} | {name for name, _ in (old - other) & got if name != "provenance"}
    assert lost - {"provenance"} <= set(both)
    assert set(both) <= {name for name, _ in mine ^ old} & {name for name, _ in other ^ old}


@settings(deadline=None)
@given(records, records, records)
def test_where_both_changed_the_same_ours_stands_unless_it_yields(base, ours, theirs):
    record, both = merged(base, ours, theirs)
    yielded, same = merged(base, ours, theirs, both)
    assert both == same
    mine, other = said(differences(None, ours)), said(differences(None, theirs))
    assert all(said(differences(None, record)).get(name) == mine.get(name) for name in both)
    kept = [name for name in both if name in other]
    assert all(said(differences(None, yielded))[name] == other[name] for name in kept)


def test_decisions_of_two_people_on_one_record_are_all_kept():
    def decided(*decisions, **changes):
        names = ("eco-urban", "eco-coast", "eco-freshwater")
        return make_record(tags=[tag("theme", *each) for each in zip(names, decisions, strict=True)], **changes)

    base = decided("suggested", "suggested", "suggested")
    theirs = decided("rejected", "rejected", "suggested", text="More")
    record, both = merged(base, decided("accepted", "suggested", "suggested"), theirs)
    assert both == ("tags theme eco-urban",)
    assert record == decided("accepted", "rejected", "suggested", text="More")


def test_two_changes_of_one_field_are_both_kept():
    two = [{"field": "title", "at": "2026-01-01", "value": value} for value in ("One", "Two")]
    base, changed = make_record(), make_record(changes=two)
    assert merged(base, base, changed)[0] == merged(base, changed, base)[0] == changed
    assert [each.name for each in differences(base, changed)] == ["changes title", "changes title (2)"]
