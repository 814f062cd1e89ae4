"""Guesses from names: which one speaks of cases, which key or column holds a field of ours, which list the items."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from anyascii import anyascii

from indexer.harvest.mapping import TARGETS, find
from indexer.harvest.protocols.json_text import as_dict
from indexer.harvest.protocols.paging import absolute, number_of, query_value

Row = Mapping[str, Any]

# What content is called, from surely cases to perhaps, in English, French, Spanish, German, Italian, Portuguese.
_KINDS = tuple(
    (value, re.compile(rf"\b(?:{pattern})\b"))
    for value, pattern in (
        (
            3,
            r"cases?|case ?stud(?:y|ies)|case ?stor(?:y|ies)|success ?stor(?:y|ies)|solutions?"
            r"|(?:good|best|promising) ?practices?|etudes? de cas|bonnes? pratiques?|retours? d experiences?"
            r"|casos?|estudios? de casos?|buenas? practicas?|solucion(?:es)?"
            r"|fallstudien?|fallbeispiele?|praxisbeispiele?|gute beispiele|gute praxis|loe?sung(?:en)?"
            r"|cas[oi] (?:di )?studio|studi(?:o)? di cas[oi]|buon[ae] (?:pratic|prass)\w*|soluzion[ei]"
            r"|estudos? de casos?|boas? praticas?|soluc(?:ao|oes)",
        ),
        (
            2,
            r"projects?|projets?|proyectos?|projekte?|progett[io]|projetos?|stor(?:y|ies)|histoires?|recits?|historias?"
            r"|geschichten?|stori[ae]|experiences?|experiencias?|experienze|initiatives?|iniciativas?|initiativen"
            r"|iniziative|examples?|exemples?|ejemplos?|beispiele?|esempi|exemplos?|practices?|pratiques?|practicas?",
        ),
        (
            1,
            r"publications?|publicacion(?:es)?|publikationen|veroe?ffentlichung(?:en)?|pubblicazion[ei]|publicac(?:ao|oes)"
            r"|resources?|ressources?|recursos?|risorse|reports?|rapports?|informes?",
        ),
    )
)
# What keys and columns are called, best first, as one word without accents.
_NAMES: Mapping[str, str] = {
    "id": "id identifier identifiant identificador kennung uuid code codigo reference referencia numero nummer",
    "url": "url link lien enlace permalink href webpage website siteweb sitioweb web webseite uri page",
    "title": "title titre titulo titel titolo intitule name nom nombre bezeichnung headline denomination denominacion"
    " casestudy casestudies etudedecas estudiodecaso fallstudie project projet proyecto projekt case caso",
    "abstract": "abstract summary resume resumen zusammenfassung kurzbeschreibung description descriptif descripcion"
    " beschreibung descrizione descricao synopsis teaser excerpt presentation introduction",
    "challenge": "challenge challenges defi defis enjeux desafio desafios reto retos herausforderung herausforderungen"
    " problem problematique problema",
    "action": "action actions acciones massnahme massnahmen solution solutions solucion soluciones losung losungen"
    " activities activites actividades approach demarche",
    "results": "results resultats resultados ergebnisse outcomes wirkung wirkungen",
    "lessons": "lessons lessonslearned lecons enseignements lecciones leccionesaprendidas erfahrungen erkenntnisse",
    "text": "text texte texto fulltext body content contenu contenido inhalt story recit",
    "language": "language langue idioma lengua sprache lang",
    "countries": "country countries pays pais paises land lander staat countryname countrycode iso3 iso2 paese paesi",
    "place": "place location lieu localisation lugar ubicacion ort standort region city ville commune ciudad municipio"
    " stadt gemeinde site",
    "began": "start startdate startyear datededebut anneededebut debut fechadeinicio inicio beginn startjahr",
    "ended": "end enddate endyear datedefin anneedefin fin fechadefin ende endjahr",
    "issued": "published publicationdate datepublished datedepublication fechadepublicacion date year annee ano jahr"
    " fecha datum anno",
    "organisations": "organisation organisations organization organizations organisme organismes organizacion"
    " organizaciones partners partenaires socios institution institucion trager porteur",
    "contact": "contact email courriel correo contacto kontakt",
    "license": "license licence licencia lizenz",
    "source_tags": "tags keywords keyword motscles motsclefs palabrasclave schlagworte schlagworter stichworte themes"
    " theme thematique temas tema themen thema topics topic category categorie categoria kategorie sector secteur",
    "images": "image images imageurl photo photos bild imagen foto picture",
    "documents": "document documents pdf dokument documento",
}
_LATITUDE = ("lat", "latitude", "latitud", "breite", "breitengrad")
_LONGITUDE = ("lon", "lng", "long", "longitude", "longitud", "lange", "langengrad")
# Words beside the one that counts: "Titre du projet", "Short description", "field_summary".
_NOISE = re.findall(
    r"\w+",
    "a an the of le la les l du de des d der die das el los las del en fr es english project projects projet projets"
    " proyecto proyectos projekt projekts case cases study studies cas etude caso casos estudio fallstudie field short"
    " breve court courte kurze",
)
# "Name of the measure", "Nombre de la experiencia"; taken for the title where nothing else is.
_OF = re.compile(r"(?:title|name|titre|nom|titulo|nombre|titel|bezeichnung) (?:of|du|de|del|d|des|der)\b")
_OF_OTHERS = re.compile(
    r"\b(?:contact\w*|kontakt\w*|person\w*|author\w*|auteur\w*|autor\w*|organi\w+|instit\w+|countr\w+|pays|pais)\b"
)
_LISTS = ("countries", "organisations", "source_tags")
_ADDRESSES = ("url", "images", "documents")
_LONGEST = 200  # characters of a name
_DEEPEST = 4  # levels at which a list is looked for
_NEXT = (
    *("next", "next_page_url", "nextPage", "links.next", "links.next.href", "_links.next.href", "paging.next"),
    *("pagination.next", "meta.next", "info.next", '"@odata.nextLink"', '"odata.nextLink"', "d.__next"),
)
_TOTAL = (
    *("total", "count", "total_count", "totalCount", "totalItems", "items_total", "numFound", "response.numFound"),
    *("meta.total", "meta.count", "meta.pagination.total", "pagination.total", "pager.count", '"@odata.count"'),
)
_PAGES = ("page", "p", "pg", "pageNumber", "page_number", "page[number]", "pagina")
_OFFSETS = ("offset", "start", "skip", "$skip", "b_start", "resultOffset", "page[offset]")


def words(name: str) -> str:
    """A name as plain small words: "caseStudies", "case_studies" and "Case-Studies" are the same."""
    parted = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name[:300])
    return " ".join(re.findall(r"[a-z0-9]+", anyascii(parted).lower()))


def weight(name: str) -> int:
    """How surely a name speaks of cases: 3 case studies, solutions; 2 projects, stories; 1 publications; 0 neither."""
    text = words(name)
    return next((value for value, pattern in _KINDS if pattern.search(text)), 0)


def alike(one: str, other: str) -> bool:
    """Whether two names say the same, one perhaps of many and the other of one: "case-studies", "case_study"."""
    return bool(one and other) and stem(one) == stem(other)


def stem(name: str) -> str:
    """A name without the endings that tell one from many."""
    return " ".join(re.sub(r"(?<=[a-z]{3})[aeiouyn]*s?$", "", word) for word in words(name).split())


def fields_for(samples: Sequence[Row], known: Mapping[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
    """Where our fields are in these data, as far as names tell; without those that `known` expressions find."""
    values: dict[str, list[Any]] = {}
    names: dict[str, str] = {}
    for sample in samples[:50]:
        for path, name, value in _leaves(sample):
            values.setdefault(path, []).append(value)
            names[path] = name
    found: dict[str, tuple[str, ...]] = {}
    for target, called in _NAMES.items():
        if not _is_found(samples, known.get(target, ())):
            free = [path for path in names if (path,) not in found.values() and _fits(target, values[path])]
            path = _called(called.split(), free, names)
            if path := path or (_named_of(free, names) if target == "title" else ""):
                found[target] = (path,)
    found = {target: (_parted(target, paths[0], values[paths[0]]),) for target, paths in found.items()}
    lat, lon = (_called(called, list(names), names) for called in (_LATITUDE, _LONGITUDE))
    if lat and lon and not _is_found(samples, known.get("point", ())):
        found["point"] = (f"{{lat: {lat}, lon: {lon}}}",)
    return {target: found[target] for target in TARGETS if target in found}


def _is_found(samples: Sequence[Row], expressions: Sequence[str]) -> bool:
    return any(
        find(text, sample) not in (None, "", [], {}, {"lat": None, "lon": None})
        for sample in samples[:50]
        for text in expressions
    )


def _leaves(data: Row, before: str = "", levels: int = 2) -> Iterator[tuple[str, str, Any]]:
    """Path, name and value of what an object holds, objects within it included."""
    for name, value in list(data.items())[:500]:
        if len(name) > _LONGEST:
            continue
        path = before + step(name)
        if isinstance(value, dict) and levels and not _is_by_language(value):
            yield from _leaves(value, path + ".", levels - 1)
        elif value not in (None, "", [], {}):
            yield path, name, value


def step(name: str) -> str:
    """A member's name as JMESPath wants it, on one line and without white space that a reader would tidy up."""
    if re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", name):
        return name
    quoted = json.dumps(name, ensure_ascii=not name.isprintable())
    return quoted if " ".join(quoted.split()) == quoted and '" ' not in quoted else quoted.replace(" ", "\\u0020")


