// The symbols of libredraw_engine.so that the program looks up.
#include "pipeline/engine.h"
#include "upscale/torch_upscaler.h"

extern "C" __attribute__((visibility("default"))) redraw::Engine* redraw_create_engine(
    const redraw::EngineSpec* spec) {
  return redraw::create_engine(*spec).release();
}

extern "C" __attribute__((visibility("default"))) redraw::Upscaler* redraw_create_upscaler(
    const redraw::UpscalerSpec* spec) {
  return redraw::create_upscaler(*spec).release();
}
