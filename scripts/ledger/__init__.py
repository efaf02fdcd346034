"""The ledger: what several people and machines must know of a release, written so that of two writers one wins."""
