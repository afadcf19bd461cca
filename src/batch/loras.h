// LoRAs of a picture: names in the prompt and in the setting `loras` -> files.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "redraw/job.h"

namespace redraw {

/// Looks names up below lora_dir; where that is not given, below `lora` and `Lora` of each model folder.
class LoraFinder {
 public:
  explicit LoraFinder(const Recipe& recipe) : recipe_(recipe) {}

  /// Those of the prompt in their order, then those of `loras` that the prompt does not name.
  /// Errors: kRequest for an extra network that is no LoRA, or cannot be read; kModel for a name that no file has, with
  /// the nearest one, or that several have.
  std::vector<LoraUse> loras_of(const std::string& prompt);

  /// A path, the name of a file without its suffix, or the name in its metadata (ss_output_name), as in A1111.
  const std::filesystem::path& file_of(const std::string& name, const std::string& setting);

 private:
  using Files = std::multimap<std::string, std::filesystem::path>;

  std::filesystem::path find(const std::string& name, const std::string& setting);
  const std::filesystem::path* match(const Files& files, const std::string& name, const std::string& setting) const;
  void list_files();
  void list_aliases();

  const Recipe& recipe_;
  std::map<std::string, std::filesystem::path> known_;
  std::vector<std::string> folders_;
  Files stems_, aliases_;
  bool files_listed_ = false, aliases_listed_ = false;
};

}  // namespace redraw
