// Sweep report: after a sweep, its contact sheets, its table and its page, beside the results.
#include "batch/sweep_report.h"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <fstream>
#include <thread>

#include <fmt/format.h>

#include "base/files.h"
#include "batch/outputs.h"
#include "batch/paths.h"
#include "batch/sweep_page.h"
#include "batch/sweep_sheet.h"
#include "image/composite.h"
#include "image/png.h"
#include "image/read.h"

namespace redraw {
namespace fs = std::filesystem;
namespace {

constexpr std::string_view kTableHead = "cell,input,output,state,";
constexpr const char *kTable = "sweep.csv", *kPage = "sweep.html", *kSheetKey = "redraw sweep";
constexpr int kMostEmbedded = 8, kEmbedSide = 768, kEmbedSmall = 256;  // inputs in the page, px

std::string sheet_name(std::size_t number) { return number == 1 ? "sweep.png" : fmt::format("sweep-{}.png", number); }

std::string beginning_of(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::string text(1024, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(std::max<std::streamsize>(0, file.gcount())));
  return text;
}

/// Written by an earlier report.
bool is_ours(const fs::path& path) {
  if (path.extension() == ".csv") return beginning_of(path).starts_with(kTableHead);
  if (path.extension() == ".html") return beginning_of(path).find(kPageMark) != std::string::npos;
  try {
    return png_texts(read_file(path)).contains(kSheetKey);
  } catch (const std::exception&) {
    return false;
  }
}

void check_file(const Recipe& recipe, std::span<const Input> inputs, const fs::path& path, Plan& plan) {
  if (!is_there(path)) return;
  const auto canonical = canonical_of(path);
  const bool input =
      std::any_of(inputs.begin(), inputs.end(), [&](const Input& one) { return one.canonical == canonical; });
  if (!input && !is_folder(path) && (is_ours(path) || recipe.existing == Existing::kOverwrite)) return;
  plan.errors.emplace_back(ErrorKind::kRequest,
                           fmt::format("the sweep's report \"{}\" is there already", path.string()),
                           origin_of(recipe, "output"), input ? "it is one of the inputs" : "redraw did not write it",
                           "move it away, or name another folder with --output");
}

/// f(i) for each i below count, on all cores.
template <typename F>
void for_each_on_cores(std::size_t count, F f) {
  std::atomic<std::size_t> next{0};
  const auto work = [&] {
    for (std::size_t i; (i = next++) < count;) f(i);
  };
  std::vector<std::jthread> threads;
  const std::size_t cores = std::min<std::size_t>(std::max(1U, std::thread::hardware_concurrency()), count);
  for (std::size_t i = 1; i < cores; ++i) threads.emplace_back(work);
  work();
}

Image input_of(const Recipe& recipe, const fs::path& path) {
  try {
    return flatten(read_image(path), parse_color(recipe.background));
  } catch (const Error&) {  // the cells say so
    return {};
  }
}

void write_text(const fs::path& path, const std::string& text) {
  write_file_atomically(path, {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()});
}

std::string field(const std::string& text) {
  if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
  std::string quoted = "\"";
  for (const char c : text) quoted += c == '"' ? "\"\"" : std::string(1, c);
  return quoted + "\"";
}

std::string metric_fields(const SweepRow& row) {
  if (!row.metrics) return ",,,";
  const Metrics& m = *row.metrics;
  const std::string psnr = std::isinf(m.difference.psnr) ? "inf" : fmt::format("{:.4f}", m.difference.psnr);
  return fmt::format("{},{},{},{:.6f}", m.difference.largest, psnr, m.ssim ? fmt::format("{:.6f}", *m.ssim) : "",
                     m.flip);
}

std::string line_of(std::span<const SweepAxis> axes, const SweepRow& row, const fs::path& folder) {
  const SweepResult& planned = *row.planned;
  const std::string output =
      planned.output.empty() ? "" : planned.output.lexically_relative(folder.empty() ? "." : folder).generic_string();
  std::string line =
      fmt::format("{},{},{},{},", planned.cell + 1, field(planned.input.string()), field(output), name_of(row.state));
  const auto places = places_in_cell(axes, planned.cell);
  for (std::size_t i = 0; i < axes.size(); ++i) line += field(axes[i].values[places[i]].text) + ",";
  const bool made = row.state == CellState::kMade;
  line += fmt::format("{},{},{},{},", made ? fmt::format("{}", row.seed) : "",
                      row.seconds ? fmt::format("{:.3f}", *row.seconds) : "",
                      made ? fmt::format("{}", row.size.width) : "", made ? fmt::format("{}", row.size.height) : "");
  return line + metric_fields(row) + "," + field(row.why) + "\n";
}

class Report {
 public:
  Report(const Recipe& recipe, const Plan& plan, std::span<const Result> results)
      : recipe_(recipe),
        plan_(plan),
        folder_(output_folder(recipe).lexically_normal()),
        rows_(sweep_rows(plan, results)),
        page_(folder_) {}

