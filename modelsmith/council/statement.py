"""What a member of the council said, as it came: evidence, whatever it is worth."""

from typing import Literal

from pydantic import JsonValue, TypeAdapter, ValidationError

from modelsmith.record import Count, Record, Seconds

JSON: TypeAdapter[JsonValue] = TypeAdapter(JsonValue)


class Statement(Record):
    """One question to one member, and what became of it."""

    member: str
    """The run's name of the member."""
    kind: Literal["drafts", "answer", "wrong", "ballot"]
    """Scenarios offered, an answer, an answer that is wrong on purpose, or a vote."""
    about: str
    """The category that drafts are for, or the id of the scenario."""
    text: str = ""
    """The reply as generated; empty where there is none."""
    error: str = ""
    """Why there is no reply that counts: not granted, kept in, lost, refused, cut off."""
    seconds: Seconds = 0.0
    """What the machine took, where it answered itself."""
    tokens: Count = 0
    """Tokens read and written by the machine itself."""

    def value(self) -> JsonValue:
        """Return the JSON that was said; None where it is none."""
        try:
            return JSON.validate_json(self.text)
        except ValidationError:
            return None
