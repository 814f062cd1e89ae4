"""The workbench over HTTP: who gets in, what is refused, and that a form changes what it says and nothing else."""

from __future__ import annotations

import re
import time
from html import unescape

import pytest
from bounded import bounded
from conftest import make_record, tag
from msgspec.structs import replace

from hub.app import create_app
from hub.config import load_config
from hub.curation.accounts import Accounts, Role
from hub.curation.claims import Claims
from hub.curation.editing import packed
from hub.errors import HubError
from hub.record import NOTHING, Change, Decision, Evidence, Status, Tag

PASSWORD = "a long enough password"  # noqa: S105
SECRET = "0123456789abcdef0123456789abcdef"  # noqa: S105
DRAFT = make_record(
    "eel-pass", status="draft", title="Eels climb a weir again", license="CC BY 4.0", began="2019",
    abstract="A town built a pass for eels at its weir. " * 6,
    tags=[{**tag("target", f"GBF-TARGET-{n:02}", "suggested"), "method": "rule", "score": s} for n, s in
          ((2, 0.95), (4, 0.9), (8, 0.4))] + [{**tag("country", "FRA", "suggested"), "method": "rule", "score": 0.99}],
)  # fmt: skip


@pytest.fixture(scope="module")
def accounts_file(tmp_path_factory):
    """The accounts of a curator and an editor-in-chief, made once: a hash takes its time."""
    path = tmp_path_factory.mktemp("accounts") / "accounts.json"
    accounts = Accounts(path)
    accounts.add("anna", "A. Peeters", Role.CURATOR, PASSWORD, "anna@example.org")
    accounts.add("marta", "M. Ruiz", Role.EDITOR, PASSWORD)
    return path


@pytest.fixture
def instance(tmp_path, accounts_file):
    folder = tmp_path / "instance"
    (folder / "curation").mkdir(parents=True, exist_ok=True)
    (folder / "curation" / "accounts.json").write_bytes(accounts_file.read_bytes())
    return folder


@pytest.fixture
def settings(corpus, instance):
    corpus.write(DRAFT, None)
    return {
        "HUB_CURATE": "on",
        "HUB_SECRET_KEY": SECRET,
        "HUB_CORPUS": str(corpus.folder),
        "HUB_INSTANCE": str(instance),
    }


@pytest.fixture
def app(settings, engine):
    return create_app(load_config(settings), engine)


class Browser:
    """A client that keeps its cookie and sends the token of the page it is on."""

    def __init__(self, app) -> None:
        self.client = app.test_client()
        self.page = self.token = ""

    def get(self, path, **how):
        return self._shown(self.client.get(path, **how))

    def post(self, path, data=None, **how):
        return self._shown(self.client.post(path, data={**(data or {}), "csrf_token": self.token}, **how))

    def _shown(self, answer):
        self.page = answer.text
        if token := re.search(r'name="csrf_token" value="([^"]+)"', self.page):
            self.token = token[1]
        return answer

    def sign_in(self, name="anna", password=PASSWORD):
        self.get("/curate/login")
        return self.post("/curate/login", {"name": name, "password": password})

    def form(self, record_id):
        """The form of the editor as a browser would send it: fields, hidden ones, chosen radios."""
        self.get(f"/curate/records/{record_id}")
        found = {}
        for element in re.finditer(r"<(input|textarea|select)\b([^>]*)>(.*?)(?=<)", self.page, re.S):
            kind, attributes, content = element.groups()
            given = dict(re.findall(r'([\w-]+)="([^"]*)"', attributes))
            if given.get("type") in ("radio", "checkbox") and not re.search(r"\schecked\b", attributes):
                continue
            if "name" in given and given["name"] != "csrf_token":
                found[unescape(given["name"])] = unescape(
                    content.removeprefix("\n") if kind == "textarea" else given.get("value", "")
                )
        for select in re.finditer(r'<select[^>]* name="(\w+)"[^>]*>(.*?)</select>', self.page, re.S):
            chosen = re.search(r'value="([^"]*)" selected', select[2])
            found[select[1]] = unescape(chosen[1]) if chosen else re.search(r'value="([^"]*)"', select[2])[1]
        return found


@pytest.fixture
def anna(app):
    browser = Browser(app)
    assert browser.sign_in().status_code == 303
    return browser


@pytest.fixture
def marta(app):
    browser = Browser(app)
    assert browser.sign_in("marta").status_code == 303
    return browser


# -- who gets in


def test_where_it_is_not_switched_on_there_is_no_workbench(client):
    for path in ("/curate", "/curate/", "/curate/login", "/curate/records/reed-bed"):
        assert client.get(path).status_code == 404


def test_it_is_not_switched_on_without_a_key(settings):
    for key in ("", "short"):
        with pytest.raises(HubError, match="HUB_SECRET_KEY"):
            load_config({**settings, "HUB_SECRET_KEY": key})
    assert SECRET not in repr(load_config(settings))


PAGES = ["/curate/", "/curate/new", "/curate/history", "/curate/overview", "/curate/records/eel-pass",
         "/curate/records/eel-pass/history", "/curate/records/eel-pass/compare/reed-bed"]  # fmt: skip


