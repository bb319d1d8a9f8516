"""T49: signals to osac: which, how often, to it alone or to its group; T51: nobody listens to what it prints."""
import os
import signal
import subprocess
import time

from harness import FaultTest, Violation, Workflow, main


class Signals(FaultTest):
    def interrupt(self, number, to_group=False, times=1, modes=None, within=15.0):
        workflow = Workflow(items=4, pause=400, modes=modes or {})
        with self.bench(workflow) as bench:
            process = bench.start()
            deadline = time.monotonic() + 10
            while len(bench.starts()) < 2 and time.monotonic() < deadline:
                time.sleep(0.01)
            start = time.monotonic()
            for i in range(times):
                os.killpg(process.pid, number) if to_group else os.kill(process.pid, number)
                time.sleep(0.1 if i + 1 < times else 0)
            code, errors = bench.finish(process, within)
            elapsed = time.monotonic() - start
            if code != -number:
                raise Violation(f"I6: ended with {code} instead of by signal {number}\n{errors}")
            bench.check_never()
            before, since = bench.succeeded(), len(bench.events())
            workflow.modes.clear()
            bench.write_workflow()
            bench.run()
            bench.check_done()
            if not modes:
                bench.check_not_repeated(before, since)
            return elapsed

    def test_once(self):
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            for to_group in (False, True):
                with self.subTest(signal=number.name, to_group=to_group):
                    self.interrupt(number, to_group)

    def test_tasks_that_ignore_it_are_killed_after_the_grace(self):
        self.assertLess(self.interrupt(signal.SIGTERM, modes={"first": "stubborn"}), 8)

    def test_twice_kills_at_once(self):
        elapsed = self.interrupt(signal.SIGINT, times=2, modes={"first": "stubborn"})
        self.assertLess(elapsed, 5)

    def test_nobody_listens(self):
        """T51: stdout and stderr closed while it runs are no reason to stop."""
        with self.bench(Workflow(items=2, pause=50)) as bench:
            process = bench.start()
            process.stdout.close()
            process.stderr.close()
            process.stdout = process.stderr = None
            try:
                code = process.wait(timeout=30)
            except subprocess.TimeoutExpired:
                raise Violation("I5: osac did not end") from None
            self.assertEqual(code, 0)
            bench.check_done()


if __name__ == "__main__":
    main()
