"""Every fault by name, and the drawing of trials from a seed."""

import random
from collections.abc import Callable
from dataclasses import dataclass

from tests.faults import road
from tests.faults.points import POINTS
from tests.faults.smtp_server import Order, Step, Whim
from tests.faults.strikes import AfterBytes, Deed, Moment, Side, Strike
from tests.faults.worker import Kill

TO_SERVER, TO_CLIENT = Side.TO_SERVER, Side.TO_CLIENT
TIMEOUT = 1.5
"""Seconds after which Mailstage gives a silent server up, in a trial."""

SMTP_MOMENTS = {
    "the greeting": Moment(TO_CLIENT, rb"^220 ", before=True),
    "MAIL": Moment(TO_SERVER, rb"^MAIL FROM.*\r\n"),
    "RCPT": Moment(TO_SERVER, rb"^RCPT TO.*\r\n"),
    "the answer to RCPT": Moment(TO_CLIENT, rb"^354 ", before=True),
    "354": Moment(TO_CLIENT, rb"^354 .*\r\n"),
    "half the message": Moment(TO_SERVER, rb"^Message-ID:.*\r\n"),
    "all but the final dot": Moment(TO_SERVER, rb"^\.\r\n", before=True),
    "the final dot": Moment(TO_SERVER, rb"^\.\r\n"),
    "all but the answer to the dot": Moment(TO_CLIENT, rb"^354 [^\n]*\n(?=2)"),
    "the answer to the dot": Moment(TO_CLIENT, rb"^354 [^\n]*\n250 .*\r\n"),
}
IMAP_MOMENTS = {
    "the greeting": Moment(TO_CLIENT, rb"^\* OK .*\r\n"),
    "LOGIN": Moment(TO_SERVER, rb"^\S+ LOGIN .*\r\n"),
    "SELECT": Moment(TO_CLIENT, rb"^\S+ OK \[READ-\w+\]", before=True),
    "half a message": Moment(TO_CLIENT, rb"BODY\[\] \{\d+\}\r\n[^\n]*\n"),
    "all but the answer to FETCH": Moment(TO_CLIENT, rb"BODY\[\](?s:.*?)\r\n(?=[A-Z]+\d+ OK)"),
    "STORE": Moment(TO_SERVER, rb"^\S+ UID STORE .*\r\n"),
    "the wish to APPEND": Moment(TO_SERVER, rb"^\S+ APPEND .*\r\n"),
    "half a copy": Moment(TO_SERVER, rb"^Message-ID:.*\r\n"),
    "all but the answer to APPEND": Moment(TO_CLIENT, rb"^\S+ OK (\[APPENDUID|APPEND)", before=True),
    "the answer to APPEND": Moment(TO_CLIENT, rb"^\S+ OK (\[APPENDUID|APPEND).*\r\n"),
}
ANSWERS = {
    "4xx at the greeting": Order(Step.GREETING, "421 4.3.2 going down"),
    "4xx to MAIL": Order(Step.MAIL, "451 4.3.0 busy"),
    "4xx to RCPT": Order(Step.RCPT, "450 4.2.0 greylisted"),
    "4xx to DATA": Order(Step.DATA, "451 4.3.0 busy"),
    "4xx to the dot": Order(Step.DOT, "452 4.3.1 disk full"),
    "5xx to MAIL": Order(Step.MAIL, "550 5.7.1 not you"),
    "5xx to RCPT": Order(Step.RCPT, "550 5.1.1 nobody there"),
    "5xx to DATA": Order(Step.DATA, "554 5.5.1 no"),
    "5xx to the dot": Order(Step.DOT, "554 5.6.0 not this"),
    "nonsense to the dot": Order(Step.DOT, "399 perhaps"),
    "hang up at RCPT": Order(Step.RCPT, Whim.HANG_UP),
    "hang up after the dot, not kept": Order(Step.DOT, Whim.HANG_UP),
    "hang up after the dot, kept": Order(Step.DOT, Whim.STORE_AND_HANG_UP),
    "die at RCPT": Order(Step.RCPT, Whim.DIE),
    "die after the dot, not kept": Order(Step.DOT, Whim.DIE),
    "die after the dot, kept": Order(Step.DOT, Whim.STORE_AND_DIE),
    "slow after the dot, kept": Order(Step.DOT, Whim.STORE_AND_BE_SLOW),
}


@dataclass(frozen=True)
class Fault:
    """One fault with all its particulars; whatever is set strikes."""

    name: str
    kill: Kill | None = None
    kill_after: float = 0.0
    """Seconds after its start at which the first process is killed; 0 for never."""
    smtp: Strike | None = None
    imap: Strike | None = None
    answer: Order | None = None
    tls: bool = False
    rival: bool = False
    """A second process works on the same mailbox at the same time."""


