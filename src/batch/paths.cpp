// Paths and origins: small questions that the whole room asks.
#include "batch/paths.h"

namespace redraw {
namespace fs = std::filesystem;

fs::path canonical_of(const fs::path& path) {
  std::error_code error;
  const fs::path canonical = fs::weakly_canonical(path, error);
  return error ? path : fs::absolute(canonical).lexically_normal();
}

bool is_folder(const fs::path& path) {
  std::error_code ignored;
  return fs::is_directory(path, ignored);
}

bool is_there(const fs::path& path) {
  std::error_code ignored;
  return fs::symlink_status(path, ignored).type() > fs::file_type::not_found;
}

std::string origin_of(const Recipe& recipe, const std::string& key) {
  const auto origin = recipe.origins.find(key);
  return origin == recipe.origins.end() ? key : origin->second;
}

}  // namespace redraw