@pytest.mark.parametrize("path", PAGES)
def test_strangers_are_led_to_the_door_and_then_to_where_they_wanted(app, path):
    stranger = Browser(app)
    answer = stranger.get(path)
    assert answer.status_code == 302
    stranger.get(answer.headers["Location"])
    way = unescape(re.search(r'name="next" value="([^"]+)"', stranger.page)[1])
    answer = stranger.post("/curate/login", {"name": "anna", "password": PASSWORD, "next": way})
    assert (answer.status_code, answer.headers["Location"]) == (303, path)
    assert stranger.get(path).status_code == 200


@pytest.mark.parametrize(
    "way", ["https://evil.example/", "//evil.example/curate/", "/curate/\\evil", "/search", "/curate//x"]
)
def test_the_way_on_leads_to_no_other_site(app, way):
    stranger = Browser(app)
    stranger.get("/curate/login")
    answer = stranger.post("/curate/login", {"name": "anna", "password": PASSWORD, "next": way})
    assert answer.headers["Location"] == "/curate/"


def test_strangers_change_nothing(app, corpus):
    before = corpus.revision()
    stranger = Browser(app)
    stranger.get("/curate/login")
    for path in ("/curate/", "/curate/new", "/curate/records/eel-pass", "/curate/records/eel-pass/compare/reed-bed"):
        assert stranger.post(path, {"do": "publish"}).status_code == 403
    assert corpus.revision() == before


def test_without_a_token_or_with_that_of_another_nothing_is_done(app, anna, corpus):
    before = corpus.revision()
    form = anna.form("eel-pass")
    assert anna.client.post("/curate/records/eel-pass", data={**form, "do": "save", "title": "X"}).status_code == 400
    other = Browser(app)
    other.get("/curate/login")
    foreign = re.search(r'name="csrf_token" value="([^"]+)"', other.page)[1]
    answer = anna.client.post(
        "/curate/records/eel-pass", data={**form, "csrf_token": foreign, "do": "save", "title": "X"}
    )
    assert answer.status_code == 400
    assert corpus.revision() == before


def test_wrong_names_and_passwords_look_the_same(app):
    said = set()
    for name, password in (("anna", "wrong password"), ("nobody", PASSWORD), ("anna", "x" * 2000)):
        stranger = Browser(app)
        answer = stranger.sign_in(name, password)
        assert answer.status_code == 403
        said.add(re.search(r'id="wrong">(.*?)</p>', stranger.page, re.S)[1])
        assert "hub_curate" not in answer.headers.get("Set-Cookie", "") or stranger.get("/curate/").status_code == 302
    assert len(said) == 1


def test_a_hundred_rapid_tries_end_refused_and_lock_nobody_else_out(app):
    stranger = Browser(app)
    statuses = [stranger.sign_in("anna", f"wrong password {number}").status_code for number in range(100)]
    assert statuses[:4] == [403] * 4
    assert set(statuses[25:]) == {429}
    stranger.get("/curate/login")
    assert "Retry-After" in stranger.post("/curate/login", {"name": "anna", "password": PASSWORD}).headers
    colleague = Browser(app)
    colleague.get("/curate/login", environ_base={"REMOTE_ADDR": "192.0.2.7"})
    answer = colleague.post(
        "/curate/login", {"name": "anna", "password": PASSWORD}, environ_base={"REMOTE_ADDR": "192.0.2.7"}
    )
    assert answer.status_code == 303


def test_a_session_ends_with_the_password_the_account_and_signing_out(app, anna, instance):
    accounts = Accounts(instance / "curation" / "accounts.json")
    assert anna.get("/curate/").status_code == 200
    accounts.set_password("anna", "quite another password")
    assert anna.get("/curate/").status_code == 302
    assert anna.sign_in("anna", "quite another password").status_code == 303
    anna.get("/curate/")
    copied = anna.client.get_cookie("hub_curate", path="/curate").value
    assert anna.post("/curate/logout").status_code == 303
    assert anna.get("/curate/").status_code == 302
    anna.client.set_cookie("hub_curate", copied, path="/curate")
    assert anna.get("/curate/").status_code == 302, "a copy of the cookie is good for nothing any more"


def test_the_cookie_is_for_the_workbench_alone(settings, engine):
    app = create_app(load_config({**settings, "HUB_BASE_URL": "https://hub.example.org"}), engine)
    client = app.test_client()
    page = client.get("/curate/login", base_url="https://hub.example.org").text
    token = re.search(r'name="csrf_token" value="([^"]+)"', page)[1]
    answer = client.post(
        "/curate/login", data={"name": "anna", "password": PASSWORD, "csrf_token": token},
        base_url="https://hub.example.org", headers={"Referer": "https://hub.example.org/curate/login"},
    )  # fmt: skip
    cookie = answer.headers["Set-Cookie"]
    assert all(part in cookie for part in ("HttpOnly", "SameSite=Lax", "Path=/curate", "Secure"))
    assert "Set-Cookie" not in client.get("/search?q=reed").headers


def test_what_is_said_in_the_workbench_is_kept_by_nobody(anna):
    for path in PAGES:
        answer = anna.get(path)
        assert "no-store" in answer.headers["Cache-Control"], path
        assert "ETag" not in answer.headers
        assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]
        assert "style=" not in answer.text and "<script>" not in answer.text


