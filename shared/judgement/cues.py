"""Turns of phrase that say what somebody is doing: asking, thanking, arranging lunch, contradicting.

They are general English, written from grammar and usage, not from any conversation. Each is a
weak sign; the models and the judgements weigh them. Every expression is bounded: none holds a
repetition that can start in many places and run far, so that time stays linear in the text.
"""

import re
from enum import StrEnum
from functools import lru_cache

from shared.judgement.cues_elsewhere import cues_elsewhere
from shared.judgement.languages import language_of

CUES_READ_AT_MOST = 4_000
"""Characters of a text in which cues are sought: what somebody is doing shows early."""


class Cue(StrEnum):
    """One kind of turn of phrase."""

    ASKS = "asks"
    SEEKS = "seeks"
    INQUIRES = "inquires"
    TROUBLE = "trouble"
    SOCIAL = "social"
    SCHEDULING = "scheduling"
    RHETORICAL = "rhetorical"
    ANNOUNCES = "announces"
    GREETS = "greets"
    THANKS = "thanks"
    FIXED = "fixed"
    STILL_BROKEN = "still broken"
    OWN_SOLUTION = "own solution"
    ADVISES = "advises"
    INSTRUCTS = "instructs"
    CLARIFIES = "clarifies"
    WARNS = "warns"
    REFUSES = "refuses"
    CORRECTS_SELF = "corrects self"
    INTENDS = "intends"
    AGREES = "agrees"
    ALTERNATIVE = "alternative"
    UNSURE = "unsure"
    LAUGHS = "laughs"


_ANYONE = r"(?:any ?one|any ?body|some ?one|some ?body|any of you|you guys|you folks|you all|people)"
_NOT = r"(?:can'?t|can ?not|couldn'?t|won'?t|wouldn'?t|doesn'?t|don'?t|didn'?t|isn'?t|aren'?t|not|never|unable to)"
_DO = (
    r"(?:get|find|see|open|load|start|log|sign|connect|access|install|run|print|send|receive|work|working|figure|"
    r"make|use|reach|boot|mount|play|save|update|export|import|build|compile|download|upload|delete|edit|join|share)"
)
_EVENT = r"(?:lunch|coffee|drinks?|beers?|pizza|dinner|breakfast|brunch|cake|tea|walk|gym|football|ping[- ]?pong)"
_MEETING = r"(?:meeting|call|stand-?up|sync|catch[- ]?up|retro|1:1|one[- ]on[- ]one|demo|workshop|party|off-?site)"
_WHEN = (
    r"(?:today|tonight|tomorrow|later|now|soon|this|next|at|on|around|after|monday|tuesday|wednesday|thursday|"
    r"friday|saturday|sunday|noon|\d{1,2}(?:[:.]\d\d)?)"
)
_NICE = (
    r"(?:great|good|nice|cool|lovely|awesome|amazing|funny|beautiful|weird|crazy|wonderful|brilliant|sad|ironic|cute|"
    r"hilarious|typical|sweet|fun|the best|the worst|fantastic|ridiculous|insane|annoying|adorable|gorgeous)"
)

