// Tests of nn/recorded_call: when calls are recorded, what is replayed, and what a failure changes.
#include <catch2/catch.hpp>

#include <ATen/ATen.h>

#include "nn/recorded_call.h"

using namespace redraw;

namespace {

int recorded = 0, replayed = 0, worked = 0;
bool refuses = false;

/// As a GPU would: the same work on the same memory, without asking the function again.
class Replay : public Recording {
 public:
  explicit Replay(std::function<void()> work) : work_(std::move(work)) {}
  void replay() override {
    ++replayed;
    work_();
  }

 private:
  std::function<void()> work_;
};

std::unique_ptr<Recording> record(const std::function<void()>& work) {
  ++recorded;
  if (refuses) throw std::runtime_error("no room for it\nException raised from somewhere");
  work();
  return std::make_unique<Replay>(work);
}

at::Tensor twice_and_more(const RecordedCall::Inputs& inputs) {
  ++worked;
  return inputs[1].defined() ? inputs[0] * 2 + inputs[1] : inputs[0] * 2;
}

RecordedCall make(std::size_t capacity = 4) {
  recorded = replayed = worked = 0;
  refuses = false;
  return RecordedCall(twice_and_more, record, capacity);
}

at::Tensor filled(std::int64_t size, double value) { return at::full({size}, value); }

float call(RecordedCall& net, std::int64_t size, double value, bool mode = false) {
  return net({filled(size, value), {}}, mode)[0].item<float>();
}

}  // namespace

CATCH_TEST_CASE("recorded call: the third call of a shape is recorded, later ones are replayed on new inputs", "[nn]") {
  RecordedCall net = make();
  for (int i = 1; i <= 6; ++i) {
    CATCH_CHECK(call(net, 3, i) == 2.0F * static_cast<float>(i));
    CATCH_CHECK(recorded == (i >= 3 ? 1 : 0));
    CATCH_CHECK(replayed == std::max(0, i - 2));
  }
}

CATCH_TEST_CASE("recorded call: shape, number format, missing inputs and mode each have a recording of their own",
                "[nn]") {
  RecordedCall net = make();
  const std::vector<std::pair<RecordedCall::Inputs, bool>> kinds = {{{filled(3, 1), {}}, false},
                                                                    {{filled(4, 1), {}}, false},
                                                                    {{filled(3, 1).to(at::kDouble), {}}, false},
                                                                    {{filled(3, 1), filled(3, 5)}, false}};
  for (int round = 0; round < 4; ++round)
    for (const auto& [inputs, mode] : kinds) {
      const at::Tensor got = net(inputs, mode);
      CATCH_CHECK(got.sizes() == inputs[0].sizes());
      CATCH_CHECK(got.scalar_type() == inputs[0].scalar_type());
      CATCH_CHECK(got[0].item<double>() == (inputs[1].defined() ? 7 : 2));
    }
  CATCH_CHECK(recorded == 4);
  for (int i = 0; i < 3; ++i) call(net, 3, 1, true);
  CATCH_CHECK(recorded == 5);
}

CATCH_TEST_CASE("recorded call: what it gave stays as it was after the next call", "[nn]") {
  RecordedCall net = make();
  for (int i = 0; i < 3; ++i) call(net, 2, 1);
  const at::Tensor first = net({filled(2, 1), {}}, false), second = net({filled(2, 10), {}}, false);
  CATCH_CHECK(first[0].item<float>() == 2);
  CATCH_CHECK(second[0].item<float>() == 20);
}

CATCH_TEST_CASE("recorded call: the recording that was not used for longest goes first", "[nn]") {
  RecordedCall net = make(2);
  for (int i = 0; i < 3; ++i) call(net, 1, 1);
  for (int i = 0; i < 3; ++i) call(net, 2, 1);
  call(net, 1, 1);  // 2 is the older one now
  call(net, 3, 1);
  const int before = recorded;
  call(net, 1, 1);
  CATCH_CHECK(recorded == before);
  for (int i = 0; i < 3; ++i) call(net, 2, 1);
  CATCH_CHECK(recorded == before + 1);
}

CATCH_TEST_CASE("recorded call: what cannot be recorded is computed, tried once and named", "[nn]") {
  RecordedCall net = make();
  refuses = true;
  for (int i = 1; i <= 6; ++i) CATCH_CHECK(call(net, 3, i) == 2.0F * static_cast<float>(i));
  CATCH_CHECK(recorded == 1);
  CATCH_CHECK(replayed == 0);
  CATCH_CHECK(net.problem() == "no room for it");
}

CATCH_TEST_CASE("recorded call: without a recorder every call is an ordinary one", "[nn]") {
  worked = 0;
  RecordedCall net(twice_and_more);
  for (int i = 1; i <= 5; ++i) CATCH_CHECK(call(net, 3, i) == 2.0F * static_cast<float>(i));
  CATCH_CHECK(worked == 5);
}
