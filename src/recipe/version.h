// Versions of A1111 in infotexts, compared as Python compares package versions (PEP 440).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace redraw {

/// A version as PEP 440 takes it apart; its text is the normal form: "1.7.0.post225".
struct Version {
  std::string text;
  std::vector<long long> key;  // lexicographic order is the order of versions

  bool operator<(const Version& other) const { return key < other.key; }
};

/// "v1.7.0-225-gabcdef" (tag, commits since, commit) counts as 1.7.0-225; nullopt for what is no
/// version. source A1111 1.10 infotext_versions.parse_version; golden: ui/parse_version
std::optional<Version> parse_version(std::string_view text);

}  // namespace redraw
