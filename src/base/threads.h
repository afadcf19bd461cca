// How the threads of parallel loops wait for each other.
#pragma once

#include <string>

namespace redraw {

/// How many times a waiting OpenMP thread looks before it sleeps: a few dozen microseconds where nothing else wants the
/// cores, not at all where something does.
/// loadavg  what /proc/loadavg says; cores  of the machine
int spins_of(const std::string& loadavg, unsigned cores);

/// Sets GOMP_SPINCOUNT by spins_of, unless it or OMP_WAIT_POLICY is set. To be called before libgomp is loaded, which
/// reads them once.
///
/// By itself libgomp spins for milliseconds. Where another program holds one of the cores, every small step of a
/// network waits that long for the thread that lost it: nine tenths of the CPU's time, and ten times the wall time, at
/// a load of ten on two cores. Where nothing else runs, sleeping at once costs a third of the wall time
/// (docs/BENCHMARKS.md).
void choose_how_to_wait();

}  // namespace redraw
