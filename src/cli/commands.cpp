// TABLE of commands: the main job, preview, upscale, check, show, ledger, compare, replay, bench, list, models, help.
#include "cli/commands.h"

#include <algorithm>
#include <filesystem>

#include <fmt/format.h>

#include "base/report.h"
#include "base/text.h"
#include "cli/log.h"
#include "cli/request.h"
#include "cli/settings.h"
#include "redraw/engine.h"

namespace redraw {
namespace {

using Args = std::vector<std::string>;

struct Command {
  std::string_view name;
  const char* usage;
  const char* help;
  int (*run)(const Args& args);
};

int print_help(const Args& args);

constexpr Command kCommands[] = {
    {"preview", "redraw preview INPUT... [flags]",
     "Show what the main job with these flags will do to each picture (strokes, mask, blur, crop region, filled "
     "content) as [stem].preview.png in the output folder. Loads no model.",
     preview_pictures},
    {"upscale", "redraw upscale INPUT... [--upscaler NAME] [--scale N] [flags]",
     "Enlarge pictures with an upscaler alone (realesrgan-x4plus where none is named); inputs, output, names and "
     "sizes as in the main job. Without a size the upscaler's own factor counts.",
     upscale_pictures},
    {"check", "redraw check RECIPE...", "Read recipes and report everything that is wrong in them.",
     check_recipes},
    {"show", "redraw show FILE [--json | --recipe]",
     "Print how a PNG, JPEG or WebP was made, from the text inside it; --recipe: as YAML that runs again.",
     show_file},
    {"ledger", "redraw ledger check FOLDER | merge FOLDER...",
     "Compare the results in a folder with its ledgers; or make the ledgers of shards one.", run_ledger},
    {"compare", "redraw compare GOLDEN MADE [flags]",
     "Compare two pictures or two folders of them: largest difference, changed pixels, PSNR, SSIM, FLIP. Limits: "
     "--max-difference N, --max-changed PERCENT, --min-psnr DB, --min-ssim X, --max-flip X; without one nothing may "
     "differ. --inside MASK or --outside MASK (file or pattern with {stem}); --diff FOLDER writes difference "
     "pictures; --junit FILE; --json; --quiet; --update-golden takes over what was made. Exit code 0 within the "
     "limits, 1 different, 2 wrong request, 3 a file.",
     compare_pictures},
    {"replay", "redraw replay FILE... [flags]",
     "Make pictures again from what they say: hashes of inputs, masks and models are checked, then the verdict is "
     "bit-exact, within tolerance (PSNR 40 dB and FLIP 0.02, or the limits of compare) or different. --exact: "
     "nothing may differ; --keep FOLDER; --model, --device, --dtype; --json. Exit code 0 good, 1 different.",
     replay_pictures},
    {"bench", "redraw bench [flags]",
     "Measure a model here: its parts and img2img of a made picture, median, least and most of several runs, loading "
     "and memory. --model, --vae, --device, --dtype, --vae-dtype, --vae-tile, --threads, --size, --batch, --steps, "
     "--sampler, --cfg-scale as in the main job; --warmup N, --repeats N; --json to keep; --quiet.",
     bench_model},
    {"list", "redraw list TOPIC", "Print the names of one kind; without a topic, the topics.",
     list_names},
    {"models", "redraw models [FILE...] [--hash] [--json]",
     "Say what model files are: kind, family, prediction, number format, size, hashes, missing and left-over keys, a "
     "LoRA's metadata and trigger words. Reads headers only; --hash also computes the hash of files over 64 MiB, which "
     "is then remembered. A folder stands for its files; without FILE: what the model folders hold, a line each.",
     describe_models},
    {"help", "redraw help", "Print this text.",
     print_help},
};

constexpr const char* kUsage =
    R"(redraw repaints pictures, or a masked part of them, with a Stable Diffusion checkpoint.

Usage
  redraw INPUT... [flags]     Redraw pictures and folders of pictures.
)";

constexpr const char* kExamples = R"(
Examples
  redraw sketch.png -p "a lake in the evening" -d 0.75
  redraw portrait.png -m hand.png -p "a hand" --inpaint-area only_masked -d 0.5
  redraw scans/ -r --recipe configs/redraw_folder.yaml -o out/
)";

std::string usage() {
  std::string text = kUsage;
  for (const Command& command : kCommands)
    text += help_entry(std::string("  ") + command.usage, command.help);
  return text + kExamples;
}

int print_help(const Args&) {
  fmt::print("{}{}{}\n{}", usage(), settings_as_help(), run_flags_as_help(),
             "Switches have a --no- form. A file that is called like a command is written ./list.\n"
             "Exit codes: 0 all written, 1 some pictures failed, 2 wrong request, 3 file, 4 model, 5 device or\n"
             "memory, 6 time limit reached, 70 a mistake of redraw itself, 130 interrupted.\n");
  return 0;
}

/// Whether the engine will find own kernels for a GPU, without loading it.
int print_version() {
  const bool plugin = has_cuda_plugin();
  fmt::print("redraw {}\nkernels for CUDA: {}\n", REDRAW_VERSION,
             plugin ? "libredraw_cuda.so" : "ATen's alone (libredraw_cuda.so was not built)");
  return 0;
}

bool asks_for_help(const Args& args) {
  return std::any_of(args.begin(), args.end(),
                     [](const std::string& arg) { return arg == "--help" || arg == "-h"; });
}

/// A lone word that is neither a command nor a file: most likely a misspelt command.
void check_first_word(const std::string& word) {
  if (word[0] == '-' || word[0] == '@' || word.find_first_of("./*?[") != std::string::npos) return;
  std::error_code ignored;
  if (std::filesystem::exists(word, ignored)) return;
  std::vector<std::string_view> names;
  for (const Command& command : kCommands) names.push_back(command.name);
  const auto nearest = nearest_name(word, names);
  throw Error(nearest ? ErrorKind::kRequest : ErrorKind::kFile,
              fmt::format("there is no command and no file \"{}\"", word), "command line",
              fmt::format("commands are: {}; everything else is a picture or a folder", fmt::join(names, ", ")),
              nearest ? fmt::format("did you mean redraw {}?", *nearest) : "check the path (redraw --help)");
}

}  // namespace

int run_request(const Args& args, int (*run)(const Recipe&, const RunOptions&)) {
  const Request request = read_request(args);
  if (request.help) return print_help({});
  if (request.version) return print_version();
  if (!request.errors.empty()) return report_errors(request.errors);
  set_up_log(request.log_level, request.log_file);
  log_settings(request.recipe);
  for (const std::string& note : request.notes)
    if (!request.run.quiet) fmt::print(stderr, "redraw: {}\n", note);
  return run(request.recipe, request.run);
}

int redraw_pictures(const Args& args) { return run_request(args, run_recipe); }

int run_command(const Args& args) {
  if (args.empty()) {
    fmt::print(stderr, "{}\nEvery setting: redraw --help\n", usage());
    return static_cast<int>(ErrorKind::kRequest);
  }
  for (const Command& command : kCommands) {
    if (args[0] != command.name) continue;
    const Args rest(args.begin() + 1, args.end());
    if (!asks_for_help(rest)) return command.run(rest);
    fmt::print("{}", help_entry(command.usage, command.help));
    return 0;
  }
  if (!args[0].empty()) check_first_word(args[0]);
  return redraw_pictures(args);
}

}  // namespace redraw
