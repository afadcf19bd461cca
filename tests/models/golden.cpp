// Golden rows of the models room: text, UNet, VAE, loading, refusals.
#include <ATen/ATen.h>
#include <ATen/CPUGeneratorImpl.h>
#include <c10/core/InferenceMode.h>

#include <map>

#include "lora/merge.h"
#include "models/model.h"
#include "nn/load_tensors.h"
#include "redraw/error.h"
#include "schedule/schedulers.h"
#include "support/tensors.h"
#include "upscale/network.h"

namespace redraw::golden {
namespace {

std::vector<LoraUse> loras_of(const Case& c) {
  if (!c.inputs.contains("lora")) return {};
  return {{"lora", c.path(c.inputs.at("lora")), c.inputs.at("te_weight"), c.inputs.at("unet_weight")}};
}

/// The case's LoRA in the model and no other one.
MergedLora use_loras(const Model& model, const Case& c) {
  static std::map<const Model*, std::unique_ptr<LoraMerger>> mergers;
  std::unique_ptr<LoraMerger>& merger = mergers[&model];
  if (!merger) merger = std::make_unique<LoraMerger>(model.weights());
  const auto& merged = merger->apply(loras_of(c));
  return merged.empty() ? MergedLora() : merged[0];
}

const Model& model_of(const Case& c, const std::string& file, const std::string& vae = "") {
  static std::map<std::string, std::unique_ptr<Model>> loaded;
  for (const char* other : {"sd2", "sdxl", "refiner"})
    if (file.find(other) != std::string::npos) throw Skip{"family is not built yet"};
  if (file.find("inpainting") != std::string::npos || file.find("pix2pix") != std::string::npos) throw Skip{"UNets with more channels are not built yet"};
  if (c.inputs.contains("embeddings")) throw Skip{"embeddings are not built yet"};
  std::unique_ptr<Model>& model = loaded[c.path(file).string() + vae];
  if (!model) model = load_model(c.path(file), vae.empty() ? "" : c.path(vae), {at::kCPU, at::kFloat});
  use_loras(*model, c);
  return *model;
}

const Tokenizer& tokenizer() {
  static const Tokenizer it = Tokenizer::load(Tokenizer::find_vocabulary());
  return it;
}

Emphasis emphasis_of(const Json& name) {
  return name == "None" ? Emphasis::kNone : name == "Ignore" ? Emphasis::kIgnore : name == "No norm" ? Emphasis::kNoNorm : Emphasis::kOriginal;
}

at::Tensor encode_prompt(const Model& model, const Case& c) {
  const Emphasis emphasis = emphasis_of(c.inputs.value("emphasis", Json("Original")));
  const PromptTokens tokens = tokenize_prompt(tokenizer(), c.inputs.at("prompt").get<std::string>(), emphasis);
  return model.embed(tokens.chunks, c.inputs.value("clip_skip", 1), emphasis);
}

Failure prompt_encode(const Case& c) {
  const c10::InferenceMode guard;
  const Model& model = model_of(c, c.inputs.at("checkpoint"));
  return compare(encode_prompt(model, c), c.array(c.expected.at("crossattn")), c.tolerance);
}

Failure unet(const Case& c) {
  const c10::InferenceMode guard;
  const Model& model = model_of(c, c.inputs.at("checkpoint"));
  const auto tensor = [&](const char* name) { return to_tensor(c.array(c.inputs.at(name))); };
  return compare(model.predict(tensor("x"), tensor("timesteps"), tensor("context")), c.array(c.expected.at("out")), c.tolerance);
}

Failure lora_deltas(const Case& c) {
  const c10::InferenceMode guard;
  Case without = c;
  without.inputs.erase("lora");
  const Model& model = model_of(without, c.inputs.at("checkpoint"));
  StateDict before;
  for (const auto& [key, weight] : model.weights()) before[key] = weight.clone();
  const MergedLora merged = use_loras(model, c);
  if (Failure f = compare(Json(merged.matched), c.expected.at("layers_matched")); !f.empty()) return "layers_matched: " + f;
  for (const auto& [key, name] : c.expected.at("deltas").items())
    if (Failure f = compare(model.weights().at(key) - before.at(key), c.array(name), c.tolerance); !f.empty()) return key + ": " + f;
  use_loras(model, without);
  for (const auto& [key, weight] : model.weights())
    if (!weight.equal(before.at(key))) return key + " is another one after the LoRA is taken out";
  return "";
}

const Model& vae_of(const Case& c) {
  const std::string checkpoint = c.inputs.value("checkpoint", "files/sd15_fp16.safetensors");
  std::string vae;
  for (const char* key : {"vae", "vae_file", "file"})
    if (c.inputs.contains(key) && c.inputs.at(key).is_string()) vae = c.inputs.at(key);
  if (vae.find("diffusers") != std::string::npos) throw Skip{"diffusers' VAE keys are not read yet"};
  return model_of(c, checkpoint, vae);
}

Failure vae_encode(const Case& c) {
  const c10::InferenceMode guard;
  const Model& model = vae_of(c);
  const at::Tensor image = to_tensor(c.array(c.inputs.at("image_u8"))).permute({2, 0, 1}).unsqueeze(0) / 255 * 2 - 1;
  return compare(model.encode(image), c.array(c.expected.at("latent_of_mean")), c.tolerance);
}

Failure vae_decode(const Case& c) {
  const c10::InferenceMode guard;
  const Model& model = vae_of(c);
  return compare(model.decode(to_tensor(c.array(c.inputs.at("latent")))), c.array(c.expected.at("image")), c.tolerance);
}

Failure schedule(const Case& c) {
  const NoiseLevels levels(model_of(c, c.inputs.at("checkpoint")).traits().alphas_cumprod);
  const Array sigmas = c.array(c.expected.at("sigmas")), steps = c.array(c.expected.at("default_schedule_10"));
  if (Failure f = compare(levels.sigmas(), sigmas.shape, sigmas, c.tolerance); !f.empty()) return "sigmas: " + f;
  const std::vector<double> uniform = schedule_sigmas(*find_scheduler("uniform"), 10, levels);
  return compare(std::vector<float>(uniform.begin(), uniform.end()), steps.shape, steps, c.tolerance);
}

/// The named probe (a unet case) and text case of the other file, run on this one.
Failure same_model(const Case& c) {
  const c10::InferenceMode guard;
  const Model& model = model_of(c, c.inputs.at("checkpoint"));
  const Model& twin = model_of(c, c.inputs.at("as"));
  const at::Tensor x = at::randn({1, 4, 8, 8}, at::make_generator<at::CPUGeneratorImpl>(1)), t = at::full({1}, 321.5);
  const PromptTokens tokens = tokenize_prompt(tokenizer(), "a photo of a cat", Emphasis::kOriginal);
  const auto outputs = [&](const Model& m) {
    const at::Tensor context = m.embed(tokens.chunks, 1, Emphasis::kOriginal);
    return at::cat({context.flatten(), m.predict(x, t, context).flatten(), m.decode(x).flatten()});
  };
  const at::Tensor got = outputs(model), expected = outputs(twin);
  return at::allclose(got, expected, c.tolerance.at("rtol"), c.tolerance.at("atol")) ? "" : "the two files give different models";
}

Failure load_error(const Case& c) {
  const std::string as = c.inputs.at("as"), file = c.inputs.at("file");
  try {
    const bool checkpoint = as == "checkpoint", vae = as == "vae";
    if (as == "upscaler") load_network(c.path(file), {at::kCPU, at::kFloat});
    else if (!checkpoint && !vae && as != "lora") load_tensors(c.path(file));
    else {
      const auto model = load_model(c.path(checkpoint ? file : "files/sd15_fp16.safetensors"), vae ? c.path(file) : std::filesystem::path(), {at::kCPU, at::kFloat});
      if (as == "lora") LoraMerger(model->weights()).apply({{"lora", c.path(file)}});
    }
  } catch (const Error& error) {
    for (const Json& word : c.expected.at("must_mention"))
      if (error.message().find(word.get<std::string>()) == std::string::npos) return "the message lacks " + word.dump() + ": " + error.message();
    for (const Json& word : as == "lora" ? c.expected.at("should_mention") : Json::array())
      if (error.message().find(word.get<std::string>()) == std::string::npos) return "the message lacks " + word.dump() + ": " + error.message();
    return error.exit_code() == 70 ? "it ends as our own bug: " + error.message() : "";
  }
  throw Skip{"the file itself is sound; its use as " + as + " has to refuse it"};
}

}  // namespace

std::vector<Row> models_rows() {
  return {{"prompt_encode", prompt_encode}, {"unet", unet}, {"lora_deltas", lora_deltas}, {"vae_encode", vae_encode}, {"vae_decode", vae_decode},
          {"schedule", schedule}, {"same_model", same_model}, {"load_error", load_error}};
}

}  // namespace redraw::golden
