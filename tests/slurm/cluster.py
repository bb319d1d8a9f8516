"""A Slurm of several virtual nodes on this machine, for tests: munge, MariaDB, slurmdbd, slurmctld and one slurmd a node.

    with Cluster() as cluster:
        cluster.run("sbatch", "--parsable", "--wrap", "true")

No systemd and nothing outside a folder of its own; every daemon listens on the loopback address, on a port that was free, or on a socket in the folder. Works
as root and as an ordinary user. Every process is known by its recorded pid, and `down` ends all of them, those of jobs too. The packages are in
packaging/slurm-packages.txt.
"""
import os
import pathlib
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time

PROGRAMS = {
    "munged": "munge", "munge": "munge", "slurmctld": "slurmctld", "slurmd": "slurmd", "sbatch": "slurm-client", "slurmdbd": "slurmdbd",
    "mariadbd": "mariadb-server-core", "mariadb-install-db": "mariadb-server-core",
}
PATH = "/usr/sbin:/usr/bin:/sbin:/bin:" + os.environ.get("PATH", "")
# unix sockets have names of at most 107 bytes
LONGEST_FOLDER = 70


def missing():
    """Why there can be no cluster here, or nothing."""
    packages = sorted({package for program, package in PROGRAMS.items() if not shutil.which(program, path=PATH)})
    if packages:
        return "not installed: " + " ".join(packages)
    try:
        address = socket.gethostbyname(socket.gethostname())
    except OSError:
        return f"the host's name {socket.gethostname()} has no address"
    if not address.startswith("127."):
        return f"the host's name stands for {address}: Slurm's daemons would listen on more than the loopback address"
    return None


class ClusterError(Exception):
    pass


def free_ports(count):
    """That many ports in a row which nobody listens on."""
    for base in range(21000 + os.getpid() % 400 * 25, 32000, count + 1):
        sockets = []
        try:
            for port in range(base, base + count):
                sockets.append(socket.socket())
                sockets[-1].bind(("127.0.0.1", port))
            return base
        except OSError:
            continue
        finally:
            for one in sockets:
                one.close()
    raise ClusterError("no free ports")


def listens(path):
    """Whether somebody accepts connections on a unix socket."""
    with socket.socket(socket.AF_UNIX) as one:
        return one.connect_ex(str(path)) == 0


def start_time(pid):
    """Field 22 of /proc/PID/stat: with the pid it names a process for good. Nothing if it has ended."""
    try:
        fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    except (OSError, IndexError):
        return None
    return None if fields[0] in "ZX" else fields[19]


