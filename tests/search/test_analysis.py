"""Text into tokens: the same for documents and queries."""

import pytest

from search import analysis, stemming, units
from search.lexical import concepts


@pytest.mark.parametrize(
    ("one", "many"),
    [
        ("battery", "batteries"), ("accessory", "accessories"), ("cookie", "cookies"), ("selfie", "selfies"), ("tie", "ties"), ("die", "dies"),
        ("box", "boxes"), ("switch", "switches"), ("brush", "brushes"), ("glass", "glasses"), ("headphone", "headphones"), ("lathe", "lathes"),
        ("size", "sizes"), ("hose", "hoses"), ("fuse", "fuses"), ("microfuse", "microfuses"), ("case", "cases"), ("house", "houses"),
        ("lens", "lenses"), ("bus", "buses"), ("gas", "gases"), ("virus", "viruses"), ("campus", "campuses"), ("quartz", "quartzes"),
        ("shelf", "shelves"), ("bookshelf", "bookshelves"), ("knife", "knives"), ("valve", "valves"), ("glove", "gloves"), ("sleeve", "sleeves"),
        ("tomato", "tomatoes"), ("torpedo", "torpedoes"), ("shoe", "shoes"), ("overshoe", "overshoes"), ("video", "videos"),
        ("matrix", "matrices"), ("axis", "axes"), ("mouse", "mice"), ("foot", "feet"), ("woman", "women"), ("antenna", "antennae"),
        ("cpu", "cpus"), ("tv", "tvs"), ("menu", "menus"), ("key", "keys"),
    ],
)  # fmt: skip
def test_both_numbers_of_a_word_are_read_alike(one: str, many: str) -> None:
    stem = stemming.stem(one)

    assert stemming.stem(many) == stemming.stem(stem) == stem


@pytest.mark.parametrize(
    "word",
    [
        "series",
        "glass",
        "bus",
        "axis",
        "lens",
        "focus",
        "stylus",
        "stainless",
        "chassis",
        "plus",
        "gps",
        "ups",
        "sas",
        "abs",
        "pcie",
        "m8s",
    ],
)
def test_what_is_no_plural_stays(word: str) -> None:
    assert stemming.stem(word) == word


@pytest.mark.parametrize(
    ("left", "right"), [("shelf", "shell"), ("leaf", "leave"), ("shoe", "show"), ("cloth", "clothes"), ("bus", "bushes"), ("up", "ups")]
)
def test_words_that_only_look_alike_stay_apart(left: str, right: str) -> None:
    assert stemming.stem(left) != stemming.stem(right)


@pytest.mark.parametrize(("written", "stem"), [("2,5", "2.5"), ("1,000", "1000")])
def test_numbers_get_one_writing(written: str, stem: str) -> None:
    assert stemming.stem(written) == stem


def test_words_that_rules_name_are_stems() -> None:
    sets = (analysis.ACCESSORIES, analysis.COLOURS, analysis.NO_NOUNS, concepts.SCREENED, concepts.STORING, concepts.IN_SHEETS)

    assert [word for words in sets for word in words if stemming.stem(word) != word] == []


def test_words_lose_case_and_accents_and_keep_decimals() -> None:
    plain, han = analysis.words("Łożysko Ø 2,5 mm² – Écrou, sjøvann")

    assert plain == ("lozysko", "o", "2.5", "mm2", "ecrou", "sjovann")
    assert han == ()


def test_han_text_becomes_pairs() -> None:
    plain, han = analysis.words("不锈钢球阀 DN 15")

    assert han == ("不锈", "锈钢", "钢球", "球阀")
    assert plain == ("dn", "15")


