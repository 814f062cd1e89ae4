"""Settings: one table feeds names, defaults and help; a value that cannot be used is refused in one sentence."""

from dataclasses import fields
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.config import LANGUAGES, SETTINGS, Config, load_config
from hub.errors import HubError


def test_every_setting_of_the_table_is_a_field_of_the_config_and_the_other_way_round():
    assert [setting.name for setting in SETTINGS] == [f"HUB_{field.name.upper()}" for field in fields(Config)]


def test_every_setting_says_what_it_is_for():
    assert all(setting.help[0].isupper() and setting.help.endswith(".") for setting in SETTINGS)


def test_without_any_variable_the_defaults_hold():
    config = load_config({})
    assert (config.site_name, config.host, config.port, config.threads) == ("Knowledge Hub", "127.0.0.1", 8000, 8)
    assert config.base_url == config.operator == config.contact == ""
    assert (config.corpus / "records").is_dir()


def test_variables_win_over_defaults_and_are_trimmed():
    config = load_config(
        {
            "HUB_SITE_NAME": " Savoirs ",
            "HUB_OPERATOR": "An office",
            "HUB_CONTACT": "office@example.org",
            "HUB_BASE_URL": "https://hub.example.org/",
            "HUB_HOST": "0.0.0.0",  # noqa: S104
            "HUB_PORT": " 80 ",
            "HUB_THREADS": "4",
            "HUB_CORPUS": "/data/corpus",
            "HUB_INSTANCE": "/data/instance",
            "HUB_PRIVATE_ADDRESSES": "allow",
            "HUB_CURATE": "on",
            "HUB_SECRET_KEY": "0123456789abcdef" * 2,
            "HUB_PROXY_ADDRESS": "192.0.2.1",
            "HUB_PROXY_HEADER": "Remote-User",
            "HUB_RATE_LIMIT": "20 per hour",
            "HUB_RATE_STORAGE": "redis://store:6379",
            "HUB_DEMAND": "off",
            "HUB_SEMANTIC": "on",
            "HUB_EMBED_ANCESTORS": "https://www.example.org/, https://*.example.net:8443",
            "UNRELATED": "x",
        }
    )
    assert config == Config(
        site_name="Savoirs",
        operator="An office",
        contact="office@example.org",
        base_url="https://hub.example.org",
        host="0.0.0.0",  # noqa: S104
        port=80,
        threads=4,
        corpus=Path("/data/corpus"),
        instance=Path("/data/instance"),
        private_addresses=True,
        curate=True,
        secret_key="0123456789abcdef" * 2,
        proxy_address="192.0.2.1",
        proxy_header="Remote-User",
        rate_limit="20 per hour",
        rate_storage="redis://store:6379",
        demand=False,
        semantic=True,
        embed_ancestors=("https://www.example.org", "https://*.example.net:8443"),
    )
    assert config.index == Path("/data/instance/index")
    assert config.harvest == Path("/data/instance/harvest")
    assert config.demand_file == Path("/data/instance/demand/demand.sqlite")


def test_private_addresses_are_refused_unless_allowed_in_so_many_words():
    assert not load_config({}).private_addresses
    with pytest.raises(HubError, match="must be allow or refuse, not 'yes'"):
        load_config({"HUB_PRIVATE_ADDRESSES": "yes"})


def test_what_found_nothing_is_counted_unless_switched_off():
    assert load_config({}).demand
    with pytest.raises(HubError, match="HUB_DEMAND must be on or off, not 'no'"):
        load_config({"HUB_DEMAND": "no"})


def test_the_process_environment_is_read_when_none_is_given(monkeypatch):
    monkeypatch.setenv("HUB_SITE_NAME", "From the environment")
    assert load_config().site_name == "From the environment"


def test_a_site_always_has_a_name():
    assert load_config({"HUB_SITE_NAME": "  "}).site_name == "Knowledge Hub"


@pytest.mark.parametrize("name", ["corpus", "instance"])
def test_an_empty_folder_setting_is_not_the_current_folder(name):
    assert getattr(load_config({f"HUB_{name.upper()}": ""}), name) == getattr(load_config({}), name)


@pytest.mark.parametrize("name", ["HUB_PORT", "HUB_THREADS"])
@pytest.mark.parametrize("value", ["0", "-1", "1.5", "eight", "65536", "1e3", "²", "0x50", "9" * 5000])
def test_a_number_out_of_bounds_is_refused_by_name(name, value):
    with pytest.raises(HubError, match=f"{name} must be a whole number from 1 to"):
        load_config({name: value})


@pytest.mark.parametrize(("name", "value"), [("HUB_PORT", "1"), ("HUB_PORT", "65535"), ("HUB_THREADS", "64")])
def test_the_bounds_themselves_are_accepted(name, value):
    config = load_config({name: value})
    assert int(value) in (config.port, config.threads)


@pytest.mark.parametrize(
    "value", ["hub.example.org", "ftp://hub.example.org", "//hub.example.org", "https://", "https:///x"]
)
def test_a_public_address_without_scheme_or_host_is_refused(value):
    with pytest.raises(HubError, match="HUB_BASE_URL"):
        load_config({"HUB_BASE_URL": value})


@settings(deadline=None)
@given(st.dictionaries(st.sampled_from([setting.name for setting in SETTINGS]), st.text(max_size=20)))
def test_any_environment_is_read_or_refused(environ):
    try:
        config = load_config(environ)
    except HubError as error:
        assert str(error).startswith("HUB_")
    else:
        assert 1 <= config.port <= 65535


def test_english_comes_first_among_the_languages_of_the_interface():
    assert LANGUAGES == ("en", "fr", "es")


def test_any_site_may_embed_unless_some_are_named():
    assert load_config({}).embed_ancestors == load_config({"HUB_EMBED_ANCESTORS": " "}).embed_ancestors == ("*",)


@pytest.mark.parametrize(
    "value",
    [
        "www.example.org", "*, https://www.example.org", "https://", "https://www.example.org/path", "'self'", "none",
        "https://www.example.org; script-src *", "https://a.org\r\nX: y", "https://a.org https://*", "https://*.*.org",
        "data:", "https://exämple.org",
    ],
)  # fmt: skip
def test_a_site_that_may_embed_is_an_origin(value):
    with pytest.raises(HubError, match="HUB_EMBED_ANCESTORS must be `\\*`, or origins like"):
        load_config({"HUB_EMBED_ANCESTORS": value})
