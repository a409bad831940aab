"""A Kubernetes API server over HTTP: jobs and pods in memory, and the rights of one Role, enforced."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

_PATH = re.compile(
    r"^/(?:api/v1|apis/(?P<group>\w+)/v1)/namespaces/(?P<namespace>[\w-]+)/(?P<kind>\w+)(?:/(?P<name>[\w-]+))?"
    r"(?:/(?P<sub>\w+))?$"
)
_VERBS = {"POST": "create", "DELETE": "delete"}
OPERATOR = "operator"  # bearer token of somebody who may everything


class StubKubernetes:
    """What the server has seen and holds."""

    def __init__(self, rules: list[dict[str, Any]], deployments: list[dict[str, Any]]) -> None:
        self.rules = rules
        self.deployments = deployments
        self.jobs: dict[str, dict[str, Any]] = {}
        self.bodies: list[str] = []
        self.calls: list[str] = []
        self.refused: list[str] = []

    def finish(self, job: str, outcome: str) -> None:
        """End a job's pod: `succeeded` or `failed`."""
        self.jobs[job]["status"] = {outcome: 1}

    def allowed(self, verb: str, group: str, resource: str) -> bool:
        """Whether the Role lets its holder do this."""
        return any(
            verb in rule["verbs"] and group in rule["apiGroups"] and resource in rule["resources"]
            for rule in self.rules
        )

    def answer(self, method: str, url: str, body: str, token: str = "") -> tuple[int, Any]:
        """The server's answer to a request; whoever isn't the operator has the rights of the Role."""
        parts = urlsplit(url)
        match = _PATH.match(parts.path)
        if match is None:
            return 404, _status(404, f"no such path {parts.path}")
        resource = "/".join(filter(None, (match["kind"], match["sub"])))
        verb = _VERBS.get(method, "get" if match["name"] else "list")
        call = f"{verb} {resource}"
        self.calls.append(call)
        if token != OPERATOR and not self.allowed(verb, match["group"] or "", resource):
            self.refused.append(call)
            return 403, _status(403, f"may not {call}")
        if body:
            self.bodies.append(body)
        if match["kind"] == "jobs":
            return self._job(verb, match["name"] or "", json.loads(body) if body else None)
        if match["kind"] == "deployments":
            return 200, {"kind": "DeploymentList", "items": self._deployments(parse_qs(parts.query))}
        if verb == "list":
            return 200, {"kind": "List", "items": self._pods(parse_qs(parts.query)) if match["kind"] == "pods" else []}
        if match["kind"] == "pods" and verb == "get" and not match["sub"]:
            return 200, {"kind": "Pod", "metadata": {"name": match["name"], "uid": f"uid-of-{match['name']}"}}
        return 200, _status(200, "done")

    def _job(self, verb: str, name: str, body: Any) -> tuple[int, Any]:
        if verb == "list":
            return 200, {"kind": "JobList", "items": []}
        if verb == "create":
            name = body["metadata"]["name"]
            if name in self.jobs:
                return 409, _status(409, "AlreadyExists")
            self.jobs[name] = {**body, "status": {"active": 1}}
            return 201, self.jobs[name]
        if name not in self.jobs:
            return 404, _status(404, "NotFound")
        return (200, self.jobs.pop(name)) if verb == "delete" else (200, self.jobs[name])

    def _deployments(self, query: dict[str, list[str]]) -> list[dict[str, Any]]:
        wanted = dict(pair.split("=") for pair in query["labelSelector"][0].split(","))
        return [d for d in self.deployments if wanted.items() <= d["metadata"]["labels"].items()]

    def _pods(self, query: dict[str, list[str]]) -> list[dict[str, Any]]:
        wanted = query.get("labelSelector", [""])[0].removeprefix("job-name=")
        return [{"metadata": {"name": f"{name}-pod"}, "status": {}} for name in self.jobs if name == wanted]


def _status(code: int, reason: str) -> dict[str, Any]:
    return {"kind": "Status", "apiVersion": "v1", "code": code, "reason": reason}


@contextmanager
def serving(stub: StubKubernetes) -> Iterator[str]:
    """Serve the stub on a free port; gives its address."""

    class Handler(BaseHTTPRequestHandler):
        def _any(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
            status, answer = stub.answer(
                self.command, self.path, body, self.headers.get("Authorization", "").removeprefix("Bearer ")
            )
            data = json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        do_GET = do_POST = do_DELETE = _any

        def log_message(self, *_args: object) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
