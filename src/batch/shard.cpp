// Shard: one of n parts of a request, the same on every machine.
#include "batch/shard.h"

#include <cstdint>
#include <cstdlib>
#include <optional>

#include <fmt/format.h>

#include "base/text.h"
#include "redraw/error.h"

namespace redraw {
namespace {

constexpr int kMostShards = 100'000;

[[noreturn]] void reject(const std::string& text, const std::string& why) {
  throw Error(ErrorKind::kRequest, fmt::format("shard cannot be \"{}\"", text), "--shard", why,
              "--shard 1/8, or --shard slurm");
}

std::optional<long long> variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? std::nullopt : parse_integer(value);
}

Shard checked(const std::string& text, std::optional<long long> index, std::optional<long long> count) {
  if (!index || !count || *count < 1 || *count > kMostShards || *index < 1 || *index > *count)
    reject(text, fmt::format("a shard is i/n with 1 <= i <= n <= {}", kMostShards));
  return {static_cast<int>(*index), static_cast<int>(*count)};
}

Shard slurm_shard() {
  const auto id = variable("SLURM_ARRAY_TASK_ID"), count = variable("SLURM_ARRAY_TASK_COUNT");
  if (!id || !count)
    reject("slurm", "SLURM_ARRAY_TASK_ID and SLURM_ARRAY_TASK_COUNT are not set: this is no task of a job array");
  const long long first = variable("SLURM_ARRAY_TASK_MIN").value_or(1),
                  step = variable("SLURM_ARRAY_TASK_STEP").value_or(1);
  if (step < 1 || (*id - first) % step != 0) reject("slurm", "SLURM_ARRAY_TASK_ID is not of the array's steps");
  return checked("slurm", (*id - first) / step + 1, count);
}

/// FNV-1a, then mixed: its low bits alone are too even.
std::uint64_t hash_of(const std::string& text) {
  std::uint64_t hash = 14695981039346656037ULL;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211ULL;
  hash ^= hash >> 33;
  hash *= 0xff51afd7ed558ccdULL;
  return hash ^ (hash >> 33);
}

}  // namespace

std::string Shard::name() const { return is_all() ? "" : fmt::format("{}-of-{}", index, count); }

Shard parse_shard(const std::string& text) {
  if (text == "slurm") return slurm_shard();
  const std::size_t slash = text.find('/');
  if (slash == std::string::npos) reject(text, "a shard is i/n");
  return checked(text, parse_integer(text.substr(0, slash)), parse_integer(text.substr(slash + 1)));
}

bool is_in_shard(const Shard& shard, const std::filesystem::path& relative) {
  const auto part = hash_of(relative.generic_string()) % static_cast<std::uint64_t>(shard.count);
  return shard.is_all() || part == static_cast<std::uint64_t>(shard.index - 1);
}

}  // namespace redraw
