// Resume: which planned pictures are there already, made of the same files with the same settings.
#pragma once

#include "batch/content_key.h"
#include "batch/ledger.h"
#include "batch/plan.h"

namespace redraw {

/// Moves the finished jobs to plan.skipped. Finished: the output is there, and ledger or the text "redraw"
/// inside it has the key that the job would have; what only the picture says goes to plan.adopted.
/// A picture that redraw did not write becomes an error: it is not overwritten.
/// records  of plan.ledger_folder; give the jobs of a drawn seed theirs again
void drop_finished(const Recipe& recipe, const LedgerRecords& records, Plan& plan);

/// The files' hashes that the ledgers know.
void remember_all(const LedgerRecords& records, FileHashes& hashes);

/// existing: resume.
bool is_resumed(const Recipe& recipe);
/// Of the output folder, where the recipe resumes; errors gets what is wrong with them.
LedgerRecords records_to_resume(const Recipe& recipe, std::vector<Error>& errors);
/// The recipe with what it leaves open drawn, or as the last run of these records drew it.
Recipe with_seeds(const Recipe& recipe, const LedgerRecords& records);

/// content_key of a planned job, through the stages before it. Errors: kFile.
std::string planned_key(const Job& job, FileHashes& hashes);

/// Of its LoRAs, in their order, its embeddings and its upscaler; how strong they are stands in prompt and settings.
/// Errors: kFile.
std::map<std::string, std::string> network_hashes(const Job& job, FileHashes& hashes);

/// The output as the ledger names it.
std::string name_in_ledger(const std::filesystem::path& folder, const std::filesystem::path& output);

}  // namespace redraw
