// Golden rows of the models room: text, UNet, VAE, loading, refusals.
#include <ATen/ATen.h>
#include <ATen/CPUGeneratorImpl.h>
#include <c10/core/InferenceMode.h>

#include <map>

#include "inspect/embedding.h"
#include "lora/merge.h"
#include "models/embeddings.h"
#include "models/families.h"
#include "models/text_chunks.h"
#include "models/unet.h"
#include "models/vae.h"
#include "models/vae_keys.h"
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
  return name == "None"      ? Emphasis::kNone
         : name == "Ignore"  ? Emphasis::kIgnore
         : name == "No norm" ? Emphasis::kNoNorm
                             : Emphasis::kOriginal;
}

TextOptions text_options(const Case& c) {
  TextOptions options;
  options.clip_skip = c.inputs.value("clip_skip", 1);
  options.emphasis = emphasis_of(c.inputs.value("emphasis", Json("Original")));
  options.blank = c.inputs.value("negative", false) && c.inputs.at("prompt") == "";
  options.size = {c.inputs.value("width", 1024), c.inputs.value("height", 1024)};
  options.crop_top = c.inputs.value("crop_top", 0);
  options.crop_left = c.inputs.value("crop_left", 0);
  options.clip_l_skip = c.inputs.value("sdxl_clip_l_skip", false);
  return options;
}

/// Names of the files in the case's folder, and whether each fits the model, in order.
std::map<std::string, std::pair<std::filesystem::path, bool>> embedding_files(const Case& c,
                                                                              const ModelTraits& traits) {
  std::map<std::string, std::pair<std::filesystem::path, bool>> files;
  for (const auto& entry : std::filesystem::directory_iterator(c.path(c.inputs.at("embeddings").get<std::string>()))) {
    const EmbeddingFacts facts = embedding_facts(read_model_file(entry.path()), entry.path());
    files[entry.path().stem().string()] = {entry.path(), fits(facts, traits.text_widths, entry.path())};
  }
  return files;
}

PromptEmbeddings embeddings_of(const Case& c, const ModelTraits& traits) {
  std::vector<Embedding> all;
  if (c.inputs.contains("embeddings"))
    for (const auto& [name, file] : embedding_files(c, traits))
      if (file.second) all.push_back(load_embedding({name, file.first}, traits));
  return prompt_embeddings(std::move(all), traits, tokenizer());
}

Failure embeddings_list(const Case& c) {
  const c10::InferenceMode guard;
  const ModelTraits& traits = model_of(c, c.inputs.at("checkpoint")).traits();
  Json got = {{"loaded", Json::array()}, {"skipped", Json::array()}, {"vectors", Json::object()}};
  for (const auto& [name, file] : embedding_files(c, traits)) got[file.second ? "loaded" : "skipped"].push_back(name);
  for (const Embedding& embedding : embeddings_of(c, traits).all)
    got["vectors"][embedding.name] = embedding.vectors[0].size(0);
  return compare(got, c.expected);
}

/// Tokens of all chunks one after the other, [[id, ...]], and what stands in the chunks instead of them.
Failure compare_tokens(const PromptRow& row, const PromptEmbeddings& embeddings, const Case& c) {
  Json fixes = Json::array();
  std::vector<std::int64_t> tokens;
  for (const TokenChunk& chunk : row.chunks[0]) {
    Json& all = fixes.emplace_back(Json::array());
    for (const EmbeddingFix& fix : chunk.fixes) all.push_back({fix.offset, embeddings.all[fix.number].name});
    tokens.insert(tokens.end(), chunk.tokens.begin(), chunk.tokens.end());
  }
  if (c.expected.contains("fixes") && fixes != c.expected.at("fixes")) return "fixes: " + fixes.dump();
  if (!c.expected.contains("tokens")) return "";
  return tokens == c.array(c.expected.at("tokens")).ints ? "" : "the tokens are others";
}