def test_a_proxy_signs_in_whom_it_names_and_only_the_proxy(settings, engine):
    app = create_app(
        load_config({**settings, "HUB_PROXY_ADDRESS": "192.0.2.1", "HUB_PROXY_HEADER": "X-Remote-User"}), engine
    )
    client = app.test_client()

    def status(address, name):
        headers = {"X-Remote-User": name} if name else {}
        return client.get("/curate/", headers=headers, environ_base={"REMOTE_ADDR": address}).status_code

    assert status("192.0.2.1", "anna") == 200
    assert status("192.0.2.1", "stranger") == 403
    assert status("192.0.2.1", "") == 302
    assert status("192.0.2.9", "anna") == 302
    assert client.get("/curate/login", environ_base={"REMOTE_ADDR": "192.0.2.9"}).status_code == 403


def test_without_a_proxy_its_header_says_nothing(app):
    assert app.test_client().get("/curate/", headers={"X-Remote-User": "marta"}).status_code == 302


@pytest.mark.parametrize(
    "record_id", ["..%2fsecrets", "%2e%2e%2f%2e%2e%2fetc%2fpasswd", "a b", "Reed-Bed", ".lock", "x" * 300]
)
def test_an_id_leads_to_no_other_file(anna, record_id):
    for path in (
        f"/curate/records/{record_id}",
        f"/curate/records/{record_id}/history",
        f"/curate/records/eel-pass/compare/{record_id}",
    ):
        assert anna.get(path).status_code == 404
    anna.get("/curate/")
    assert anna.post(f"/curate/records/{record_id}", {"do": "save"}).status_code == 404


def test_a_field_of_five_megabytes_is_refused_before_it_is_read(anna, corpus):
    before = corpus.revision()
    form = anna.form("eel-pass")
    assert anna.post("/curate/records/eel-pass", {**form, "text": "x" * 5_000_000, "do": "save"}).status_code == 413
    assert corpus.revision() == before


# -- deciding


def test_a_record_is_decided_edited_and_published(anna, corpus):
    form = anna.form("eel-pass")
    form |= {"tag:target:GBF-TARGET-02": "accepted", "tag:target:GBF-TARGET-04": "accepted",
             "tag:target:GBF-TARGET-08": "rejected", "tag:country:FRA": "accepted", "abstract": "Eels are back. " * 15,
             "do": "publish"}  # fmt: skip
    answer = anna.post("/curate/records/eel-pass", form)
    assert answer.status_code == 303, anna.page
    record = corpus.get("eel-pass")
    assert record.status is Status.PUBLISHED
    assert record.abstract == ("Eels are back. " * 15).strip()
    decisions = {each.concept: (each.decision, each.by, each.method) for each in record.tags}
    assert decisions["GBF-TARGET-02"] == ("accepted", "anna", "rule")
    assert decisions["GBF-TARGET-08"] == ("rejected", "anna", "rule")
    assert record.concepts("target", Decision.ACCEPTED) == ("GBF-TARGET-02", "GBF-TARGET-04")


def test_saving_what_nobody_changed_changes_nothing(anna, corpus):
    before = corpus.revision()
    for record_id in corpus.ids():
        form = anna.form(record_id)
        assert anna.post(f"/curate/records/{record_id}", {**form, "do": "save"}).status_code == 303, anna.page
    assert corpus.revision() == before


def test_what_cannot_be_saved_is_said_beside_its_field_and_nothing_typed_is_lost(anna, corpus):
    before = corpus.revision()
    form = anna.form("eel-pass")
    answer = anna.post(
        "/curate/records/eel-pass",
        {
            **form,
            "title": "",
            "began": "soon",
            "abstract": "My <b>words</b>",
            "tag:target:GBF-TARGET-02": "accepted",
            "do": "save",
        },
    )
    assert answer.status_code == 422
    assert 'href="#f-title"' in answer.text and 'href="#f-began"' in answer.text
    assert "My &lt;b&gt;words&lt;/b&gt;" in answer.text
    assert re.search(r'name="tag:target:GBF-TARGET-02" value="accepted" checked', answer.text)
    assert corpus.revision() == before


def test_what_keeps_a_record_from_being_published_is_said(anna, corpus):
    form = anna.form("eel-pass")
    answer = anna.post("/curate/records/eel-pass", {**form, "do": "publish"})
    assert answer.status_code == 422
    assert "no target is accepted" in answer.text
    assert corpus.get("eel-pass").status is Status.DRAFT


@pytest.mark.parametrize(("typed", "concept"), [("12", "GBF-TARGET-12"), ("target 3", "GBF-TARGET-03"),
                                                ("Kenya (country)", "KEN"),
                                                ("restauration", "GBF-TARGET-02"), ("KEN; 7", "KEN")])  # fmt: skip
def test_a_tag_is_added_by_what_is_typed(anna, corpus, typed, concept):
    form = anna.form("eel-pass")
    assert anna.post("/curate/records/eel-pass", {**form, "add": typed, "do": "add"}).status_code == 303, anna.page
    added = {each.concept: each for each in corpus.get("eel-pass").tags}
    assert (added[concept].decision, added[concept].by) == (Decision.ACCEPTED, "anna")


def test_a_tag_that_nobody_knows_is_not_added(anna):
    form = anna.form("eel-pass")
    answer = anna.post("/curate/records/eel-pass", {**form, "add": "dragons", "do": "add"})
    assert answer.status_code == 422 and "dragons" in answer.text


def test_what_the_source_changed_is_taken_or_left(anna, corpus):
    entry = corpus.entry("eel-pass")
    changes = (Change("abstract", "2026-11-20", "The source's new words."), Change("place", "2026-11-20", "Loire"))
    corpus.write(replace(entry.record, changes=changes), entry.revision)
    form = anna.form("eel-pass")
    anna.post("/curate/records/eel-pass", {**form, "change:abstract": "take", "change:place": "leave", "do": "save"})
    record = corpus.get("eel-pass")
    assert (record.abstract, record.place, record.changes) == ("The source's new words.", "", ())


