// LoRAs of a picture: names in the prompt and in the setting `loras` -> files.
#include "batch/loras.h"

#include <algorithm>
#include <cstdint>
#include <fstream>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/text.h"
#include "batch/named_files.h"
#include "batch/paths.h"
#include "prompt/extra_networks.h"
#include "redraw/error.h"

namespace redraw {
namespace fs = std::filesystem;
namespace {

constexpr std::string_view kSuffixes[] = {".safetensors", ".pt", ".ckpt"};

constexpr std::string_view kFolders[] = {"lora", "Lora"};
constexpr FilesWanted kWanted{"lora_dir", kFolders, kSuffixes, "LoRAs"};

/// "ss_output_name" in the header's metadata; empty: it has none. What is odd in the file is said when it is loaded.
std::string name_in_metadata(const fs::path& path) {
  constexpr std::uint64_t kMost = 100'000'000;
  std::ifstream file(path, std::ios::binary);
  std::uint64_t length = 0;
  if (!file.read(reinterpret_cast<char*>(&length), sizeof length) || length > kMost) return "";
  std::string text(length, '\0');
  if (!file.read(text.data(), static_cast<std::streamsize>(length))) return "";
  const auto header = nlohmann::json::parse(text, nullptr, false);
  const auto metadata = header.is_object() ? header.find("__metadata__") : header.end();
  if (metadata == header.end() || !metadata->is_object() || !metadata->contains("ss_output_name")) return "";
  const auto& name = metadata->at("ss_output_name");
  return name.is_string() ? name.get<std::string>() : "";
}

LoraUse use_of(const ExtraNetwork& network, const std::string& origin) {
  try {
    const LoraRequest request = lora_request(network);
    return {request.name, {}, request.text_weight, request.unet_weight, request.dim};
  } catch (const Error& error) {
    throw Error(error.kind(), error.what(), origin, error.why(), error.fix());
  }
}

void check_kind(const ExtraNetwork& network, const std::string& origin) {
  if (network.kind == "lora" || network.kind == "lyco") return;
  throw Error(ErrorKind::kRequest, fmt::format("the prompt asks for \"{}\"", text_of(network)), origin,
              "redraw loads LoRAs and no hypernetwork or other extra network", "take it out of the prompt");
}

}  // namespace

std::vector<LoraUse> LoraFinder::loras_of(const std::string& prompt) {
  std::vector<LoraUse> loras;
  for (const ExtraNetwork& network : parse_extra_networks(prompt).networks) {
    check_kind(network, origin_of(recipe_, "prompt"));
    loras.push_back(use_of(network, origin_of(recipe_, "prompt")));
    loras.back().path = file_of(loras.back().name, "prompt");
  }
  const std::size_t of_prompt = loras.size();
  for (const std::string& item : recipe_.loras) {
    LoraUse lora = use_of(lora_setting(item), origin_of(recipe_, "loras"));
    lora.path = file_of(lora.name, "loras");
    lora.name = lora.path.stem().string();
    lora.in_prompt = false;
    const auto is_same = [&](const LoraUse& other) { return other.path == lora.path; };
    if (std::none_of(loras.begin(), loras.begin() + static_cast<std::ptrdiff_t>(of_prompt), is_same))
      loras.push_back(lora);
  }
  return loras;
}

const fs::path& LoraFinder::file_of(const std::string& name, const std::string& setting) {
  const auto known = known_.find(name);
  return known != known_.end() ? known->second : known_.emplace(name, find(name, setting)).first->second;
}

fs::path LoraFinder::find(const std::string& name, const std::string& setting) {
  if (has_suffix(name, kSuffixes) && is_there(name) && !is_folder(name)) return name;
  list_files();
  if (const fs::path* file = match(stems_, name, setting)) return *file;
  list_aliases();
  if (const fs::path* file = match(aliases_, name, setting)) return *file;
  std::vector<std::string_view> names;
  for (const Files* files : {&stems_, &aliases_})
    for (const auto& [each, file] : *files) names.push_back(each);
  const auto nearest = nearest_name(name, names);
  throw Error(ErrorKind::kModel, fmt::format("there is no LoRA \"{}\"", name), origin_of(recipe_, setting),
              folders_.empty() ? "no folder for LoRAs is there"
                               : fmt::format("looked for {}.safetensors in {}", name, fmt::join(folders_, ", ")),
              nearest ? fmt::format("did you mean \"{}\"?", *nearest)
                      : "give its folder with --lora-dir, or the path of the file with --lora");
}

const fs::path* LoraFinder::match(const Files& files, const std::string& name, const std::string& setting) const {
  const auto [first, last] = files.equal_range(name);
  if (first == last) return nullptr;
  if (std::next(first) == last) return &first->second;
  throw Error(ErrorKind::kModel, fmt::format("more than one LoRA is called \"{}\"", name), origin_of(recipe_, setting),
              fmt::format("{} and {}", first->second.string(), std::next(first)->second.string()),
              "rename one, or give the path with --lora");
}

void LoraFinder::list_files() {
  if (files_listed_) return;
  files_listed_ = true;
  NamedFiles named = named_files(recipe_.lora_dir, kWanted, recipe_);
  stems_ = std::move(named.files);
  folders_ = std::move(named.folders);
}

void LoraFinder::list_aliases() {
  if (aliases_listed_) return;
  aliases_listed_ = true;
  for (const auto& [stem, file] : stems_)
    if (const std::string alias = name_in_metadata(file); !alias.empty() && alias != stem)
      aliases_.emplace(alias, file);
}

}  // namespace redraw
