"""People and their orders, drawn from three planted groups: few who buy much, regular ones, and many who came once."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

import numpy as np

LAST_DAY = date(2026, 1, 31)
# Of each group its share, the logarithm of its spending, its mean number of orders, days since the last, and percent.
GROUPS = ((0.2, 7.2, 9, 12, 5), (0.35, 5.2, 4, 70, 15), (0.45, 3.6, 1.2, 260, 40))
SYLLABLES = ("an", "ber", "cor", "dö", "el", "fi", "gu", "ha", "is", "jo", "kü", "la", "mar", "ne", "os", "pé", "ro")
CITIES = ("Leipzig", "Köln", "München", "Dresden", "Halle (Saale)", "Kiel", "Bad Elster")
ITEMS = ("Kettle, steel", 'Frame 8" x 10"', "Mug", "Lamp; brass", "Chair", "Café set", "Bag", "Blanket")


@dataclass(frozen=True)
class Person:
    """A customer with all that an export could tell of one."""

    number: int
    group: int
    first: str
    last: str
    city: str
    postcode: str  # many, some of which begin with zero
    spending: Decimal
    balance: Decimal  # may be negative
    orders: int
    share: Decimal  # with four decimals, which are two of a percentage
    joined: datetime
    latest: datetime
    born: date
    subscribed: bool

    @property
    def name(self) -> str:
        return f"{self.first} {self.last}"

    @property
    def email(self) -> str:
        letters = f"{self.first}.{self.last}".lower().translate(str.maketrans("öüé", "oue"))
        return f"{letters}{self.number}@example.com"

    @property
    def phone(self) -> str:
        return f"+49 341 {self.number * 7919 % 10_000_000:07d}"

    @property
    def iban(self) -> str:
        return f"DE{self.number * 7 % 90 + 10}8605{self.number * 104_729 % 10**14:014d}"

    @property
    def note(self) -> str | None:
        """Free text with all that breaks a careless reader, of two in three."""
        said = f'Called on day {self.number};\n"urgent", see\tfile, 100 % sure'
        return said if self.number % 3 else None


def cents(amount: float) -> Decimal:
    return Decimal(round(amount * 100)) / 100


def people(seed: int, count: int = 300) -> list[Person]:
    """So many people, the same ones for a seed."""
    draw = np.random.default_rng(seed)
    groups = draw.choice(len(GROUPS), count, p=[group[0] for group in GROUPS])
    return [person(draw, 1 + 3 * place + int(draw.integers(3)), int(group)) for place, group in enumerate(groups)]


def person(draw: np.random.Generator, number: int, group: int) -> Person:
    _, spending, orders, days, percent = GROUPS[group]

    def name() -> str:
        return "".join(draw.choice(SYLLABLES, 3)).capitalize()

    at = datetime.combine(LAST_DAY, datetime.min.time()) + timedelta(minutes=int(draw.integers(8 * 60, 17 * 60)))
    latest = at - timedelta(days=min(700, int(draw.gamma(3, days / 3))))
    return Person(
        number,
        group,
        name(),
        name(),
        str(draw.choice(CITIES)),
        f"{int(draw.integers(1000, 99999)):05d}",
        cents(draw.lognormal(spending, 0.3)),
        cents(draw.normal(400 * (3 - group), 900)),
        1 + int(draw.poisson(orders)),
        Decimal(int(draw.beta(percent, 60 - percent) * 10_000)) / 10_000,
        latest - timedelta(days=int(draw.integers(30, 3000))),
        latest,
        date(1940, 1, 1) + timedelta(days=int(draw.integers(0, 60 * 365))),
        bool(draw.random() < (0.8, 0.5, 0.2)[group]),
    )


def but(every: int, meaning: Callable[[Person], object]) -> Callable[[Person], object]:
    """Leaves out what is told of one person in so many."""
    return lambda person: None if person.number % every == 0 else meaning(person)


@dataclass(frozen=True)
class Line:
    item: str
    quantity: int
    price: Decimal

    @property
    def amount(self) -> Decimal:
        return self.quantity * self.price


@dataclass(frozen=True)
class Order:
    """An order; a guest's has no customer, and it is kept, cancelled or refunded."""

    number: int
    customer: Person | None
    at: datetime
    lines: tuple[Line, ...]
    fate: str

    @property
    def total(self) -> Decimal:
        return sum(line.amount for line in self.lines)

    @property
    def counts(self) -> bool:
        return self.customer is not None and self.fate == "kept"


def orders(seed: int, count: int = 250, guests: float = 0.05, lost: float = 0.1) -> list[Order]:
    """The orders of so many people, by time; the last one counts, so that the cut-off is beyond doubt."""
    draw = np.random.default_rng(seed + 1000)
    drawn = []
    for customer in people(seed, count):
        for number in range(customer.orders):
            at = customer.latest - timedelta(days=number * int(draw.integers(5, 40)), minutes=number)
            fate = str(draw.choice(["kept", "cancelled", "refunded"], p=[1 - lost, lost / 2, lost / 2]))
            guest = draw.random() < guests
            drawn.append((at, None if guest else customer, lines(draw, customer.group), fate))
    drawn.sort(key=lambda order: order[0])
    at, _, bought, _ = drawn[-1]
    drawn[-1] = (at, customer, bought, "kept")
    return [Order(10_001 + place, person, at, *rest) for place, (at, person, *rest) in enumerate(drawn)]


def lines(draw: np.random.Generator, group: int) -> tuple[Line, ...]:
    items = draw.choice(ITEMS, int(draw.integers(1, 4)), replace=False)
    return tuple(
        Line(str(item), int(draw.integers(1, 5)), cents(draw.lognormal((4.5, 3.2, 2.5)[group], 0.5))) for item in items
    )
