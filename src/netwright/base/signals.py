"""Names of what is measured inside networks while they train, and what each means.

Gradients and steps are those of the last training step of an epoch, dropout and all; what enters an activation is
taken at some of the sampled train rows, without dropout, those of submodels counted as further rows. Both only in the
epochs that `training.watching.due` names. Steps at less than a thousandth of the plan's learning rate, with which some
schedules begin or end, have a gradient, but no update ratio and no frozen tensors: float32 might not tell them from
none.
"""

from __future__ import annotations

#: One number a layer, from input to output.
LAYER_SIGNALS = {
    "gradient_norm": "Euclidean norm of the gradient of the layer's weights and biases, before any clipping",
    "update_ratio": "Euclidean norm of the last step over that of the weights and biases it moved",
    "frozen_tensors": "how many of the layer's tensors (its weights, its biases) the last step left unchanged to the "
    "bit; before a layer whose units are all dead it may be all of them",
    "dead_share": "share of the layer's units with a slope under 1 % of the steepest on over 99 % of the rows",
    "saturated_share": "share of the units of a bounded activation with a slope under 1 % of the steepest on over half",
    "activation_spread": "standard deviation over rows of what enters the activation, the mean over units",
}
#: One number a network.
NETWORK_SIGNALS = {
    "agreement": "correlation of its validation predictions with the mean of those of its siblings (other seeds of the "
    "same plan and fold that still train) on the same rows",
    "output_spread": "standard deviation of its validation predictions over that of the target on the same rows",
    "critic_gap": "of networks that make rows: mean score of real rows less that of made ones by the critic, over the "
    "last steps, in units of the distance between two real rows",
    "generator_loss": "mean score of made rows by the critic, with the sign turned, in the same units",
    "penalty": "mean square by which the slope of the critic misses 1, over the last steps",
    "made_spread": "standard deviation of the features of made rows over that of train rows, the mean over features",
}
