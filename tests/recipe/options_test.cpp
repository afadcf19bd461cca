// The table of settings, row by row, and the rules that values meet.
#include "recipe/options.h"

#include <catch2/catch.hpp>
#include <fmt/format.h>

#include "base/text.h"

using namespace redraw;
using Words = std::vector<std::string>;

namespace {

std::vector<Error> set(Recipe& recipe, std::string_view key, const Words& values) {
  return apply_settings(recipe, {{std::string(key), values, "test", {}}});
}

/// The setting as text after it was set; the error's text where it was refused.
std::string text_after(std::string_view key, const std::string& value) {
  Recipe recipe;
  const std::vector<Error> errors = set(recipe, key, {value});
  return errors.empty() ? text_of(*find_option(key), recipe).value_or("not set") : errors[0].what();
}

}  // namespace

TEST_CASE("options: keys, aliases and short flags are unique, groups stand together", "[recipe][table]") {
  std::vector<std::string_view> keys = option_keys(), groups;
  std::sort(keys.begin(), keys.end());
  CHECK(std::adjacent_find(keys.begin(), keys.end()) == keys.end());
  std::string shorts;
  for (const Option& option : options()) {
    if (option.short_flag != '\0') shorts += option.short_flag;
    if (groups.empty() || groups.back() != option.group) groups.push_back(option.group);
    CHECK_FALSE(option.help.empty());
  }
  std::sort(shorts.begin(), shorts.end());
  CHECK(std::adjacent_find(shorts.begin(), shorts.end()) == shorts.end());
  std::sort(groups.begin(), groups.end());
  CHECK(std::adjacent_find(groups.begin(), groups.end()) == groups.end());
}

TEST_CASE("options: every row takes its own default and leaves the recipe as it was", "[recipe][table]") {
  for (const Option& option : options()) {
    DYNAMIC_SECTION(option.key) {
      const auto value = text_of(option, Recipe{});
      if (!value) continue;
      Recipe recipe;
      const Words values = option.key == "inputs" || option.key == "loras" ? Words{} : Words{*value};
      CHECK(set(recipe, option.key, values).empty());
      CHECK(text_of(option, recipe) == value);
      CHECK(recipe.origins.at(std::string(option.key)) == "test");
    }
  }
}

TEST_CASE("options: both ends of a range are taken, what lies beyond is refused", "[recipe][table]") {
  for (const Option& option : options()) {
    if (option.min == option.max) continue;
    DYNAMIC_SECTION(option.key) {
      const bool is_size = std::holds_alternative<SizePair>(option.member);
      const auto text = [&](double x) { return is_size ? fmt::format("{}x{}", x, x) : fmt::format("{}", x); };
      Recipe recipe;
      CHECK(set(recipe, option.key, {text(option.min)}).empty());
      CHECK(text_of(option, recipe) == text(option.min));
      CHECK(set(recipe, option.key, {text(option.max)}).empty());
      CHECK(text_of(option, recipe) == text(option.max));
      CHECK(set(recipe, option.key, {text(option.min - 1)}).size() == 1);
      CHECK(set(recipe, option.key, {text(option.max + 1)}).size() == 1);
      CHECK(set(recipe, option.key, {"many"}).size() == 1);
      CHECK(set(recipe, option.key, {}).empty() == (text_of(option, Recipe{}) == std::nullopt));
    }
  }
}

TEST_CASE("options: choices are read by name and by label, case ignored, nothing else", "[recipe][table]") {
  for (const Option& option : options()) {
    const std::vector<Choice> choices = choices_of(option);
    if (choices.empty()) continue;
    DYNAMIC_SECTION(option.key) {
      for (const Choice& choice : choices) {
        CHECK(text_after(option.key, std::string(choice.name)) == choice.name);
        CHECK(text_after(option.key, to_lower(choice.name)) == choice.name);
        if (!choice.label.empty()) CHECK(text_after(option.key, std::string(choice.label)) == choice.name);
      }
      CHECK(text_after(option.key, "") == fmt::format("unknown {} \"\"", option.key));
      CHECK(text_after(option.key, "zzz") == fmt::format("unknown {} \"zzz\"", option.key));
    }
  }
}

