"""docs/reference/deployers.md and the policies beside it, made from the grants and the stack files."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from components.chat import REGION as CHAT_REGION
from components.deployers.github_roles import template
from components.deployers.grants import GRANTS, Grant, Scope
from components.deployers.policies import LARGEST, Purpose, policy
from components.deployers.stack_file import stack_settings
from components.deployers.unrehearsed import UNREHEARSED
from sop.names import Environment

PAGE = "deployers.md"
POLICIES = "iam"
TEMPLATE = "github-roles.yaml"

_INTRODUCTION = f"""\
# Who runs `pulumi preview` and `pulumi up`

Written by `make docs`. Two IAM policies for each stack, with its own account, region and names:

```
python -m components.deployers --stack prod --for preview   # preview, and refresh --preview-only: reads
python -m components.deployers --stack prod --for up        # up, refresh and destroy: reads and changes
```

They are made from `Pulumi.yaml` and `Pulumi.prod.yaml` alone, before anything exists. `docs/reference/{POLICIES}/` has
those of this repository's own stack files: the rehearsal and the end-to-end tests run `pulumi` with a role that has
one of them and nothing else. Each fits in a role as its inline policy ({LARGEST:,} characters at most); as a managed
policy `up` is too long.

- **`up` is strong.** It writes the policies of the roles that it gives to CodePipeline, CodeBuild and CloudFormation:
  who may run it can, by way of such a role, do whatever these services can. Let few people and pipelines take it; a
  permissions boundary on the stack's roles would be the account's own measure.
- **A stack that is renamed** (`release:names`, `release:service`, the region) needs the former configuration's `up`
  policy, too, as long as the former resources are being deleted.
- **Keys** have no names: the policies go by the tags `Environment`, `Project` and `Service` that the program gives.
- **The template's log group**: error lines are counted in the group that the SOP names. Where the template calls it
  otherwise, `MetricFilter` wants that name.
- **Slack** is in the policies where `release:slackWorkspaceId` is set. Amazon Q answers in {CHAT_REGION} where
  the stack's region has no endpoint of it.
- **The secret** of announcements is in them where `release:slackToken` or `release:statusPageKey` is set.

## The state and its secrets

Not in the policies, since the backend is yours to choose. For `s3://BUCKET` and `awskms://KEY`, by the source of
Pulumi's CLI (`pkg/backend/diy`, 3.250): `preview` only reads, the others lock and write. No rehearsal has shown it.

| | `preview` | `up`, `refresh`, `destroy` |
| --- | --- | --- |
| `arn:aws:s3:::BUCKET` | `s3:ListBucket` | the same |
| `arn:aws:s3:::BUCKET/.pulumi/*` | `s3:GetObject` | and `s3:PutObject`, `s3:DeleteObject` |
| the secrets provider's key | `kms:Decrypt` | the same |

`pulumi stack init` and `change-secrets-provider` want `kms:Encrypt` besides. With SSE-KMS on the bucket the same roles
need `kms:Decrypt`, and to write `kms:GenerateDataKey`, on its key. GitHub's token is no matter of AWS's: branch
protection wants administration of the repository.

## In GitHub's workflows

`docs/reference/{POLICIES}/{TEMPLATE}` is a CloudFormation template, for an account that has both stacks: a role that
previews them, one that deploys each, with these policies, by OIDC.

```
aws cloudformation deploy --stack-name release-workflows --capabilities CAPABILITY_IAM \\
  --template-file docs/reference/{POLICIES}/{TEMPLATE} \\
  --parameter-overrides Repository=OWNER/NAME StateBucket=BUCKET SecretsKey=KEY_ARN
```

Then make the environments `preview`, `dev` and `prod` on GitHub, prod with reviewers and `main` as its only branch;
set the variables `PREVIEW_ROLE` (in the repository), `DEPLOY_ROLE` (in `dev` and `prod`) and `PULUMI_BACKEND_URL`, and
the secret `BRANCH_PROTECTION_TOKEN`, which may administer the released repository. Until `PREVIEW_ROLE` is set, pull
requests are told what the golden plans say. Two accounts need the template in each, with the other stack's role taken
out, and a preview job each. No rehearsal has shown OIDC.

## What is allowed

"Narrowed by" says what stands in the condition, besides the resources.
"""

_PROOF = """
## What is proved, and what is read

Proved on the sandbox, whose IAM decides every call (`tests/e2e/test_whole_life.py`): creation of both stacks, changes
after the first deployment, previews, refreshes, the removal of the watched parts and dev's destruction lack nothing,
and each action is needed there, but for those below. The stand-in plugins make the calls that the provider's source
shows; that AWS asks for no more, only AWS can show. Amazon Q's statements and the secret's are read only: no
stack of the rehearsal has a Slack channel or a token.

Allowed, and not rehearsed:

| statement | action | why |
| --- | --- | --- |
"""


def page() -> str:
    """The Markdown page, the same for every stack."""
    table = "\n".join(_rows())
    unrehearsed = "\n".join(f"| {sid} | `{action}` | {reason} |" for (sid, action), reason in UNREHEARSED.items())
    return f"{_INTRODUCTION}\n{table}\n{_PROOF}{unrehearsed}\n"


def _rows() -> Iterator[str]:
    yield "| statement | `preview` | and `up` | narrowed by |"
    yield "| --- | --- | --- | --- |"
    for grant in GRANTS:
        yield f"| {grant.sid} | {_listed(grant.reads)} | {_listed(grant.changes)} | {_narrowed(grant)} |"


def _listed(actions: Sequence[str]) -> str:
    return ", ".join(f"`{action}`" for action in sorted(actions))


def _narrowed(grant: Grant) -> str:
    if grant.passed_to:
        return f"given to {', '.join(grant.passed_to)}.amazonaws.com"
    return "" if grant.scope is Scope.RESOURCE else grant.scope


def write(folder: Path, project: Path) -> None:
    """The page and the policies of the project's own stacks."""
    (folder / PAGE).write_text(page())
    policies = folder / POLICIES
    policies.mkdir(exist_ok=True)
    for name, text in own_policies(project).items():
        (policies / name).write_text(text)


def own_policies(project: Path) -> dict[str, str]:
    """Each policy of the project's own stacks, and the template of the workflows' roles, by the name of its file."""
    stacks = {stack: stack_settings(stack, project) for stack in Environment}
    policies = {
        f"{purpose}-{stack}.json": json.dumps(policy(purpose, settings), indent=2) + "\n"
        for stack, settings in stacks.items()
        for purpose in Purpose
    }
    return {**policies, TEMPLATE: _yaml(template(stacks))}


def _yaml(document: Mapping[str, Any]) -> str:
    """Without aliases, which CloudFormation does not read."""
    plain = json.loads(json.dumps(document))
    return yaml.safe_dump(plain, sort_keys=False, width=110)
