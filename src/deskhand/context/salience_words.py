"""Words that tell a message worth keeping from chatter; English, with the commonest of some other languages.

The patterns are for texts in lower case: that is five times faster than to ignore the case.
"""

import re

DECIDED = re.compile(
    r"\b(?:decid\w+|agree[ds]?|settled|chose|chosen|pick(?:ed)?|go(?:ing)? with|will|won't|promis\w+|deadline|due|must"
    r"|need(?:s|ed)? to|have to|has to|should|never|always|prefer\w*|favou?rite|love[ds]?|hate[ds]?|allerg\w+|because"
    r"|instead|changed?|moved?|booked|bought|paid|signed|started|finished|cancel\w*|confirmed|appointment|birthday"
    r"|password|address|called|named|budget|price|costs?|remember|plan(?:s|ned|ning)?|got|found|turned out"
    r"|entschieden|beschlossen|vereinbart|termin|immer|niemals|muss|gekauft|gebucht|kostet|decidido|acordado|siempre"
    r"|nunca|cita|reservado|comprado|cuesta|décidé|convenu|toujours|jamais|rendez-vous|решили|всегда|никогда|купил\w*)\b",
)
"""What was decided, promised, preferred, or changed."""

TIMES = re.compile(
    r"\b(?:january|february|march|april|may|june|july|august|september|october|november|december|jan|feb|mar|apr|jun|jul"
    r"|aug|sept?|oct|nov|dec|monday|tuesday|wednesday|thursday|friday|saturday|sunday|today|tomorrow|yesterday|tonight"
    r"|last (?:week|month|year|night|summer|winter)|next (?:week|month|year)|weekend|o'clock|[ap]m|years? ago"
    r"|montag|dienstag|mittwoch|donnerstag|freitag|samstag|sonntag|januar|februar|märz|mai|juni|juli|oktober|dezember"
    r"|morgen|gestern|heute|uhr|lunes|martes|miércoles|jueves|viernes|sábado|domingo|enero|febrero|marzo|abril|mayo"
    r"|junio|julio|agosto|septiembre|octubre|noviembre|diciembre|mañana|ayer|hoy)\b",
)
"""When something is or was."""

CHATTER = re.compile(
    r"\s*(?:thanks?|thank you|ok(?:ay)?|great|cool|nice|perfect|sure|haha\w*|lol|wow|hi|hey|hello|good (?:morning|night"
    r"|evening)|bye|you're welcome|no problem|sounds good|got it|awesome|exactly|right|yes|yeah|no|danke|gerne|hallo"
    r"|guten (?:morgen|tag|abend)|gracias|hola|buenos días|de nada|merci|bonjour|grazie|ciao|спасибо|привет)\b",
)
"""How messages begin that only keep the talk going."""
