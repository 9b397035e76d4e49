"""What the columns of a stranger's file mean: guessed from their names in three languages, and applied to its rows (pure)."""

import hashlib
import json
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from marketplace.catalogue.attributes import Definition
from marketplace.catalogue.importing.cells import ATTRIBUTE, UNIT_SUFFIX
from marketplace.catalogue.importing.columns import COLUMNS, NUMBERS
from marketplace.catalogue.importing.export_rows import unquoted
from marketplace.catalogue.models import AttributeKind
from marketplace.core.i18n import lazy

LABELS: dict[str, str] = {
    "sku": lazy("SKU"),
    "product": lazy("Product (rows of one product say the same)"),
    "title_en": lazy("Title in English"),
    "title_zh": lazy("Title in Chinese"),
    "category": lazy("Category"),
    "description_en": lazy("Description in English"),
    "description_zh": lazy("Description in Chinese"),
    "keywords": lazy("Keywords"),
    "label": lazy("Name of the variant"),
    "brand": lazy("Brand"),
    "mpn": lazy("MPN"),
    "gtin": lazy("GTIN"),
    "codes": lazy("Further codes"),
    "unit": lazy("Unit"),
    "price": lazy("Price"),
    "tiers": lazy("Prices by quantity"),
    "price_per": lazy("Price is for"),
    "currency": lazy("Currency"),
    "minimum": lazy("Minimum order"),
    "increment": lazy("Step"),
    "maximum": lazy("Maximum order"),
    "pack": lazy("Pack"),
    "pack_quantity": lazy("Quantity in a pack"),
    "supply": lazy("Supply"),
    "lead_time": lazy("Lead time"),
    "capacity_month": lazy("Capacity a month"),
    "stock": lazy("Stock"),
    "weight_g": lazy("Weight in g"),
    "dims_mm": lazy("Length × width × height in mm"),
    "origin": lazy("Country of origin"),
    "hs_code": lazy("HS code"),
    "lifecycle": lazy("Lifecycle"),
    "last_time_buy_on": lazy("Last day to order"),
    "back_order_on": lazy("Back-order from"),
    "sample_price": lazy("Price of a sample"),
    "sample_credited": lazy("Sample is credited"),
    "substitutes": lazy("Substitutes"),
    "mix_group": lazy("Mix group"),
    "parts": lazy("Parts of the kit"),
    "visibility": lazy("Who sees it"),
    "drawing": lazy("Drawing"),
    "videos": lazy("Videos"),
    "attributes": lazy("Attributes as JSON"),
    "variant_attributes": lazy("Attributes of the variant as JSON"),
}
"""Column → what people call it; those that may be chosen, in the order of the list."""
SYNONYMS: dict[str, str] = {
    "sku": "article number|article no|item number|item no|part number|product number|stock keeping unit|artikelnummer|artikelnr"
    "|artikel nr|art nr|bestellnummer|sachnummer|货号|料号|编号|商品编号|商品编码|产品编号|物料编码",
    "product": "product code|parent|parent sku|family|group|produkt|artikelgruppe|商品组|主商品",
    "title_en": "title|name|product name|item name|designation|titel|bezeichnung|artikelbezeichnung|produktname|english title|英文名称"
    "|英文标题",
    "title_zh": "chinese title|title chinese|name zh|标题|名称|品名|产品名称|商品名称|中文名称|中文标题",
    "category": "product category|kategorie|warengruppe|produktkategorie|类别|分类|品类|产品类别",
    "description_en": "description|long description|beschreibung|langtext|produktbeschreibung|英文描述",
    "description_zh": "chinese description|description chinese|描述|说明|产品描述|中文描述",
    "keywords": "tags|search terms|stichworte|schlagworte|suchbegriffe|关键词|关键字",
    "label": "variant|variant name|variante|规格|型号规格",
    "brand": "manufacturer|make|marke|hersteller|品牌|制造商|厂商",
    "mpn": "manufacturer part number|manufacturer number|herstellernummer|hersteller nr|herstellerartikelnummer|型号|制造商料号",
    "gtin": "ean|barcode|upc|ean code|gtin ean|ean nummer|条码|条形码",
    "codes": "other codes|further codes|alternative numbers|weitere nummern|其他编号",
    "unit": "uom|unit of measure|einheit|mengeneinheit|me|单位|计量单位",
    "price": "unit price|net price|list price|preis|stückpreis|einzelpreis|nettopreis|vk preis|价格|单价|售价",
    "tiers": "price tiers|tier prices|volume prices|prices by quantity|staffelpreise|staffeln|preisstaffel|阶梯价|阶梯价格",
    "price_per": "price unit|price for|preis pro|preiseinheit|pe|价格单位",
    "currency": "währung|币种|货币",
    "minimum": "moq|minimum order|minimum order quantity|min qty|minimum quantity|mindestmenge|mindestbestellmenge|最小起订量|起订量",
    "increment": "step|multiple|order multiple|schrittweite|bestellschritt|staffelung|步长|递增量",
    "maximum": "maximum order|max qty|höchstmenge|maximalmenge|最大订购量",
    "pack": "packaging|verpackung|verpackungsart|包装",
    "pack_quantity": "pack size|pack qty|quantity per pack|verpackungseinheit|vpe|packungsgröße|包装数量|每包数量",
    "supply": "availability type|beschaffung|供应方式",
    "lead_time": "lead time days|delivery time|lieferzeit|lieferzeit tage|wiederbeschaffungszeit|交期|交货期|交货时间",
    "capacity_month": "capacity|monthly capacity|kapazität|monatskapazität|月产能|产能",
    "stock": "quantity|qty|on hand|inventory|stock quantity|bestand|lagerbestand|verfügbar|库存|库存数量|现货",
    "weight_g": "weight|weight grams|gewicht|gewicht g|重量|单重",
    "dims_mm": "dimensions|size mm|abmessungen|maße|尺寸",
    "origin": "country of origin|made in|ursprungsland|herkunftsland|ursprung|原产国|原产地|产地",
    "hs_code": "hs|customs number|tariff code|commodity code|zolltarifnummer|warennummer|海关编码|hs编码",
    "lifecycle": "life cycle|status|lebenszyklus|生命周期",
    "last_time_buy_on": "last time buy|last order date|letzte bestellung|最后订购日",
    "back_order_on": "back order|available from|lieferbar ab|预计到货",
    "sample_price": "price of sample|musterpreis|样品价|样品价格",
    "sample_credited": "sample credited|muster wird angerechnet|样品费可抵扣",
    "substitutes": "alternatives|replacements|ersatzartikel|alternativen|替代品|替代料",
    "mix_group": "mixable with|mischgruppe|混批组",
    "parts": "kit parts|bill of materials|bom|stückliste|bestandteile|套件组成|组成",
    "visibility": "visible to|sichtbarkeit|可见范围",
    "videos": "video|video links|视频",
}
LEFT = frozenset({"line", "reason", "zeile", "grund", "行", "行号", "原因"})
"""Columns of an error file that is sent again: they say nothing about the product."""
LOOKED_AT = 50
"""Rows of a file from which its columns are guessed."""
SAMPLES = 3
SAMPLE_LENGTH = 60
_BRACKETS = re.compile(r"[(\[（【].*?[)\]）】]")


