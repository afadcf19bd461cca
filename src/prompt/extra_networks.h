// Extra networks named in a prompt: <lora:name:0.8>.
#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace redraw {

/// <kind:a:b=c>: what stands between the colons, as it is and taken apart.
struct ExtraNetwork {
  std::string kind;                          // "lora", "hypernet"; upper and lower case differ
  std::vector<std::string> items;            // all, in order
  std::vector<std::string> positional;       // those without, or with more than one, "="
  std::map<std::string, std::string> named;  // those with one "="
};

/// As it stands in the prompt, "<lora:name:0.8>".
std::string text_of(const ExtraNetwork& network);

struct PromptNetworks {
  std::string prompt;  // without the <...>
  std::vector<ExtraNetwork> networks;
};

/// source A1111 1.10 extra_networks.parse_prompt; golden: ui/prompt extra_networks
PromptNetworks parse_extra_networks(std::string_view prompt);

struct BatchNetworks {
  std::vector<std::string> prompts;
  std::vector<ExtraNetwork> networks;
};

/// The prompts of one batch: all lose their <...>, but only the networks of the first are used.
/// source A1111 1.10 extra_networks.parse_prompts; golden: ui/prompt extra_networks_batch
BatchNetworks parse_extra_networks_batch(std::span<const std::string> prompts);

struct LoraRequest {
  std::string name;
  double text_weight = 1, unet_weight = 1;
  std::optional<int> dim = {};  // "dyn": only so many ranks
};

/// <lora:name:both>, <lora:name:text:unet:dim>, or te=, unet=, dyn=. Errors: kRequest for a missing name or
/// for what should be a number and is none.
/// source A1111 1.10 ExtraNetworkLora.activate; golden: ui/prompt extra_networks
LoraRequest lora_request(const ExtraNetwork& network);

/// "ink:0.8:1" of the setting `loras` as <lora:ink:0.8:1>. Errors: kRequest where it cannot stand in a prompt.
ExtraNetwork lora_setting(std::string_view text);

}  // namespace redraw
