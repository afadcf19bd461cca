// Coloured strokes over the picture, and strokes that are also the mask.
#pragma once

#include "redraw/image.h"

namespace redraw {

/// The strokes laid over the picture: a sketch with alpha covers where it is opaque; one without
/// alpha is the picture with its strokes already on it. RGB of the picture's size.
/// Errors: kRequest where the sketch has another size than the picture.
Image apply_sketch(const Image& picture, const Image& sketch);

struct InpaintSketch {
  Image image;  // RGB, the strokes blurred into the picture
  Mask mask;    // not blurred; 255 x (1 - transparency / 100) on the strokes
};

/// Inpaint sketch: what differs between picture and sketch (both RGB, one size) is colour and mask.
/// mask_transparency  0 to 100 %; from 50 % on nothing is left of the mask once it is rounded
/// mask_blur          px, radius of Pillow's GaussianBlur
/// source             A1111 1.10 img2img, mode inpaint sketch; golden: ui/inpaint_sketch
InpaintSketch inpaint_sketch(const Image& picture, const Image& sketch, double mask_transparency, double mask_blur);

}  // namespace redraw
