"""T19, T47, T48, T52: tasks that fail half way, leave processes behind, or never end."""
import time

from harness import FaultTest, Violation, Workflow, main, rounds


class Failure(FaultTest):
    def fail_in(self, mode, words, outcome="failed", clauses=None, within=30):
        """`second[item=1]` misbehaves: it fails with these words, nothing of it is visible, what depends on it does not start, the rest is done."""
        workflow = Workflow(items=3, pause=20, clauses=clauses)
        with self.bench(workflow) as bench:
            text = workflow.text().replace("--activity second_{item}", "--mode {if item == 1 then \"" + mode + "\" else \"ok\"} --activity second_{item}")
            (bench.folder / "fault.osa").write_text(text)
            start = time.monotonic()
            with bench.poller():
                errors = bench.run(code=1, timeout=within)
            elapsed = time.monotonic() - start
            self.assertIn("second[item=1]", errors)
            for word in words:
                self.assertIn(word, errors)
            for path in ("work/b_1.txt", "work/parts_1", "work/c_1.txt", "out/total.txt"):
                if (bench.folder / path).exists():
                    raise Violation(f"I4: {path} exists")
            started = bench.starts()
            self.assertEqual({"third_1", "join"} & set(started), set(), "something that depends on it was started")
            self.assertEqual(bench.succeeded(), {f"{t}_{i}" for t in ("first", "second", "third") for i in range(3)} - {"second_1", "third_1"})
            self.assertEqual([end["outcome"] for end in bench.ends("second[item=1]")], [outcome])
            log = bench.folder / bench.ends("second[item=1]")[0]["log"]
            self.assertTrue(log.exists())
            self.assertIn(log.name, errors)
            bench.check_never()
            bench.write_workflow()  # put right: the rest is made
            since = len(bench.events())
            bench.run()
            bench.check_done()
            self.assertLessEqual(set(bench.starts(since)), {"second_0", "second_1", "second_2", "third_1", "join"})
            return elapsed

    def test_exits_half_way(self):
        self.fail_in("half-exit", ["exit code 1"])

    def test_dies_half_way(self):
        self.fail_in("half-segv", ["signal 11"])

    def test_leaves_a_daemon_that_writes_later(self):
        """T47: the late write cannot reach a published file, and the daemon is ended."""
        for _ in range(rounds(1)):
            self.fail_in("daemon", ["left 1 process behind", "ft-task"])

    def test_leaves_a_process_that_holds_the_log(self):
        """T48: it is not waited for beyond a moment."""
        self.assertLess(self.fail_in("loiter", ["left 1 process behind"]), 20)

    def test_time_out(self):
        """T52: TERM, grace, KILL for the whole tree, though it ignores TERM and has a child in a session of its own."""
        elapsed = self.fail_in("stubborn", ["took longer than 1"], outcome="timed-out", clauses={"second": ["time 1 s"]})
        self.assertLess(elapsed, 10)


if __name__ == "__main__":
    main()
