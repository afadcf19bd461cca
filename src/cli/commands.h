// TABLE of commands: the main job, preview, upscale, check, show, ledger, compare, replay, bench, list, models, help.
#pragma once

#include <string>
#include <vector>

#include "batch/runner.h"

namespace redraw {

/// args: without the program's name. Returns the exit code. Errors: what stops the command.
int run_command(const std::vector<std::string>& args);

// The commands; args: without the program's and the command's name.
int redraw_pictures(const std::vector<std::string>& args);
int preview_pictures(const std::vector<std::string>& args);
int upscale_pictures(const std::vector<std::string>& args);
int check_recipes(const std::vector<std::string>& args);
int show_file(const std::vector<std::string>& args);
int run_ledger(const std::vector<std::string>& args);
int describe_models(const std::vector<std::string>& args);
int compare_pictures(const std::vector<std::string>& args);
int replay_pictures(const std::vector<std::string>& args);
int bench_model(const std::vector<std::string>& args);
int list_names(const std::vector<std::string>& args);

/// Reads recipes and flags and runs them; prints what is wrong with them instead, or what was asked for.
int run_request(const std::vector<std::string>& args, int (*run)(const Recipe&, const RunOptions&));

}  // namespace redraw
