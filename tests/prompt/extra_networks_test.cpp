// Tests of prompt/extra_networks: what is taken out of a prompt, and what a LoRA's numbers may be.
#include <catch2/catch.hpp>

#include "prompt/extra_networks.h"
#include "support/errors.h"

using namespace redraw;

namespace {

LoraRequest lora(const std::string& text) { return lora_request(parse_extra_networks(text).networks.at(0)); }

}  // namespace

TEST_CASE("extra networks: what is none stays in the prompt", "[prompt][property]") {
  for (const char* prompt :
       {"", "a < b > c", "<3", "<lora>", "<:a:b>", "<lora:>", "<lora:a", "<<lora:a", "<lora a:1>"}) {
    CHECK(parse_extra_networks(prompt).prompt == prompt);
    CHECK(parse_extra_networks(prompt).networks.empty());
  }
}

TEST_CASE("extra networks: the first of two signs is text, the rest is taken out", "[prompt]") {
  const PromptNetworks parsed = parse_extra_networks("a <<lora:x:0.5> b>");
  CHECK(parsed.prompt == "a < b>");
  CHECK(parsed.networks.at(0).items == std::vector<std::string>{"x", "0.5"});
}

TEST_CASE("extra networks: a LoRA's weights are one for both, or one each", "[prompt]") {
  CHECK(lora("<lora:x>").unet_weight == 1);
  CHECK(lora("<lora:x:0.5>").text_weight == 0.5);
  CHECK(lora("<lora:x:0.5>").unet_weight == 0.5);
  CHECK(lora("<lora:x:0.5:0.2>").unet_weight == 0.2);
  CHECK(lora("<lora:x:0.5:unet=-1:dyn=4>").unet_weight == -1);
  CHECK(lora("<lora:x:dyn=4>").dim == 4);
}

TEST_CASE("extra networks: a LoRA without a name or with a weight that is no number is an error", "[prompt]") {
  for (const char* text : {"<lora:te=1>", "<lora:x:strong>", "<lora:x:>", "<lora:x:1:1:2.5>"}) {
    INFO(text);
    const auto error = test::error_of([&] { lora(text); });
    REQUIRE(error);
    CHECK(error->kind() == ErrorKind::kRequest);
    CHECK(test::mentions(*error, text));
  }
}
