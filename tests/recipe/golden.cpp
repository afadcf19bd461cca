// Golden rows of the recipe room: quoting of infotext values.
#include "recipe/infotext.h"
#include "support/golden.h"

namespace redraw::golden {
namespace {

template <typename F>
Failure each_text(const Case& c, F f) {
  Json got = Json::array();
  const Json& texts = c.inputs.contains("texts") ? c.inputs.at("texts") : c.inputs.at("calls");
  for (const Json& text : texts) got.push_back(f(text.is_array() ? text[0] : text));
  return compare(got, c.expected.is_array() ? c.expected : c.expected.at("results"));
}

Failure quote_row(const Case& c) {
  return each_text(c, [](const Json& text) -> Json { return quote_infotext(text.is_string() ? text.get<std::string>() : text.dump()); });
}
Failure unquote_row(const Case& c) {
  return each_text(c, [](const Json& text) -> Json { return unquote_infotext(text.get<std::string>()); });
}

}  // namespace

std::vector<Row> recipe_rows() { return {{"quote", quote_row}, {"unquote", unquote_row}}; }

}  // namespace redraw::golden
