// Extra networks named in a prompt: <lora:name:0.8>.
#include "prompt/extra_networks.h"

#include <algorithm>
#include <cctype>

#include "base/text.h"
#include "redraw/error.h"

namespace redraw {
namespace {

bool is_word(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return std::isalnum(byte) != 0 || c == '_' || byte >= 0x80;
}

/// One more than the place of the closing >, where <kind:...> begins at the start; 0 where it does not.
std::size_t length_of_network(std::string_view text, std::size_t& colon) {
  colon = static_cast<std::size_t>(std::find_if_not(text.begin() + 1, text.end(), is_word) - text.begin());
  if (colon == 1 || colon >= text.size() || text[colon] != ':') return 0;
  const std::size_t end = text.find('>', colon);
  return end == std::string_view::npos || end == colon + 1 ? 0 : end + 1;
}

std::vector<std::string> split_at_colons(std::string_view text) {
  std::vector<std::string> items;
  for (std::size_t colon; (colon = text.find(':')) != std::string_view::npos; text.remove_prefix(colon + 1))
    items.emplace_back(text.substr(0, colon));
  items.emplace_back(text);
  return items;
}

ExtraNetwork network_of(std::string_view kind, std::string_view arguments) {
  ExtraNetwork network{std::string(kind), split_at_colons(arguments), {}, {}};
  for (const std::string& item : network.items) {
    const std::size_t equals = item.find('=');
    if (std::count(item.begin(), item.end(), '=') == 1) network.named[item.substr(0, equals)] = item.substr(equals + 1);
    else network.positional.push_back(item);
  }
  return network;
}

[[noreturn]] void reject(const ExtraNetwork& network, const std::string& why) {
  throw Error(ErrorKind::kRequest, "\"" + text_of(network) + "\" cannot be read", "prompt", why,
              "for example <lora:name:0.8>");
}

/// The named value, or else the positional one; nullopt where neither is given.
template <typename Number>
std::optional<Number> value_of(const ExtraNetwork& network, std::size_t place, const char* name,
                               std::optional<Number> (*parse)(std::string_view)) {
  const auto named = network.named.find(name);
  std::optional<Number> value;
  for (const std::string* text : {place < network.positional.size() ? &network.positional[place] : nullptr,
                                  named != network.named.end() ? &named->second : nullptr}) {
    if (text == nullptr) continue;
    value = parse(trim(*text));
    if (!value) reject(network, "\"" + *text + "\" is no number");
  }
  return value;
}

}  // namespace

std::string text_of(const ExtraNetwork& network) {
  std::string text = "<" + network.kind;
  for (const std::string& item : network.items) text += ":" + item;
  return text + ">";
}

PromptNetworks parse_extra_networks(std::string_view prompt) {
  PromptNetworks result;
  for (std::size_t open; (open = prompt.find('<')) != std::string_view::npos;) {
    result.prompt += prompt.substr(0, open);
    prompt.remove_prefix(open);
    std::size_t colon = 0;
    const std::size_t length = length_of_network(prompt, colon);
    if (length == 0) result.prompt += '<';
    else
      result.networks.push_back(network_of(prompt.substr(1, colon - 1), prompt.substr(colon + 1, length - colon - 2)));
    prompt.remove_prefix(std::max<std::size_t>(length, 1));
  }
  result.prompt += prompt;
  return result;
}

BatchNetworks parse_extra_networks_batch(std::span<const std::string> prompts) {
  BatchNetworks result;
  for (const std::string& prompt : prompts) {
    PromptNetworks one = parse_extra_networks(prompt);
    if (result.prompts.empty()) result.networks = std::move(one.networks);
    result.prompts.push_back(std::move(one.prompt));
  }
  return result;
}

ExtraNetwork lora_setting(std::string_view text) {
  PromptNetworks parsed = parse_extra_networks("<lora:" + std::string(text) + ">");
  if (parsed.networks.size() != 1 || !parsed.prompt.empty())
    throw Error(ErrorKind::kRequest, "\"" + std::string(text) + "\" names no LoRA", "loras",
                "it is empty, or holds a >", "for example ink:0.8");
  return std::move(parsed.networks[0]);
}

LoraRequest lora_request(const ExtraNetwork& network) {
  if (network.positional.empty()) reject(network, "it names no file");
  LoraRequest request{network.positional[0]};
  request.text_weight = value_of<double>(network, 1, "te", parse_number).value_or(1);
  request.unet_weight = value_of<double>(network, 2, "unet", parse_number).value_or(request.text_weight);
  if (const auto dim = value_of<long long>(network, 3, "dyn", parse_integer)) request.dim = static_cast<int>(*dim);
  return request;
}

}  // namespace redraw