@pytest.mark.parametrize(
    ("title", "brand", "heads"),
    [
        ("Kensington Sleeve for 15-inch notebook", "Kensington", ("sleeve",)),
        ("BEARING, DEEP GROOVE BALL, 6208-2RS", "", ("bearing",)),
        ("2-piece ball valve, stainless 316", "", ("valve",)),
        ("Canon F52REG 52mm filter black", "Canon", ("filter",)),
        ("Hex bolt ISO 4017 M8", "", ("bolt",)),
        ("1 pc(s)", "", ()),
        ("Handheld vacuum Bagless White", "", ("vacuum",)),
        ("Network switch PoE", "", ("switch",)),
        ("ThinkPad X60 Tablet 8 cell Li-Ion battery", "", ("battery",)),
        ("Phaser 5500/5550 drum cartridge", "", ("cartridge",)),
        ("HP CE506A printer kit Printer fuser kit", "HP", ("fuser",)),
        ("Brother QL-500 label printer", "Brother", ("printer",)),
        ("HP FB019AA screen protector Mobile phone/Smartphone 1 pc(s)", "HP", ("protector",)),
        ("C2G 80399 HDMI cable HDMI Type A Blue", "C2G", ("cable",)),
        ("Patch cable 5 m - 5 m patch cord", "", ("cable", "cord")),
        ("Notebook 14 16 GB memory", "", ("notebook", "memory")),
        ("C2G 3m USB A Male to A Female Extension Cable", "C2G", ("cable",)),
        ("Black and white laser printer", "", ("printer",)),
        ("Black on White - 12mm label-making tape", "", ("tape",)),
        ("E320, E322 High Yield Print Cartridge (6K)", "", ("cartridge",)),
        ("HDMI cable to DVI", "", ("cable",)),
        ("DELL PowerEdge T440 server Intel Xeon Silver 2.2 GHz", "DELL", ("poweredge", "server", "xeon")),
        ("HP Q7456A print head Inkjet", "HP", ("head", "inkjet")),
        ("Łożysko kulkowe / ball bearing SKF", "", ("kulkowe", "bearing", "skf")),
        ("HP ProBook 4320s 3rd gen Intel", "HP", ("probook", "intel")),
        ("Video Extender over Cat 5", "", ("extender",)),
    ],
)
def test_the_head_of_a_title_says_what_it_sells(title: str, brand: str, heads: tuple[str, ...]) -> None:
    assert analysis.heads(title, brand) == heads


@pytest.mark.parametrize(
    ("name", "of_all"),
    [
        ("USB, serial and data cables", "data cables"), ("Drums, fusers and printer parts", "drums fusers printer parts"),
        ("Nuts, bolts, and small parts", "nuts bolts small parts"), (", and / small parts", ", and / small parts"), ("Hex bolts and screws", "Hex bolts and screws"),
        ("Toner cartridges", "Toner cartridges"), ("", ""), ("USB、串口与数据线缆", "串口与数据线缆"), ("KVM 切换器", "KVM 切换器"), ("USB、SATA", ""),
    ],
)  # fmt: skip
def test_a_word_that_says_which_goods_of_a_category_are_meant_is_none_of_all(name: str, of_all: str) -> None:
    assert analysis.of_every_kind(name) == of_all


def test_a_code_is_its_letters_and_digits() -> None:
    assert analysis.code("QZ-4017/M8 X 40.A2") == "qz4017m8x40a2"
    assert analysis.code("Velocity™ HDMI® 5m") == "velocityhdmi5m"
    assert analysis.words("Core™2 Duo, Straße, Øre")[0] == ("core", "2", "duo", "strasse", "ore")
    assert analysis.code_forms("0883585411689") == ("0883585411689", "883585411689")
    assert analysis.codes_in("Drum for HP LaserJet CE-310A (black)") == ["ce310a"]


