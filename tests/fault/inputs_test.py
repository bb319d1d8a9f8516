"""T42, T43: inputs that change in ways that times do not show, and while they are read."""
import os
import time

from harness import FaultTest, Violation, Workflow, main


class Inputs(FaultTest):
    def changed(self, change):
        """After a run `change` alters in/0.txt to other bytes of the same length; the next run has to notice."""
        with self.bench(Workflow(items=2, pause=0)) as bench:
            bench.run()
            since = len(bench.events())
            bench.run()
            self.assertEqual(bench.starts(since), [], "an unchanged workflow ran again")
            path = bench.folder / "in/0.txt"
            before = path.stat()
            bench.raw[0] = bench.raw[0].replace(b"version 1", b"version 2")
            bench.accept_contents()
            change(path, bench.raw[0], before)
            self.assertEqual(path.read_bytes(), bench.raw[0])
            bench.run()
            self.assertEqual(set(bench.starts(since)), {"first_0", "second_0", "third_0", "join"})
            bench.check_done()

    @staticmethod
    def keep_times(path, before):
        os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))

    def test_older(self):
        def change(path, text, before):
            path.write_bytes(text)
            os.utime(path, ns=(0, before.st_mtime_ns - 10**15))
        self.changed(change)

    def test_same_size_and_time(self):
        def change(path, text, before):
            path.write_bytes(text)
            self.keep_times(path, before)
        self.changed(change)

    def test_replaced_with_same_size_and_time(self):
        def change(path, text, before):
            other = path.with_suffix(".new")
            other.write_bytes(text)
            self.keep_times(other, before)
            other.rename(path)
        self.changed(change)

    def test_through_a_hard_link(self):
        def change(path, text, before):
            other = path.with_suffix(".link")
            os.link(path, other)
            other.write_bytes(text)
            self.keep_times(other, before)
        self.changed(change)

    def test_link_to_another_file(self):
        def change(path, text, before):
            other = path.with_suffix(".other")
            other.write_bytes(text)
            self.keep_times(other, before)
            path.unlink()
            path.symlink_to(other.name)
        self.changed(change)

    def change_while_running(self, mode):
        """T43: the task waits before or after it has read; meanwhile its input changes."""
        workflow = Workflow(items=1, pause=0, modes={"first": mode})
        with self.bench(workflow) as bench:
            process = bench.start()
            started = bench.folder / "exec.log.first_0.started"
            deadline = time.monotonic() + 20
            while not started.exists():
                if time.monotonic() > deadline:
                    raise Violation("I5: the task was not started")
                time.sleep(0.01)
            bench.change_inputs([0], 2)
            (bench.folder / "exec.log.first_0.go").touch()
            code, errors = bench.finish(process)
            self.assertIn("in/0.txt", errors, "the message does not name the file")
            self.assertEqual(bench.starts(), ["first_0"], "something that depends on it was started")
            self.assertNotEqual(code, 0)
            ends = bench.ends("first[item=0]")
            self.assertEqual([(end["outcome"], end.get("tainted")) for end in ends], [("succeeded", True)])
            bench.run()
            bench.check_done()

    def test_changed_before_it_is_read(self):
        self.change_while_running("wait")

    def test_changed_after_it_was_read(self):
        self.change_while_running("wait-after")


if __name__ == "__main__":
    main()
