// A1111's infotext: how a picture was made, in one text.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "redraw/engine.h"
#include "redraw/job.h"

namespace redraw {

/// A value with a comma, colon or line feed as a JSON string, others as they are. golden: ui/quote
std::string quote_infotext(std::string_view text);
/// What a JSON string stands for; anything else as it is. golden: ui/unquote
std::string unquote_infotext(std::string_view text);

/// Key and value in the order of writing; an empty value leaves the field out.
using InfotextFields = std::vector<std::pair<std::string, std::string>>;

/// Prompt, "Negative prompt: ...", "Key: value, Key: value"; a key that equals its value stands once.
std::string write_infotext(const std::string& prompt, const std::string& negative_prompt,
                           const InfotextFields& fields);

/// A1111 1.10's keys in its order and with its omissions, then ours (Resize mode, Exact steps).
/// Schedule type is "Automatic" where the sampler's own schedule is the uniform one, as there.
/// source A1111 1.10 processing.create_infotext; golden: ui/create_infotext
///
/// skipped  rules of guidance that took effect; A1111 names them then alone
InfotextFields infotext_fields(const Job& job, const ModelInfo& model, const std::string& version,
                               std::span<const UsedNetwork> networks = {}, const SkippedUncond& skipped = {});
/// The whole text, with redraw's own version. LoRAs of the setting `loras` stand behind the prompt, as A1111 does it
/// with its setting sd_lora; "Lora hashes" and "TI hashes" as there, then Civitai's "Hashes" in bare JSON behind all
/// others.
std::string infotext_of(const Job& job, const ModelInfo& model, std::span<const UsedNetwork> networks = {},
                        const SkippedUncond& skipped = {});

/// "<lora:ink:0.8>", "<lora:ink:0.5:1>": the LoRA as a prompt asks for it.
std::string text_of(const LoraUse& lora);

}  // namespace redraw
