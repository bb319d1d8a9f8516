// Mails as sendmail takes them.

#include <catch2/catch.hpp>

#include "runtime/notify/notify.h"

using namespace osac;
using namespace osac::notify;

TEST_CASE("a mail has its headers, an empty line and its text") {
  const Message message{site::Event::failed, "night", "osac: night failed: 3 made", "failed: a[1]\n", "{}"};
  CHECK(mail_text({"a@example.org", "b@example.org"}, message) ==
        "To: a@example.org,\n b@example.org\n"
        "Subject: osac: night failed: 3 made\n"
        "Auto-Submitted: auto-generated\n"
        "MIME-Version: 1.0\n"
        "Content-Type: text/plain; charset=utf-8\n"
        "Content-Transfer-Encoding: 8bit\n"
        "\n"
        "failed: a[1]\n");
}

TEST_CASE("a subject that is not ASCII is encoded, in words that are not too long and do not cut a character") {
  Message message;
  message.subject = "Überwachung der Nächte: fünfundzwanzig Läufe fehlgeschlagen, München";
  const std::string mail = mail_text({"a@b"}, message);
  CHECK(mail.find("Subject: =?UTF-8?B?w5xiZXJ3YWNodW5nIGRlciBOw6RjaHRlOiBmw7xuZnVuZHp3YW56aWcgTMOk?=\n"
                  " =?UTF-8?B?dWZlIGZlaGxnZXNjaGxhZ2VuLCBNw7xuY2hlbg==?=\n") != std::string::npos);
}

TEST_CASE("a subject cannot begin another header") {
  Message message;
  message.subject = "a\nBcc: everybody@example.org";
  CHECK(mail_text({"a@b"}, message).find("Subject: a\\nBcc: everybody@example.org\n") != std::string::npos);
}
