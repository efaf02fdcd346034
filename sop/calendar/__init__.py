"""When production may be released (SOP 6): the window, what closes it, and when it opens next. Pure: it asks nobody."""