def _is_by_language(value: Row) -> bool:
    return bool(value) and all(re.fullmatch(r"[a-z]{2}(?:[-_]\w{2,4})?", name) for name in value)


def _called(called: Sequence[str], paths: Sequence[str], names: Mapping[str, str]) -> str:
    """The first path, the best name first, whose last member is called so, alone or beside words that say nothing."""
    forms: dict[str, str] = {}
    for path in paths:
        parts = words(names[path]).split()
        for form in ("".join(parts), "".join(part for part in parts if part not in _NOISE)):
            forms.setdefault(form, path)
    return next((forms[name] for name in called if name in forms), "")


def _named_of(paths: Sequence[str], names: Mapping[str, str]) -> str:
    """The first path that is the name of something, but of nobody."""
    texts = ((path, words(names[path])) for path in paths)
    return next((path for path, text in texts if _OF.match(text) and not _OF_OTHERS.search(text)), "")


def _fits(target: str, values: Sequence[Any]) -> bool:
    """Whether these values can be what they are taken for."""
    texts = [value for value in values if isinstance(value, str)]
    addresses = [text for text in texts if re.match(r"https?://|/", text)]
    if target in _ADDRESSES:
        return len(addresses) * 2 > len(values) or (target != "url" and not texts)
    if target == "title":
        by_language = [value for value in values if isinstance(value, dict)]
        told = [text for text in texts if re.search(r"[^\W\d_]", text)]
        return len(told) + len(by_language) > len(addresses) * 2
    return target in _LISTS or target == "point" or not all(isinstance(value, list) for value in values)