class Cluster:
    """`settings` are lines of slurm.conf that replace the ones below; an empty value drops a line."""

    def __init__(self, nodes=4, cpus=8, memory=16000, accounting=True, settings=None):
        self.nodes, self.cpus, self.memory, self.accounting = nodes, cpus, memory, accounting
        self.settings = settings or {}
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="osac-slurm-"))
        if len(str(self.folder)) > LONGEST_FOLDER:
            shutil.rmtree(self.folder)
            raise ClusterError(f"the folder for temporary files is too deep for sockets: {self.folder}")
        for name in ("etc", "run", "log", "state", "spool", "db"):
            (self.folder / name).mkdir()
        self.folder.chmod(0o755)
        self.port = free_ports(10 + nodes)
        self.user = pwd.getpwuid(os.getuid()).pw_name
        self.host = socket.gethostname().split(".")[0]
        self.daemons = {}  # name -> (pid, start time)
        self.environment = {**{k: v for k, v in os.environ.items() if not k.startswith(("SLURM_", "SBATCH_"))},
                            "SLURM_CONF": str(self.folder / "etc/slurm.conf"), "PATH": PATH, "LC_ALL": "C"}

    def __enter__(self):
        try:
            self.up()
        except BaseException:
            self.down()
            raise
        return self

    def __exit__(self, *_):
        self.down()

    # ---- for tests

    def run(self, *words, code=0, timeout=60, **more):
        """Runs a command with the cluster's environment; its exit code must be `code` (None: any)."""
        done = subprocess.run(list(map(str, words)), env={**self.environment, **more.pop("env", {})}, capture_output=True, text=True, timeout=timeout,
                              stdin=more.pop("stdin", subprocess.DEVNULL) if "input" not in more else None, **more)
        if code is not None and done.returncode != code:
            raise ClusterError(f"{' '.join(map(str, words))} gave {done.returncode}\n{done.stdout}\n{done.stderr}")
        return done

    def jobs(self):
        """What squeue knows: (job or element, state, name, reason)."""
        lines = self.run("squeue", "-h", "-r", "-t", "all", "-o", "%i|%T|%j|%r").stdout.splitlines()
        return [tuple(line.split("|", 3)) for line in lines]

    def wait_idle(self, seconds=120):
        """Until no job is pending or running; gives the jobs then."""
        def is_over():
            return not any(state in ("PENDING", "RUNNING", "COMPLETING", "CONFIGURING") for _, state, _, _ in self.jobs())
        if not self.until(is_over, seconds):
            raise ClusterError(f"jobs did not end within {seconds} s: {self.jobs()}")
        return self.jobs()

    @staticmethod
    def until(condition, seconds):
        end = time.monotonic() + seconds
        while True:
            if condition():
                return True
            if time.monotonic() > end:
                return False
            time.sleep(0.05)

    def pid(self, name):
        """Of a daemon: slurmctld, slurmd-n1, slurmdbd, mariadbd, munged."""
        return self.daemons[name][0]

    def kill(self, name, number=signal.SIGKILL):
        pid, start = self.daemons[name]
        if start_time(pid) == start:
            os.kill(pid, number)

    # ---- configuration

    def slurm_conf(self):
        at, port = self.folder, self.port
        lines = {
            "ClusterName": "test", "SlurmctldHost": f"{self.host}(127.0.0.1)", "SlurmctldPort": port, "SlurmdPort": port + 1,
            "SlurmUser": self.user, "SlurmdUser": self.user, "AuthType": "auth/munge",
            # a requeued job may start again only when its credential has expired
            "AuthInfo": f"socket={at}/run/munge.sock,cred_expire=15", "CredType": "cred/munge",
            "CommunicationParameters": "NoCtldInAddrAny,NoInAddrAny",
            "StateSaveLocation": f"{at}/state", "SlurmdSpoolDir": f"{at}/spool/%n",
            "SlurmctldPidFile": f"{at}/run/slurmctld.pid", "SlurmdPidFile": f"{at}/run/slurmd-%n.pid",
            "SlurmctldLogFile": f"{at}/log/slurmctld.log", "SlurmdLogFile": f"{at}/log/slurmd-%n.log",
            "PlugStackConfig": f"{at}/etc/plugstack.conf", "MailProg": "/bin/true",
            # nothing that needs control groups
            "ProctrackType": "proctrack/linuxproc", "TaskPlugin": "task/none", "JobAcctGatherType": "jobacct_gather/linux",
            "JobAcctGatherFrequency": "task=1", "SwitchType": "switch/none", "MpiDefault": "none", "PropagateResourceLimits": "NONE",
            # more processors and memory than there are
            "SlurmdParameters": "config_overrides", "SelectType": "select/cons_tres", "SelectTypeParameters": "CR_Core_Memory",
            "DefMemPerCPU": 100,
            # quick to start, quick to end
            "SchedulerType": "sched/backfill", "PriorityType": "priority/basic",
            "SchedulerParameters": "sched_interval=2,sched_min_interval=20000,batch_sched_delay=0,default_queue_depth=2000,"
                                   "partition_job_depth=0,bf_interval=2,bf_max_job_test=2000,bf_continue",
            "ReturnToService": 2, "KillWait": 2, "InactiveLimit": 0, "SlurmctldTimeout": 60, "SlurmdTimeout": 300, "MessageTimeout": 60,
            "TCPTimeout": 10, "EpilogMsgTime": 100, "MinJobAge": 300, "MaxJobCount": 50000, "MaxArraySize": 1001, "JobRequeue": 1,
        }
        if self.accounting:
            lines |= {"AccountingStorageType": "accounting_storage/slurmdbd", "AccountingStorageHost": "127.0.0.1",
                      "AccountingStoragePort": port + 2, "AccountingStoragePass": f"{at}/run/munge.sock",
                      "AccountingStoreFlags": "job_comment", "JobCompType": "jobcomp/none"}
        else:
            lines |= {"AccountingStorageType": "accounting_storage/none", "JobCompType": "jobcomp/none"}
        lines |= self.settings
        text = [f"{key}={value}" for key, value in lines.items() if value != ""]
        for i in range(1, self.nodes + 1):
            text.append(f"NodeName=n{i} NodeHostname={self.host} NodeAddr=127.0.0.1 Port={port + 9 + i} Sockets=1 "
                        f"CoresPerSocket={self.cpus} ThreadsPerCore=1 RealMemory={self.memory} State=UNKNOWN")
        text.append("PartitionName=main Nodes=ALL Default=YES MaxTime=INFINITE DefaultTime=60 State=UP")
        return "\n".join(text) + "\n"

    def slurmdbd_conf(self):
        at = self.folder
        return "\n".join([
            "AuthType=auth/munge", f"AuthInfo=socket={at}/run/munge.sock", f"DbdHost={self.host}", "DbdAddr=127.0.0.1",
            f"DbdPort={self.port + 2}", f"SlurmUser={self.user}", f"PidFile={at}/run/slurmdbd.pid", f"LogFile={at}/log/slurmdbd.log",
            "CommunicationParameters=NoCtldInAddrAny,NoInAddrAny", "StorageType=accounting_storage/mysql", "StorageHost=localhost",
            "StorageUser=root", "StorageLoc=slurm_acct", "CommitDelay=1"]) + "\n"

    # ---- daemons

    def note(self, name, pid_file=None, pid=None):
        """Records a daemon by the pid that it wrote, or by the one given."""
        if pid is None:
            path = self.folder / "run" / (pid_file or f"{name}.pid")
            self.until(lambda: path.exists() and path.read_text().strip().isdigit() and start_time(int(path.read_text())), 20)
            pid = int(path.read_text()) if path.exists() else 0
        start = start_time(pid)
        if not start:
            raise ClusterError(f"{name} did not start; {self.log_tail(name)}")
        self.daemons[name] = (pid, start)

    def log_tail(self, name):
        path = self.folder / "log" / f"{name}.log"
        return f"{path}: {path.read_text(errors='replace')[-2000:]}" if path.exists() else "it left no log"

    def start(self, name, *words, **more):
        done = self.run(*words, code=None, **more)
        if done.returncode != 0:
            raise ClusterError(f"{name} failed: {done.stdout}{done.stderr} {self.log_tail(name)}")

    def start_munge(self):
        at = self.folder
        key = at / "etc/munge.key"
        key.touch(mode=0o600)
        key.write_bytes(os.urandom(128))
        self.start("munged", "munged", f"--key-file={key}", f"--socket={at}/run/munge.sock", f"--pid-file={at}/run/munged.pid",
                   f"--log-file={at}/log/munged.log", f"--seed-file={at}/run/munged.seed", "--num-threads=4")
        self.note("munged")

    def start_database(self):
        at = self.folder
        self.start("mariadb-install", "mariadb-install-db", "--no-defaults", f"--user={self.user}", f"--datadir={at}/db", f"--tmpdir={at}/run",
                   "--skip-test-db", "--auth-root-authentication-method=normal", timeout=120)
        server = subprocess.Popen(
            ["mariadbd", "--no-defaults", f"--user={self.user}", f"--datadir={at}/db", f"--tmpdir={at}/run", f"--socket={at}/run/mysql.sock",
             f"--pid-file={at}/run/mariadbd.pid", f"--log-error={at}/log/mariadbd.log", "--skip-networking", "--skip-grant-tables",
             "--skip-log-bin", "--skip-name-resolve", "--innodb-buffer-pool-size=64M", "--innodb-log-file-size=32M",
             "--innodb-flush-log-at-trx-commit=0", "--innodb-doublewrite=0", "--innodb-lock-wait-timeout=900", "--performance-schema=OFF"],
            env=self.environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
        self.server = server
        self.note("mariadbd", pid=server.pid)
        if not self.until(lambda: listens(at / "run/mysql.sock"), 30):
            raise ClusterError(f"mariadbd does not answer; {self.log_tail('mariadbd')}")
        conf = at / "etc/slurmdbd.conf"
        conf.touch(mode=0o600)
        conf.write_text(self.slurmdbd_conf())
        self.start("slurmdbd", "slurmdbd", env={"MYSQL_UNIX_PORT": str(at / "run/mysql.sock")})
        self.note("slurmdbd")
        if not self.until(lambda: self.run("sacctmgr", "-n", "show", "cluster", code=None).returncode == 0, 30):
            raise ClusterError(f"slurmdbd does not answer; {self.log_tail('slurmdbd')}")
        self.run("sacctmgr", "-i", "-Q", "add", "cluster", "test", code=None)
        self.run("sacctmgr", "-i", "-Q", "add", "account", "test", code=None)
        self.run("sacctmgr", "-i", "-Q", "add", "user", self.user, "account=test", code=None)

    def start_controller(self):
        self.start("slurmctld", "slurmctld", "-f", self.environment["SLURM_CONF"])
        self.note("slurmctld")

    def start_node(self, name):
        (self.folder / "spool" / name).mkdir(exist_ok=True)
        self.start(f"slurmd-{name}", "slurmd", "-f", self.environment["SLURM_CONF"], "-N", name)
        self.note(f"slurmd-{name}")

    def are_nodes_up(self):
        lines = self.run("sinfo", "-h", "-N", "-o", "%N %t", code=None).stdout.splitlines()
        return sum(line.split()[1] in ("idle", "mix", "alloc") for line in set(lines)) == self.nodes

    def up(self):
        (self.folder / "etc/plugstack.conf").touch()
        (self.folder / "etc/cgroup.conf").touch()
        (self.folder / "etc/slurm.conf").write_text(self.slurm_conf())
        self.start_munge()
        if self.accounting:
            self.start_database()
        self.start_controller()
        for i in range(1, self.nodes + 1):
            self.start_node(f"n{i}")
        if not self.until(self.are_nodes_up, 30):
            raise ClusterError(f"not all nodes came up; {self.log_tail('slurmctld')}")

    # ---- the end

    def stop(self, name, seconds=10):
        pid, start = self.daemons.pop(name, (0, None))
        if not pid or start_time(pid) != start:
            return
        os.kill(pid, signal.SIGTERM)
        if name == "mariadbd":  # our own child: it has to be waited for
            ended = lambda: self.server.poll() is not None
        else:
            ended = lambda: start_time(pid) != start
        if not self.until(ended, seconds):
            os.kill(pid, signal.SIGKILL)
            self.until(ended, 5)

    def leftovers(self):
        """Processes of jobs: a slurmstepd that works in our folder, and what carries our configuration and a job's number."""
        found = []
        mark = f"SLURM_CONF={self.environment['SLURM_CONF']}".encode()
        for folder in pathlib.Path("/proc").glob("[0-9]*"):
            try:
                if int(folder.name) == os.getpid() or not start_time(int(folder.name)):
                    continue
                variables = (folder / "environ").read_bytes().split(b"\0")
                is_job = mark in variables and any(one.startswith(b"SLURM_JOB_ID=") for one in variables)
                is_step = (folder / "comm").read_text().startswith("slurmstepd") and str(self.folder).encode() in (
                    os.readlink(folder / "cwd").encode() + (folder / "cmdline").read_bytes() +
                    b"".join(os.readlink(one).encode() for one in (folder / "fd").iterdir()))
                if is_job or is_step:
                    found.append(int(folder.name))
            except OSError:
                continue
        return found

    def down(self):
        """Ends everything and removes the folder."""
        self.stop("slurmctld", 30)
        for name in [name for name in self.daemons if name.startswith("slurmd-")]:
            self.stop(name)
        for _ in range(3):
            for pid in self.leftovers():
                try:
                    os.kill(pid, signal.SIGKILL)
                except ProcessLookupError:
                    pass
        for name in ("slurmdbd", "mariadbd", "munged"):
            self.stop(name, 30)
        shutil.rmtree(self.folder, ignore_errors=True)
