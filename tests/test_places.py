"""Places of a text: countries and regions in many languages, what only looks like one, evidence, coordinates, data."""

import shutil

import msgspec
import pytest
from conftest import ROOT, make_record
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.errors import InvalidRecord
from hub.vocabulary import load_vocabularies
from indexer.tag.places.find import find_places
from indexer.tag.places.gazetteer import load_gazetteer
from indexer.tag.text import QUOTE, read

TAGGING = ROOT / "corpus" / "tagging"
# (language, text, ids of the countries, or regions, that it is about)
CASES = (
    ("en", "Farmers in Georgia protect wild bees near Tbilisi.", "GEO"),
    ("en", "Longleaf pine restoration in Georgia and Alabama, United States.", "USA"),
    ("en", "Farmers in the US state of Georgia restore pine savanna.", "USA"),
    ("en", "Wetlands in Jordan are restored near Amman.", "JOR"),
    ("en", "Restoring flow to the Jordan River brings back fish.", "ISR JOR PSE"),
    ("en", "Michael Jordan opened a nature reserve in Kenya.", "KEN"),
    ("en", "The study was led by Dr Jordan Smith in Wales.", "GBR"),
    ("en", "Villagers in Guinea protect chimpanzees.", "GIN"),
    ("en", "Mangroves of Guinea-Bissau are restored.", "GNB"),
    ("en", "Leatherback turtles nest in Equatorial Guinea.", "GNQ"),
    ("en", "Tree kangaroos in Papua New Guinea.", "PNG"),
    ("en", "Guinea pig farming in Peru.", "PER"),
    ("en", "Guinea fowl are kept by women in Ghana.", "GHA"),
    ("en", "Fisheries in the Gulf of Guinea.", "011"),
    ("en", "The Niger River feeds wetlands in Mali.", "MLI"),
    ("en", "Bonobos in the Democratic Republic of the Congo.", "COD"),
    ("en", "Forest concessions in the Republic of the Congo.", "COG"),
    ("en", "Community forests across the Congo Basin.", "017"),
    ("en", "Rice terraces in South Korea.", "KOR"),
    ("en", "A nature reserve in North Korea.", "PRK"),
    ("en", "Black-footed ferrets in New Mexico.", "USA"),
    ("en", "Dead zone in the Gulf of Mexico.", "CUB MEX USA"),
    ("en", "Sea turtles nest on the beaches of French Guiana.", "GUF"),
    ("en", "Turkish farmers plant hedges.", "TUR"),
    ("en", "Wild turkey numbers rise in Ontario.", "CAN"),
    ("en", "Fishing on Lake Chad.", "CMR NER NGA TCD"),
    ("en", "Chile peppers are grown in Oaxaca.", "MEX"),
    ("en", "Peru balsam is harvested in El Salvador.", "SLV"),
    ("en", "Koalas in New South Wales.", "AUS"),
    ("en", "Oyster reefs in New England.", "USA"),
    ("en", "Rat eradication on South Georgia.", "SGS"),
    ("en", "Bears in North Macedonia.", "MKD"),
    ("en", "Corncrakes in Northern Ireland.", "GBR"),
    ("en", "Corncrakes in Ireland.", "IRL"),
    ("en", "Flying foxes in American Samoa.", "ASM"),
    ("en", "Flying foxes in Samoa.", "WSM"),
    ("en", "Parrots in Dominica.", "DMA"),
    ("en", "Parrots in the Dominican Republic.", "DOM"),
    ("en", "Antelopes in South Sudan.", "SSD"),
    ("en", "Antelopes in Sudan.", "SDN"),
    ("en", "Seagrass in Mayotte.", "MYT"),
    ("en", "Bog restoration on the Isle of Man.", "IMN"),
    ("en", "Bats in New Jersey.", "USA"),
    ("en", "Bats in Jersey.", "JEY"),
    ("en", "Volunteers polish stones in Poland.", "POL"),
    ("en", "Polish farmers mow late.", "POL"),
    ("en", "Danish farmers let streams meander.", "DNK"),
    ("en", "Norway spruce is replaced by beech in the Black Forest.", "DEU"),
    ("en", "Norway rats were removed from islands in Chile.", "CHL"),
    ("en", "Scots pine forests in Estonia.", "EST"),
    ("en", "Canada geese are managed in the Netherlands.", "NLD"),
    ("en", "Japanese knotweed is removed in Wales.", "GBR"),
    ("en", "Portuguese oyster beds in France.", "FRA"),
    ("en", "Spanish mackerel fishery in Mexico.", "MEX"),
    ("en", "Turkish hazel trees in Berlin.", "DEU"),
    ("en", "German wasp control in New Zealand.", "NZL"),
    ("en", "Asian hornets are trapped in Portugal.", "PRT"),
    ("en", "The guide is available in French and English. It was tested in Senegal.", "SEN"),
    ("en", "A plant native to South Africa invades dunes in Portugal.", "PRT"),
    ("en", "Researchers from Germany and the United Kingdom worked with villages in Madagascar.", "MDG"),
    ("en", "The project in Nepal was funded by the government of Norway.", "NPL"),
    ("en", "Lombardy plants a million trees.", "ITA"),
    ("en", "Hedges in Bavaria are replanted.", "DEU"),
    ("en", "Tea growers in Yunnan plant shade trees.", "CHN"),
    ("en", "Wolves return to the Alps.", "AUT CHE DEU FRA ITA LIE SVN"),
    ("en", "Fish passes along the Mekong.", "CHN KHM LAO MMR THA VNM"),
    ("en", "Sea turtles in the Mediterranean.", "mediterranean"),
    ("en", "Fire management in the Sahel.", "202"),
    ("en", "A global standard for companies.", "001"),
    ("en", "A nice split bar of same mobile lens.", ""),
    ("en", "Farmers in East Africa share seeds.", "014"),
    ("en", "Cork oaks in Andalusia and the Algarve.", "ESP PRT"),
    ("en", "Peatlands of Republic of Korea and Democratic People's Republic of Korea.", "KOR PRK"),
    ("en", "Saint Martin's mangroves recover; on Saint Martin, divers help.", "MAF"),
    ("en", "Cuban crocodiles return to Cuba.", "CUB"),
    ("en", "Togo bans plastic.", "TGO"),
    ("en", "Mali restores parklands.", "MLI"),
    ("en", "Paris Agreement targets guide cities in Colombia.", "COL"),
    ("en", "The Maasai of Narok County set up conservancies.", "KEN"),
    ("en", "Shepherds in the Pyrenees use guard dogs against bears.", "AND ESP FRA"),
    ("en", "Volunteers in Victoria, Australia, plant kangaroo grass.", "AUS"),
    ("en", "Fishers on Lake Victoria agreed on closed seasons.", "KEN TZA UGA"),
    ("en", "Punjab's farmers stop burning rice straw; India pays them for machines.", "IND"),
    ("en", "The Dutch province of Limburg buys land for beavers.", "NLD"),
    ("en", "A community in Luxembourg and one in Belgium share a nature park.", "BEL LUX"),
    ("en", "The Swedish development agency funds mangrove nurseries in Mozambique.", "MOZ"),
    ("en", "Seed banks in Palestine and Lebanon keep old wheat.", "LBN PSE"),
    ("en", "In the Philippines, Filipino fishers guard Apo Island.", "PHL"),
    ("en", "An invasive plant from Argentina is removed in Catalonia.", "ESP"),
    ("en", "The Sahel's farmers in Burkina Faso and Niger dig half-moons.", "BFA NER"),
    ("en", "Ivory Coast's cocoa farmers plant shade trees.", "CIV"),
    ("en", "East Timor revives tara bandu.", "TLS"),
    ("en", "Burma's Karen communities declare a peace park.", "MMR"),
    ("en", "Bees of Slovenia; bees of Slovakia.", "SVK SVN"),
    ("en", "Wetlands in the Emirate of Abu Dhabi.", "ARE"),
    ("en", "Unlike in Spain, storks breed in towns in Morocco.", "MAR"),
    ("en", "Reading helps children to love nature.", ""),
    ("fr", "Une réunion des acteurs a eu lieu au Sénégal.", "SEN"),
    ("fr", "À La Réunion, les pétrels sont sauvés.", "REU"),
    ("fr", "La forêt de La Réunion est protégée.", "REU"),
    ("fr", "Réunion publique sur les haies en Belgique.", "BEL"),
    ("fr", "Les forêts de l'Inde.", "IND"),
    ("fr", "Les cochons d'Inde sont élevés au Pérou.", "PER"),
    ("fr", "La renouée du Japon envahit la Suisse.", "CHE"),
    ("fr", "Le sapin de Norvège est remplacé en Allemagne.", "DEU"),
    ("fr", "Les agriculteurs suisses plantent des haies.", "CHE"),
    ("fr", "Les pêcheurs marocains protègent les mérous.", "MAR"),
    ("fr", "Les tortues de Guyane.", "GUF"),
    ("fr", "Les bouquetins des Alpes.", "AUT CHE DEU FRA ITA LIE SVN"),
    ("fr", "Les villages de la Côte d'Ivoire.", "CIV"),
    ("fr", "Les dunes du Nord et de la Bretagne.", "FRA"),
    ("fr", "Le frelon asiatique progresse en Île-de-France.", "FRA"),
    ("fr", "Les communautés congolaises de la République démocratique du Congo.", "COD"),
    ("fr", "Dans le Morbihan, des éleveurs plantent des haies.", "FRA"),
    ("fr", "Au Québec, les milieux humides sont protégés.", "CAN"),
    ("fr", "Les femmes du Sine-Saloum replantent la mangrove.", "SEN"),
    ("fr", "Aux Pays-Bas, les polders sont inondés.", "NLD"),
    ("fr", "Le financement vient de l'Agence française de développement ; les villages sont au Bénin.", "BEN"),
    ("fr", "En Nouvelle-Calédonie, les fourmis électriques sont éradiquées.", "NCL"),
    ("fr", "Les communautés du Nord-Kivu protègent les gorilles.", "COD"),
    ("fr", "Les chasseurs d'Afrique centrale.", "017"),
    ("fr", "Des villes du monde entier et d'Europe s'engagent.", "150"),
    ("es", "El chile se cultiva en Oaxaca.", "MEX"),
    ("es", "Pescadores españoles protegen una reserva.", "ESP"),
    ("es", "Los agricultores de Andalucía plantan setos.", "ESP"),
    ("es", "El cangrejo americano en los ríos de España.", "ESP"),
    ("es", "Comunidades del Perú protegen vicuñas.", "PER"),
    ("es", "La caballa española no vive en Guinea Ecuatorial, donde anidan tortugas.", "GNQ"),
    ("es", "Guayana Francesa protege tortugas.", "GUF"),
    ("es", "Las abejas de la Península Ibérica.", "ESP PRT"),
    ("es", "Un taller en la República Dominicana.", "DOM"),
    ("es", "En Yucatán las abejas meliponas vuelven.", "MEX"),
    ("es", "Las comunidades mapuche de la Araucanía restauran el bosque.", "CHL"),
    ("es", "Ganaderos uruguayos cuidan el campo natural.", "URY"),
    ("es", "En Galicia, las mariscadoras cierran playas.", "ESP"),
    ("es", "Cacao bajo sombra en Esmeraldas, Ecuador.", "ECU"),
    ("es", "La cooperación alemana financia viveros en Bolivia.", "BOL"),
    ("es", "Una cooperativa de Ayacucho conserva papas nativas.", "PER"),
    ("es", "Los arrecifes del Caribe.", "029"),
    ("es", "Jaguares en la Península de Yucatán.", "MEX"),
    ("es", "La Unión Europea paga a los agricultores.", "150"),
    ("de", "Hecken in Bayern werden gepflanzt.", "DEU"),
    ("de", "Moore auf Island werden vernässt.", "ISL"),
    ("de", "Schweizer Bauern pflanzen Hecken.", "CHE"),
    ("de", "Der japanische Staudenknöterich wird in Österreich entfernt.", "AUT"),
    ("de", "Der Leitfaden liegt auf Deutsch vor und wurde in Namibia erprobt.", "NAM"),
    ("de", "Wölfe kehren in die Karpaten zurück.", "CZE HUN POL ROU SRB SVK UKR"),
    ("de", "Im Allgäu werden Wiesen spät gemäht.", "DEU"),
    ("de", "Am Neusiedler See weiden Rinder.", "AUT"),
    ("de", "In Südtirol entstehen Trockenmauern.", "ITA"),
    ("de", "Die Bundesregierung fördert Moorschutz in Niedersachsen.", "DEU"),
    ("de", "Wale in der Nordsee.", "BEL DEU DNK GBR NLD NOR"),
    ("de", "In der Elfenbeinküste wird Kakao angebaut.", "CIV"),
    ("de", "Kantone in der Schweiz und das Land Vorarlberg.", "AUT CHE"),
    ("it", "Le Marche piantano siepi.", "ITA"),
    ("it", "Orsi in Abruzzo.", "ITA"),
    ("it", "Pescatori italiani liberano tartarughe.", "ITA"),
    ("it", "Le zone umide della Spagna.", "ESP"),
    ("it", "Lupi in Lombardia.", "ITA"),
    ("it", "In Sardegna i pescatori gestiscono la riserva.", "ITA"),
    ("it", "Nelle Alpi gli stambecchi.", "AUT CHE DEU FRA ITA LIE SVN"),
    ("it", "I pescatori tunisini usano reti nuove.", "TUN"),
    ("it", "Le tartarughe in Grecia e a Cipro.", "CYP GRC"),
    ("pt", "O peru é criado em Portugal.", "PRT"),
    ("pt", "Pescadores brasileiros contam o pirarucu.", "BRA"),
    ("pt", "Manguezais da Guiné-Bissau.", "GNB"),
    ("pt", "A castanha-do-pará é colhida na Bolívia.", "BOL"),
    ("pt", "Na Amazônia brasileira, ribeirinhos manejam o pirarucu.", "BRA"),
    ("pt", "As comunidades do Cabo Delgado plantam mangal.", "MOZ"),
    ("pt", "Os Açores restauram a laurissilva.", "PRT"),
    ("ar", "حماية الغابات في المغرب", "MAR"),
    ("ar", "المزارعون بالأردن يحافظون على المياه", "JOR"),
    ("ar", "في تونس والجزائر", "DZA TUN"),
    ("bg", "Птици в България.", "BGR"),
    ("bg", "Фермери в Гърция и Румъния.", "GRC ROU"),
    ("cs", "Zemědělci v Německu a Rakousku.", "AUT DEU"),
    ("el", "Χελώνες στην Ελλάδα.", "GRC"),
    ("el", "Δάση στην Κύπρο.", "CYP"),
    ("el", "Τουρκία και Βουλγαρία συνεργάζονται.", "BGR TUR"),
    ("el", "Στη Γαλλία και την Ιταλία.", "FRA ITA"),
    ("fi", "Soiden ennallistaminen Suomessa.", "FIN"),
    ("fi", "Viljelijät Ruotsissa ja Virossa.", "EST SWE"),
    ("hr", "Rode u Hrvatskoj.", "HRV"),
    ("hr", "Ribari u Sloveniji.", "SVN"),
    ("hr", "U Dalmaciji se obnavljaju suhozidi.", "HRV"),
    ("hr", "Na Jadranu žive dupini; ribari iz Italije.", "ITA"),
    ("hu", "Gólyák Magyarországon.", "HUN"),
    ("hu", "Gazdák Romániában.", "ROU"),
    ("ja", "日本の里山の保全", "JPN"),
    ("nl", "Boeren in Vlaanderen en Nederland.", "BEL NLD"),
    ("pl", "Łąki w Polsce są koszone później.", "POL"),
    ("pl", "Polscy rolnicy koszą łąki.", "POL"),
    ("pl", "Bociany w Hiszpanii.", "ESP"),
    ("pl", "Żubry w Białorusi i na Litwie.", "BLR LTU"),
    ("pl", "W Bieszczadach i na Podlasiu chroni się żubry.", "POL"),
    ("pl", "Na Ukrainie i w Niemczech.", "DEU UKR"),
    ("pl", "Rolnicy ze Słowacji i z Czech.", "CZE SVK"),
    ("pl", "Łososie wracają do Wisły w Polsce.", "POL"),
    ("ro", "Zimbri în România.", "ROU"),
    ("ro", "Berze în Ungaria.", "HUN"),
    ("ro", "Agricultorii din Franța și Germania.", "DEU FRA"),
    ("ro", "Ciobani din Munții Carpați.", "CZE HUN POL ROU SRB SVK UKR"),
    ("ru", "Сайгаки вернулись в Казахстан.", "KAZ"),
    ("ru", "Пастбища Кыргызстана.", "KGZ"),
    ("ru", "В Узбекистане сажают саксаул.", "UZB"),
    ("ru", "Аральское море обмелело.", "KAZ UZB"),
    ("ru", "Фермеры Таджикистана сажают деревья.", "TJK"),
    ("ru", "В Российской Федерации создан заповедник.", "RUS"),
    ("ru", "Украинские степи восстанавливают.", "UKR"),
    ("ru", "На Алтае и в Монголии живут барсы.", "MNG"),
    ("ru", "В Грузии и Армении.", "ARM GEO"),
    ("sl", "Medvedi v Sloveniji.", "SVN"),
    ("sq", "Pyjet në Shqipëri.", "ALB"),
    ("sq", "Në Maqedoninë e Veriut dhe Kosovë.", "MKD XKX"),
    ("sr", "Orlovi u Srbiji.", "SRB"),
    ("sr", "Орлови у Србији.", "SRB"),
    ("sr", "У Црној Гори и Хрватској.", "HRV MNE"),
    ("sv", "Våtmarker i Sverige.", "SWE"),
    ("sv", "Fiskare i Norge och Danmark.", "DNK NOR"),
    ("tr", "Türkiye'de göller korunuyor.", "TUR"),
    ("tr", "Gürcistan'da arıcılık.", "GEO"),
    ("tr", "Muğla'da deniz çayırları.", "TUR"),
    ("tr", "İspanya ve Yunanistan'da zeytinlikler.", "ESP GRC"),
    ("uk", "Степи України відновлюють.", "UKR"),
    ("uk", "Фермери Польщі та України.", "POL UKR"),
    ("uk", "У Карпатах живуть ведмеді.", "CZE HUN POL ROU SRB SVK UKR"),
    ("vi", "Rừng ngập mặn ở Việt Nam.", "VNM"),
    ("zh", "中国云南的森林保护", "CHN"),
    ("zh", "肯尼亚的大象保护", "KEN"),
    ("zh", "尼泊尔和印度的老虎", "IND NPL"),
)
VOCABULARIES = load_vocabularies(ROOT / "corpus" / "vocabularies")
GAZETTEER = load_gazetteer(TAGGING, VOCABULARIES)


