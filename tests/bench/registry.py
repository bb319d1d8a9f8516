"""The index of what ran: how long it takes to make from the journal of a million attempts, on each database, and to ask it; sizes."""
import os
import pathlib
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
from servers import Mariadb, Postgres

WORKFLOW = 'workflow night\ndataset out = "out.txt"\ntask make { out out run "echo x > {out}" }\n'
TABLES = ["journals", "executions", "elements", "artifacts", "uses", "metrics"]


def timed(words, folder, environment=None):
    begin = time.perf_counter()
    done = subprocess.run([str(word) for word in words], cwd=folder, capture_output=True, env={**os.environ, **(environment or {})})
    seconds = time.perf_counter() - begin
    if done.returncode != 0:
        sys.exit(f"{words} gave {done.returncode}: {done.stderr.decode()}")
    return seconds


def best(repeat, words, folder, environment=None, before=lambda: None):
    times = []
    for _ in range(repeat):
        before()
        times.append(timed(words, folder, environment))
    return min(times)


class Night:
    """A folder in which a night was carried out, with a journal of so many attempts more."""

    def __init__(self, osac, floors, attempts):
        self.path = pathlib.Path(tempfile.mkdtemp(prefix="osac-bench-", dir="/dev/shm" if os.path.isdir("/dev/shm") else None))
        (self.path / "night.osa").write_text(WORKFLOW)
        timed([osac, "run", "night.osa", "-q"], self.path)
        self.state = self.path / ".osa/night"
        self.journal = self.state / "journal/run-bench.j1"
        with self.journal.open("wb") as out:
            subprocess.run([floors / "many_attempts", str(attempts)], stdout=out, check=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        shutil.rmtree(self.path, ignore_errors=True)

    def index(self):
        return self.state / "registry.sqlite"

    def clear(self):
        self.index().unlink(missing_ok=True)


def copy_of(index):
    """What SQLite itself takes for the same rows and indexes: a floor."""
    fresh = index.with_name("copy.sqlite")
    fresh.unlink(missing_ok=True)
    begin = time.perf_counter()
    database = sqlite3.connect(fresh, isolation_level=None)
    for setting in ("journal_mode = OFF", "synchronous = OFF", "page_size = 8192", "cache_size = -65536"):
        database.execute(f"PRAGMA {setting}")
    database.execute(f"ATTACH '{index}' AS made")
    made = database.execute("SELECT type, name, sql FROM made.sqlite_master WHERE sql IS NOT NULL").fetchall()
    database.execute("BEGIN")
    for kind, name, sql in made:
        if kind == "table":
            database.execute(sql)
            database.execute(f"INSERT INTO main.{name} SELECT * FROM made.{name}")
    for kind, name, sql in made:
        if kind == "index":
            database.execute(sql)
    database.execute("COMMIT")
    database.close()
    seconds = time.perf_counter() - begin
    fresh.unlink()
    return seconds


def on_server(kind, osac, night, attempts):
    server = kind()
    try:
        (night.path / "site.yaml").write_text(f"registry: {server.url}\n")
        (night.state / "registry.place").unlink(missing_ok=True)
        # the folder's choice is made by an execution; that brings in everything, too
        begin = time.perf_counter()
        timed([osac, "run", "night.osa", "--force", "make", "-q"], night.path, server.environment)
        seconds = time.perf_counter() - begin
        made = best(3, [osac, "prov", "made", "products/merged/000003.0099.fits"], night.path, server.environment)
        print(f"  {kind.scheme + ', ' + format(attempts, ',') + ' attempts':<44}{seconds:>10.2f} s   {attempts / seconds:,.0f} attempts a second; lineage of a merge "
              f"of 300 {made * 1000:.0f} ms", flush=True)
    finally:
        server.remove()
        (night.path / "site.yaml").unlink()
        (night.state / "registry.place").unlink(missing_ok=True)


def bench(osac, floors):
    attempts = 1_000_000
    print(f"registry: {attempts:,} attempts, each with its start, what it published and its end; 1.7 files read, 1 made, 1 metric")
    with Night(osac, floors, attempts) as night:
        read = best(2, ["cat", night.journal], night.path)
        made = best(2, [osac, "prov", "list"], night.path, before=night.clear)
        copied = copy_of(night.index())
        journal, index = night.journal.stat().st_size, night.index().stat().st_size
        print(f"  {'the journal read by cat':<44}{read:>10.2f} s   {journal / attempts:,.0f} bytes an attempt")
        print(f"  {'the same rows copied by SQLite':<44}{copied:>10.2f} s   {index / attempts:,.0f} bytes an attempt")
        print(f"  {'the index made by osac':<44}{made:>10.2f} s   {made / copied:.2f} x the copy, {journal / made / 1e6:,.0f} MB of journal a second "
              f"(goal 10 s{'' if made <= 10 else ': MISSED'})")
        again = best(3, [osac, "prov", "list"], night.path)
        print(f"  {'a question when nothing is new':<44}{again * 1000:>10.1f} ms")
    attempts = 100_000
    with Night(osac, floors, attempts) as night:
        timed([osac, "prov", "list"], night.path)
        floor = best(5, [osac, "prov", "list"], night.path)
        for name, product in (("of a chain", "products/third/000003.0050.fits"), ("of a merge of 300", "products/merged/000003.0099.fits")):
            seconds = best(5, [osac, "prov", "made", product], night.path)
            print(f"  {'lineage ' + name + f' among {attempts:,}':<44}{seconds * 1000:>10.1f} ms{'' if seconds <= 0.1 else ' (goal 100: MISSED)'}; "
                  f"`prov list` {floor * 1000:.1f}")
        if Postgres.programs():
            on_server(Postgres, osac, night, attempts)
        if shutil.which("mariadbd"):
            on_server(Mariadb, osac, night, attempts)