def test_a_quotation_of_words_that_went_goes_and_the_tag_stays(anna, corpus):
    entry = corpus.entry("eel-pass")
    quoted = replace(entry.record.tags[0], evidence=Evidence("abstract", "a pass for eels"))
    corpus.write(replace(entry.record, tags=(quoted, *entry.record.tags[1:])), entry.revision)
    form = anna.form("eel-pass")
    assert anna.post("/curate/records/eel-pass", {**form, "abstract": "Other words.", "do": "save"}).status_code == 303
    assert corpus.get("eel-pass").tags[0] == replace(quoted, evidence=None)


def test_hostile_text_is_shown_as_text(anna, corpus):
    entry = corpus.entry("eel-pass")
    text = '</textarea><script>alert(1)</script>"><img src=x onerror=alert(1)>'
    corpus.write(replace(entry.record, title=text, text=text, place=text), entry.revision)
    for path in ("/curate/", *PAGES):
        page = anna.get(path).text
        assert "<script>alert" not in page and "<img src=x" not in page, path
    form = anna.form("eel-pass")
    preview = anna.post("/curate/records/eel-pass/preview", form)
    assert preview.status_code == 200 and "<script>alert" not in preview.text


def test_what_is_typed_is_kept_and_offered_again_until_it_is_saved_or_dropped(anna, corpus):
    before = corpus.revision()
    form = anna.form("eel-pass")
    assert anna.post("/curate/records/eel-pass", {**form, "title": "Half a tit", "do": "keep"}).status_code == 204
    assert corpus.revision() == before
    kept = anna.form("eel-pass")
    assert kept["title"] == "Half a tit" and "have not saved" in anna.page
    anna.post("/curate/records/eel-pass", {"do": "discard"})
    assert anna.form("eel-pass")["title"] == DRAFT.title


def test_a_preview_saves_nothing(anna, corpus):
    before = corpus.revision()
    form = anna.form("eel-pass")
    answer = anna.post("/curate/records/eel-pass", {**form, "title": "A new title", "do": "preview"})
    assert "A new title" in answer.text
    assert corpus.revision() == before


# -- two people, one record


def test_who_comes_second_sees_both_versions_and_can_save_both(anna, marta, corpus):
    hers, his = anna.form("eel-pass"), marta.form("eel-pass")
    assert anna.post("/curate/records/eel-pass", {**hers, "title": "Anna's title", "do": "save"}).status_code == 303
    answer = marta.post("/curate/records/eel-pass", {**his, "place": "Loire", "do": "save"})
    assert answer.status_code == 409
    assert "Anna&#39;s title" in answer.text and "Loire" in answer.text and "A. Peeters" in answer.text
    assert corpus.get("eel-pass").place == ""
    onto = re.search(r'name="onto" value="(\w+)"', answer.text)[1]
    assert (
        marta.post("/curate/records/eel-pass", {**his, "place": "Loire", "onto": onto, "do": "save"}).status_code == 303
    )
    record = corpus.get("eel-pass")
    assert (record.title, record.place) == ("Anna's title", "Loire")


@pytest.mark.parametrize(("choice", "title"), [("mine", "Marta's title"), ("theirs", "Anna's title")])
def test_of_what_both_changed_one_is_chosen(anna, marta, corpus, choice, title):
    hers, his = anna.form("eel-pass"), marta.form("eel-pass")
    anna.post("/curate/records/eel-pass", {**hers, "title": "Anna's title", "do": "save"})
    answer = marta.post("/curate/records/eel-pass", {**his, "title": "Marta's title", "do": "save"})
    assert 'name="keep:title"' in answer.text
    onto = re.search(r'name="onto" value="(\w+)"', answer.text)[1]
    marta.post(
        "/curate/records/eel-pass", {**his, "title": "Marta's title", "onto": onto, "keep:title": choice, "do": "save"}
    )
    assert corpus.get("eel-pass").title == title


def test_a_third_save_in_between_is_a_conflict_again(anna, marta, corpus):
    hers, his = anna.form("eel-pass"), marta.form("eel-pass")
    anna.post("/curate/records/eel-pass", {**hers, "title": "First", "do": "save"})
    answer = marta.post("/curate/records/eel-pass", {**his, "place": "Loire", "do": "save"})
    onto = re.search(r'name="onto" value="(\w+)"', answer.text)[1]
    anna.post("/curate/records/eel-pass", {**anna.form("eel-pass"), "title": "Second", "do": "save"})
    assert (
        marta.post("/curate/records/eel-pass", {**his, "place": "Loire", "onto": onto, "do": "save"}).status_code == 409
    )
    assert (corpus.get("eel-pass").title, corpus.get("eel-pass").place) == ("Second", "")


def test_a_harvest_in_between_is_not_overwritten(anna, corpus):
    form = anna.form("eel-pass")
    entry = corpus.entry("eel-pass")
    corpus.write(
        replace(entry.record, provenance=replace(entry.record.provenance, last_seen="2026-11-25")), entry.revision
    )
    assert anna.post("/curate/records/eel-pass", {**form, "title": "New", "do": "save"}).status_code == 409


