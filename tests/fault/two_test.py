"""T58: two osac in one folder at random offsets: one works, the other says who does, or waits; nothing runs twice."""
import os
import random
import time

from harness import FAULTFS, OSAC, FaultTest, Violation, Workflow, host, main, rounds


class Two(FaultTest):
    def two(self, seed, *words):
        workflow = Workflow(items=3, pause=100)
        chance = random.Random(seed)
        with self.bench(workflow, seed) as bench:
            first = bench.start(*words)
            time.sleep(chance.uniform(0, 0.3))
            second = bench.start(*words)
            results = {p.pid: bench.finish(p) for p in (first, second)}
            bench.check_done()
            starts = bench.starts()
            if len(starts) != workflow.count:
                raise Violation(f"I3: {len(starts)} starts of {workflow.count} activities")
            return first.pid, second.pid, results

    def test_one_is_refused(self):
        for seed in self.seeds(rounds(6)):
            first, second, results = self.two(seed)
            codes = sorted(code for code, _ in results.values())
            self.assertIn(codes, ([0, 5], [0, 0]), str(results))  # 0 0 if the second came after the first was done
            for pid, (code, errors) in results.items():
                if code == 5:
                    other = second if pid == first else first
                    self.assertIn(str(other), errors, "the owner is not named")
                    self.assertIn(host(), errors)

    def test_one_waits(self):
        for seed in self.seeds(rounds(2)):
            _, _, results = self.two(seed, "--wait")
            self.assertEqual([code for code, _ in results.values()], [0, 0], str(results))

    def test_stale_lock(self):
        """T59: whatever the lock file says, only the kernel's lock counts."""
        for text in ("", "12345", "\0" * 100, '{"pid":1}'):
            with self.bench(Workflow(items=1, pause=0)) as bench:
                (bench.folder / ".osa/fault").mkdir(parents=True)
                (bench.folder / ".osa/fault/lock").write_text(text)
                bench.run()
                bench.check_done()


    def test_a_file_system_without_locks_is_said(self):
        for error, text in (("ENOLCK", "No locks available"), ("ENOSYS", "Function not implemented")):
            with self.bench(Workflow(items=1, pause=0)) as bench:
                env = {"LD_PRELOAD": FAULTFS, "FAULT_PROGRAM": os.path.basename(OSAC), "FAULT": f"lock:{error}:1+"}
                code, errors = bench.finish(bench.start(env=env))
                self.assertEqual(code, 4, errors)
                self.assertIn(f"osac: cannot lock `.osa/fault/lock`: its file system gives no locks: {text}\nhelp: keep the workflow on a file system", errors)


if __name__ == "__main__":
    main()
