"""What `sandbox push`, `fault`, … do inside the running sandbox."""
