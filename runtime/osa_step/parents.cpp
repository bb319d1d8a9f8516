#include "runtime/osa_step/parents.h"

#include <unistd.h>
#include <algorithm>

#include "compiler/plan/edges.h"
#include "compiler/plan/resolve.h"
#include "runtime/local/retry.h"

namespace osac::osa_step {

Parents::Unit& Parents::unit(std::uint32_t array, std::uint32_t index) {
  const auto [at, is_new] = read_.try_emplace({array, index});
  Unit& unit = at->second;
  if (!is_new) return unit;
  std::vector<std::string> paths;
  const bool is_earlier = array < earlier_.size();
  const std::string folder = is_earlier ? folder_ + "/" + earlier_[array].folder : folder_;
  for (std::uint32_t attempt = 1;; ++attempt) {
    std::string path = folder + "/" + slurm::journal_name(is_earlier ? earlier_[array].array : array, index, attempt);
    if (::access(path.c_str(), F_OK) != 0) break;
    paths.push_back(std::move(path));
  }
  unit.claims.count = static_cast<std::uint32_t>(paths.size());
  for (const std::string& path : paths) {
    step::JournalVisitor visitor;
    unit.claims.is_over = false;
    visitor.execution_start = [&](step::ExecutionStart&& start) {
      unit.claims.arguments = std::move(start.arguments);
      unit.claims.host = std::move(start.host);
    };
    visitor.execution_end = [&](step::ExecutionEnd&&) { unit.claims.is_over = true; };
    visitor.end = [&](step::EndRecord&& end) {
      std::uint32_t& last = unit.attempts[{end.element, end.execution.substr(0, end.execution.find('.'))}];
      last = std::max(last, end.attempt);
      const auto before = unit.ends.find(end.element);
      const bool is_good = end.outcome == step::Outcome::succeeded && !end.is_tainted;
      if (before == unit.ends.end() || before->second.outcome != step::Outcome::succeeded || is_good)
        unit.ends[end.element] = std::move(end);
    };
    // a record that cannot be read is one that is not there: nothing is built on it
    (void)step::read_journals(std::vector<std::string>{path}, visitor);
  }
  return unit;
}

const Parents::Claims& Parents::claims(std::uint32_t array, std::uint32_t index) { return unit(array, index).claims; }

std::uint32_t Parents::attempts(std::uint32_t element, const std::string& execution) {
  const auto place = units_.place(element);
  if (!place) return 0;
  const Unit& at = unit(place->first, place->second);
  const auto found = at.attempts.find({plan::element_name(plan_, plan_.element(element)), execution});
  return found == at.attempts.end() ? 0 : found->second;
}

Parent Parents::parent_of(std::uint32_t element, const step::EndRecord& record) const {
  Parent parent;
  parent.fate = record.outcome == step::Outcome::succeeded && !record.is_tainted ? Fate::succeeded : Fate::failed;
  parent.is_empty = record.is_empty;
  parent.fingerprint = record.fingerprint;
  parent.outputs = record.outputs;
  parent.reason = record.reason;
  parent.is_tried_again = goes_on_ && !record.is_tainted && local::wants_retry(plan_, plan_.tasks()[plan_.element(element).task], record);
  return parent;
}

const Parent& Parents::of(std::uint32_t element) {
  if (const auto found = known_.find(element); found != known_.end()) return found->second;
  Parent parent;
  if (const auto place = units_.place(element)) {
    const Unit& at = unit(place->first, place->second);
    const auto end = at.ends.find(plan::element_name(plan_, plan_.element(element)));
    if (end != at.ends.end())
      parent = parent_of(element, end->second);
    else
      parent = unrecorded(element);
  }
  return known_.insert_or_assign(element, std::move(parent)).first->second;
}

Parent Parents::unrecorded(std::uint32_t element) {
  Parent blocked;
  blocked.fate = Fate::blocked;
  blocked.is_tried_again = true;
  bool is_blocked = false;
  plan::for_each_parent(plan_, plan_.element(element), [&](std::uint32_t parent, bool is_survivors) {
    if (is_survivors || !units_.place(parent)) return;
    const Parent& above = of(parent);
    if (above.fate != Fate::failed && above.fate != Fate::blocked) return;
    is_blocked = true;
    blocked.is_tried_again = blocked.is_tried_again && above.is_tried_again;
  });
  return is_blocked ? blocked : Parent{};
}

void Parents::add(std::uint32_t element, const step::EndRecord& record) { known_.insert_or_assign(element, parent_of(element, record)); }

}  // namespace osac::osa_step