@pytest.mark.parametrize(
    ("written", "tokens"),
    [
        ("1/2 in", ("12.7mm", "dn15")), ("12.7mm", ("12.7mm",)), ("12,7 mm", ("12.7mm",)), ("1 1/2 in", ("38.1mm", "dn40")),
        ("1-1/4 in", ("31.75mm", "dn32")), ("M8 × 40 mm", ("m8x40", "8x40")), ("m8*40", ("m8x40", "8x40")), ("8x40", ("8x40",)),
        ("2,5 mm²", ("2.5mm2",)), ("2.5平方", ("2.5mm2",)), ("14 AWG", ("2.5mm2", "2.081mm2")), ("400*300*250", ("400x300x250",)),
        ("40x30x25 cm", ("400x300x250",)), ("4×0.75 mm²", ("4x0.75",)), ("G 1/2", ("dn15",)), ("四分", ("dn15",)), ("DN 40", ("dn40",)),
        ("0.7 A", ("700ma",)), ("700 mA", ("700ma",)), ("1,000 V", ("1000v",)), ("25-40 mm", ("25-40mm",)), ("25–40mm", ("25-40mm",)), ("23 micron", ("0.023mm",)),
        ("5 m", ("5000mm",)), ("2 metres", ("2000mm",)), ("3 inches", ("76.2mm", "dn80")), ("500 millimetres", ("500mm",)), ("5 litres", ("5000ml",)),
        ("32GB", ("32000mb", "32768mb")), ("1 TB", ("1000000mb", "1048576mb")), ("1024 MB", ("1024mb",)), ("2,4 GHz", ("2400000000hz",)),
        ("3 in", ("76.2mm", "dn80")), ("600 x 600 dpi", ("600x600dpi",)), ("3000 ANSI lumens", ("3000lm",)), ("M8x40 - 8.8", ("m8x40", "8x40")),
        ("144hz", ("144hz",)), ("105 °C", ("105degc",)), ("105℃", ("105degc",)), ("105º C", ("105degc",)), ("105 degrees Celsius", ("105degc",)),
        ("105摄氏度", ("105degc",)), ("-20°C", ("-20degc",)), ("oven - 200 °C", ("200degc",)), ("PVC-70 °C", ("70degc",)), ("0–45 °C", ("0-45degc",)), ("1-2 TB", ("1000000-2000000mb",)),
    ],
)  # fmt: skip
def test_a_measure_in_any_writing_is_one_token(written: str, tokens: tuple[str, ...]) -> None:
    assert [measure.tokens for measure in units.measures(units.plain(written))] == [tokens]


@pytest.mark.parametrize(
    "text",
    [
        "5g2.5",
        "H07V-K 2.5 blue",
        "din 933",
        "6204-2RS",
        "205-2RS",
        "10-5A",
        "3 pcs",
        "pack of 10",
        "ps4",
        "GB/T 5783",
        "M10x10-20",
        "moto g8",
    ],
)
def test_what_is_no_measure_is_left_alone(text: str) -> None:
    assert units.measures(units.plain(text)) == []


def test_a_word_behind_a_size_is_not_swallowed() -> None:
    measure = units.measures(units.plain("m8x40 marine"))[0]

    assert (measure.start, measure.end) == (0, 6)


def test_the_thread_of_a_pipe_stays_a_word() -> None:
    text = units.plain("ball valve 1/2 npt stainless")
    measure = units.measures(text)[0]

    assert text[measure.start : measure.end].strip() == "1/2"
    assert measure.tokens == ("dn15",)


@pytest.mark.parametrize(
    ("written", "number"), [("2,5", 2.5), ("1,000", 1000), ("0,005", 0.005), ("1 1/2", 1.5), ("3/8", 0.375), ("5/0", 5)]
)
def test_numbers_are_read_as_the_trade_writes_them(written: str, number: float) -> None:
    assert units.number(written) == number


@pytest.mark.parametrize(
    ("written", "numbers"),
    [
        ("1,000", (1000,)), ("1.000", (1000, 1)), ("12,500", (12500,)), ("1.250", (1250, 1.25)), ("1,125", (1125, 1.125)),
        ("1.125", (1.125, 1125)), ("0.125", (0.125,)), ("0,500", (0.5,)), ("1.00", (1,)), ("1.0000", (1,)), ("1234,567", (1234.567,)),
    ],
)  # fmt: skip
def test_three_figures_behind_one_sign_can_be_two_numbers(written: str, numbers: tuple[float, ...]) -> None:
    assert units.readings(written) == numbers


@pytest.mark.parametrize("text", ["1.200 x 800 mm", "1,200 × 800", "1200x800mm"])
def test_a_series_in_either_writing_of_thousands_is_the_same(text: str) -> None:
    assert units.measures(units.plain(text))[0].tokens[0] == "1200x800"


