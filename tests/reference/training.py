"""Whole training runs: the loss of every step, the first gradients, the last parameters."""

from arrays import View
from attention import add_attention
from model import Model, Part
from optimisers import call
from recurrences import add_layer_weights, layer


def train(model, parameters):
    """The step of the case, run as often as it says; `parameters` have their slots by now."""
    case = model.case
    clip = f" clip_norm {case['clip']}" if "clip" in case.attributes else ""
    model.repeat = case["steps"]
    model.add_slopes("loss", parameters)
    model.line(f"step fit minimize loss over all using {call(case['optimiser'], case.attributes)}{clip}")
    model.entries.append("fit")
    model.results["out", "loss"] = [Part(View([model.repeat]), "loss")]
    for name in parameters:
        model.results["out", name] = [Part(model.weights[slot][1], slot, is_saved=True) for slot in model.slots[name]]
    return model


def mlp(case):
    model = Model(case)
    model.input("x", "N", "I")
    model.input("t", "N")
    model.line(f"hidden = Dense({case.shape('w1')[0]}, act = tanh)")
    model.line(f"last = Dense({case.shape('w2')[0]})")
    model.linear("hidden", "w1", "b1")
    model.linear("last", "w2", "b2")
    model.line("logits = x |> hidden |> last")
    model.line("loss = mean(cross_entropy(logits, t))")
    return train(model, case.differentiated)


def cnn(case):
    model = Model(case)
    model.input("x", "N", "C", "H", "W")
    model.input("t", "N")
    for conv, k, c in (("conv1", "k1", "c1"), ("conv2", "k2", "c2")):
        model.line(f"{conv} = Conv({case.shape(k)[0]}, k = {list(case.shape(k)[2:])})")
        model.weight(f"{conv}.w", k)
        model.weight(f"{conv}.b", c)
    model.line(f"last = Dense({case.shape('wf')[0]})")
    model.linear("last", "wf", "bf")
    model.line("logits = x |> conv1 |> relu |> max_pool(2) |> conv2 |> relu |> max_pool(2) |> flatten |> last")
    model.line("loss = mean(cross_entropy(logits, t))")
    return train(model, case.differentiated)


def vae(case):
    """The numbers that make z random are given, for each step its own."""
    model = Model(case)
    model.input("x", "N", "X")
    model.dim("Z", case.shape("bm")[0])
    for instance, w, b, options in (
        ("hidden", "w1", "b1", ", act = tanh"),
        ("mean_of", "wm", "bm", ""),
        ("spread_of", "wv", "bv", ""),
        ("back", "w2", "b2", ", act = tanh"),
        ("last", "w3", "b3", ""),
    ):
        size = {"mean_of": "Z", "spread_of": "Z", "last": "X"}.get(instance, case.shape(b)[0])
        model.line(f"{instance} = Dense({size}{options})")
        model.linear(instance, w, b)
    model.line("input eps: f32[N, Z]")
    model.inputs.append("eps")
    model.line("h = hidden(x)")
    model.line("mu = mean_of(h)")
    model.line("logvar = spread_of(h)")
    model.line("z = mu + exp(logvar / 2) * eps")
    model.line("logits = z |> back |> last")
    model.line(f"loss = (sum(bce_logits(logits, x)) + sum(kl_normal(mu, logvar))) / {case.shape('x')[0]}")
    return train(model, case.differentiated)


def transformer(case):
    """The same table makes vectors of ids, and logits of vectors."""
    model = Model(case)
    words, size = case.shape("emb")
    model.input("ids", "P", "B")
    for name, value in (("T", case.shape("ids")[0] - 1), ("V", words), ("D", size)):
        model.dim(name, value)
    model.line("e = Embedding(V, D)")
    model.line("positions = LearnedPositions()")
    model.weight("e.table", "emb")
    model.weight("positions.table", "pos")
    model.line("seen = slice(ids, 0, T over P) as [T, B]")
    model.line("t = slice(ids, 1, P over P) as [T, B]")
    model.line("h = transpose(e(seen) over B, T, D) |> positions")
    for i in range(case["blocks"]):
        add_block(model, i)
    model.line("logits = dot(transpose(h over T, B, D), e.table over D)")
    model.line("loss = mean(cross_entropy(logits, t))")
    return train(model, case.differentiated)


