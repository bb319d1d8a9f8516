"""T20, T22, T23, T24: no space, no inodes, I/O errors, short writes: for osac itself, at each of its calls."""
import os
import random

from harness import FAULTFS, FaultTest, OSAC, Violation, Workflow, main, rounds


class Disk(FaultTest):
    workflow = Workflow(items=1, pause=0)

    def with_fault(self, fault, seed):
        """Runs with a fault: it ends orderly and says why; then without: all is made. Gives whether the fault had an effect."""
        with self.bench(self.workflow, seed) as bench:
            env = {"LD_PRELOAD": FAULTFS, "FAULT_PROGRAM": os.path.basename(OSAC), "FAULT_FOLDER": str(bench.folder), "FAULT": fault, "FAULT_SEED": str(seed)}
            with bench.poller():
                code, errors = bench.finish(bench.start(jobs=1, env=env))
            if code not in (0, 1, 4):
                raise Violation(f"I6: ended with {code}\n{errors}")
            if code == 0:
                bench.check_done()
            for activity in bench.succeeded():  # I1 even now
                self.assertIn(activity, bench.starts())
            before, since = bench.succeeded(), len(bench.events())
            bench.run(jobs=1)
            bench.check_done()
            bench.check_not_repeated(before, since)
            return code, errors

    def sweep(self, call, error, words, most):
        """The N-th call and all after it fail, for N = 1, 2, ... until a run gets through."""
        failures = 0
        for number in range(1, most):
            code, errors = self.with_fault(f"{call}:{error}:{number}+", number)
            if code == 0:
                break
            failures += 1
            if error in ("ENOSPC", "EDQUOT") and code != 4:
                raise Violation(f"I6: {call} {error} at {number}: ended with {code} instead of 4\n{errors}")
            if not any(word in errors for word in words):
                raise Violation(f"I6: {call} {error} at {number}: the cause is not named:\n{errors}")
        print(f"{self.id()}: {call} {error}: {failures} points", flush=True)
        self.assertGreater(failures, 0)

    def test_no_space(self):
        """T20: whatever cannot be written, nothing is recorded that is not so, and with space again the same command goes on."""
        self.sweep("write", "ENOSPC", ["no space left on device"], rounds(40))

    def test_no_inodes(self):
        """T21: folders and files cannot be made."""
        self.sweep("mkdir", "ENOSPC", ["no space left on device"], rounds(12))
        self.sweep("open", "EDQUOT", ["quota"], rounds(12))

    def test_renames_fail(self):
        self.sweep("rename", "EIO", ["nput/output error"], rounds(12))

    def test_failed_sync_is_final(self):
        """T22: an fsync that fails once is not asked again and believed."""
        for call in ("fsync", "fdatasync"):
            for number in range(1, rounds(6)):
                self.with_fault(f"{call}:EIO:{number}", number)

    def test_short_and_interrupted_writes_have_no_effect(self):
        """T24."""
        for seed in self.seeds(rounds(3)):
            code, errors = self.with_fault("write:SHORT:p30;write:EINTR:p20", seed)
            self.assertEqual(code, 0, errors)

    def test_random_errors(self):
        """T23."""
        for seed in self.seeds(rounds(10)):
            chance = random.Random(seed)
            call = chance.choice(["open", "write", "rename", "mkdir", "unlink", "fsync", "fdatasync", "close"])
            error = chance.choice(["EIO", "ENOSPC", "EDQUOT", "ESTALE", "EACCES"])
            self.with_fault(f"{call}:{error}:{chance.randint(1, 50)}", seed)


if __name__ == "__main__":
    main()
