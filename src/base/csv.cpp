// CSV: comma separated tables with a head line, as spreadsheets and Python write them.
#include "base/csv.h"

#include <optional>

#include <fmt/format.h>

#include "redraw/error.h"

namespace redraw {
namespace {

class CsvReader {
 public:
  CsvReader(std::string_view text, const std::string& where) : text_(text), where_(where) {}

  /// nullopt at the end.
  std::optional<CsvRow> next() {
    while (at_ < text_.size()) {
      CsvRow row = read_row();
      if (row.fields.size() > 1 || !row.fields[0].empty()) return row;
    }
    return std::nullopt;
  }

 private:
  CsvRow read_row() {
    CsvRow row{line_, {}};
    do row.fields.push_back(at_ < text_.size() && text_[at_] == '"' ? quoted() : plain());
    while (take(','));
    if (take('\r') + take('\n') > 0) ++line_;
    return row;
  }

  std::string plain() {
    const std::size_t end = std::min(text_.find_first_of(",\r\n", at_), text_.size());
    const std::string field(text_.substr(at_, end - at_));
    at_ = end;
    return field;
  }

  /// What follows the closing quote belongs to the field too, as Python's reader has it.
  std::string quoted() {
    const int start = line_;
    std::string field;
    for (++at_; at_ < text_.size(); ++at_) {
      if (text_[at_] == '"' && (++at_ >= text_.size() || text_[at_] != '"')) return field + plain();
      if (text_[at_] == '\n') ++line_;
      field += text_[at_];
    }
    if (!text_.ends_with('"'))
      throw Error(ErrorKind::kRequest, "a quote is opened and not closed", fmt::format("{}:{}", where_, start),
                  "a field that begins with \" ends with \"", "close it; a quote inside is written twice");
    return field;
  }

  bool take(char wanted) {
    const bool found = at_ < text_.size() && text_[at_] == wanted;
    at_ += found;
    return found;
  }

  std::string_view text_;
  const std::string& where_;
  std::size_t at_ = 0;
  int line_ = 1;
};

}  // namespace

std::string_view without_bom(std::string_view text) {
  return text.starts_with("\xEF\xBB\xBF") ? text.substr(3) : text;
}

CsvTable read_csv(std::string_view text, const std::string& where) {
  CsvReader reader(without_bom(text), where);
  CsvTable table;
  std::optional<CsvRow> row = reader.next();
  if (row) table.columns = std::move(row->fields);
  while ((row = reader.next())) {
    if (row->fields.size() > table.columns.size())
      throw Error(ErrorKind::kRequest,
                  fmt::format("the row has {} fields, the head {}", row->fields.size(), table.columns.size()),
                  fmt::format("{}:{}", where, row->line), "each field belongs to a column",
                  "put a text that holds commas in double quotes");
    row->fields.resize(table.columns.size());
    table.rows.push_back(std::move(*row));
  }
  return table;
}

}  // namespace redraw
