"""The calendar: events, free times and meetings, in local .ics files or on a CalDAV server."""