TEST_CASE("options: types are not bent", "[recipe]") {
  CHECK(text_after("steps", "20.5") == "steps cannot be \"20.5\"");
  CHECK(text_after("steps", "20 ") == "steps cannot be \"20 \"");
  CHECK(text_after("denoise", "nan") == "denoise cannot be \"nan\"");
  CHECK(text_after("denoise", "0,5") == "denoise cannot be \"0,5\"");
  CHECK(text_after("exact_steps", "1") == "exact_steps cannot be \"1\"");
  CHECK(text_after("size", "512") == "size cannot be \"512\"");
  CHECK(text_after("size", "512x") == "size cannot be \"512x\"");
  CHECK(text_after("background", "white") == "background cannot be \"white\"");
  CHECK(text_after("device", "gpu") == "device cannot be \"gpu\"");
  CHECK(text_after("device", "cuda:1") == "cuda:1");
  Recipe recipe;
  CHECK(set(recipe, "steps", {"1", "2"})[0].what() == std::string("steps holds a list: [1, 2]"));
}

TEST_CASE("options: tiles of the VAE and of the model are auto, off or a number of pixels; 0 is off", "[recipe]") {
  for (const auto& [typed, read] :
       {std::pair{"auto", "auto"}, {"Off", "off"}, {"false", "off"}, {"0", "off"}, {"64", "64"}, {"16384", "16384"}})
    CHECK(text_after("vae_tile", typed) == read);
  for (const char* wrong : {"63", "16385", "512.5", "-1", "512px", ""})
    CHECK(text_after("vae_tile", wrong) == "vae_tile cannot be \"" + std::string(wrong) + "\"");
  for (const auto& [typed, read] :
       {std::pair{"auto", "auto"}, {"0", "off"}, {"no", "off"}, {"64", "64"}, {"4096", "4096"}})
    CHECK(text_after("tile", typed) == read);
  for (const char* wrong : {"40", "4097", "-64", "big"})
    CHECK(text_after("tile", wrong) == "tile cannot be \"" + std::string(wrong) + "\"");
  for (const auto& [typed, read] :
       {std::pair{"single", "single"}, {"SD upscale", "single"}, {"joint", "joint"}, {"multidiffusion", "joint"}})
    CHECK(text_after("tile_mode", typed) == read);
}

TEST_CASE("options: DPM++ 2M Karras sets sampler and scheduler, as in A1111", "[recipe]") {
  Recipe recipe;
  CHECK(set(recipe, "sampler", {"Euler SGMUniform"}).empty());
  CHECK(recipe.scheduler == "sgm_uniform");
  CHECK(set(recipe, "sampler", {"dpm++ 2m karras"}).empty());
  CHECK(recipe.sampler == "dpmpp_2m");
  CHECK(recipe.scheduler == "karras");
  CHECK(set(recipe, "sampler", {"Euler a"}).empty());
  CHECK(recipe.sampler == "euler_a");
  CHECK(recipe.scheduler == "karras");
}

TEST_CASE("options: of a scale and a size the later layer's counts; in one layer they are an error", "[recipe]") {
  Recipe recipe;
  CHECK(set(recipe, "scale", {"2"}).empty());
  CHECK(set(recipe, "size", {"64x32"}).empty());
  CHECK_FALSE(recipe.scale);
  CHECK(recipe.width == 64);
  CHECK(recipe.height == 32);
  CHECK(set(recipe, "scale", {"2"}).empty());
  CHECK_FALSE(recipe.width);
  const auto errors = apply_settings(recipe, {{"scale", {"2"}, "a", {}}, {"height", {"8"}, "b", {}}});
  REQUIRE(errors.size() == 1);
  CHECK(errors[0].what() == std::string("scale and a size are both given"));
  CHECK(set(recipe, "steps", {"3"}).empty());  // told once, not again by every later layer
}

TEST_CASE("options: a half of a pair wins over the pair, whatever the order", "[recipe]") {
  Recipe recipe;
  CHECK(apply_settings(recipe, {{"mask_blur_x", {"9"}, "a", {}}, {"mask_blur", {"2"}, "b", {}}}).empty());
  CHECK(recipe.mask_blur_x == 9);
  CHECK(recipe.mask_blur_y == 2);
  CHECK(text_of(*find_option("mask_blur"), recipe) == std::nullopt);
}

TEST_CASE("options: an unknown name brings the nearest", "[recipe]") {
  Recipe recipe;
  CHECK(set(recipe, "extend", {"x"})[0].fix().find("did you mean extends?") == 0);
  CHECK(set(recipe, "negativ_prompt", {"x"})[0].fix().find("did you mean negative_prompt?") == 0);
  CHECK(set(recipe, "qqqqqqqq", {"x"})[0].fix() == "(all names: redraw list settings)");
}
