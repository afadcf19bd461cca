// What a pickle of tensors is made of.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "formats/element_types.h"

namespace redraw {

/// What a global of the few that are known stands for.
enum class PickleGlobal : std::uint8_t {
  kDict,          // OrderedDict
  kParameterDict,
  kSet,
  kStorage,       // torch.FloatStorage and its kin
  kTensor,        // torch._utils._rebuild_tensor, _v2
  kParameter,     // torch._utils._rebuild_parameter, _with_state
  kEncode,        // _codecs.encode
  kOpaque,        // NumPy scalars and arrays, Lightning's ModelCheckpoint: kept, never looked into
};

struct GlobalRow {
  std::string_view module, name;
  PickleGlobal what;
};

enum class PickleKind : std::uint8_t {
  kNone,
  kBool,
  kInteger,
  kFloat,
  kText,
  kBytes,
  kTuple,
  kList,
  kSet,
  kDict,
  kGlobal,
  kStorage,
  kTensor,
  kOpaque
};

struct PickleValue {
  PickleKind kind = PickleKind::kNone;
  bool is_parameter_dict = false;     // a kDict whose items come by BUILD
  std::int64_t integer = 0;           // kBool, kInteger; kStorage, kTensor: the index in the pickle's lists
  double number = 0;                  // kFloat
  std::string_view text;              // kText, kBytes
  std::vector<PickleValue*> items;    // kDict: a key, then its value, and so on
  const GlobalRow* global = nullptr;  // kGlobal
};

struct PickledStorage {
  ElementType type{};
  std::string_view key;
  std::int64_t elements = 0;  // as announced; >= 0
};

/// Inside its storage, as far as the storage has what it announces.
struct PickledTensor {
  std::size_t storage = 0;  // index
  std::vector<std::int64_t> shape, strides;
  std::int64_t offset = 0;
};

}  // namespace redraw