def places(abstract="Nothing here.", language="en", gazetteer=GAZETTEER, **fields):
    record = make_record(**{"title": "Nature", "abstract": abstract, "language": language, **fields})
    return find_places(read(record), record, gazetteer)


def ids(*args, **fields):
    return " ".join(sorted(suggestion.concept for suggestion in places(*args, **fields)))


def at(lon, lat):
    return {"lon": lon, "lat": lat, "precision": "approximate"}


@pytest.fixture
def edited(tmp_path):
    """A gazetteer from a copy of the data with one text replaced in one file."""

    def edited(file, old, new):
        shutil.copytree(TAGGING / "places", tmp_path / "places")
        path = tmp_path / "places" / file
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new, 1), encoding="utf-8")
        return load_gazetteer(tmp_path, VOCABULARIES)

    return edited


@pytest.mark.parametrize(("language", "text", "expected"), CASES)
def test_the_place_of_a_sentence(language, text, expected):
    assert ids(text, language) == expected


def test_a_region_counts_only_where_no_country_is_clear():
    found = places("Farmers in Kenya and elsewhere in Africa plant trees.")
    assert [(s.vocabulary, s.concept) for s in found] == [("country", "KEN")]
    found = places("Farmers across Africa plant trees.")
    assert [(s.vocabulary, s.concept) for s in found] == [("region", "002")]