  /// returns  how many sheets there are
  std::size_t write() {
    const std::vector<SweepSheet> sheets = sweep_sheets(plan_.axes, rows_, recipe_.count);
    make_folder(folder_);
    std::size_t inputs = 0;
    for (std::size_t i = 0; i < sheets.size(); ++i) inputs += i == 0 || sheets[i].input != sheets[i - 1].input;
    embed_side_ = inputs > kMostEmbedded ? kEmbedSmall : kEmbedSide;
    for (std::size_t i = 0; i < sheets.size(); ++i) write_sheet(sheets, i);
    remove_old_sheets(sheets.size());
    write_text(folder_ / kTable, sweep_csv(plan_.axes, rows_, folder_));
    write_text(folder_ / kPage, page_.text(plan_.axes, rows_));
    return sheets.size();
  }

 private:
  void write_sheet(std::span<const SweepSheet> sheets, std::size_t i) {
    const SweepSheet& sheet = sheets[i];
    const bool first = i == 0 || sheets[i - 1].input != sheet.input;
    if (first) input_ = input_of(recipe_, sheet.input);
    std::vector<Image> pictures(sheet.cells.size());
    const int side = side_in_sheet(sheet);
    for_each_on_cores(pictures.size(), [&](std::size_t k) {
      if (sheet.cells[k] != nullptr) pictures[k] = measure_row(*sheet.cells[k], input_, side);
    });
    const TextChunk texts[] = {{kSheetKey, sheet.title}};
    const std::string name = sheet_name(i + 1);
    write_file_atomically(folder_ / name, encode_png(draw_sheet(sheet, pictures), texts));
    page_.add(sheet, first && !input_.empty() ? fitted(input_, embed_side_) : Image(), name);
  }

  void remove_old_sheets(std::size_t count) const {
    for (std::size_t number = count + 1;
         is_there(folder_ / sheet_name(number)) && is_ours(folder_ / sheet_name(number)); ++number) {
      std::error_code ignored;
      if (!fs::remove(folder_ / sheet_name(number), ignored)) return;
    }
  }

  const Recipe& recipe_;
  const Plan& plan_;
  fs::path folder_;
  std::vector<SweepRow> rows_;
  SweepPage page_;
  Image input_;
  int embed_side_ = kEmbedSide;
};

}  // namespace

void check_report_files(const Recipe& recipe, std::span<const Input> inputs, Plan& plan) {
  const fs::path folder = output_folder(recipe);
  std::vector<SweepRow> rows(plan.cells.size());
  for (std::size_t i = 0; i < rows.size(); ++i) rows[i].planned = &plan.cells[i];
  const std::size_t sheets = sweep_sheets(plan.axes, rows, recipe.count).size();
  for (const char* name : {kTable, kPage}) check_file(recipe, inputs, folder / name, plan);
  for (std::size_t number = 1; number <= sheets; ++number)
    check_file(recipe, inputs, folder / sheet_name(number), plan);
}

void write_sweep_report(const Recipe& recipe, const Plan& plan, std::span<const Result> results, Progress& progress) {
  const std::size_t sheets = Report(recipe, plan, results).write();
  progress.note(fmt::format("{} compares the cells; {} and {} lie beside it", (output_folder(recipe) / kPage).string(),
                            kTable,
                            sheets == 1 ? sheet_name(1) : fmt::format("{} to {}", sheet_name(1), sheet_name(sheets))));
}

std::string sweep_csv(std::span<const SweepAxis> axes, std::span<const SweepRow> rows, const fs::path& folder) {
  std::string text(kTableHead);
  for (const SweepAxis& axis : axes) text += field(axis.title) + ",";
  text += "made_seed,seconds,made_width,made_height,max_difference,psnr,ssim,flip,error\n";
  for (const SweepRow& row : rows) text += line_of(axes, row, folder);
  return text;
}

}  // namespace redraw
