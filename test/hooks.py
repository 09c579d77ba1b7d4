"""Builds of the extension in which a process waits where a test says so.

Compiled with BISEARCH_TEST_HOOKS, a process that comes to a point of
src/base/testpoint.h waits as long as another session holds the advisory lock
of the point's number.
"""

import os
import re
import shlex
import shutil
import subprocess
import threading
import time

from conftest import TOP

# number of each point, by its name without BI_TEST_
_names = re.findall(r"\n\tBI_TEST_(\w+)", (
    TOP / "src/base/testpoint.h").read_text())
POINTS = {name: 7001 + n for n, name in enumerate(_names)}


def output(*command):
    return subprocess.check_output(command, text=True).strip()


def pg_config(what):
    return output(os.environ.get("PG_CONFIG", "pg_config"), "--" + what)


def build_flags():
    """What the build was made with besides: make takes COPT from the
    environment, too, and a build for gcov leaves its notes."""
    return shlex.split(os.environ.get("COPT", "")) + \
        ["--coverage"] * any((TOP / "src").glob("**/*.gcno"))


def compile_with_hooks(directory):
    """bisearch.so with test points, of the objects that make has made and
    those files that have points; its path."""
    icu = subprocess.run(["pkg-config", "--cflags", "--libs", "icu-uc"],
                         text=True, stdout=subprocess.PIPE).stdout
    icu = shlex.split(icu) or ["-licuuc", "-licudata"]
    points = [p for p in sorted((TOP / "src").glob("**/*.c"))
              if "BiTestPointWait" in p.read_text()]
    objects = [str(p) for p in sorted((TOP / "src").glob("**/*.o"))
               if p.with_suffix(".c").exists()
               and p.with_suffix(".c") not in points]
    for path in points:
        made = os.path.join(directory, path.stem + ".o")
        subprocess.run(
            ["gcc", "-O1", "-fPIC", "-D_GNU_SOURCE",
             "-DBISEARCH_TEST_HOOKS", f"-I{TOP}/src", "-isystem",
             pg_config("includedir-server"), "-c", str(path), "-o", made]
            + [flag for flag in icu if flag.startswith("-I")]
            + build_flags(), check=True)
        objects.append(made)
    library = os.path.join(directory, "bisearch.so")
    subprocess.run(["gcc", "-shared", "-o", library] + objects + icu
                   + build_flags(), check=True)
    return library


def use_hooks(library, *instances):
    """Let new sessions of these servers have this library."""
    for instance in instances:
        to = instance.dir / f"pg{pg_config('pkglibdir')}/bisearch.so"
        to.unlink()
        shutil.copy(library, to)
        to.chmod(0o755)


def is_waiting(con, pid, kind="advisory"):
    return con.execute(
        "SELECT count(*) FROM pg_locks WHERE pid = %s AND locktype = %s "
        "AND NOT granted", [pid, kind]).fetchone()[0] > 0


class Waiting(threading.Thread):
    """A session that runs a statement and comes to wait at a point; or, with
    no point, perhaps at a lock."""

    def __init__(self, instance, database, statement, point=None, setup=None):
        super().__init__(daemon=True)
        self.con = instance.connect(database)
        self.holder = instance.connect(database)
        self.con.execute("LOAD 'bisearch'")
        if setup:
            self.con.execute(setup)
        self.pid = self.con.info.backend_pid
        self.statement = statement
        self.rows = None
        self.error = None
        if point:
            self.holder.execute("SELECT pg_advisory_lock(%s)",
                                [POINTS[point]])
        self.start()
        while point and not is_waiting(self.holder, self.pid):
            assert self.is_alive(), (point, self.error)
            time.sleep(0.005)

    def run(self):
        try:
            cursor = self.con.execute(self.statement)
            if cursor.description:
                self.rows = cursor.fetchall()
        except Exception as error:
            self.error = error

    def waits_for_lock(self, kind="tuple", seconds=600):
        """Whether it waits for such a lock before it ends; the locks of
        flushes and merges are shown as a tuple's."""
        until = time.monotonic() + seconds
        while self.is_alive() and time.monotonic() < until:
            if is_waiting(self.holder, self.pid, kind):
                return True
            time.sleep(0.005)
        return False

    def go_on(self):
        """Let it leave the point."""
        self.holder.execute("SELECT pg_advisory_unlock_all()")

    def finish(self):
        """Let it go on to its end; what it found."""
        self.go_on()
        self.join(600)
        assert not self.is_alive()
        self.close()
        if self.error is not None:
            raise self.error
        return self.rows

    def close(self):
        self.con.close()
        self.holder.close()
