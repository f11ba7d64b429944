"""The toolsets that come with Deskhand."""

BUILTIN = (
    "deskhand.toolsets.core.toolset:Core",
    "deskhand.toolsets.weather.toolset:Weather",
    "deskhand.toolsets.files.toolset:Files",
)
"""References for `deskhand.toolset.load`; loaded in this order."""
