"""What is at AWS already: nothing of it is taken over unasked, and all of it can be adopted."""
