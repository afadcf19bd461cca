// Inputs: files, folders, patterns and lists to pictures in a stable order.
#include "batch/inputs.h"

#include <glob.h>
#include <stdlib.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <iostream>
#include <iterator>
#include <set>
#include <sstream>

#include "base/files.h"
#include "base/text.h"
#include "batch/paths.h"
#include "image/read.h"

namespace redraw {
namespace fs = std::filesystem;
namespace {

constexpr const char* kKinds = "pictures are png, jpg, jpeg, webp, bmp, tga and gif files";

/// Folder by folder, each in natural order.
bool input_less(const Input& a, const Input& b) {
  if (a.rel_dir != b.rel_dir) return natural_less(a.rel_dir.string(), b.rel_dir.string());
  return natural_less(a.path.filename().string(), b.path.filename().string());
}

std::shared_ptr<const void> read_standard_input(fs::path& path) {
  std::string folder = (fs::temp_directory_path() / "redraw-XXXXXX").string();
  if (::mkdtemp(folder.data()) == nullptr)
    throw Error(ErrorKind::kFile, "cannot make a folder for the picture on standard input", folder,
                std::strerror(errno), "set TMPDIR to a folder with room");
  const std::shared_ptr<const void> owner(new fs::path(folder), [](const fs::path* made) {
    std::error_code ignored;
    fs::remove_all(*made, ignored);
    delete made;
  });
  const std::string bytes{std::istreambuf_iterator<char>(std::cin), {}};
  path = fs::path(folder) / "stdin.png";
  write_file_atomically(path, {reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()});
  return owner;
}

std::vector<fs::path> matches_of(const std::string& pattern) {
  glob_t found{};
  std::vector<fs::path> paths;
  if (::glob(pattern.c_str(), GLOB_NOSORT, nullptr, &found) == 0)
    for (std::size_t i = 0; i < found.gl_pathc; ++i) paths.emplace_back(found.gl_pathv[i]);
  ::globfree(&found);
  std::sort(paths.begin(), paths.end(), [](const fs::path& a, const fs::path& b) {
    return natural_less(a.string(), b.string());
  });
  return paths;
}

class Finder {
 public:
  explicit Finder(const Recipe& recipe)
      : recipe_(recipe), output_(canonical_of(recipe.output)), origin_(origin_of(recipe, "inputs")) {}

  Inputs find() {
    for (const std::string& text : recipe_.inputs) add(text);
    if (recipe_.inputs.empty())
      fail(ErrorKind::kRequest, "no picture is named", "there is nothing to redraw",
           "name pictures or a folder: redraw photos/");
    return std::move(result_);
  }

 private:
  void fail(ErrorKind kind, const std::string& what, const std::string& why, const std::string& fix) {
    result_.errors.emplace_back(kind, what, origin_, why, fix);
  }

  void add(const std::string& text) {
    if (text == "-") return add_standard_input();
    if (text.size() > 1 && text[0] == '@') return add_list(text.substr(1));
    add_path(text);
  }

  void add_path(const std::string& text) {
    if (is_folder(text)) return add_folder(text);
    if (is_there(text)) return add_file(text, {});
    if (text.find_first_of("*?[") != std::string::npos) return add_pattern(text);
    fail(ErrorKind::kFile, "there is no picture or folder \"" + text + "\"", std::strerror(ENOENT),
         "check the name");
  }

  void add_file(const fs::path& path, const fs::path& rel_dir) {
    fs::path canonical = canonical_of(path);
    if (seen_.insert(canonical.string()).second)
      result_.found.push_back({path, rel_dir, std::move(canonical)});
    else
      result_.notes.push_back("\"" + path.string() + "\" is named twice and redrawn once");
  }

  void add_folder(const fs::path& folder) {
    std::vector<Input> pictures;
    try {
      collect(folder, pictures);
    } catch (const fs::filesystem_error& error) {
      return fail(ErrorKind::kFile, "cannot read the folder \"" + error.path1().string() + "\"",
                  error.code().message(), "check its permissions");
    }
    if (pictures.empty())
      return fail(ErrorKind::kRequest, "the folder \"" + folder.string() + "\" holds no pictures", kKinds,
                  recipe_.recursive ? "name another folder" : "name another folder, or add -r for subfolders");
    std::sort(pictures.begin(), pictures.end(), input_less);
    for (const Input& picture : pictures) add_file(picture.path, picture.rel_dir);
  }

  void collect(const fs::path& folder, std::vector<Input>& pictures) const {
    fs::recursive_directory_iterator entry(folder);
    for (; entry != fs::recursive_directory_iterator(); ++entry) {
      if (entry->is_directory()) {
        // What runs keep beside their results
        const bool own = entry->path().filename().string().starts_with(".redraw");
        if (own || !recipe_.recursive || canonical_of(entry->path()) == output_) entry.disable_recursion_pending();
      } else if (entry->is_regular_file() && has_picture_suffix(entry->path())) {
        const fs::path rel_dir = entry->path().parent_path().lexically_relative(folder.lexically_normal());
        pictures.push_back({entry->path(), rel_dir == "." ? fs::path() : rel_dir, {}});
      }
    }
  }

  void add_pattern(const std::string& pattern) {
    std::size_t pictures = 0;
    for (const fs::path& path : matches_of(pattern)) {
      if (is_folder(path) || !has_picture_suffix(path)) continue;
      add_file(path, {});
      ++pictures;
    }
    if (pictures == 0)
      fail(ErrorKind::kRequest, "no picture matches \"" + pattern + "\"", kKinds, "check the pattern");
  }

  void add_list(const std::string& path) {
    try {
      std::istringstream lines(read_file(path));
      for (std::string line; std::getline(lines, line);) {
        line = trim(line);
        if (!line.empty()) add_path((fs::path(path).parent_path() / line).string());
      }
    } catch (const Error& error) {
      result_.errors.push_back(error);
    }
  }

  void add_standard_input() {
    if (result_.standard_input) return;
    fs::path path;
    try {
      result_.standard_input = read_standard_input(path);
      add_file(path, {});
    } catch (const Error& error) {
      result_.errors.push_back(error);
    }
  }

  const Recipe& recipe_;
  fs::path output_;
  std::string origin_;
  Inputs result_;
  std::set<std::string> seen_;
};

}  // namespace

Inputs find_inputs(const Recipe& recipe) { return Finder(recipe).find(); }

}  // namespace redraw
