// The inverse of the beta distribution, which the schedule "beta" is made of.
#pragma once

namespace redraw {

/// The x in [0, 1] below which a beta distribution has this share; exact to about 1e-14.
///
/// share in [0, 1]; alpha, beta > 0
double beta_quantile(double share, double alpha, double beta);

}  // namespace redraw
