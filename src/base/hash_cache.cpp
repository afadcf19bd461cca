// SHA-256 of large files, computed once and kept in the user's cache folder.
#include "base/hash_cache.h"

#include <sys/stat.h>

#include <chrono>
#include <cstdlib>
#include <sstream>

#include <fmt/format.h>

#include "base/files.h"
#include "redraw/error.h"

namespace redraw {
namespace fs = std::filesystem;
namespace {

constexpr std::int64_t kSettleNs = 2'000'000'000;
constexpr std::size_t kDigits = 64;

std::string variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

std::int64_t now_ns() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::system_clock::now().time_since_epoch())
      .count();
}

/// What an entry of the cache must say to be about this file; empty if the file cannot be looked at.
struct Stamp {
  std::string text;
  std::int64_t changed_ns = 0;
};
Stamp stamp_of(const fs::path& path, std::uint64_t start) {
  struct stat info {};
  if (::stat(path.c_str(), &info) != 0) return {};
  const std::int64_t changed = info.st_mtim.tv_sec * 1'000'000'000LL + info.st_mtim.tv_nsec;
  return {fmt::format("{} {} {} {}", start, info.st_size, changed, path.string()), changed};
}

fs::path entry_of(const fs::path& path, std::uint64_t start) {
  const fs::path folder = cache_folder();
  if (folder.empty()) return {};
  const std::string name = fmt::format("{} {}", start, path.string());
  return folder / "sha256" /
         sha256_of_bytes({reinterpret_cast<const std::uint8_t*>(name.data()), name.size()}).substr(0, 32);
}

/// "HASH STAMP" in a file of its own, so that programs that run at once do not disturb each other.
std::string known_hash(const fs::path& entry, const std::string& stamp) {
  std::error_code ignored;
  if (entry.empty() || !fs::is_regular_file(entry, ignored)) return "";
  try {
    const std::string text = read_file(entry);
    const bool fits = text.size() > kDigits && text.substr(kDigits + 1) == stamp &&
                      text.find_first_not_of("0123456789abcdef") == kDigits;
    return fits ? text.substr(0, kDigits) : "";
  } catch (const Error&) {
    return "";
  }
}

void remember(const fs::path& entry, const std::string& hash, const Stamp& stamp) {
  if (entry.empty() || now_ns() - stamp.changed_ns < kSettleNs) return;
  try {
    std::error_code ignored;
    fs::create_directories(entry.parent_path(), ignored);
    const std::string text = hash + " " + stamp.text;
    write_file_atomically(entry, {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()});
  } catch (const Error&) {  // the next run computes it again
  }
}

}  // namespace

fs::path cache_folder() {
  if (const std::string own = variable("REDRAW_CACHE"); !own.empty()) return own;
  if (const std::string cache = variable("XDG_CACHE_HOME"); !cache.empty()) return fs::path(cache) / "redraw";
  const std::string home = variable("HOME");
  return home.empty() ? fs::path() : fs::path(home) / ".cache/redraw";
}

std::string file_hash(const fs::path& path, std::uint64_t start, bool compute) {
  std::error_code ignored;
  const fs::path whole = fs::weakly_canonical(path, ignored);
  const fs::path entry = entry_of(whole, start);
  const Stamp before = stamp_of(whole, start);
  if (std::string known = known_hash(entry, before.text); !known.empty()) return known;
  if (!compute) return "";
  const std::string hash = sha256_of_file(path, start);
  if (!before.text.empty() && stamp_of(whole, start).text == before.text) remember(entry, hash, before);
  return hash;
}

}  // namespace redraw
