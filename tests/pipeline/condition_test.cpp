// Tests of pipeline/condition with an encoder that only counts.
#include <catch2/catch.hpp>

#include <ATen/ATen.h>

#include "pipeline/stages.h"
#include "support/tiny_job.h"

using namespace redraw;
using test::TinyJob;

namespace {

/// Text of n letters -> n rows, as many as the longest beside it; remembers what it was asked for.
struct CountingEncoder {
  std::vector<std::vector<std::pair<std::string, int>>> calls;
  std::vector<TextOptions> given;

  EncodedTexts operator()(const std::vector<RepeatedText>& texts, const TextOptions& options) {
    std::size_t longest = 0;
    calls.emplace_back();
    for (const RepeatedText& text : texts) {
      longest = std::max(longest, text.text.size());
      calls.back().emplace_back(text.text, text.times);
    }
    const auto count = static_cast<std::int64_t>(texts.size()), length = static_cast<std::int64_t>(longest);
    given.push_back(options);
    return {
        {at::arange(count * length, at::kFloat).view({count, length, 1}), at::arange(count, at::kFloat).unsqueeze(1)}};
  }
};

Conditioning conditioned(CountingEncoder& encoder, std::initializer_list<const TinyJob*> jobs) {
  std::vector<EngineTask> tasks;
  for (const TinyJob* job : jobs) tasks.push_back(job->task());
  return condition(std::ref(encoder), tasks);
}

TinyJob job_with(const std::string& prompt, const std::string& negative) {
  TinyJob job(1);
  job.job.recipe.prompt = prompt;
  job.job.recipe.negative_prompt = negative;
  return job;
}

}  // namespace

CATCH_TEST_CASE("condition: the texts of one prompt are encoded together, equal prompts once", "[pipeline]") {
  CountingEncoder encoder;
  const TinyJob one = job_with("[a|bb]", "n"), two = job_with("[a|bb]", "n");
  const Conditioning conditioning = conditioned(encoder, {&one, &two});
  CATCH_REQUIRE(encoder.calls.size() == 2);
  CATCH_CHECK(encoder.calls[0] == std::vector<std::pair<std::string, int>>{{"a", 2}, {"bb", 2}});  // of 4 steps
  CATCH_REQUIRE(conditioning.cond.size() == 2);
  CATCH_CHECK(conditioning.cond[1][0].contexts.size() == 4);
  CATCH_CHECK(conditioning.cond[1][0].contexts[2].text.context.equal(conditioning.cond[0][0].contexts[0].text.context));
}

CATCH_TEST_CASE("condition: parts of one prompt are continued with their last vector, not those of another",
                "[pipeline]") {
  CountingEncoder encoder;
  const TinyJob composed = job_with("aaa AND b:0.5", ""), plain = job_with("aaaaaaa", "n AND n");
  const Conditioning conditioning = conditioned(encoder, {&composed, &plain});
  CATCH_REQUIRE(conditioning.cond[0].size() == 2);
  CATCH_CHECK(conditioning.cond[0][1].weight == 0.5);
  CATCH_CHECK(conditioning.cond[0][1].contexts[0].text.context.flatten().equal(at::tensor({0.f, 1.f, 1.f})));
  CATCH_CHECK(conditioning.cond[1][0].contexts[0].text.context.size(1) == 7);
  CATCH_CHECK(conditioning.uncond[1][0].text.context.size(1) == 7);  // AND is text in a negative prompt
}

CATCH_TEST_CASE("condition: the encoder is told the size, and which negative prompt has no word", "[pipeline]") {
  CountingEncoder encoder;
  const TinyJob empty = job_with("", ""), edited = job_with("a", "[b::2]");
  conditioned(encoder, {&empty, &edited});
  CATCH_REQUIRE(encoder.given.size() == 4);  // prompt and negative prompt of each
  for (const TextOptions& options : encoder.given) CATCH_CHECK(options.size == test::kTinySize);
  CATCH_CHECK_FALSE(encoder.given[0].blank);  // an empty prompt is encoded
  CATCH_CHECK(encoder.given[1].blank);
  CATCH_CHECK_FALSE(encoder.given[3].blank);  // one of its texts is empty, the other is not
}

CATCH_TEST_CASE("condition: the pooled vector of each text goes with its context", "[pipeline]") {
  CountingEncoder encoder;
  const TinyJob job = job_with("[a|bb]", "");
  const Conditioning conditioning = conditioned(encoder, {&job});
  const ContextSchedule& contexts = conditioning.cond[0][0].contexts;
  CATCH_CHECK(contexts[0].text.vector.equal(at::zeros({1, 1})));
  CATCH_CHECK(contexts[1].text.vector.equal(at::ones({1, 1})));
}

CATCH_TEST_CASE("condition: embeddings are named part by part, the later first, the negative prompt's last",
                "[pipeline]") {
  const TextEncoder encode = [](const std::vector<RepeatedText>& texts, const TextOptions&) {
    return EncodedTexts{{at::zeros({static_cast<std::int64_t>(texts.size()), 1, 1}), {}}, {texts[0].text.size()}};
  };
  const TinyJob job = job_with("a AND bb AND bb", "cc");  // the space before bb counts
  const EngineTask task = job.task();
  const Conditioning conditioning = condition(encode, {&task, 1});
  const std::vector<UsedEmbedding> expected = {{3, false}, {1, false}, {2, true}};
  CATCH_CHECK((conditioning.embeddings[0] == expected));  // they have no text
}
