"""Processor time of the server's processes.

What a test bounds is the work of the server, by the kernel's account of its
process: a machine that is busy with other things makes everything late, and
no more work.  Elapsed time judges nothing in tests; where one waits for
something that may never come, it waits for HANG seconds.
"""

import os
import signal
import threading
import time
from pathlib import Path

import psycopg

HANG = 600
TICK = os.sysconf("SC_CLK_TCK")


def used(pid):
    """Seconds of processor time that a process has had; None if it is gone.
    The scheduler counts nanoseconds; without its account there are ticks of
    10 ms or so."""
    for file, read in (
            ("schedstat", lambda text: int(text.split()[0]) / 1e9),
            ("stat", lambda text: sum(
                map(int, text.rpartition(")")[2].split()[11:13])) / TICK)):
        try:
            return read(Path(f"/proc/{pid}/{file}").read_text())
        except (OSError, IndexError, ValueError):
            pass
    return None


class Clock:
    """Seconds that the server has worked for a connection since this was
    made."""

    def __init__(self, con):
        self.pid = con.info.backend_pid
        self.start = used(self.pid)

    def elapsed(self):
        now = used(self.pid)
        return 0 if now is None else now - self.start


def work(con, statement, args=None):
    """Processor time that a statement takes."""
    clock = Clock(con)
    con.execute(statement, args)
    return clock.elapsed()


class Workers:
    """Parallel workers of a backend, whose time is over before one can ask
    for it: so it is asked for again and again meanwhile."""

    def __init__(self, pid):
        parent = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2]
        self.siblings = Path(f"/proc/{parent.split()[1]}/task/"
                             f"{parent.split()[1]}/children")
        self.title = f"parallel worker for PID {pid} "
        self.first = {}
        self.last = {}

    def pids(self):
        for pid in self.siblings.read_text().split():
            try:
                title = Path(f"/proc/{pid}/cmdline").read_text()
            except OSError:
                continue
            if self.title in title.replace("\0", " "):
                yield pid

    def begin(self):
        self.first = {pid: used(pid) for pid in self.pids()}
        self.last = dict(self.first)

    def look(self):
        for pid in self.last:
            now = used(pid)
            if now is not None:
                self.last[pid] = now

    def elapsed(self):
        return max((self.last[pid] - start
                    for pid, start in self.first.items() if start is not None),
                   default=0)


class Cancel(threading.Thread):
    """Cancels a statement once the server has worked that long for it, with
    the signal that a request to cancel ends in: the request's own way takes
    any time on a busy machine, and work goes on meanwhile."""

    def __init__(self, con, after):
        super().__init__(daemon=True)
        self.pid = con.info.backend_pid
        self.until = used(self.pid) + after
        self.over = threading.Event()
        self.lock = threading.Lock()
        self.asked = None
        self.workers = Workers(self.pid)
        self.start()

    def run(self):
        while not self.over.wait(0.0005):
            now = used(self.pid)
            if now is None or now >= self.until:
                break
        with self.lock:
            if self.over.is_set():
                return
            self.workers.begin()
            self.asked = used(self.pid)
            os.kill(self.pid, signal.SIGINT)
        while self.workers.first and not self.over.wait(0.001):
            self.workers.look()

    def end(self):
        """The statement is over: processor time since the signal, of the
        backend or of the worker that had most; None if there was none."""
        with self.lock:
            self.over.set()
        now = used(self.pid)
        self.join()
        if self.asked is None or now is None:
            return None
        return max(now - self.asked, self.workers.elapsed())


def cancelled(con, statement, after, args=None, other=()):
    """Run a statement and cancel it when the server has worked for it that
    long; its work from then to the end, be that an error or not.  None if it
    was done before.  Other errors that it may end with are those of other."""
    cancel = Cancel(con, after)
    try:
        con.execute(statement, args)
    except (psycopg.errors.QueryCanceled, *other):
        return cancel.end()
    else:
        took = cancel.end()
        if took is not None:
            # if it came too late for this statement, it is not for the next
            try:
                con.execute("SELECT")
            except psycopg.errors.QueryCanceled:
                pass
        return took
    finally:
        cancel.end()


def late(attempt, limit, tries=3):
    """None if an attempt ends within the limit, or was done before it was
    cancelled; else what each of the tries took.  The kernel may count as a
    process's own what a virtual machine lost to others: so there are more."""
    found = []
    while len(found) < tries:
        took = attempt()
        if took is None or took < limit:
            return None
        found.append(round(took, 3))
    return found
