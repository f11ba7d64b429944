"""A rule as the person sees it before they agree to it."""

from datetime import datetime, tzinfo

from deskhand.mail.account import Account
from deskhand.mail.rule import Rule
from deskhand.mail.rule_book import Kept
from deskhand.mail.rule_text import filled
from deskhand.visible import visible, visible_line

ASIDE = "It takes the place of the rule that runs, which goes on as it is until you agree."


def rule_preview(kept: Kept, account: Account, now: datetime, zone: tzinfo) -> str:
    """What it does, how often, and an example of its answer, word for word."""
    rule = kept.rule
    values = {"name": "Bob", "subject": "Figures", "date": str(now.astimezone(zone).date())}
    lines = [
        f"Rule {rule.name}: answers mail by itself until it is stopped, without asking again.",
        *([ASIDE] if kept.aside else []),
        f"Account: {account.name} ({account.address.email})",
        f"Answers: {matched(rule)}",
        f"Days: {days(rule)}",
        f"At most: {rule.hourly} an hour; once a day to each sender and in each thread. Never to lists, no-reply "
        "addresses, programs, or who did not write to you by name.",
        "",
        "Example, to Bob, who wrote about Figures:",
        f"Subject: {filled(rule.subject, values)}",
        "",
        filled(rule.text, values),
    ]
    return visible("\n".join(lines))


def matched(rule: Rule) -> str:
    """Whom it answers, in a line."""
    return f"what people write to you that matches {visible_line(rule.match)}" if rule.match else "all who write to you"


def days(rule: Rule) -> str:
    """When it answers, in a line."""
    if not rule.since and not rule.until:
        return "every day"
    return " ".join([*([f"from {rule.since}"] if rule.since else []), *([f"until {rule.until}"] if rule.until else [])])
