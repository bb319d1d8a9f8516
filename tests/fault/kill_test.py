"""T1, T2: SIGKILL at a random time, for everything or for osac alone; then the same command again."""
import os
import random
import signal
import time

from harness import FaultTest, Violation, Workflow, kill_all, main, rounds


class Kill(FaultTest):
    def undisturbed(self, workflow):
        """How long a run takes here."""
        with self.bench(workflow) as bench:
            start = time.monotonic()
            bench.run()
            bench.check_done()
            return time.monotonic() - start

    def kill_round(self, workflow, duration, seed, kills_all):
        chance = random.Random(seed)
        with self.bench(workflow, seed) as bench:
            if chance.random() < 0.5:  # a rebuild after a change, not a fresh start
                bench.run()
                bench.change_inputs(chance.sample(range(workflow.items), workflow.items // 2 + 1), 2)
            with bench.poller():
                process = bench.start()
                time.sleep(chance.uniform(0, duration))
                os.kill(process.pid, signal.SIGKILL)
                if kills_all:
                    kill_all(bench.folder)
                before, since = bench.succeeded_for_current(), len(bench.events())
                bench.finish(process)
                bench.run()
            bench.check_done()
            bench.check_not_repeated(before, since)

    def test_everything(self):
        """T1: 0 wrong bytes; nothing on record is repeated."""
        workflow = Workflow()
        duration = self.undisturbed(workflow)
        for seed in self.seeds(rounds(16)):
            self.kill_round(workflow, duration, seed, kills_all=True)

    def test_osac_alone(self):
        """T2: the tasks live on; the next osac ends or awaits them before it starts theirs again."""
        workflow = Workflow(pause=200)
        duration = self.undisturbed(workflow)
        for seed in self.seeds(rounds(8)):
            self.kill_round(workflow, duration, seed, kills_all=False)

    def test_orphans_that_ignore_everything(self):
        """T2: what will not go on TERM is killed, and the user is told."""
        workflow = Workflow(items=1, modes={"first": "stubborn"})
        with self.bench(workflow) as bench:
            process = bench.start()
            deadline = time.monotonic() + 10
            while not bench.starts() and time.monotonic() < deadline:
                time.sleep(0.01)
            time.sleep(0.2)  # so that it has its child
            os.kill(process.pid, signal.SIGKILL)
            bench.finish(process)
            left = bench.processes()
            workflow.modes.clear()
            bench.write_workflow()
            errors = bench.run()
            bench.check_done()
            if left and "ended" not in errors:
                raise Violation(f"I6: {len(left)} processes were left, and nothing was said of them:\n{errors}")


if __name__ == "__main__":
    main()
