#!/usr/bin/env -S python3 -SE
"""A Slurm without daemons, for tests: called by the name of a command (sbatch, squeue, scontrol, scancel), it keeps a queue in the folder FAKE_SLURM.

`FAKE_SLURM/faults` says what goes wrong: lines `N WORD`, N being the number of the call of sbatch, or `* WORD` for all. Words:
    socket    the job is taken, but the answer says that nobody answered
    unheard   the same answer, and the job is not taken
    hang      the job is taken, then nothing is said for a long time
    noid      the job is taken, no number is printed
    banner    lines around the number, warnings beside it
    cluster   the number has a cluster's name
    refuse    refused for good
    limit     refused, there are too many jobs
    lose      the number is given, then the controller comes back without the job, and gives the number again
    amnesia   the same, at the next look at the queue
    killed    the job is taken, then whoever asked is killed
A file `down` with a number: so many further calls of squeue are not answered. Every call is in `calls`.
"""
import fcntl
import json
import os
import pathlib
import re
import signal
import sys
import time

ROOT = pathlib.Path(os.environ["FAKE_SLURM"])
NO_ANSWER = "Socket timed out on send/recv operation"


def save(state):
    (ROOT / "state.new").write_text(json.dumps(state))
    (ROOT / "state.new").rename(ROOT / "state")


def fail(program, text, code=1):
    print(f"{program}: error: {text}", file=sys.stderr)
    sys.exit(code)


def restart(state, job):
    """The controller comes back as it was before `job` was taken."""
    state["jobs"] = [one for one in state["jobs"] if one["id"] != job]
    state["next"] = job
    state["boot"] += 1


def indices(words):
    """Those of the array that a script asks for, as squeue shows them."""
    for word in words:
        if word.endswith(".sbatch") and os.path.exists(word):
            found = re.search(r"^#SBATCH --array=(\S+)$", pathlib.Path(word).read_text(), re.M)
            return found.group(1) if found else "N/A"
    return "N/A"


def sbatch(state, words):
    state["calls"] += 1
    number = state["calls"]
    faults = dict(line.split(maxsplit=1) for line in (ROOT / "faults").read_text().splitlines()) if (ROOT / "faults").exists() else {}
    fault = faults.get(str(number), faults.get("*", ""))
    options = dict(re.match(r"--([^=]+)=?(.*)", word, re.S).groups() for word in words if word.startswith("--"))
    said = []
    if fault in ("unheard", "refuse", "limit"):
        save(state)
        if fault == "refuse":
            print("sbatch: error: invalid partition specified: nowhere", file=sys.stderr)
            fail("sbatch", "Batch job submission failed: Invalid partition name specified")
        if fault == "limit":
            print("sbatch: error: AssocMaxSubmitJobLimit", file=sys.stderr)
            fail("sbatch", "Batch job submission failed: Job violates accounting/QOS policy (job submit limit, user's size and/or time limits)")
        fail("sbatch", "Batch job submission failed: " + NO_ANSWER)
    job = state["next"]
    state["next"] += 1
    state["jobs"].append({"id": job, "name": options["job-name"], "state": "PENDING", "dependency": options.get("dependency", ""), "indices": indices(words),
                          "reason": "JobHeldUser" if "hold" in options else "Dependency", "time": time.time()})
    if fault == "lose":
        restart(state, job)
    if fault == "amnesia":
        state["forgets"] = job
    save(state)
    if fault == "socket":
        fail("sbatch", "Batch job submission failed: " + NO_ANSWER)
    if fault == "hang":
        lock.close()
        time.sleep(600)
    if fault == "killed":
        os.kill(os.getppid(), signal.SIGKILL)
        sys.exit(0)
    if fault == "banner":
        print("Welcome to the cluster. 2 nodes are 100 % full\nQuota: 12 of 400")
        print("sbatch: warning: can't honor something", file=sys.stderr)
    if fault != "noid":
        print(f"{job};main" if fault == "cluster" else job)
    if fault == "banner":
        print("Have a nice day\n")


def squeue(state, words):
    down = ROOT / "down"
    if down.exists() and int(down.read_text()) > 0:
        down.write_text(str(int(down.read_text()) - 1))
        fail("slurm_load_jobs", "Unable to contact slurm controller (connect failure)")
    if "forgets" in state:
        restart(state, state.pop("forgets"))
        save(state)
    print("Welcome to the cluster")
    for job in state["jobs"]:
        print("{id}|{id}|{indices}|{state}|{reason}||{name}".format(**job))


def scontrol(state, words):
    if words[:2] == ["show", "config"]:
        print(f"Configuration data as of now\nBOOT_TIME               = {1000 + state['boot']}\nMaxArraySize            = 1001\n\nSlurmctld(primary) at x is UP")
    elif "partition" in words:
        print("PartitionName=main Default=YES MaxTime=UNLIMITED TotalCPUs=16")
    else:
        code = 0
        for line in sys.stdin:
            print("scontrol: ", end="")
            verb, what = line.split(maxsplit=1)
            number = int(re.search(r"\d+", what).group())
            job = next((one for one in state["jobs"] if one["id"] == number and one["state"] == "PENDING"), None)
            if job is None:
                print(f"Invalid job id specified for job {number}", file=sys.stderr)
                code = 1
            elif verb == "release":
                job["reason"] = "Priority"
            else:
                state.setdefault("lines", []).append(what.strip())
        save(state)
        sys.exit(code)


def scancel(state, words):
    for job in state["jobs"]:
        if str(job["id"]) in words:
            job["state"] = "CANCELLED"
    save(state)


if __name__ == "__main__":
    lock = open(ROOT / "lock", "w")
    fcntl.flock(lock, fcntl.LOCK_EX)
    program = pathlib.Path(sys.argv[0]).name
    with open(ROOT / "calls", "a") as calls:
        calls.write(" ".join([program, *sys.argv[1:]]) + "\n")
    empty = {"next": 100, "jobs": [], "calls": 0, "boot": 0}
    {"sbatch": sbatch, "squeue": squeue, "scontrol": scontrol, "scancel": scancel}[program](
        json.loads((ROOT / "state").read_text()) if (ROOT / "state").exists() else empty, sys.argv[1:])
