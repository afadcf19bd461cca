// The safetensors format: a checked JSON header in front of the numbers.
#include "formats/safetensors.h"

#include <algorithm>
#include <cstring>
#include <set>

#include <nlohmann/json.hpp>

namespace redraw {
namespace {

using Json = nlohmann::json;
constexpr std::uint64_t kMaxHeader = 100'000'000;  // as the reference implementation
constexpr int kMaxDepth = 8;
constexpr std::size_t kMaxRank = 16;

struct Range {
  std::uint64_t begin, end;
  bool operator<(const Range& other) const { return begin != other.begin ? begin < other.begin : end < other.end; }
};

class Reader {
 public:
  Reader(std::string_view bytes, const Fault& fault) : fault_(fault), bytes_(bytes) {}

  ModelFile read() {
    const Json header = parse(header_text());
    ModelFile file{.format = "safetensors", .tensors = {}, .metadata = {}, .size = bytes_.size(), .owner = nullptr};
    for (const auto& [key, entry] : header.items()) {
      if (key == "__metadata__") file.metadata = metadata(entry);
      else file.tensors.emplace(key, tensor(key, entry));
    }
    check_ranges();
    return file;
  }

 private:
  std::string_view header_text() {
    if (bytes_.size() < 10) fault_.fail("it is empty or too short");
    std::uint64_t length = 0;
    std::memcpy(&length, bytes_.data(), 8);
    if (length == 0) fault_.fail("it has no header");
    if (length > kMaxHeader)
      fault_.fail("its header length is " + std::to_string(length) +
                  ", so it is no safetensors file (or the header is longer than the file)");
    if (length > bytes_.size() - 8) fault_.fail("it is cut short: the header is longer than the file");
    data_ = bytes_.substr(8 + length);
    return bytes_.substr(8, length);
  }

  Json parse(std::string_view text) const {
    std::set<std::string> keys;
    const auto watch = [&](int level, Json::parse_event_t event, Json& parsed) {
      if (level > kMaxDepth) fault_.fail("its header is nested too deep");
      if (event == Json::parse_event_t::key && level == 1 && !keys.insert(parsed.get<std::string>()).second)
        fault_.fail("the key " + quoted_name(parsed.get<std::string>()) + " is there twice");
      return true;
    };
    try {
      Json header = Json::parse(text.begin(), text.end(), watch);
      if (!header.is_object()) fault_.fail("its header is no JSON object");
      return header;
    } catch (const Json::exception&) {
      fault_.fail("its header is not valid JSON in UTF-8");
    }
  }

  std::map<std::string, std::string> metadata(const Json& entry) const {
    std::map<std::string, std::string> texts;
    if (!entry.is_object()) fault_.fail("its metadata is no JSON object");
    for (const auto& [key, value] : entry.items()) {
      if (!value.is_string()) fault_.fail("its metadata holds something that is no text, under " + quoted_name(key));
      texts.emplace(key, value.get<std::string>());
    }
    return texts;
  }

  TensorInfo tensor(const std::string& key, const Json& entry) {
    if (!entry.is_object()) fault_.fail("entry " + quoted_name(key) + " is no object");
    TensorInfo info;
    info.type = type_of(key, entry);
    info.shape = shape_of(key, entry);
    info.strides = packed_strides(info.shape);
    const Range range = range_of(key, entry, info.bytes());
    info.storage = data_.substr(range.begin, range.end - range.begin);
    ranges_.push_back(range);
    return info;
  }

  ElementType type_of(const std::string& key, const Json& entry) const {
    const Json name = entry.value("dtype", Json());
    for (const ElementTypeRow& row : element_types())
      if (name.is_string() && name.get_ref<const std::string&>() == row.name) return row.type;
    fault_.fail("the dtype " + (name.is_string() ? quoted_name(name.get<std::string>()) : "(no text)") + " of " +
                quoted_name(key) + " is not known");
  }

  std::vector<std::int64_t> shape_of(const std::string& key, const Json& entry) const {
    const Json sides = entry.value("shape", Json());
    if (!sides.is_array() || sides.size() > kMaxRank)
      fault_.fail("the shape of " + quoted_name(key) + " is missing or odd");
    std::vector<std::int64_t> shape;
    std::uint64_t count = 1;
    for (const Json& side : sides) {
      if (!side.is_number_unsigned())
        fault_.fail("the shape of " + quoted_name(key) + " holds something that is no size");
      const auto n = side.get<std::uint64_t>();
      if (n > (1ULL << 40) || (n != 0 && count > (1ULL << 48) / n))
        fault_.fail("the shape of " + quoted_name(key) + " is larger than any file");
      count *= std::max<std::uint64_t>(n, 1);
      shape.push_back(static_cast<std::int64_t>(n));
    }
    return shape;
  }

  Range range_of(const std::string& key, const Json& entry, std::uint64_t size) const {
    const Json offsets = entry.value("data_offsets", Json());
    if (!offsets.is_array() || offsets.size() != 2 || !offsets[0].is_number_unsigned() ||
        !offsets[1].is_number_unsigned())
      fault_.fail("the offsets of " + quoted_name(key) + " are missing or odd");
    const Range range{offsets[0].get<std::uint64_t>(), offsets[1].get<std::uint64_t>()};
    if (range.begin > range.end || range.end > data_.size())
      fault_.fail("it is cut short or its offsets are wrong: " + quoted_name(key) + " lies outside the file");
    if (range.end - range.begin != size)
      fault_.fail("the bytes of " + quoted_name(key) + " do not fit its shape and type");
    return range;
  }

  void check_ranges() {
    std::sort(ranges_.begin(), ranges_.end());
    std::uint64_t end = 0;
    for (const Range& range : ranges_) {
      if (range.begin < end) fault_.fail("two tensors overlap: they share the same bytes");
      if (range.begin > end) fault_.fail("there are bytes between its tensors that belong to none");
      end = range.end;
    }
    if (end != data_.size())
      fault_.fail("there are " + std::to_string(data_.size() - end) + " bytes after the last tensor");
  }

  const Fault& fault_;
  std::string_view bytes_, data_;
  std::vector<Range> ranges_;
};

}  // namespace

bool is_safetensors(std::string_view bytes) {
  return bytes.size() > 8 && bytes[8] == '{' && bytes.substr(0, 2) != "PK";
}

ModelFile parse_safetensors(std::string_view bytes, const Fault& fault) { return Reader(bytes, fault).read(); }

}  // namespace redraw
