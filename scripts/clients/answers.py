"""Is the answer AWS's own? A page that a proxy or a hotel's network gives with HTTP 200 is no empty list of alarms.

What each protocol's answers have is from Smithy's specifications (https://smithy.io/2.0/aws/protocols/): botocore
makes an empty answer of nearly anything else.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from scripts.errors import AwsAnswerError

if TYPE_CHECKING:
    from botocore.hooks import BaseEventHooks
    from botocore.model import OperationModel

REDIRECT, REFUSAL, BREAKDOWN = 300, 400, 500  # the least HTTP status of each kind
# Of one question. Of 100 alarms a page that is 100,000; who has more has an answer that does not end.
MOST_PAGES = 1_000
TOKENS = {"nexttoken", "marker", "continuationtoken"}
BEGINNING = 2_000  # bytes in which an answer says what it is
SHOWN = 60  # characters of it in a message
FIX = (
    "Something between this machine and AWS answers in its place: open the network's sign-in page, or correct the "
    "proxy (HTTPS_PROXY) or AWS_ENDPOINT_URL, then run the same command again."
)
_S3_ID = "x-amz-request-id"  # https://docs.aws.amazon.com/AmazonS3/latest/API/RESTCommonResponseHeaders.html
_HTML = re.compile(rb"\s*(?:\xef\xbb\xbf)?\s*<(?:!doctype\s+html|html|head|body)\b", re.IGNORECASE)


class Answers:
    """Refuses what is not AWS's, and pages without an end, whichever client asks. Safe to use from several threads."""

    def __init__(self) -> None:
        self._local = threading.local()  # who turns pages does so in one thread

    def listen(self, events: BaseEventHooks) -> None:
        """Look at all answers that these events tell of."""
        events.register_first("before-parse", self._received)
        events.register_first("response-received", self._parsed)
        events.register("before-parameter-build", self._asked)

    def _received(self, operation_model: OperationModel, response_dict: Mapping[str, Any], **_: Any) -> None:
        status: int = response_dict["status_code"]
        body, headers = response_dict["body"], response_dict["headers"]
        if not isinstance(body, bytes):
            body = b""  # a stream, which is read by who asked for it
        if status >= REFUSAL and not _is_text(operation_model, body):
            raise _not_aws(operation_model, status, headers, body)
        if status >= BREAKDOWN:
            return  # botocore asks again, and then says what went wrong
        page = _HTML.match(body[:BEGINNING]) or "html" in str(headers.get("content-type", "")).lower()
        if (
            REDIRECT <= status < REFUSAL
            or page
            or (status < REDIRECT and not _has_the_form(operation_model, headers, body))
        ):
            raise _not_aws(operation_model, status, headers, body)

    def _parsed(
        self, response_dict: Mapping[str, Any] | None, parsed_response: Mapping[str, Any] | None, **told: Any
    ) -> None:
        if response_dict is None or parsed_response is None or response_dict["status_code"] >= REDIRECT:
            return
        model = told["context"].get("release_operation")
        body = response_dict["body"]
        if model is None or set(parsed_response) - {"ResponseMetadata"} or not isinstance(body, bytes):
            return
        if model.service_model.resolved_protocol == "json" and b"".join(body.split()) not in {b"", b"{}"}:
            raise _not_aws(model, response_dict["status_code"], response_dict["headers"], body)

    def _asked(self, params: Any, model: OperationModel, context: dict[str, Any], **_: Any) -> None:
        context["release_operation"] = model
        if not isinstance(params, Mapping):
            return
        token = next((str(value) for name, value in params.items() if name.lower() in TOKENS), None)
        question = repr((model.name, sorted((k, repr(v)) for k, v in params.items() if k.lower() not in TOKENS)))
        asked: dict[str, set[str]] = self._local.__dict__.setdefault("asked", {})
        if token is None:
            asked.pop(question, None)
            return
        seen = asked.setdefault(question, set())
        repeated, pages = token in seen, len(seen) + 1
        seen.add(token)
        if repeated or pages >= MOST_PAGES:
            why = "a page that was there before follows" if repeated else "it does not end"
            raise AwsAnswerError(
                f"AWS's answer to {model.name} was given up after {pages:,} pages: {why}.",
                "Run the same command again; if it stays so, see https://health.aws.amazon.com.",
            )


def _is_text(model: OperationModel, body: bytes) -> bool:
    """Whether botocore can read it at all: of what is no text it makes an error that is nobody's."""
    if model.service_model.resolved_protocol == "smithy-rpc-v2-cbor":
        return True
    try:
        body.decode()
    except UnicodeDecodeError:
        return False
    return True


def _has_the_form(model: OperationModel, headers: Mapping[str, str], body: bytes) -> bool:
    protocol = model.service_model.resolved_protocol
    kind = str(headers.get("content-type", "")).lower()
    if protocol in {"query", "ec2"}:
        root = re.search(rf"<(?:\w+:)?{model.name}Response[\s/>]".encode(), body[:BEGINNING])
        wrapper = (model.output_shape.serialization if model.output_shape else {}).get("resultWrapper")
        return root is not None and (not wrapper or f"<{wrapper}".encode() in body)
    if protocol == "smithy-rpc-v2-cbor":
        return headers.get("smithy-protocol") == "rpc-v2-cbor"
    if protocol == "rest-xml":
        return _S3_ID in headers  # with no body, or whatever somebody has put there
    signed = kind.startswith("application/x-amz-json") or "x-amzn-requestid" in headers
    return signed and (model.output_shape is None or body.lstrip()[:1] == b"{")


def _not_aws(model: OperationModel, status: int, headers: Mapping[str, str], body: bytes) -> AwsAnswerError:
    kind = headers.get("content-type") or "no content type"
    text = " ".join(body[:BEGINNING].decode(errors="replace").split())
    said = f"beginning with {text[:SHOWN]!r}" if text else "empty"
    to = f" to {headers['location']}" if REDIRECT <= status < REFUSAL and headers.get("location") else ""
    return AwsAnswerError(f"The answer to {model.name} is not AWS's: HTTP {status}{to}, {kind}, {said}.", FIX)