_PATTERNS: dict[Cue, str] = {
    Cue.ASKS: r"(?:^|[.!?,;:\n] ?|\b(?:and|so|but|or|hi|hey|hello|ok|all|guys) )(?:who|what|when|where|why|which|how|"
    r"is|are|does|do|did|can|could|should|would|will|has|have|any)\b",
    Cue.SEEKS: rf"\b(?:{_ANYONE} (?:here |else |out there |around )?(?:know|knows|tell|help|have|has|had|"
    rf"used|using|use|"
    r"tried|familiar|seen|see|got|able|aware|ever|remember|explain|good with|experienced)|does any|do any of|"
    r"any (?:idea|clue|suggestion|tip|advice|recommendation|pointer|hint|experience|way|luck|help|info)s?|"
    r"(?:need|want|require|appreciate|ask for|like) (?:some |a bit of |any |a little |your )?(?:help|advice|"
    r"assistance)|"
    r"looking for|(?:can|could|would|will) (?:you|some ?one|any ?one|some ?body|any ?body) (?:please |kindly )?"
    r"(?:help|tell|explain|point|show|advi[sc]e|recommend|suggest|confirm|clarify)|"
    r"help (?:me|us|with|please|needed|is)|please (?:help|advi[sc]e|suggest|recommend)|(?:plz|pls) (?:help|"
    r"advi[sc]e)|"
    r"(?:i'?m |i am |was |been )?(?:wondering|curious) (?:if|how|whether|what|why|where|who)|"
    r"who (?:knows|do i|should i|can i|could i|owns|handles|is responsible|looks after|would i)|"
    r"is it possible|is there (?:a |an |any |some |another )|are there (?:any|some)|"
    r"(?:quick|small|stupid|silly|basic|beginner'?s?|"
    r"dumb|newbie) "
    r"question|i have a question|question about|trying to|tips? (?:on|for)|recommend|"
    r"(?:don'?t|do not|no) (?:know|idea|clue) (?:how|where|what|which|why|who))",
    Cue.INQUIRES: r"\b(?:how (?:do|can|could|should|would|to|does|come|is|are|did|must|long|much|often)|"
    r"where (?:can|do|is|are|would|should|did|does|to|could)|what(?:'s| is| are| does| do| would) (?:the|a|an|my|our|"
    r"best|i|we|you)|why (?:is|does|do|did|are|can'?t|would|won'?t|doesn'?t)|"
    r"which \w+ (?:do|should|is|are|can|does|would|to)|(?:do|should|can|could|may|must) (?:i|we|"
    r"one) (?:need|have|use|"
    r"get|do|just|still|also|safely|\w+)|what do i|what should i)",
    Cue.TROUBLE: rf"\b(?:{_NOT} (?:seem to |really |even |quite |be able to |able to )?{_DO}|not working|"
    rf"no longer works|"
    r"keeps? (?:\w+ing|on|getting|asking|telling|saying)|fail(?:s|ed|ing|ure)?|errors?|exception|crash(?:es|ed|ing)?|"
    r"stuck|broken?|denied|refused|rejected|tim(?:es|ed|ing) out|time-?out|no luck|unable to|problems? (?:with|when)|"
    r"issues? (?:with|when)|trouble|stopped working|expired|hangs?|froze|frozen|locked out|missing|lost my|"
    r"won'?t|doesn'?t (?:work|seem|want|let))\b",
    Cue.SOCIAL: r"(?:\bhow(?:'s| is| was| are| were|'re) (?:your|the|everyone'?s?|everybody'?s?|all your) (?:weekend|"
    r"holidays?|vacation|trip|day|morning|evening|night|lunch|party|week|flight|baby|kids?|family|break|birthday)|"
    r"\bhow(?:'s| is| was) (?:it going|everything|everyone|everybody|life|things)|\bhow (?:are|r) (?:you|u|"
    r"things|we)\b"
    r"(?! (?:doing (?:that|this)|handling|using|going to))|\bwhat'?s (?:up|new|happening)\b|"
    r"\bgood (?:morning|afternoon|evening|night)\b|\bhappy (?:birthday|friday|monday|new year|holidays|easter|"
    r"anniversary|weekend)|\bcongrat|\bwelcome (?:to|aboard|back)|\bhave a (?:good|great|nice|lovely|safe)|"
    r"\b(?:did|has|have|is) (?:you|any ?one|any ?body|every ?one|you guys) (?:else )?(?:see|watch|watching|"
    r"catch|seen|"
    r"enjoy|have (?:a )?(?:good|nice|fun)) |\b(?:get well|miss you|see you|take care|sleep well)\b|\bplans for the "
    r"(?:weekend|holidays?|evening))",
    Cue.SCHEDULING: rf"(?:\bwho(?:'s|se| is| are| wants| else)? ?(?:is |are )?(?:in|up for|coming|joining|"
    rf"around|free|"
    rf"going|wants?|hungry)\b(?! (?:charge|to know))|\b(?:any ?one|any ?body|you) (?:up for|for|want|fancy|"
    rf"hungry|free|"
    rf"around|joining|coming)\b(?! to (?:help|know))|\b{_EVENT}(?: \w+)? ?(?:{_WHEN}\b|\?)|"
    rf"\b{_MEETING} (?:{_WHEN}\b|\?)|"
    r"\bare (?:you|we|you guys) (?:still |all |both )?(?:free|around|available|coming|meeting|joining|"
    r"on for|there|in "
    r"the office)\b|"
    r"\b(?:does|would|will|is) (?:monday|tuesday|wednesday|thursday|friday|tomorrow|today|next week|"
    r"\d{1,2}(?::\d\d)?) "
    r"?(?:am|pm)? ?(?:work|suit|ok|okay|fine|good|be)\b|\brunning (?:late|\d)|\bshall we\b|"
    rf"\b(?:can|could|should) we (?:move|reschedule|push|postpone|meet|talk|chat|sync|start|do (?:it|this|"
    rf"{_EVENT}))\b|"
    r"\b(?:when|what time|where) (?:are|is|do|shall|should|will) (?:we (?:meet|meeting|go|going|start|starting|eat)|"
    rf"you (?:free|coming|leav|arriv)|(?:the |our |your )?{_MEETING})|\bsee you (?:at|on|in|there|tomorrow)|"
    r"\b(?:got|have) (?:a minute|a sec|five minutes|5 min|time (?:for|today|tomorrow|later))|"
    r"\b(?:swap|trade|cover) (?:\w+(?:'s)? ){0,2}(?:shifts?|on-call|duty|turns?)\b)",
    Cue.RHETORICAL: rf"(?:\b(?:(?:isn'?t|wasn'?t|aren'?t|weren'?t|ain'?t) (?:that|it|this|they|he|she|these|those|we) "
    rf"(?:just |so |a |such a |really |simply |too )*{_NICE}|who (?:would have|would've|knew|cares|needs|"
    r"doesn'?t (?:love|like)|could have)\b|(?:are|were) you (?:kidding|serious|joking)|"
    r"why (?:do|does|would|did) (?:any ?one|any ?body|people|i even|we even|i always|we always)\b|"
    rf"how (?:very |absolutely )?{_NICE} (?:is|was|are|would)\b|what (?:could|can) (?:possibly )?go wrong|"
    r"guess (?:what|who)\b|how (?:hard|difficult) can|what else is new|why am i not surprised|who am i to\b|"
    r"what'?s not to (?:like|love)|who (?:on earth|the (?:hell|heck))\b)|"
    r", ?(?:right|isn'?t it|innit|eh|huh|don'?t you think|wouldn'?t you|aren'?t we|am i right)\s?\?+\s*$|"
    r"^(?:seriously|really|what|oh really|is it|huh|wtf|omg)\s?[?!]+\s*$|"
    r"🙄\s*$|(?:\?!|!\?)[?!]*\s*(?:[^\w\s].{0,3})?$)",
    Cue.ANNOUNCES: r"(?:^(?:@?\w+[,:!]? )?(?:fyi|heads[- ]?up|(?:just a |quick |friendly )?reminder|announcement|psa|"
    r"note that|please (?:note|remember|be aware|don'?t forget))\b|\b(?:i|we)(?:'ve|"
    r" have) (?:just )?(?:uploaded|merged|"
    r"updated|released|deployed|published|shared|moved|added|posted)\b|\bis (?:now )?(?:live|out|available|"
    r"released)\b)",
    Cue.GREETS: r"^(?:hi|hello|hey|hiya|hallo|dear|greetings|good (?:morning|afternoon|evening|day)|morning)\b",
    Cue.THANKS: r"👍|🙏|\b(?:thanks?(?! to\b)|thank you|thx|tnx|thanx|tyvm|ty|cheers|much appreciated|"
    r"appreciate (?:it|that|"
    r"the|your)|you rock|lifesaver|life saver|danke|merci|gracias)\b",
    Cue.FIXED: r"\b(?:(?:it|that|this|all|everything)?(?:'s| is)? ?(?:works|working) (?:now|again|fine|"
    r"perfectly|great|"
    r"like a charm)|(?:that|it|this|which) (?:worked|did it|did the trick|helped|fixed (?:it|that)|"
    r"solved (?:it|that)|"
    r"works|was it|solves|fixes)|did the trick|worked (?:for me|like a charm|perfectly|a treat)|all (?:good|"
    r"sorted|set|"
    r"fixed)(?: now)?|(?:problem|issue) (?:is )?(?:solved|fixed|resolved|sorted)|got it (?:working|to work)|"
    r"(?:solved|sorted|resolved|fixed)(?: it| now|!|\.|:|$)|i'?m in now|back up and running)",
    Cue.STILL_BROKEN: r"\b(?:still (?:not|no|doesn'?t|does not|can'?t|cannot|won'?t|the same|fails?|failing|"
    r"broken|getting|"
    r"happening|stuck|nothing)|(?:didn'?t|did not|doesn'?t|does not|not|hasn'?t|isn'?t|won'?t|"
    r"wasn'?t) (?:really |quite "
    r"|yet )?(?:work|help|working|fix|solve|change|it|fixed|solved|sorted|resolved)|no luck|same (?:error|"
    r"problem|issue|"
    r"thing)|tried that|to no avail)\b",
    Cue.OWN_SOLUTION: r"(?:\b(?:found (?:it|the (?:problem|issue|answer|solution|cause|culprit|setting|"
    r"option|reason)|out "
    r"(?:that|how|why|what|it))|figured (?:it )?out|solved(?: it)?[:,;.!]|turns? out|turned out|(?:i|"
    r"we) (?:just |only |"
    r"simply )?(?:had|needed) to|the (?:fix|solution|problem|issue|culprit|trick|answer|cause) (?:was|is|turned)|"
    r"fixed it by|got it (?:working|to work) (?:by|with|after|when|once)|for the record|for any ?one (?:else|who)|"
    r"answering my own|in the end (?:i|we|it)|for future reference)|^(?:solution|answer|fix|solved|update|"
    r"resolved)\s?[:\-])",
    Cue.ADVISES: r"(?:\b(?:you (?:can|could|should|need to|have to|must|may|might want to|want to|just|"
    r"would need)|try (?:the|"
    r"to|a|using|this|with|it|that|\w+ing)|go to|use (?:the|a|this|that)|click|select|open (?:the|a|your)|"
    r"run|make sure|"
    r"install|check (?:the|out|with|if|that|your|this)|i(?:'d| would)? (?:recommend|suggest|advise)|"
    r"i (?:use|used|always|"
    r"usually)|best (?:to|way|bet|is|one)|it'?s (?:in|on|at|under|called)|look (?:at|in|under|for)|"
    r"see (?:the|this|here)|"
    r"contact|call|ask \w+|there(?:'s| is| are) (?:a|an|the|some)|settings|menu|option|button|works for me)\b"
    r"|(?:^|\n)\s?(?:\d[.)]|- ) ?\w)",
    Cue.INSTRUCTS: r"(?:^|[.!:;,\n] ?|\b(?:and|then|just|simply|first|please|to|yes|or) )(?:add|ask|change|"
    r"choose|clear|click|"
    r"close|connect|contact|copy|create|delete|disable|download|edit|enable|enter|file|fill|give|go|hold|"
    r"install|log|look|move|"
    r"open|paste|pick|plug|press|put|reboot|reinstall|remove|rename|replace|request|reset|restart|"
    r"right-click|run|select|send|"
    r"set|sign|speak|start|stop|switch|take|talk|tap|tick|turn|type|uninstall|unplug|untick|update|upgrade|"
    r"upload|use|visit|"
    r"wait|write)\b(?! (?:you|up with|is|was)\b)",
    Cue.CLARIFIES: r"\b(?:which (?:version|os|one|browser|error|model|system)|what (?:version|exactly|"
    r"do you mean|error|os|"
    r"does it say|happens|are you (?:trying|using|doing)|kind of|sort of|have you)|have you (?:tried|checked|looked|"
    r"installed|got|restarted|asked|read|seen)|did you (?:try|check|restart|install|read|get|look|use|run|"
    r"ask|change|do|"
    r"\w+)|are you (?:using|on|sure|running|trying|logged|connected|getting|talking|in|looking)|"
    r"do you (?:have|get|see|use|"
    r"mean|know|want|need|run)|(?:can|could) you (?:paste|post|send|share|show|give|tell|try|be more|"
    r"describe|see|elaborate)|"
    r"(?:is|was) (?:it|that|this) (?:a|the|on|in|for|with|your|plugged|installed|enabled)|any error)\b",
    Cue.WARNS: r"(?:^(?:\S{1,30}[:,] )?(?:please |pls |no,? |hmm,? |oh,? |whoa,? |wait,? )*(?:don'?t|do not|"
    r"never)\b(?! worry|"
    r" know|(?: you)? think| mind| forget| have| see| get| remember| understand| need)|"
    r"\b(?:(?:be )?careful\b|watch out\b|beware\b|"
    r"(?:that|this|it)(?:'s| is| was) (?:actually |really |just |simply |plain |"
    r"definitely )?(?:not (?:true|right|correct|recommended|"
    r"a good|safe|how|allowed|supported|the (?:right|correct|best|way))|wrong|incorrect|out ?dated|"
    r"no longer|deprecated|"
    r"dangerous|unsafe|a bad|a terrible|bad advice|against|risky|obsolete|a security)|(?:that|this|it|"
    r"which) (?:will|would|can|could|"
    r"may|might) (?:also |just |only |actually |really )?(?:break|wipe|delete|lose|void|lock|kill|overwrite|"
    r"reset|remove|corrupt|"
    r"expose|destroy|disable|leak|erase)|not (?:true|correct|recommended|a good idea)\b|"
    r"(?:i )?wouldn'?t (?:do|recommend|"
    r"use|suggest|advise|run|trust)|advise against|bad (?:idea|advice)\b|no longer (?:works?|valid|"
    r"true|supported|"
    r"correct)|not any ?more\b|doesn'?t work (?:any ?more|like that|that way)|(?:disagree|on the contrary)\b))",
    Cue.REFUSES: r"^(?:\S{1,30}[:,] )?(?:no|nope|nah|actually|hmm+|not really|wait|sorry)\b(?! (?:problem|"
    r"worries|idea|clue|"
    r"need|luck|one))|\binstead of\b|\binstead\b[,.:]?|\brather than\b",
    Cue.CORRECTS_SELF: r"^(?:\S{1,30}[:,] )?(?:sorry,? (?:that|i meant|wrong|no|my)|correction|scratch that|"
    r"ignore (?:that|"
    r"my|what i)|my (?:mistake|bad)|wait,? (?:no|that|i)|actually,? (?:no|that|ignore|scratch)|i was wrong)\b",
    Cue.INTENDS: r"\b(?:i'?ll|i will|will|let me|going to|gonna|let'?s) (?:just |quickly )?(?:try|check|"
    r"test|have a look|give it|"
    r"do that|look|see if|ask|get back)\b",
    Cue.AGREES: r"^(?:\S{1,30}[:,] )?(?:\+1|same(?: here)?|agreed?|yes|yep|yeah|yup|exactly|indeed|true|"
    r"this\b|what \w+ said|"
    r"seconded|i second|correct|right|ok(?:ay)?|sure|ditto|me too|i agree)\b",
    Cue.ALTERNATIVE: r"^(?:\S{1,30}[:,] )?(?:alternatively|or (?:you|just|use|try|simply|else)|another (?:way|option|"
    r"possibility|approach)|option \d|you (?:can|could) also|other option|otherwise)\b",
    Cue.UNSURE: r"\b(?:not sure|good question|no idea|don'?t know|dunno|i guess|no clue|not certain|can'?t say|i doubt|"
    r"who knows|same "
    r"(?:(?:problem|issue|question) )?here|me too|following|bump)\b",
    Cue.LAUGHS: r"(?:\b(?:lol|lmao|rofl|ha(?:ha)+|hehe+|heh|hihi)\b|[:;]-?[)dp(]|😂|🤣|😅)",
}
_COMPILED = {cue: re.compile(pattern) for cue, pattern in _PATTERNS.items()}
"""They are sought in lower case: that takes half the time of letting each look past it."""
_SPACES = re.compile(r"[^\S\n]+")


@lru_cache(maxsize=8192)
def cues_in(text: str) -> frozenset[Cue]:
    """The turns of phrase that a text holds, in its first `CUES_READ_AT_MOST` characters."""
    plain = _SPACES.sub(" ", text[:CUES_READ_AT_MOST].strip().replace("’", "'")).lower()
    english = frozenset(cue for cue, pattern in _COMPILED.items() if pattern.search(plain))
    elsewhere = cues_elsewhere(plain, language_of(text))
    return english | {Cue(name) for name in elsewhere} if elsewhere else english