def test_a_long_list_of_countries_stays_countries():
    text = "Nurseries opened in Benin, Togo, Ghana, Mali, Niger, Chad, Senegal, Guinea, Gambia and Liberia in Africa."
    assert ids(text) == "BEN GHA GIN GMB LBR MLI NER SEN TCD TGO"


def test_a_list_in_the_body_counts_beside_the_country_of_the_title():
    text = "The method was then used in Peru, Chile, Bolivia and Ecuador."
    assert ids("Nets catch water.", title="Fog nets in Peru", text=text) == "BOL CHL ECU PER"


def test_the_country_of_the_title_outweighs_a_mention_in_the_body():
    text = "Nets catch water. People drink it. A similar net stands in Chile."
    assert ids("Nets catch water.", title="Fog nets in Peru", text=text) == "PER"


def test_the_place_is_read_with_the_most_weight():
    found = places("Reeds clean the water.", place="Lake Clara, Bavaria")
    assert [(s.concept, s.evidence.field, s.matched) for s in found] == [("DEU", "place", ("Bavaria",))]


@pytest.mark.parametrize(
    ("lon", "lat", "expected"),
    [
        ("36.8", "-1.3", "KEN"),
        ("-77", "-12", "PER"),
        ("44.8", "41.7", "GEO"),
        ("55.5", "-21.1", "REU"),
        ("-30", "30", ""),
    ],
)
def test_coordinates_give_the_country_where_words_do_not(lon, lat, expected):
    assert ids("Reeds clean the water.", point=at(lon, lat)) == expected


