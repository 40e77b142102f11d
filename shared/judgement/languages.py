"""Which language a text is in, and what follows for reading it: what says nothing, and how words are cut to stems.

Each text speaks for itself; where its author or tenant is from says nothing. English is told by its
function words alone, so that a deployment that meets nothing else never loads the detector.
"""

import re
import threading
from enum import StrEnum
from functools import cache, lru_cache

import snowballstemmer  # type: ignore[import-untyped]

_READ_AT_MOST = 1_000
_SURE = 0.9
"""Probability from which the detector is believed, and with a function word of the language a likely one."""
_LIKELY = 0.5
_LIKELY_ANOTHER = 0.6
"""Probability from which the detector is believed when it names a language that is read by no rules of its own."""


class Language(StrEnum):
    """A language that Cairn reads by its own rules; any other is read as English is, by its bare words."""

    ENGLISH = "en"
    GERMAN = "de"
    FRENCH = "fr"
    SPANISH = "es"
    POLISH = "pl"
    JAPANESE = "ja"


_OTHERS = "nl it pt sv da no cs sk hu ro tr fi zh ko ru uk"
"""Languages that the detector may name as well, so that what is in one of them is not taken for a neighbour."""

_ENGLISH_WORDS = """
    the is are was how do does did what why where who which can could should would i i'm my you your it this that and
    of to in for with on have has not when if there any anyone someone please thanks we our be been
    """
_ENGLISH = frozenset(_ENGLISH_WORDS.split())
_FUNCTION_WORDS = {
    Language.GERMAN: """
        der die das den dem des ein eine einen einem einer eines und oder aber auch nicht kein keine keinen ich du er
        sie es wir ihr mich mir dich dir uns euch mein meine meinen meinem meiner dein sein ihre unser unsere ist sind
        war waren bin bist hat habe haben hatte wird werden wurde kann können könnte muss müssen soll will wollen
        darf möchte wie was wer wo wann warum weshalb welche welcher welches welchen wohin woher wieso mit für von vom
        zu zum zur auf aus bei beim nach im in am an um über unter vor durch ohne gegen bis seit als wenn dass ob
        weil denn dann da hier dort so noch schon nur sehr mehr man jemand niemand alle alles etwas nichts mal doch
        eigentlich bitte danke hallo moin weiß gibt geht ja nein immer wieder leider gerade jetzt heute morgen
        """,
    Language.FRENCH: """
        le la les l un une des du de d et ou mais aussi ne pas n plus je j tu il elle on nous vous ils elles me m te se
        s moi mon ma mes ton ta tes son sa ses notre nos votre vos leur leurs est sont suis es était étaient être a ai
        as ont avons avez avait avoir peut peux pouvez pouvons pourrait faut dois doit comment que qu quoi qui quel
        quelle quels quelles où quand pourquoi combien est-ce avec pour par dans sur sous chez sans vers depuis entre
        en y au aux ce cet cette ces ça c cela si car donc alors comme très tout tous toute toutes quelqu quelqu'un
        personne rien bonjour salut merci svp s'il plaît oui non déjà encore toujours ici là sait fait faire
        """,
    Language.SPANISH: """
        el la los las un una unos unas de del y e o u pero también no ni yo tú él ella nosotros vosotros ellos ellas
        usted ustedes me te se nos os le les lo mi mis tu tus su sus nuestro nuestra es son soy eres era eran ser está
        están estoy estaba he has ha han hemos había haber hay puedo puede pueden podemos podría debo debe hace hacer
        cómo como qué que quién quien cuál cuáles dónde donde cuándo cuando cuánto por para con sin en sobre desde
        hasta entre al a ante si porque pues entonces muy más ya todavía siempre este esta esto estos estas ese esa
        eso alguien nadie nada algo todo todos toda todas hola gracias favor sí aquí ahí sabe alguno alguna
        """,
    Language.POLISH: """
        i a w we z ze na do od o u po za przez dla przy pod nad bez o oraz ale lub albo też także nie ja ty on ona ono
        my wy oni one mnie mi mój moja moje mojego mojej mam masz ma mamy macie mają jest są był była było były być
        będzie będę się to ten ta te tego tej tym tych ktoś nikt coś nic jak jaki jaka jakie co kto gdzie kiedy czemu
        dlaczego czy który która które ile można może mogę możesz trzeba muszę powinien powinno jeśli jeżeli że żeby
        bo więc już jeszcze tylko bardzo tu tutaj tam teraz dziś dzisiaj jutro zawsze proszę dzięki dziękuję cześć
        hej tak wie zrobić
        """,
}
_STEMMERS = {
    Language.ENGLISH: "english",
    Language.GERMAN: "german",
    Language.FRENCH: "french",
    Language.SPANISH: "spanish",
    Language.POLISH: "polish",
}
_KANA = re.compile(r"[\u3040-\u30ff]")
_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")
_CODE = re.compile(r"```.*?(?:```|\Z)|https?://\S+", re.DOTALL)


