"""Ids that are made of titles."""

import pytest

from hub.ids import new_id


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("La tourbière du plateau, retrouvée !", "la-tourbiere-du-plateau-retrouvee"),
        ("Заповедник", "zapovednik"),
        ("Αποκατάσταση υγροτόπου", "apokatastasi-ygrotopoy"),
        ("!!!", "portal"),
        ("word " * 30, "-".join(["word"] * 12)),
        ("x" * 100, "x" * 60),
    ],
)
def test_an_id_is_the_title_in_plain_letters(title, expected):
    assert new_id(title, "portal", lambda _: False) == expected


def test_an_id_is_never_taken_twice():
    taken = {"reed-beds", "reed-beds-portal"}
    assert new_id("Reed beds", "portal", taken.__contains__) == "reed-beds-portal-2"
