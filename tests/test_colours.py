"""Colours of other sites: read, and held to the contrast of WCAG 2.2 AA whatever they are."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.web.colours import (
    SHAPE,
    TEXT,
    Colours,
    contrast,
    corrections,
    hex_colour,
    palette,
    readable,
    style_sheet,
    tokens,
)

colour = st.from_regex(r"\A#[0-9a-f]{6}\Z")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("0a8", "#00aa88"), ("#0A8", "#00aa88"), ("00aa88", "#00aa88"), ("#00AA88", "#00aa88"),
        ("", None), ("#", None), ("ff", None), ("ffff", None), ("12345", None), ("1234567", None), ("red", None),
        ("#ggg", None), ("rgb(0,0,0)", None), ("fff;}", None), ("fff\n", None), ("١٢٣", None), ("##fff", None),
    ],
)  # fmt: skip
def test_a_colour_is_three_or_six_hexadecimal_digits(text, expected):
    assert hex_colour(text) == expected


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [("#000000", "#ffffff", 21), ("#ffffff", "#ffffff", 1), ("#767676", "#ffffff", 4.54), ("#ff0000", "#ffffff", 4.0)],
)
def test_contrast_is_that_of_wcag(one, other, expected):
    assert round(contrast(one, other), 2) == round(contrast(other, one), 2) == expected


@given(colour, colour, st.sampled_from([TEXT, SHAPE]))
def test_any_colour_becomes_readable_on_any_paper(one, paper, least):
    used = readable(one, paper, least)
    assert contrast(used, paper) >= least
    assert used == one or contrast(one, paper) < least


given_colours = st.builds(
    Colours,
    st.just("") | colour,
    st.just("") | colour,
    st.just("") | colour,
    st.sampled_from(["auto", "light", "dark"]),
)


@given(given_colours)
def test_whatever_a_site_asks_for_text_links_and_badges_can_be_read(colours):
    for scheme in colours.schemes:
        used = palette(colours, scheme)
        assert colours.paper in ("", used["paper"])
        for name in ("ink", "ink-2", "action", "action-2"):
            assert contrast(used[name], used["paper"]) >= TEXT, name
        for name in ("g1", "g2", "g3"):
            assert contrast(used[name], used["paper"]) >= SHAPE and contrast(used[name], used["on-g"]) >= TEXT, name
        for name in ("line-2", "focus"):
            assert contrast(used[name], used["paper"]) >= SHAPE, name
        assert contrast(used["mark"], used["on-mark"]) >= TEXT


def test_without_colours_everything_is_as_the_style_sheet_of_the_hub_has_it():
    for scheme in ("light", "dark"):
        assert palette(Colours(), scheme) == tokens()[scheme]
    assert tokens()["light"]["paper"] == "#ffffff" and tokens()["dark"]["paper"] == "#0e1715"
    assert (
        set(tokens()["light"]) == set(tokens()["dark"]) >= {"ink", "ink-2", "action", "line", "g1", "g2", "g3", "on-g"}
    )


def test_a_style_sheet_holds_both_schemes_or_the_one_that_is_wanted():
    both = style_sheet(Colours(accent="#a01020"))
    assert both.startswith("@layer tokens{:root{color-scheme:light dark;") and "--action:#a01020" in both
    assert both.count(":root{") == 2 and "(prefers-color-scheme:dark)" in both
    dark = style_sheet(Colours(scheme="dark"))
    assert dark.count(":root{") == 1 and "color-scheme:dark;" in dark and "--paper:#0e1715" in dark


def test_a_paper_settles_whether_the_page_is_light_or_dark():
    assert Colours(paper="#102030", scheme="light").schemes == ("dark",)
    assert Colours(paper="#fdf6e3", scheme="dark").schemes == ("light",)


def test_what_is_not_used_as_given_is_said():
    assert corrections(Colours(accent="#00604e", paper="#ffffff")) == ()
    ((name, asked, scheme, used),) = corrections(Colours(accent="#ffff00", ink="#000000", paper="#ffffff"))
    assert (name, asked, scheme) == ("accent", "#ffff00", "light") and contrast(used, "#ffffff") >= TEXT
    assert [found[2] for found in corrections(Colours(accent="#777777"))] == ["light", "dark"]
