// What torch.save writes: the zip format, and the older one of pickles and raw storages in a row.
#include "formats/torch_file.h"

#include <deque>
#include <functional>

#include "formats/bytes.h"
#include "formats/pickle_collect.h"
#include "formats/zip.h"

namespace redraw {
namespace {

constexpr std::uint64_t kMiB = 1 << 20;
constexpr std::uint64_t kMaxPickle = 64 * kMiB;
constexpr std::uint64_t kMaxShare = 8;  // tensors may share storages, but not so that they fill the memory
constexpr std::string_view kLegacyMagic = "\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19";  // 0x1950a86a20f9469cfc6c

/// The bytes of the storage with this key, of at least this size.
using FindStorage = std::function<std::string_view(std::string_view key, std::uint64_t size)>;

ModelFile model_file_of(const Pickle& pickle, const FindStorage& find, std::uint64_t file_size, const Fault& fault) {
  Collected collected = collect(pickle, fault);
  ModelFile file{
      .format = "", .tensors = {}, .metadata = std::move(collected.metadata), .size = file_size, .owner = nullptr};
  std::uint64_t total = 0;
  for (const auto& [key, tensor] : collected.tensors) {
    const PickledStorage& storage = pickle.storages[tensor->storage];
    const std::uint64_t size = static_cast<std::uint64_t>(storage.elements) * row_of(storage.type).size;
    TensorInfo info{storage.type, tensor->shape, tensor->strides, find(storage.key, size), tensor->offset};
    if (info.storage.size() < size)
      fault.fail("a storage is shorter than announced: " + quoted_name(storage.key) + ", of " + quoted_name(key));
    total += info.bytes();
    file.tensors.emplace(key, std::move(info));
  }
  if (total > kMaxShare * file_size + kMiB)
    fault.fail("its tensors share storages so often that they are much larger than the file");
  return file;
}

class ZipReader {
 public:
  ZipReader(std::string_view bytes, const Fault& fault)
      : fault_(fault), bytes_(bytes), members_(read_zip(bytes, fault)) {}

  ModelFile read() {
    folder_ = find_folder();
    refuse_script();
    if (const std::string order = small_member("byteorder"); !order.empty() && order != "little")
      fault_.fail("its numbers have the byte order " + quoted_name(order), "save it again on a usual processor");
    const ZipMember& member = members_.find(folder_ + "data.pkl")->second;
    std::string unpacked;
    const std::uint64_t limit = std::min(kMaxPickle, kMiB + 32 * member.packed.size());
    const std::string_view bytes = member_bytes(member, "data.pkl", limit, unpacked, fault_);
    if (bytes.size() > kMaxPickle) fault_.fail("its data.pkl is larger than any model's");
    const Pickle pickle = unpickle(bytes, fault_);
    ModelFile file = model_file_of(
        pickle, [this](std::string_view key, std::uint64_t size) { return storage(key, size); }, bytes_.size(), fault_);
    file.format = "torch zip";
    file.owner = unpacked_;
    return file;
  }

 private:
  /// The folder may have any name; the shortest path is the file's own, should one be packed inside.
  std::string find_folder() const {
    const std::string* shortest = nullptr;
    for (const auto& [name, member] : members_)
      if ((name == "data.pkl" || name.ends_with("/data.pkl")) &&
          (shortest == nullptr || name.size() < shortest->size()))
        shortest = &name;
    if (shortest == nullptr)
      fault_.fail("it is a zip archive without data.pkl, so torch.save did not write it",
                  "unpack it if the model lies inside");
    return shortest->substr(0, shortest->size() - 8);
  }

  void refuse_script() const {
    const auto code = members_.lower_bound(folder_ + "code/");
    if (code != members_.end() && code->first.starts_with(folder_ + "code/"))
      fault_.fail("it is a TorchScript program, not a dictionary of tensors", "give the weights that it was made from");
  }

  std::string small_member(const std::string& name) const {
    const auto found = members_.find(folder_ + name);
    if (found == members_.end()) return "";
    std::string unpacked;
    return std::string(member_bytes(found->second, name, 64, unpacked, fault_).substr(0, 64));
  }

