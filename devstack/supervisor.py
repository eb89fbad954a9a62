"""What `make run` runs: starts every part and the service, watches them, stops them."""

from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from time import monotonic
from typing import TypeVar

from devstack.child import Child
from devstack.environment import (
    DEFAULT_HOST,
    URL_NAMES,
    Part,
    complete,
    given,
    missing_parts,
    port,
    read,
    signs_own_tokens,
)
from devstack.errors import PartError
from devstack.folders import DATA, ROOT, data_folder
from devstack.lock import only_one, starting
from devstack.parts import embedded
from devstack.ports import demand_free
from devstack.preparation import Preparation
from devstack.programs import Program, is_ready, reachable
from devstack.records import ORDER, Records
from devstack.server import Server
from devstack.stopping import Stopping, StopRequested
from devstack.terminal import say, say_first_request, say_step, say_tokens
from devstack.watching import Watch

T = TypeVar("T")

_READY_SECONDS = 120.0
_MODEL_SECONDS = 60.0
# Long enough that a person who ends a part on purpose sees the service without it.
_PART_DELAY, _PROGRAM_DELAY = 5.0, 1.0


def main() -> int:
    """Run until asked to stop; return the exit code."""
    try:
        return Supervisor().run()
    except PartError as error:
        say(f"error: {error}")
        return 1


class Supervisor:
    """Everything that runs for this checkout, in one life."""

    def __init__(self) -> None:
        self._environment = read(ROOT)
        self._port = port(self._environment)
        self._host = self._environment.get("BIND_HOST", "").strip() or DEFAULT_HOST
        self._folder = data_folder()
        self._records = Records(self._folder)
        self._stopping = Stopping()
        self._pool = ThreadPoolExecutor(max_workers=4)
        self._children: dict[str, Child] = {}
        self._watches: list[Watch] = []
        self._began = monotonic()

    def run(self) -> int:
        """Start, watch, stop; raises PartError when something cannot be."""
        with only_one(self._folder, self._port):
            self._stopping.listen()
            try:
                self._start()
                self._watch()
            except StopRequested:
                pass
            finally:
                self._stop()
        return 0

    def _start(self) -> None:
        with starting(self._folder):
            self._clear_the_way()
            say(f"Starting, with data and logs in {DATA.name}/")
            missing = missing_parts(self._environment)
            for name in (URL_NAMES[part] for part in Part if part not in missing):
                say(f"  {name} is given, so that part is not started here")
            servers = self._begin_parts(missing)
        waits = {part: self._pool.submit(self._wait, servers[part]) for part in servers}
        urls = {part: server.url for part, server in servers.items()}
        self._environment = complete(self._environment, urls, self._folder)
        for part in (Part.POSTGRES, Part.REDIS):
            if part in waits:
                self._result(waits[part])
        tokens = self._start_programs()
        self._wait_for_model(waits.get(Part.MODEL_SERVICE))
        self._announce(tokens, embedded_model=Part.MODEL_SERVICE in servers)

    def _clear_the_way(self) -> None:
        for part in self._records.stop_leftovers():
            say(f"stopped {part}, left over from a run that was killed")
        for record in self._records.running():
            message = (
                f"{record.part} of this checkout is in use by process {record.owner} "
                f"({' '.join(record.owner_command)}); stop that first"
            )
            raise PartError(message)
        demand_free(self._host, self._port)

    def _begin_parts(self, parts: Sequence[Part]) -> dict[Part, Server]:
        servers = {}
        # The model takes longest and PostgreSQL's data may have to be made first.
        for part in reversed(parts):
            servers[part] = embedded(part, self._folder, self._environment)
            self._begin(part, servers[part], _PART_DELAY)
        return servers

    def _begin(self, key: str, child: Server | Program, delay: float) -> None:
        def remember() -> None:
            self._records.write(key, child)

        self._children[key] = child
        child.begin()
        remember()
        self._watches.append(Watch(child, delay=delay, on_begin=remember))

    def _wait(self, server: Server) -> None:
        server.wait_ready()
        say_step(server.name, "ready", monotonic() - self._began)

    def _result(self, future: "Future[T]") -> T:
        self._stopping.wait_until(future.done)
        return future.result()

    def _start_programs(self) -> dict[str, str]:
        steps = ["migrations", "initial-data"]
        if signs_own_tokens(self._environment):
            steps.append("tokens")
        log = self._folder / "logs" / "prepare.log"
        preparation = Preparation(self._environment, log)
        prepared = self._pool.submit(preparation.run, steps)
        try:
            # The web process loads meanwhile; it is not ready before the tables are.
            self._begin("web", Program("web", self._environment), _PROGRAM_DELAY)
            tokens = self._result(prepared)
        finally:
            preparation.give_up()
        self._wait_for_web()
        self._begin("worker", Program("worker", self._environment), _PROGRAM_DELAY)
        return tokens

    def _wait_for_web(self) -> None:
        deadline = monotonic() + _READY_SECONDS

        def ready_or_over() -> bool:
            if self._children["web"].poll() is not None or monotonic() > deadline:
                message = "the service did not get ready; see the lines above"
                raise PartError(message)
            return is_ready(self._host, self._port)

        self._stopping.wait_until(ready_or_over)
        say_step("service", "ready", monotonic() - self._began)

    def _wait_for_model(self, wait: "Future[None] | None") -> None:
        if wait is None:
            return
        deadline = monotonic() + _MODEL_SECONDS
        self._stopping.wait_until(lambda: wait.done() or monotonic() > deadline)
        if not wait.done():
            say_step("Model Service", "is still loading")
        elif error := wait.exception():
            say(f"{error}\nThe service goes on without it.")

    def _announce(self, tokens: dict[str, str], *, embedded_model: bool) -> None:
        if tokens:
            say_tokens(tokens, self._folder)
        elif given(self._environment, "JWT_JWKS_URL"):
            say("Tokens come from the owner of JWT_JWKS_URL; none are made here.")
        else:
            say("DEVELOPMENT_TOKENS is off, so no tokens are made here.")
        host = reachable(self._host)
        base = f"http://{f'[{host}]' if ':' in host else host}:{self._port}"
        say_first_request(base, embedded_model=embedded_model)
        say(f"Serving on {base} (documentation: {base}/docs). Ctrl-C stops everything.")

    def _watch(self) -> None:
        while not self._stopping.requested.wait(0.25):
            for watch in self._watches:
                watch.look()

    def _stop(self) -> None:
        began = monotonic()
        running = [key for key in ORDER if key in self._children]
        if running:
            say("Stopping, the service first")
        for key in running:
            self._children[key].stop(hurry=self._stopping.hurry)
            self._records.forget(key)
            say_step(self._children[key].name, "stopped", monotonic() - began)
        self._pool.shutdown(cancel_futures=True)