@pytest.mark.parametrize("base", ["", "x", "AAAA", packed("id: [" * 50), packed("a" * 400_000)])
def test_a_damaged_form_says_so(anna, corpus, base):
    before = corpus.revision()
    form = {**anna.form("eel-pass"), "base": base, "do": "save"}
    assert anna.post("/curate/records/eel-pass", form).status_code == 400
    assert corpus.revision() == before


def test_a_claim_tells_others_and_is_taken_over_by_editors_only(anna, marta):
    anna.get("/curate/")
    anna.post("/curate/", {"take": "eel-pass"})
    assert "you</td>" in anna.get("/curate/").text
    assert "A. Peeters" in marta.get("/curate/").text
    assert "is working on this record" in marta.get("/curate/records/eel-pass").text
    marta.get("/curate/")
    marta.post("/curate/", {"pick": "eel-pass", "do": "take"})
    assert "you</td>" not in marta.get("/curate/").text
    marta.post("/curate/", {"pick": "eel-pass", "do": "over"})
    assert "you</td>" in marta.get("/curate/").text
    anna.get("/curate/")
    assert anna.post("/curate/", {"pick": "eel-pass", "do": "over"}).status_code == 403


# -- the queue


def test_decisions_over_a_selection_are_looked_at_first(anna, corpus):
    corpus.write(replace(DRAFT, id="eel-ladder", url="https://example.org/2"), None)
    anna.get("/curate/")
    chosen = {"pick": ["eel-pass", "eel-ladder"], "concept": "target:GBF-TARGET-04", "least": "0.9", "do": "accept"}
    answer = anna.post("/curate/", chosen)
    assert "Accept in 2 of 2 records?" in answer.text
    assert corpus.get("eel-pass").concepts("target", Decision.ACCEPTED) == ()
    anna.post("/curate/", {**chosen, "sure": "1"})
    for record_id in chosen["pick"]:
        assert corpus.get(record_id).concepts("target", Decision.ACCEPTED) == ("GBF-TARGET-04",)


def test_a_damaged_file_is_listed_and_stops_no_page(anna, corpus):
    (corpus.records / "broken.yaml").write_text("id: broken\ntitle: [", encoding="utf-8")
    assert anna.get("/curate/").status_code == 200
    assert "broken" in anna.get("/curate/?kind=damaged").text
    for path in ("/curate/overview", "/curate/history", "/curate/new"):
        assert anna.get(path).status_code == 200


@pytest.mark.parametrize(
    ("query", "status"),
    [("kind=nonsense", 400), ("sort=nonsense", 400), ("page=0", 400), ("page=x", 400), ("nonsense=1", 400),
     ("page=99", 200),
     ("q=eels", 200), ("target=nonsense", 200), ("who=me&kind=published&sort=title&language=fr", 200)],
)  # fmt: skip
def test_what_the_queue_is_asked(anna, query, status):
    assert anna.get(f"/curate/?{query}").status_code == status


# -- duplicates, history, new records


def test_one_case_in_two_records_becomes_one(marta, corpus):
    marta.get("/curate/records/eel-pass/compare/reed-bed")
    answer = marta.post("/curate/records/eel-pass/compare/reed-bed", {"do": "keep-two"})
    assert answer.status_code == 303, marta.page
    kept, gone = corpus.get("reed-bed"), corpus.get("eel-pass")
    assert kept.also_at == (DRAFT.url,) and kept.replaces == ("eel-pass",)
    assert gone.status is Status.WITHDRAWN
    assert {"GBF-TARGET-02", "GBF-TARGET-04", "GBF-TARGET-11"} <= {each.concept for each in kept.tags}
    assert [problem for problem in corpus.check() if problem.field == "replaces"] == []


def test_different_cases_are_never_proposed_again(anna, corpus):
    entry = corpus.entry("eel-pass")
    other = corpus.get("reed-bed").url
    proposal = Tag("also_at", other, Decision.SUGGESTED, "rule", 0.8)
    corpus.write(replace(entry.record, proposals=(proposal,)), entry.revision)
    anna.get("/curate/?kind=duplicates")
    assert "Eels" in anna.page
    anna.get("/curate/records/eel-pass/compare/reed-bed")
    assert anna.post("/curate/records/eel-pass/compare/reed-bed", {"do": "different"}).status_code == 303
    assert corpus.get("eel-pass").proposals[0].decision is Decision.REJECTED
    assert "Eels" not in anna.get("/curate/?kind=duplicates").text


def test_a_curator_joins_nothing_that_is_published(anna, corpus):
    before = corpus.revision()
    anna.get("/curate/records/eel-pass/compare/reed-bed")
    assert anna.post("/curate/records/eel-pass/compare/reed-bed", {"do": "keep-one"}).status_code == 403
    assert corpus.revision() == before


def test_every_save_is_in_the_history_and_can_be_undone_by_itself(anna, corpus):
    anna.post("/curate/records/eel-pass", {**anna.form("eel-pass"), "title": "Second title", "do": "save"})
    anna.post("/curate/records/eel-pass", {**anna.form("eel-pass"), "place": "Loire", "do": "save"})
    page = anna.get("/curate/records/eel-pass/history").text
    assert re.search(r"A. Peeters \(anna\)</b>: place .*A. Peeters \(anna\)</b>: title ", page, re.S)
    first = re.findall(r'href="(/curate/records/eel-pass/history/[\w-]+)"', page)[1]
    assert "Second title" in anna.get(first).text
    assert anna.post(first).status_code == 303
    record = corpus.get("eel-pass")
    assert (record.title, record.place) == (DRAFT.title, "Loire")


