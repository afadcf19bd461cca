// Named weights of a network: tensors by key below a prefix, brought to device and format once.
#include "nn/weights.h"

#include <ATen/ATen.h>

#include "redraw/error.h"

namespace redraw {

const at::Tensor& Weights::raw(const std::string& name) const {
  const auto found = source_->state_dict->find(prefix_ + name);
  if (found == source_->state_dict->end())
    throw Error(ErrorKind::kModel, "the model \"" + source_->file + "\" is incomplete", source_->file,
                "the key \"" + prefix_ + name + "\" is missing", "fetch or export the file again");
  return found->second;
}

at::ScalarType Weights::narrow_format(const std::string& name) const {
  const at::ScalarType dtype = raw(name).scalar_type();
  return dtype == at::kHalf || dtype == at::kBFloat16 ? dtype : source_->dtype;
}

at::Tensor Weights::own(const std::string& name, at::ScalarType dtype) const {
  const at::Tensor& tensor = raw(name);
  const bool image_like = tensor.dim() == 4 && tensor.size(2) > 1;
  const at::Tensor moved = tensor.to(source_->device, dtype);
  const at::Tensor laid = image_like ? moved.contiguous(at::MemoryFormat::ChannelsLast) : moved.contiguous();
  // Never a view of the map: pages of a file that is cut short later would end the process.
  const at::Tensor own = tensor.is_cpu() && laid.const_data_ptr() == tensor.const_data_ptr() ? laid.clone() : laid;
  release(tensor);
  return own;
}

}  // namespace redraw
