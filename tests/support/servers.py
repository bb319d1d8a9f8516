"""Database servers for tests: PostgreSQL and MariaDB, each in a folder of its own, on the loopback address, ended and removed afterwards."""
import glob
import os
import pathlib
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time

PASSWORD = "s3cret-of-test"


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def user_of(*names):
    """Servers refuse to be root: an account that their packages bring. Nothing if this is an ordinary user already."""
    if os.getuid() != 0:
        return None
    for name in names:
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    return pwd.getpwnam("nobody")


class Server:
    """`environment` is what clients need: their own files with the password."""

    def __init__(self, *accounts):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="osac-db-"))
        self.port = free_port()
        self.account = user_of(*accounts)
        self.process = None
        if self.account:
            os.chown(self.folder, self.account.pw_uid, self.account.pw_gid)
        self.folder.chmod(0o755)
        self.home = pathlib.Path(tempfile.mkdtemp(prefix="osac-home-"))
        self.environment = {"HOME": str(self.home)}

    def words(self, *words):
        if not self.account:
            return list(map(str, words))
        return ["setpriv", f"--reuid={self.account.pw_uid}", f"--regid={self.account.pw_gid}", "--clear-groups", *map(str, words)]

    def call(self, *words, **more):
        done = subprocess.run(self.words(*words), capture_output=True, text=True, timeout=120, stdin=subprocess.DEVNULL, cwd=self.folder, **more)
        if done.returncode != 0:
            raise RuntimeError(f"{words} gave {done.returncode}: {done.stdout}{done.stderr}")
        return done.stdout

    def wait(self, seconds=60):
        end = time.monotonic() + seconds
        while not self.answers():
            if time.monotonic() > end or self.process.poll() is not None:
                raise RuntimeError(f"the server does not answer: {(self.folder / 'log').read_text(errors='replace')[-2000:]}")
            time.sleep(0.05)

    def spawn(self, *words):
        log = (self.folder / "log").open("ab")
        self.process = subprocess.Popen(self.words(*words), stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=self.folder, start_new_session=True)
        self.wait()

    def end(self, number=signal.SIGTERM):
        if self.process and self.process.poll() is None:
            if number == signal.SIGKILL:
                os.killpg(self.process.pid, number)  # with the processes of its connections
            else:
                os.kill(self.process.pid, number)
            self.process.wait(60)

    def kill(self):
        self.end(signal.SIGKILL)

    def remove(self):
        self.end(signal.SIGINT if isinstance(self, Postgres) else signal.SIGTERM)
        shutil.rmtree(self.folder, ignore_errors=True)
        shutil.rmtree(self.home, ignore_errors=True)

    def secret(self, name, text):
        path = self.home / name
        path.touch(mode=0o600)
        path.write_text(text)


class Postgres(Server):
    scheme = "postgresql"

    @staticmethod
    def programs():
        found = sorted(glob.glob("/usr/lib/postgresql/*/bin"))
        return pathlib.Path(found[-1]) if found else None

    def __init__(self):
        super().__init__("postgres")
        self.url = f"postgresql://osac@127.0.0.1:{self.port}/osac"
        self.call(self.programs() / "initdb", "-D", self.folder / "db", "-U", "root", "-A", "scram-sha-256", "--auth-local=trust", "-N", "-E", "UTF8", "--locale=C")
        self.start()
        self.sql(f"CREATE USER osac PASSWORD '{PASSWORD}'")
        self.sql("CREATE DATABASE osac OWNER osac")
        self.secret(".pgpass", f"127.0.0.1:{self.port}:osac:osac:{PASSWORD}\n")

    def start(self):
        self.spawn(self.programs() / "postgres", "-D", self.folder / "db", "-p", self.port, "-k", self.folder, "-c", "listen_addresses=127.0.0.1", "-c", "fsync=off",
                   "-c", "shared_buffers=64MB")

    def words_of_client(self, database):
        return [str(self.programs() / "psql"), "-h", str(self.folder), "-p", str(self.port), "-U", "root", "-d", database, "-AtqX", "-v", "ON_ERROR_STOP=1"]

    def sql(self, text, database="postgres"):
        return self.call(*self.words_of_client(database), "-c", text).strip()

    def answers(self):
        return subprocess.run(self.words(*self.words_of_client("postgres"), "-c", "SELECT 1"), capture_output=True, cwd=self.folder).returncode == 0

    def hold(self, table):
        """Keeps others from writing to a table, until the process that is given ends."""
        return self.hold_by(f"BEGIN; LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE; SELECT 'held';\n", self.words_of_client("osac"))

    def hold_by(self, text, words):
        holder = subprocess.Popen(self.words(*words), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=self.folder)
        holder.stdin.write(text)
        holder.stdin.flush()
        assert "held" in holder.stdout.readline()
        return holder

    def waiting(self):
        return int(self.sql("SELECT count(*) FROM pg_stat_activity WHERE usename = 'osac' AND wait_event_type = 'Lock'")) > 0


class Mariadb(Server):
    scheme = "mariadb"

    def __init__(self):
        super().__init__("mysql")
        self.url = f"mariadb://osac@127.0.0.1:{self.port}/osac"
        self.call("mariadb-install-db", "--no-defaults", f"--datadir={self.folder}/db", f"--tmpdir={self.folder}", "--skip-test-db",
                  "--auth-root-authentication-method=normal")
        self.start()
        self.sql(f"CREATE DATABASE osac; CREATE USER osac@'127.0.0.1' IDENTIFIED BY '{PASSWORD}'; GRANT ALL ON osac.* TO osac@'127.0.0.1'")
        self.secret(".my.cnf", f"[client]\npassword={PASSWORD}\n")

    def start(self):
        self.spawn("mariadbd", "--no-defaults", f"--datadir={self.folder}/db", f"--tmpdir={self.folder}", f"--socket={self.folder}/socket", f"--port={self.port}",
                   "--bind-address=127.0.0.1", "--skip-log-bin", "--skip-name-resolve", "--innodb-buffer-pool-size=64M", "--innodb-log-file-size=64M",
                   "--innodb-flush-log-at-trx-commit=0", "--performance-schema=OFF")

    def words_of_client(self, database=""):
        return ["mariadb", "--no-defaults", f"--socket={self.folder}/socket", "-u", "root", "-N", "-B", "-n", *([database] if database else [])]

    def sql(self, text, database=""):
        return self.call(*self.words_of_client(database), "-e", text).strip()

    def answers(self):
        return subprocess.run(self.words(*self.words_of_client(), "-e", "SELECT 1"), capture_output=True, cwd=self.folder).returncode == 0

    def hold(self, table):
        return Postgres.hold_by(self, f"LOCK TABLES {table} WRITE; SELECT 'held';\n", self.words_of_client("osac"))

    def waiting(self):
        return "Waiting for table metadata lock" in self.sql("SELECT state FROM information_schema.processlist WHERE user = 'osac'")
