"""The section of one mail and calendar account: `[accounts.work]`."""

from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr

from deskhand import local
from deskhand.settings_sections import Section


class OAuthSettings(Section):
    """How to get access tokens for a server that takes no passwords (SASL XOAUTH2 and OAUTHBEARER, RFC 7628)."""

    token_url: str = Field(description="The provider's token endpoint, https.")
    client_id: str = Field(description="The client registered at the provider.")
    client_secret: SecretStr | None = Field(default=None, description="Its secret, if it has one.")
    refresh_token: SecretStr = Field(description="What `token_url` gives access tokens for.")
    scope: str = Field(default="", description="The scope to ask for, if the provider wants one.")


class AccountSettings(Section):
    """A mail and calendar account of one person."""

    address: str = Field(description="The mail address, such as ann@example.org.")
    name: str = Field(default="", description="The name beside the address in what is sent.")
    owner: str = Field(default=local.SUBJECT, description="Whose account it is: the subject of their tokens.")
    user: str = Field(default="", description="What to sign in with; the address when empty.")
    password: SecretStr | None = Field(default=None, description="An app password is best; see also password_file.")
    password_file: Path | None = Field(default=None, description="A file that holds nothing but the password.")
    keyring: bool = Field(default=False, description="Take the password from the system's keyring.")
    oauth: OAuthSettings | None = Field(default=None, description="Sign in with OAuth tokens instead of a password.")
    imap: str = Field(
        default="", description="imaps://imap.example.org, or imap://… for STARTTLS; a port may follow the host."
    )
    smtp: str = Field(default="", description="smtps://smtp.example.org, or smtp://… for STARTTLS.")
    caldav: str = Field(default="", description="https://…: the address of the calendars, or of the whole server.")
    ca_file: Path | None = Field(default=None, description="PEM file of the authority to trust, beside the usual ones.")
    security: Literal["required", "none"] = Field(
        default="required", description="none: no encryption, for a server on this machine only."
    )
    allow: tuple[str, ...] = Field(
        default=(), description="Who may be written to without asking: addresses, or '*@example.org'."
    )
    hourly: int = Field(default=20, ge=0, description="Most that is sent in an hour without asking.")
    poll_seconds: float = Field(default=60, gt=0, description="How often to look where the server does not push.")