TextVectors encode_prompt(const Model& model, const std::string& prompt, const TextOptions& options) {
  return model.embed(tokenize_rows(model.traits(), tokenizer(), {prompt}, options.emphasis), options);
}

Failure prompt_encode(const Case& c) {
  const c10::InferenceMode guard;
  const Model& model = model_of(c, c.inputs.at("checkpoint"));
  const PromptEmbeddings embeddings = embeddings_of(c, model.traits());
  TextOptions options = text_options(c);
  options.embeddings = embeddings.all;
  const auto rows = tokenize_rows(model.traits(), tokenizer(), {c.inputs.at("prompt").get<std::string>()},
                                  options.emphasis, options.comma_backtrack, embeddings.words);
  if (Failure f = compare_tokens(rows[0], embeddings, c); !f.empty()) return f;
  const TextVectors got = model.embed(rows, options);
  if (Failure f = compare(got.context, c.array(c.expected.at("crossattn")), c.tolerance); !f.empty())
    return "crossattn: " + f;
  if (!c.expected.contains("vector")) return "";
  const Failure f = compare(got.vector, c.array(c.expected.at("vector")), c.tolerance);
  return f.empty() ? f : "vector: " + f;
}

/// The case's x holds the channels of the picture too.
Failure unet(const Case& c) {
  const c10::InferenceMode guard;
  const Model& model = model_of(c, c.inputs.at("checkpoint"));
  const auto tensor = [&](const char* name) {
    return c.inputs.contains(name) ? to_tensor(c.array(c.inputs.at(name))) : at::Tensor();
  };
  return compare(model.predict(tensor("x"), tensor("timesteps"), {tensor("context"), tensor("y")}, {}),
                 c.array(c.expected.at("out")), c.tolerance);
}

Failure lora_deltas(const Case& c) {
  const c10::InferenceMode guard;
  Case without = c;
  without.inputs.erase("lora");
  const Model& model = model_of(without, c.inputs.at("checkpoint"));
  StateDict before;
  for (const auto& [key, weight] : model.weights()) before[key] = weight.tensor().clone();
  const MergedLora merged = use_loras(model, c);
  if (Failure f = compare(Json(merged.matched), c.expected.at("layers_matched")); !f.empty())
    return "layers_matched: " + f;
  for (const auto& [key, name] : c.expected.at("deltas").items())
    if (Failure f = compare(model.weights().at(key).tensor() - before.at(key), c.array(name), c.tolerance); !f.empty())
      return key + ": " + f;
  use_loras(model, without);
  for (const auto& [key, weight] : model.weights())
    if (!weight.tensor().equal(before.at(key))) return key + " is another one after the LoRA is taken out";
  return "";
}

const Model& vae_of(const Case& c) {
  const std::string checkpoint = c.inputs.value("checkpoint", "files/sd15_fp16.safetensors");
  std::string vae;
  for (const char* key : {"vae", "vae_file", "file"})
    if (c.inputs.contains(key) && c.inputs.at(key).is_string()) vae = c.inputs.at(key);
  return model_of(c, checkpoint, vae);
}

/// The autoencoder alone, for what the Model does not give out.
Failure check_posterior(const Case& c, const at::Tensor& image) {
  const std::string name = c.inputs.value("vae", c.inputs.at("checkpoint").get<std::string>());
  const StateDict keys = plain_vae_keys(load_tensors(c.path(name)));
  const WeightsSource source{&keys, name, at::kCPU, at::kFloat};
  const auto [mean, logvar] = Vae(Weights(source, "")).encode(image);
  if (Failure f = compare(mean, c.array(c.expected.at("mean")), c.tolerance); !f.empty()) return "mean: " + f;
  const Failure f = compare(logvar, c.array(c.expected.at("logvar")),
                            {{"atol", c.tolerance.at("logvar_atol")}, {"rtol", c.tolerance.at("rtol")}});
  return f.empty() ? f : "logvar: " + f;
}

