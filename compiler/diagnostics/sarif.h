#pragma once
// Diagnostics as SARIF 2.1.0 (OASIS standard; what code hosts and editors import): one log of one run, to which the diagnostics of several
// compilations are added. It knows no files and no clock: the same diagnostics give the same bytes. Columns and offsets count UTF-16 units.

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "compiler/diagnostics/diagnostic.h"

namespace osac {

class SarifLog {
 public:
  /// `page`: the explanation of a kind (its docs/errors page, Markdown), or "".
  SarifLog(std::string version, std::function<std::string_view(std::string_view kind)> page);
  /// Adds all diagnostics, in their order.
  void add(const Diagnostics& diagnostics, const Sources& sources);
  /// The whole log.
  [[nodiscard]] std::string text() const;

 private:
  std::size_t rule_of(const Diagnostic& diagnostic);
  std::string location(Span span, const Sources& sources);
  std::string physical_location(Span span, const Sources& sources);
  std::string artifact_location(std::string_view name);
  std::string result(const Diagnostic& diagnostic, const Sources& sources);
  std::string fixes(const Diagnostic& diagnostic, const Sources& sources);

  std::string version_;
  std::function<std::string_view(std::string_view)> page_;
  std::map<std::string, std::size_t, std::less<>> rule_numbers_;
  std::vector<std::string> rules_;
  std::map<std::string, std::size_t, std::less<>> artifact_numbers_;
  std::vector<std::string> artifacts_;
  std::vector<std::string> results_;
};

/// A path as a URI reference: relative ones stay relative, bytes that a URI cannot hold are percent-encoded.
std::string uri_of(std::string_view path);

}  // namespace osac
