// Run ledger: what a run writes into the ledger beside its outputs.
#pragma once

#include "batch/ledger.h"
#include "batch/load.h"
#include "batch/plan.h"
#include "redraw/engine.h"
#include "redraw/result.h"

namespace redraw {

class RunLedger {
 public:
  /// Opens the ledger of plan.ledger_folder and notes the run. Errors: kFile.
  RunLedger(const Plan& plan, const ModelInfo& model);

  /// pictures  that shared the model's call, and its time. Errors: kFile.
  void done(const Loaded& loaded, const Result& result, std::size_t pictures);
  /// Nothing is thrown: the picture's own error is told, and the next run tries it again either way.
  void failed(const Loaded& loaded, const Error& error);

 private:
  LedgerEntry entry_of(const Loaded& loaded) const;

  const Plan& plan_;
  Ledger ledger_;
};

}  // namespace redraw
