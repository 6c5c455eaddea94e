"""Company names reduced to what can be compared: whole names, and their distinctive words."""

import re
import unicodedata
from functools import lru_cache

MAX_NAME = 400

_FORMS = {"co": "company", "ltd": "limited", "corp": "corporation", "inc": "incorporated"}
_COMMON_WORDS = """
    company limited corporation incorporated llc plc gmbh ag pte pty group holding holdings
    investment technology technologies information digital network electronic electronics
    communication communications international science industry industrial development equipment
    system systems intelligent intelligence the and of a
    hangzhou zhejiang beijing shanghai shenzhen suzhou xiamen tianjin chengdu guangzhou nanjing
    china hong kong
"""
_COMMON = frozenset(_COMMON_WORDS.split())
_GLUED = re.compile(r"\.(?=[A-Z][a-z])")
_SILENT = re.compile(r"[.'`\u00b4\u2019]")
_BETWEEN = re.compile(r"[\W_]+")
_CHINESE = re.compile(r"[\u4e00-\u9fff]")
_CHINESE_FORM = re.compile(r"(?:股份)?有限(?:责任)?公司|集团|公司")
_SCRIPTS_MEET = re.compile(r"(?<=[\u4e00-\u9fff])(?=[a-z0-9])|(?<=[a-z0-9])(?=[\u4e00-\u9fff])")


@lru_cache(maxsize=4096)
def normalised(name: str) -> str:
    """Lower case, no accents or punctuation, legal forms written out, words one blank apart."""
    text = unicodedata.normalize("NFKC", name[:MAX_NAME])
    text = _SILENT.sub("", _GLUED.sub(" ", text).replace("&", " and "))
    text = text.casefold()
    if not text.isascii():
        text = _SCRIPTS_MEET.sub(" ", _without_accents(text))
    words = _BETWEEN.sub(" ", text).split()
    return " ".join([_FORMS.get(word, word) for word in words])


def _without_accents(text: str) -> str:
    letters = [c for c in unicodedata.normalize("NFD", text) if not unicodedata.combining(c)]
    return unicodedata.normalize("NFC", "".join(letters))


@lru_cache(maxsize=4096)
def core(name: str) -> tuple[str, ...]:
    """The distinctive words: without legal forms, words of the trade and places; all if none."""
    words = normalised(name).split()
    if is_chinese(name):
        words = [w for w in (_CHINESE_FORM.sub("", word) for word in words) if w]
    return tuple(word for word in words if word not in _COMMON) or tuple(words)


def is_chinese(name: str) -> bool:
    """Has the name a Chinese character?"""
    return bool(_CHINESE.search(name))
