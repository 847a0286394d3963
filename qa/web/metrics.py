"""What this process counts for Prometheus, and who may read it. Imported only where it is asked for."""

from __future__ import annotations

import hmac
from collections.abc import Iterator

from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    ProcessCollector,
    disable_created_metrics,
    generate_latest,
)
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, InfoMetricFamily, Metric
from prometheus_client.registry import Collector
from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from qa.counted import Came, Endpoint, Outcome
from qa.live import LiveSession
from qa.turnstile import Turnstile
from qa.types import Reason
from qa.web.clients import is_local
from qa.web.gate import METRICS
from qa.web.refusals import refused

_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
_STAGES = ("queue", "retrieve", "read")
_CHALLENGE = {"WWW-Authenticate": 'Bearer realm="Sourcier metrics"'}


class Metrics:
    """The figures of one process, in a registry of its own. Labels hold fixed words, nothing of questions or users."""

    def __init__(self, live: LiveSession, turnstile: Turnstile) -> None:
        disable_created_metrics()  # type: ignore[no-untyped-call]  # as many series again, which say when each was made
        self._registry = registry = CollectorRegistry()
        self._questions = Counter(
            "sourcier_questions",
            "Questions, by the way they came and what came of them; reason says why one was refused.",
            ("endpoint", "outcome", "reason"),
            registry=registry,
        )
        self._seconds = Histogram(
            "sourcier_question_seconds",
            "From when a question came until it was answered, waiting included.",
            ("endpoint",),
            buckets=_SECONDS,
            registry=registry,
        )
        self._stages = Histogram(
            "sourcier_stage_seconds",
            "The parts of that: waiting for its turn, finding passages, reading them.",
            ("stage",),
            buckets=_SECONDS,
            registry=registry,
        )
        for name, told, now in (
            ("sourcier_questions_waiting", "Questions that wait for their turn now.", lambda: turnstile.waiting),
            ("sourcier_questions_running", "Questions that are being answered now.", lambda: turnstile.running),
        ):
            Gauge(name, told, registry=registry).set_function(now)
        for endpoint in Endpoint:  # at 0 from the start, or a first increase goes unseen
            self._seconds.labels(endpoint)
            for outcome in Outcome:
                for reason in Reason if outcome is Outcome.REFUSED else ("",):
                    self._questions.labels(endpoint, outcome, reason)
        for stage in _STAGES:
            self._stages.labels(stage)
        registry.register(_Folder(live))
        ProcessCollector(registry=registry)  # memory, CPU and open files, where /proc tells them

    def page(self) -> Response:
        """Return the figures of now, as Prometheus reads them."""
        headers = {"Content-Type": CONTENT_TYPE_LATEST, "Cache-Control": "no-store"}
        return Response(generate_latest(self._registry), headers=headers)

    def count(self, endpoint: Endpoint, came: Came) -> None:
        """Count a question."""
        self._questions.labels(endpoint, came.outcome, came.reason).inc()
        if came.seconds is not None:
            self._seconds.labels(endpoint).observe(came.seconds)
        for stage, seconds in came.stages.items():
            self._stages.labels(stage).observe(seconds)


class _Folder(Collector):
    """What is asked, and how often it was built, looked at when the figures are read."""

    def __init__(self, live: LiveSession) -> None:
        self._live = live

    def collect(self) -> Iterator[Metric]:
        """Yield the figures."""
        manifest, tally = self._live.manifest, self._live.tally
        if manifest:
            yield InfoMetricFamily("sourcier_index", "The index that is asked.", {"version": manifest.version})
            yield GaugeMetricFamily("sourcier_index_articles", "Its articles.", manifest.documents)
            yield GaugeMetricFamily("sourcier_index_passages", "Its passages.", manifest.passages)
        builds = CounterMetricFamily("sourcier_builds", "Builds of this process.", labels=("outcome",))
        for outcome in ("rebuilt", "unchanged", "failed"):
            builds.add_metric((outcome,), getattr(tally, outcome))
        yield builds
        changes = "How often another generation of the index, whoever built it, began to be asked."
        yield CounterMetricFamily("sourcier_index_changes", changes, tally.changed_over)


class Shown:
    """ASGI middleware behind the login. Answers `/metrics`."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self.app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or pass on what asks for anything else."""
        app = self.app
        if scope["type"] == "http" and scope["path"] == METRICS:
            if scope["method"] in ("GET", "HEAD"):
                app = self._metrics.page()
            else:
                told = f"{METRICS} takes GET and HEAD"
                app = refused(Headers(scope=scope), 405, "usage", told, {"Allow": "GET, HEAD"})
        await app(scope, receive, send)


class Door:
    """ASGI middleware before the login. Decides who may ask for `/metrics`.

    Who has the token, or has logged in, may; where there is neither token nor login, this machine.
    Not this machine otherwise: a proxy on it would let everybody in.

    :param app: with the login, if there is one.
    :param past: the same behind the login.
    """

    def __init__(self, app: ASGIApp, past: ASGIApp, token: str | None, login: bool) -> None:
        self.app, self._past = app, past
        self._token = token.encode() if token else None
        self._login = login

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or refuse it here."""
        app = self.app
        if scope["type"] == "http" and scope["path"] == METRICS:
            headers = Headers(scope=scope)
            if self._token and self._is_told(headers):
                app = self._past
            elif self._token and not self._login:
                app = refused(headers, 401, "login", "send Authorization: Bearer and the token", _CHALLENGE)
            elif not self._login and not is_local(scope):
                told = "only this machine may read the metrics: set SOURCIER_METRICS_TOKEN where Sourcier is started"
                app = refused(headers, 403, "usage", told)
        await app(scope, receive, send)

    def _is_told(self, headers: Headers) -> bool:
        scheme, _, told = headers.get("authorization", "").partition(" ")
        given = told.strip().encode("latin-1", "replace")
        return scheme.lower() == "bearer" and hmac.compare_digest(given, self._token or b"")