@dataclass(frozen=True, slots=True)
class ColumnMapping:
    """What each column of a file is: head → column, "" is left out. `decimal` is the sign before the decimals."""

    columns: Mapping[str, str]
    decimal: str = "."
    encoding: str = "utf-8"
    category: str = ""
    """Address of the category of new products whose rows name none"""

    def stored(self) -> dict[str, Any]:
        """As it is kept in the database."""
        return {"columns": dict(self.columns), "decimal": self.decimal, "encoding": self.encoding, "category": self.category}


def mapping_of(stored: Mapping[str, Any]) -> ColumnMapping:
    """A mapping that was kept."""
    return ColumnMapping(stored["columns"], stored["decimal"], stored["encoding"], stored.get("category", ""))


def plain(head: str) -> str:
    """A heading without case, punctuation and width: `Artikel-Nr.` is `artikel nr`."""
    text = unicodedata.normalize("NFKC", head).casefold()
    return " ".join(re.sub(r"[\W_]+", " ", text).split())


_KNOWN = {plain(word): column for column, words in SYNONYMS.items() for word in words.split("|")}
_KNOWN |= {plain(column): column for column in COLUMNS} | {"title": "title_en", "description": "description_en"}


def names_sku(cells: Iterable[str]) -> bool:
    """Whether one of the cells is a name of the SKU's column."""
    return any(_KNOWN.get(plain(cell)) == "sku" for cell in cells)


def fingerprint(heads: Iterable[str]) -> str:
    """By which a file with the same heading is known again, in whatever order its columns stand."""
    return hashlib.sha256("\n".join(sorted(name for head in heads if (name := plain(head)) not in LEFT)).encode()).hexdigest()


