"""`hub`: serve the site, search from the command line, look after the corpus files."""

from __future__ import annotations

import json
import sys
import threading
from collections.abc import Callable, Iterator
from datetime import timedelta

import click
from msgspec import to_builtins
from rich.console import Console
from rich.table import Table
from rich.text import Text

from hub.canonical import to_yaml
from hub.config import LANGUAGES, SETTINGS, load_config
from hub.corpus import Corpus
from hub.demand import IN_ALL, KEPT, Demand, today
from hub.engine.whoosh.engine import WhooshEngine
from hub.errors import HubError, InvalidRequest
from hub.query import FACETS, VOCABULARY_OF, Part, SearchPage, Span
from hub.record import record_to_data
from hub.search import SearchService
from hub.serialize.record_json import page_json
from hub.sheet_commands import export_command, import_command
from hub.user_commands import user
from hub.vocabulary import Vocabularies, Vocabulary

out = Console(highlight=False, emoji=False)
err = Console(stderr=True, highlight=False, emoji=False)


def _settings_help() -> str:
    lines = [f"{setting.name}  {setting.help}" for setting in SETTINGS]
    return "\b\nSettings (environment):\n" + "\n".join(lines)


@click.group(
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 120}, epilog=_settings_help()
)
@click.version_option(package_name="knowledge-hub")
def cli() -> None:
    """The knowledge hub: search biodiversity case studies by target, theme and region.

    \b
    indexer build                      bring the corpus into the index
    hub run                            serve the site
    hub search "wetland" --target 2    search from here
    hub corpus check                   say everything that is wrong with the corpus files
    """


@cli.command()
@click.option("--host", help="Address to listen on (HUB_HOST).")
@click.option("--port", type=click.IntRange(1, 65535), help="Port to listen on (HUB_PORT).")
def run(host: str | None, port: int | None) -> None:
    """Serve the site.

    Reads the index, and writes only the count of searches that found nothing. A new index made by `indexer build` is
    seen at once, without a restart.
    """
    from waitress import create_server  # noqa: PLC0415 - the other commands need no web server

    from hub.app import create_app  # noqa: PLC0415

    config = load_config()
    engine = WhooshEngine(config.index, config.semantic)
    records = engine.info().records
    address, door = host or config.host, port or config.port
    try:
        server = create_server(
            create_app(config, engine),
            host=address,
            port=door,
            threads=config.threads,
            ident=None,
            max_request_header_size=32_768,
            # What a reader has not fetched yet waits in a file; only beyond that a thread waits with it.
            outbuf_high_watermark=64 * 2**20,
            clear_untrusted_proxy_headers=False,  # which proxy is believed is said by HUB_PROXY_ADDRESS
        )
    except OSError as error:
        raise HubError(f"Cannot listen on {address}:{door}: {error.strerror}. Choose another with --port.") from error
    out.print(f"{records} records. Open http://{address}:{door}/ (stop with Ctrl+C)", markup=False)
    threading.Thread(target=engine.prepare, daemon=True).start()
    server.run()


def _facet_options(command: Callable[..., None]) -> Callable[..., None]:
    for name in reversed(FACETS):
        command = click.option(f"--{name}", multiple=True, help=f"Only this {name}; repeat for more.")(command)
    return command


@cli.command(context_settings={"ignore_unknown_options": True})  # -word is an exclusion
@click.argument("words", nargs=-1)
@_facet_options
@click.option("--sort", default="", help="relevance, newest or title.")
@click.option("--page", default="1", help="Page of the results.")
@click.option("--per-page", default="10", help="Results a page, at most 100.")
@click.option("--lang", default="en", type=click.Choice(LANGUAGES), help="Language of labels.")
@click.option("--verbatim", is_flag=True, help="Look for these words alone: nothing corrected, no other words.")
@click.option("--explain", is_flag=True, help="Say what the query was taken for, and the parts of each score.")
@click.option("--json", "as_json", is_flag=True, help="The same as JSON, with the keys of the API.")
def search(
    words: tuple[str, ...], lang: str, as_json: bool, per_page: str, **given: tuple[str, ...] | str | bool
) -> None:
    """Search the index.

    \b
    hub search peatland --target 2 --country DEU
    hub search '"no-take zone"' -tourism --year 2010-2020 --sort newest
    """
    config = load_config()
    service = SearchService(WhooshEngine(config.index, config.semantic))
    parameters = {name: _values(value) for name, value in given.items()}
    parameters |= {"q": (" ".join(words),), "per_page": (per_page,)}
    page = service.search(service.request({n: [v for v in values if v] for n, values in parameters.items()}, lang))
    if as_json:
        answer = page_json(page, service.vocabularies(), _address, {}, service.engine.info())
        click.echo(json.dumps(to_builtins(answer), ensure_ascii=False, indent=2))
    else:
        _print(page, service.vocabularies(), lang)


def _values(given: tuple[str, ...] | str | bool) -> tuple[str, ...]:
    """The values of an option as those of a parameter."""
    if isinstance(given, bool):
        return ("1",) if given else ()
    return (given,) if isinstance(given, str) else given


def _address(kind: str, name: str) -> str:
    return ("/records/" if kind == "html" else "/api/v1/records/") + name


