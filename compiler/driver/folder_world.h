#pragma once
// The real world of planning: files under the workflow's folder (or absolute).

#include "compiler/planning/make_plan.h"

namespace osac::driver {

class FolderWorld : public planning::World {
 public:
  explicit FolderWorld(std::string folder);
  Result<std::string> read(const std::string& path) const override;
  std::optional<std::int64_t> size(const std::string& path) const override;
  std::vector<std::string> list(const std::string& folder) const override;

 private:
  [[nodiscard]] std::string placed(const std::string& path) const;
  std::string folder_;
};

}  // namespace osac::driver
