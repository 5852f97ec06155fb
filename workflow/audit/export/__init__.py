"""The log in formats that other programs read: one file a format, each a function from entries to a text stream."""