def add_block(model, i):
    """Attention and two products, each added to what comes in and normalised before."""
    weights = [f"{name}{i}" for name in ("w_in", "b_in", "w_out", "b_out")]
    add_attention(model, f"attention{i}", f"SelfAttention({model.case['heads']}, causal = true)", *weights)
    if model.case["optimiser"] != "sgd":
        # What is added to all keys alike changes nothing: its gradient is what rounding left over, and
        # other optimisers divide by just that. PyTorch's two precisions have no digit in common there.
        size = model.case.shape(f"b_in{i}")[0] // 3
        model.noise["out", f"b_in{i}"] = model.case.view(f"b_in{i}").rows(size, 2 * size)
    for norm, g, b in ((f"before{i}", f"g1{i}", f"h1{i}"), (f"between{i}", f"g2{i}", f"h2{i}")):
        model.line(f"{norm} = LayerNorm()")
        model.weight(f"{norm}.g", g)
        model.weight(f"{norm}.b", b)
    model.line(f"wide{i} = Dense({model.case.shape(f'u{i}')[0]}, act = gelu, bias = false)")
    model.line(f"narrow{i} = Dense(D, bias = false)")
    model.linear(f"wide{i}", f"u{i}")
    model.linear(f"narrow{i}", f"v{i}")
    model.line(f"h = h + (h |> before{i} |> attention{i})")
    model.line(f"h = h + (h |> between{i} |> wide{i} |> narrow{i})")


def character_model(case):
    model = Model(case)
    words, size = case.shape("emb")
    model.preamble = layer("LSTMLayer", "lstm")
    model.input("ids", "P", "B")
    for name, value in (("T", case.shape("ids")[0] - 1), ("V", words), ("D", size), ("H", case.shape("w_out")[1])):
        model.dim(name, value)
    model.line("e = Embedding(V, D)")
    model.line("cell = LSTMLayer(H)")
    model.line("last = Dense(V)")
    model.weight("e.table", "emb")
    add_layer_weights(model, "cell", "l0")
    model.linear("last", "w_out", "b_out")
    model.line("seen = slice(ids, 0, T over P) as [T, B]")
    model.line("t = slice(ids, 1, P over P) as [T, B]")
    model.line("h, h1, c1 = cell(e(seen), zeros(B, H), zeros(B, H))")
    model.line("loss = mean(cross_entropy(last(h), t))")
    return train(model, case.differentiated)


def translator(case):
    model = Model(case)
    words, size = case.shape("emb")
    model.preamble = layer("GRULayer", "gru")
    model.input("src", "S", "B")
    model.input("tgt", "P", "B")
    for name, value in (("T", case.shape("tgt")[0] - 1), ("V", words), ("D", size), ("H", case.shape("e_w_hh.l0")[1])):
        model.dim(name, value)
    model.line("e = Embedding(V, D)")
    model.weight("e.table", "emb")
    for instance, prefix in (("encoder", "e_"), ("decoder", "d_")):
        model.line(f"{instance} = GRULayer(H)")
        add_layer_weights(model, instance, "l0", prefix)
    model.line("last = Dense(V)")
    model.linear("last", "w_out", "b_out")
    model.line("seen = slice(tgt, 0, T over P) as [T, B]")
    model.line("t = slice(tgt, 1, P over P) as [T, B]")
    model.line("read, thought = encoder(e(src), zeros(B, H))")
    model.line("said, h1 = decoder(e(seen), thought)")
    model.line("look = softmax(dot(said, read over H) / sqrt(H) over S)")
    model.line("found = transpose(dot(look, read over S) over T, B, H)")
    model.line("logits = last(concat(said, found))")
    model.line("loss = mean(cross_entropy(logits, t))")
    return train(model, case.differentiated)


KINDS = {
    r"MLP: logits = tanh\(x w1\^T\+b1\) w2\^T \+ b2, mean softmax cross entropy": mlp,
    r"conv 3x3 \(k1,c1\), relu, maxpool 2, conv 3x3 \(k2,c2\), relu, maxpool 2, flatten NCHW, linear \(wf,bf\), "
    r"mean softmax cross entropy": cnn,
    r"Pre-norm transformer: x = emb\[ids\[:-1\]\] \+ pos; per block i: .*gelu_erf.*; logits = x emb\^T \(tied\); mean cross "
    r"entropy against ids\[1:\]; layernorm eps 1e-5": transformer,
    r"VAE: h=tanh\(x w1\^T\+b1\); mu=h wm\^T\+bm; lv=h wv\^T\+bv; z=mu\+e\^\(lv/2\)\*eps\[step\]; "
    r"logits=tanh\(z w2\^T\+b2\) w3\^T\+b3; loss=\(sum of BCE-with-logits against x - 1/2 sum": vae,
    r"Character model: ids \[T\+1,B\]; embedding rows emb\[ids\[:-1\]\], one LSTM layer from zero state .*, logits = "
    r"h w_out\^T \+ b_out, mean cross entropy against ids\[1:\]": character_model,
    r"Encoder GRU \(e_\*\) over emb\[src\], decoder GRU \(d_\*\) over emb\[tgt\[:-1\]\] from the encoder's last state .*; "
    r"dot attention a = softmax_s\(dec.enc/sqrt\(H\)\), ctx = sum_s a\*enc; logits = \[dec,ctx\] w_out\^T \+ b_out; mean "
    r"cross entropy against tgt\[1:\]": translator,
}
