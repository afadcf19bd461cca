// A model file of any format: told by its first bytes, read by the format's own reader.
#include "formats/model_file.h"

#include "formats/fault.h"
#include "formats/mapped_file.h"
#include "formats/safetensors.h"
#include "formats/torch_file.h"
#include "formats/unpickle.h"
#include "formats/zip.h"

namespace redraw {
namespace {

struct Magic {
  std::string_view bytes;
  const char* what;
};
/// What people have under a model's name.
constexpr Magic kOthers[] = {{"<", "it is a text file (HTML or XML): probably a web page saved instead of the model"},
                             {"{", "it is JSON text"},
                             {"\x89PNG", "it is a PNG picture"},
                             {"\xff\xd8\xff", "it is a JPEG picture"},
                             {"GGUF", "it is a GGUF file"},
                             {"GGML", "it is a GGML file"},
                             {"7767517", "it is an ncnn network (.param)"},
                             {"\x1f\x8b", "it is packed with gzip"},
                             {"\xfd" "7zXZ", "it is packed with xz"},
                             {"7z\xbc\xaf", "it is a 7z archive"},
                             {"Rar!", "it is a RAR archive"},
                             {"\x89HDF", "it is an HDF5 file (Keras)"},
                             {"\x93NUMPY", "it is a NumPy array"},
                             {"version https://git-lfs", "it is a Git LFS pointer: the model itself was not fetched"}};

/// torch 0.1 wrote a tar archive with the members sys_info, pickle, storages, tensors.
bool is_tar(std::string_view bytes) { return bytes.size() >= 512 && bytes.substr(257, 5) == "ustar"; }

bool is_text(std::string_view bytes) {
  for (const char c : bytes.substr(0, 64))
    if ((static_cast<unsigned char>(c) < ' ' && c != '\n' && c != '\r' && c != '\t') || c == '\x7f') return false;
  return bytes.size() >= 10;
}

void refuse_others(std::string_view bytes, const Fault& fault) {
  const std::string fix = "give a .safetensors, .ckpt, .pt or .pth file";
  const std::size_t blank = bytes.substr(0, 64).find_first_not_of(" \t\r\n");
  const std::string_view start = blank == std::string_view::npos ? "" : bytes.substr(blank);
  for (const Magic& magic : kOthers)
    if (start.starts_with(magic.bytes)) fault.fail(magic.what, fix);
  if (is_tar(bytes))
    fault.fail("it is in the tar format of torch 0.1, which is not supported", "save it again with a newer torch");
  if (is_text(bytes)) fault.fail("it is a text file", fix);
}

ModelFile parse(std::string_view bytes, const Fault& fault) {
  if (is_zip(bytes)) return parse_torch_zip(bytes, fault);
  if (is_pickle(bytes)) return parse_torch_legacy(bytes, fault);
  if (!is_safetensors(bytes)) refuse_others(bytes, fault);
  return parse_safetensors(bytes, fault);
}

}  // namespace

std::uint64_t TensorInfo::elements() const {
  std::uint64_t count = 1;
  for (const std::int64_t side : shape) count *= static_cast<std::uint64_t>(side);
  return count;
}

std::vector<std::int64_t> packed_strides(const std::vector<std::int64_t>& shape) {
  std::vector<std::int64_t> strides(shape.size(), 1);
  for (std::size_t i = shape.size(); i-- > 1;) strides[i - 1] = strides[i] * shape[i];
  return strides;
}

ModelFile parse_model_file(std::string_view bytes, const std::filesystem::path& path) {
  const Fault fault(path);
  ModelFile file = parse(bytes, fault);
  if (file.tensors.empty()) fault.fail("it holds no tensors", "give a file with weights");
  return file;
}

ModelFile read_model_file(const std::filesystem::path& path) {
  const auto mapping = std::make_shared<MappedFile>(path);
  ModelFile file = parse_model_file(mapping->bytes(), path);
  // Both the map and what the format unpacked have to live as long as the storages.
  file.owner =
      std::make_shared<std::pair<std::shared_ptr<const void>, std::shared_ptr<const void>>>(mapping, file.owner);
  return file;
}

}  // namespace redraw
