"""`release status`: where the releases of a stack stand, on one screen."""
