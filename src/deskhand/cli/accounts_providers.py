"""What is known of mail and calendar providers, from their own documentation; none of it can be verified here."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Provider:
    """Where a provider's servers are, and what people need to know to sign in there."""

    name: str
    title: str
    domains: tuple[str, ...] = ()
    """Of the addresses it gives out."""
    imap: str = ""
    smtp: str = ""
    caldav: str = ""
    hint: str = ""
    passwords: bool = True
    """Whether its mail servers take any passwords; else OAuth tokens only."""
    grouped: bool = False
    """Whether it shows app passwords in groups, with spaces that are no part of them."""


PROVIDERS = (
    Provider(
        name="gmail",
        title="Gmail",
        domains=("gmail.com", "googlemail.com"),
        imap="imaps://imap.gmail.com",
        smtp="smtps://smtp.gmail.com",
        hint="Gmail takes an app password, which needs 2-Step Verification: make one at "
        "https://myaccount.google.com/apppasswords. Google's calendars take no passwords, so only mail is connected.",
        grouped=True,
    ),
    Provider(
        name="fastmail",
        title="Fastmail",
        domains=("fastmail.com", "fastmail.fm"),
        imap="imaps://imap.fastmail.com",
        smtp="smtps://smtp.fastmail.com",
        caldav="https://caldav.fastmail.com/",
        hint="Fastmail takes an app password: Settings, Privacy & Security, Manage app passwords and access; for "
        "mail and calendars.",
    ),
    Provider(
        name="icloud",
        title="iCloud",
        domains=("icloud.com", "me.com", "mac.com"),
        imap="imaps://imap.mail.me.com",
        smtp="smtp://smtp.mail.me.com:587",
        caldav="https://caldav.icloud.com/",
        hint="iCloud takes an app-specific password: https://account.apple.com, Sign-In and Security.",
    ),
    Provider(
        name="outlook",
        title="Outlook.com and Microsoft 365",
        domains=("outlook.com", "hotmail.com", "live.com", "msn.com"),
        imap="imaps://outlook.office365.com",
        smtp="smtp://smtp-mail.outlook.com:587",
        hint="Outlook.com and Microsoft 365 take no passwords for IMAP and SMTP, not even app passwords: only OAuth "
        "tokens, of a client you register. docs/how-to/connect-outlook.md says what to write into the settings.",
        passwords=False,
    ),
    Provider(
        name="nextcloud",
        title="Nextcloud",
        hint="Nextcloud keeps calendars, no mail. It takes an app password: Personal settings, Security, Devices & "
        "sessions. Sign in with your user name there: --user.",
    ),
)
BY_NAME = {provider.name: provider for provider in PROVIDERS}
_BY_DOMAIN = {domain: provider for provider in PROVIDERS for domain in provider.domains}
UNKNOWN = Provider("other", "Your provider", hint="Many providers want an app password, made in their web mail.")
_NEXTCLOUD_DAV = "/remote.php/dav/"


def provider_of(email: str) -> Provider:
    """Who gave out the address, by its domain; `UNKNOWN` for a domain of one's own."""
    return _BY_DOMAIN.get(email.rpartition("@")[2].casefold(), UNKNOWN)


def nextcloud_calendars(address: str) -> str:
    """The address of the calendars, from what people know of their Nextcloud: `cloud.example.org`, or the whole."""
    url = address if "://" in address else f"https://{address}"
    return url if _NEXTCLOUD_DAV in url else url.rstrip("/") + _NEXTCLOUD_DAV