@lru_cache(maxsize=8192)
def language_of(text: str) -> Language | None:
    """The language of a text, by its first 1,000 characters; None for another one, and when it is hard to say."""
    plain = _CODE.sub(" ", text[:_READ_AT_MOST]).lower().replace("’", "'")
    if _KANA.search(plain):
        return Language.JAPANESE
    words = _WORD.findall(plain)
    said = {piece for word in words for piece in (word, *word.split("'"))}
    if len(said & _ENGLISH) >= 2 and plain.isascii():
        return Language.ENGLISH
    if len(words) < 2:
        return None
    named, probability = _detector().classify(plain)
    language = next((one for one in Language if one == named), None)
    if language is None and probability < _LIKELY_ANOTHER:
        return _by_function_words(said)
    if language is None or language is Language.ENGLISH:
        return language if probability >= _LIKELY else None
    telling = len(said & stop_words(language)) + (not plain.isascii())
    enough = _LIKELY if telling > 1 else _SURE
    return language if telling and probability >= enough else None


def _by_function_words(said: set[str]) -> Language | None:
    """Where the detector wavers: the language that more of the words belong to than to any other, if two do."""
    counts = sorted(((len(said & stop_words(one)), one) for one in Language), reverse=True)
    (most, language), (next_most, _) = counts[:2]
    return language if most >= 2 and most > next_most and said.isdisjoint(_ENGLISH) else None


@cache
def stop_words(language: Language) -> frozenset[str]:
    """The words of a language that say nothing about a topic; none for English and Japanese.

    English ones are `text.STOP_WORDS`; Japanese has no words that stand by themselves.
    """
    return frozenset(_FUNCTION_WORDS.get(language, "").split())


def stem_in(language: Language, word: str) -> str:
    """The stem of a lower-case word; the word itself in Japanese."""
    algorithm = _STEMMERS.get(language)
    if algorithm is None:
        return word
    with _stemming:  # a stemmer keeps the word it works on in itself
        return str(_stemmer(algorithm).stemWord(word))


_stemming = threading.Lock()


@cache
def _stemmer(algorithm: str) -> snowballstemmer.basestemmer.BaseStemmer:
    return snowballstemmer.stemmer(algorithm)


class _Detector:
    """py3langid, whose model takes a second to load and 120 MB; read on the first text that is not plainly English."""

    def __init__(self) -> None:
        from py3langid import langid  # type: ignore[import-untyped]

        self._model = langid.LanguageIdentifier.from_model_file(langid.MODEL_FILE, norm_probs=True)
        self._model.set_languages([*(one.value for one in Language), *_OTHERS.split()])

    def classify(self, text: str) -> tuple[str, float]:
        named, probability = self._model.classify(text)
        return str(named), float(probability)


@cache
def _detector() -> _Detector:
    return _Detector()
