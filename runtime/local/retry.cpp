#include "runtime/local/retry.h"

#include <algorithm>
#include <cmath>

namespace osac::local {

namespace {

enum CauseBit : std::uint32_t { on_memory = 1, on_timeout = 2, on_lost = 4, on_exit = 8 };

/// 0: a failure that no declaration can name.
std::uint32_t bit_of(step::FailureClass failure) {
  switch (failure) {
    case step::FailureClass::memory:
      return on_memory;
    case step::FailureClass::timeout:
      return on_timeout;
    case step::FailureClass::lost:
      return on_lost;
    case step::FailureClass::exit:
      return on_exit;
    case step::FailureClass::none:
    case step::FailureClass::output:
    case step::FailureClass::expect:
    case step::FailureClass::environment:
    case step::FailureClass::cancelled:
      return 0;
  }
  return 0;
}

/// `amount` grown by `factor`, up to `most` (0: no limit); never less than it was.
std::int64_t grown(std::int64_t amount, double factor, std::uint32_t attempt, std::int64_t most) {
  if (amount <= 0 || attempt <= 1 || factor == 1) return amount;
  const double wanted = std::ceil(static_cast<double>(amount) * std::pow(factor, attempt - 1));
  const double limit = most > 0 ? static_cast<double>(std::max(most, amount)) : 9e18;
  return static_cast<std::int64_t>(std::clamp(wanted, static_cast<double>(amount), limit));
}

}  // namespace

bool wants_retry(const plan::Plan& plan, const plan::TaskRow& task, const step::EndRecord& record) {
  const plan::RetryRow& retry = task.retry;
  // without the environment, and after a person said stop, another attempt makes no sense
  if (record.failure == step::FailureClass::environment || record.failure == step::FailureClass::cancelled) return false;
  if (record.outcome == step::Outcome::succeeded || record.attempt > plan::retry_count(plan, task)) return false;
  if (retry.causes == 0) return true;
  const std::uint32_t bit = bit_of(record.failure);
  if ((retry.causes & bit) == 0) return false;
  const auto codes = plan.scalars(retry.exit_codes);
  if (bit != on_exit || codes.empty()) return true;
  // a process that was ended by a signal has no exit code
  return record.signal == 0 && std::find(codes.begin(), codes.end(), plan::Scalar{record.exit_code}) != codes.end();
}

Result<plan::Resources> resources_of(const plan::Plan& plan, plan::ElementRef element, std::uint32_t attempt, const site::Site& site,
                                     const schedule::Capacity& capacity) {
  auto resources = plan::resources(plan, element);
  if (!resources) return resources;
  const double* const growth = plan.tasks()[element.task].retry.growth;  // cpus, memory, time, disk, gpus
  if (resources->cpus == 0) resources->cpus = std::max<std::int64_t>(1, site.default_cpus);
  if (resources->memory == 0) resources->memory = site.default_memory;
  if (resources->time == 0) resources->time = site.default_time;
  resources->cpus = std::min(grown(resources->cpus, growth[0], attempt, capacity.cpus), std::max<std::int64_t>(1, capacity.cpus));
  resources->memory = grown(resources->memory, growth[1], attempt, capacity.memory);
  resources->time = grown(resources->time, growth[2], attempt, 0);
  resources->disk = grown(resources->disk, growth[3], attempt, 0);
  resources->gpus = grown(resources->gpus, growth[4], attempt, capacity.gpus);
  return resources;
}

}  // namespace osac::local