def test_what_was_changed_again_since_is_not_undone(anna, corpus):
    anna.post("/curate/records/eel-pass", {**anna.form("eel-pass"), "title": "Second title", "do": "save"})
    anna.post("/curate/records/eel-pass", {**anna.form("eel-pass"), "title": "Third title", "do": "save"})
    page = anna.get("/curate/records/eel-pass/history").text
    first = re.findall(r'href="(/curate/records/eel-pass/history/[\w-]+)"', page)[1]
    anna.get(first)
    anna.post(first)
    assert corpus.get("eel-pass").title == "Third title"
    assert "undo that first" in anna.get("/curate/records/eel-pass/history").text


def test_what_somebody_else_saved_only_an_editor_undoes(anna, marta, corpus):
    marta.post("/curate/records/eel-pass", {**marta.form("eel-pass"), "title": "Second title", "do": "save"})
    page = anna.get("/curate/records/eel-pass/history").text
    saved = re.findall(r'href="(/curate/records/eel-pass/history/[\w-]+)"', page)[0]
    anna.get(saved)
    assert anna.post(saved).status_code == 403
    marta.get(saved)
    assert marta.post(saved).status_code == 303
    assert corpus.get("eel-pass").title == DRAFT.title


def test_a_record_begun_by_hand_is_a_draft(anna, corpus):
    anna.get("/curate/new")
    form = {"do": "form", "title": "Otters return to the Meuse", "abstract": "They are back.", "language": "en",
            "url": "https://www.example.net/otters", "type": "case-study"}  # fmt: skip
    answer = anna.post("/curate/new", form)
    assert answer.headers["Location"].endswith("/curate/records/otters-return-to-the-meuse")
    record = corpus.get("otters-return-to-the-meuse")
    assert (record.status, record.source) == (Status.DRAFT, "example-net")
    answer = anna.post("/curate/new", {"do": "form", "title": "Otters"})
    assert answer.status_code == 422 and 'value="Otters"' in answer.text and "is needed" in answer.text


def test_an_address_is_asked_for_and_its_way_is_shown(anna, corpus):
    anna.get("/curate/new")
    assert anna.post("/curate/new", {"do": "address", "address": "https://example.net/case"}).status_code == 303
    assert "https://example.net/case" in anna.get("/curate/new").text and "Waiting for the indexer" in anna.page
    for wrong in ("ftp://example.net/", "https://user:pass@example.net/", "javascript:alert(1)", ""):
        assert anna.post("/curate/new", {"do": "address", "address": wrong}).status_code == 422, wrong


def test_what_is_published_only_an_editor_withdraws(anna, marta, corpus):
    answer = anna.post("/curate/records/reed-bed", {**anna.form("reed-bed"), "do": "withdraw"})
    assert answer.status_code == 403
    assert marta.post("/curate/records/reed-bed", {**marta.form("reed-bed"), "do": "withdraw"}).status_code == 303
    assert corpus.get("reed-bed").status is Status.WITHDRAWN


def test_the_public_side_needs_no_corpus(settings, engine, tmp_path):
    public = {name: value for name, value in settings.items() if name not in ("HUB_CURATE", "HUB_SECRET_KEY")}
    client = create_app(load_config({**public, "HUB_CORPUS": str(tmp_path / "nowhere")}), engine).test_client()
    for path in (
        "/",
        "/search?q=reed",
        "/records/reed-bed",
        "/coverage",
        "/api/v1/search?q=reed",
        "/suggest.json?q=re",
    ):
        assert client.get(path).status_code == 200, path
    assert client.get("/curate/").status_code == 404


# -- what was found by looking closely


def edited(corpus, record_id="eel-pass", **changes):
    """The record with some fields changed, as an editor of files would."""
    entry = corpus.entry(record_id)
    corpus.write(replace(entry.record, **changes), entry.revision)
    return corpus.get(record_id)


@pytest.mark.parametrize(
    ("name", "value", "expected"), [("license", NOTHING, ""), ("point", "47.6, 10.4 (exact)", 47.6)]
)
def test_what_the_source_says_no_more_or_otherwise_is_taken_as_such(anna, corpus, name, value, expected):
    edited(corpus, changes=(Change(name, "2026-11-20", value),))
    form = anna.form("eel-pass")
    assert anna.post("/curate/records/eel-pass", {**form, f"change:{name}": "take", "do": "save"}).status_code == 303
    found = getattr(corpus.get("eel-pass"), name)
    assert (found.lat if name == "point" else found) == expected


def test_nothing_that_was_chosen_is_lost_when_something_else_is_wrong(anna, corpus):
    record = edited(corpus, changes=(Change("place", "2026-11-20", "Meuse"),))
    record = edited(corpus, provenance=replace(record.provenance, words="source"))
    form = anna.form("eel-pass")
    sent = {**form, "title": "", "add": "KEN; 7", "own_words": "1", "change:place": "take", "do": "save"}
    assert anna.post("/curate/records/eel-pass", sent).status_code == 422
    for kept in (anna.page, anna.get("/curate/records/eel-pass").text):
        assert 'name="add" value="KEN; 7"' in kept
        assert 'name="own_words" value="1" checked' in kept
        assert re.search(r'name="change:place" value="take" checked', kept)
    again = {**anna.form("eel-pass"), "title": "A title", "do": "save"}
    assert anna.post("/curate/records/eel-pass", again).status_code == 303, anna.page
    saved = corpus.get("eel-pass")
    assert (saved.title, saved.place, saved.changes, saved.provenance.words) == ("A title", "Meuse", (), "")
    assert {"KEN", "GBF-TARGET-07"} <= {each.concept for each in saved.tags}


