"""GO or NO-GO for one pull request: facts, the rules that judge them, and the checks that tell what was judged."""
