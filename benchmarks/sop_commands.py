r"""The commands of SOP 4.1 to 4.5 as they stand there, for a shell.

Three differences. `aws logs tail --follow` never ends, and the AWS CLI of this environment has no `tail` at all: in its
place stands the call that `tail` makes, over the same five minutes, before AWS's now. `<instance-id>` is filled in with
all instances.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

COMMANDS = r"""
aws codepipeline get-pipeline-state \
  --name web-pipeline-prod \
  --region ap-southeast-2

aws cloudformation describe-stacks \
  --stack-name web-infrastructure-prod \
  --region ap-southeast-2 \
  --query 'Stacks[0].[StackStatus,LastUpdatedTime]'

aws cloudformation describe-stack-events \
  --stack-name web-infrastructure-prod \
  --region ap-southeast-2 \
  --max-items 20

aws cloudformation describe-stacks \
  --stack-name web-infrastructure-prod \
  --region ap-southeast-2 \
  --query 'Stacks[0].Outputs'

aws elbv2 describe-target-health \
  --target-group-arn <target-group-arn> \
  --region ap-southeast-2 \
  --query 'TargetHealthDescriptions[*].[Target.Id,TargetHealth.State]'

aws ec2 describe-instance-status \
  --instance-ids <instance-id> \
  --region ap-southeast-2 \
  --query 'InstanceStatuses[*].[InstanceId,InstanceStatus.Status,SystemStatus.Status]'

curl -I http://<alb-dns-name>

aws cloudwatch get-dashboard \
  --dashboard-name prod-infrastructure-dashboard \
  --region ap-southeast-2

aws cloudwatch describe-alarms \
  --alarm-name-prefix prod- \
  --region ap-southeast-2 \
  --query 'MetricAlarms[*].[AlarmName,StateValue,StateReason]'

aws sns list-subscriptions-by-topic \
  --topic-arn <sns-topic-arn> \
  --region ap-southeast-2 \
  --query 'Subscriptions[*].[Endpoint,SubscriptionArn]'

aws logs filter-log-events \
  --log-group-name /aws/ec2/web-server \
  --start-time <five-minutes-ago>000 \
  --region ap-southeast-2

aws logs filter-log-events \
  --log-group-name /aws/elasticloadbalancing/app \
  --start-time <five-minutes-ago>000 \
  --region ap-southeast-2
"""


def filled_in(values: Mapping[str, str]) -> str:
    """The commands with each `<placeholder>` replaced by its value; they end at the first that fails.

    Raises:
        KeyError: a placeholder without a value.
    """
    return "set -e\n" + re.sub(r"<([a-z-]+)>", lambda found: values[found[1]], COMMANDS)
