"""`release calendar`: when production may be released, why not, and until when one may merge (SOP 6)."""
