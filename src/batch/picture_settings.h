// Picture settings: what a single picture is redrawn with otherwise than the recipe says.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "batch/inputs.h"
#include "recipe/manifest.h"
#include "recipe/styles.h"

namespace redraw {

/// Lays settings of a picture's own over the recipe, each layer over the one before: its infotext (png_info), its
/// prompt file (prompt_from), its sidecar photo.redraw.yaml, its row of the manifest, and the command line again.
class PictureSettings {
 public:
  /// Reads manifest and styles; what is wrong in them is appended to errors.
  PictureSettings(const Recipe& recipe, std::vector<Error>& errors);

  /// The recipe with all layers, and its prompts finished; nullopt: the picture has nothing of its own.
  /// request_errors  mistakes of the request, which let nothing run
  /// Errors: what is wrong with this picture alone, such as no infotext for {source.prompt}.
  std::optional<Recipe> own_recipe(const Input& input, std::vector<Error>& request_errors);

  /// Styles laid around the prompts, then comments taken out, as A1111 does. Errors: kRequest.
  void finish_prompts(Recipe& recipe) const;

  /// Rows of the manifest that no picture has asked for.
  std::vector<const ManifestRow*> unused_rows() const;

 private:
  struct Row {
    ManifestRow row;
    bool used = false;
  };
  using Layer = std::vector<Setting>;

  std::vector<Layer> layers_of(const Input& input, std::vector<Error>& request_errors);
  Layer infotext_layer(const Input& input) const;
  Layer prompt_layer(const Input& input) const;
  std::vector<Layer> sidecar_layers(const Input& input, std::vector<Error>& request_errors) const;

  const Recipe& recipe_;
  std::map<std::string, Row> rows_;  // by canonical path
  std::vector<Style> styles_;
  std::vector<std::string> info_keys_;
};

/// The pictures of the recipe's manifest, in its order; empty without a manifest.
std::vector<std::string> manifest_inputs(const Recipe& recipe);

/// {source.prompt} and {source.negative_prompt} in a prompt, out of the picture's own infotext.
/// Errors: kFile where there is none, kRequest for another word in {source.}.
std::string fill_source(const std::string& prompt, const Input& input, const std::string& where);

}  // namespace redraw