  std::string_view storage(std::string_view key, std::uint64_t size) {
    if (size == 0) return {};
    const auto found = members_.find(folder_ + "data/" + std::string(key));
    if (found == members_.end()) fault_.fail("the storage " + quoted_name(key) + " is missing in its archive");
    const auto known = storages_.find(found->first);
    if (known != storages_.end()) return known->second;
    std::string& unpacked = unpacked_->emplace_back();
    const std::string_view bytes = member_bytes(found->second, found->first, room_, unpacked, fault_);
    room_ -= unpacked.size();
    return storages_.emplace(found->first, bytes).first->second;
  }

  const Fault& fault_;
  std::string_view bytes_;
  std::map<std::string, ZipMember, std::less<>> members_;
  std::string folder_;
  std::map<std::string, std::string_view> storages_;
  std::shared_ptr<std::deque<std::string>> unpacked_ = std::make_shared<std::deque<std::string>>();
  std::uint64_t room_ = kMaxShare * bytes_.size() + kMiB;  // for what is unpacked
};

class LegacyReader {
 public:
  LegacyReader(std::string_view bytes, const Fault& fault) : fault_(fault), bytes_(bytes) {}

  ModelFile read() {
    if (next().root->text != kLegacyMagic)
      fault_.fail("it is a pickle that torch.save did not write", "save a dictionary of tensors with torch.save");
    next();  // the protocol's version, always 1001
    check_order(next());
    const Pickle object = next();
    const Pickle keys = next();
    find_storages(object, keys);
    const auto find = [this](std::string_view key, std::uint64_t) {
      const auto found = storages_.find(key);
      if (found == storages_.end()) fault_.fail("the storage " + quoted_name(key) + " is missing in the file");
      return found->second;
    };
    ModelFile file = model_file_of(object, find, bytes_.size(), fault_);
    file.format = "torch legacy";
    return file;
  }

 private:
  Pickle next() {
    if (at_ == bytes_.size()) fault_.fail("the file ends early");
    Pickle pickle = unpickle(bytes_.substr(at_, kMaxPickle), fault_);
    at_ += pickle.size;
    return pickle;
  }

  void check_order(const Pickle& system) const {
    const std::vector<PickleValue*>& items = system.root->items;
    for (std::size_t i = 0; i + 1 < items.size(); i += 2)
      if (items[i]->text == "little_endian" && items[i + 1]->integer == 0)
        fault_.fail("its numbers have the byte order of another processor", "save it again on a usual one");
  }

  /// Each as its number of elements, then those, in the order of the list of keys.
  void find_storages(const Pickle& object, const Pickle& keys) {
    std::map<std::string_view, ElementType> types;
    for (const PickledStorage& storage : object.storages) types.emplace(storage.key, storage.type);
    for (const PickleValue* key : keys.root->items) {
      const auto type = types.find(key->text);
      if (type == types.end()) fault_.fail("the storage " + quoted_name(key->text) + " belongs to no tensor");
      if (bytes_.size() - at_ < 8) fault_.fail("the file ends early, before the storage " + quoted_name(key->text));
      const std::uint64_t count = little_endian(bytes_.substr(at_), 8), size = row_of(type->second).size;
      at_ += 8;
      if (count > (bytes_.size() - at_) / size)
        fault_.fail("the storage " + quoted_name(key->text) + " is longer than the file");
      storages_.emplace(key->text, bytes_.substr(at_, count * size));
      at_ += count * size;
    }
  }

  const Fault& fault_;
  std::string_view bytes_;
  std::uint64_t at_ = 0;
  std::map<std::string, std::string_view, std::less<>> storages_;
};

}  // namespace

ModelFile parse_torch_zip(std::string_view bytes, const Fault& fault) { return ZipReader(bytes, fault).read(); }

ModelFile parse_torch_legacy(std::string_view bytes, const Fault& fault) { return LegacyReader(bytes, fault).read(); }

}  // namespace redraw
