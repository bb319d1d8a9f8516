// What array tasks ask for. Elements of one task may ask for different things (expressions over keys and sizes): a few classes are made of
// them by rounding up, so that each class can be an array.

#include <fmt/format.h>
#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <tuple>

#include "compiler/plan/resolve.h"
#include "runtime/base/clock.h"
#include "runtime/local/retry.h"
#include "runtime/slurm/work.h"

namespace osac::slurm {

namespace {

constexpr std::size_t most_classes = 8;
constexpr double class_step = 1.25;
constexpr std::int64_t mebibyte = std::int64_t{1} << 20;
constexpr std::int64_t minute = 60'000'000'000;

std::int64_t rounded_up(std::int64_t amount, std::int64_t unit) { return (amount + unit - 1) / unit * unit; }

/// The next of the steps 1, 1.25, 1.25^2, ... units.
std::int64_t stepped_up(std::int64_t amount, std::int64_t unit) {
  if (amount <= unit) return amount <= 0 ? 0 : unit;
  const double steps = std::ceil(std::log(static_cast<double>(amount) / static_cast<double>(unit)) / std::log(class_step) - 1e-9);
  return std::max(amount, rounded_up(static_cast<std::int64_t>(static_cast<double>(unit) * std::pow(class_step, steps)), unit));
}

bool fits(const Request& request, const site::Partition& partition) {
  const auto within = [](std::int64_t wanted, std::int64_t most) { return most == 0 || wanted <= most; };
  // gpus: a partition that says nothing of them has none
  return within(request.time, partition.time) && within(request.memory, partition.memory) && within(request.cpus, partition.cpus) &&
         request.gpus <= partition.gpus;
}

bool grows(const plan::TaskRow& task) {
  return std::any_of(std::begin(task.retry.growth), std::end(task.retry.growth), [](double factor) { return factor != 1; });
}

bool is_constant(const plan::Plan& plan, const plan::TaskRow& task) {
  const auto is_fixed = [&](plan::ExprId id) { return !id.exists() || plan.pool()[id].op == expression::Op::constant; };
  const auto slots = plan.slots(task);
  return std::all_of(std::begin(task.resources), std::end(task.resources), is_fixed) &&
         std::all_of(slots.begin(), slots.end(), [&](const plan::SlotsRow& row) { return is_fixed(row.count); });
}

class Classes {
 public:
  Classes(const Question& question, Requests& out) : question_(question), plan_(question.plan), out_(out) {}

  Status add(std::uint32_t id) {
    const plan::TaskRow& task = plan_.tasks()[id];
    const bool is_same = is_constant(plan_, task) && (question_.attempts.empty() || !grows(task));
    std::vector<std::pair<std::uint32_t, Request>> asked;
    std::set<Request> distinct;
    for (std::uint32_t i = 0; i < task.family.count; ++i) {
      const std::uint32_t element = task.first_element + i;
      if (!question_.to_run[element]) continue;
      if (is_same && !asked.empty()) {
        asked.emplace_back(element, asked.front().second);
        continue;
      }
      auto request = request_of({id, i});
      if (!request) return tl::unexpected(request.error());
      asked.emplace_back(element, *request);
      if (distinct.size() <= most_classes) distinct.insert(*request);
    }
    const bool is_many = distinct.size() > most_classes;
    for (auto& [element, request] : asked) {
      if (is_many) request = coarser(request);
      const auto [known, is_new] = numbers_.emplace(request, static_cast<std::uint32_t>(out_.rows.size()));
      if (is_new) out_.rows.push_back(request);
      out_.of[element] = known->second;
    }
    return {};
  }

 private:
  Result<Request> request_of(plan::ElementRef ref) const {
    const auto first = request_of(ref, 1);
    if (!first) return first;
    const std::uint32_t attempt = question_.attempts.empty() ? 1 : question_.attempts[plan_.global(ref)];
    if (Request request = *first; attempt == 1 && choose_partition(request, question_.site.slurm)) return request;
    if (attempt > 1) {
      auto grown = request_of(ref, attempt);
      if (!grown) return grown;
      if (choose_partition(*grown, question_.site.slurm)) return grown;
      if (const auto less = less_grown(*first, *grown)) return *less;
    }
    return failure(Trouble::usage,
                   fmt::format("no partition of {} has room for `{}`: {} cpus, {} memory, {} time, {} gpus", question_.site.origin,
                               plan::element_name(plan_, ref), first->cpus, runtime::memory_text(first->memory),
                               runtime::duration_text(first->time), first->gpus),
                   "ask for less, or tell the site file of a larger partition");
  }

