// redraw models: what model files are, without loading them.
#include <set>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/report.h"
#include "base/text.h"
#include "batch/model_lookup.h"
#include "cli/commands.h"
#include "cli/flags.h"
#include "inspect/report.h"

namespace redraw {
namespace fs = std::filesystem;
namespace {

using Json = nlohmann::ordered_json;
constexpr std::size_t kMostKeys = 8, kMostText = 200;
constexpr int kDepth = 4;  // of folders below a model folder
constexpr std::string_view kSuffixes[] = {".safetensors", ".ckpt", ".pt", ".pth", ".bin", ".param"};
/// What the text shows of a LoRA trainer's metadata; --json has all of it.
constexpr const char* kMetadata[] = {
    "modelspec.title", "modelspec.architecture", "modelspec.prediction_type", "ss_base_model_version",
    "ss_sd_model_name", "ss_network_module", "ss_network_dim", "ss_network_alpha", "ss_resolution",
    "ss_output_name", "name", "sd_checkpoint_name", "step"};

std::string readable(std::uint64_t bytes) {
  if (bytes >= 1ULL << 30) return fmt::format("{:.2f} GiB", static_cast<double>(bytes) / (1 << 30));
  if (bytes >= 1 << 20) return fmt::format("{:.1f} MiB", static_cast<double>(bytes) / (1 << 20));
  return fmt::format("{:.1f} KiB", static_cast<double>(bytes) / 1024);
}

/// Text of a file that nobody has checked, fit for a terminal.
std::string printable(std::string_view text) {
  std::string result;
  for (const char c : text.substr(0, kMostText)) result += static_cast<unsigned char>(c) < ' ' || c == '\x7f' ? ' ' : c;
  return text.size() > kMostText ? result + "..." : result;
}

void print_row(const char* label, const std::string& text) {
  if (!text.empty()) fmt::print("  {:<12}{}\n", label, text);
}

std::string keys_text(const std::vector<std::string>& keys) {
  if (keys.empty()) return "";
  std::string text = fmt::format("{} key{}", keys.size(), keys.size() == 1 ? "" : "s");
  for (std::size_t i = 0; i < std::min(keys.size(), kMostKeys); ++i)
    text += fmt::format("\n{:14}{}", "", printable(keys[i]));
  return keys.size() > kMostKeys ? text + fmt::format("\n{:14}...", "") : text;
}

std::string dtype_text(const FileReport& report) {
  std::vector<std::string> parts;
  for (const auto& [label, count] : report.dtypes)
    parts.push_back(report.dtypes.size() == 1 ? label : fmt::format("{} ({})", label, count));
  return fmt::format("{}", fmt::join(parts, ", "));
}

std::string prediction_text(const FileReport& report) {
  if (!report.architecture) return "";
  return report.architecture->prediction + (report.architecture->zero_terminal_snr ? ", zero terminal SNR" : "");
}

std::string network_text(const FileReport& report) {
  if (!report.architecture) return "";
  const Architecture& it = *report.architecture;
  return fmt::format("UNet of {} channels x [{}], {} in, text width {}, text encoders of [{}] layers",
                     it.model_channels, fmt::join(it.channel_mult, ", "), it.in_channels, it.context_dim,
                     fmt::join(it.text_layers, ", "));
}

std::string hash_text(const FileReport& report) {
  if (report.sha256.empty()) return "not computed (redraw models --hash)";
  const std::string short_hash = report.tensor_hash.empty() ? report.sha256.substr(0, 10) : report.tensor_hash;
  return fmt::format("{}  SHA-256 {}", short_hash, report.sha256);
}

void print_report(const FileReport& report) {
  fmt::print("{}\n", report.path.string());
  print_row("kind", fmt::format("{}{}", name_of(report.kind), report.family.empty() ? "" : ", " + report.family));
  print_row("", report.what);
  print_row("prediction", prediction_text(report));
  print_row("network", network_text(report));
  print_row("format", report.tensors == 0
                          ? report.format
                          : fmt::format("{}, {} tensors, {}", report.format, report.tensors, dtype_text(report)));
  print_row("size", report.parameters == 0 ? readable(report.size)
                                           : fmt::format("{}, {:.4g} million parameters", readable(report.size),
                                                         static_cast<double>(report.parameters) / 1e6));
  print_row("hash", hash_text(report));
  print_row("missing", keys_text(report.missing));
  print_row("left over", keys_text(report.left_over));
  for (const char* key : kMetadata)
    if (const auto found = report.metadata.find(key); found != report.metadata.end())
      print_row("metadata", fmt::format("{}: {}", key, printable(found->second)));
  print_row("triggers", printable(fmt::format("{}", fmt::join(report.trigger_words, ", "))));
}

Json architecture_json(const Architecture& it) {
  return {
      {"in_channels", it.in_channels}, {"model_channels", it.model_channels}, {"channel_mult", it.channel_mult},
      {"num_res_blocks", it.num_res_blocks}, {"transformer_depth", it.transformer_depth},
      {"transformer_depth_middle", it.transformer_depth_middle}, {"context_dim", it.context_dim},
      {"linear_projection", it.linear_projection}, {"heads", it.heads}, {"heads_middle", it.heads_middle},
      {"adm_in_channels", it.adm_in_channels}, {"text_layers", it.text_layers}, {"text_heads", it.text_heads},
      {"vae_ch_mult", it.vae_ch_mult}};
}

void add_text(Json& json, const char* key, const std::string& text) { json[key] = text.empty() ? Json() : Json(text); }

Json report_json(const FileReport& report) {
  Json json = {{"path", report.path.string()}, {"size_bytes", report.size}};
  if (report.error) {
    json["error"] = {{"what", report.error->what()}, {"why", report.error->why()}, {"fix", report.error->fix()}};
    return json;
  }
  json["kind"] = name_of(report.kind);
  add_text(json, "family", report.family);
  json["what"] = report.what;
  json["format"] = report.format;
  json["prediction"] = report.architecture ? Json(report.architecture->prediction) : Json();
  json["zero_terminal_snr"] = report.architecture ? Json(report.architecture->zero_terminal_snr) : Json();
  json["architecture"] = report.architecture ? architecture_json(*report.architecture) : Json();
  json["tensors"] = report.tensors;
  json["parameters"] = report.parameters;
  json["dtypes"] = Json::object();
  for (const auto& [label, count] : report.dtypes) json["dtypes"][label] = count;
  add_text(json, "sha256", report.sha256);
  add_text(json, "hash", report.sha256.substr(0, 10));
  add_text(json, "tensor_hash", report.tensor_hash);
  json["missing"] = report.missing;
  json["left_over"] = report.left_over;
  json["trigger_words"] = report.trigger_words;
  json["metadata"] = report.metadata;
  return json;
}

/// The model files below a folder, in order.
std::vector<fs::path> files_below(const fs::path& folder) {
  std::vector<fs::path> files;
  std::error_code ignored;
  for (fs::recursive_directory_iterator it(folder, fs::directory_options::skip_permission_denied, ignored), end;
       it != end; it.increment(ignored)) {
    if (it.depth() >= kDepth) it.disable_recursion_pending();
    const std::string suffix = to_lower(it->path().extension().string());
    const bool model = std::find(std::begin(kSuffixes), std::end(kSuffixes), suffix) != std::end(kSuffixes);
    const bool weights_of_param =
        suffix == ".bin" && fs::exists(fs::path(it->path()).replace_extension(".param"), ignored);
    if (model && !weights_of_param && it->is_regular_file(ignored)) files.push_back(it->path());
  }
  std::sort(files.begin(), files.end(),
            [](const fs::path& a, const fs::path& b) { return natural_less(a.string(), b.string()); });
  return files;
}

std::vector<fs::path> files_of(const std::vector<std::string>& words) {
  std::vector<fs::path> files;
  std::error_code ignored;
  for (const std::string& word : words) {
    if (!fs::is_directory(word, ignored)) { files.emplace_back(word); continue; }
    const std::vector<fs::path> found = files_below(word);
    files.insert(files.end(), found.begin(), found.end());
  }
  return files;
}

/// Of all model folders, each file once.
std::vector<fs::path> known_files() {
  std::vector<fs::path> files;
  std::set<fs::path> seen;
  std::error_code ignored;
  for (const fs::path& folder : model_folders())
    for (const fs::path& file : files_below(folder))
      if (seen.insert(fs::weakly_canonical(file, ignored)).second) files.push_back(file);
  return files;
}

void print_line(const FileReport& report) {
  if (report.error) {
    fmt::print("{:<12}{:<10}{:>10}  {}: {}\n", "unusable", "", readable(report.size), report.path.string(),
               report.error->why());
    return;
  }
  fmt::print("{:<12}{:<10}{:>10}  {}\n", name_of(report.kind), report.family, readable(report.size),
             report.path.string());
}

/// Prints what is known; the exit code of the first file that cannot be used.
int report_files(const std::vector<fs::path>& files, bool hash, bool json, void (*print)(const FileReport&)) {
  int code = 0;
  Json all = Json::array();
  for (const fs::path& file : files) {
    const FileReport report = inspect_file(file, hash);
    if (report.error && code == 0) code = report.error->exit_code();
    if (json) all.push_back(report_json(report));
    else if (report.error && print == print_report) fmt::print(stderr, "{}\n", report.error->message());
    else print(report);
  }
  if (json) fmt::print("{}\n", all.dump(2, ' ', false, Json::error_handler_t::replace));
  return code;
}

}  // namespace

int describe_models(const std::vector<std::string>& args) {
  const Flag known[] = {{"json", "--json", '\0', "", true, "", ""}, {"hash", "--hash", '\0', "", true, "", ""}};
  CommandLine line = read_command_line(args, known);
  const bool json = is_on(line, "json"), hash = is_on(line, "hash");
  if (!line.errors.empty()) return report_errors(line.errors);
  if (!line.words.empty()) return report_files(files_of(line.words), hash, json, print_report);
  report_files(known_files(), hash, json, print_line);
  return 0;
}

}  // namespace redraw
