// Golden rows of the inspect room: the sizes of a checkpoint's networks.
#include "inspect/report.h"
#include "support/golden.h"

namespace redraw::golden {
namespace {

/// As the cases have it: what does not apply is left out of them.
Json json_of(const FileReport& report) {
  const Architecture& it = *report.architecture;
  return {{"family", report.family},
          {"in_channels", it.in_channels},
          {"model_channels", it.model_channels},
          {"channel_mult", it.channel_mult},
          {"num_res_blocks", it.num_res_blocks},
          {"transformer_depth", it.transformer_depth},
          {"transformer_depth_middle", it.transformer_depth_middle},
          {"context_dim", it.context_dim},
          {"linear_projection", it.linear_projection},
          {"heads", it.heads},
          {"heads_middle", it.heads_middle},
          {"adm_in_channels", it.adm_in_channels},
          {"text_layers", it.text_layers},
          {"text_heads", it.text_heads},
          {"vae_ch_mult", it.vae_ch_mult},
          {"ztsnr", it.zero_terminal_snr},
          {"prediction", it.prediction},
          {"inpaint", it.in_channels == 9}};
}

/// Also: nothing is missing, and nothing left over, in a sound file.
Failure detect(const Case& c) {
  const FileReport report = inspect_file(c.path(c.inputs.at("checkpoint")), false);
  if (report.error) return report.error->message();
  if (!report.architecture) return "it is said to be " + report.what;
  if (!report.missing.empty()) return "said to be missing: " + report.missing[0];
  if (!report.left_over.empty()) return "said to be left over: " + report.left_over[0];
  const Json got = json_of(report);
  for (const auto& [key, value] : c.expected.items())
    if (Failure f = compare(got.value(key, Json()), value, c.tolerance); !f.empty()) return key + ": " + f;
  return "";
}

}  // namespace

std::vector<Row> inspect_rows() { return {{"detect", detect}}; }

}  // namespace redraw::golden
