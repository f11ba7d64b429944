"""Words that say nothing about what a text is about, per language. Short lists on purpose; question words are in."""

_LISTS = {
    "english": """
        a about after again all also am an and any are arent as at be because been before being but by can cant
        could couldnt d did didnt do does doesnt doing don dont down during each few for from further get gets getting
        go going got had hadnt has hasnt have havent having he hed her here hers herself hes him himself his how i id
        if ill im in into is isnt it its itself ive just let lets like ll m me might more most much must my myself
        not now of off oh ok okay on once one only or other our ours out over own re really s said same say says she
        shed shell shes should shouldnt so some such t tell than that thats the their theirs them themselves then
        there theres these they theyd theyll theyre theyve this those through to too up us ve very was wasnt we wed
        well were werent weve what whats when where wheres which while who whom whos whose why will with wont would
        wouldnt yeah yes you youd youll your youre yours yourself youve hey wow hi thanks thank
    """,
    "german": """
        aber alle allem allen aller alles als also am an ander andere anderen auch auf aus bei beim bin bis bist da
        damit dann das dass dein deine deinem deinen deiner dem den denn der des dessen dich die dies diese diesem
        diesen dieser dieses dir doch dort du durch ein eine einem einen einer eines er es etwas euch euer eure für
        gegen gewesen hab habe haben hat hatte hatten hier hin hinter ich ihm ihn ihnen ihr ihre ihrem ihren ihrer im in
        ins ist ja jede jedem jeden jeder jedes jetzt kann können könnte man manche mehr mein meine meinem meinen meiner
        mich mir mit muss nach nicht noch nun nur ob oder ohne sehr sein seine seinem seinen seiner seit sich sie sind
        so soll sollte sondern sonst über um und uns unser unsere unter viel vom von vor wann war waren warum was weg
        weil welche welchem welchen welcher welches wem wen wenn wer werde werden wie wieder will wir wird wirst wo
        woher wohin wollen wollte wurde wurden würde würden zu zum zur zwar zwischen mal schon gibt
    """,
    "spanish": """
        a al algo ante antes aquí como con contra cual cuál cuáles cuando cuándo cuánto cuánta cuántos cuántas de del
        desde donde dónde dos e el él ella ellas ellos en entre era eran es esa esas ese eso esos esta está están estaba
        estar estas este esto estos estoy fue fueron ha había han has hasta hay he la las le les lo los más me mi mí mis
        mucho muy nada ni no nos nosotros nuestra nuestro o os otra otro para pero por porque que qué quien quién
        quiénes se sea ser si sí sin sobre son soy su sus también tan te tengo tiene tienen todo todos tu tú tus un una
        uno unos ya y yo va voy fui adónde
    """,
    "russian": """
        а без более бы был была были было быть в вам вас весь во вот все всего всех вы где да даже для до его ее ей
        если есть еще же за здесь и из или им их к как какая какие какой какого каком какую ко когда кого кому кто куда
        ли лишь мне мной много может можно мой моя мои мою моего моей моем моим моими моих мы на над надо нам нас наш
        наша наши не него нее ней нет ни них но ну о об один он она они оно от очень откуда по под почему при про раз с
        сам свой своя свои свою своего своей себе себя со так также такой там тебе тебя тем теперь то тобой того тоже
        той только том тот тут ты у уже хотя чего чей чем через что чтобы чье чья эта эти это этого этой этом этот эту
        я сколько зачем меня мной
    """,
    "french": """
        a ai aie as au aux avec avait avez avons c ça ce cela ces cet cette chez comme comment combien d dans de des
        donc dont du elle elles en es est et étaient étais était été être eu eux fait il ils j je l la là le les leur
        leurs lui m ma mais me même mes moi mon n ne nos notre nous on ont ou où par pas plus pour pourquoi qu quand que
        quel quelle quelles quels qui quoi s sa sans se sera ses si son sont suis sur t ta te tes toi ton tous tout
        toute très tu un une vos votre vous y quest
    """,
    "italian": """
        a abbiamo ai al alla alle allo agli anche avere aveva c che chi ci ciò col come con cosa cui d da dal dalla
        dei del della delle dello degli di dove due e è ed era erano essere fa fra gli ha hai hanno ho i il in io l la
        le lei li lo loro lui ma mi mia mie miei mio molto ne nei nel nella nelle nello no noi non nostra nostro o per
        perché più qual quale quali quando quanto quanta quanti quante quella quelle quelli quello questa queste questi
        questo qui sarà se sei si sì sia siamo solo sono sta stato sto su sua sue sui sul sulla suo suoi ti tra tu tua
        tuo un una uno vi voi
    """,
    "portuguese": """
        a à ao aos aquela aquele aquilo as às até com como da das de dela dele deles depois do dos e é ela elas ele
        eles em entre era eram essa essas esse esses esta está estão estava este estes estou eu foi foram há isso isto
        já lhe mais mas me mesmo meu meus minha minhas muito na não nas nem no nos nós nossa nosso num numa o onde os ou
        para pela pelas pelo pelos por porque qual quais quando quanto quanta quantos quantas que quê quem são se sem
        ser seu seus só sua suas também te tem têm tenho teu tua tu um uma umas uns você vocês vai vou
    """,
    "dutch": """
        aan al alles als altijd ben bent bij daar dan dat de deze die dit doch doen door dus een en er ge geen
        geweest haar had hadden heb hebben heeft hem het hier hij hoe hoeveel hun iets ik in is ja je jij jou jouw
        jullie kan kon kunnen maar me meer men met mij mijn moet na naar niet niets nog nu of om omdat ons onze ook op
        over te
        toch toen tot u uit uw van veel voor waar waarom wanneer want waren was wat we wel welke werd wie wij wil worden
        wordt zal ze zelf zich zij zijn zo zonder zou
    """,
    "japanese": """
        です ます した して ます まし でし てい いる いま って から まで ので のは には では とは こと もの それ これ
        ある あり った いた いて ない なっ なん どこ いつ どの だっ たの たち たい ため ても です すか ょう よう でも
        は が を に の と も で へ や か ね よ な だ た て し い
    """,
}
STOP_WORDS: dict[str, frozenset[str]] = {language: frozenset(words.split()) for language, words in _LISTS.items()}
"""Language to its stop words, casefolded, apostrophes gone; Japanese ones are the pairs that particles leave."""
