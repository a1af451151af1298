"""How is a Ukrainian name written for a bank that knows only basic Latin letters? By one fixed, published table.

Resolution No. 55 of the Cabinet of Ministers of Ukraine of 27 January 2010, "On normalisation of transliteration of
the Ukrainian alphabet by means of the Latin alphabet": the one in Ukrainian passports, so a payee's bank compares
like with like. The original is kept elsewhere; this is only what goes into the message.

What a message may contain is the basic Latin set of the EPC guidelines (EPC217-08).
"""

from __future__ import annotations

import re
import unicodedata

# letter -> (at the start of a word, elsewhere)
TABLE: dict[str, tuple[str, str]] = {
    "а": ("a", "a"), "б": ("b", "b"), "в": ("v", "v"), "г": ("h", "h"), "ґ": ("g", "g"), "д": ("d", "d"),
    "е": ("e", "e"), "є": ("ye", "ie"), "ж": ("zh", "zh"), "з": ("z", "z"), "и": ("y", "y"), "і": ("i", "i"),
    "ї": ("yi", "i"), "й": ("y", "i"), "к": ("k", "k"), "л": ("l", "l"), "м": ("m", "m"), "н": ("n", "n"),
    "о": ("o", "o"), "п": ("p", "p"), "р": ("r", "r"), "с": ("s", "s"), "т": ("t", "t"), "у": ("u", "u"),
    "ф": ("f", "f"), "х": ("kh", "kh"), "ц": ("ts", "ts"), "ч": ("ch", "ch"), "ш": ("sh", "sh"),
    "щ": ("shch", "shch"), "ь": ("", ""), "ю": ("yu", "iu"), "я": ("ya", "ia"),
}  # fmt: skip
# Note 1 of the resolution: зг is zgh, so that it is not read as zh. Note 2: the apostrophe is not written.
ZGH = "зг"
APOSTROPHES = "'’ʼ`"
WORD = re.compile(r"[^\W\d_]+(?:['’ʼ`][^\W\d_]+)*")

# Latin letters that Unicode does not take apart, as the EPC's table writes them.
LETTERS = {"ß": "ss", "ø": "o", "Ø": "O", "ł": "l", "Ł": "L", "đ": "d", "Đ": "D", "æ": "ae", "Æ": "AE", "œ": "oe",
           "Œ": "OE", "ı": "i", "’": "'", "ʼ": "'", "–": "-", "—": "-", "«": "'", "»": "'", "“": "'", "”": "'",
           "„": "'", '"': "'", "№": "No", "&": "+", "_": "-"}  # fmt: skip
NOT_BASIC = re.compile(r"[^A-Za-z0-9/\-?:().,'+ ]")


def transliterate(text: str) -> str:
    """Ukrainian words in Latin letters; everything else as it is."""
    return WORD.sub(lambda word: _word(word.group()), text)


def basic(text: str) -> str:
    """`text` in the basic Latin set: Ukrainian by the table, accents dropped, anything else a full stop, which is
    what the EPC recommends in place of a character that has no counterpart."""
    latin = transliterate(unicodedata.normalize("NFC", text))
    if not is_basic(latin):
        latin = "".join(LETTERS.get(letter, letter) for letter in latin)
        latin = "".join(
            letter for letter in unicodedata.normalize("NFKD", latin) if not unicodedata.combining(letter)
        )
        latin = NOT_BASIC.sub(".", latin)
    return " ".join(latin.split())


def is_basic(text: str) -> bool:
    return not NOT_BASIC.search(text)


def _word(word: str) -> str:
    letters = word.lower()
    if not any(letter in TABLE for letter in letters):
        return word
    capitals = word.isupper() and len(word) > 1
    parts = []
    place = 0
    while place < len(word):
        if letters[place : place + 2] == ZGH:
            parts.append(_cased("zgh", word[place], capitals))
            place += 2
            continue
        if letters[place] not in APOSTROPHES:
            first, later = TABLE.get(letters[place], (letters[place], letters[place]))
            parts.append(_cased(first if place == 0 else later, word[place], capitals))
        place += 1
    return "".join(parts)


def _cased(latin: str, original: str, capitals: bool) -> str:
    if capitals:
        return latin.upper()
    return latin.capitalize() if original.isupper() else latin
