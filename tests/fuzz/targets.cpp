// TABLE of fuzz targets: readers of what comes from outside, each fed with any bytes.
#include "fuzz/targets.h"

#include "formats/pickle_collect.h"
#include "formats/safetensors.h"
#include "formats/torch_file.h"
#include "image/exif_text.h"
#include "image/png.h"
#include "inspect/numbers.h"
#include "inspect/report.h"
#include "recipe/infotext_parse.h"
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

/// By way of a file: recipes are read by path.
void yaml(std::string_view bytes) {
  if (bytes.find("extends") != std::string_view::npos) return;  // it would read other files of this machine
  static const test::TempFolder folder;
  const std::filesystem::path path = folder.write("recipe.yaml", bytes);
  std::vector<Error> errors;
  refuse_or_read([&] { read_recipe(path, errors); });
}

constexpr Target kTargets[] = {{"safetensors", safetensors}, {"zip", zip}, {"legacy", legacy}, {"pickle", pickle}, {"model", model},
                               {"png", png},                 {"infotext", infotext}, {"yaml", yaml}};

}  // namespace

std::span<const Target> targets() { return kTargets; }

}  // namespace redraw::fuzz
