// TABLE of fuzz targets: readers of what comes from outside, each fed with any bytes.
#include "fuzz/targets.h"

#include "formats/pickle_collect.h"
#include "formats/safetensors.h"
#include "formats/torch_file.h"
#include "image/exif_text.h"
#include "image/png.h"
#include "image/read.h"
#include "inspect/numbers.h"
#include "inspect/report.h"
#include "prompt/compose.h"
#include "prompt/extra_networks.h"
#include "prompt/parse.h"
#include "prompt/schedule.h"
#include "recipe/infotext_parse.h"
#include "recipe/manifest.h"
#include "recipe/yaml.h"
#include "support/temp_folder.h"

namespace redraw::fuzz {
namespace {

constexpr std::int64_t kMaxPixels = 1 << 20;

/// An Error is what damaged bytes should end in, unless it says that the mistake is ours.
template <typename F>
void refuse_or_read(F f) {
  try {
    f();
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::kInternal) throw;
  }
}

/// Reads every number that a tensor claims, so that a claim beyond the bytes shows.
void use(const ModelFile& file) {
  for (const auto& [key, tensor] : file.tensors)
    if (tensor.elements() < 10'000) numbers_of(tensor);
  FileReport report;
  describe(file, report);
}

void safetensors(std::string_view bytes) {
  refuse_or_read([&] { use(parse_safetensors(bytes, Fault("fuzz"))); });
}
void zip(std::string_view bytes) {
  refuse_or_read([&] { use(parse_torch_zip(bytes, Fault("fuzz"))); });
}
void legacy(std::string_view bytes) {
  refuse_or_read([&] { use(parse_torch_legacy(bytes, Fault("fuzz"))); });
}
void pickle(std::string_view bytes) {
  const Fault fault("fuzz");
  refuse_or_read([&] {
    const Pickle it = unpickle(bytes, fault);
    collect(it, fault);
  });
}
void model(std::string_view bytes) {
  refuse_or_read([&] { use(parse_model_file(bytes, "fuzz")); });
}

/// libpng's reason comes as a plain exception: image/read makes the Error.
void png(std::string_view bytes) {
  try {
    png_texts(bytes);
    png_exif(bytes);
    const Size size = png_size(bytes);
    if (static_cast<std::int64_t>(size.width) * size.height <= kMaxPixels) decode_png(bytes);
  } catch (const std::runtime_error&) {
  }
}

void infotext(std::string_view bytes) {
  split_infotext(bytes);
  parse_generation_parameters(bytes);
  picture_infotext(bytes);
}

/// Readers by path get the bytes as a file of this name.
std::filesystem::path as_file(const char* name, std::string_view bytes) {
  static const test::TempFolder folder;
  return folder.write(name, bytes);
}

/// Every format by its first bytes, through stb or libpng.
void picture(std::string_view bytes) {
  const std::filesystem::path path = as_file("picture.jpg", bytes);
  refuse_or_read([&] {
    const Size size = picture_size(path);
    if (static_cast<std::int64_t>(size.width) * size.height <= kMaxPixels) read_image(path);
  });
}

void prompt(std::string_view bytes) {
  refuse_or_read([&] {
    const PromptNetworks parts = parse_extra_networks(bytes);
    for (const ExtraNetwork& network : parts.networks) refuse_or_read([&] { lora_request(network); });
    for (const PromptPart& part : split_at_and(parts.prompt))
      for (const ScheduledText& entry : prompt_schedule(part.text, 20)) parse_prompt_attention(entry.text);
  });
}

void manifest(std::string_view bytes) {
  const char* const name = bytes.starts_with('{') ? "list.jsonl" : "list.csv";
  std::vector<Error> errors;
  refuse_or_read([&] { read_manifest(as_file(name, bytes), errors); });
}

void yaml(std::string_view bytes) {
  if (bytes.find("extends") != std::string_view::npos) return;  // it would read other files of this machine
  std::vector<Error> errors;
  refuse_or_read([&] { read_recipe(as_file("recipe.yaml", bytes), errors); });
}

constexpr Target kTargets[] = {{"safetensors", safetensors}, {"zip", zip},           {"legacy", legacy},
                               {"pickle", pickle},           {"model", model},       {"png", png},
                               {"picture", picture},         {"infotext", infotext}, {"yaml", yaml},
                               {"manifest", manifest},       {"prompt", prompt}};

}  // namespace

std::span<const Target> targets() { return kTargets; }

}  // namespace redraw::fuzz
