#!/usr/bin/env python3
"""Who is told how an execution has ended: by mail, by a webhook, by a command; and what is said where that fails."""
import email
import email.header
import http.server
import json
import os
import pathlib
import shutil
import sys
import threading
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
from workspace import Workspace

WORKFLOW = '''workflow night
dimension i : int from 0 ..< 3
dataset a for i = "a.{i}"
task make for i {
    out a
    run "test ! -e broken.{i} && echo {i} > {a}"
}
goal a
'''


class Notify(Workspace):
    def setUp(self):
        super().setUp()
        self.write("night.osa", WORKFLOW)
        self.write("sendmail", '#!/bin/sh\nprintf "%s\\n" "$@" > words\ncat > mail\n')
        os.chmod(self.folder / "sendmail", 0o755)

    def site(self, *notifications):
        self.write("site.yaml", f"sendmail: {self.folder}/sendmail\nnotify:\n" + "".join(f"  - {one}\n" for one in notifications))

    def test_a_mail_when_something_failed(self):
        self.site("{on: [failed], mail: [night@example.org, me@example.org]}")
        self.osac("run", "night.osa", "--quiet")
        self.assertFalse(self.exists("mail"))
        (self.folder / "a.1").unlink()
        self.write("broken.1", "")
        self.osac("run", "night.osa", "--quiet", code=1)
        self.assertEqual(self.read("words").split(), ["-i", "--", "night@example.org", "me@example.org"])
        mail = email.message_from_string(self.read("mail"))
        self.assertEqual(mail["Subject"], "osac: night failed: 0 made, 1 failed")
        self.assertEqual(" ".join(mail["To"].split()), "night@example.org, me@example.org")
        text = mail.get_payload()
        self.assertIn("failed: make[i=1]: exit code 1\n    log: .osa/night/logs/make/make@1.log\n", text)

    def test_a_command_reads_what_happened(self):
        self.site("{on: [done, failed], command: [sh, -c, 'cat > told.$OSAC_EVENT.$OSAC_WORKFLOW']}")
        self.osac("run", "night.osa")
        told = json.loads(self.read("told.done.night"))
        self.assertEqual((told["event"], told["workflow"], told["succeeded"], told["failures"]), ("done", "night", 3, []))
        self.assertEqual(told["folder"], str(self.folder.resolve()))
        (self.folder / "told.done.night").unlink()
        self.osac("run", "night.osa")  # nothing to do, nothing to tell
        self.assertFalse(self.exists("told.done.night"))
        (self.folder / "a.2").unlink()
        self.write("broken.2", "")
        self.osac("run", "night.osa", code=1)
        self.assertEqual([one["element"] for one in json.loads(self.read("told.failed.night"))["failures"]], ["make[i=2]"])

    @unittest.skipUnless(shutil.which("curl"), "curl is not installed")
    def test_a_webhook_is_sent_what_happened(self):
        received = []

        class Hook(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                received.append((self.path, self.headers["Content-Type"], self.rfile.read(int(self.headers["Content-Length"]))))
                self.send_response(500 if "broken" in self.path else 204)
                self.end_headers()

            def log_message(self, *_):
                pass

        server = http.server.HTTPServer(("127.0.0.1", 0), Hook)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            here = f"http://127.0.0.1:{server.server_port}"
            self.site(f"{{on: [done], webhook: '{here}/secret?a=\"b\\\\'}}", f"{{on: [done], webhook: '{here}/broken'}}")
            done = self.osac("run", "night.osa")
        finally:
            server.shutdown()
            server.server_close()
        self.assertEqual([path for path, _, _ in received], ['/secret?a="b\\\\', "/broken"])
        self.assertEqual(received[0][1], "application/json")
        self.assertEqual(json.loads(received[0][2])["succeeded"], 3)
        notes = [line for line in done.stderr.splitlines() if line.startswith("note: ")]
        self.assertEqual(len(notes), 1)
        self.assertRegex(notes[0], r"^note: the webhook was not told: `curl` ended with exit code 22: .*500")
        self.assertNotIn("secret", done.stderr)

    def test_what_fails_is_a_note_and_no_failure(self):
        self.write("site.yaml", "sendmail: /nowhere/sendmail\nnotify:\n  - {on: [done], mail: [me]}\n  - {on: [done], command: [sh, -c, 'echo no >&2; exit 3']}\n")
        done = self.osac("run", "night.osa")
        self.assertEqual([line for line in done.stderr.splitlines() if line.startswith("note: ")],
                         ["note: no mail to me: there is no program `/nowhere/sendmail`", "note: not told: `sh` ended with exit code 3: no"])

    def test_mistakes_in_the_site_file(self):
        self.write("site.yaml", 'notify:\n  - {on: [finished], mail: [a]}\n  - {on: [done]}\n  - {on: [done], webhook: ftp://x}\n  - {on: [late], mail: ["-Cfile"]}\n  - {mail: [a]}\n')
        wrong = self.osac("run", "night.osa", "--diagnostics", "line", code=3).stderr
        self.assertEqual(wrong.count("error["), 5)
        for part in ["site.yaml:2:11: error[site-wrong-value]: `finished` is no event", "site.yaml:3:5: error[site-wrong-value]: `{...}` is no notification",
                     "site.yaml:4:27: error[site-wrong-value]: `ftp://x` is no web address", "site.yaml:5:25: error[site-wrong-value]: `-Cfile` is no mail address",
                     "site.yaml:6:5: error[site-wrong-value]: `{...}` is no notification"]:
            self.assertIn(part, wrong)


if __name__ == "__main__":
    unittest.main()
