// CSV: comma separated tables with a head line, as spreadsheets and Python write them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace redraw {

struct CsvRow {
  int line = 0;                     // where it begins in the file, from 1
  std::vector<std::string> fields;  // as many as columns; missing ones are empty
};

struct CsvTable {
  std::vector<std::string> columns;
  std::vector<CsvRow> rows;  // without empty lines
};

/// RFC 4180: fields in double quotes may hold commas, line feeds and doubled quotes. A byte order mark, CRLF and
/// CR line ends are taken. where: the file, for errors.
/// Errors: kRequest for an open quote, and for a row of more fields than the head.
CsvTable read_csv(std::string_view text, const std::string& where);

/// Without the byte order mark of UTF-8.
std::string_view without_bom(std::string_view text);

}  // namespace redraw