def _print(page: SearchPage, vocabularies: Vocabularies, language: str) -> None:
    results = page.results
    shown = f", page {page.request.page} of {page.pages}" if page.pages > 1 else ""
    out.print(f"{results.total} {'case' if results.total == 1 else 'cases'}{shown}", style="bold", markup=False)
    for line in _wording(page, vocabularies, language):
        out.print(line, markup=False)
    table = Table(show_header=True, box=None, pad_edge=False, expand=True)
    table.add_column("Case", ratio=1, overflow="fold")
    for heading, width in (("Targets", 9), ("Where", 16), ("Years", 9)):
        table.add_column(heading, width=width, overflow="fold")
    for hit in results.hits:
        record = hit.record
        case = Text.assemble(_marked(hit.title, "bold"), f"\n{record.id}\n", _marked(hit.snippet, ""), "\n")
        targets = " ".join(_notation(vocabularies["target"], name) for name in record.concepts("target"))
        where = ", ".join(vocabularies["country"].name_of(name, language) for name in record.concepts("country"))
        years = "–".join(dict.fromkeys(year[:4] for year in (record.began, record.ended) if year))
        table.add_row(case, targets, Text(where), years)
        if hit.parts:
            table.add_row(Text(f"{hit.score}: {'; '.join(map(_part, hit.parts))}\n", style="dim"))
    if results.hits:
        out.print(table)


def _wording(page: SearchPage, vocabularies: Vocabularies, language: str) -> Iterator[str]:
    """How the query was taken, line by line."""
    results = page.results
    yield from (
        f"No case contains {one.typed!r}: searched for {one.meant!r} (--verbatim does not)." for one in page.corrected
    )
    if page.missing:
        yield f"No case contains {', '.join(map(repr, page.missing))}."
    yield from (f"Did you mean {one.meant!r} instead of {one.typed!r}?" for one in page.offered)
    if page.relaxed and results.total:
        have = f"have at least {results.required} of {len(results.words)} parts"
        yield (
            f"{results.whole} with everything; the others {have}." if results.whole else f"None has all; these {have}."
        )
    if page.request.explain:
        for value in results.understood:
            label = vocabularies[VOCABULARY_OF[value.facet]].name_of(value.value, language)
            yield f"{value.text!r} {'names' if value.named else 'speaks for'} {value.facet} {value.value} ({label})"


def _part(part: Part) -> str:
    return f"{part.kind}{f' {part.text}' if part.text else ''} {part.score:.2f}"


def _notation(vocabulary: Vocabulary, concept: str) -> str:
    return vocabulary.get(concept).notation if concept in vocabulary else concept


def _marked(spans: tuple[Span, ...], style: str) -> Text:
    return Text.assemble(*((span.text, "reverse" if span.match else style) for span in spans))


@cli.command()
@click.option("--days", default=90, show_default=True, type=click.IntRange(1, KEPT), help="How far to look back.")
@click.option("--limit", default=20, show_default=True, type=click.IntRange(1, IN_ALL), help="How many texts at most.")
@click.option("--json", "as_json", is_flag=True, help="The same as JSON.")
def demand(days: int, limit: int, as_json: bool) -> None:
    """Say what was looked for in vain on the site, most often first: what the corpus lacks.

    Words without capitals and accents; nothing is kept of who looked. Days are those of UTC.
    """
    config = load_config()
    wanted = Demand(config.demand_file).most(limit, today() - timedelta(days=days - 1))
    if as_json:
        click.echo(json.dumps(to_builtins(wanted), ensure_ascii=False, indent=2))
    elif not wanted:
        lately = "today" if days == 1 else f"in the last {days} days"
        said = "Nothing was looked for in vain" if config.demand else "HUB_DEMAND is off, and nothing was counted"
        out.print(f"{said} {lately}.")
    else:
        table = Table("Words", "Language", box=None, pad_edge=False)
        for heading in ("Times", "Days", "Last day"):
            table.add_column(heading, justify="right")
        for entry in wanted:
            numbers = (str(entry.times), str(entry.days), entry.last_day.isoformat())
            table.add_row(Text(entry.text), Text(entry.language), *numbers)
        out.print(table)


cli.add_command(user)


@cli.group()
def corpus() -> None:
    """Look after the corpus: the YAML files that everything is made from."""


@corpus.command()
def check() -> None:
    """Say everything that is wrong with the corpus, one line each; exit status 1 if there is anything."""
    files = Corpus(load_config().corpus)
    problems = files.check()
    for problem in problems:
        out.print(str(problem), markup=False, soft_wrap=True)
    if problems:
        sys.exit(1)
    out.print(f"{len(files.ids())} records, nothing wrong.", markup=False)


@corpus.command("format")
def format_command() -> None:
    """Rewrite record files in the canonical form (order of fields, line width, quoting)."""
    changed, problems = Corpus(load_config().corpus).format()
    for problem in problems:
        err.print(str(problem), style="yellow", markup=False, soft_wrap=True)
    for record_id in changed:
        out.print(f"formatted {record_id}", markup=False)
    out.print(f"{len(changed)} files changed.", markup=False)
    if problems:
        sys.exit(1)


@corpus.command()
@click.argument("record_id", metavar="ID")
def show(record_id: str) -> None:
    """Print one record as it stands in the corpus."""
    click.echo(to_yaml(record_to_data(Corpus(load_config().corpus).get(record_id))), nl=False)


for _command in (export_command, import_command):
    corpus.add_command(_command)


def main() -> None:
    """Run the command; trouble the hub can explain is one line and exit status 1."""
    try:
        cli()
    except InvalidRequest as error:
        near = f" Did you mean {', '.join(error.allowed)}?" if error.allowed else ""
        err.print(f"{error}{near}", style="red", markup=False, soft_wrap=True)
        sys.exit(1)
    except HubError as error:
        err.print(str(error), style="red", markup=False, soft_wrap=True)
        sys.exit(1)
    except BrokenPipeError:
        sys.exit(0)
