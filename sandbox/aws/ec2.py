"""EC2: moto's, with instances that can be impaired, and their status in pages."""

from __future__ import annotations

from moto.ec2.models import ec2_backends
from moto.ec2.models.instances import Instance, InstanceBackend

from sandbox.aws.paging import page
from sandbox.aws.ports import GROUPS, SITES
from sandbox.aws.service import AsMotoAnswersError, AwsError, Params, Service

FEWEST, MOST = 5, 1000  # results that one page can be asked for
IMPAIRED = {"Status": "impaired", "Details": [{"Name": "reachability", "Status": "failed"}]}


def _by_id(self: InstanceBackend, instance_id: str) -> Instance | None:
    everything = (instance for reservation in list(self.reservations.values()) for instance in reservation.instances)
    return next((instance for instance in everything if instance.id == instance_id), None)


# moto copies every reservation first, for each target of a load balancer twice.
InstanceBackend.get_instance_by_id = _by_id


class Ec2(Service):
    """What moto leaves out: status checks that fail, pages of them, and groups that see their members stop."""

    name = "ec2"
    moto_fallback = True

    def describe_instance_status(self, request: Params) -> Params:
        chosen, more = self._page(request)
        impaired = self.account.reach(SITES).impaired_instances()
        if chosen == request and not impaired:
            raise AsMotoAnswersError
        answer = self.call_moto("DescribeInstanceStatus", chosen) if chosen else {"InstanceStatuses": []}
        for status in answer["InstanceStatuses"]:
            if status["InstanceId"] in impaired and status["InstanceState"]["Name"] == "running":
                status["InstanceStatus"] = IMPAIRED
        return {**answer, **more}

    def run_instances(self, request: Params) -> Params:
        """Moto starts something where nothing is named to start from."""
        if "ImageId" not in request and "LaunchTemplate" not in request:
            raise AwsError("MissingParameter", "The request must contain the parameter ImageId")
        raise AsMotoAnswersError

    def terminate_instances(self, request: Params) -> Params:
        return self._seen_by_groups("TerminateInstances", request)

    def stop_instances(self, request: Params) -> Params:
        return self._seen_by_groups("StopInstances", request)

    def _seen_by_groups(self, operation: str, request: Params) -> Params:
        """Auto Scaling sees to what becomes of its groups' members."""
        answer = self.call_moto(operation, request)
        if self.account.offers(GROUPS.name):
            self.account.reach(GROUPS).instances_changed()
        return answer

    def _page(self, request: Params) -> tuple[Params, Params]:
        """What to ask moto, nothing if there is no instance, and the token of the page after."""
        rest = dict(request)
        size, token = rest.pop("MaxResults", None), rest.pop("NextToken", None)
        if size is None and token is None:
            return rest, {}
        if rest.get("InstanceIds"):
            raise AwsError(
                "InvalidParameterCombination", "The parameter instancesSet cannot be used with the parameter maxResults"
            )
        if size is not None and not FEWEST <= size <= MOST:
            raise AwsError(
                "InvalidParameterValue",
                f"Value ( {size} ) for parameter maxResults is invalid. Expecting a value "
                f"greater than or equal to {FEWEST} and at most {MOST}.",
            )
        backend = ec2_backends[self.account.account_id][self.account.region]
        everything = rest.get("IncludeAllInstances", False)
        known = sorted(one.id for one in (backend.all_instances if everything else backend.all_running_instances)())
        ids, more = page(known, token, size or MOST)
        return ({**rest, "InstanceIds": list(ids)} if ids else {}), more
