"""One trial: mail arrives, the faults strike, Mailstage is started anew until all is quiet, then the audit."""

import asyncio
import json
import os
from collections.abc import Iterator, Sequence
from contextlib import AsyncExitStack, suppress
from dataclasses import asdict, dataclass, field
from functools import partial
from pathlib import Path

from tests.faults import road
from tests.faults.audit import Account, Verdict, audit
from tests.faults.catalogue import TIMEOUT, Trial
from tests.faults.installation import install
from tests.faults.processes import KILLED, Board, Child, fork
from tests.faults.proxy import Proxy
from tests.faults.smtp_server import Shop, accepted, serve
from tests.faults.strikes import Deed, Strike
from tests.faults.worker import QUIET, Job, Kill, work
from tests.faults.world import PASSWORD_VARIABLE, World, deliver

MOST_SECONDS = 90.0
"""A trial that lasts longer has hung."""
MOST_STARTS = 12
RECOVERY_SECONDS = 60.0
"""Promise R; the table tells what takes longer, and why is for the reader: a back-off may be due."""
SWEEP_SECONDS = 10.0
"""By the trial's clock, between the end of one pass and the start of the next."""


@dataclass
class Result:
    """What came of a trial. `recovery` is seconds from the last strike to quiet, by the trial's clock."""

    seed: int
    name: str
    faults: int
    bug: str = ""
    strikes: int = 0
    sent: int = 0
    recovery: float = 0.0
    troubles: list[str] = field(default_factory=list)
    """Why it did not come to rest, if it did not."""
    verdict: Verdict = field(default_factory=Verdict)

    @property
    def clean(self) -> bool:
        return self.verdict.clean and not self.troubles

    def to_json(self) -> bytes:
        return json.dumps(asdict(self)).encode()


def read_result(line: bytes | bytearray) -> Result:
    fields = json.loads(line)
    return Result(**{**fields, "verdict": Verdict(**fields["verdict"])})


def run_trial(trial: Trial, world: World, account: Account, pipe: int) -> int:
    """For a process of its own: writes its Result into the pipe."""
    os.environ[PASSWORD_VARIABLE] = account.password
    result = asyncio.run(Stage(trial, world, account).play())
    said = result.to_json()
    while said:
        said = said[os.write(pipe, said) :]
    return 0


class Stage:
    """The servers, the proxies and the processes of one trial."""

    def __init__(self, trial: Trial, world: World, account: Account) -> None:
        self.trial = trial
        self.world = world
        self.account = account
        self.board = Board()
        self.folder = world.folder / f"trial-{trial.seed}"
        self.wire = self.folder / "wire"
        self.wire.mkdir(parents=True)
        self.result = Result(trial.seed, trial.name, len(trial.faults), trial.bug)
        self.running: list[Child] = []
        self.rivals = sum(fault.rival for fault in trial.faults)
        self.kills = [fault.kill for fault in trial.faults if fault.kill is not None]

    async def play(self) -> Result:
        deliver(self.account, road.mails(self.trial.mails))
        database = f"trial_{self.trial.seed}"
        url = self.world.databases.copy(self.folder, database)
        async with AsyncExitStack() as stack:
            config = await self._install(stack, url)
            sweep = SWEEP_SECONDS / (1 + self.rivals)  # each process moves the one clock on
            self.job = Job(config, url, self.trial.seed, self.board, bug=self.trial.bug, sweep=sweep)
            try:
                await asyncio.wait_for(self._until_quiet(), MOST_SECONDS)
            except TimeoutError:
                self.result.troubles.append(f"still not quiet after {MOST_SECONDS:g} s")
            finally:
                for child in self.running:
                    child.kill()
        self.result.recovery = self.board.since_last_strike()
        self.result.strikes = self.board.strikes
        self.result.sent = len(accepted(self.wire))
        self.result.verdict = audit(self.account, url, self.wire)
        self.world.databases.drop(database)
        return self.result

    async def _install(self, stack: AsyncExitStack, database: str) -> Path:
        smtp_tls = any(fault.tls and fault.smtp for fault in self.trial.faults)
        imap_tls = any(fault.tls and fault.imap for fault in self.trial.faults) and self.world.tls_port != 0
        imap_port = self.world.tls_port if imap_tls else self.account.port
        strikes = [fault.imap for fault in self.trial.faults if fault.imap]
        imap = await stack.enter_async_context(Proxy(imap_port, strikes, self._struck))
        strikes = [fault.smtp for fault in self.trial.faults if fault.smtp]
        smtp = await stack.enter_async_context(Proxy(0, strikes, self._struck))
        await self._serve_smtp(stack, smtp, tls=smtp_tls)
        return install(
            self.folder,
            self.world.data,
            self.world.imap(self.account, imap.port, tls=imap_tls),
            self.world.smtp(smtp.port, tls=smtp_tls),
            phase=self.trial.phase,
            database=database,
            labels=self.trial.labels,
        )

    async def _serve_smtp(self, stack: AsyncExitStack, proxy: Proxy, *, tls: bool) -> None:
        """Starts the SMTP server, and starts it anew whenever it has died."""
        orders = [fault.answer for fault in self.trial.faults if fault.answer]
        shop = Shop(self.wire, 0, self.board, orders, 1.3 * TIMEOUT, self.world.certificate if tls else None)
        ready = asyncio.Event()

        async def keep() -> None:
            while True:
                server = fork(partial(serve, shop))
                try:
                    await server.heard.wait()
                    proxy.target = int(server.said)
                    ready.set()
                    await server.ended
                finally:
                    server.kill()

        keeping = asyncio.create_task(keep())

        async def stop() -> None:
            keeping.cancel()
            with suppress(asyncio.CancelledError):
                await keeping

        stack.push_async_callback(stop)
        await ready.wait()

    async def _until_quiet(self) -> None:
        """A dead process is followed by another; so is one that a rival outlived."""
        self.doomed = self._start()
        rivals = [self._start() for _ in range(self.rivals)]
        for seconds in [fault.kill_after for fault in self.trial.faults if fault.kill_after]:
            asyncio.get_running_loop().call_later(seconds, self._kill, self.doomed)
        for _ in range(MOST_STARTS):
            status = await self.doomed.ended
            if status == QUIET:
                break
            if status != KILLED:
                self.result.troubles.append(f"it ended with status {status}: see {self.folder}")
                break
            self.doomed = self._start()
        for rival in rivals:
            if await rival.ended != QUIET:
                self.result.troubles.append(f"the second process ended with {rival.ended.result()}")

    def _start(self) -> Child:
        kill: Kill | None = self.kills.pop(0) if self.kills else None
        child = fork(partial(work, Job(**{**vars(self.job), "kill": kill})))
        self.running.append(child)
        return child

    def _kill(self, child: Child) -> None:
        if not child.ended.done():
            self.board.strike()
            child.kill()

    def _struck(self, strike: Strike) -> None:
        self.board.strike()
        if strike.deed is Deed.KILL:
            self.doomed.kill()


def problems(results: Sequence[Result]) -> Iterator[str]:
    """One line for each thing amiss, with the seed that brings it back."""
    for result in results:
        for sentence in (
            *(f"lost: {said}" for said in result.verdict.lost),
            *(f"duplicated: {said}" for said in result.verdict.duplicated),
            *(f"unapproved: {said}" for said in result.verdict.unapproved),
            *(f"restless: {said}" for said in result.troubles),
            *([f"slow: {result.recovery:.1f} s"] if result.recovery > RECOVERY_SECONDS else []),
        ):
            yield f"seed {result.seed}, {result.name}: {sentence}"