def test_words_win_over_coordinates():
    assert ids("Mangroves are planted in Senegal.", point=at("36.8", "-1.3")) == "SEN"


def test_coordinates_decide_between_places_of_the_same_name():
    assert ids("Pine savanna in Georgia.", point=at("-83.5", "32.5")) == "USA"
    assert ids("Pine savanna in Georgia.", point=at("44", "42")) == "GEO"


def test_the_best_comes_first():
    found = places("Farmers in Mali plant trees. The method came to villages in Niger as well.", title="Trees for Mali")
    assert found[0].concept == "MLI"
    assert [s.score for s in found] == sorted((s.score for s in found), reverse=True)
    assert all(0 < s.score < 1 for s in found)


def test_long_sentences_are_quoted_around_the_name():
    text = "Trees, " * 60 + "and shrubs grow in Kenya, " + "and herbs, " * 40 + "too."
    quote = places(text=text)[0].evidence.quote
    assert "Kenya" in quote
    assert len(quote) <= QUOTE


WORDS = sorted(
    {word for _, text, _ in CASES for word in text.split()} | {"St.", "—", "«", "’", "(", "𝔸", "US$", "U.S."}
)


@settings(max_examples=150, deadline=None)
@given(
    words=st.lists(st.sampled_from(WORDS) | st.text(max_size=5), min_size=1, max_size=60),
    language=st.sampled_from(sorted({language for language, _, _ in CASES})),
)
def test_evidence_is_the_records_own_words_and_the_same_every_time(words, language):
    record = msgspec.structs.replace(make_record(language=language), text=" ".join(words), place=words[0])
    found = find_places(read(record), record, GAZETTEER)
    assert found == find_places(read(record), record, GAZETTEER)
    for suggestion in found:
        assert suggestion.evidence.quote in getattr(record, suggestion.evidence.field)
        assert len(suggestion.evidence.quote) <= QUOTE
        assert all(word in suggestion.evidence.quote for word in suggestion.matched)
        assert suggestion.concept in VOCABULARIES[suggestion.vocabulary]


