// How the threads of parallel loops wait for each other.
#pragma once

namespace redraw {

/// Makes OpenMP's threads sleep while they wait, unless GOMP_SPINCOUNT or OMP_WAIT_POLICY says how. To be called before
/// libgomp is loaded, which reads them once.
///
/// By itself libgomp spins for milliseconds. Where another program holds one of the cores, every small step of a
/// network waits that long for the thread that lost it: measured on two cores at a load of ten, nine tenths of the
/// CPU's time, and ten times the wall time (docs/BENCHMARKS.md).
void let_waiting_threads_sleep();

}  // namespace redraw
