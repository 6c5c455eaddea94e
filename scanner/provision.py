"""The nouns a plan is made from: the rules of the data, and the operator's prices and catalogue."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from scanner.remedy import Disposition, Phase, Span, Statement, Traits


@dataclass(frozen=True, slots=True)
class Factor:
    """One step of the order of a plan, and how it is told."""

    id: str
    words: str


@dataclass(frozen=True, slots=True)
class Proposal:
    """Conditions that all have to hold (an empty one always does), and what is then proposed."""

    id: str
    disposition: Disposition
    reason: str
    verdicts: tuple[str, ...] = ()
    applies: tuple[str, ...] = ()
    asks: tuple[str, ...] = ()
    holds: tuple[str, ...] = ()
    waived: bool = False


@dataclass(frozen=True, slots=True)
class Step:
    """What to do until then, for devices with these dispositions and of these classes."""

    text: str
    dispositions: tuple[Disposition, ...]
    classes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ModelName:
    """What a model name of some makers tells about the device."""

    id: str
    vendors: tuple[str, ...]
    pattern: str
    form_factor: str = ""
    resolution: str = ""
    source: str = ""


@dataclass(frozen=True, slots=True)
class MakerStatement:
    """A maker's own statements on record, and for how many models."""

    vendor: str
    models: int
    statement: Statement


@dataclass(frozen=True, slots=True)
class PlanRules:
    """`rules/replacements.yml`."""

    order: tuple[Factor, ...] = ()
    phases: tuple[Phase, ...] = ()
    phase_of: Mapping[Disposition, str] = field(default_factory=dict)
    proposals: tuple[Proposal, ...] = ()
    steps: tuple[Step, ...] = ()
    models: tuple[ModelName, ...] = ()
    statements: tuple[MakerStatement, ...] = ()


@dataclass(frozen=True, slots=True)
class Price:
    """The operator's estimate for one unit of a class; `licence` is what comes on top."""

    unit: Span
    hours: Span
    licence: Span


@dataclass(frozen=True, slots=True)
class Prices:
    """The operator's price file. `rate` is money an hour, `year_begins` a month."""

    currency: str
    rate: Span
    classes: Mapping[str, Price]
    year_begins: int = 1

    def year(self, day: date) -> str:
        """The budget year of a day, named after the calendar year in which it ends."""
        late = self.year_begins > 1 and day.month >= self.year_begins
        return str(day.year + late)

    def cost(self, product_class: str) -> tuple[Span, Span] | None:
        """Money and hours for one unit; None for a class the file has nothing for."""
        price = self.classes.get(product_class)
        if price is None:
            return None
        work = Span(price.hours.low * self.rate.low, price.hours.high * self.rate.high)
        return price.unit + work + price.licence, price.hours


@dataclass(frozen=True, slots=True)
class Product:
    """A row of the operator's catalogue; `maker` as written there, id or name."""

    maker: str
    model: str
    traits: Traits
    source: str
    statement: Statement | None = None
    note: str = ""
