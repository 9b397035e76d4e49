"""What people may send: the application, the shop and its shipping, certificates, the verifier's findings and decisions."""

from vendors.schemas.application import KIND_WORDS, ApplicationInput
from vendors.schemas.certificates import CertificateInput
from vendors.schemas.desk import (
    AnswerInput,
    AppealInput,
    AssignInput,
    EntryInput,
    ExaminationInput,
    FindingsInput,
    KeyInput,
    LevelInput,
    ReadingInput,
    ReasonInput,
)
from vendors.schemas.fact_changes import CHANGE_LINES, ChangeCheckInput, ChangeInput
from vendors.schemas.shipping import BANDS, INCOTERMS, ShippingInput, ZoneRow
from vendors.schemas.shop import RETURN_WORDS, CapabilitiesInput, HolidayInput, NoteInput, ShopInput
from vendors.schemas.takedowns import SKUsInput, TakeDownInput, TakeDownManyInput

__all__ = [
    "BANDS",
    "CHANGE_LINES",
    "INCOTERMS",
    "KIND_WORDS",
    "RETURN_WORDS",
    "AnswerInput",
    "AppealInput",
    "ApplicationInput",
    "AssignInput",
    "CapabilitiesInput",
    "CertificateInput",
    "ChangeCheckInput",
    "ChangeInput",
    "EntryInput",
    "ExaminationInput",
    "FindingsInput",
    "HolidayInput",
    "KeyInput",
    "LevelInput",
    "NoteInput",
    "ReadingInput",
    "ReasonInput",
    "SKUsInput",
    "ShippingInput",
    "ShopInput",
    "TakeDownInput",
    "TakeDownManyInput",
    "ZoneRow",
]
