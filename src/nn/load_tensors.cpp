// The tensors of a model file of any format, as libtorch sees them.
#include "nn/load_tensors.h"

#include <ATen/ATen.h>

#include <cstring>

#include "formats/mapped_file.h"

namespace redraw {
namespace {

constexpr at::ScalarType kTypes[] = {at::kDouble,        at::kFloat,       at::kHalf, at::kBFloat16,
                                     at::kFloat8_e4m3fn, at::kFloat8_e5m2, at::kLong, at::kInt,
                                     at::kShort,         at::kChar,        at::kByte, at::kBool};  // as ElementType

using Owner = std::shared_ptr<const void>;

/// Also how a tensor of this kind is known again.
void drop_owner(void* owner) { delete static_cast<Owner*>(owner); }

bool is_aligned(std::string_view bytes, std::uint64_t size) {
  return reinterpret_cast<std::uintptr_t>(bytes.data()) % size == 0;
}

at::Storage view_of(std::string_view bytes, const Owner& owner) {
  at::DataPtr data(const_cast<char*>(bytes.data()), new Owner(owner), drop_owner, at::kCPU);
  return {at::Storage::use_byte_size_t(), bytes.size(), std::move(data), nullptr, false};
}

at::Storage copy_of(std::string_view bytes) {
  const at::Tensor copy = at::empty({static_cast<std::int64_t>(bytes.size())}, at::kByte);
  if (!bytes.empty()) std::memcpy(copy.data_ptr(), bytes.data(), bytes.size());
  return copy.storage();
}

at::Tensor tensor_of(const TensorInfo& info, const Owner& owner,
                     std::map<std::string_view, at::Storage, bool (*)(std::string_view, std::string_view)>& storages) {
  const at::ScalarType type = kTypes[static_cast<std::size_t>(info.type)];
  if (info.elements() == 0) return at::empty(info.shape, type);
  auto found = storages.find(info.storage);
  if (found == storages.end()) {
    const bool aligned = is_aligned(info.storage, row_of(info.type).size);
    found = storages.emplace(info.storage, aligned ? view_of(info.storage, owner) : copy_of(info.storage)).first;
  }
  return at::empty({0}, type).set_(found->second, info.offset, info.shape, info.strides);
}

}  // namespace

StateDict load_tensors(const ModelFile& file) {
  const auto by_place = [](std::string_view a, std::string_view b) {
    return a.data() != b.data() ? a.data() < b.data() : a.size() < b.size();
  };
  std::map<std::string_view, at::Storage, bool (*)(std::string_view, std::string_view)> storages(by_place);
  StateDict tensors;
  for (const auto& [key, info] : file.tensors) tensors.emplace(key, tensor_of(info, file.owner, storages));
  return tensors;
}

StateDict load_tensors(const std::filesystem::path& path) { return load_tensors(read_model_file(path)); }

void release(const at::Tensor& tensor) {
  const at::Storage& storage = tensor.storage();
  if (storage.data_ptr().get_deleter() != drop_owner) return;
  release_pages(storage.data(), storage.nbytes());
}

}  // namespace redraw