@pytest.mark.parametrize(
    ("title", "heads"),
    [
        ("JVC GC-FM1 Handheld camcorder purple full HD", ("camcorder",)),
        ("Photosmart digital camera black sport case", ("case",)),
        ("Soft case f all camcorders", ("case",)),
        ("Hard drive enclosure w/ fan", ("enclosure",)),
        ("ARCTIC F9 Pro", ("arctic",)),
    ],
)
def test_what_stands_behind_a_colour_or_a_little_word_is_no_head(title: str, heads: tuple[str, ...]) -> None:
    assert analysis.heads(title, "JVC" if title.startswith("JVC") else "") == heads


def test_a_kind_that_is_said_on_purpose_is_a_head() -> None:
    assert analysis.kind_heads("PC") == ["pc"]
    assert analysis.kind_heads("All-in-one PC/workstation") == ["one", "workstation"]


@pytest.mark.parametrize(
    ("kind", "heads"),
    [
        ("Server/Workstation Board", ["board"]),
        ("HDD/SSD enclosure", ["enclosure"]),
        ("Salt & pepper grinder set", ["grinder"]),
        ("Printer/scanner", ["printer", "scanner"]),
        ("Spares and accessories", ["spare", "accessory"]),
        ("Wall clock/alarm clock", ["clock", "clock"]),
    ],
)
def test_single_words_before_several_share_the_noun_of_these(kind: str, heads: list[str]) -> None:
    assert analysis.kind_heads(kind) == heads


@pytest.mark.parametrize(
    ("title", "brand", "head"),
    [
        ("Samsung RS68N8240B1 side-by-side refrigerator Freestanding Black 617 L A+", "Samsung", "refrigerator"),
        ("Indesit WIA 101 washing machine Front-load White 5 kg A", "Indesit", "machine"),
        ("Epson T0442 ink cartridge Original Cyan 1 pc(s)", "Epson", "cartridge"),
        ("CHERRY G80-3000 keyboard USB QWERTZ German Black", "CHERRY", "keyboard"),
        ("Equip Cat.6 cable U/FTP 5 m Unshielded", "Equip", "cable"),
    ],
)
def test_what_a_thing_is_like_takes_no_head_from_it(title: str, brand: str, head: str) -> None:
    assert head in analysis.heads(title, brand)


def test_a_range_asks_for_every_size_within() -> None:
    (measure,) = units.measures("cable 2-3 m")

    assert {"2000mm", "2500mm", "3000mm"} <= set(measure.between)
    assert "2133.6mm" in measure.between, "7 ft"
    assert not {"3100mm", "1981.2mm", "3048mm"} & set(measure.between)
    assert not units.measures("2-3")[0].between


@pytest.mark.parametrize(
    ("noun", "title", "heads"),
    [
        ("memory", "HX432 memory module 32 GB", True),
        ("keyboard", "Keyboard USB black", True),
        ("keyboard", "Keyboard cover", False),
        ("camera", "Camera lens filter", False),
        ("notebook", "Sleeve for notebook", False),
    ],
)
def test_the_noun_of_a_category_is_the_thing_unless_something_is_sold_for_it(noun: str, title: str, heads: bool) -> None:
    assert analysis.heads_title(noun, analysis.words(title)[0]) is heads


@pytest.mark.parametrize(
    ("category", "title", "nouns"),
    [
        ("Smartphones", "Galaxy A21s 4G Black", ["smartphone"]),  # the category alone knows it
        ("Smartphones", "Edge Plus smartphone 17 cm Single SIM", ["smartphone"]),
        ("Smartphones", "For iPhone 3G SlimShell", []),  # what it is for
        ("Smartphones", "Holder (iPhone / iPod) Black", []),  # an accessory
        ("Smartphones", "screen protector Mobile phone/Smartphone", []),
        ("Cables", "Patch lead for switches, 3 m", ["cable"]),  # an accessory itself
        ("Keyboards and mice", "K120 USB Black", []),  # either of two
        ("Keyboards and mice", "K120 keyboard USB Black", ["keyboard"]),
    ],
)
def test_a_category_says_what_a_title_sells_where_no_accessory_is_said(category: str, title: str, nouns: list[str]) -> None:
    words, _ = analysis.words(title)

    assert analysis.sorted_as(analysis.category_heads(category), words, analysis.heads(title)) == nouns
