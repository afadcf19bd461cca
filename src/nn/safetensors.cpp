// Safetensors files: mapped, checked, never copied as a whole.
#include "nn/safetensors.h"

#include <ATen/ATen.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <set>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "redraw/error.h"

namespace redraw {
namespace fs = std::filesystem;
namespace {

using Json = nlohmann::json;
constexpr std::uint64_t kMaxHeader = 100'000'000;  // as the reference implementation

class Mapping {
 public:
  explicit Mapping(const fs::path& path) {
    const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    struct stat info {};
    if (fd < 0 || ::fstat(fd, &info) != 0 || S_ISDIR(info.st_mode)) {
      const std::string why = fd >= 0 ? "it is a folder" : std::strerror(errno);
      if (fd >= 0) ::close(fd);
      throw Error(ErrorKind::kFile, "cannot open the model \"" + path.string() + "\"", path.string(), why, "check the path and its permissions");
    }
    size_ = static_cast<std::uint64_t>(info.st_size);
    if (size_ > 0) data_ = ::mmap(nullptr, size_, PROT_READ, MAP_PRIVATE, fd, 0);
    ::close(fd);
    if (data_ == MAP_FAILED) throw Error(ErrorKind::kFile, "cannot map the model \"" + path.string() + "\"", path.string(), std::strerror(errno));
  }
  ~Mapping() { if (data_ != nullptr) ::munmap(data_, size_); }
  Mapping(const Mapping&) = delete;
  Mapping& operator=(const Mapping&) = delete;
  std::string_view bytes() const { return {static_cast<const char*>(data_), size_}; }

 private:
  void* data_ = nullptr;
  std::uint64_t size_ = 0;
};

struct DtypeRow {
  std::string_view name;
  at::ScalarType type;
  std::uint64_t size;
};
constexpr DtypeRow kDtypes[] = {
    {"F64", at::kDouble, 8}, {"F32", at::kFloat, 4}, {"F16", at::kHalf, 2},  {"BF16", at::kBFloat16, 2}, {"I64", at::kLong, 8},
    {"I32", at::kInt, 4},    {"I16", at::kShort, 2}, {"I8", at::kChar, 1},   {"U8", at::kByte, 1},       {"BOOL", at::kBool, 1}};

struct Magic {
  std::string_view bytes;
  const char* kind;
};
constexpr Magic kOthers[] = {
    {"PK\x03\x04", "a zip archive (a .ckpt or .pth, or a download that is still packed)"},
    {"\x80\x02", "a pickle (.ckpt or .pt), which redraw does not read yet: convert it to .safetensors"},
    {"<", "a text file (HTML or XML): probably a web page saved instead of the model"},
    {"{", "JSON text"},
    {"\x89PNG", "a PNG picture"},
    {"\xff\xd8\xff", "a JPEG picture"},
    {"GGUF", "a GGUF file"},
    {"version https://git-lfs", "a Git LFS pointer: the model itself was not fetched"}};

/// Throws with the file's name for everything that is wrong.
class Checker {
 public:
  Checker(const fs::path& path, std::string_view bytes) : path_(path), bytes_(bytes) {}

  Json header() {
    for (const Magic& magic : kOthers)
      if (bytes_.starts_with(magic.bytes)) fail(std::string("it is ") + magic.kind, "give a .safetensors checkpoint");
    if (bytes_.size() < 10) fail("it is empty or too short");
    std::uint64_t length = 0;
    std::memcpy(&length, bytes_.data(), 8);
    if (length > kMaxHeader) fail("its header length is " + std::to_string(length) + ", so it is no safetensors file");
    if (length > bytes_.size() - 8) fail("it is cut short: the header is longer than the file");
    const std::string_view text = bytes_.substr(8, length);
    data_ = bytes_.substr(8 + length);
    return parse(text);
  }

  at::Tensor tensor(const std::string& key, const Json& entry, const std::shared_ptr<Mapping>& mapping) {
    if (!entry.is_object()) fail("entry " + quoted(key) + " is no object");
    const DtypeRow& dtype = dtype_of(key, entry);
    std::vector<std::int64_t> shape;
    const std::uint64_t size = dtype.size * elements(key, entry, shape);
    const auto [begin, end] = range(key, entry, size);
    ranges_.emplace_back(begin, end);
    auto* data = const_cast<char*>(data_.data() + begin);
    if (size == 0) return at::empty(shape, dtype.type);
    if (reinterpret_cast<std::uintptr_t>(data) % dtype.size != 0) {  // a few writers do not align
      at::Tensor copy = at::empty(shape, dtype.type);
      std::memcpy(copy.data_ptr(), data, size);
      return copy;
    }
    return at::from_blob(data, shape, [mapping](void*) {}, at::TensorOptions(dtype.type));
  }