def test_a_name_added_to_the_data_is_found(edited):
    text = "Bees return to Zorbania."
    assert ids(text) == ""
    assert ids(text, gazetteer=edited("names.yaml", "  AFG: [", "  AFG: [Zorbania, ")) == "AFG"


def test_a_phrase_added_to_the_data_is_no_place(edited):
    text = "Kenya beans are sown."
    assert ids(text) == "KEN"
    assert ids(text, gazetteer=edited("words.yaml", "- [guinea pig,", "- [Kenya beans, guinea pig,")) == ""


@pytest.mark.parametrize(
    ("file", "old", "new", "message"),
    [
        ("names.yaml", "  AFG: [", "  AFX: [", "places/names.yaml: AFX: no country"),
        ("adjectives.yaml", "AFG: {", "AFX: {", "places/adjectives.yaml: AFX: no country"),
        ("features.yaml", "[AUT, CHE,", "[AUX, CHE,", "places/features.yaml: Alps: no country 'AUX'"),
        ("features.yaml", "region: '150'", "region: '999'", "places/features.yaml: Alps: no region '999'"),
        ("regions.yaml", "'002':", "'902':", "places/regions.yaml: 902: no region"),
        ("words.yaml", "reach: 6", "reach: far", "places/words.yaml: reach: Expected `int`"),
        ("words.yaml", "reach: 6", "stretch: 4", "places/words.yaml: .*stretch"),
    ],
)
def test_mistakes_in_the_data_are_named(edited, file, old, new, message):
    with pytest.raises(InvalidRecord, match=message):
        edited(file, old, new)
