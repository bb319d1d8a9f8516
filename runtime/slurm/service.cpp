#include "runtime/slurm/service.h"

#include <fmt/format.h>
#include <set>
#include <utility>
#include <vector>

#include "compiler/base/hash.h"
#include "runtime/slurm/calls.h"

namespace osac::slurm {

namespace {

constexpr std::int64_t second = 1'000'000'000;

class Maker {
 public:
  Maker(Calls& calls, const Service& service) : calls_(calls), service_(service), arrangement_(service.arrangement) {}

  void run() {
    if (arrangement_.array_count() == 0) return;
    if (service_.is_partial) add_for_window();
    add_for_stages();
    std::string all;
    for (std::uint32_t array = first(); array < arrangement_.arrays.size(); ++array) all += ":" + job(array);
    add("close", "afterany" + all, "close");
    if (service_.due) add_late(*service_.due);
  }

 private:
  [[nodiscard]] std::uint32_t first() const { return static_cast<std::uint32_t>(arrangement_.live_arrays.size()); }
  /// The place of an array's job number; the gate is call 0.
  [[nodiscard]] std::string job(std::uint32_t array) const { return fmt::format("@{}@", array - first() + 1); }

  void add_late(std::int64_t due) {
    // seconds since 1970, which mean the same in whatever time zone
    add("late", "afterok:@0@", "late").options.push_back(fmt::format("--begin=uts{}", due / second));
  }

  /// `script`: what it runs, a file of the folder without its ending.
  Call& add(const std::string& name, const std::string& dependency, std::string_view script) {
    Call call{
        name, {fmt::format("--comment=osac {} {}", hexadecimal(service_.plan.id()).substr(0, 12), name), "--chdir=@root@"}, dependency};
    const bool is_close = name == "close";
    // what never comes to wait for its end need not stay in the queue; the last one runs whatever happens
    if (!is_close) call.options.emplace_back("--kill-on-invalid-dep=yes");
    call.command = {fmt::format("@folder@/{}.sbatch", script), "@root@", "@folder@", without_places(service_.osac)};
    return calls_.calls.emplace_back(std::move(call));
  }
  Call& add_continue(const std::string& dependency) { return add(fmt::format("continue-{}", ++continuations_), dependency, "continue"); }

  /// When half of the array tasks are over there is room for about as many, while the others go on.
  void add_for_window() {
    std::string jobs;
    std::uint64_t count = 0;
    for (std::uint32_t array = first(); array < arrangement_.arrays.size() && 2 * count < arrangement_.array_task_count(); ++array) {
      jobs += ":" + job(array);
      count += arrangement_.arrays[array].unit_count;
    }
    add_continue("afterany" + jobs);
  }

  /// The array tasks that make what planning waits for: (array, index).
  [[nodiscard]] std::set<std::pair<std::uint32_t, std::uint32_t>> makers() const {
    std::set<std::pair<std::uint32_t, std::uint32_t>> found;
    const plan::Plan& plan = service_.plan;
    for (const plan::StageRow& stage : plan.stages())
      for (const std::uint32_t element : plan.indices(stage.elements)) {
        const auto maker = plan.producer(stage.dataset, element);
        const std::uint32_t unit = maker ? arrangement_.unit_of[plan.global(*maker)] : nothing;
        if (unit != nothing && unit >= arrangement_.first_new_unit()) found.insert(arrangement_.place(unit));
      }
    return found;
  }

  void add_for_stages() {
    const auto found = makers();
    if (found.size() <= service_.most_for_stages) return add_for_each(found);
    std::set<std::uint32_t> arrays;
    for (const auto& [array, index] : found) arrays.insert(array);
    for (const std::uint32_t array : arrays) add_continue("afterany:" + job(array));
  }

  /// One after each maker. Several are one array, by one call; what each of its tasks waits for is told afterwards, while the gate is shut.
  void add_for_each(const std::set<std::pair<std::uint32_t, std::uint32_t>>& makers) {
    const auto after = [this](const auto& maker) { return fmt::format("afterok:{}_{}", job(maker.first), maker.second); };
    if (makers.size() < 2 || makers.size() >= service_.max_array) {
      for (const auto& maker : makers) add_continue(after(maker));
      return;
    }
    Call& call = add_continue("afterok:@0@");
    call.options.push_back(fmt::format("--array=0-{}", makers.size() - 1));
    call.tasks = static_cast<std::uint32_t>(makers.size());
    const std::size_t number = calls_.calls.size() - 1;
    std::size_t task = 0;
    for (const auto& maker : makers)
      calls_.lines.push_back(fmt::format("update JobId=@{}@_{} Dependency={}", number, task++, after(maker)));
  }

  Calls& calls_;                    // NOLINT: lives for one call
  const Service& service_;          // NOLINT
  const Arrangement& arrangement_;  // NOLINT
  std::uint32_t continuations_ = 0;
};

}  // namespace

void add_service(Calls& calls, const Service& service) { Maker(calls, service).run(); }

}  // namespace osac::slurm
