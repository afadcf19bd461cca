// Convolutions and linear layers by oneDNN with weights in its own layout, and what it does on the way out.
#include "nn/onednn.h"

#include <ATen/ATen.h>
#include <ATen/core/dispatch/Dispatcher.h>

namespace redraw::onednn {
namespace {

using at::Tensor;
using MaybeTensor = std::optional<Tensor>;
using Text = std::string_view;
using MaybeText = std::optional<std::string_view>;
using Scalars = c10::List<std::optional<at::Scalar>>;

// As libtorch 2.11 registers them in ATen/native/mkldnn/RegisterMkldnnOpContextClass.cpp.
using PackConv = Tensor(const Tensor&, at::IntArrayRef padding, at::IntArrayRef stride, at::IntArrayRef dilation,
                        std::int64_t groups, at::OptionalIntArrayRef input);
using PackLinear = Tensor(const Tensor&, std::optional<std::int64_t> rows);
using Conv = Tensor(const Tensor& x, const Tensor& weight, const MaybeTensor& bias, at::IntArrayRef padding,
                    at::IntArrayRef stride, at::IntArrayRef dilation, std::int64_t groups, Text unary, Scalars scalars,
                    MaybeText algorithm);
using ConvAdd = Tensor(const Tensor& x, const Tensor& other, const Tensor& weight, const MaybeTensor& bias,
                       at::IntArrayRef padding, at::IntArrayRef stride, at::IntArrayRef dilation, std::int64_t groups,
                       Text binary, std::optional<at::Scalar> alpha, MaybeText unary, Scalars scalars,
                       MaybeText algorithm);
using Linear = Tensor(const Tensor& x, const Tensor& weight, const MaybeTensor& bias, Text unary, Scalars scalars,
                      MaybeText algorithm);
using LinearAdd = Tensor(const Tensor& x, const Tensor& other, const Tensor& weight, const MaybeTensor& bias,
                         Text binary);

template <class Signature>
c10::TypedOperatorHandle<Signature> operator_of(const char* name, const char* overload = "") {
  return c10::Dispatcher::singleton().findSchemaOrThrow(name, overload).template typed<Signature>();
}

bool is_there() {
  static const bool found =
      at::hasMKLDNN() &&
      c10::Dispatcher::singleton().findSchema({"mkldnn::_reorder_convolution_weight", ""}).has_value() &&
      c10::Dispatcher::singleton().findSchema({"mkldnn::_reorder_linear_weight", ""}).has_value();
  return found;
}

/// As ATen asks before it gives bf16 to oneDNN.
bool takes_bf16() {
#if defined(__x86_64__)
  static const bool has =
      __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq");
  return has;
#else
  return false;
#endif
}

bool takes(const Tensor& x) {
#if defined(__x86_64__)
  return x.device().is_cpu() && x.numel() > 0 && is_there() &&
         (x.scalar_type() == at::kFloat || (x.scalar_type() == at::kBFloat16 && takes_bf16()));
#else
  static_cast<void>(x);
  return false;
#endif
}

/// One number for each map is for ATen to spread. Maps of one pixel or channel have the strides of several layouts, and
/// oneDNN refuses to add what it takes for another.
bool is_ambiguous(const Tensor& map) { return map.size(1) == 1 || map.size(2) * map.size(3) == 1; }

MaybeTensor maybe(const Tensor& tensor) { return tensor.defined() ? MaybeTensor(tensor) : std::nullopt; }

Scalars slope_of(const Finish& finish) {
  Scalars scalars;
  if (finish.leaky) scalars.push_back(at::Scalar(*finish.leaky));
  return scalars;
}

}  // namespace

bool takes_conv(const Tensor& x, at::IntArrayRef weight) { return takes(x) && x.dim() == 4 && weight.size() == 4; }

bool takes_linear(const Tensor& x, at::IntArrayRef weight) { return takes(x) && weight.size() >= 2; }

Tensor pack_conv(const Tensor& weight, const Tensor& x, std::int64_t stride, std::int64_t padding) {
  static const auto pack = operator_of<PackConv>("mkldnn::_reorder_convolution_weight");
  return pack.call(weight, {padding, padding}, {stride, stride}, {1, 1}, 1, x.sizes());
}

Tensor pack_linear(const Tensor& weight, std::int64_t rows) {
  static const auto pack = operator_of<PackLinear>("mkldnn::_reorder_linear_weight");
  return pack.call(weight.contiguous(), rows);
}

Tensor conv(const Tensor& x, const Tensor& packed, const Tensor& bias, std::int64_t stride, std::int64_t padding,
            const Finish& finish) {
  const Tensor map = x.contiguous(at::MemoryFormat::ChannelsLast);
  const std::int64_t pads[] = {padding, padding}, strides[] = {stride, stride}, dilation[] = {1, 1};
  if (!finish.add.defined()) {
    static const auto run = operator_of<Conv>("mkldnn::_convolution_pointwise");
    return run.call(map, packed, maybe(bias), pads, strides, dilation, 1, finish.leaky ? "leaky_relu" : "none",
                    slope_of(finish), "");
  }
  if (is_ambiguous(finish.add)) return conv(x, packed, bias, stride, padding).add_(finish.add);
  static const auto run = operator_of<ConvAdd>("mkldnn::_convolution_pointwise", "binary");
  const Tensor other = finish.add.contiguous(at::MemoryFormat::ChannelsLast);
  return run.call(map, other, packed, maybe(bias), pads, strides, dilation, 1, "add", at::Scalar(1.0), std::nullopt,
                  Scalars(), std::nullopt);
}

Tensor linear(const Tensor& x, const Tensor& packed, const Tensor& bias, const Finish& finish) {
  if (!finish.add.defined()) {
    static const auto run = operator_of<Linear>("mkldnn::_linear_pointwise");
    return run.call(x.contiguous(), packed, maybe(bias), "none", Scalars(), "");
  }
  static const auto run = operator_of<LinearAdd>("mkldnn::_linear_pointwise", "binary");
  return run.call(x.contiguous(), finish.add.contiguous(), packed, maybe(bias), "add");
}

}  // namespace redraw::onednn
