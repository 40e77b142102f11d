"""Characters that nobody sees, or that turn what is seen around, taken out of what people wrote.

They make one word look like another to a reader, or keep a word from being found. Kept are those that
writing needs: joiners of Persian, Hindi and their like, and what emoji are put together with.
"""

import unicodedata

import regex

_LINE_BREAKS = {"\r\n": "\n", "\r": "\n", "\x85": "\n", "\u2028": "\n", "\u2029": "\n", "\x0b": " ", "\x0c": " "}
_CONTROLS = {code: None for code in (*range(32), *range(0x7F, 0xA0), 0xFFFE, 0xFFFF) if chr(code) not in "\n\t"}
_JOINED_SCRIPTS = "".join(
    rf"\p{{scx={script}}}"
    for script in (
        "Arab", "Syrc", "Mong", "Nkoo", "Deva", "Beng", "Guru", "Gujr", "Orya", "Taml", "Telu", "Knda", "Mlym", "Sinh",
        "Khmr", "Mymr", "Tibt",
    )
)  # fmt: skip
# Default_Ignorable_Code_Point holds zero-width and bidirectional controls, fillers, tags and selectors (UAX #44).
_UNSEEN = regex.compile(
    rf"""(?xV1)
    (?P<needed>
      (?<=[[{_JOINED_SCRIPTS}]--\p{{DI}}])[\u200c\u200d]
    | (?<=[\p{{Extended_Pictographic}}\p{{Emoji_Modifier}}\ufe0f])\u200d(?=\p{{Extended_Pictographic}})
    | (?<=\p{{Extended_Pictographic}})[\ufe0e\ufe0f]
    | (?<=[0-9\#*])\ufe0f(?=\u20e3)                                                    # keycaps
    | (?<=\U0001f3f4)[\U000e0030-\U000e0039\U000e0061-\U000e007a]{{1,6}}\U000e007f    # flags of nations within one
    )
    | [\p{{DI}}\ufff9-\ufffb]++
    """
)


def plain(text: str) -> str:
    r"""Text in NFC in which every character is seen, and every kind of line break is `\n`.

    Gone are control characters, noncharacters and lone surrogates, zero-width characters, and marks and
    overrides of direction. What comes out comes out of this function again unchanged.
    """
    for kind, replacement in _LINE_BREAKS.items():
        text = text.replace(kind, replacement)
    text = text.translate(_CONTROLS).encode(errors="ignore").decode()
    if not text.isascii():
        text = unicodedata.normalize("NFC", _UNSEEN.sub(lambda found: found["needed"] or "", text))
    return text
