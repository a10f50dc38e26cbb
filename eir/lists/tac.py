"""What the TAC database says of a type of equipment."""

from dataclasses import asdict, dataclass


@dataclass(frozen=True, slots=True)
class TacInfo:
    """One allocated type (TS 23.003 §6.2.1); empty where the database says nothing.

    Attributes:
        tac: 8 digits.
        manufacturer: who makes it.
        model: its name or number.
        marketing_name: what it is sold as.
        brand: the name on it.
        device_type: as the database has it, for example `Smartphone`.
        bands: radio bands, in the database's words.
        allocated: day of allocation, ISO 8601.
    """

    tac: str
    manufacturer: str = ""
    model: str = ""
    marketing_name: str = ""
    brand: str = ""
    device_type: str = ""
    bands: str = ""
    allocated: str = ""

    @property
    def name(self) -> str:
        """Make and model in a few words."""
        make = self.brand or self.manufacturer
        model = self.marketing_name or self.model
        return f"{make} {model}".strip()

    @property
    def fields(self) -> dict[str, str]:
        """Everything, by name."""
        return asdict(self)