  void check_overlaps() {
    std::sort(ranges_.begin(), ranges_.end());
    for (std::size_t i = 1; i < ranges_.size(); ++i)
      if (ranges_[i].first < ranges_[i - 1].second) fail("two tensors share the same bytes");
  }

 private:
  [[noreturn]] void fail(const std::string& why, const std::string& fix = "fetch or export the file again") const {
    throw Error(ErrorKind::kModel, "\"" + path_.filename().string() + "\" is not a usable model file", path_.string(), why, fix);
  }
  static std::string quoted(const std::string& key) { return fmt::format("\"{}\"", std::string_view(key).substr(0, 200)); }

  Json parse(std::string_view text) {
    std::set<std::string> keys;
    int depth = 0;
    const auto watch = [&](int level, Json::parse_event_t event, Json& parsed) {
      depth = std::max(depth, level);
      if (depth > 8) fail("its header is nested too deep");
      if (event == Json::parse_event_t::key && level == 1 && !keys.insert(parsed.get<std::string>()).second)
        fail("the key " + quoted(parsed.get<std::string>()) + " is there twice");
      return true;
    };
    try {
      Json header = Json::parse(text.begin(), text.end(), watch);
      if (!header.is_object()) fail("its header is no JSON object");
      return header;
    } catch (const Json::exception&) {
      fail("its header is not valid JSON");
    }
  }

  const DtypeRow& dtype_of(const std::string& key, const Json& entry) const {
    const std::string name = entry.contains("dtype") && entry["dtype"].is_string() ? entry["dtype"].get<std::string>() : "";
    for (const DtypeRow& row : kDtypes)
      if (row.name == name) return row;
    fail("the type \"" + name.substr(0, 40) + "\" of " + quoted(key) + " is not known");
  }

  std::uint64_t elements(const std::string& key, const Json& entry, std::vector<std::int64_t>& shape) const {
    if (!entry.contains("shape") || !entry["shape"].is_array() || entry["shape"].size() > 16) fail("the shape of " + quoted(key) + " is missing or odd");
    std::uint64_t count = 1;
    for (const Json& side : entry["shape"]) {
      if (!side.is_number_unsigned()) fail("the shape of " + quoted(key) + " holds something that is no size");
      const auto n = side.get<std::uint64_t>();
      if (n > (1ULL << 40) || (n != 0 && count > (1ULL << 48) / n)) fail("the shape of " + quoted(key) + " is larger than any file");
      count *= n;
      shape.push_back(static_cast<std::int64_t>(n));
    }
    return count;
  }

  std::pair<std::uint64_t, std::uint64_t> range(const std::string& key, const Json& entry, std::uint64_t size) const {
    const Json offsets = entry.value("data_offsets", Json());
    if (!offsets.is_array() || offsets.size() != 2 || !offsets[0].is_number_unsigned() || !offsets[1].is_number_unsigned())
      fail("the offsets of " + quoted(key) + " are missing or odd");
    const auto begin = offsets[0].get<std::uint64_t>(), end = offsets[1].get<std::uint64_t>();
    if (begin > end || end > data_.size()) fail("it is cut short or wrong: " + quoted(key) + " lies outside the file");
    if (end - begin != size) fail("the bytes of " + quoted(key) + " do not fit its shape and type");
    return {begin, end};
  }

  fs::path path_;
  std::string_view bytes_, data_;
  std::vector<std::pair<std::uint64_t, std::uint64_t>> ranges_;
};

}  // namespace

StateDict read_safetensors(const fs::path& path) {
  const auto mapping = std::make_shared<Mapping>(path);
  Checker checker(path, mapping->bytes());
  const Json header = checker.header();
  StateDict state_dict;
  for (const auto& [key, entry] : header.items())
    if (key != "__metadata__") state_dict.emplace(key, checker.tensor(key, entry, mapping));
  checker.check_overlaps();
  return state_dict;
}

}  // namespace redraw
