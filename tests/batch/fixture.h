// What the tests of the batch room share: a fresh folder, small pictures, an Engine of arithmetic.
#pragma once

#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <mutex>
#include <string>
#include <vector>

#include "base/files.h"
#include "image/png.h"
#include "redraw/engine.h"

namespace redraw::batch_test {

/// A folder that is gone afterwards.
class Folder {
 public:
  Folder() {
    std::string name = (std::filesystem::temp_directory_path() / "redraw-test-XXXXXX").string();
    path_ = ::mkdtemp(name.data());
  }
  ~Folder() { std::filesystem::remove_all(path_); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;

  std::filesystem::path operator/(const std::string& name) const { return path_ / name; }
  std::string text(const std::string& name) const { return (path_ / name).string(); }

  std::string write(const std::string& name, const std::string& bytes) const {
    std::filesystem::create_directories((path_ / name).parent_path());
    std::ofstream(path_ / name, std::ios::binary) << bytes;
    return text(name);
  }
  std::string picture(const std::string& name, const Image& image, std::vector<TextChunk> texts = {}) const {
    const auto bytes = encode_png(image, texts);
    return write(name, std::string(bytes.begin(), bytes.end()));
  }
  std::string picture(const std::string& name, int width = 16, int height = 16) const {
    Image image(width, height, 3);
    for (std::size_t i = 0; i < image.data.size(); ++i) image.data[i] = static_cast<std::uint8_t>(i * 7);
    return picture(name, image);
  }

 private:
  std::filesystem::path path_;
};

/// Inverts pictures, so that the control flow around a model can be watched without one.
class InvertingEngine : public Engine {
 public:
  std::vector<std::vector<std::string>> calls;  // stems of the inputs, one list per call
  std::string poison;                           // a call with this stem throws
  std::size_t most = 1000;                      // a call of more pictures throws
  int batch = 4;
  std::vector<std::string> notes;               // of every picture
  std::function<void()> in_step;

  InvertingEngine() {
    info_.family = "test";
    info_.model_name = "inverter";
    info_.model_sha256 = std::string(64, 'a');
    info_.device = "cpu";
    info_.dtype = "f32";
  }
  /// As an engine that loaded the file would know it.
  void hash_of(const std::filesystem::path& model) { info_.model_sha256 = sha256_of_file(model); }
  const ModelInfo& info() const override { return info_; }
  int auto_batch(Size) const override { return batch; }
  std::vector<Generated> run(std::span<const EngineTask> tasks,
                             const std::function<void(int, int)>& on_step) override {
    std::vector<Generated> all;
    calls.emplace_back();
    for (const EngineTask& task : tasks) calls.back().push_back(task.job->input_path.stem().string());
    if (tasks.size() > most) throw Error(ErrorKind::kDevice, "out of memory");
    if (in_step) in_step();
    for (const EngineTask& task : tasks) {
      if (task.job->input_path.stem() == poison) throw Error(ErrorKind::kDevice, "poisoned");
      Generated one;
      one.image = task.prepared->init_image;
      for (auto& value : one.image.data) value = static_cast<std::uint8_t>(255 - value);
      one.notes = notes;
      all.push_back(one);
    }
    on_step(1, 1);
    return all;
  }

 private:
  ModelInfo info_;
};

/// Hands the calls of an engine that the test keeps on to it.
class Borrowed : public Engine {
 public:
  explicit Borrowed(Engine& engine) : engine_(engine) {}
  const ModelInfo& info() const override { return engine_.info(); }
  int auto_batch(Size size) const override { return engine_.auto_batch(size); }
  std::vector<Generated> run(std::span<const EngineTask> tasks,
                             const std::function<void(int, int)>& on_step) override {
    return engine_.run(tasks, on_step);
  }

 private:
  Engine& engine_;
};

}  // namespace redraw::batch_test
