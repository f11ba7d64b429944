"""The words by which a rule for the assistant is known, language by language: data for `instructions`.

Each field is the body of a regular expression that is matched without regard to case. A language needs no more than
its imperatives, its words for "always", "from now on" and "whenever", and what an answer's style is made of.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Language:
    """How one language gives rules."""

    lead: str
    """What may stand before the order: please, and, by the way."""
    always: str
    """Always and never."""
    lasting: str
    """From now on, in this chat, until told otherwise."""
    orders: str
    """Imperatives with which one directs an assistant."""
    bans: str
    """Do not, with its verb."""
    style: str
    """What an answer looks like: its language, length, units, ornaments; and what is private."""
    occasion: str
    """Whenever: what opens a condition that may come true many times."""
    wishes: str
    """What follows "from now on" besides an order: no more, I want, answers only."""
    idioms: str
    """Whole rules that need none of the above."""
    after: str
    """Which of `always` may also follow the order."""
    cues: str
    """One of these (no expressions) is in every rule: what is quick to look for before anything else."""
    veto: str
    """What makes a sentence something else in spite of all."""


_VERBS = (
    "answer|reply|respond|write|use|give|show|cite|quote|tell|ask|call|address|refer to|share|mention|include|add|put"
    "|send|delete|format|translate|check|confirm|explain|speak|say|start|begin|end|finish|list|convert|round|assume"
    "|suggest|recommend|book|schedule|forward|copy|cc|keep|make|provide|return|run|execute|commit|push|modify|edit"
    "|overwrite|change|spell|sign|save|log|read|verify|double-check|consider|treat|sort|print|output|link|attach"
    "|generate|create|pay|buy|order|spend|contact|email|message|disclose|reveal|repeat|apologi[sz]e|guess|invent|offer"
    "|propose|prefer|stick to|skip|leave out|omit|avoid|remove|summari[sz]e|comment|document|capitali[sz]e|abbreviate"
    "|number|label|mark|highlight|warn|remind|notify|inform|correct|let me know|talk|mix|drop|go through|stay|be"
    "|wait for|state|name|present|express|deploy|install|post|publish|restart|reboot|merge|release|upload"
    "|download|sell|move|rename|wake|praise|quiz|interrupt|alter|submit|subscribe|refund|accept|decline|invite"
    "|store|remember|point out"
)
_ASKED = (
    "(?:can|could|would|will) you (?:please |kindly |just |try to )*|i(?:'d| would) (?:like|prefer|love"
    "|want) (?:for )?you to "
    "|i(?:'d| would) (?:prefer|appreciate|like)(?: it)? if you (?:could |would )?|i(?:'d| would) rather you (?:did )?"
    "|i (?:want|need|expect|ask) you to |make sure (?:that )?(?:you |to )|be sure (?:to|you) "
    "|please ensure (?:that )?you "
    "|you (?:must|shall|are to|have to|need to)(?: please)? |remember to "
    "|don't forget to |try to "
)
_ADVISED = (
    "cite|quote|answer|reply|respond|reveal|share|disclose|write|translate|format|confirm|sign|address|refer|mention"
)
_ADVERB = "(?:always |never |only |ever |again |also |just |simply |please |generally |not |to )*"

ENGLISH = Language(
    lead=(
        "please|pls|kindly|also|and|but|so|then|just|ok|okay|hi|hey|hello|thanks(?: a lot| so much)?|thank you|oh|well"
        "|btw|by the way|(?:one|another|a last) (?:more |last )?(?:thing|rule|note|request)|note|nb|important|reminder"
        "|(?:first |second |third )?rule(?: \\d+)?|for the record|again|plus|great|perfect|good|nice|alright"
        "|sure|yes|no"
        "|\\d+[.)]|actually|next|finally|as a (?:general )?rule|in general|generally|remember|listen|look|lastly"
        "|once more"
    ),
    always="always|never(?: ever)?|under no circumstances|at no (?:time|point)|only(?: ever)?",
    lasting=(
        "from today\\b|from (?:now|here|today|this (?:point|moment)) (?:on|onwards?|out|forward)(?: out)?"
        "|from this point"
        "|(?:going|moving) forward"
        "|in (?:the )?future|henceforth|hereafter|for the rest of (?:this|the|our|your)|for the remainder of"
        "|in (?:this|our) (?:chat|conversation|thread|session|project)|(?:in|for|throughout) (?:this|our|the) whole"
        "|throughout (?:this|the|our)|(?:every|each) time|at all times|(?:until|unless) (?:i|told|further"
        "|otherwise|explicitly"
        "|asked|i'm|you)|by default|any ?more|in (?:all|every|any|each)(?: of)?(?: your)? (?:answers?|repl\\w+"
        "|responses?|messages?|e-?mails?|reports?|summar\\w+)|in your (?:answers?|replies|responses?|messages)"
        "|without (?:asking"
        "|my|checking|telling|confirm\\w+|an explicit|permission|approval)|(?:before|first) (?:asking|checking"
        "|you (?:have )?ask\\w*)"
        "|whenever|(?:when|if) (?:you|i) (?:answer|reply|respond|write|quote|cite|ask|send|paste)"
    ),
    orders=f"(?:{_ASKED})?{_ADVERB}(?:{_VERBS})",
    bans=(
        f"(?:{_ASKED})?(?:don'?t|don’t|do not|not|never)(?: you)? {_ADVERB}(?:{_VERBS})"
        "|would you mind not \\w+ing|you (?:may|must|shall|are) (?:not|never)(?: allowed to| to)? (?:\\w+)"
    ),
    style=(
        "emojis?|emoticons?|smileys|bullet(?:ed)? ?(?:points?|lists?)?|bullets|markdown|jargon|small talk"
        "|exclamation marks"
        "|metric|imperial|celsius|fahrenheit|si units|24[- ]hour|12[- ]hour|british (?:english|spelling)"
        "|american (?:english|spelling)"
        "|formal|informal|plain (?:text|english|language)|(?:first|last) names?|pronouns|(?:my|your) (?:answers?"
        "|repl\\w+|responses?"
        "|sentences|explanations|summaries|tone|messages)|filler|flattery|apolog\\w+|disclaimers?|slang"
        "|abbreviations|passive voice"
        "|em[- ]dashes|oxford comma|headings|(?:short|long|full|simple) (?:answers?|sentences|paragraphs)"
        "|iso dates?|utc"
        "|in (?:french|german|english|spanish|italian|portuguese|russian|japanese|chinese|dutch|polish|turkish"
        "|arabic|hindi|korean)"
        "|my (?:home |email |e-mail |phone |real |full |private |postal )*(?:address|number|name|location"
        "|password|data|birthday|salary"
        "|health|diagnosis|details|family)|(?:every|each) (?:answer|summary|reply|response|report)|two decimals?"
        "|decimal places|confidential|(?:with|to) any(?:one|body)|the word"
    ),
    occasion=(
        "(?:every|each|any) ?time|whenever|(?:when (?:i|you)|if (?:i|someone|anyone|anybody)) (?:ever )?(?:ask"
        "|say|send|write|type|mention|paste"
        "|request|give you|share|tell|quote|cite|answer|reply|respond|use|are (?:not |un)sure|aren't sure"
        "|don't know|draft|list|plan|recommend|suggest|translate"
        "|summari|book|forward|post|upload|report)\\w*|for (?:all|any|every|each)\\b|(?:when|if) (?:in doubt"
        "|unsure|possible|there are several)"
    ),
    wishes=(
        "you (?:are|will|should|must|only) |no (?:more )?\\w+|i (?:want|need|expect|prefer)(?! to\\b)"
        "|i'd (?:like|prefer)(?! to\\b)|(?:all|your"
        "|every|any|my|the)\\b"
        "[^,;]{0,60}\\b(?:should|must|shall|need to|has to|have to|are to)\\b|only (?:in |answer|reply|use|give"
        "|show|cite|suggest|write)|(?:answers?"
        "|prices|dates|replies"
        "|(?:all|any|every|your) \\w+ (?:go|goes|in|as|with)|responses|everything|english|french|german|metric"
        "|short|shorter)\\b"
    ),
    idioms=(
        f"(?:{_ASKED})from (?:now|here|today) on|"
        "(?:answers|replies|prices|dates) in \\w+(?: \\w+)?,? (?:only|please|always)|no \\w+(?: \\w+)? ever\\b|"
        "(?:(?:one|another|a|new|my|ground|and|house) (?:more |last |new )?(?:rules?|habit"
        "|request)(?: from (?:me|my side)| before i forget| of mine| for you"
        "| for (?:the|our|this) [\\w ]{1,20})*|(?:something )?i insist on|for (?:the future|future reference)"
        "|standing (?:order|instruction|request)s?)\\s?[:–—-]\\s?\\w+ \\w+ \\w+"
        "|(?:when|if|whenever|every time) i (?:ask|say|send"
        f"|write)\\b[^,]{{0,60}}(?<!\\bi)(?<!\\bwe)(?<!\\bhe)(?<!\\bshe)"
        f"(?<!\\byou)(?<!\\bthey) (?:always|never) (?:{_VERBS})\\b"
        "|if (?:some|any)(?:one|body)\\b[^,]{0,50}\\basks?\\b[^,]{0,80},|(?:if"
        "|when)\\b[^,]{1,80}, (?:please )?(?:stop and )?(?:always )?ask me\\b"
        "|(?:for|on|with|in) "
        f"[^,;:]{{1,30}}(?<!\\bi)(?<!\\bwe)(?<!\\bhe)(?<!\\bshe)(?<!\\byou)(?<!\\bthey)(?<!\\bthat) (?:always"
        f"|never) (?:{_VERBS})\\b|(?:stay|stick) (?:with"
        "|to) (?:french|german|english|spanish|italian|portuguese)"
        "|(?:don't|do not|never) let me (?:use|skip|get away|forget|off)\\b|(?:keep"
        "|make) (?:\\w+ ){0,2}(?:answers|replies|responses|summaries) (?:to|under|below|within|short)"
        "|(?:don't|don’t|do not|never) (?:suggest|recommend|propose|offer|praise|wake|quiz|interrupt"
        "|correct) (?:me|him|her|us|any|a|new|things|anything)\\b"
        "|(?:stop|quit) (?:calling|suggesting|recommending|praising|correcting|offering) (?:me|things|it"
        "|everything|him|her|us|new|any)"
        "|(?:cite|quote|suggest|recommend|propose|praise|answer|reply)(?: \\w+){0,2} only\\b|"
        "would you mind not \\w+ing|ask (?:me )?(?:first |before |no circ|explanation|exclam)"
        f"|under no circumstances|(?:{_ASKED})(?:please )?(?:always|never)(?: ever)? (?!be )(?:{_VERBS})"
        f"|you should (?:always|never|only) (?:{_ADVISED})"
        f"|(?:don'?t|don’t|do not|never,?) ever,? (?:{_VERBS})|(?:don'?t|don’t|do not"
        f"|never) (?:{_VERBS})\\b[^,;]{{0,80}}\\bagain"
        "|(?:all|your|every|any|the)\\b[^,;]{0,60}\\b(?:should|must|need to|have to)\\b.{0,80}\\bfrom (?:now|here) on"
        "|(?:(?:you (?:can|may|should)|could you|please|just|i want you to|i'd like you to) )*call me (?!a |an "
        "|the |on |at |in |if |when|back|"
        "crazy|later|tomorrow|today|tonight|any|every|once|after|before|next|this|and |or |maybe|as soon|up|now|names)"
        "[\"“']?(?:by my|(?-i:(?!Monday|Tuesday|Wednesday|Thursday|Friday|Saturday|Sunday|I )[A-Z])|dr|mr|mrs|ms)"
        "|(?:address|refer to) me (?:as|by|with|using)|my pronouns are|i (?:prefer|would like|'d like|'d prefer"
        "|want) to be (?:called|addressed)"
        "|i'd (?:like|prefer) to be (?:called|addressed)|i go by (?-i:[A-Z])"
        "|(?:keep|make) (?:all |all of )?(?:your|the|these) (?:answers?|explanations|repl\\w+|responses?"
        "|messages|explanations|summaries|sentences|emails|e-mails|texts)"
        "|keep (?:it|things|everything|answers|replies) (?:short|brief|concise|simple|formal|professional|polite"
        "|under|below)"
        "|(?:your|all|the) (?:answers?|repl\\w+|responses?|summaries|emails) (?:should|must|have to|need to|shall)\\b"
        "|(?:be|stay) (?:more |as |very )?(?:concise|brief|succinct|formal|terse|factual|polite|professional)\\b"
        "|(?:(?:can|could|would|will) you |please )*(?:stop|quit) (?:using|calling me|asking me|adding"
        "|apologi[sz]ing|repeating (?:my|your|the|what)"
        "|ending|starting|giving me|suggesting|putting|including|answering|responding|replying|sending me"
        "|writing|being so"
        " (?:formal|wordy|verbose|polite))"
        "|no (?:more )?(?:emojis?|emoticons|bullet points|bullets|jargon|small talk|markdown|exclamation marks"
        "|apologies|disclaimers"
        "|flattery|tables|headings|slang|abbreviations)\\b(?! can| could)"
        "|(?:address) me \\w+ly|i'd rather you didn't \\w+|(?:don't|do not) (?:touch|push to|commit to"
        "|deploy to) the (?:prod|main|master|live)"
        "|(?:prices|dates|answers|replies|amounts|temperatures|units) in \\w+(?: \\w+)? only|(?:answer|reply"
        "|respond) [^,;]{0,40}\\bonly"
        "|(?:only )?(?:answer|reply|respond|write|speak)(?: to)?(?: me)?(?: only)? in (?:french|german|english"
        "|spanish|italian|portuguese|russian"
        "|japanese|chinese|dutch|polish|turkish|arabic|hindi|korean|british|american|plain|simple|one|two|three"
        "|short|full|a \\w+ tone)"
        "|(?:keep in mind|bear in mind|remember|note|don't forget|take into account) (?:that )?(?:i(?:'m| am"
        "| have|'ve got| don't| do not| only"
        "| can't| cannot| live| work| prefer| never| always| eat| hate)|my \\w+(?: \\w+)?(?: is| are|'s| has|,)"
        "|we(?:'re| are| have| don't| only))\\b"
        "|i (?:prefer|'d prefer|would prefer|only want|want) (?:your |the |all |to get )*(?:\\w+ )?(?:answers?"
        "|replies|responses|summaries"
        "|explanations|metric|celsius|bullet|prices in|dates in|it in writing)"
    ),
    after="always",
    cues=(
        "always|never|only|ever|anyone|anybody|somebody|confidential|from now|from here|from today|from this"
        "|forward|future|henceforth|hereafter|"
        "rest of|remainder|in this |in our |throughout|time|when|until|unless|default|any more|anymore|again|"
        "without|ever |call me|calling me|address|refer|pronoun|i go by|answer|repl|respon|keep |concise|"
        "brief|formal|stop |quit |no more|no emoji|emoji|bullet|jargon|disclaimer|remember|in mind|note|"
        "forget|prefer|account|metric|celsius|spelling|format|english|french|german|spanish|italian|clock|"
        "decimal|my |tone|plain|apolog|before |no circ|explanation|exclam"
    ),
    veto=(
        "(?:first|second|third|last|next|this|that) (?:paragraph|sentence|part|section|draft|letter|version"
        "|page)|(?:believe|be|love|trust|treat|take care of) (?:in )?yourself|your (?:heart|dreams?|head up"
        "|passions?"
        "|best|gut|instincts?|friends?|family"
        "|kids|sunscreen|partner|health|spirits?|chin|hopes?|body|feelings?|loved|doctor|mom|dad|kindness|smile"
        "|own|wallet|age|story"
        "|experiences?|journey|pets?|dogs?|cats?)\\b|(?:never|don't) (?:give up|mind|worry)|let me know (?:if"
        "|how|whenever)|soup|always be (?:there|here|my|a"
        "|grateful|happy|proud|around|fun|with)|(?:(?<!never )(?<!always )(?:send|give|say|tell)) (?:my|him|her"
        "|them|your) |(?:be"
        "|stay) (?:safe|strong|positive|true|careful)"
        "|here for you|(?:never|don't) say never|make time|each other|one another|whenever you (?:want|like|can"
        "|need|feel|have|get)"
        "|every (?:moment|day|second) |(?:this|that) (?:one )?time\\b|just this once|for now\\b|a memory"
        "|memories|have fun|remember to (?:have|enjoy|smile|breathe)|(?:always|never) remember (?!to )|(?:don't"
        "|never) ever (?:change|leave)"
    ),
)