@dataclass(frozen=True)
class Trial:
    """Everything about one trial that is not left to the clock of the machine."""

    seed: int
    faults: tuple[Fault, ...]
    mails: tuple[str, ...]
    phase: int
    labels: str = "auto"
    bug: str = ""

    @property
    def name(self) -> str:
        return " + ".join(fault.name for fault in self.faults)

    @property
    def tls(self) -> bool:
        return any(fault.tls for fault in self.faults)


Maker = Callable[[random.Random], Fault]


def _makers() -> dict[str, Maker]:
    makers: dict[str, Maker] = {
        "kill: any commit": lambda r: Fault("", kill=Kill(commit=r.randint(1, 24), after=r.random() < 0.5)),
        "kill: any time": lambda r: Fault("", kill_after=r.uniform(0.01, 0.9)),
        "a second process": lambda _r: Fault("", rival=True),
        "a second process, and one dies": lambda r: Fault("", rival=True, kill_after=r.uniform(0.05, 0.9)),
    }
    for name in POINTS:
        makers[f"kill: {name}"] = lambda _r, name=name: Fault("", kill=Kill(point=name))  # type: ignore[misc]
    for name, order in ANSWERS.items():
        makers[f"smtp says {name}"] = lambda r, order=order: Fault(  # type: ignore[misc]
            "", answer=Order(order.step, order.answer, r.randint(1, 2))
        )
    for line, moments in (("smtp", SMTP_MOMENTS), ("imap", IMAP_MOMENTS)):
        for name, moment in moments.items():
            makers[f"kill: {line} after {name}"] = _on(line, Deed.KILL, moment)
            makers[f"cut: {line} after {name}"] = _on(line, Deed.CUT, moment)
        makers |= _rough(line, moments)
    return makers


def _rough(line: str, moments: dict[str, Moment]) -> dict[str, Maker]:
    """What may befall a line anywhere."""

    def anywhere(deed: Deed, seconds: float = 0.0, most: int = 3000) -> Maker:
        def make(chance: random.Random) -> Fault:
            side = chance.choice(list(Side))
            # an SMTP server says little
            at = AfterBytes(side, chance.randint(1, min(most, 300) if (line, side) == ("smtp", TO_CLIENT) else most))
            return _fault(line, Strike(deed, at, chance.randint(1, 2), seconds))

        return make

    def somewhere(deed: Deed, seconds: float = 0.0) -> Maker:
        return lambda chance: _fault(line, Strike(deed, chance.choice(list(moments.values())), 1, seconds))

    def corrupt(chance: random.Random) -> Fault:
        at = AfterBytes(chance.choice(list(Side)), chance.randint(1, 1000))
        return Fault("", tls=True, **{line: Strike(Deed.CORRUPT, at)})  # type: ignore[arg-type]

    return {
        f"cut: {line} anywhere": anywhere(Deed.CUT),
        f"reset: {line} anywhere": anywhere(Deed.RESET),
        f"reset: {line} at a moment": somewhere(Deed.RESET),
        f"half-open: {line} anywhere": anywhere(Deed.HOLE),
        f"half-open: {line} at a moment": somewhere(Deed.HOLE),
        f"stall: {line} at a moment": somewhere(Deed.STALL, TIMEOUT / 3),
        f"slow: {line}": anywhere(Deed.DELAY, 0.02, most=1),
        f"split: {line}": anywhere(Deed.SPLIT, most=1),
        f"refuse: {line}": lambda r: _fault(line, Strike(Deed.REFUSE, times=r.randint(1, 3))),
        f"corrupt: {line} under TLS": corrupt,
    }


def _fault(line: str, strike: Strike) -> Fault:
    return Fault("", smtp=strike) if line == "smtp" else Fault("", imap=strike)


def _on(line: str, deed: Deed, moment: Moment) -> Maker:
    return lambda _chance: _fault(line, Strike(deed, moment))


MAKERS = _makers()


def draw(seed: int, names: tuple[str, ...] = (), bug: str = "") -> Trial:
    """The trial of a seed: one fault, or two at once in a third of all; `names` fixes which."""
    chance = random.Random(seed)
    wanted = names or _names(chance)
    made = [MAKERS[name](chance) for name in wanted]
    faults = tuple(Fault(**{**vars(fault), "name": name}) for name, fault in zip(wanted, made, strict=True))
    phase = 2 if chance.random() < 0.25 and "policy" not in " ".join(wanted) else 3
    copied = "begin the labels" in " ".join(wanted) or chance.random() < 0.2
    return Trial(seed, faults, road.choose(chance), phase, "folders" if copied else "auto", bug)


def _names(chance: random.Random) -> tuple[str, ...]:
    names = tuple(chance.sample(sorted(MAKERS), 2 if chance.random() < 1 / 3 else 1))
    if any("TLS" in name for name in names) and len(names) == 2:
        return names[:1]  # nothing else finds its moment in what is encrypted
    return names
