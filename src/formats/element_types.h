// TABLE of the number formats that tensors of model files have.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace redraw {

enum class ElementType : std::uint8_t { kF64, kF32, kF16, kBF16, kF8E4M3, kF8E5M2, kI64, kI32, kI16, kI8, kU8, kBool };

struct ElementTypeRow {
  ElementType type;
  std::uint64_t size;        // bytes
  std::string_view label;    // as messages name it
  std::string_view name;     // in a safetensors header
  std::string_view storage;  // torch's storage class; empty: torch.save writes it in another way
};

std::span<const ElementTypeRow> element_types();
const ElementTypeRow& row_of(ElementType type);

}  // namespace redraw
