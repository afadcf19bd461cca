// Storages and tensors as torch's pickles describe them, checked.
#include "formats/pickle_tensors.h"

#include <algorithm>

#include "formats/pickle_globals.h"

namespace redraw {
namespace {

using enum PickleKind;
constexpr std::size_t kMaxRank = 16;
constexpr std::int64_t kMaxElements = std::int64_t{1} << 48;

std::vector<std::int64_t> sides_of(const PickleValue& value, const char* what, const Fault& fault) {
  std::vector<std::int64_t> sides;
  if ((value.kind != kTuple && value.kind != kList) || value.items.size() > kMaxRank)
    fault.fail(std::string("a tensor's ") + what + " are odd");
  for (const PickleValue* item : value.items) {
    if (item->kind != kInteger) fault.fail(std::string("a tensor's ") + what + " hold something that is no number");
    if (item->integer < 0) fault.fail(std::string("a tensor has negative ") + what);
    sides.push_back(item->integer);
  }
  return sides;
}

/// Elements of the tensor, and the place of its last one.
struct Extent {
  std::int64_t elements = 1, last = 0;
};

Extent extent_of(const PickledTensor& tensor, const Fault& fault) {
  Extent extent{1, tensor.offset};
  if (std::find(tensor.shape.begin(), tensor.shape.end(), 0) != tensor.shape.end()) extent.elements = 0;
  for (std::size_t i = 0; i < tensor.shape.size(); ++i) {
    std::int64_t step = 0;
    const bool overflow =
        tensor.shape[i] > kMaxElements || __builtin_mul_overflow(extent.elements, tensor.shape[i], &extent.elements) ||
        __builtin_mul_overflow(std::max<std::int64_t>(tensor.shape[i] - 1, 0), tensor.strides[i], &step) ||
        __builtin_add_overflow(extent.last, step, &extent.last);
    if (overflow) fault.fail("a tensor's shape is larger than any file");
  }
  return extent;
}

}  // namespace

PickledStorage storage_of(const PickleValue& id, const Fault& fault) {
  const std::vector<PickleValue*>& parts = id.items;
  const bool right = id.kind == kTuple && parts.size() >= 5 && parts[0]->text == "storage" &&
                     parts[1]->kind == kGlobal && parts[1]->global->what == PickleGlobal::kStorage &&
                     parts[2]->kind == kText && parts[4]->kind == kInteger;
  if (!right) fault.fail("its pickle describes a storage in a way that torch does not");
  if (parts.size() > 5 && parts[5]->kind != kNone)
    fault.fail("it holds views of storages as torch before 0.4 wrote them", "save it again with a newer torch");
  if (parts[4]->integer < 0) fault.fail("it holds a storage of negative size");
  if (parts[4]->integer > kMaxElements) fault.fail("a storage is announced to be larger than any file");
  return {storage_type(*parts[1]->global, fault), parts[2]->text, parts[4]->integer};
}

PickledTensor tensor_of(const std::vector<PickleValue*>& arguments, const std::vector<PickledStorage>& storages,
                        const Fault& fault) {
  if (arguments.size() < 4 || arguments[0]->kind != kStorage || arguments[1]->kind != kInteger)
    fault.fail("its pickle describes a tensor in a way that torch does not");
  PickledTensor tensor{static_cast<std::size_t>(arguments[0]->integer), sides_of(*arguments[2], "sizes", fault),
                       sides_of(*arguments[3], "strides", fault), arguments[1]->integer};
  if (tensor.shape.size() != tensor.strides.size()) fault.fail("a tensor's sizes and strides differ in number");
  if (tensor.offset < 0) fault.fail("a tensor has a negative offset into its storage");
  const Extent extent = extent_of(tensor, fault);
  const std::int64_t held = storages[tensor.storage].elements;
  if (extent.elements > 0 && extent.last >= held) fault.fail("a tensor reaches beyond its storage");
  if (extent.elements > held) fault.fail("a tensor has more elements than its storage");
  return tensor;
}

}  // namespace redraw
