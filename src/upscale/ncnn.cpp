// ncnn's .param and .bin: Real-ESRGAN's nets in that form, as tensors under the keys of their .pth.
#include "upscale/ncnn.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <sstream>

#include <fmt/format.h>

#include "base/files.h"
#include "base/text.h"
#include "redraw/error.h"

namespace redraw {
namespace fs = std::filesystem;
namespace {

constexpr const char* kMagic = "7767517";
constexpr std::uint32_t kFp16 = 0x01306B47, kFp32 = 0x0002C056, kInt8 = 0x000D4B38;  // ncnn modelbin.cpp
constexpr std::int64_t kMostWeights = 1LL << 31, kMostLayers = 100'000;

[[noreturn]] void fail(const fs::path& file, const std::string& why) {
  throw Error(ErrorKind::kModel, "the upscaler \"" + file.filename().string() + "\" cannot be used", file.string(), why,
              "fetch both files (.param and .bin) again");
}

struct Layer {
  std::string type;
  std::map<int, std::string> values;  // arrays as they stand: "2,0.2,1"
};

std::vector<Layer> read_layers(const fs::path& param) {
  std::istringstream lines(read_file(param));
  std::string line;
  if (!std::getline(lines, line) || trim(line) != kMagic)
    fail(param, fmt::format("its first line is not {}, the mark of ncnn's text format", kMagic));
  long long layer_count = 0, blob_count = 0;
  std::getline(lines, line);
  if (std::istringstream counts(line);
      !(counts >> layer_count >> blob_count) || layer_count < 1 || layer_count > kMostLayers)
    fail(param, "its second line holds no number of layers");
  std::vector<Layer> layers;
  while (std::getline(lines, line)) {
    std::istringstream words(line);
    Layer layer;
    std::string name;
    long long inputs = 0, outputs = 0;
    if (!(words >> layer.type)) continue;
    if (!(words >> name >> inputs >> outputs) || inputs < 0 || outputs < 0 || inputs > kMostLayers ||
        outputs > kMostLayers)
      fail(param, "a line is no layer: " + line.substr(0, 80));
    for (long long i = 0; i < inputs + outputs; ++i)
      if (!(words >> name)) fail(param, "a layer lacks its blobs: " + line.substr(0, 80));
    for (std::string word; words >> word;) {
      const auto equals = word.find('=');
      const auto id = parse_integer(word.substr(0, equals));
      if (equals == std::string::npos || !id) fail(param, "a parameter cannot be read: " + word.substr(0, 80));
      layer.values[static_cast<int>(std::clamp<long long>(*id, -30000, 30000))] = word.substr(equals + 1);
    }
    layers.push_back(std::move(layer));
  }
  if (static_cast<long long>(layers.size()) != layer_count)
    fail(param, fmt::format("it holds {} layers and says {}", layers.size(), layer_count));
  return layers;
}

class BinReader {
 public:
  /// named  what the user gave, for errors
  BinReader(const fs::path& bin, fs::path named) : path_(std::move(named)), bytes_(read_file(bin)), rest_(bytes_) {}

  at::Tensor floats(std::int64_t count) {
    need(count, 4);
    const at::Tensor tensor = at::empty({count}, at::kFloat);
    std::memcpy(tensor.mutable_data_ptr(), rest_.data(), static_cast<std::size_t>(count) * 4);
    rest_.remove_prefix(static_cast<std::size_t>(count) * 4);
    return tensor;
  }

  /// Weights of a convolution: a word says how they are stored.
  at::Tensor weights(std::int64_t count) {
    need(1, 4);
    std::uint32_t word = 0;
    std::memcpy(&word, rest_.data(), 4);
    rest_.remove_prefix(4);
    if (word == 0 || word == kFp32) return floats(count);
    if (word == kFp16) return halves(count);
    if (word == kInt8) fail(path_, "the weights in its .bin are int8, which redraw does not run");
    return by_table(count);
  }

  void check_end() const {
    if (!rest_.empty())
      fail(path_, fmt::format("{} bytes of the .bin are left over behind the last layer of the .param", rest_.size()));
  }

 private:
  void need(std::int64_t count, std::int64_t size) const {
    if (count < 0 || count > kMostWeights || static_cast<std::size_t>(count * size) > rest_.size())
      fail(path_, fmt::format("the .bin ends early: a layer of the .param asks for {} numbers and {} bytes are left",
                              count, rest_.size()));
  }
  void skip_padding(std::size_t used) { rest_.remove_prefix(std::min((4 - used % 4) % 4, rest_.size())); }

  at::Tensor halves(std::int64_t count) {
    need(count, 2);
    const at::Tensor tensor = at::empty({count}, at::kHalf);
    const auto used = static_cast<std::size_t>(count) * 2;
    std::memcpy(tensor.mutable_data_ptr(), rest_.data(), used);
    rest_.remove_prefix(used);
    skip_padding(used);
    return tensor.to(at::kFloat);
  }

  at::Tensor by_table(std::int64_t count) {
    const at::Tensor table = floats(256);
    need(count, 1);
    const auto used = static_cast<std::size_t>(count);
    const at::Tensor index = at::empty({count}, at::kByte);
    std::memcpy(index.mutable_data_ptr(), rest_.data(), used);
    rest_.remove_prefix(used);
    skip_padding(used);
    return table.index_select(0, index.to(at::kLong));
  }

