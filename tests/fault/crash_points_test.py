"""T3, T4, T9: SIGKILL before each state-changing system call of a small run, then the same command again."""
import os
import random

from harness import FAULTFS, FaultTest, OSAC, Violation, Workflow, main, rounds


def faults(bench, **variables):
    return {"LD_PRELOAD": FAULTFS, "FAULT_PROGRAM": os.path.basename(OSAC), "FAULT_FOLDER": str(bench.folder), **variables}


class CrashPoints(FaultTest):
    workflow = Workflow(items=1, pause=0)

    def prepare(self, bench, is_rebuild):
        if is_rebuild:
            bench.run(jobs=1)
            bench.change_inputs([0], 2)

    def count(self, is_rebuild):
        with self.bench(self.workflow) as bench:
            self.prepare(bench, is_rebuild)
            counts = bench.folder / "counts"
            bench.run(jobs=1, env=faults(bench, FAULT_COUNT=str(counts)))
            bench.check_done()
            return max(int(line) for line in counts.read_text().split())

    def points(self, count):
        """All of them with FAULT_ROUNDS, else an even choice with a random offset."""
        wanted = rounds(45)
        step = max(1, count // wanted)
        start = random.randrange(step) + 1
        return range(start, count + 1, step)

    def crash(self, bench, at):
        process = bench.start(jobs=1, env=faults(bench, FAULT_CRASH_AT=str(at)))
        code, errors = bench.finish(process)
        if code not in (-9, 0):
            raise Violation(f"I6: ended with {code}\n{errors}")

    def sweep(self, is_rebuild):
        count = self.count(is_rebuild)
        points = self.points(count)
        print(f"{self.id()}: {len(points)} of {count} crash points", flush=True)
        for point in points:
            with self.subTest(point=point), self.bench(self.workflow, point) as bench:
                self.prepare(bench, is_rebuild)
                with bench.poller():
                    self.crash(bench, point)
                    before, since = bench.succeeded_for_current(), len(bench.events())
                    bench.run(jobs=1)
                bench.check_done()
                bench.check_not_repeated(before, since)

    def test_fresh(self):
        self.sweep(is_rebuild=False)

    def test_rebuild(self):
        self.sweep(is_rebuild=True)

    def test_crash_while_recovering(self):
        """T4: killed in the run, and killed again while what it left is put right."""
        count = self.count(is_rebuild=True)
        for seed in self.seeds(rounds(10)):
            chance = random.Random(seed)
            with self.bench(self.workflow, seed) as bench:
                self.prepare(bench, is_rebuild=True)
                self.crash(bench, chance.randint(count // 3, count))
                self.crash(bench, chance.randint(1, 40))
                bench.run(jobs=1)
                bench.check_done()


if __name__ == "__main__":
    main()