def guess(heads: Sequence[str], definitions: Iterable[Definition]) -> dict[str, str]:
    """Head → column, "" where nothing fits; a column is given once, to the head that names it best."""
    all_heads = heads
    attributes = _attribute_names(definitions)
    heads = [head for head in heads if plain(head) not in LEFT]
    found: dict[str, str] = {}
    for reader in (_exact, lambda head: _KNOWN.get(plain(head)), lambda head: _KNOWN.get(plain(_BRACKETS.sub("", head)))):
        _give(heads, found, reader)
    _give(heads, found, lambda head: _attribute(head, attributes))
    return {head: found.get(head, "") for head in all_heads}


def _give(heads: Sequence[str], found: dict[str, str], reader: Any) -> None:
    for head in heads:
        column = reader(head)
        if head not in found and column and column not in found.values():
            found[head] = column


def _exact(head: str) -> str | None:
    name = head.strip().casefold()
    if name in COLUMNS or name.startswith(ATTRIBUTE):
        return {"title": "title_en", "description": "description_en"}.get(name, name)
    return None


def samples(heads: Iterable[str], rows: Sequence[Mapping[str, Any]]) -> dict[str, list[str]]:
    """Head → its first values as short texts, each once."""
    found: dict[str, list[str]] = {}
    for head in heads:
        values = [row.get(head) for row in rows]
        words = [json.dumps(v, ensure_ascii=False) if isinstance(v, (dict, list)) else str(v).strip() for v in values if v is not None]
        found[head] = list(dict.fromkeys(word[:SAMPLE_LENGTH] for word in words if word))[:SAMPLES]
    return found


def _attribute_names(definitions: Iterable[Definition]) -> dict[str, Definition]:
    names: dict[str, Definition] = {}
    for definition in definitions:
        for word in (definition.code, *definition.name.values()):
            names.setdefault(plain(word), definition)
    return names


def _attribute(head: str, names: Mapping[str, Definition]) -> str | None:
    definition = names.get(plain(head)) or names.get(plain(_BRACKETS.sub("", head)))
    if definition is None:
        return None
    unit = _BRACKETS.search(head)
    # `Length (in)` is no length in millimetres: the vendor has to say what to do with it.
    if unit and definition.kind is AttributeKind.NUMBER and unit.group()[1:-1].strip() != (definition.unit or ""):
        return None
    return ATTRIBUTE + definition.code


def guess_decimal(columns: Mapping[str, str], samples: Mapping[str, Sequence[Any]]) -> str:
    """Whether the numbers of a file have a decimal comma: some are written with one, and none with a point that must be one."""
    cells = [str(cell).strip() for head, column in columns.items() if column in NUMBERS for cell in samples.get(head, ())]
    commas = sum(bool(re.search(r"\d,(\d{1,2}|\d{4,})(\D|$)", cell)) for cell in cells)
    points = sum(bool(re.search(r"\d\.(\d{1,2}|\d{4,})(\D|$)", cell)) for cell in cells)
    return "," if commas > points else "."


@dataclass(slots=True)
class Applier:
    """Rows of a file as rows of `columns.py`."""

    mapping: ColumnMapping
    definitions: Mapping[str, Definition]
    is_text: bool
    """Cells are text, as in CSV and XLSX: an apostrophe before a formula goes, and a decimal comma may stand in them."""

    def apply(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """The row by columns; a head that the mapping does not know keeps its name, and is refused by it."""
        row: dict[str, Any] = {}
        for head, value in values.items():
            column = self.mapping.columns.get(head, head)
            if not column:
                continue
            if self.is_text and isinstance(value, str):
                value = unquoted(value)
                if self.mapping.decimal == "," and self._is_number(column):
                    value = decimal_point(value)
            row[column] = value
        return row

    def _is_number(self, column: str) -> bool:
        if column in NUMBERS:
            return True
        code = column.removeprefix(ATTRIBUTE)
        if code == column or column.endswith(UNIT_SUFFIX):
            return False
        definition = self.definitions.get(code)
        return definition is not None and definition.kind is AttributeKind.NUMBER


def decimal_point(cell: str) -> str:
    """`1.250,50` as `1250.50`, also inside of tiers; a cell in JSON stays as it is."""
    if cell.lstrip()[:1] in ("[", "{"):
        return cell
    return re.sub(r"(?<=\d)[.\u00a0\u202f' ](?=\d{3}(?!\d))", "", cell).replace(",", ".")
