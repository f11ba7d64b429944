"""The toolsets that come with Deskhand."""

BUILTIN = (
    "deskhand.toolsets.core.toolset:Core",
    "deskhand.toolsets.weather.toolset:Weather",
    "deskhand.toolsets.files.toolset:Files",
    "deskhand.toolsets.memory.toolset:Memory",
    "deskhand.toolsets.conversations.toolset:Conversations",
    "deskhand.toolsets.email.toolset:Email",
    "deskhand.toolsets.calendar.toolset:Calendar",
    "deskhand.toolsets.sheets.toolset:Sheets",
)
"""References for `deskhand.toolset.load`; loaded in this order."""
