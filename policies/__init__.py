"""The rules that no plan may break. `rules` has them, pure; `__main__` hands them to the engine as a policy pack."""
