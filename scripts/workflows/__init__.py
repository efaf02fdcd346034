"""What this repository's workflows run (.github/workflows): programs, so that the YAML holds no logic.

`python -m scripts.workflows preview STACK…` comments on a pull request, `golden REVISION` writes a summary where there
are no credentials, `drift STACK` opens and closes an issue. Each ends with an exit code that the workflow's job takes.
"""