def test_own_words_are_said_although_a_harvest_came_in_between(anna, corpus):
    record = edited(corpus, provenance=replace(corpus.get("eel-pass").provenance, words="source"))
    form = anna.form("eel-pass")
    edited(corpus, provenance=replace(record.provenance, last_seen="2026-11-25", content_hash="b"))
    sent = {**form, "own_words": "1", "abstract": "Our own words.", "do": "save"}
    answer = anna.post("/curate/records/eel-pass", sent)
    onto = re.search(r'name="onto" value="(\w+)"', answer.text)[1]
    assert anna.post("/curate/records/eel-pass", {**sent, "onto": onto}).status_code == 303
    seen = corpus.get("eel-pass").provenance
    assert (seen.words, seen.last_seen, seen.content_hash) == ("", "2026-11-25", "b")


def test_who_was_signed_out_meanwhile_signs_in_and_sends_it_again(app, anna, corpus):
    form = anna.form("eel-pass")
    anna.client.delete_cookie("hub_curate", path="/curate")
    answer = anna.post("/curate/records/eel-pass", {**form, "title": "Typed before", "do": "save"})
    assert answer.status_code == 403 and "Sign in" in answer.text
    sent = re.findall(r'name="(sent:[^"]+)" value="([^"]*)"', answer.text)
    hidden = {unescape(name): unescape(text) for name, text in sent}
    assert len(sent) == len(hidden), "each once"
    way = re.search(r'name="next" value="([^"]+)"', answer.text)[1]
    answer = anna.post("/curate/login", {"name": "anna", "password": PASSWORD, "next": way, **hidden})
    assert answer.status_code == 200 and "Send it now" in answer.text
    again = {
        unescape(name): unescape(text) for name, text in re.findall(r'name="([^"]+)" value="([^"]*)"', answer.text)
    }
    assert anna.post(way, {name: text for name, text in again.items() if name != "csrf_token"}).status_code == 303
    assert corpus.get("eel-pass").title == "Typed before"


def test_a_waiting_request_takes_nothing_away_that_somebody_types(anna):
    anna.get("/curate/new")
    anna.post("/curate/new", {"do": "address", "address": "https://example.net/case"})
    assert 'http-equiv="refresh"' not in anna.get("/curate/new").text


def test_undo_is_no_way_around_a_role(anna, marta, corpus):
    anna.get("/curate/new")
    anna.post(
        "/curate/new",
        {"do": "form", "title": "Otters", "abstract": "Back.", "language": "en", "url": "https://example.net/o"},
    )
    edited(corpus, "otters", tags=DRAFT.tags[:1], license="CC BY 4.0")
    form = {**marta.form("otters"), "tag:target:GBF-TARGET-02": "accepted", "do": "publish"}
    assert marta.post("/curate/records/otters", form).status_code == 303, marta.page
    first = re.findall(
        r'href="(/curate/records/otters/history/[\w-]+)"', anna.get("/curate/records/otters/history").text
    )[-1]
    anna.get(first)
    assert anna.post(first).status_code == 403
    assert corpus.get("otters").status is Status.PUBLISHED
    marta.post("/curate/records/otters", {**marta.form("otters"), "do": "withdraw"})
    assert anna.post("/curate/records/otters", {**anna.form("otters"), "do": "publish"}).status_code == 403


def test_two_people_of_one_name_are_two_people(app, instance, corpus):
    Accounts(instance / "curation" / "accounts.json").add("ben", "A. Peeters", Role.CURATOR, PASSWORD)
    ben, anna = Browser(app), Browser(app)
    ben.sign_in("ben")
    anna.sign_in()
    anna.post("/curate/records/eel-pass", {**anna.form("eel-pass"), "title": "Anna's", "do": "save"})
    saved = re.findall(
        r'href="(/curate/records/eel-pass/history/[\w-]+)"', ben.get("/curate/records/eel-pass/history").text
    )[0]
    ben.get(saved)
    assert ben.post(saved).status_code == 403


def test_joining_keeps_proposals_and_what_was_told_apart(marta, corpus):
    apart = Tag("also_at", "https://example.com/other", Decision.REJECTED, "rule", 0.8, None, "anna", "2026-11-01")
    who = Tag("organisations", "Eel Trust", Decision.SUGGESTED, "rule", 0.8)
    edited(corpus, proposals=(apart, who), began="2014-06", changes=(Change("place", "2026-11-20", "Meuse"),))
    edited(corpus, "reed-bed", began="", ended="2014-03")
    marta.get("/curate/records/eel-pass/compare/reed-bed")
    assert marta.post("/curate/records/eel-pass/compare/reed-bed", {"do": "keep-two"}).status_code == 303, marta.page
    kept = corpus.get("reed-bed")
    assert set(kept.proposals) == {apart, who}
    assert (kept.began, kept.ended, [change.field for change in kept.changes]) == ("", "2014-03", ["place"])
    answer = marta.post("/curate/records/eel-pass", {**marta.form("eel-pass"), "do": "publish"})
    assert answer.status_code in (409, 422) and corpus.get("eel-pass").status is Status.WITHDRAWN


