#include "runtime/cli/progress.h"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include <cstdio>
#include <set>

#include "compiler/base/text.h"
#include "compiler/plan/resolve.h"
#include "runtime/base/clock.h"
#include "runtime/cli/output.h"

namespace osac::cli {

namespace {

using runtime::duration_text;

/// Failures and notes are told in every style; what else, the styles decide.
class BaseProgress : public local::Progress {
 public:
  BaseProgress(const plan::Plan& plan, ProgressOptions options) : plan_(&plan), options_(std::move(options)) {}

  void planned(std::uint32_t to_run, std::uint32_t) override { total_ = to_run; }
  void started(std::uint32_t, std::uint32_t) override {}
  void skipped(std::uint32_t) override {
    if (total_ > ended_) --total_;
  }
  void blocked(std::uint32_t, std::uint32_t) override { ++blocked_; }
  void note(const std::string& text) override { say("note: " + text); }
  void grown(const plan::Plan& plan, std::span<const std::uint32_t>, std::uint32_t left) override {
    plan_ = &plan;
    total_ = ended_ + left;
  }

  void ended(std::uint32_t element, const step::EndRecord& record, bool will_retry) override {
    if (!will_retry) ++ended_;
    if (record.outcome == step::Outcome::succeeded) return;  // its warnings are in the summary
    if (record.outcome == step::Outcome::cancelled) return;
    ++failed_;
    const std::string log =
        record.log.empty() ? "" : fmt::format("\n    log: {}{}", options_.prefix, record.log);  // none if it never started
    say(fmt::format("{}: {}: {}{}{}", will_retry ? "retrying" : "FAILED", name(element), visible(record.reason),
                    will_retry ? fmt::format(" (attempt {})", record.attempt) : "", log));
  }

 protected:
  virtual void say(const std::string& line) { tell(fmt::format("{}\n", line)); }
  [[nodiscard]] std::string name(std::uint32_t element) const { return plan::element_name(*plan_, plan_->element(element)); }

  const plan::Plan* plan_;
  ProgressOptions options_;
  std::uint32_t total_ = 0, ended_ = 0, failed_ = 0, blocked_ = 0;
};

class LineProgress : public BaseProgress {
 public:
  using BaseProgress::BaseProgress;
  void ended(std::uint32_t element, const step::EndRecord& record, bool will_retry) override {
    BaseProgress::ended(element, record, will_retry);
    if (record.outcome == step::Outcome::succeeded)
      say(fmt::format("[{}/{}] {} ({})", ended_, total_, name(element), duration_text(record.ended - record.started)));
  }
};

/// One line, drawn again at most ten times a second: counts, and what runs now.
class TerminalProgress : public BaseProgress {
 public:
  using BaseProgress::BaseProgress;
  ~TerminalProgress() override { wipe(); }
  void planned(std::uint32_t to_run, std::uint32_t up_to_date) override {
    BaseProgress::planned(to_run, up_to_date);
    draw(true);
  }
  void started(std::uint32_t element, std::uint32_t) override {
    running_.insert(element);
    draw(false);
  }
  void grown(const plan::Plan& plan, std::span<const std::uint32_t> numbers, std::uint32_t left) override {
    std::set<std::uint32_t> running;
    for (const std::uint32_t element : running_) running.insert(numbers[element]);
    running_ = std::move(running);
    BaseProgress::grown(plan, numbers, left);
  }
  void ended(std::uint32_t element, const step::EndRecord& record, bool will_retry) override {
    running_.erase(element);
    BaseProgress::ended(element, record, will_retry);
    draw(false);
  }

 protected:
  void say(const std::string& line) override {
    wipe();
    BaseProgress::say(line);
    draw(true);
  }

 private:
  static std::size_t columns() {
    winsize size{};
    return ::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 20 ? size.ws_col : 80U;
  }
  void wipe() {
    if (is_drawn_) std::fputs("\r\x1b[K", stderr);
    is_drawn_ = false;
  }
  void draw(bool at_once) {
    const auto now = runtime::system_clock().monotonic();
    if (!at_once && now - drawn_at_ < 100'000'000) return;
    drawn_at_ = now;
    std::string line = fmt::format("[{}/{}]", ended_, total_);
    if (failed_ > 0) line += fmt::format(" {} failed", failed_);
    std::size_t left = running_.size();
    for (const std::uint32_t element : running_) {
      const std::string next = " " + visible(name(element));
      if (line.size() + next.size() + 6 > columns()) break;
      line += next;
      --left;
    }
    if (left > 0) line += fmt::format(" +{}", left);
    wipe();
    std::fputs(line.c_str(), stderr);
    std::fflush(stderr);
    is_drawn_ = true;
  }

  std::set<std::uint32_t> running_;
  std::int64_t drawn_at_ = 0;
  bool is_drawn_ = false;
};

}  // namespace

std::unique_ptr<local::Progress> make_progress(const plan::Plan& plan, const ProgressOptions& options) {
  switch (options.style) {
    case ProgressStyle::quiet:
      return std::make_unique<BaseProgress>(plan, options);
    case ProgressStyle::lines:
      return std::make_unique<LineProgress>(plan, options);
    case ProgressStyle::terminal:
      return std::make_unique<TerminalProgress>(plan, options);
  }
  return nullptr;
}

}  // namespace osac::cli