Failure vae_encode(const Case& c) {
  const c10::InferenceMode guard;
  const Model& model = vae_of(c);
  const at::Tensor image = to_tensor(c.array(c.inputs.at("image_u8"))).permute({2, 0, 1}).unsqueeze(0) / 255 * 2 - 1;
  const Failure f = compare(model.encode(image), c.array(c.expected.at("latent_of_mean")), c.tolerance);
  return f.empty() ? check_posterior(c, image) : f;
}

Failure vae_decode(const Case& c) {
  const c10::InferenceMode guard;
  const Model& model = vae_of(c);
  return compare(model.decode(to_tensor(c.array(c.inputs.at("latent")))), c.array(c.expected.at("image")), c.tolerance);
}

Failure schedule(const Case& c) {
  const std::vector<float>& alphas = model_of(c, c.inputs.at("checkpoint")).traits().alphas_cumprod;
  const NoiseLevels levels(alphas);
  const auto check = [&](const char* name, const std::vector<float>& got) {
    const Array expected = c.array(c.expected.at(name));
    const Failure f = compare(got, expected.shape, expected, c.tolerance);
    return f.empty() ? f : std::string(name) + ": " + f;
  };
  std::vector<float> t;
  for (const Json& sigma : c.expected.at("sigma_to_t_of")) t.push_back(static_cast<float>(levels.t_of_sigma(sigma)));
  const std::vector<double> uniform = schedule_sigmas(*find_scheduler("uniform"), 10, levels);
  for (const Failure& f : {check("alphas_cumprod", alphas), check("sigmas", levels.sigmas()), check("sigma_to_t", t),
                           check("default_schedule_10", {uniform.begin(), uniform.end()})})
    if (!f.empty()) return f;
  return "";
}

/// The named probe (a unet case) and text case of the other file, run on this one.
Failure same_model(const Case& c) {
  const c10::InferenceMode guard;
  const Model& model = model_of(c, c.inputs.at("checkpoint"));
  const Model& twin = model_of(c, c.inputs.at("as"));
  const at::Tensor x = at::randn({1, 4, 8, 8}, at::make_generator<at::CPUGeneratorImpl>(1)), t = at::full({1}, 321.5);
  const auto outputs = [&](const Model& m) {
    const TextVectors text = encode_prompt(m, "a photo of a cat", {});
    return at::cat({text.context.flatten(), m.predict(x, t, text, {}).flatten(), m.decode(x).flatten()});
  };
  const at::Tensor got = outputs(model), expected = outputs(twin);
  return at::allclose(got, expected, c.tolerance.at("rtol"), c.tolerance.at("atol"))
             ? ""
             : "the two files give different models";
}

/// The encoder is replaced by sin(0.37 token + channel) + table[position, channel].
Failure emphasis_row(const Case& c) {
  constexpr std::pair<std::string_view, Emphasis> kModes[] = {{"Original", Emphasis::kOriginal},
                                                              {"No norm", Emphasis::kNoNorm},
                                                              {"Ignore", Emphasis::kIgnore},
                                                              {"None", Emphasis::kNone}};
  const std::string wanted = c.inputs.at("mode");
  const Emphasis mode =
      std::find_if(std::begin(kModes), std::end(kModes), [&](const auto& row) { return row.first == wanted; })->second;
  const bool open_clip = c.inputs.at("tokenizer") != "clip_l";
  static const Tokenizer tokenizer = Tokenizer::load(Tokenizer::find_vocabulary());
  ModelTraits traits;
  traits.text_encoders = {open_clip ? Spelling::kOpenClip : Spelling::kClip};
  const std::vector<PromptRow> rows =
      tokenize_rows(traits, tokenizer, {c.inputs.at("prompt").get<std::string>()}, mode);
  const at::Tensor table = to_tensor(c.array(c.inputs.at("table")));
  std::vector<at::Tensor> all;
  for (std::size_t i = 0; i < rows[0].chunks[0].size(); ++i) {
    const ChunkBatch chunk = chunk_batch(rows, 0, i, at::kCPU);
    const at::Tensor ids = open_clip ? zero_after_end(chunk.ids) : chunk.ids;
    if (Failure f = compare(
            Json(std::vector<std::int64_t>(ids.data_ptr<std::int64_t>(), ids.data_ptr<std::int64_t>() + ids.numel())),
            c.expected.at("tokens")[i]);
        !f.empty())
      return "tokens: " + f;
    const at::Tensor z =
        (ids.unsqueeze(-1).to(at::kFloat) * 0.37 + at::arange(table.size(1), at::kFloat)).sin() + table;
    all.push_back(weigh(z, chunk, mode));
  }
  const Array expected = c.array(c.expected.at("z"));
  return compare(at::cat(all, 1).reshape(to_tensor(expected).sizes()), expected, c.tolerance.at("z"));
}

