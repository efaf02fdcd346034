"""A whole release, one step after the other, from wherever it stands (`release run`)."""
