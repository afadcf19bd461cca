// Tests of prompt/schedule: entries rise, brackets of attention stay, any text ends in time.
#include <catch2/catch.hpp>

#include <chrono>
#include <random>

#include "prompt/schedule.h"

using namespace redraw;

namespace {

using Entries = std::vector<std::pair<int, std::string>>;

Entries schedule(std::string_view prompt, int steps = 10) {
  Entries entries;
  for (const ScheduledText& entry : prompt_schedule(prompt, steps)) entries.emplace_back(entry.last_step, entry.text);
  return entries;
}

std::string random_prompt(std::mt19937& numbers, std::size_t length) {
  constexpr std::string_view kSigns = "[[[]]]::||()\\ a0.5\n";
  std::string prompt;
  for (std::size_t i = 0; i < length; ++i) prompt += kSigns[numbers() % kSigns.size()];
  return prompt;
}

std::string repeated(const std::string& text, int times) {
  std::string result;
  for (int i = 0; i < times; ++i) result += text;
  return result;
}

}  // namespace

TEST_CASE("schedule: a prompt without square brackets is one entry, as it is", "[prompt][property]") {
  for (const char* prompt :
       {"", "a cat", "(a:1.2) cat", "\\[a:b:0.5\\]", "12:30", ") (", "a AND b", "\xE7\x8C\xAB", "a\\"})
    CHECK(schedule(prompt) == Entries{{10, prompt}});
}

TEST_CASE("schedule: editing goes from one text to the other at a step or at a share of the steps", "[prompt]") {
  CHECK(schedule("a [cat:dog:0.4]") == Entries{{4, "a cat"}, {10, "a dog"}});
  CHECK(schedule("a [cat:dog:4]", 20) == Entries{{4, "a cat"}, {20, "a dog"}});
  CHECK(schedule("a[ red:4] cat") == Entries{{4, "a cat"}, {10, "a red cat"}});
  CHECK(schedule("a[ red::4] cat") == Entries{{4, "a red cat"}, {10, "a cat"}});
  CHECK(schedule("[[a:b:2]:[c:d:8]:5]") == Entries{{2, "a"}, {5, "b"}, {8, "c"}, {10, "d"}});
}

TEST_CASE("schedule: what comes too late or too early leaves one text", "[prompt]") {
  CHECK(schedule("[a:b:11]") == Entries{{10, "a"}});
  CHECK(schedule("[a:b:0]") == Entries{{10, "b"}});
  CHECK(schedule("[a:b:1e300]") == Entries{{10, "a"}});
  CHECK(schedule("[a:b:-1e300]") == Entries{{10, "b"}});
}

TEST_CASE("schedule: alternation changes the text at every step", "[prompt]") {
  CHECK(schedule("[a|b|] c", 4) == Entries{{1, "a c"}, {2, "b c"}, {3, " c"}, {4, "a c"}});
  CHECK(schedule("[[a:b:2]|c]", 4) == Entries{{1, "a"}, {2, "c"}, {3, "b"}, {4, "c"}});
}

TEST_CASE("schedule: a bracket that fits nothing is text, and what stands in it still holds", "[prompt]") {
  CHECK(schedule("[x:[a:b:5]:y:z]") == Entries{{5, "[x:a:y:z]"}, {10, "[x:b:y:z]"}});
  CHECK(schedule("([a:b:5]") == Entries{{5, "(a"}, {10, "(b"}});
  CHECK(schedule("[a:b:5] [c|d") == Entries{{10, "[a:b:5] [c|d"}});  // a | outside an alternation
}

TEST_CASE("schedule: the entry of a call, and the first one again after the end", "[prompt]") {
  const auto entries = prompt_schedule("[a:b:0.5]", 4);
  std::string texts;
  for (int call = 0; call < 7; ++call) texts += entry_at(entries, call).text;
  CHECK(texts == "aaabbaa");
}

TEST_CASE("schedule: last steps rise and end with the steps, whatever the text", "[prompt][property]") {
  std::mt19937 numbers(1);
  for (int i = 0; i < 5000; ++i) {
    const std::string prompt = random_prompt(numbers, 1 + numbers() % 40);
    INFO(prompt);
    int last = 0;
    for (const ScheduledText& entry : prompt_schedule(prompt, 7)) {
      REQUIRE(entry.last_step > last);
      REQUIRE(entry.text.size() <= prompt.size());
      last = entry.last_step;
    }
    REQUIRE(last == 7);
  }
}

TEST_CASE("schedule: long and deeply nested prompts end at once", "[prompt][property]") {
  constexpr int kMany = 100'000;
  const auto start = std::chrono::steady_clock::now();
  CHECK(schedule(repeated("[", kMany)).size() == 1);
  CHECK(schedule(repeated("([:", kMany)).size() == 1);
  CHECK(schedule(repeated("[", kMany) + "a" + repeated("]", kMany)).size() == 1);
  CHECK(schedule(repeated("[a:", kMany) + "b" + repeated(":5]", kMany)) == Entries{{5, "a"}, {10, "b"}});
  CHECK(schedule(repeated("[a|b]", kMany)).size() == 10);
  std::mt19937 numbers(2);
  for (int i = 0; i < 10; ++i) schedule(random_prompt(numbers, kMany));
  CHECK(std::chrono::steady_clock::now() - start < std::chrono::seconds(20));
}