  fs::path path_;
  std::string bytes_;
  std::string_view rest_;
};

class Reader {
 public:
  Reader(const fs::path& param, const fs::path& bin) : param_(param), layers_(read_layers(param)), bin_(bin, param) {}

  NcnnFile read() {
    const auto doubling =
        std::count_if(layers_.begin(), layers_.end(), [](const Layer& l) { return l.type == "Interp"; });
    name_convolutions(has("PReLU"), static_cast<std::size_t>(doubling));
    for (const Layer& layer : layers_) read_layer(layer);
    bin_.check_end();
    return std::move(file_);
  }

 private:
  bool has(const char* type) const {
    return std::any_of(layers_.begin(), layers_.end(), [&](const Layer& l) { return l.type == type; });
  }

  /// The convolutions' keys in their order in the file.
  void name_convolutions(bool compact, std::size_t ups) {
    const auto convs = static_cast<std::size_t>(
        std::count_if(layers_.begin(), layers_.end(), [](const Layer& l) { return l.type == "Convolution"; }));
    for (std::size_t i = 0; compact && i < convs; ++i) names_.push_back(fmt::format("body.{}", 2 * i));
    if (compact) return;
    if (convs < 19 + ups || (convs - 4 - ups) % 15 != 0)
      fail(param_, fmt::format("{} convolutions are no net of Real-ESRGAN (RRDB or compact)", convs));
    names_.emplace_back("conv_first");
    for (std::size_t i = 0; i < convs - 4 - ups; ++i)
      names_.push_back(fmt::format("body.{}.rdb{}.conv{}", i / 15, i % 15 / 5 + 1, i % 5 + 1));
    names_.emplace_back("conv_body");
    for (std::size_t i = 0; i < ups; ++i) names_.push_back(fmt::format("conv_up{}", i + 1));
    names_.emplace_back("conv_hr");
    names_.emplace_back("conv_last");
  }

  double value(const Layer& layer, int id, double other) const {
    const auto found = layer.values.find(id);
    if (found == layer.values.end()) return other;
    const auto number = parse_number(found->second);
    if (!number || std::abs(*number) > 1e15)
      fail(param_, fmt::format("{} has no number in {}={}", layer.type, id, found->second.substr(0, 40)));
    return *number;
  }
  std::int64_t whole(const Layer& layer, int id, double other) const {
    return static_cast<std::int64_t>(value(layer, id, other));
  }

  void read_layer(const Layer& layer) {
    if (layer.type == "Convolution") return read_convolution(layer);
    if (layer.type == "PReLU") {
      file_.tensors[fmt::format("body.{}.weight", 2 * next_ - 1)] = bin_.floats(whole(layer, 0, 0));
    } else if (layer.type == "Interp" && whole(layer, 0, 0) == 3) {
      file_.shrink = value(layer, 1, 1);
      if (!(file_.shrink > 0 && file_.shrink <= 1))
        fail(param_, "it enlarges bicubically, which no net of Real-ESRGAN does");
    } else if (const char* known[] = {"Input", "Split", "Concat", "Eltwise", "BinaryOp", "Interp", "PixelShuffle"};
               std::find(std::begin(known), std::end(known), layer.type) == std::end(known)) {
      fail(param_, "it has a layer of the type \"" + layer.type.substr(0, 40) + "\", which no net of Real-ESRGAN has");
    }
  }

  void read_convolution(const Layer& layer) {
    const std::int64_t out = whole(layer, 0, 0), kernel = whole(layer, 1, 0), count = whole(layer, 6, 0);
    if (out < 1 || out > 65536 || kernel < 1 || kernel > 15 || count < 1 || count % (out * kernel * kernel) != 0)
      fail(param_, fmt::format("a convolution of {} outputs and kernel {} cannot have {} weights", out, kernel, count));
    if (whole(layer, 11, static_cast<double>(kernel)) != kernel || whole(layer, 2, 1) != 1 || whole(layer, 3, 1) != 1 ||
        whole(layer, 4, 0) != kernel / 2)
      fail(param_, "a convolution has a stride, dilation or padding that no net of Real-ESRGAN has");
    const std::string name = names_[next_++];
    file_.tensors[name + ".weight"] = bin_.weights(count).view({out, -1, kernel, kernel});
    if (whole(layer, 5, 0) != 0) file_.tensors[name + ".bias"] = bin_.floats(out);
  }

  fs::path param_;
  std::vector<Layer> layers_;
  BinReader bin_;
  std::vector<std::string> names_;
  std::size_t next_ = 0;
  NcnnFile file_;
};

}  // namespace

bool is_ncnn(const fs::path& file) {
  const std::string suffix = to_lower(file.extension().string());
  return suffix == ".param" || suffix == ".bin";
}

NcnnFile read_ncnn(const fs::path& file) {
  const fs::path param = fs::path(file).replace_extension(".param"), bin = fs::path(file).replace_extension(".bin");
  for (const fs::path& part : {param, bin}) {
    std::error_code ignored;
    if (!fs::exists(part, ignored))
      fail(file,
           "the file \"" + part.filename().string() + "\" beside it is missing (ncnn keeps .param and .bin apart)");
  }
  return Reader(param, bin).read();
}

}  // namespace redraw
