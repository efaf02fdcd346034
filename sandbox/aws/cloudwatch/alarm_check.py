"""What CloudWatch refuses in PutMetricAlarm and PutCompositeAlarm, beyond the shapes' own limits."""

from __future__ import annotations

from collections.abc import Collection

from sandbox.aws.cloudwatch.alarm import ACTIONS
from sandbox.aws.cloudwatch.alarm_rule import AlarmRuleError, alarm_names, parse
from sandbox.aws.cloudwatch.evaluation import COMPARISONS, Missing
from sandbox.aws.cloudwatch.query import Queries, QueryError, check_period
from sandbox.aws.cloudwatch.statistics import UnknownStatisticError, percentile_rank, statistic
from sandbox.aws.service import AwsError, Params, UnsupportedError

DAY = 86_400
HOUR = 3_600
LONGEST = 7 * DAY  # for periods of an hour or more; a day for shorter ones
_UNKNOWN_HERE = (
    "ThresholdMetricId",
    "EvaluationCriteria",
    "EvaluationWindow",
    "WarmUpConfiguration",
    "ActionConfiguration",
    "ActionsSuppressor",
)
_SINGLE_METRIC = ("MetricName", "Namespace", "Period", "Statistic", "ExtendedStatistic", "Unit")


def check_metric_alarm(c: Params) -> None:
    """Raises AwsError ValidationError; SandboxUnsupported for what only AWS knows."""
    _check_actions(c)
    for key in ("ComparisonOperator", "EvaluationPeriods", "Threshold"):
        if key not in c:
            raise _invalid(f"Missing required parameter {key}.")
    if c["ComparisonOperator"] not in COMPARISONS:
        raise _unknown(c["ComparisonOperator"])
    if c.get("TreatMissingData", "missing") not in set(Missing):
        raise _invalid(f"Option {c['TreatMissingData']} is not supported for TreatMissingData.")
    if c.get("DatapointsToAlarm", 1) > c["EvaluationPeriods"]:
        raise _invalid("DatapointsToAlarm must be less than or equal to EvaluationPeriods.")
    period = _check_metric_math(c) if "Metrics" in c else _check_single_metric(c)
    if period * c["EvaluationPeriods"] > (LONGEST if period >= HOUR else DAY):
        raise _invalid(
            f"Metrics cannot be checked across more than {'7 days' if period >= HOUR else 'a day'} "
            "(EvaluationPeriods * Period must be <= " + str(LONGEST if period >= HOUR else DAY) + ")."
        )


def check_composite_alarm(c: Params, known: Collection[str]) -> None:
    """Raises AwsError ValidationError."""
    _check_actions(c)
    try:
        names = alarm_names(parse(c["AlarmRule"]))
    except AlarmRuleError as error:
        raise _invalid(str(error)) from error
    if c["AlarmName"] in names:
        raise _invalid(f"AlarmRule must not refer to the alarm itself: {c['AlarmName']}.")
    missing = [name for name in names if name not in known]
    if missing:
        raise _invalid(f"AlarmRule must not contain alarms that do not exist: {', '.join(missing)}.")


def _check_single_metric(c: Params) -> int:
    for key in ("MetricName", "Namespace", "Period"):
        if key not in c:
            raise _invalid(f"Missing required parameter {key}.")
    if ("Statistic" in c) == ("ExtendedStatistic" in c):
        raise _invalid("Exactly one of Statistic and ExtendedStatistic must be specified.")
    extended = c.get("ExtendedStatistic")
    try:
        check_period(c["Period"])
        statistic(extended or c["Statistic"])
    except (QueryError, UnknownStatisticError) as error:
        raise _invalid(str(error)) from error
    if c.get("EvaluateLowSampleCountPercentile", "evaluate") not in ("evaluate", "ignore"):
        raise _invalid("EvaluateLowSampleCountPercentile must be evaluate or ignore.")
    if "EvaluateLowSampleCountPercentile" in c and percentile_rank(extended or "") is None:
        raise _invalid("EvaluateLowSampleCountPercentile is for alarms on percentiles.")
    return int(c["Period"])


def _check_metric_math(c: Params) -> int:
    extra = [key for key in _SINGLE_METRIC if key in c]
    if extra or c.get("Dimensions"):
        raise _invalid(f"Metrics must not be specified together with {', '.join(extra or ['Dimensions'])}.")
    try:
        queries = Queries(c["Metrics"])
    except QueryError as error:
        raise _invalid(str(error)) from error
    if len(queries.returned) != 1:
        raise _invalid("Exactly one element of the metrics list should return data.")
    if not queries.metrics:
        raise _invalid("Metrics list must contain at least one metric.")
    return queries.period(queries.returned[0]["Id"])


def _check_actions(c: Params) -> None:
    for key in _UNKNOWN_HERE:
        if key in c:
            raise _unknown(key)
    for key in ACTIONS.values():
        for action in c[key]:
            if not action.startswith("arn:aws"):
                raise _invalid(f"Invalid arn syntax: {action}")


def _invalid(message: str) -> AwsError:
    return AwsError("ValidationError", message)


def _unknown(what: str) -> AwsError:
    return UnsupportedError(f"The sandbox's CloudWatch does not know {what}; AWS does.")
