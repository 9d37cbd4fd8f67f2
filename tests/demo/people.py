"""Invented people of many countries, the same ones every time.

Names, streets and companies are made up from lists; addresses of mail end in
`.example`. Telephone numbers are of the ranges that regulators keep free for films
where a country has one, else invented.
"""

from __future__ import annotations

import random
import unicodedata
from dataclasses import dataclass, field, replace

SEED = 19


@dataclass(frozen=True)
class Place:
    """One postal address."""

    street: str
    city: str
    state: str
    zip: str
    country: str


@dataclass(frozen=True)
class Person:
    """A person as somebody would write them down; empty means not known."""

    first: str
    last: str
    email: str = ""
    second_email: str = ""
    salutation: str = ""
    job: str = ""
    department: str = ""
    company: str = ""
    office_phone: str = ""
    mobile: str = ""
    home_phone: str = ""
    other_phone: str = ""
    fax: str = ""
    assistant: str = ""
    assistant_phone: str = ""
    office: Place | None = None
    home: Place | None = None
    birthday: str = ""
    note: str = ""

    def but(self, **changes: object) -> Person:
        """The same person with other values."""
        return replace(self, **changes)  # type: ignore[arg-type]


@dataclass(frozen=True)
class Country:
    """What addresses, names and numbers look like in one country.

    In phone patterns `#` stands for a digit.
    """

    name: str
    firsts: tuple[str, ...]
    lasts: tuple[str, ...]
    streets: tuple[str, ...]
    cities: tuple[tuple[str, str, str], ...]
    phone: str
    mobile: str
    companies: tuple[str, ...]
    salutations: tuple[str, ...] = ("",)
    number_first: bool = False
    weight: int = 2
    slugs: dict[str, str] = field(default_factory=dict)