/// The net's own answer; inspect goes by the spread of one weight.
Failure v_probe_row(const Case& c) {
  const c10::InferenceMode guard;
  const StateDict keys = load_tensors(c.path(c.inputs.at("checkpoint")));
  const WeightsSource source{&keys, c.inputs.at("checkpoint"), at::kCPU, at::kFloat};
  const Unet net(Weights(source, "model.diffusion_model."), {});
  const double mean = v_probe(net, keys.at("cond_stage_model.model.ln_final.weight").size(0),
                              at::TensorOptions(at::kCPU).dtype(at::kFloat));
  if (Failure f = compare(Json(mean), c.expected.at("mean_of_out_minus_x"), c.tolerance); !f.empty()) return f;
  const bool agrees =
      (model_of(c, c.inputs.at("checkpoint")).traits().prediction == "v") == c.expected.at("is_v").get<bool>();
  return agrees ? "" : "the loaded model says otherwise";
}

Failure load_error(const Case& c) {
  const c10::InferenceMode guard;
  const std::string as = c.inputs.at("as"), file = c.inputs.at("file");
  try {
    const bool checkpoint = as == "checkpoint", vae = as == "vae";
    if (as == "upscaler") load_network(c.path(file), {at::kCPU, at::kFloat});
    else if (as == "embedding")
      load_embedding({"word", c.path(file)}, model_of(c, "files/sd15_fp16.safetensors").traits());
    else if (!checkpoint && !vae && as != "lora") load_tensors(c.path(file));
    else {
      const auto model = load_model(c.path(checkpoint ? file : "files/sd15_fp16.safetensors"),
                                    vae ? c.path(file) : std::filesystem::path(), {at::kCPU, at::kFloat});
      if (as == "lora") LoraMerger(model->weights()).apply({{"lora", c.path(file)}});
      // What loads has to refuse its first use, at the latest.
      if (checkpoint)
        model->predict(at::ones({1, 4, 8, 8}), at::full({1}, 321.5), encode_prompt(*model, "a cat", {}), {});
    }
  } catch (const Error& error) {
    for (const Json& word : c.expected.at("must_mention"))
      if (error.message().find(word.get<std::string>()) == std::string::npos)
        return "the message lacks " + word.dump() + ": " + error.message();
    for (const Json& word : as == "lora" || as == "embedding" || c.expected.at("error") == "nan"
                                ? c.expected.at("should_mention")
                                : Json::array())
      if (error.message().find(word.get<std::string>()) == std::string::npos)
        return "the message lacks " + word.dump() + ": " + error.message();
    return error.exit_code() == 70 ? "it ends as our own bug: " + error.message() : "";
  }
  throw Skip{"the file itself is sound; its use as " + as + " has to refuse it"};
}

}  // namespace

std::vector<Row> models_rows() {
  return {
      {"prompt_encode", prompt_encode}, {"embeddings_list", embeddings_list}, {"unet", unet},
      {"lora_deltas", lora_deltas}, {"vae_encode", vae_encode}, {"vae_decode", vae_decode},
      {"schedule", schedule}, {"same_model", same_model}, {"emphasis", emphasis_row}, {"v_probe", v_probe_row},
      {"load_error", load_error}};
}

}  // namespace redraw::golden
