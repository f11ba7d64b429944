"""The same words in other roles, in another tense, with another unit or the other way round are another statement."""

import pytest

from deskhand.toolsets.memory.relation import relation

ROLES = [
    ("Anna is Bob's manager", "Bob is Anna's manager"),
    ("Anna manages Bob", "Bob manages Anna"),
    ("Anna emailed Bob about Rome", "Bob emailed Anna about Rome"),
    ("Bob lent Anna 50 euros", "Anna lent Bob 50 euros"),
    ("Anna is older than Bob", "Bob is older than Anna"),
    ("Call mom", "Mom calls"),
    ("Anna calls Mom every Sunday", "Mom calls Anna every Sunday"),
    ("My brother helps my sister", "My sister helps my brother"),
    ("The cat chases the dog", "The dog chases the cat"),
    ("The laptop belongs to Greta's brother", "The laptop's brother belongs to Greta"),
    ("I called Anna", "Anna called me"),
    ("Peter hilft Anna bei der Steuer", "Anna hilft Peter bei der Steuer"),
    ("Anna ist die Chefin von Peter", "Peter ist der Chef von Anna"),
    ("Ich rufe Anna an", "Anna ruft mich an"),
    ("Der Hund jagt die Katze", "Die Katze jagt den Hund"),
    ("Juan debe dinero a Ana", "Ana debe dinero a Juan"),
    ("Ana es la jefa de Juan", "Juan es el jefe de Ana"),
    ("Mi hermano ayuda a mi hermana", "Mi hermana ayuda a mi hermano"),
    ("Я звонил Анне", "Анна звонила мне"),
    ("Анна помогает Борису", "Борису помогает не Анна, Борис помогает Анне"),
    ("Брат помогает сестре", "Сестра помогает брату"),
    ("アンナはボブの上司です", "ボブはアンナの上司です"),
    ("母が父に電話する", "父が母に電話する"),
]
DIRECTIONS = [
    ("I moved from Rome to Oslo", "I moved from Oslo to Rome"),
    ("Prices went up from 9 to 17", "Prices went up from 17 to 9"),
    ("The server is up from 9 to 17", "The server is up from 17 to 9"),
    ("Send invoices to Anna", "Send invoices from Anna"),
    ("The meeting with Anna is before lunch", "The meeting with Anna is after lunch"),
    ("The car is in front of the house", "The car is behind the house"),
    ("The key is under the mat", "The key is on the mat"),
    ("I work with Anna", "I work for Anna"),
    ("Take the pill with food", "Take the pill without food"),
    ("Der Zug fährt von Kiel nach Bonn", "Der Zug fährt von Bonn nach Kiel"),
    ("Das Auto steht vor dem Haus", "Das Auto steht hinter dem Haus"),
    ("Die Pille vor dem Essen nehmen", "Die Pille nach dem Essen nehmen"),
    ("El tren va de Vigo a León", "El tren va de León a Vigo"),
    ("La pastilla se toma antes de la cena", "La pastilla se toma después de la cena"),
    ("Поезд идёт из Твери в Тулу", "Поезд идёт из Тулы в Тверь"),
    ("Таблетка до еды", "Таблетка после еды"),
    ("東京から大阪へ行く", "大阪から東京へ行く"),
    ("薬は食前に飲む", "薬は食後に飲む"),
]
TENSES = [
    ("The report is due Friday", "The report was due Friday"),
    ("They are twins", "They were twins"),
    ("Mia and Eva are twins", "Mia and Eva were twins"),
    ("Heron is due in May", "Heron was due in May"),
    ("Die Wohnung ist in Kiel", "Die Wohnung war in Kiel"),
    ("Sie sind Zwillinge", "Sie waren Zwillinge"),
    ("Mi jefa es Ana", "Mi jefa era Ana"),
    ("Los pisos son caros", "Los pisos eran caros"),
    ("Анна начальник", "Анна была начальником"),
    ("部屋は三階です", "部屋は三階でした"),
]
UNITS = [
    ("I paid Bob 20 euros", "I paid Bob 20 dollars"),
    ("The rent is 800 euros", "The rent is 800 dollars"),
    ("Dose: 5 mg", "Dose: 5 g"),
    ("The bag weighs 10 kg", "The bag weighs 10 pounds"),
    ("The rent is 800 €", "The rent is 800 $"),
    ("Die Miete beträgt 800 Euro", "Die Miete beträgt 800 Franken"),
    ("El alquiler es de 800 euros", "El alquiler es de 800 dólares"),
    ("Аренда 800 рублей", "Аренда 800 евро"),
    ("家賃は800円です", "家賃は800ドルです"),
]
STILL_THE_SAME = [
    ("Greta owns the laptop.", "The laptop is owned by Greta."),
    ("Anna is Bob's manager", "Bob's manager is Anna"),
    ("Anna and Bob like opera.", "Bob and Anna like opera."),
    ("My sister is called Eva.", "Eva is my sister."),
]


@pytest.mark.parametrize(("old", "new"), [*ROLES, *DIRECTIONS, *TENSES, *UNITS])
def test_the_same_words_in_another_role_tense_or_unit_are_no_duplicate(old: str, new: str):
    assert relation(old, new) != "duplicate"
    assert relation(new, old) != "duplicate"


@pytest.mark.parametrize(("old", "new"), STILL_THE_SAME)
def test_a_passive_a_list_or_a_turned_copula_says_the_same(old: str, new: str):
    assert relation(old, new) == "duplicate"
    assert relation(new, old) == "duplicate"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("My doctor is Dr. Weber", "My new doctor is Dr. Lang"),
        ("My teacher is Mr. Weber.", "My new teacher is Mr. Lang."),
        ("I live in St. Gallen. My flat is big.", "I moved to St. Pölten. My flat is small."),
        ("Mein Arzt ist Dr. Weber.", "Mein neuer Arzt ist Dr. Lang."),
        ("Mi dentista es la Dra. Vega.", "Mi nueva dentista es la Dra. Luna."),
        ("Адрес: ул. Ленина, д. 5", "Новый адрес: ул. Мира, д. 7"),
    ],
)
def test_an_abbreviation_ends_no_sentence(old: str, new: str):
    assert relation(old, new) == "supersedes"
