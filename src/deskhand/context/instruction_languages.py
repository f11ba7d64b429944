"""How rules are given in other languages than English: a smaller set of words for each. Data for `instructions`."""

from deskhand.context.instruction_words import ENGLISH, Language

GERMAN = Language(
    lead=(
        "bitte|und|aber|also|ok|okay|hallo|hi|danke|gut|super|ach ja|übrigens|noch (?:etwas|was|eine bitte)"
        "|wichtig|regel|hinweis"
    ),
    always="immer|nie(?:mals)?|stets|nur(?: noch)?|auf keinen fall|grundsätzlich|jedes mal",
    lasting=(
        "ab (?:jetzt|sofort|heute|nun)|von (?:jetzt|nun|heute) an|künftig|zukünftig|in zukunft|fortan"
        "|(?:in diesem|für diesen|im ganzen)"
        " (?:chat|gespräch)|nicht mehr|keine? \\w+ mehr|jedes ?mal|bis ich|außer ich|ohne (?:mich|meine"
        "|rückfrage|zu fragen)"
    ),
    orders=(
        "(?:kannst|könntest|würdest) du (?:bitte )?|(?:sie sollen|du sollst|du musst|sie müssen|du darfst"
        "|sie dürfen) |ich möchte,? dass du "
        "|(?:antworte|schreib|sprich|rede|nutz|verwend|benutz|gib|nenn|zeig|sag|erwähn|teil|frag|halt|fass|runde"
        "|erklär|übersetz|verrat"
        "|lösch|send|schick|mach|rechne|zitier|duz|siez|füg|vermeid|behalt|formulier|list|buch|speicher|hör|prüf"
        "|bestätig|warn|weise?"
        "|merk|kürz|beginn|vergiss)e?(?:n sie)?\\b|\\w+en sie\\b"
    ),
    bans=(
        "(?:antworte|schreib|verwend|benutz|nutz|teil|lösch|send|schick|gib|erwähn|nenn|mach|buch|sag"
        "|verrat)e?(?:n sie)? (?:bitte |mir )?(?:nie|keine?|nicht)"
    ),
    style=(
        "mit (?:du|sie)|emojis?|smileys|aufzählung\\w*|stichpunkt\\w*|auf (?:deutsch|englisch|französisch"
        "|spanisch|italienisch)|metrisch\\w*|celsius"
        "|fachbegriffe|fachjargon|(?:deine|ihre) (?:antwort\\w*|texte)|meine (?:adresse|nummer|telefonnummer"
        "|daten)|kurz(?:e|en)? (?:antwort\\w*|sätze\\w*)|floskeln"
    ),
    occasion="jedes ?mal,? wenn|immer,? wenn|wann immer|(?:wenn|falls|sobald) (?:ich|du)",
    wishes="möchte ich|will ich|keine? |nur |bitte |alle |immer |nie |auf \\w+|preise|antworten|kurz",
    idioms=(
        "wenn (?:ich|du)\\b[^,]{1,80}, (?:dann )?(?:\\w+ )?(?:bitte )?(?:immer|nie|niemals|nur|stets"
        "|ausschließlich)\\b|(?:du kannst mich |sie können mich )\\w+ nennen|nenn(?:e"
        "|en sie)? mich (?-i:[A-ZÄÖÜ])|duz(?:e"
        "|en sie)? mich|siez(?:e|en sie)? mich"
        "|halt(?:e|en sie)? (?:dich|deine antworten|ihre antworten|es|sich) \\w*\\s?(?:kurz|knapp|förmlich)"
        "|keine (?:emojis|smileys|aufzählungen|floskeln)"
        "|antworte(?:n sie)? (?:mir )?(?:bitte )?(?:nur )?(?:auf|in) \\w+|hör auf,? |hören sie auf,? "
        "|(?:denk daran|merk dir|vergiss nicht),? dass (?:ich|meine?)"
        "|(?:immer|nie|niemals|stets|nur) [^,]{0,60}\\b(?:antworten|angeben|weitergeben|schreiben|verwenden"
        "|benutzen|nennen|zitieren|fragen|nachfragen"
        "|löschen|senden|erwähnen)[.!]*$|(?:keine|deine|ihre) \\w+ [^,]{0,40}\\b(?:verwenden|benutzen)[.!]*$"
    ),
    after="immer|nie(?:mals)?|stets|nur(?: noch)?|auf keinen fall|grundsätzlich|jedes mal",
    cues=(
        "sprich|immer|nie|stets|nur|ab jetzt|ab sofort|ab heute|von jetzt|von nun|künftig|zukunft|fortan|nicht|keine|"
        "jedes|nenn|duz|siez|halt|antwort|hör auf|hören|merk|denk|wann|wenn|sobald|emoji|in diesem"
    ),
    veto="immer (?:noch|wieder|mehr)|suppe",
)
SPANISH = Language(
    lead="por favor|a mí|y|pero|vale|ok|hola|gracias|además|también|otra cosa|una cosa más|importante|nota|regla",
    always="siempre|nunca|jamás|s[oó]lo|solamente",
    lasting=(
        "a partir de (?:ahora|hoy)|de ahora en adelante|desde ahora|en adelante|en este (?:chat|hilo)"
        "|en esta conversación|cada vez|ya no"
        "|sin (?:preguntarme|mi permiso|consultarme)|hasta que te|por defecto|en (?:tus|todas) "
    ),
    orders=(
        "(?:puedes|podrías) |quiero que |me gustaría que |(?:responde|contesta|escribe|usa|utiliza"
        "|d[aá]me(?:l[oa]s?)?|da|cita"
        "|muestra|di|dime|pregúntame|pregunta"
        "|mantén|evita|traduce|habla|háblame|avísame|recuérdame|incluye|redondea|envía|confirma|explica|pon"
        "|resume|llámame|trátame|deja de)\\b"
    ),
    bans=(
        "no (?:me )?(?:propongas|sugieras|recomiendes|uses|utilices|compartas|des|escribas|respondas|menciones"
        "|borres|envíes|digas|llames"
        "|pongas|incluyas|reserves|vuelvas a)|(?:compartas|uses|borres|envíes|menciones|des|digas|escribas"
        "|respondas)\\b"
    ),
    style=(
        "emojis?|emoticonos|viñetas|en (?:español|inglés|francés|alemán|portugués)|métric\\w+|celsius"
        "|tus respuestas|jerga|mi (?:dirección|número|nombre|teléfono)"
        "|respuestas (?:cortas|breves)|listas"
    ),
    occasion="cada vez que|siempre que|cuando (?:te|yo|cites|escribas|respondas|pida|pregunte|me)",
    wishes="quiero|sin |todas|todos|solo|sólo|nada de|los precios|las respuestas|tus respuestas|en \\w+",
    idioms=(
        "ll[aá]m(?:ame|eme) (?-i:[A-Z])|puedes llamarme (?-i:[A-Z])|tut[eé]ame|tr[aá]t(?:ame|eme) de (?:tú"
        "|usted)|(?:deja|para|deje) de (?:usar"
        "|utilizar|llamarme|preguntar|repetir|disculparte|poner|escribir)"
        "|(?:responde|contesta|háblame|escribe|escríbeme)(?:me)? (?:siempre |solo )?en (?:español|inglés|francés"
        "|alemán|portugués)|(?:nada de|sin) emojis|(?:recuerda|ten en cuenta) que (?:soy|no|tengo|mi|vivo)"
        "|mantén (?:tus|las) respuestas"
    ),
    after="siempre|nunca|jamás|s[oó]lo|solamente",
    cues=(
        "trátame|siempre|nunca|jam|sólo|partir de|en adelante|cada vez|llám|llam|tut|deja|respond|contest|recuerda|"
        "cuando|nada de|en este|no us|no comp|en cuenta|mantén|emoji|desde ahora"
    ),
    veto="sopa|digas nunca|tus sueños|no me digas",
)
FRENCH = Language(
    lead=(
        "s'il (?:te|vous) pla[iî]t|stp|svp|merci|et|mais|ok|bonjour|salut|aussi|au fait|important|note|règle"
        "|encore une chose|autre chose|alors"
    ),
    always="toujours|jamais|ne jamais|uniquement|seulement",
    lasting=(
        "à partir de (?:maintenant|aujourd'hui)|désormais|dorénavant|à l'avenir|dans (?:ce chat"
        "|cette conversation)|à chaque fois|chaque fois"
        "|ne (?:plus|jamais)|toujours|jamais|sans (?:me demander|mon accord)|par défaut|dans tes réponses"
        "|plus (?:de|d')"
    ),
    orders=(
        "(?:peux-tu|pourrais-tu|pouvez-vous|pourriez-vous|tu dois|vous devez|je veux que tu|j'aimerais que tu) "
        "|(?:réponds|répondez|écris|écrivez|utilise[zr]?|donnez?|donne-moi"
        "|cite[zr]?|indique[zr]?|montre[zr]?|dis|dites|demande[zr]?(?:-moi)?|garde[zr]?|évite[zr]?|tradui(?:s"
        "|sez)|parle[zr]?(?:-moi)?|préviens-moi|inclus|arrondi[sr]?|confirme[zr]?|explique[zr]?|résume[zr]?"
        "|répondre|écrire|mets|arrête[zr]?)\\b"
    ),
    bans=(
        "n(?:e |')(?:me )?(?:m'appelle[zr]?|utilise[zr]?|partage[zr]?|donne[zr]?|réponds|répondez|écris|écrivez"
        "|mentionne[zr]?|supprime[zr]?|envoie|envoyez|dis|mets|réserve[zr]?|cite[zr]?)\\b"
    ),
    style=(
        "(?:d')?[ée]mojis?|émoticônes|listes à puces|puces|en (?:français|anglais|allemand|espagnol|italien)"
        "|métriques?|celsius|tes réponses|vos réponses|jargon"
        "|mon (?:adresse|numéro|nom|téléphone)|réponses courtes"
    ),
    occasion="(?:à )?chaque fois que|quand (?:tu|je|vous)|lorsque (?:tu|je|vous)|dès que je",
    wishes=(
        "je (?:veux|souhaite|préfère) |plus de |plus d'|toutes|tous|uniquement|les prix|les réponses"
        "|tes réponses|en \\w+"
    ),
    idioms=(
        "ne m'appelle[zr]? (?:plus|pas|jamais)|(?:appelle|appelez)-moi (?-i:[A-Z])|tutoie-moi|vouvoie-moi"
        "|(?:arrête|arrêtez|cesse) d(?:e "
        "|')(?:utiliser|m'appeler|me demander|répéter|t'excuser|mettre|écrire)"
        "|(?:réponds|répondez|écris|parle)(?:-moi)? (?:toujours |uniquement )?en (?:français|anglais|allemand"
        "|espagnol)|pas d'[ée]mojis|(?:souviens-toi|rappelle-toi|note) que (?:je|j'|mon|ma)"
        "|(?:garde|fais) (?:tes|des) réponses"
    ),
    after="toujours|jamais|ne jamais|uniquement|seulement",
    cues=(
        "toujours|jamais|désormais|dorén|avenir|chaque fois|appel|arrêt|cesse|répon|partir|tutoie|vouvoie|"
        "moji|en fr|en an|souviens|rappelle|note|plus d|quand|tes réponses"
    ),
    veto="la soupe|tes rêves|toujours pas|toujours là",
)
ITALIAN = Language(
    lead="per favore|e|ma|ok|ciao|grazie|inoltre|anche|un'altra cosa|importante|nota|regola|ti prego",
    always="sempre|mai|solo|soltanto",
    lasting=(
        "d'ora in (?:poi|avanti)|da (?:ora|adesso|oggi) in (?:poi|avanti)|in futuro|in questa (?:chat"
        "|conversazione)|ogni volta|sempre|mai|senza chiedermi|più"
    ),
    orders=(
        "(?:puoi|potresti|devi|voglio che tu) |(?:rispondi|scrivi|usa|utilizza|dammi|cita|mostra|dimmi|chiedimi"
        "|chiedi|mantieni|evita|traduci|parla|avvisami|includi|conferma|spiega|indica|riassumi|smetti)\\b"
    ),
    bans=(
        "non (?:usare|utilizzare|condividere|dare|scrivere|rispondere|menzionare|cancellare|inviare|mandare|dire"
        "|mettere|prenotare|chiamarmi)\\b"
    ),
    style=(
        "emoji|elenchi puntati|in (?:italiano|inglese|francese|tedesco|spagnolo)|metric\\w+|celsius"
        "|le tue risposte|gergo|il mio (?:indirizzo|numero|nome)|risposte brevi"
    ),
    occasion="ogni volta che|quando (?:ti|io|citi|scrivi|rispondi|chiedo)|ogniqualvolta",
    wishes="voglio|niente |tutti|tutte|solo|i prezzi|le risposte|le tue risposte|in \\w+",
    idioms=(
        "chiamami (?-i:[A-Z])|dammi del (?:tu|lei)|smetti(?:la)? di (?:usare|chiamarmi|chiedere|ripetere"
        "|scusarti)|(?:rispondi|scrivi|parla)(?:mi)? (?:sempre |solo )?in (?:italiano|inglese|francese|tedesco"
        "|spagnolo)"
        "|niente emoji|(?:ricorda|ricordati|tieni presente) che (?:sono|non|ho|mio|mia|il mio|vivo)"
        "|mantieni le (?:tue )?risposte"
    ),
    after="sempre|mai|solo|soltanto",
    cues=(
        "sempre|mai|d'ora|da ora|da adesso|in futuro|ogni|chiam|smetti|rispond|niente|non |ricorda|tieni|"
        "dammi del|scriv|mantieni|quando"
    ),
    veto="zuppa|i tuoi sogni",
)
PORTUGUESE = Language(
    lead="por favor|e|mas|ok|olá|oi|obrigad[oa]|também|além disso|outra coisa|importante|nota|regra",
    always="sempre|nunca|jamais|só|somente|apenas",
    lasting=(
        "a partir de (?:agora|hoje)|de agora em diante|daqui (?:em|para) (?:diante|a frente)|doravante|no futuro"
        "|neste chat|nesta conversa|(?:a )?cada vez|toda vez|sempre|nunca|sem me (?:perguntar|consultar)|mais"
    ),
    orders=(
        "(?:podes?|poderias?|você deve|deves|quero que) |(?:responda|responde|escreva|escreve|use|usa|utilize|dê"
        "|dá|me dê|dá-me|cite|cita|mostre|mostra|diga|pergunte|mantenha|mantém|evite|traduza|fale|fala|avise"
        "|inclua"
        "|confirme|explique|resuma|pare|para)\\b"
    ),
    bans=(
        "não (?:me )?(?:use|uses|compartilhe|partilhes|partilhe|dê|escreva|escrevas|responda|respondas|mencione"
        "|menciones|apague|envie|envies|diga|coloque|reserve)\\b|(?:compartilhe|partilhes|apague|envie"
        "|mencione)\\b"
    ),
    style=(
        "emojis?|marcadores|em (?:português|inglês|francês|alemão|espanhol)|métric\\w+|celsius|(?:suas"
        "|tuas) respostas|jargão|meu (?:endereço|número|nome|telefone)|minha morada|respostas curtas"
    ),
    occasion="(?:a )?cada vez que|toda vez que|sempre que|quando (?:eu|você|citar|citares)",
    wishes="quero|nada de|sem |todos|todas|só|apenas|os preços|as respostas|em \\w+",
    idioms=(
        "(?:me chame|me chama|chama-me|chame-me|pode me chamar)(?: de)? (?-i:[A-Z])|(?:pare|para|deixe"
        "|deixa) de (?:usar|me chamar|me perguntar|repetir|pedir desculpas?|escrever)"
        "|(?:responda|responde|escreva|fale)(?:-me)? (?:sempre |só )?em (?:português|inglês|francês|alemão"
        "|espanhol)|(?:nada de|sem) emojis|(?:lembre-se de|lembra-te de|lembre) que (?:eu|sou|não|tenho|meu"
        "|minha)"
        "|(?:mantenha|mantém) (?:as )?(?:suas|tuas) respostas"
    ),
    after="sempre|nunca|jamais|só|somente|apenas",
    cues=(
        "sempre|nunca|jamais|partir de|agora em|daqui|doravante|cada vez|toda vez|cham|pare |para de|deix|"
        "respond|não |lembr|neste|nesta|mantenha|mantém|escrev|nada de"
    ),
    veto="sopa|seus sonhos",
)
RUSSIAN = Language(
    lead="пожалуйста|и|а|но|ок|привет|спасибо|также|ещё одно|еще одно|важно|правило|кстати|хорошо|так",
    always="всегда|никогда|только|впредь|постоянно",
    lasting=(
        "с (?:этого момента|сегодняшнего дня)|отныне|впредь|в дальнейшем|в будущем|в этом чате|в этой беседе"
        "|каждый раз|больше|всегда|никогда|без моего|не спросив|по умолчанию"
    ),
    orders=(
        "(?:ты должен|вы должны|можешь|я хочу, чтобы ты) |(?:отвечай|пиши|используй|называй|показывай|указывай"
        "|цитируй|спрашивай|говори|давай|переводи|избегай|предупреждай|подтверждай|объясняй|округляй|храни|делай"
        "|обращайся|напоминай|добавляй)(?:те)?\\b"
    ),
    bans=(
        "не (?:используй|пиши|отвечай|называй|сообщай|давай|удаляй|отправляй|упоминай|говори|показывай|делись"
        "|спрашивай|передавай|бронируй|добавляй)(?:те)?\\b"
    ),
    style=(
        "эмодзи|смайлик\\w*|спис\\w+|по-(?:русски|английски|немецки|французски)|на (?:русском|английском"
        "|немецком)|метрическ\\w+|цельси\\w+|твои ответы|коротк\\w+|кратк\\w+|жаргон\\w*|мой (?:адрес|номер)"
        "|моим (?:адресом|номером)|моего имени"
    ),
    occasion="каждый раз,? когда|всякий раз,? когда|когда (?:я|ты|вы)|если я",
    wishes="я хочу|никаких|только|все |цены|ответы|по-\\w+|на \\w+",
    idioms=(
        "(?:зови|называй|зовите|называйте) меня (?-i:[А-Я])|обращайся ко мне|обращайтесь ко мне"
        "|перестань(?:те)? (?:использовать|называть|спрашивать|извиняться|повторять|писать)|(?:отвечай|пиши"
        "|говори)(?:те)? (?:мне )?(?:только |всегда )?(?:по-\\w+|на \\w+ языке|коротко|кратко)|никаких (?:эмодзи"
        "|смайликов)|без (?:эмодзи|смайликов)|(?:запомни|учти|помни)(?:те)?,? что (?:я|у меня|мой|моя|мне)"
    ),
    after="всегда|никогда|только|впредь|постоянно",
    cues=(
        "всегда|никогда|только|впредь|отныне|момента|дальнейшем|будущем|каждый|всякий|меня|мне|не |отвеча|"
        "никаких|запомни|учти|помни|перестань|если|когда|без |обращай|по умолч|пиши|говори"
    ),
    veto="не говори ерунды",
)
LANGUAGES = (ENGLISH, GERMAN, SPANISH, FRENCH, ITALIAN, PORTUGUESE, RUSSIAN)

JAPANESE = (
    "(?:これから|今後|以後|以降|今から|次から|このチャット|この会話|必ず|常に|いつも|毎回|絶対に?|二度と|決して|もう)[^。]*"
    "(?:ください|下さい|お願い|しないで|するな|すること|してね|しろ|して$|ないで|答えて|使って|使わないで|教えて|書いて)"
    "|と呼んで|(?:返事|返答|回答|答え|返信)は[^。]*(?:で(?:お願い|。|$)|してください|に(?:して|してください))"
    "|(?:日本語|英語|敬語|メートル法|摂氏)で(?:答え|返事|回答|書い|お願い|話し)|(?:絵文字|専門用語|箇条書き)は?(?:を)?(?:使わないで|やめて|なしで|使用しないで|禁止)"
    "|(?:するたびに|たびに|ときは|時は|場合は)[^。]*(?:ください|下さい|して$|お願い)|を覚えておいて"
)
"""Japanese has its verbs at the end, and no order that would need a list: one expression for a whole sentence."""