def _parted(target: str, path: str, values: Sequence[Any]) -> str:
    """The expression for a field; lists that are written as one text are taken apart."""
    if target not in _LISTS:
        return path
    marks = ";|," if target != "organisations" else ";|"
    text = "".join(value for value in values if isinstance(value, str))
    mark = next((mark for mark in marks if mark in text), "")
    return f"split({path}, '{mark}')" if mark else path


def list_in(data: Any) -> tuple[str, list[Row]]:
    """The longest list of objects in JSON and the path to it; an empty one where there is none."""
    best: tuple[str, list[Row]] = ("", [])
    level: list[tuple[str, Any]] = [("", data)]
    for _ in range(_DEEPEST):
        for path, value in level:
            entries: list[Row] = (
                [entry for entry in value if isinstance(entry, dict)] if isinstance(value, list) else []
            )
            if len(entries) > len(best[1]) and len(entries) * 2 > len(value):
                best = (path or "@", entries)
        level = [
            (f"{path}.{step(name)}" if path else step(name), inner)
            for path, value in level
            for name, inner in as_dict(value).items()
            if len(name) <= _LONGEST
        ]
    return _unwrapped(*best)


def _unwrapped(path: str, entries: list[Row]) -> tuple[str, list[Row]]:
    """Without a wrapping that all entries have: [{"solution": {…}}, {"solution": {…}}]."""
    names = {name for entry in entries for name in entry}
    inside = [value for entry in entries for value in entry.values()]
    if len(names) == 1 and len(inside) == len(entries) and all(isinstance(value, dict) for value in inside):
        return f"{path}[].{step(names.pop())}", inside
    return path, entries


def paging_of(data: Any, address: str) -> dict[str, str]:
    """Options of a JSON list that say how its further pages are asked for; `address` is where it comes from."""
    following = next((path for path in _NEXT if absolute(address, find(path, data))), "")
    if following:
        return {"next": following}
    for option, names in (("page", _PAGES), ("offset", _OFFSETS)):
        for name in names:
            if (number := number_of(query_value(address, name))) is not None:
                return {option: name} | ({"first": "0"} if option == "page" and number == 0 else {})
    return {}


def total_of(data: Any) -> int:
    """How many entries a list says that it has in all; 0 where it says nothing."""
    return next((total for path in _TOTAL if (total := number_of(find(path, data)))), 0)
