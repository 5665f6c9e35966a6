"""Losses."""

from case import Unknown
from model import Model, axes

NUMBER = r"(\d+(?:\.\d+)?)"


def with_inputs(case, *dims_of):
    """A model with inputs: pairs of a name and its dims, or elementwise ones where there are none."""
    model = Model(case)
    for name, *dims in dims_of:
        model.input(name, *(dims or axes(len(case.shape(name)))))
    return model


def pointwise(case, delta, beta):
    model = with_inputs(case, ["x"], ["t"])
    model.outputs_from(
        {
            "mse": "mean(mse(x, t))",
            "msesum": "sum(mse(x, t))",
            "l1": "mean(l1(x, t))",
            "huber": f"mean(huber(x, t, delta = {delta}))",
            "smooth": f"mean(smooth_l1(x, t, beta = {beta}))",
        }
    )
    return model


def binary(case):
    model = with_inputs(case, ["x"], ["t"])
    if "pw" in case:
        model.input("pw", *axes(len(case.shape("x")))[-len(case.shape("pw")) :])
    model.outputs_from(
        {
            "none": "bce_logits(x, t)",
            "mean": "mean(bce_logits(x, t))",
            "sum": "sum(bce_logits(x, t))",
            "pw": "mean(weighted_bce_logits(x, t, pw))",
        }
    )
    return model


def cross_entropy(case, kept, smoothed):
    if abs(float(kept) + float(smoothed) - 1) > 1e-12:
        raise Unknown(f"smoothing with {kept} and {smoothed}")
    model = with_inputs(case, ["x", "N", "C"], ["t", "N"])
    if "w" in case:
        model.input("w", "C")
        model.line("weight = gather(w, t)")
    model.line("none = cross_entropy(x, t)")
    model.outputs_from(
        {
            "none": "none",
            "mean": "mean(none)",
            "sum": "sum(none)",
            "wmean": "sum(weight * none) / sum(weight)",
            "smooth": f"mean(cross_entropy(x, t, smoothing = {smoothed}))",
        }
    )
    return model


def cross_entropy_ignoring(case, ignored):
    model = with_inputs(case, ["x", "N", "C"], ["t", "N"])
    model.output("y", f"masked_mean(cross_entropy(x, t), t != {ignored})")
    return model


def cross_entropy_on_axis_1(case):
    names = axes(len(case.shape("x")), "N", "C")
    model = with_inputs(case, ["x", *names], ["t", names[0], *names[2:]])
    model.output("y", "mean(cross_entropy(x, t over C))")
    return model


def divergences(case):
    model = with_inputs(case, ["x", "N", "C"], ["p", "N", "C"], ["m", "N", "C"], ["v", "N", "C"], ["y", "N", "C"])
    model.outputs_from(
        {
            "kl": f"sum(kl_div(log_softmax(x over C), p)) / {case.shape('x')[0]}",
            "gnll": "mean(gaussian_nll(m, y, v))",
        }
    )
    return model


def variational(case):
    model = with_inputs(case, ["mu", "N", "Z"], ["logvar", "N", "Z"], ["eps", "N", "Z"])
    model.outputs_from({"kl": "mean(sum(kl_normal(mu, logvar) over Z))", "z": "mu + exp(logvar / 2) * eps"})
    return model


def alignments(case, blank):
    """The library has examples first, PyTorch steps."""
    model = with_inputs(
        case, ["x", "T", "N", "C"], ["targets", "N", "L"], ["input_lengths", "N"], ["target_lengths", "N"]
    )
    loss = f"ctc(transpose(x over N, T, C), targets, input_lengths, target_lengths, blank = {blank})"
    model.outputs_from({"y": f"sum({loss})"})
    return model


KINDS = {
    rf"mse, l1: means; msesum: sum of squares; huber \(delta {NUMBER}\): mean of d<delta \? d\^2/2 : "
    rf"delta\*\(d-delta/2\); smooth \(beta {NUMBER}\)": pointwise,
    r"none: max\(x,0\) - x\*t \+ log\(1\+exp\(-\|x\|\)\); pw: mean of -\(pw\*t\*log sigmoid": binary,
    r"Softmax cross entropy of logits x with class indices t\. none: .* smooth: mean of "
    rf"{NUMBER}\*none \+ {NUMBER}\*mean over classes of -log_softmax": cross_entropy,
    r"Mean cross entropy over the samples whose target is not (-?\d+)": cross_entropy_ignoring,
    r"Classes on axis 1 of x, mean over all other positions": cross_entropy_on_axis_1,
    r"kl = sum\(p\*\(log p - log_softmax\(x\)\)\)/rows; gnll = mean of \(log v \+ \(y-m\)\^2/v\)/2": divergences,
    r"kl = mean over rows of -1/2\*sum\(1\+logvar-mu\^2-e\^logvar\); z = mu \+ e\^\(logvar/2\)\*eps": variational,
    r"Connectionist temporal classification: sum over the batch of -log p\(target\), blank = class (\d+), x \[T,N,C\] "
    r"logits": alignments,
}
