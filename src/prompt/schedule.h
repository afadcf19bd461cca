// Prompt editing and alternation: which text holds at which step.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace redraw {

/// The text that holds up to and including a step, counted from 1.
struct ScheduledText {
  int last_step;
  std::string text;
};

struct ScheduleRules {
  std::optional<int> hires_steps;  // the prompt of a second pass of so many steps
  bool old_scheduling = false;     // a number below 1 is a share of the steps, with or without a point
};

/// [from:to:when], [to:when], [from::when] and [a|b|c], nested as wanted. `when` with a point is a share of
/// the steps, without one a number of steps. Attention brackets and escapes stay as they are. What fits
/// none of these is text; a | that stands in no alternation makes the whole prompt text.
///
/// returns at least one entry; last steps rise, the last one is steps (hires_steps where given)
/// source  A1111 1.10 prompt_parser.get_learned_conditioning_prompt_schedules; golden: ui/prompt schedule_10
std::vector<ScheduledText> prompt_schedule(std::string_view prompt, int steps, const ScheduleRules& rules = {});

/// The entry that holds at a call of the model, counted from 0: the first whose last step is not below it;
/// after the end the first entry comes back. golden: ui/cfg conditions_of_steps
template <typename Entry>
const Entry& entry_at(const std::vector<Entry>& entries, int call) {
  for (const Entry& entry : entries)
    if (call <= entry.last_step) return entry;
  return entries.front();
}

}  // namespace redraw