COUNTRIES = (
    Country(
        "Deutschland",
        ("Jörg", "Käthe", "Anneliese", "Björn", "Sören", "Ülkü", "Franz", "Lena"),
        ("Müller-Lüdenscheid", "Großmann", "Weiß", "Öztürk", "Schäfer", "Bär"),
        ("Lindenstraße", "Am Mühlgraben", "Schloßallee", "Hafenstraße"),
        (
            ("Berlin", "", "10115"),
            ("Würzburg", "Bayern", "97070"),
            ("Lübeck", "Schleswig-Holstein", "23552"),
        ),
        "+49 30 23125 ###",
        "+49 171 39200##",
        ("Brückner & Söhne GmbH", "Nordlicht Optik KG", "Maschinenbau Weißenfels AG"),
        ("", "", "Dr.", "Prof."),
        weight=5,
    ),
    Country(
        "Österreich",
        ("Vroni", "Leopold", "Resi", "Gerhild"),
        ("Hölzl", "Wögerbauer", "Gruber", "Prohaska"),
        ("Mariahilfer Straße", "Kärntner Ring"),
        (("Wien", "", "1010"), ("Graz", "Steiermark", "8010")),
        "+43 1 5554 ###",
        "+43 660 55501##",
        ("Zuckerbäckerei Hölzl", "Donaukraft Ges.m.b.H."),
        ("", "Dr."),
    ),
    Country(
        "Schweiz",
        ("Urs", "Beatrice", "Reto", "Élodie"),
        ("Zürcher", "Bünzli", "Favre", "Rüegg"),
        ("Bahnhofstrasse", "Rue du Lac"),
        (("Zürich", "ZH", "8001"), ("Genève", "GE", "1201")),
        "+41 44 555 0# ##",
        "+41 79 555 0# ##",
        ("Rüegg Feinmechanik AG", "Banque du Lac SA"),
    ),
    Country(
        "France",
        ("Aurélie", "François", "Zoé", "Benoît"),
        ("Lefèvre", "D'Haëne", "Beauchêne", "Garçon"),
        ("rue de l'Église", "boulevard Saint-Michel"),
        (("Paris", "", "75005"), ("Besançon", "Doubs", "25000")),
        "+33 1 99 00 ## ##",
        "+33 6 39 98 ## ##",
        ("Société Générale des Glaces", "Fromagerie Beauchêne"),
        ("",),
        number_first=True,
    ),
    Country(
        "España",
        ("Íñigo", "Begoña", "José María", "Nuria"),
        ("Núñez Ibáñez", "Muñoz", "Peña", "Agüero"),
        ("Calle de Alcalá", "Avenida de la Constitución"),
        (("Madrid", "Madrid", "28014"), ("A Coruña", "Galicia", "15001")),
        "+34 915 550 ###",
        "+34 655 501 ###",
        ("Bodegas Peña Ñandú, S.L.",),
    ),
    Country(
        "Brasil",
        ("João", "Conceição", "Thaís", "Antônio"),
        ("Gonçalves", "Araújo", "da Conceição", "Magalhães"),
        ("Rua das Acácias", "Avenida Paulista"),
        (("São Paulo", "SP", "01310-100"), ("Florianópolis", "SC", "88010-000")),
        "+55 11 5550-0###",
        "+55 11 95550-0###",
        ("Café Três Corações Inventados Ltda.", "Açúcar União do Sul S.A."),
    ),
    Country(
        "Polska",
        ("Łukasz", "Małgorzata", "Świętosława", "Zbigniew"),
        ("Wójcik", "Gżegżółka", "Źdźbło", "Kowalczyk"),
        ("ul. Piękna", "ul. Świętokrzyska"),
        (("Łódź", "łódzkie", "90-001"), ("Kraków", "małopolskie", "30-001")),
        "+48 22 555 0# ##",
        "+48 555 01# ###",
        ("Huta Szkła Źródło sp. z o.o.",),
    ),
    Country(
        "United Kingdom",
        ("Siobhán", "Gareth", "Penelope", "Alistair"),
        ("O'Connor", "Fotheringay-Smythe", "Llewellyn", "MacLeod"),
        ("Baker Row", "The Old Brewery, High Street"),
        (("London", "", "SW1A 1ZZ"), ("Edinburgh", "Scotland", "EH1 9ZZ")),
        "+44 20 7946 0###",
        "+44 7700 900###",
        ("Thistle & Rose Ltd", "Harbour Light plc"),
        ("", "", "Dr."),
        number_first=True,
    ),
    Country(
        "United States",
        ("Maria", "DeShawn", "Ruth", "Hank"),
        ("Garcia", "van der Berg", "O'Neal", "Smith"),
        ("Main Street", "Industrial Parkway, Suite 300"),
        (("Springfield", "IL", "62701"), ("Austin", "TX", "73301")),
        "+1 212 555 01##",
        "+1 415 555 01##",
        ("Acme Widgets, Inc.", "Blue Prairie Farms LLC"),
        ("", "", "Prof."),
        number_first=True,
        weight=3,
    ),
    Country(
        "日本",
        ("さくら", "健太", "美咲", "大輔"),
        ("山田", "佐藤", "渡邉", "髙橋"),
        ("丸の内一丁目", "烏丸通"),
        (("東京都千代田区", "東京都", "100-0005"), ("京都市", "京都府", "600-8001")),
        "+81 3 5550 0###",
        "+81 90 5550 0###",
        ("株式会社 青空商事",),
        slugs={
            "さくら": "sakura",
            "健太": "kenta",
            "美咲": "misaki",
            "大輔": "daisuke",
            "山田": "yamada",
            "佐藤": "sato",
            "渡邉": "watanabe",
            "髙橋": "takahashi",
        },
    ),
    Country(
        "中国",
        ("伟", "秀英", "晓明"),
        ("王", "李", "欧阳"),
        ("人民路", "中山东路"),
        (("上海", "", "200001"), ("南京", "江苏", "210005")),
        "+86 21 5555 0###",
        "+86 139 5550 0###",
        ("上海蓝天贸易有限公司",),
        slugs={
            "伟": "wei",
            "秀英": "xiuying",
            "晓明": "xiaoming",
            "王": "wang",
            "李": "li",
            "欧阳": "ouyang",
        },
    ),
    Country(
        "대한민국",
        ("민준", "서연"),
        ("김", "박"),
        ("세종대로",),
        (("서울특별시", "", "04524"),),
        "+82 2 5550 0###",
        "+82 10 5550 0###",
        ("한빛 무역",),
        slugs={"민준": "minjun", "서연": "seoyeon", "김": "kim", "박": "park"},
        weight=1,
    ),
    Country(
        "Ελλάδα",
        ("Γιώργος", "Ελένη"),
        ("Παπαδόπουλος", "Οικονόμου"),
        ("Οδός Ερμού",),
        (("Αθήνα", "Αττική", "105 63"),),
        "+30 21 0555 0###",
        "+30 694 555 0###",
        ("Αιγαίο Ναυτιλιακή",),
        slugs={
            "Γιώργος": "giorgos",
            "Ελένη": "eleni",
            "Παπαδόπουλος": "papadopoulos",
            "Οικονόμου": "oikonomou",
        },
        weight=1,
    ),
)

