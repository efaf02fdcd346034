"""What is watched: each indicator makes its alarm and the graph with the alarm's threshold drawn on it."""
