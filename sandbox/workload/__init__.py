"""The deployed web infrastructure as a running site: visitors, metrics, logs and an answer over HTTP."""