JOBS = (
    "Einkäuferin",
    "Head of Purchasing",
    "Geschäftsführer",
    "Chargée d'affaires",
    "Quality Manager",
    "Ingénieur",
    "Sales Representative",
    "部長",
    "Jefa de compras",
    "",
)
DEPARTMENTS = ("Einkauf", "R&D", "Vertrieb Süd", "Logistics", "品質管理", "", "", "")
NOTES = (
    "",
    "",
    "",
    "Met at the fair in Hanover.",
    "Ruft lieber an, als zu schreiben.\nNicht vor 10 Uhr.",
    "Prefers tea to coffee 🍵, speaks Dutch.",
    "Key account; 3 % discount agreed in 2024.\n\nAsk about the boat.",
    "会議は午前中にお願いします。",
)
LONG_NOTE = "\n".join(
    f"{year}: Besuch bei der Kundin; Angebot über {year - 1990} Stück besprochen, "
    "Lieferung im Frühjahr, Rückfrage wegen der Verpackung (Holz statt Pappe)."
    for year in range(2004, 2026)
)

_UNDECOMPOSED = str.maketrans({"ł": "l", "ø": "o", "ı": "i"})


def slug(country: Country, text: str) -> str:
    """The part of a mail address that stands for a name."""
    known = country.slugs.get(text)
    if known:
        return known
    plain = unicodedata.normalize("NFKD", text.casefold()).translate(_UNDECOMPOSED)
    return "".join(c for c in plain if c.isascii() and c.isalnum()) or "kontakt"


def people(number: int, seed: int = SEED) -> list[Person]:
    """That many persons, all with a mail address of their own."""
    chance = random.Random(seed)
    weights = [country.weight for country in COUNTRIES]
    made: list[Person] = []
    taken: set[str] = set()
    while len(made) < number:
        country = chance.choices(COUNTRIES, weights)[0]
        person = _person(chance, country, taken)
        if person is not None:
            made.append(person)
    return made


def _person(chance: random.Random, country: Country, taken: set[str]) -> Person | None:
    """Somebody new; none where a namesake could not be told apart."""
    first, last = chance.choice(country.firsts), chance.choice(country.lasts)
    company = chance.choice(country.companies)
    local = f"{slug(country, first)}.{slug(country, last)}"
    domain = f"{slug(country, company)[:18]}.example"
    email, again = f"{local}@{domain}", 1
    while email in taken:
        again += 1
        email = f"{local}{again}@{domain}"
    if again > 1 and country.slugs:
        return None
    taken.add(email)
    middle = f" {chr(64 + again)}." if again > 1 else ""

    def now_and_then(share: float, text: str) -> str:
        return text if chance.random() < share else ""

    office = _place(chance, country)
    return Person(
        first=first + middle,
        last=last,
        email=email,
        second_email=now_and_then(0.2, f"{local}{again}@privat.example"),
        salutation=chance.choice(country.salutations),
        job=chance.choice(JOBS),
        department=chance.choice(DEPARTMENTS),
        company=company,
        office_phone=_number(chance, country.phone),
        mobile=now_and_then(0.6, _number(chance, country.mobile)),
        home_phone=now_and_then(0.2, _number(chance, country.phone)),
        other_phone=now_and_then(0.1, _number(chance, country.mobile)),
        fax=now_and_then(0.3, _number(chance, country.phone)),
        assistant=now_and_then(0.1, f"{chance.choice(country.firsts)} {last}"),
        assistant_phone=now_and_then(0.1, _number(chance, country.phone)),
        office=office if chance.random() < 0.8 else None,
        home=_place(chance, country) if chance.random() < 0.3 else None,
        birthday=now_and_then(
            0.3,
            f"{chance.randint(1948, 2003)}-{chance.randint(1, 12):02}"
            f"-{chance.randint(1, 28):02}",
        ),
        note=chance.choice(NOTES),
    )


def _place(chance: random.Random, country: Country) -> Place:
    city, state, code = chance.choice(country.cities)
    street, house = chance.choice(country.streets), str(chance.randint(1, 180))
    line = f"{house} {street}" if country.number_first else f"{street} {house}"
    return Place(line, city, state, code, country.name)


def _number(chance: random.Random, pattern: str) -> str:
    return "".join(str(chance.randint(0, 9)) if c == "#" else c for c in pattern)
