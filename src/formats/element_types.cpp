// TABLE of the number formats that tensors of model files have.
#include "formats/element_types.h"

namespace redraw {
namespace {

using enum ElementType;
constexpr ElementTypeRow kRows[] = {
    {kF64, 8, "fp64", "F64", "DoubleStorage"},   {kF32, 4, "fp32", "F32", "FloatStorage"},
    {kF16, 2, "fp16", "F16", "HalfStorage"},     {kBF16, 2, "bf16", "BF16", "BFloat16Storage"},
    {kF8E4M3, 1, "fp8 e4m3", "F8_E4M3", ""},     {kF8E5M2, 1, "fp8 e5m2", "F8_E5M2", ""},
    {kI64, 8, "int64", "I64", "LongStorage"},    {kI32, 4, "int32", "I32", "IntStorage"},
    {kI16, 2, "int16", "I16", "ShortStorage"},   {kI8, 1, "int8", "I8", "CharStorage"},
    {kU8, 1, "uint8", "U8", "ByteStorage"},      {kBool, 1, "bool", "BOOL", "BoolStorage"},
};

}  // namespace

std::span<const ElementTypeRow> element_types() { return kRows; }

const ElementTypeRow& row_of(ElementType type) { return kRows[static_cast<std::size_t>(type)]; }  // in the enum's order

}  // namespace redraw