  /// Before a partition is chosen.
  Result<Request> request_of(plan::ElementRef ref, std::uint32_t attempt) const {
    schedule::Capacity unlimited;
    unlimited.cpus = unlimited.memory = unlimited.gpus = INT64_MAX / 2;
    const auto resources = local::resources_of(plan_, ref, attempt, question_.site, unlimited);
    if (!resources) return tl::unexpected(resources.error());
    return Request{resources->cpus,        rounded_up(resources->memory, mebibyte), resources->time, resources->gpus, nothing,
                   licenses_of(*resources)};
  }

  /// Slots that the cluster counts, by name.
  [[nodiscard]] std::string licenses_of(const plan::Resources& resources) const {
    std::string text;
    const std::vector<std::string>& counted = question_.site.slurm.licenses;
    for (const auto& [name, count] : resources.slots)
      if (count > 0 && std::find(counted.begin(), counted.end(), name) != counted.end())
        text += fmt::format("{}{}:{}", text.empty() ? "" : ",", name, count);
    return text;
  }

  /// Growth ends at what a partition gives: the one that gives most.
  [[nodiscard]] std::optional<Request> less_grown(const Request& first, const Request& grown) const {
    const auto up_to = [](std::int64_t wanted, std::int64_t most) { return most == 0 ? wanted : std::min(wanted, most); };
    std::optional<Request> best;
    for (std::uint32_t i = 0; i < question_.site.slurm.partitions.size(); ++i) {
      const site::Partition& partition = question_.site.slurm.partitions[i];
      if (!fits(first, partition)) continue;
      const Request here{up_to(grown.cpus, partition.cpus),
                         up_to(grown.memory, partition.memory),
                         up_to(grown.time, partition.time),
                         std::min(grown.gpus, partition.gpus),
                         i,
                         grown.licenses};
      if (!best || std::tie(here.memory, here.time, here.cpus) > std::tie(best->memory, best->time, best->cpus)) best = here;
    }
    return best;
  }

  /// Rounded up where the partition still has room for that.
  [[nodiscard]] Request coarser(Request request) const {
    Request rounded = request;
    rounded.memory = stepped_up(request.memory, mebibyte);
    rounded.time = stepped_up(request.time, minute);
    return choose_partition(rounded, question_.site.slurm) && rounded.partition == request.partition ? rounded : request;
  }

  const Question& question_;  // NOLINT: lives for one call
  const plan::Plan& plan_;    // NOLINT
  Requests& out_;             // NOLINT
  std::map<Request, std::uint32_t> numbers_;
};

}  // namespace

bool choose_partition(Request& request, const site::Slurm& slurm) {
  request.partition = nothing;
  if (slurm.partitions.empty()) return true;
  for (std::uint32_t i = 0; i < slurm.partitions.size(); ++i) {
    if (!fits(request, slurm.partitions[i])) continue;
    request.partition = i;
    return true;
  }
  return false;
}

std::optional<Request> joined(const Request& a, const Request& b, const site::Slurm& slurm) {
  if (a.cpus != b.cpus || a.gpus != b.gpus || a.licenses != b.licenses) return std::nullopt;
  const auto [less, more] = std::minmax(a.memory, b.memory);
  if (less == 0 && more > 0) return std::nullopt;  // nobody knows whether the cluster's default is enough
  if (more / 2 > less) return std::nullopt;        // for most of the time most of it would lie idle
  Request both = a;
  both.memory = more;
  both.time = a.time > 0 && b.time > 0 ? a.time + b.time : 0;
  if (both.time == 0 && a.time + b.time > 0) return std::nullopt;  // neither may the partition's default time be
  if (!choose_partition(both, slurm) || both.partition != a.partition || both.partition != b.partition) return std::nullopt;
  return both;
}

Result<Requests> requests_of(const Question& question) {
  Requests requests;
  requests.of.assign(question.plan.element_count(), nothing);
  Classes classes(question, requests);
  for (std::uint32_t task = 0; task < question.plan.tasks().size(); ++task)
    if (auto added = classes.add(task); !added) return tl::unexpected(added.error());
  return requests;
}

}  // namespace osac::slurm
