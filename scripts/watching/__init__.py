"""`release watch`: one execution of the pipeline, followed to its end (SOP 4.1, 5.2, 7.1)."""
