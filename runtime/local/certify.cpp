// Certificates of what stands when an execution ends. Not earlier: a plan that grows is made from the certificates that it began with, and
// if this osac is killed the next one finds the same elements up to date.

#include <fmt/format.h>
#include <map>

#include "compiler/plan/resolve.h"
#include "runtime/base/clock.h"
#include "runtime/local/certify.h"
#include "runtime/local/conductor.h"
#include "runtime/registry/certificates.h"

namespace osac::local {

namespace {

using expression::Kind;

std::string datatype_of(expression::Type type) {
  switch (type.kind) {
    case Kind::integer:
      return "int64";
    case Kind::real:
      return "float64";
    case Kind::boolean:
      return "bool";
    default:
      return "string";
  }
}

class Certifier {
 public:
  Certifier(const plan::Plan& plan, const registry::State& state, const plan::CertifyRow& row) : plan_(plan), state_(state), row_(row) {}

  /// Adds the rows of an element of the task that stands.
  Status add(std::uint32_t element, registry::CertificateTable& table) const {
    const plan::TaskRow& task = plan_.tasks()[row_.task];
    const std::string name = plan::element_name(plan_, {row_.task, element});
    const auto success = state_.last_success(task.first_element + element);
    if (!success) return {};
    Status status;
    plan_.for_each(row_.relation, element, plan_.datasets()[row_.dataset].family.count, [&](std::uint32_t target) {
      const step::FileState* const file = state_.standing(row_.dataset, target);
      if (file == nullptr || !status) return;
      auto certificate = certificate_of(target, name, *success, *file, table);
      if (certificate)
        table.rows.push_back(std::move(*certificate));
      else
        status = tl::unexpected(certificate.error());
    });
    return status;
  }

 private:
  [[nodiscard]] Result<registry::Certificate> certificate_of(std::uint32_t target, const std::string& element,
                                                             const registry::State::Success& success, const step::FileState& file,
                                                             registry::CertificateTable& table) const {
    registry::Certificate certificate;
    const bool is_first = table.keys.empty();
    for (plan::KeyText& key : plan::dataset_keys(plan_, row_.dataset, target)) {
      if (is_first) table.keys.push_back({key.dimension, datatype_of(key.type)});
      certificate.keys.push_back(std::move(key.text));
    }
    auto begin = time(target, row_.begin);
    if (!begin) return tl::unexpected(begin.error());
    certificate.begin = std::move(*begin);
    if (row_.until.exists()) {
      auto until = time(target, row_.until);
      if (!until) return tl::unexpected(until.error());
      certificate.until = std::move(*until);
    }
    certificate.path = plan::dataset_path(plan_, row_.dataset, target);
    certificate.content = hexadecimal(file.content);
    certificate.element = element;
    certificate.execution = success.execution;
    certificate.time = runtime::utc_text(success.ended);
    return certificate;
  }
  [[nodiscard]] Result<std::string> time(std::uint32_t target, plan::ExprId id) const {
    auto value = plan::dataset_value(plan_, row_.dataset, target, id);
    if (value) return expression::to_text(*value, plan_.pool()[id].type);
    Error error = value.error();
    error.what = fmt::format("the validity of `{}`: {}", plan::dataset_element_name(plan_, row_.dataset, target), error.what);
    return tl::unexpected(std::move(error));
  }

  const plan::Plan& plan_;
  const registry::State& state_;
  const plan::CertifyRow& row_;
};

}  // namespace

Status certify(const plan::Plan& plan, const registry::State& state, const std::vector<bool>& stands, const std::string& state_folder) {
  std::map<std::uint32_t, registry::CertificateTable> tables;  // by dataset
  for (const plan::CertifyRow& row : plan.certifications()) {
    const Certifier certifier(plan, state, row);
    const plan::TaskRow& task = plan.tasks()[row.task];
    for (std::uint32_t i = 0; i < task.family.count; ++i) {
      if (!stands[task.first_element + i]) continue;
      if (auto added = certifier.add(i, tables[row.dataset]); !added) return added;
    }
  }
  for (const auto& [dataset, table] : tables) {
    if (table.rows.empty()) continue;
    const std::string name(plan.text(plan.datasets()[dataset].family.name));
    if (auto added = registry::add_certificates(state_folder, name, table); !added) return tl::unexpected(added.error());
  }
  return {};
}

Status Conductor::certify() {
  using schedule::ElementState;
  if (plan().certifications().empty()) return {};
  std::vector<bool> stands(plan().element_count());
  for (std::uint32_t element = 0; element < plan().element_count(); ++element) {
    const ElementState state = era_->schedule.state(element);
    stands[element] = state == ElementState::done || state == ElementState::skipped;
  }
  return local::certify(plan(), *era_->state, stands, around_.options.layout.state);
}

}  // namespace osac::local
