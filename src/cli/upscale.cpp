// redraw upscale: larger pictures by an upscaler alone.
#include "batch/upscale.h"
#include "cli/commands.h"

namespace redraw {

int upscale_pictures(const std::vector<std::string>& args) { return run_request(args, run_upscale); }

}  // namespace redraw
