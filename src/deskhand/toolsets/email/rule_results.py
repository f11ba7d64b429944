"""What `email_rule` answers."""

from typing import Literal

from pydantic import Field

from deskhand.result import Result
from deskhand.toolsets.email.results import Part


class RuleLine(Part):
    """One rule."""

    name: str
    account: str
    runs: bool = False
    answers: str = Field(description="Which mails.")
    days: str
    hourly: int
    text: str = ""

    def line(self) -> str:
        """One line."""
        return (
            f"- {self.name} ({self.account}, {'runs' if self.runs else 'stopped'}): {self.answers}; {self.days}; "
            f"at most {self.hourly} an hour: {self.text}"
        )


class RuleEvent(Part):
    """What a rule did with a mail, or with `try` would do."""

    at: str
    rule: str = ""
    outcome: str
    mail: str = Field(description="Its Message-ID, or with try who wrote what.")
    to: str = ""
    why: str = ""

    def line(self) -> str:
        """One line."""
        to, why = f" to {self.to}" if self.to else "", f": {self.why}" if self.why else ""
        rule = f" {self.rule}" if self.rule else ""
        return f"- {self.at}{rule} {self.outcome}{to} · {self.mail}{why}"


class Ruled(Result):
    """What was done about rules, and what they did."""

    note: str = Field(description="What it means, and what to do next.")
    rules: tuple[RuleLine, ...] = ()
    log: tuple[RuleEvent, ...] = ()
    outbox: str = Field(default="", description="The record of what the person is asked.")
    preview: str = ""
    local_only: bool = False
    untrusted: Literal[True] = True

    def text(self) -> str:
        """A sentence, then the lines."""
        lines = [self.note, *(rule.line() for rule in self.rules), *(event.line() for event in self.log)]
        return "\n".join(lines) + (f"\n\n{self.preview}" if self.preview else "")
