"""Options that the commands of `deskhand memory` share."""

import click

LOCAL_USER = "local"
"""The person at this machine: `deskhand.principal.LOCAL.subject`, without importing the SDK for it."""

user_option = click.option(
    "--user", metavar="SUBJECT", default=LOCAL_USER, show_default=True, help="Whose: the subject of a token."
)
json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