def test_what_is_published_is_not_joined_into_a_draft(marta, corpus):
    before = corpus.revision()
    marta.get("/curate/records/eel-pass/compare/reed-bed")
    assert marta.post("/curate/records/eel-pass/compare/reed-bed", {"do": "keep-one"}).status_code == 409
    for same in ("different", "keep-one"):
        assert marta.post("/curate/records/eel-pass/compare/eel-pass", {"do": same}).status_code == 404
    assert corpus.revision() == before


def test_a_language_that_nobody_knows_stops_no_page(anna, corpus):
    edited(corpus, language="xx")
    for path in PAGES:
        assert anna.get(path).status_code == 200, path


def test_a_kept_copy_that_cannot_be_read_locks_nobody_out(anna, instance):
    Claims(instance / "curation" / "desk.sqlite").keep(
        "eel-pass", "anna", {"base": ["nonsense"], "title": ["X"]}, time.time()
    )
    assert anna.get("/curate/records/eel-pass").status_code == 200
    (instance / "curation" / "desk.sqlite").unlink()
    assert anna.get("/curate/").status_code == 200


def test_behind_a_proxy_passwords_are_counted_by_who_tries_them(settings, engine):
    app = create_app(load_config({**settings, "HUB_PROXY_ADDRESS": "127.0.0.1"}), engine)
    for number in range(25):
        stranger = Browser(app)
        stranger.get("/curate/login")
        stranger.post(
            "/curate/login",
            {"name": f"name{number}", "password": "x"},
            headers={"X-Forwarded-For": "1.2.3.4, 192.0.2.66"},
        )
    anna = Browser(app)
    anna.get("/curate/login")
    sent = {"name": "anna", "password": PASSWORD}
    assert anna.post("/curate/login", sent, headers={"X-Forwarded-For": "192.0.2.66, 192.0.2.7"}).status_code == 303


def test_a_suggestion_that_nobody_measured_is_accepted_where_that_was_said(anna, corpus):
    edited(corpus, tags=(replace(DRAFT.tags[0], score=None),))
    anna.get("/curate/")
    chosen = {"pick": ["eel-pass"], "concept": "target:", "least": "0.9", "do": "accept", "sure": "1"}
    anna.post("/curate/", {**chosen, "back": "javascript:alert(1)"})
    assert corpus.get("eel-pass").tags[0].decision is Decision.ACCEPTED


def test_the_way_back_is_one_of_the_workbench(anna):
    anna.get("/curate/")
    page = anna.post("/curate/", {"pick": ["eel-pass"], "do": "accept", "back": "javascript:alert(1)"}).text
    assert "javascript:" not in page


@pytest.mark.parametrize(
    "path", ["/curate/records/broken", "/curate/records/broken/history", "/curate/records/broken/compare/reed-bed"]
)
def test_a_damaged_record_is_named_and_is_no_fault_of_the_hub(anna, corpus, path):
    (corpus.records / "broken.yaml").write_text("id: broken\ntitle: [", encoding="utf-8")
    answer = anna.get(path)
    assert answer.status_code == 409 and "broken.yaml" in answer.text


def test_a_new_record_has_an_address_and_an_id_of_its_own(anna, corpus):
    anna.get("/curate/new")
    form = {
        "do": "form",
        "title": "Old case",
        "abstract": "It is.",
        "language": "en",
        "url": "https://example.org/cases/reed-bed",
    }
    answer = anna.post("/curate/new", form)
    assert answer.status_code == 422 and "reed-bed" in answer.text
    assert anna.post("/curate/new", {**form, "url": "http://[::1"}).status_code == 422
    answer = anna.post("/curate/new", {**form, "url": "https://example.org/new"})
    assert answer.headers["Location"].endswith("/old-case-example-org")


def test_very_many_tags_at_once_are_not_looked_for(anna):
    form = anna.form("eel-pass")
    with bounded(10):
        assert (
            anna.post("/curate/records/eel-pass", {**form, "add": "dragon;" * 100_000, "do": "add"}).status_code == 422
        )


def test_after_publishing_the_next_of_the_same_part_of_the_queue_is_shown(anna, corpus):
    for number in range(60):
        corpus.write(replace(DRAFT, id=f"eel-{number:02}", url=f"https://example.org/{number}"), None)
    anna.get("/curate/?sort=title&q=eels")
    page = anna.get("/curate/records/eel-55").text
    assert re.search(r">\d+ of 61 in your part", page)
    after = re.search(r'href="([^"]+)" rel="next"', page)[1]
    form = {**anna.form("eel-55"), "tag:target:GBF-TARGET-02": "accepted", "do": "publish"}
    assert anna.post("/curate/records/eel-55", form).headers["Location"] == after


def test_every_quotation_that_is_a_link_leads_to_its_words(anna, corpus):
    first, second, third = DRAFT.tags[:3]
    tags = (
        replace(first, evidence=Evidence("abstract", "built a pass for eels")),
        replace(second, evidence=Evidence("abstract", "a pass for eels at its weir")),
        replace(third, evidence=Evidence("source_tags", "fish passes")),
    )
    edited(corpus, tags=tags, source_tags=("rivers", "fish passes"))
    page = anna.get("/curate/records/eel-pass").text
    links = re.findall(r'href="#(q-[\w]+)"', page)
    assert len(links) == 3
    assert all(f'id="{link}"' in page for link in links)
