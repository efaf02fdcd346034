"""The `release` command: carries out the procedure that `components/` built the ground for."""
