"""Turns of phrase in German, French, Spanish, Polish and Japanese, written as those in `cues` are.

Fewer and plainer than the English ones: what opens a request, what is no request, and what says that it
helped. Who thanks in few words is understood whatever the language; the others need the text's own.
"""

import re
from collections.abc import Mapping

from shared.judgement.languages import Language

SEEKS: Mapping[Language, str] = {
    Language.GERMAN: r"\b(?:wei(?:ß|ss) (?:jemand|einer|wer|man)|kann (?:mir )?(?:jemand|wer|einer)|(?:hat|"
    r"kennt) (?:jemand|"
    r"wer|einer)|jemand (?:eine )?(?:ahnung|idee|erfahrung)|(?:brauche|suche|benötige) \w+|hilfe|kann man|"
    r"könnte (?:mir|"
    r"jemand)|(?:wie|wo|wer|wann|warum|weshalb|welche[rsnm]?|woher|wohin) (?:\w+ ){0,4}(?:ich|man|"
    r"wir|mein\w*|unser\w*|"
    r"der|die|das|den|dem)\b|ich (?:finde|kann|komme) (?:\w+ ){0,5}(?:nicht|kein\w*))",
    Language.FRENCH: r"\b(?:quelqu'un (?:sait|peut|pourrait|a|connaît|aurait)|est-ce que|"
    r"comment (?:\w+ ){0,3}(?:\w+er|\w+ir|"
    r"\w+re|on|je|faire)|où (?:\w+ ){0,3}(?:trouve|est|sont|puis|peut)|qui (?:peut|s'occupe|sait|est)|pourquoi|"
    r"(?:je|j') ?(?:cherche|n'arrive pas|ne (?:trouve|peux|parviens)|ai besoin)|besoin d'aide|aidez|une idée|"
    r"quel(?:le)?s? (?:est|sont|\w+))",
    Language.SPANISH: r"(?:\balguien (?:sabe|puede|tiene|conoce|me)|\b(?:cómo|como) (?:puedo|se|hago|podemos|"
    r"\w+o\b)|\b(?:dónde|"
    r"donde) (?:está|están|puedo|se|encuentro)|\b(?:quién|quien) (?:\w+ )?(?:puede|sabe|lleva|es)|\bpor qué|"
    r"\bnecesito|\bbusco|"
    r"\bayuda\b|\bno (?:puedo|consigo|encuentro|sé)|\bcuál|\bqué (?:hago|tengo|formulario|\w+)|\balguna idea)",
    Language.POLISH: r"(?:\b(?:czy )?ktoś (?:wie|może|ma|zna)|\bjak (?:\w+ ){0,3}\w+ć\b|\bgdzie (?:jest|są|mogę|"
    r"można|\w+)|"
    r"\bkto (?:wie|może|zajmuje|jest)|\bdlaczego|\bczemu|\bpotrzebuję|\bszukam|\bpomocy|\bnie (?:mogę|wiem|umiem)|"
    r"\bktóry|"
    r"\bjaki\w*|\bczy (?:można|da się|trzeba|jest|mamy))",
    Language.JAPANESE: r"(?:教えて|どこ|どうすれば|どうやって|どうしたら|方法は|誰か|だれか|"
    r"わかる(?:方|人)|ご存知|知って(?:い)?(?:る|ます)|"
    r"いつ|なぜ|どの|困って|助けて|お願い(?:できます|でき)|できますか|ありますか|ですか|ますか|でしょうか)",
}
TROUBLE: Mapping[Language, str] = {
    Language.GERMAN: r"\b(?:(?:funktioniert|geht|klappt|läuft|startet|lädt|verbindet|druckt|öffnet|reagiert|"
    r"findet|erkennt)"
    r"(?: \w+){0,4} nicht|fehler\w*|problem\w*|kaputt|stürzt|hängt|abgestürzt|gesperrt|abgelehnt|nicht mehr)\b",
    Language.FRENCH: r"\b(?:(?:ne|n') ?\w+ (?:\w+ )?(?:pas|plus)|erreur\w*|problème\w*|en panne|bloqué\w*|plante|"
    r"refuse|cassé\w*)\b",
    Language.SPANISH: r"\b(?:no (?:funciona|va|abre|arranca|carga|conecta|imprime|responde|aparece|deja|me deja)|"
    r"error\w*|"
    r"problema\w*|se (?:cierra|cuelga|bloquea)|roto|bloquead\w+|fall[ao]\w*)\b",
    Language.POLISH: r"\b(?:nie (?:działa|mogę|da się|otwiera|drukuje|łączy|uruchamia|ładuje|"
    r"widzi)\w*|błąd\w*|błęd\w+|"
    r"problem\w*|zawiesza|zablokowan\w+|zepsut\w+|wyskakuje)\b",
    Language.JAPANESE: r"(?:動かな|動きませ|動作しな|できな|できませ|開けな|開けませ|開きませ|"
    r"つながら|繋がら|接続でき|エラー|問題|不具合|"
    r"固まる|固まって|落ちる|入れな|入れませ|表示されな|表示されませ|見つから|印刷され(?:ない|ませ))",
}
SOCIAL: Mapping[Language, str] = {
    Language.GERMAN: r"\b(?:schönes wochenende|guten (?:morgen|tag|abend|appetit)|wie (?:geht'?s|geht es|"
    r"war (?:dein|euer|das|"
    r"der|die))|alles gute|herzlichen glückwunsch|gute besserung|frohe\w*)\b",
    Language.FRENCH: r"\b(?:bon(?:ne)? (?:week-end|weekend|journée|soirée|appétit|anniversaire|année|vacances)|ça va|"
    r"comment (?:ça va|allez|vas|s'est pass\w+)|félicitations|joyeux)\b",
    Language.SPANISH: r"(?:\b(?:buen(?:os|as)? (?:días|tardes|noches|fin)|qué tal|cómo (?:estás|están|estáis|fue|te)|"
    r"feliz|felicidades|enhorabuena)\b)",
    Language.POLISH: r"\b(?:miłego (?:dnia|weekendu)|dzień dobry|jak (?:się masz|tam|minął|było)|co słychać|"
    r"wszystkiego najlepszego|"
    r"gratulacje|smacznego)\b",
    Language.JAPANESE: r"(?:おはよう|こんにちは|お疲れ|おめでとう|週末はどう|元気ですか|いい天気)",
}
SCHEDULING: Mapping[Language, str] = {
    Language.GERMAN: r"\b(?:(?:mittagessen|mittag|kaffee|bier|kantine|pause)(?: \w+){0,3} ?\?|wer (?:kommt|ist|"
    r"geht|hat lust|will)"
    r"(?: \w+){0,3} (?:mit|dabei|essen)|passt (?:es|euch|dir|ihnen|\w+tag)|treffen wir|um \d{1,2}(?: uhr)?|"
    r"verschieben)\b",
    Language.FRENCH: r"\b(?:(?:déjeuner|café|pause|apéro|resto)(?: \w+){0,4} ?\?|qui (?:vient|est partant|veut)|"
    r"(?:on|nous) (?:mange|"
    r"déjeune|se voit|décale)|à \d{1,2} ?h)",
    Language.SPANISH: r"(?:\b(?:comida|comemos|café|cerveza|almuerzo|cenamos)(?: \w+){0,4} ?\?|\bquién (?:viene|"
    r"se apunta)|"
    r"\b(?:quedamos|nos vemos|os viene bien|te viene bien)|\ba las \d)",
    Language.POLISH: r"\b(?:(?:obiad|kawa|kawę|piwo|lunch)(?: \w+){0,4} ?\?|kto (?:idzie|chętny|"
    r"jest za)|spotykamy się|"
    r"pasuje (?:wam|ci)|o \d{1,2}(?::\d\d)?)",
    Language.JAPANESE: r"(?:ランチ|飲み会|コーヒー|お昼|行きませんか|行く人|都合|\d時(?:に|から|で))",
}
THANKS = r"(?:\b(?:danke\w*|vielen dank|merci|gracias|dzięki|dziękuję)\b|ありがとう|感謝|助かりました|助かります)"
FIXED = (
    r"(?:\b(?:(?:jetzt |nun |hat |das )?(?:geht|klappt|funktioniert|läuft) (?:jetzt|wieder|nun|es)|(?:hat|danke,?) "
    r"(?:geklappt|klappt|geholfen|funktioniert)|(?:jetzt|nun) (?:geht|klappt|funktioniert|läuft)|gelöst|"
    r"ça (?:marche|fonctionne)(?! pas)|(?:c'est|problème) (?:réglé|résolu|bon)|"
    r"(?:ya|ahora sí) (?:funciona|va|me va|está)|solucionado|resuelto|arreglado|"
    r"(?:już |teraz )działa|działa,? (?:dzięki|teraz)|zadziałało|pomogło|rozwiązane)\b|"
    r"解決しました|できました|直りました|動きました|うまくいきました)"
)
STILL_BROKEN = (
    r"(?:\b(?:(?:geht|klappt|funktioniert|hilft) (?:immer noch|leider|trotzdem)? ?nicht|immer noch|"
    r"toujours (?:pas|rien|le même|la même)|(?:sigue|todavía|aún) (?:sin|no|igual|fallando)|nadal nie|dalej nie|"
    r"wciąż nie)\b|"
    r"まだ(?:でき|動|だめ|ダメ|同じ)|直りません|解決しません)"
)
ADVISES: Mapping[Language, str] = {
    Language.GERMAN: r"\b(?:du (?:kannst|musst|solltest)|sie (?:können|müssen|sollten)|man (?:kann|muss|sollte)|"
    r"(?:probier|versuch|"
    r"geh|klick|öffne|starte|wähle|schau|frag|nimm|stell|lösche|installier)\w*|einfach|unter (?:einstellungen|"
    r"\w+)|liegt)\b",
    Language.FRENCH: r"\b(?:(?:tu|vous) (?:peux|pouvez|dois|devez)|il (?:faut|suffit)|(?:essaie|essayez|va|allez|"
    r"clique|cliquez|"
    r"ouvre|ouvrez|redémarre|redémarrez|demande|demandez|regarde|regardez|utilise|utilisez)\b)",
    Language.SPANISH: r"\b(?:(?:puedes|tienes que|debes|hay que|se puede|prueba|intenta|abre|haz|pulsa|entra|"
    r"reinicia|pregunta|usa|mira|"
    r"está en|ve a)\b)",
    Language.POLISH: r"\b(?:(?:możesz|musisz|trzeba|należy|spróbuj|kliknij|otwórz|wejdź|uruchom|zapytaj|użyj|"
    r"sprawdź|zrestartuj|"
    r"wystarczy|wpisz)\b)",
    Language.JAPANESE: r"(?:してください|すれば|してみて|あります|できます(?!か)|クリック|開いて|"
    r"再起動|設定(?:から|で)|聞いて|試して)",
}
_BY_LANGUAGE = {"seeks": SEEKS, "trouble": TROUBLE, "social": SOCIAL, "scheduling": SCHEDULING, "advises": ADVISES}
_NO_REQUEST = ("social", "scheduling")
_COMPILED = {language: {name: re.compile(of[language]) for name, of in _BY_LANGUAGE.items()} for language in SEEKS}
_WHATEVER_THE_LANGUAGE = {
    "thanks": re.compile(THANKS),
    "fixed": re.compile(FIXED),
    "still broken": re.compile(STILL_BROKEN),
}


def cues_elsewhere(text: str, language: Language | None) -> frozenset[str]:
    """The values of the cues that a text, in lower case, holds in another language than English.

    Where the language is hard to say, small talk and plans are sought in all of them: better silent than wrong.
    """
    if language is Language.ENGLISH:
        return frozenset()
    found = {name for name, pattern in _WHATEVER_THE_LANGUAGE.items() if pattern.search(text)}
    for one in _COMPILED if language is None else (language,):
        names = _NO_REQUEST if language is None else _BY_LANGUAGE.keys()
        found.update(name for name in names if _COMPILED[one][name].search(text))
    return frozenset(found)
