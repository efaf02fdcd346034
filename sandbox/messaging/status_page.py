"""Statuspage's REST API, as far as scheduled maintenance goes: https://developer.statuspage.io."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from werkzeug.exceptions import HTTPException
from werkzeug.routing import Map, Rule
from werkzeug.wrappers import Request, Response

from sandbox.addresses import STATUS_PAGE_KEY
from sandbox.aws.ports import FAULTS
from sandbox.core.outbox import Message
from sandbox.messaging.answers import answered, asked, unanswered

if TYPE_CHECKING:
    from sandbox.core.account import Account

DOWN = "status-page-down"
SCHEDULED = ("scheduled", "in_progress", "verifying", "completed")
REALTIME = ("investigating", "identified", "monitoring", "resolved")
LONGEST_NAME = 255
USUAL_PAGE, LARGEST_PAGE = 100, 100
BY_ITSELF = ("scheduled_auto_in_progress", "scheduled_auto_completed")
_KEPT = ("name", "status", "scheduled_for", "scheduled_until", "metadata", "impact_override", "component_ids")
_INCIDENTS = "/v1/pages/<page>/incidents"
_MAP = Map(
    [
        Rule(_INCIDENTS, methods=["GET"], endpoint="list"),
        Rule(_INCIDENTS, methods=["POST"], endpoint="make"),
        Rule(f"{_INCIDENTS}/<incident>", methods=["GET"], endpoint="get"),
        Rule(f"{_INCIDENTS}/<incident>", methods=["PATCH", "PUT"], endpoint="change"),
        Rule(f"{_INCIDENTS}/<incident>", methods=["DELETE"], endpoint="delete"),
    ]
)


class RefusedError(Exception):
    """The answer's status and its `error`."""

    def __init__(self, status: int, error: Any) -> None:
        super().__init__(error)
        self.status = status
        self.error = error


class StatusPage:
    """The pages that the stack files name. Safe to use from several threads."""

    def __init__(self, account: Account) -> None:
        self._account = account
        self._incidents: dict[str, dict[str, Any]] = {}
        self._lock = threading.Lock()

    def answer(self, request: Request, path: str) -> Response:
        """The answer to a request below the API's root."""
        if self._account.reach(FAULTS).active(DOWN):
            return unanswered(request)
        try:
            endpoint, values = _MAP.bind("", path_info=f"/{path}").match(method=request.method)
        except HTTPException:
            told = f"The sandbox does not know {request.method} /{path}; Statuspage may. See sandbox/README.md."
            return answered({"error": told}, 501)
        try:
            status, said = self._said(request, endpoint, dict(values))
        except ValueError:
            return answered({"error": "Bad request"}, 400)
        except RefusedError as refusal:
            return answered({"error": refusal.error}, refusal.status)
        return answered(said, status)

    def _said(self, request: Request, endpoint: str, values: dict[str, Any]) -> tuple[int, Any]:
        arguments = asked(request)
        _require_key(request, arguments)
        if values.pop("page") not in self._pages:
            raise RefusedError(404, "Not found")
        with self._lock:
            return getattr(self, f"_{endpoint}")(arguments, **values)

    def _list(self, arguments: Mapping[str, Any]) -> tuple[int, Any]:
        size, number = int(arguments.get("limit") or USUAL_PAGE), int(arguments.get("page") or 1)
        size = min(size, LARGEST_PAGE)
        newest = [*reversed(self._incidents.values())]
        return 200, newest[(number - 1) * size : number * size]

    def _make(self, arguments: Mapping[str, Any]) -> tuple[int, Any]:
        given = _given(arguments)
        if not given.get("name"):
            raise RefusedError(422, ["Name can't be blank"])
        status = given.get("status") or ("scheduled" if given.get("scheduled_for") else "investigating")
        if status in SCHEDULED and not (given.get("scheduled_for") and given.get("scheduled_until")):
            raise RefusedError(422, ["Scheduled for and scheduled until can't be blank"])
        made = {"id": secrets.token_hex(6), "created_at": self._now(), "incident_updates": [], "resolved_at": None}
        incident: dict[str, Any] = {**made, "metadata": {}, **_kept(given), "status": status}
        self._incidents[incident["id"]] = incident
        self._told(incident, given)
        return 201, incident

    def _get(self, _: Mapping[str, Any], incident: str) -> tuple[int, Any]:
        return 200, self._find(incident)

    def _change(self, arguments: Mapping[str, Any], incident: str) -> tuple[int, Any]:
        found, given = self._find(incident), _given(arguments)
        kinds = SCHEDULED if found["status"] in SCHEDULED else REALTIME
        if given.get("status") and given["status"] not in kinds:
            raise RefusedError(422, ["Status is not included in the list"])
        found.update(_kept(given))
        if given.get("status") or given.get("body"):
            self._told(found, given)
        return 200, found

    def _delete(self, _: Mapping[str, Any], incident: str) -> tuple[int, Any]:
        return 200, self._incidents.pop(self._find(incident)["id"])

    def _find(self, incident: str) -> dict[str, Any]:
        found = self._incidents.get(incident)
        if found is None:
            raise RefusedError(404, "Not found")
        return found

    def _told(self, incident: dict[str, Any], given: Mapping[str, Any]) -> None:
        """What subscribers and the page's readers see."""
        now, body = self._now(), str(given.get("body") or "")
        update = {"id": secrets.token_hex(6), "status": incident["status"], "body": body, "created_at": now}
        incident["incident_updates"].insert(0, update)
        incident["updated_at"] = now
        if incident["status"] in ("completed", "resolved"):
            incident["resolved_at"] = now
        status = incident["status"].replace("_", " ")
        self._account.outbox.add(
            Message("status-page", "status page", f"{status}: {body}", incident["name"], at=self._account.clock.now())
        )

    @property
    def _pages(self) -> set[str]:
        return {stack.status_page for stack in (*self._account.configured.stacks, self._account.configured.leading)}

    def _now(self) -> str:
        return self._account.clock.now().isoformat(timespec="milliseconds")


def _require_key(request: Request, arguments: Mapping[str, Any]) -> None:
    header = request.headers.get("Authorization", "")
    if STATUS_PAGE_KEY not in (header.removeprefix("OAuth "), arguments.get("api_key")):
        raise RefusedError(401, "Could not authenticate")


def _given(arguments: Mapping[str, Any]) -> Mapping[str, Any]:
    """What is said of the incident, as far as it can be."""
    given = arguments.get("incident")
    if not isinstance(given, Mapping):
        raise RefusedError(400, "incident is missing")
    if any(given.get(name) for name in BY_ITSELF):
        raise RefusedError(501, f"The sandbox moves nothing on by itself: {', '.join(BY_ITSELF)}.")
    if len(str(given.get("name") or "")) > LONGEST_NAME:
        raise RefusedError(422, [f"Name is too long (maximum is {LONGEST_NAME} characters)"])
    if given.get("status") not in (None, *SCHEDULED, *REALTIME):
        raise RefusedError(422, ["Status is not included in the list"])
    if not all(isinstance(each, Mapping) for each in (given.get("metadata") or {}).values()):
        raise RefusedError(422, ["Metadata must be an object of objects"])
    for name in ("scheduled_for", "scheduled_until"):
        if given.get(name):
            datetime.fromisoformat(str(given[name]))
    return given


def _kept(given: Mapping[str, Any]) -> dict[str, Any]:
    return {name: given[name] for name in _KEPT if name in given}
