// Calls of a network that are recorded once for each shape of their inputs and replayed.
#include "nn/recorded_call.h"

#include <ATen/ATen.h>

#include <algorithm>

namespace redraw {
namespace {

constexpr int kOrdinaryCalls = 2;

}  // namespace

RecordedCall::Key RecordedCall::key_of(const Inputs& inputs, bool mode) {
  Key key{{}, {}, mode};
  for (const at::Tensor& x : inputs) {
    key.shapes.push_back(x.defined() ? x.sizes().vec() : std::vector<std::int64_t>{-1});
    key.types.push_back(x.defined() ? x.scalar_type() : at::kFloat);
  }
  return key;
}

RecordedCall::Entry& RecordedCall::entry_of(Key key) {
  const auto found =
      std::find_if(entries_.begin(), entries_.end(), [&](const Entry& entry) { return entry.key == key; });
  if (found != entries_.end()) {
    entries_.splice(entries_.begin(), entries_, found);
  } else {
    if (entries_.size() >= capacity_) entries_.pop_back();
    entries_.push_front({std::move(key)});
  }
  return entries_.front();
}

bool RecordedCall::record_into(Entry& entry, const Inputs& inputs) {
  try {
    for (const at::Tensor& x : inputs) entry.inputs.push_back(x.defined() ? x.clone() : x);
    entry.recording = record_([&] { entry.output = function_(entry.inputs); });
    return true;
  } catch (const std::exception& error) {
    problem_ = error.what();
    problem_ = problem_.substr(0, problem_.find('\n'));
    entries_.clear();
    return false;
  }
}

at::Tensor RecordedCall::operator()(const Inputs& inputs, bool mode) {
  if (record_ == nullptr || !problem_.empty()) return function_(inputs);
  Entry& entry = entry_of(key_of(inputs, mode));
  if (!entry.recording) {
    if (entry.ordinary_calls++ < kOrdinaryCalls || !record_into(entry, inputs)) return function_(inputs);
  }
  for (std::size_t i = 0; i < inputs.size(); ++i)
    if (inputs[i].defined()) entry.inputs[i].copy_(inputs[i]);
  entry.recording->replay();
  return entry.output.clone();
}

}  // namespace redraw
