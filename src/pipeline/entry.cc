// The one symbol of libredraw_engine.so that the program looks up.
#include "pipeline/engine.h"

extern "C" __attribute__((visibility("default"))) redraw::Engine* redraw_create_engine(
    const redraw::EngineSpec* spec) {
  return redraw::create_engine(*spec).release();
}
