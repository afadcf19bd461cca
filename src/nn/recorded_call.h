// Calls of a network that are recorded once for each shape of their inputs and replayed (CUDA graphs).
#pragma once

#include <functional>
#include <list>
#include <memory>
#include <string>
#include <vector>

#include <ATen/core/Tensor.h>

namespace redraw {

/// Work of a device that can be done again, on the same memory.
class Recording {
 public:
  virtual ~Recording() = default;
  virtual void replay() = 0;
};

/// Runs the work while the device writes down what it is asked to do. Errors: what the device does not record.
using Record = std::unique_ptr<Recording> (*)(const std::function<void()>& work);

/// A function of tensors that is called again and again with inputs of few shapes.
class RecordedCall {
 public:
  using Inputs = std::vector<at::Tensor>;  // undefined ones too
  using Function = std::function<at::Tensor(const Inputs&)>;

  /// record    nullptr: every call is an ordinary one
  /// capacity  recordings that are kept; the one that was not used for longest goes first
  explicit RecordedCall(Function function, Record record = nullptr, std::size_t capacity = 4)
      : function_(std::move(function)), record_(record), capacity_(capacity) {}

  /// The function's value. The first calls of a shape are ordinary ones (libraries choose their algorithms in them);
  /// then it is recorded. What cannot be recorded is never tried again: see problem().
  ///
  /// mode  whatever else the function's work depends on
  at::Tensor operator()(const Inputs& inputs, bool mode);

  /// Whether calls are recorded: there is a recorder, and nothing went wrong so far.
  bool records() const { return record_ != nullptr && problem_.empty(); }
  /// Why nothing is recorded any more; empty: all is well.
  const std::string& problem() const { return problem_; }

 private:
  struct Key {
    std::vector<std::vector<std::int64_t>> shapes;
    std::vector<at::ScalarType> types;
    bool mode;
    bool operator==(const Key&) const = default;
  };
  struct Entry {
    Key key;
    int ordinary_calls = 0;
    Inputs inputs = {};  // memory that the recording reads
    at::Tensor output = {};
    std::unique_ptr<Recording> recording = nullptr;
  };

  static Key key_of(const Inputs& inputs, bool mode);
  Entry& entry_of(Key key);
  bool record_into(Entry& entry, const Inputs& inputs);

  Function function_;
  Record record_;
  std::size_t capacity_;
  std::list<Entry> entries_;  // the last used first
  std::string problem_;
};

}  // namespace redraw
