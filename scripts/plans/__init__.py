"""What a change does to a stack, for the reviewer of a pull request.

`preview` and `golden` read plans, `differences` compares values, `markdown` writes what came of it. All are pure.
"""
