"""What is measured, and what is wanted of it."""

from typing import NamedTuple, Optional


class Case(NamedTuple):
    name: str
    model: str  # ../models/MODEL.grad
    pytorch: str  # what ../../../shared/peers/torch/models.py calls it
    sizes: dict = {}  # dims that differ from the model's
    ratio: Optional[float] = None  # PyTorch's time is to be at least so many times ours
    of_floor: Optional[float] = None  # and the floor at least this share of it
    entries: tuple = ("fit",)  # a step is one call of each
    modes: tuple = ("eager", "script", "trace")  # of PyTorch; its best one counts
    compile_ms: float = 1000
    forward: bool = False  # forward only
    batch: int = 0  # and with another batch than the case's own
    short: bool = False  # one of those that --short takes


def recurrent(model, T, B, I, H, **wanted):
    name = f"{model}_T{T}_B{B}_I{I}_H{H}"
    return Case(name, model, name, dict(T=T, B=B, I=I, H=H), **wanted)


TRAINING = [
    Case("xor_mlp", "xor_mlp", "xor_mlp", ratio=100, short=True),
    Case("mnist_mlp_B64", "mnist_mlp", "mnist_mlp_b64", ratio=2, of_floor=0.60, short=True),
    Case("mnist_mlp_B128", "mnist_mlp", "mnist_mlp_b128", dict(B=128), ratio=1.8, of_floor=0.65),
    Case("lenet_B64", "lenet", "lenet_b64", ratio=3, of_floor=0.50),
    Case("resnet20_B32", "resnet20", "resnet20_b32", ratio=1.6, of_floor=0.55, compile_ms=3000),
    recurrent("lstm", T=32, B=16, I=64, H=128, ratio=4, of_floor=0.60, short=True),
    recurrent("lstm", T=100, B=32, I=128, H=256, ratio=2.7, of_floor=0.65),
    recurrent("lstm", T=64, B=1, I=32, H=64, ratio=17, of_floor=0.50),
    recurrent("lstm", T=256, B=64, I=256, H=512, ratio=2, of_floor=0.75),
    recurrent("gru", T=32, B=16, I=64, H=128, ratio=3, of_floor=0.60),
    recurrent("gru", T=100, B=32, I=128, H=256, ratio=2.3, of_floor=0.60),
    recurrent("rnn", T=32, B=16, I=64, H=128, ratio=4, of_floor=0.60),
    recurrent("rnn", T=100, B=32, I=128, H=256, ratio=2, of_floor=0.60),
    Case("char_lstm", "char_lstm", "charlm_2xlstm256_T64_B32", ratio=2, of_floor=0.65),
    Case("gpt", "gpt", "gpt_4x128_T64_B16", ratio=1.8, of_floor=0.60, compile_ms=3000),
    Case("encoder_decoder", "encoder_decoder", "encdec_d128_T64_B16", ratio=1.5, of_floor=0.60),
    Case("vae", "vae", "vae_b128", ratio=2, of_floor=0.60),
    Case("gan", "gan", "gan_b64", ratio=2, of_floor=0.60, entries=("fit_d", "fit_g")),
    Case("lstm_last", "lstm_last", "lstmlast_T256_B64_I256_H512", ratio=18, modes=("eager",)),
]


def forward(case, batch=0):
    """The case forward only, with a batch of its own or another one."""
    return case._replace(
        name=f"{case.name}, forward" + (f", B = {batch}" if batch else ""),
        forward=True,
        batch=batch,
        sizes={**case.sizes, "B": batch} if batch else case.sizes,
        entries=("infer",),
        modes=("freeze", "opt"),
        ratio=1.5,
        of_floor=None,
    )


INFERRED = [
    case
    for case in TRAINING
    if case.name in ("xor_mlp", "mnist_mlp_B64", "lenet_B64", "resnet20_B32", "lstm_T100_B32_I128_H256", "lstm_T64_B1_I32_H64")
]
INFERENCE = [forward(case) for case in INFERRED] + [forward(case, batch=1) for case in INFERRED if case.sizes.get("B") != 1]


def taken(cases, options):
    """The cases whose name contains one of those asked for, or all."""
    if options.short:
        return [case for case in cases if case.short]
    return [case for case in cases if not options.names or any(name in case.name for name in options.names)]
