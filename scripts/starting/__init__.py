"""`release start`: an execution of a commit that is known, for one of the SOP's reasons (2.3)."""
