#pragma once
// The real world of planning: files under the workflow's folder (or absolute). What tasks made is asked of those who keep the records.

#include "compiler/driver/compile.h"

namespace osac::driver {

class FolderWorld : public planning::World {
 public:
  /// `state`: the folder of the workflow's records, relative to `folder`. `tables`: where files that are read come from; null: the folder.
  FolderWorld(std::string folder, std::string state, std::string workflow, MadeFiles made, const SourceFiles* tables = nullptr);
  Result<std::string> read(const std::string& path) const override;
  std::optional<std::int64_t> size(const std::string& path) const override;
  std::vector<std::string> list(const std::string& folder) const override;
  std::optional<std::string> read_made(const std::string& path) const override;
  std::optional<std::string> certificates(std::string_view dataset) const override;

 private:
  [[nodiscard]] std::string placed(const std::string& path) const;
  std::string folder_;
  std::string state_;
  std::string workflow_;
  MadeFiles made_;
  const SourceFiles* tables_;
};

}  // namespace osac::driver
