"""From an address to a source: what kinds of portals are recognised, what is offered first, and what the file says."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
from conftest import ROOT
from openpyxl import Workbook

from hub.vocabulary import Vocabularies
from indexer.discover.discover import Offer, as_file, discover
from indexer.discover.guesses import alike, fields_for, list_in, step, weight
from indexer.discover.portal import id_of
from indexer.fetch.body import mismatch
from indexer.harvest.check import wrong_in
from indexer.harvest.item import FetchFailed, Response, Unreadable
from indexer.harvest.mapping import Mapper, find
from indexer.harvest.protocols import protocol
from indexer.harvest.source import Source, read_source

SHARED = Path(__file__).resolve().parents[2] / "shared" / "harvest"
SITE = "https://www.moor.example.org"
PAGE = "text/html"
XML = "application/xml"


class Web:
    """Answers like the fetcher: what is not there is gone, what is of another kind is refused."""

    def __init__(self, answers: dict[str, Response | FetchFailed]) -> None:
        self.answers = answers
        self.asked: list[str] = []

    def __call__(self, url: str, kinds: tuple[str, ...] = ("any",)) -> Response:
        self.asked.append(url)
        found = self.answers.get(url) or FetchFailed(f"{url} answered 404 (Not Found)", "gone", 404)
        if isinstance(found, FetchFailed):
            raise found
        if wrong := mismatch(found.body, found.content_type, kinds):
            raise FetchFailed(f"{url} {wrong}", "refused", 200)
        return found


class Saved(Web):
    """Files at a server that does not care what is asked behind the question mark."""

    def __call__(self, url: str, kinds: tuple[str, ...] = ("any",)) -> Response:
        return super().__call__(url.partition("?")[0], kinds)


def web(answers: dict[str, object]) -> Web:
    """A web of addresses: text is a page or XML, bytes a file, anything else JSON; paths are at SITE."""
    return Web({(url if "://" in url else SITE + url): sent(url, body) for url, body in answers.items()})


def sent(url: str, body: object, content_type: str = "") -> Response | FetchFailed:
    if isinstance(body, Response | FetchFailed):
        return body
    address = url if "://" in url else SITE + url
    if isinstance(body, str):
        return Response(address, 200, content_type or (XML if body[:5] == "<?xml" else PAGE), "", body.encode(), {})
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Response(address, 200, content_type or "application/json", "", data, {})


def page(links: list[str] | None = None, head: str = "", language: str = "en") -> str:
    """A page with links in its main part."""
    anchors = "".join(f'<li><a href="{link}">Case</a></li>' for link in links or [])
    menu = '<nav><a href="/about">About</a><a href="/contact">Contact</a><a href="/news">News</a></nav>'
    text = "<p>" + "Words about moors and how they were wetted again. " * 12 + "</p>"
    return (
        f'<!doctype html><html lang="{language}"><head><title>Cases | Moor</title>{head}</head>'
        f"<body>{menu}<main>{text}<ul>{anchors}</ul></main></body></html>"
    )


def sitemap(*paths: str) -> str:
    urls = "".join(f"<url><loc>{SITE}{path}</loc></url>" for path in paths)
    return f'<?xml version="1.0"?><urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{urls}</urlset>'


def sitemap_index(*paths: str) -> str:
    files = "".join(f"<sitemap><loc>{SITE}{path}</loc></sitemap>" for path in paths)
    return (
        f'<?xml version="1.0"?><sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{files}</sitemapindex>'
    )


def rss(*paths: str) -> str:
    items = "".join(f"<item><title>News {p}</title><link>{SITE}{p}</link><guid>{p}</guid></item>" for p in paths)
    return f'<?xml version="1.0"?><rss version="2.0"><channel><title>Moor</title>{items}</channel></rss>'


def post(number: int, path: str, title: str = "A moor is wet again") -> dict[str, object]:
    return {"id": number, "link": SITE + path, "title": {"rendered": title}, "content": {"rendered": "<p>Text</p>"}}


def wp_type(name: str, base: str = "") -> dict[str, object]:
    return {"name": name, "slug": base, "rest_base": base, "rest_namespace": "wp/v2"}


FEED = '<link rel="alternate" type="application/rss+xml" href="/feed">'
WORDPRESS = '<meta name="generator" content="WordPress 6.5">'
DRUPAL = '<meta name="generator" content="Drupal 10 (https://www.drupal.org)">'
OAI = '<?xml version="1.0"?><OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/">{}</OAI-PMH>'.format
RECORDS = OAI(
    "<ListRecords><record><header><identifier>oai:moor:1</identifier><datestamp>2024-01-01</datestamp></header>"
    '<metadata><d:dc xmlns:d="http://www.openarchives.org/OAI/2.0/oai_dc/" xmlns="http://purl.org/dc/elements/1.1/">'
    "<title>A moor is wet again</title></d:dc></metadata></record></ListRecords>"
)


@pytest.fixture(scope="module")
def vocabularies(real_corpus) -> Vocabularies:
    return real_corpus.vocabularies()


def read_back(offer: Offer, others: list[Offer], tmp_path: Path, vocabularies) -> Source:
    """The source that a file read back gives; nothing is wrong with it."""
    path = tmp_path / f"{offer.source.id}.yaml"
    path.write_text(as_file(offer, others), encoding="utf-8")
    source = read_source(path)
    assert list(wrong_in(source, vocabularies)) == []
    return source


# What a portal runs on


def test_the_types_of_wordpress_that_hold_cases_come_before_posts():
    types = {
        "post": wp_type("Posts", "posts"),
        "attachment": wp_type("Media", "media"),
        "etude-de-cas": wp_type("Études de cas", "etudes-de-cas"),
        "publication": wp_type("Publications", "publications"),
    }
    asked = "?per_page=100&_embed=1"
    found = discover(
        SITE,
        web({
            "": page(head=WORDPRESS),
            "/wp-json/wp/v2/types": types,
            f"/wp-json/wp/v2/etudes-de-cas{asked}": [post(1, "/etudes/a", "Une tourbière"), post(2, "/etudes/b")],
            f"/wp-json/wp/v2/publications{asked}": [post(3, "/publications/c")],
        }),
    )  # fmt: skip
    assert [offer.source.address for offer in found] == [
        f"{SITE}/wp-json/wp/v2/etudes-de-cas",
        f"{SITE}/wp-json/wp/v2/publications",
    ]
    assert found[0].reason == "WordPress REST, post type etude-de-cas (Études de cas)"
    assert (found[0].items, found[0].examples) == (2, ("Une tourbière", "A moor is wet again"))
    assert found[0].source == Source(
        id="moor-example",
        name="Moor",
        protocol="wordpress",
        address=f"{SITE}/wp-json/wp/v2/etudes-de-cas",
        home=f"{SITE}/",
        language="en",
    )


def test_a_type_named_like_the_path_comes_first_even_if_it_does_not_sound_like_cases():
    types = {"solution": wp_type("Solutions", "solution"), "field_site": wp_type("Field sites", "field-sites")}
    found = discover(
        f"{SITE}/field-sites/",
        web({
            "/field-sites/": page(head=WORDPRESS),
            "/wp-json/wp/v2/types": types,
            "/wp-json/wp/v2/solution?per_page=100&_embed=1": [post(1, "/solution/a")],
            "/wp-json/wp/v2/field-sites?per_page=100&_embed=1": [post(2, "/field-site/b")],
        }),
    )  # fmt: skip
    assert found[0].source.address.endswith("/field-sites")


def test_the_root_that_wordpress_names_is_used_without_pretty_addresses():
    root = f"{SITE}/blog/?rest_route=/"
    found = discover(
        f"{SITE}/blog/",
        web({
            "/blog/": page(head=f'<link rel="https://api.w.org/" href="{root}">'),
            f"{root}wp/v2/types": {"story": wp_type("Stories", "stories")},
            f"{root}wp/v2/stories&per_page=100&_embed=1": [post(1, "/blog/story/a")],
        }),
    )  # fmt: skip
    assert found[0].source.address == f"{root}wp/v2/stories"


def test_cases_that_are_posts_of_a_category_or_pages_of_a_folder():
    posts = [post(1, "/news/a"), post(2, "/case-studies/b")]
    answers = {
        "/case-studies/": page(head=WORDPRESS),
        "/wp-json/wp/v2/types": {"post": wp_type("Posts", "posts")},
        "/wp-json/wp/v2/posts?per_page=100&_embed=1": posts,
        "/wp-json/wp/v2/pages?per_page=100&_embed=1": [post(9, "/about")],
    }
    found = discover(f"{SITE}/case-studies/", web(answers))
    assert (found[0].source.address, found[0].source.include) == (
        f"{SITE}/wp-json/wp/v2/posts",
        ("/case-studies/.",),
    )
    assert found[0].items == 1
    assert found[-1].reason == "WordPress REST, all posts"
    answers |= {
        "/wp-json/wp/v2/categories?slug=case-studies": [{"id": 7, "slug": "case-studies"}],
        "/wp-json/wp/v2/posts?categories=7&per_page=100&_embed=1": posts[1:],
    }
    found = discover(f"{SITE}/case-studies/", web(answers))
    assert found[0].source.address == f"{SITE}/wp-json/wp/v2/posts?categories=7"


def test_node_types_of_drupal_with_what_belongs_to_them():
    index = {"data": [], "links": {
        "node--article": {"href": f"{SITE}/en/jsonapi/node/article"},
        "node--fallstudie": {"href": f"{SITE}/en/jsonapi/node/fallstudie"},
        "node--evil_case": {"href": "https://evil.example/jsonapi/node/evil_case"},
        "user--user": {"href": f"{SITE}/en/jsonapi/user/user"},
    }}  # fmt: skip
    node = {
        "type": "node--fallstudie",
        "id": "u-1",
        "attributes": {"title": "Ein Moor"},
        "relationships": {
            "field_tags": {"data": [{"type": "taxonomy_term--tags", "id": "t"}]},
            "uid": {"data": {"type": "user--user", "id": "x"}},
        },
    }
    answers = {
        "/en/": page(head=DRUPAL),
        "/en/jsonapi": index,
        "/en/jsonapi/node/article": {"data": [node | {"type": "node--article", "id": "u-2"}]},
        "/en/jsonapi/node/fallstudie": {"data": [node]},
    }
    found = discover(f"{SITE}/en/", web(answers))
    assert [offer.source.address for offer in found] == [
        f"{SITE}/en/jsonapi/node/fallstudie",
        f"{SITE}/en/jsonapi/node/article",
    ]
    answers[f"{SITE}/en/jsonapi/node/fallstudie?include=field_tags"] = {"data": [node]}
    found = discover(f"{SITE}/en/", web(answers))
    assert found[0].source.address == f"{SITE}/en/jsonapi/node/fallstudie?include=field_tags"


def test_plone_is_asked_within_the_folder():
    search = f"{SITE}/++api++/en/cases/@search?fullobjects=1&b_size=25&sort_on=modified&sort_order=descending"
    entry = {"@id": f"{SITE}/en/cases/a", "@type": "casestudy", "UID": "1", "title": "A moor", "layout": "view"}
    other = {**entry, "@id": f"{SITE}/en/cases/note", "UID": "2", "@type": "Document", "title": "Note"}
    found = discover(
        f"{SITE}/en/cases",
        web({
            "/en/cases": page(head='<meta name="generator" content="Plone - https://plone.org/">'),
            search: {"@id": search, "items_total": 2, "items": [entry, other]},
            f"{search}&portal_type=casestudy": {"@id": search, "items_total": 1, "items": [entry]},
        }),
    )  # fmt: skip
    assert [(offer.source.protocol, offer.items) for offer in found] == [("plone", 1), ("plone", 2)]
    assert found[0].source.address == f"{search}&portal_type=casestudy"


def test_a_ckan_catalogue_and_one_organisation_of_it():
    base = f"{SITE}/api/3/action/package_search"
    package = {"id": "p1", "name": "moor", "title": "Moor data", "resources": []}
    answer = {"success": True, "result": {"count": 1, "results": [package]}}
    answers = {
        "/organization/rangers": page(),
        f"{base}?rows=1": answer,
        f"{base}?start=0&rows=100": answer,
        f"{base}?fq=organization%3Arangers&start=0&rows=100": answer,
        f"{base}?fq=organization:rangers&start=0&rows=100": answer,
    }
    found = discover(f"{SITE}/organization/rangers", web(answers))
    assert [offer.source.protocol for offer in found] == ["ckan", "ckan"]
    assert "organization" in found[0].source.address
    assert found[1].source.address == base
    assert found[1].reason == "CKAN catalogue, all datasets (1)"


def test_a_repository_is_found_at_one_of_the_usual_places():
    identify = OAI("<Identify><repositoryName>Moor archive</repositoryName></Identify>")
    asked = web({
        "": page(),
        "/oai/request?verb=Identify": identify,
        "/oai/request?verb=ListRecords&metadataPrefix=oai_dc": RECORDS,
    })  # fmt: skip
    found = discover(SITE, asked)
    assert (found[0].source.protocol, found[0].source.address) == ("oai", f"{SITE}/oai/request")
    assert found[0].reason == "OAI-PMH repository (Moor archive)"


# Sitemaps and feeds


def test_a_sitemap_is_restricted_to_the_folder_of_the_address():
    found = discover(
        f"{SITE}/case-studies/",
        web({
            "/case-studies/": page(["/case-studies/a"], FEED),
            "/robots.txt": sent("/robots.txt", f"User-agent: *\nSitemap: {SITE}/map.xml\n", "text/plain"),
            "/map.xml": sitemap("/about", "/case-studies/", "/case-studies/a", "/case-studies/b"),
            "/feed": rss("/news/1", "/news/2"),
        }),
    )  # fmt: skip
    assert [offer.source.protocol for offer in found] == ["sitemap", "feed", "sitemap"]
    assert found[0].source.include == ("/case-studies/.",)
    assert found[0].examples == (f"{SITE}/case-studies/a", f"{SITE}/case-studies/b")
    assert found[0].reason == "Sitemap, pages under /case-studies/"
    assert found[1].reason == "Feed, the newest items only"
    assert found[2].source.include == ()


def test_of_many_sitemaps_the_one_for_cases_is_read():
    files = [f"/part{number}.xml" for number in range(40)]
    asked = web({
        "/success-stories": page(),
        "/sitemap_index.xml": sitemap_index(*files, "/success-story-sitemap.xml"),
        "/success-story-sitemap.xml": sitemap("/success-stories/a", "/success-stories/b"),
        **{file: sitemap(f"/news{file}") for file in files},
    })  # fmt: skip
    found = discover(f"{SITE}/success-stories", asked)
    assert found[0].source.address == f"{SITE}/success-story-sitemap.xml"
    assert found[0].items == 2
    assert len(asked.asked) < 40


def test_a_page_that_lists_cases_in_another_folder():
    links = [f"/case/{name}" for name in "abcd"]
    found = discover(
        f"{SITE}/our-work.html",
        web({"/our-work.html": page(links), "/sitemap.xml": sitemap("/our-work.html", "/news/x", *links)}),
    )
    assert found[0].source.include == ("/case/.",)
    assert found[0].items == 4


def test_one_case_stands_for_its_folder_and_the_offer_says_so():
    found = discover(
        f"{SITE}/projects/reed-bed",
        web({
            "/projects/reed-bed": page(["/about"]),
            "/sitemap.xml": sitemap("/news/1", "/projects/reed-bed", "/projects/otters"),
        }),
    )  # fmt: skip
    assert found[0].source.include == ("/projects/.",)
    assert found[0].reason == "Sitemap, pages under /projects/ (the address given is one of these pages)"


def test_of_a_whole_site_the_folder_that_is_named_for_cases():
    paths = [f"/{folder}/{name}" for folder in ("buenas-practicas", "noticias", "tags") for name in "abcde"]
    found = discover(SITE, web({"": page(), "/sitemap.xml": sitemap(*paths)}))
    assert found[0].source.include == ("/buenas-practicas/.",)


def test_a_sitemap_elsewhere_lists_pages_of_the_site():
    elsewhere = "https://cdn.example.net/moor.xml"
    found = discover(
        f"{SITE}/cases/",
        web({
            "/cases/": page(),
            "/robots.txt": sent("/robots.txt", f"Sitemap: {elsewhere}", "text/plain"),
            elsewhere: sitemap("/cases/a"),
        }),
    )  # fmt: skip
    assert found[0].source.address == elsewhere
    assert found[0].source.options == {"hosts": "moor.example.org"}


def test_feeds_of_comments_are_none():
    head = '<link rel="alternate" type="application/rss+xml" title="Moor » Comments Feed" href="/comments/feed/">'
    with pytest.raises(Unreadable):
        discover(f"{SITE}/", web({"/": page(head=head), "/comments/feed/": rss("/a")}))


# Addresses of data


def test_the_address_of_a_feed_a_sitemap_or_a_repository():
    for path, body, kind in (
        ("/feed", rss("/a", "/b"), "feed"),
        ("/sitemap.xml", sitemap("/a", "/b"), "sitemap"),
        ("/oai?verb=Identify", OAI("<Identify/>"), "oai"),
    ):
        answers = {path: body, "/oai?verb=ListRecords&metadataPrefix=oai_dc": RECORDS, "/": page()}
        found = discover(SITE + path, web(answers))
        assert [offer.source.protocol for offer in found] == [kind]
        assert found[0].source.address == SITE + path.partition("?")[0]
        assert (found[0].source.name, found[0].source.language) == ("Moor", "en")


def test_a_table_with_spanish_columns():
    text = (
        "Código;Título del proyecto;Descripción;Países;Enlace;Año;Palabras clave;Latitud;Longitud\n"
        "A-1;Humedales;Se recuperan los humedales;España, Francia;/casos/1;2019;agua, aves;40,1;-3,7\n"
        "A-2;Manglares;Se plantan manglares;Colombia;/casos/2;2020;costa;4,6;-74,1\n"
    )
    body = sent("/casos", text.encode(), "text/csv")
    found = discover(f"{SITE}/casos", web({"/casos": body, "/": page(language="es-ES")}))
    source = found[0].source
    assert source.protocol == "table"
    assert source.options == {"id": "Código"}
    assert source.fields["title"] == ('"Título del proyecto"',)
    assert source.fields["abstract"] == ('"Descripción"',)
    assert source.fields["countries"] == ("split(\"Países\", ',')",)
    assert source.fields["source_tags"] == ("split(\"Palabras clave\", ',')",)
    assert source.fields["issued"] == ('"Año"',)
    assert source.fields["point"] == ("{lat: Latitud, lon: Longitud}",)
    assert source.language == "es"
    assert source.follow is True  # there is little text in the table, and the pages are on the same site
    assert found[0].examples == ("Humedales", "Manglares")


def test_a_workbook_with_german_columns():
    book = Workbook()
    book.active.append(["Bezeichnung", "Beschreibung", "Land", "Webseite"])
    book.active.append(["Moor", "Es wird nass. " * 30, "Deutschland", "https://elsewhere.example/1"])
    file = io.BytesIO()
    book.save(file)
    found = discover(f"{SITE}/liste", web({"/liste": sent("/liste", file.getvalue(), "application/octet-stream")}))
    assert found[0].source.fields["title"] == ("Bezeichnung",)
    assert found[0].source.fields["countries"] == ("Land",)
    assert found[0].source.fields["url"] == ("Webseite",)
    assert found[0].source.follow is None


def test_a_list_in_json_anywhere_with_french_names():
    entry = {"numero": 5, "fiche": {"titre": "Une tourbière", "résumé": "Des fossés sont bouchés.", "pays": "France"}}
    data = {
        "filtres": [{"nom": "eau"}],
        "reponse": {"total": 40, "fiches": [entry, {**entry, "numero": 6}]},
        "links": {"next": "/api?page=2"},
    }
    found = discover(f"{SITE}/api", web({"/api": data, "/api?page=2": {"reponse": {"fiches": []}}}))
    source = found[0].source
    assert source.protocol == "json"
    assert source.options == {"items": "reponse.fiches", "next": "links.next"}
    assert source.fields == {
        "id": ("numero",),
        "title": ("fiche.titre",),
        "abstract": ('fiche."résumé"',),
        "countries": ("fiche.pays",),
    }
    assert found[0].examples == ("Une tourbière",)
    assert found[0].items == 2


def test_pages_of_a_json_list_are_turned_as_the_address_does():
    data = {"total": 3, "results": [{"id": 1, "title": "A"}, {"id": 2, "title": "B"}]}
    url = "/api?size=2&page=0"
    found = discover(SITE + url, web({url: data, "/api?size=2&page=1": {"results": [{"id": 3, "title": "C"}]}}))
    assert found[0].source.options == {"page": "page", "first": "0"}
    assert found[0].items == 3
    found = discover(f"{SITE}/api?size=2", web({"/api?size=2": data}))
    assert "2 items of 3" in found[0].reason
    assert "the options page or offset must say" in found[0].reason


def test_a_map_and_a_map_whose_titles_are_called_otherwise():
    place = {"type": "Point", "coordinates": [10.0, 50.0]}
    properties = {"title": "Moor", "url": f"{SITE}/cases/1"}
    data = {"type": "FeatureCollection", "features": [{"id": 1, "properties": properties, "geometry": place}]}
    found = discover(f"{SITE}/map", web({"/map": data}))
    assert found[0].source.protocol == "geojson"
    assert found[0].source.follow is True
    data["features"] = [{"properties": {"uuid": "x", "titre": "Tourbière"}, "geometry": place}]
    found = discover(f"{SITE}/map", web({"/map": data}))
    assert found[0].source.protocol == "json"
    assert found[0].source.options == {}  # such lists are found by themselves
    assert found[0].source.fields == {"id": ("properties.uuid",), "title": ("properties.titre",)}
    assert protocol("json").FIELDS["point"][1] == "geometry"


def test_what_is_asked_of_known_interfaces_is_not_asked_in_part():
    url = "/wp-json/wp/v2/project?per_page=10&page=4&_fields=id"
    answers = {url: [post(1, "/a")], "/wp-json/wp/v2/project?per_page=100&_embed=1": [post(1, "/a")]}
    assert discover(SITE + url, web(answers))[0].source.address == f"{SITE}/wp-json/wp/v2/project"


def test_the_root_of_an_interface_leads_to_its_types():
    found = discover(
        f"{SITE}/wp-json/",
        web({
            "/wp-json/": {"name": "Moor", "routes": {}},
            "/wp-json/wp/v2/types": {"case": wp_type("Cases", "cases")},
            "/wp-json/wp/v2/cases?per_page=100&_embed=1": [post(1, "/cases/a")],
        }),
    )  # fmt: skip
    assert found[0].source.address == f"{SITE}/wp-json/wp/v2/cases"


def test_a_table_without_a_title_says_which_columns_there_are():
    body = sent("/t", b"Code,Area,Note\n1,5,x\n2,6,y\n", "text/csv")
    found = discover(f"{SITE}/t", web({"/t": body}))
    assert found[0].reason == "Table (fields must say what holds the title, of: Code, Area, Note)"


def test_a_folder_of_files_is_recognised_by_its_listing():
    listing = "<html><head><title>Index of /iso</title></head><body><a href='a.xml'>a.xml</a></body></html>"
    record = "<?xml version='1.0'?><cases><case><id>1</id><title>Moor</title></case></cases>"
    found = discover(f"{SITE}/iso/", web({"/iso/": listing, "/iso/a.xml": record}))
    assert [(offer.source.protocol, offer.examples) for offer in found] == [("waf", ("Moor",))]


# Where nothing is found, and what is hostile


def test_no_answer_is_passed_on_as_it_is():
    failure = FetchFailed(f"{SITE} answered 503", "failing", 503)
    with pytest.raises(FetchFailed) as caught:
        discover(SITE, web({"": failure}))
    assert caught.value is failure


def test_a_page_with_nothing_beside_it_is_asked_little_and_explained():
    asked = web({f"{SITE}/": page()})
    with pytest.raises(Unreadable, match=r"is a web page, and nothing was found .* ask the portal for an export"):
        discover(f"{SITE}/", asked)
    assert len(asked.asked) <= 14
    assert len(set(asked.asked)) == len(asked.asked)
    app = "<!doctype html><html><body><div id=app></div><script src=/app.js></script></body></html>"
    with pytest.raises(Unreadable, match="developer tools"):
        discover(f"{SITE}/", web({f"{SITE}/": app}))


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"%PDF-1.7 ...", "is no page or list but a PDF file"),
        (b"\x89PNG\r\n", "but an image"),
        ("Only words, one line.\nAnother line.", "but text"),
        ({"a": 1}, "is JSON without a list of entries that have titles; look for"),
        ([{"code": 1}, {"code": 2}], "is a list of entries without titles"),
        (OAI("<Identify/>"), "answered 404"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old Office file"),
    ],
)
def test_what_holds_no_cases_is_told(body, message):
    with pytest.raises(Unreadable, match=message):
        discover(f"{SITE}/file", web({"/file": sent("/file", body, "text/plain") if isinstance(body, str) else body}))


def test_what_a_portal_says_is_shown_on_one_line():
    refused = {"status": 500, "statusText": "no \x1b[2J\nway", "data": 1}
    with pytest.raises(Unreadable, match="500 no \\[2J way; look for") as raised:
        discover(f"{SITE}/file", web({"/file": refused}))
    assert str(raised.value).isprintable()


def test_what_is_no_address_or_no_name():
    for wrong in ("ftp://moor.example.org/", "https://", "a b", ""):
        with pytest.raises(Unreadable, match="is not an"):
            discover(wrong, web({}))
    with pytest.raises(Unreadable, match="no name for a source"):
        discover(SITE, web({}), name="My portal")


def test_an_address_may_lack_its_scheme_and_a_source_may_have_a_name():
    found = discover("www.moor.example.org/feed", web({"/feed": rss("/a")}), name="wet-moors")
    assert found[0].source.id == "wet-moors"


def test_everything_from_the_web_is_taken_as_hostile(tmp_path, vocabularies):
    nasty = "Moor\u2028name: x\x00\x85<b>&#10;protocol: evil</b> {HOME} " + "very long " * 100
    head = (
        f'<meta property="og:site_name" content="{nasty}">'
        '<link rel="alternate" type="application/rss+xml" href="https://evil.example/{AWS_KEY}/feed?k={HOME}">'
        '<link rel="alternate" type="application/rss+xml" href="javascript:alert(1)">'
        '<link rel="https://api.w.org/" href="https://evil.example/wp-json/">'
        '<link rel="sitemap" href="file:///etc/passwd">'
    )
    feed = "https://evil.example/%7BAWS_KEY%7D/feed?k=%7BHOME%7D"
    asked = web({
        "/": page(head=head, language="x{}<y>"),
        feed: rss("/a").replace("News /a", "&lt;b&gt;Bold&#10;&lt;/b&gt;&#x2028;name: y"),
        "/wp-json/wp/v2/types": {"case\nname: z": wp_type("Cases\nlicense: all", "cases/../../x"),
                                 "story\nname: z": wp_type("Stories\nlicense: all", "stories")},
        "/wp-json/wp/v2/stories?per_page=100&_embed=1": [post(1, "/a", "Line\n\nbroken\u2029twice")],
    })  # fmt: skip
    found = discover(f"{SITE}/", asked)
    assert [offer.source.address for offer in found] == [f"{SITE}/wp-json/wp/v2/stories", feed]
    assert not any(url.startswith("https://evil.example/wp-json") for url in asked.asked)
    for offer in found:
        text = as_file(offer, found)
        assert "\u2028" not in text
        assert [line for line in text.splitlines() if line.startswith(("license:", "protocol: evil"))] == []
        source = read_back(offer, found, tmp_path, vocabularies)
        assert source.address == offer.source.address
        assert len(source.name) <= 120


def test_a_page_that_nests_deeply_and_json_that_does():
    deep = "<div>" * 5_000 + "<a href=/x>x</a>"
    with pytest.raises(Unreadable):
        discover(f"{SITE}/", web({"/": f"<!doctype html><html><body>{deep}"}))
    with pytest.raises(Unreadable):
        discover(f"{SITE}/data", web({"/data": b'{"a":' * 50_000}))


def test_a_redirect_to_another_site_is_told():
    moved = Response("https://wet.example.net/cases/", 200, PAGE, "", page().encode(), {})
    found = discover(
        f"{SITE}/cases/",
        web({
            "/cases/": moved,
            "https://wet.example.net/sitemap.xml": sitemap("").replace(SITE, "https://wet.example.net/cases/a"),
        }),
    )  # fmt: skip
    assert found[0].reason.endswith("(the address leads to wet.example.net)")
    assert found[0].source.id == "wet-example"


# The file


def test_the_file_says_what_was_found_what_else_there_is_and_what_to_complete(tmp_path, vocabularies):
    best = Offer(
        Source(
            id="moor",
            name="Moor: cases",
            protocol="json",
            address=f"{SITE}/api",
            options={"items": "a.b"},
            fields={"title": ('"Titre du cas"',), "text": ("body", "more.text")},
            follow=True,
            include=("/cases/.",),
            language="fr",
        ),
        5,
        "JSON list, 40 items",
        ("A moor", "A lake"),
    )
    other = Offer(Source(id="moor", name="Moor", protocol="feed", address=f"{SITE}/feed"), 5, "Feed")
    text = as_file(best, [other])
    lines = text.splitlines()
    comments = [line for line in lines if line.startswith("#")]
    assert lines[: len(comments)] == comments
    assert comments[0] == "# JSON list, 40 items."
    assert comments[1] == "# Seen there: A moor; A lake."
    assert f"#   feed {SITE}/feed" in comments
    for name in ("license", "full_text", "schedule", "contact", "language"):
        assert len([line for line in comments if line.startswith(f"#   {name}: ")]) == 1
    names = [line.partition(":")[0] for line in lines[len(comments) :] if line[0] not in " -"]
    assert names == ["name", "protocol", "address", "options", "fields", "follow", "include", "language"]
    assert max(map(len, lines)) <= 120
    assert read_back(best, [other], tmp_path, vocabularies) == best.source


def test_a_key_in_an_address_is_not_written_down(tmp_path, vocabularies):
    source = Source(id="moor-2", name="Moor", protocol="json", address=f"{SITE}/api?api_key=geheim&page=1")
    text = as_file(Offer(source, 1, "JSON list", ()), [Offer(source, 1, "JSON list")])
    assert "geheim" not in text
    assert "environment variable MOOR_2_KEY" in text
    assert read_back(Offer(source, 1, "JSON list"), [], tmp_path, vocabularies).address == (
        f"{SITE}/api?api_key={{MOOR_2_KEY}}&page=1"
    )


# Guesses


def test_names_of_cases_in_six_languages():
    for name in ("case-study", "caseStudies", "Études de cas", "estudio_de_caso", "Fallstudien", "Lösungen",
                 "casi-studio", "buone-pratiche", "boas práticas", "goodpractice", "success stories"):  # fmt: skip
        assert weight(name) == 3, name
    for name in ("projets", "Proyectos", "progetti", "Geschichten", "story"):
        assert weight(name) == 2, name
    assert weight("Veröffentlichungen") == 1
    assert [weight(name) for name in ("post", "page", "news", "product", "")] == [0, 0, 0, 0, 0]
    assert alike("case-studies", "case_study")
    assert alike("solutions", "Solution")
    assert not alike("solutions", "sites")
    assert not alike("", "")


def test_names_of_sources():
    hosts = ("weadapt.org", "climate-adapt.eea.europa.eu", "chm.example.gov.ke", "127.0.0.1", "bücher.de", "localhost")
    expected = ["weadapt", "climate-adapt-eea-europa", "chm-example", "127-0-0-1", "bucher", "localhost"]
    assert [id_of(host) for host in hosts] == expected


def test_fields_are_guessed_only_where_nothing_is_known():
    rows = [{"title": "A", "Résumé court": "Text", "name of the dog": "Rex", "weight": 3}]
    found = fields_for(rows, {"title": ("title",)})
    assert found == {"abstract": ('"Résumé court"',)}
    rows = [{"Nom de l'organisme": "Parc", "Nom de la mesure": "Haies"}]
    assert fields_for(rows, {}) == {"title": ('"Nom de la mesure"',)}
    assert list_in({"a": [1, 2, 3], "b": {"c": [{"x": 1}, {"x": 2}]}, "d": [{"y": 1}]})[0] == "b.c"
    assert list_in({"solutions": [{"solution": {"id": 1}}, {"solution": {"id": 2}}]}) == (
        "solutions[].solution",
        [{"id": 1}, {"id": 2}],
    )
    assert list_in("text") == ("", [])


@pytest.mark.parametrize(
    "name", ['a"b', "a\\b", "two  gaps", " lead", "line\nbreak", "\u2028x", "\ud800", "a.b", "1", "é"]
)
def test_any_name_becomes_an_expression_that_a_file_can_hold(name, tmp_path, vocabularies):
    source = Source(id="moor", name="Moor", protocol="json", address=f"{SITE}/api", fields={"title": (step(name),)})
    read = read_back(Offer(source, 1, "JSON list"), [], tmp_path, vocabularies)
    assert find(read.fields["title"][0], {name: "found"}) == "found"


# Real files


@pytest.mark.skipif(not SHARED.is_dir(), reason="the real files are not here")
def test_real_files_make_sources_that_are_in_order(tmp_path, vocabularies):
    mapper = Mapper(vocabularies, ROOT / "corpus" / "tagging")
    counts = {"offered": 0, "told": 0}
    types = {".csv": "text/csv", ".html": PAGE, ".json": "application/json", ".jsonld": "application/json"}
    files = sorted(p for p in SHARED.rglob("*") if p.is_file() and p.suffix in (".xml", ".rdf", ".ttl", *types))
    files = [p for p in files if "html-pages" not in str(p)] + [p for p in files if "html-pages" in str(p)][::10]
    for path in files:
        url = f"{SITE}/{path.parent.name}/{path.name}"
        asked = Saved({url: Response(url, 200, types.get(path.suffix, XML), "", path.read_bytes(), {})})
        try:
            found = discover(url, asked)
        except Unreadable as error:
            counts["told"] += 1
            assert str(error).count("\n") == 0
            continue
        counts["offered"] += 1
        source = read_back(found[0], found[1:], tmp_path, vocabularies)
        assert source == found[0].source
        assert found[0].items
        for reference in protocol(source.protocol).gather(source, asked, ""):
            if hasattr(reference, "data"):
                mapper.item(reference, {**protocol(source.protocol).FIELDS, **source.fields}, source.home)
                break
    assert counts["offered"] > 90
