// Prompt editing and alternation: which text holds at which step.
#include "prompt/schedule.h"

#include <algorithm>
#include <set>

#include "base/text.h"

namespace redraw {
namespace {

/// A bracket that stands for one of its parts; all else is copied as it is.
struct Choice {
  std::size_t open, close;
  std::vector<std::size_t> cuts;  // the : or | that part it
  std::string when;               // empty: alternation
  int last_step = 0;              // of the first part
};

/// A bracket that is not closed yet. It becomes text as soon as something does not fit, and then so do
/// all around it, because a bracket holds only what fits: no step back is needed, whatever the nesting.
struct Frame {
  std::size_t open;
  bool square, alternates = false;
  std::vector<std::size_t> cuts = {};
};

class Finder {
 public:
  explicit Finder(std::string_view text) : text_(text) {}

  /// The choices in the order of their opening; nullopt: the prompt is text as a whole.
  std::optional<std::vector<Choice>> run() {
    for (std::size_t i = 0; i < text_.size() && is_prompt_; ++i) {
      const char c = text_[i];
      if (c == '\\') escape(++i);
      else if (c == '[' || c == '(') open_.push_back({i, c == '['});
      else if (c == ':' || c == '|') cut(i);
      else if (c == ']' || c == ')') close(i);
    }
    give_up();
    if (!is_prompt_) return std::nullopt;
    std::sort(found_.begin(), found_.end(), [](const Choice& a, const Choice& b) { return a.open < b.open; });
    return std::move(found_);
  }

 private:
  void escape(std::size_t next) { is_prompt_ = next < text_.size() && text_[next] != '\n'; }

  void cut(std::size_t i) {
    const bool bar = text_[i] == '|';
    if (bar && open_.empty()) is_prompt_ = false;
    if (open_.empty()) return;
    Frame& frame = open_.back();
    const std::size_t most = frame.square ? 2 : 1;
    const bool fits = bar ? frame.square && (frame.alternates || frame.cuts.empty())
                          : !frame.alternates && frame.cuts.size() < most;
    frame.alternates |= bar;
    if (!fits) return give_up();
    frame.cuts.push_back(i);
  }

  void close(std::size_t i) {
    if (open_.empty()) return;
    Frame frame = std::move(open_.back());
    const bool edits = frame.square && !frame.alternates && !frame.cuts.empty();
    const std::string when = edits ? trim(text_.substr(frame.cuts.back() + 1, i - frame.cuts.back() - 1)) : "";
    const bool fits = frame.square == (text_[i] == ']') && (!edits || parse_number(when));
    if (!fits) { open_.back() = std::move(frame); return give_up(); }
    open_.pop_back();
    if (edits || frame.alternates) found_.push_back({frame.open, i, std::move(frame.cuts), when});
  }

  void give_up() {
    for (const Frame& frame : open_)
      if (frame.alternates) is_prompt_ = false;
    open_.clear();
  }

  std::string_view text_;
  bool is_prompt_ = true;
  std::vector<Frame> open_;
  std::vector<Choice> found_;
};

/// Of the first part. A second pass counts its shares from 1 and its steps from the end of the first.
int last_step_of(const std::string& when, int base_steps, int steps, const ScheduleRules& rules) {
  const bool second_pass = rules.hires_steps && !rules.old_scheduling;
  const double value = *parse_number(when);
  const bool share = rules.old_scheduling ? value < 1 : when.find('.') != std::string::npos;
  const double step = share ? (value - (second_pass ? 1 : 0)) * steps : value - (second_pass ? base_steps : 0);
  return static_cast<int>(std::clamp<double>(step, 0, steps));
}

/// The part of a choice that holds at a step, as [begin, end).
std::pair<std::size_t, std::size_t> part_at(const Choice& choice, int step) {
  const std::vector<std::size_t>& cuts = choice.cuts;
  const std::size_t begin = choice.open + 1;
  const bool alternates = choice.when.empty(), late = step > choice.last_step;
  if (!alternates && cuts.size() == 1) return {begin, late ? cuts[0] : begin};  // [to:when]
  const std::size_t index = alternates ? static_cast<std::size_t>(step - 1) % (cuts.size() + 1) : late;
  return {index == 0 ? begin : cuts[index - 1] + 1, index < cuts.size() ? cuts[index] : choice.close};
}

std::string text_at(std::string_view prompt, const std::vector<Choice>& choices, int step) {
  struct Part { std::size_t end, next; };
  std::vector<Part> parts = {{prompt.size(), prompt.size()}};
  std::string text;
  auto choice = choices.begin();
  for (std::size_t at = 0; !parts.empty();) {
    while (choice != choices.end() && choice->open < at) ++choice;  // of a part that does not hold
    const std::size_t end = parts.back().end;
    const std::size_t stop = choice == choices.end() ? end : std::min(choice->open, end);
    text += prompt.substr(at, stop - at);
    if (stop == end) {
      at = parts.back().next;
      parts.pop_back();
    } else {
      const auto [begin, part_end] = part_at(*choice, step);
      parts.push_back({part_end, choice->close + 1});
      at = begin;
      ++choice;
    }
  }
  return text;
}

}  // namespace

std::vector<ScheduledText> prompt_schedule(std::string_view prompt, int steps, const ScheduleRules& rules) {
  const int all = rules.old_scheduling ? steps : rules.hires_steps.value_or(steps);
  auto choices = Finder(prompt).run();
  if (!choices) return {{all, std::string(prompt)}};
  std::set<int> ends = {all};
  for (Choice& choice : *choices) {
    if (!choice.when.empty()) choice.last_step = last_step_of(choice.when, steps, all, rules);
    if (choice.last_step > 0) ends.insert(choice.last_step);
    for (int step = 1; choice.when.empty() && step <= all; ++step) ends.insert(step);
  }
  std::vector<ScheduledText> schedule;
  for (const int end : ends) schedule.push_back({end, text_at(prompt, *choices, end)});
  return schedule;
}

}  // namespace redraw
