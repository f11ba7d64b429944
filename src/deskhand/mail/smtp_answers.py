"""What a server's answers mean, in words that help, and without the secrets it may have repeated."""

import base64
import re
import ssl
from collections.abc import Iterable, Sequence

from aiosmtplib import (
    SMTPConnectResponseError,
    SMTPException,
    SMTPResponse,
    SMTPResponseException,
    SMTPTimeoutError,
)

from deskhand.mail.smtp_outcome import NotSent, Refusal
from deskhand.visible import visible_line

RETRY_SECONDS = 300.0
"""When to try again after a 4yz: greylisting servers take a mail after some minutes."""
LONGEST_ANSWER = 300
"""Letters of a server's answer that are shown."""

_APP_PASSWORD = re.compile(r"gmail|google|yahoo|icloud|me\.com|fastmail|outlook|office365|aol", re.IGNORECASE)


class Words:
    """Shows what the server said: on one line, bounded, with the secrets blacked out."""

    def __init__(self) -> None:
        self._secrets: set[str] = set()

    def __repr__(self) -> str:
        return "Words()"

    def never(self, user: str, secret: str) -> None:
        """Remember what must not be shown, in the forms in which it is sent."""
        for form in (secret, f"\0{user}\0{secret}", f"user={user}\1auth=Bearer {secret}\1\1"):
            self._secrets |= {form, base64.b64encode(form.encode()).decode()}

    def shown(self, text: str) -> str:
        """`text`, harmless."""
        for secret in sorted(self._secrets, key=len, reverse=True):
            text = text.replace(secret, "***") if secret else text
        line = visible_line(" ".join(text.split()))
        return line if len(line) <= LONGEST_ANSWER else f"{line[:LONGEST_ANSWER]}…"


def not_connected(error: Exception, where: str, words: Words) -> NotSent:
    """Why there is no connection, and what to look at."""
    if isinstance(error, SMTPConnectResponseError):
        return refused_by_answer(SMTPResponse(error.code, error.message), f"{where} takes no mail now", words)
    cause = error.__cause__ or error
    if isinstance(cause, ssl.SSLCertVerificationError):
        return NotSent(
            f"{where} shows a certificate that is not to be trusted: {words.shown(cause.verify_message)}. "
            "Check the server's name; for an authority of your own, set ca_file.",
            permanent=True,
        )
    if isinstance(cause, ssl.SSLError):
        return NotSent(
            f"{where} does not speak TLS on this port. Use smtps:// with port 465, or smtp:// with 587.", permanent=True
        )
    if isinstance(error, TimeoutError):
        return _later(f"{where} does not answer: is the port open, and is it the right one (465 or 587)?")
    if isinstance(cause, ConnectionRefusedError):
        return _later(f"{where} is not there: nothing listens on this port, or a firewall closes it.")
    return _later(f"{where} cannot be reached: {words.shown(str(cause))}.")


def not_signed_in(error: SMTPResponseException, where: str, words: Words, *, oauth: bool) -> NotSent:
    """Why the server does not know the person."""
    answer = f"{error.code} {words.shown(error.message)}"
    if error.code < 500:
        return _later(f"{where} cannot sign anybody in now: {answer}.")
    if oauth:
        hint = "The access token is not accepted: look at its scope, or set a new accounts.NAME.oauth.refresh_token."
    else:
        hint = "Check user and password."
        if _APP_PASSWORD.search(where) or "application" in error.message.lower():
            hint += " This provider wants an app password, made in its account settings, not the usual one."
    return NotSent(f"{where} does not let the account in: {answer}. {hint}", permanent=True)


def refused_by_answer(answer: SMTPResponse, what: str, words: Words) -> NotSent:
    """A 4yz or 5yz answer to something that is not about one recipient (RFC 5321 §4.2.1)."""
    told = f"{what}: {answer.code} {words.shown(answer.message)}."
    if answer.code >= 500:
        return NotSent(f"{told} Nothing was sent.", permanent=True)
    return _later(told)


def refused_recipients(refusals: Iterable[tuple[str, SMTPResponse]], words: Words) -> NotSent:
    """Names each recipient the server does not take. Nothing is sent to the others either."""
    refused = [Refusal(recipient, answer.code, words.shown(answer.message)) for recipient, answer in refusals]
    permanent = any(refusal.permanent for refusal in refused)
    told = _named(refused)
    advice = "Correct or leave out these recipients." if permanent else "Try again in some minutes."
    return NotSent(
        f"The server does not take the mail for {told}. Nothing was sent to anybody. {advice}",
        permanent=permanent,
        retry_after=None if permanent else RETRY_SECONDS,
        refused=refused,
    )


def lost(error: SMTPException | OSError, where: str, words: Words) -> NotSent:
    """The connection ended while it was certain that nothing had been taken."""
    why = "did not answer in time" if isinstance(error, SMTPTimeoutError | TimeoutError) else "closed the connection"
    if isinstance(error, SMTPResponseException):
        why = f"answered what is no SMTP ({words.shown(error.message)})"
    return _later(f"{where} {why} before the mail was complete.")


def _named(refused: Sequence[Refusal]) -> str:
    shown = "; ".join(str(refusal) for refusal in refused[:10])
    return f"{shown} and {len(refused) - 10} more" if len(refused) > 10 else shown


def _later(told: str) -> NotSent:
    return NotSent(f"{told} Nothing was sent; try again later.", retry_after=RETRY_SECONDS)
