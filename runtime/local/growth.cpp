#include "runtime/local/growth.h"

#include "runtime/registry/fingerprint.h"

namespace osac::local {

namespace {

constexpr std::int64_t share = 10;  // of the time that passes, planning may take one in so many

bool holds(const registry::MadeFiles& files, const registry::MadeFile& file) {
  const registry::MadeFile* const known = files.find(file.path);
  return known != nullptr && registry::same_identity(known->state, file.state);
}

}  // namespace

void Growth::add(registry::MadeFile file) {
  if (holds(made_, file) || holds(useless_, file)) return;
  made_.add(std::move(file));
  is_more_ = true;
}

void Growth::set_aside(const registry::MadeFile& file) {
  made_.remove(file.path);
  useless_.add(file);
}

bool Growth::is_due(bool nothing_to_start, std::int64_t now) const {
  if (!is_possible_ || is_planning_ || !is_more_) return false;
  return nothing_to_start || now - end_ >= share * cost_;
}

registry::MadeFiles Growth::begin(std::int64_t now) {
  is_planning_ = true;
  is_more_ = false;
  begin_ = now;
  return made_;
}

void Growth::ended(std::int64_t now) {
  is_planning_ = false;
  cost_ = now - begin_;
  end_ = now;
}

}  // namespace osac::local
