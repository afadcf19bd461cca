// TABLE of the globals that a pickle of tensors may name.
#include "formats/pickle_globals.h"

namespace redraw {
namespace {

using enum PickleGlobal;
/// Names are compared, nothing is looked up: a name that is not here is refused.
constexpr GlobalRow kGlobals[] = {
    {"collections", "OrderedDict", kDict},
    {"torch._utils", "_rebuild_tensor", kTensor},
    {"torch._utils", "_rebuild_tensor_v2", kTensor},
    {"torch._utils", "_rebuild_parameter", kParameter},
    {"torch._utils", "_rebuild_parameter_with_state", kParameter},
    {"torch.nn.modules.container", "ParameterDict", kParameterDict},
    {"_codecs", "encode", kEncode},
    {"__builtin__", "set", kSet},
    {"builtins", "set", kSet},
    {"numpy", "dtype", kOpaque},
    {"numpy", "ndarray", kOpaque},
    {"numpy.core.multiarray", "scalar", kOpaque},
    {"numpy.core.multiarray", "_reconstruct", kOpaque},
    {"numpy._core.multiarray", "scalar", kOpaque},
    {"numpy._core.multiarray", "_reconstruct", kOpaque},
    {"pytorch_lightning.callbacks.model_checkpoint", "ModelCheckpoint", kOpaque},
    {"lightning.pytorch.callbacks.model_checkpoint", "ModelCheckpoint", kOpaque},
    {"torch", "DoubleStorage", kStorage},
    {"torch", "FloatStorage", kStorage},
    {"torch", "HalfStorage", kStorage},
    {"torch", "BFloat16Storage", kStorage},
    {"torch", "LongStorage", kStorage},
    {"torch", "IntStorage", kStorage},
    {"torch", "ShortStorage", kStorage},
    {"torch", "CharStorage", kStorage},
    {"torch", "ByteStorage", kStorage},
    {"torch", "BoolStorage", kStorage},
};

}  // namespace

const GlobalRow& find_global(std::string_view module, std::string_view name, const Fault& fault) {
  for (const GlobalRow& row : kGlobals)
    if (row.module == module && row.name == name) return row;
  const std::string full = quoted_name(std::string(module).append(".").append(name));
  if (module == "torch" && name.ends_with("Storage"))
    fault.fail("it holds a storage type that is not supported: " + full, "save its tensors in fp32, fp16 or bf16");
  fault.fail(
      "its pickle names " + full + ", which is no tensor or plain container: loading it elsewhere could run code",
      "take the .safetensors version, or save the bare state dictionary again");
}

ElementType storage_type(const GlobalRow& row, const Fault& fault) {
  for (const ElementTypeRow& type : element_types())
    if (type.storage == row.name) return type.type;
  fault.fail("it holds a storage type that is not supported: " + quoted_name(row.name));
}

}  // namespace redraw
